"""What the owner of streams answers about them: the whole state of a topic, what one has missed, which there are."""

from collections.abc import Callable

import attrs

from components.contract.envelope import Envelope, Payload
from components.contract.topics import PREFIX, Owner, family_of
from components.contract.uris import shown_uri
from components.model.errors import InvalidArgument, UnknownTopic
from components.streams.stream import Stream, Streams

Handler = Callable[..., object]


@attrs.frozen(kw_only=True)
class Ownership:
    """
    What only the owner of streams can say of them.

    Attributes:
        owner: Whose they are.
        now_ns: The time by a topic's own clock, UNIX nanoseconds; a replay has a clock of its own.
        check: Raises an error of the caller's where a topic that fits the contract does not exist all the same.
        state: The whole state of a topic as of its last event; None where its last events are the state.
    """

    owner: Owner
    now_ns: Callable[[str], int]
    check: Callable[[str], None] = lambda _topic: None
    state: Callable[[str], Payload | None] = lambda _topic: None


class StreamAnswers:
    """
    Answer about the streams of one owner.

    Sans-I/O. Every method takes the caller first, as registration hands it over, and heeds it not: who may read a
    topic was decided before its owner is asked.
    """

    def __init__(self, streams: Streams, ownership: Ownership) -> None:
        self._streams = streams
        self._ownership = ownership

    def handlers(self) -> dict[str, Handler]:
        """The methods by the URI that each answers."""
        head = f"{PREFIX}.{self._ownership.owner.value}"
        return {
            f"{head}.stream_get": self.stream_get,
            f"{head}.stream_resume": self.stream_resume,
            f"{head}.stream_list": self.stream_list,
        }

    def stream_get(self, _caller: object, topic: object) -> Envelope:
        """
        The whole state of a topic, as of its `seq`; 0 and nothing where nothing came yet.

        Raises:
            InvalidArgument: The argument is not a string.
            CommandRejected: There is no such topic, or another process owns it.
        """
        return self._snapshot(self._stream(topic))

    def stream_resume(self, _caller: object, topic: object, epoch: object, seq: object) -> dict[str, object]:
        """
        All events of a topic after `seq`, or the whole state where they are not all there; never a part.

        Raises:
            InvalidArgument: An argument is of the wrong type.
            CommandRejected: There is no such topic, or another process owns it.
        """
        if not isinstance(epoch, str):
            raise InvalidArgument("epoch", f"expected a string, received {type(epoch).__name__}")
        if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
            raise InvalidArgument("seq", "expected a whole number, 0 or more")
        stream = self._stream(topic)
        events = stream.since(epoch, seq, now_ns=self._ownership.now_ns(stream.topic))
        if events is None:
            return {"recovered": False, "snapshot": self._snapshot(stream)}
        return {"recovered": True, "events": events}

    def stream_list(self, _caller: object, prefix: object = "") -> list[dict[str, object]]:
        """
        The topics that are below a prefix of whole components, with their numbers.

        Raises:
            InvalidArgument: The argument is not a string.
        """
        if not isinstance(prefix, str):
            raise InvalidArgument("prefix", f"expected a string, received {type(prefix).__name__}")
        return self._streams.rows(prefix)

    def _stream(self, topic: object) -> Stream:
        if not isinstance(topic, str):
            raise InvalidArgument("topic", f"expected a string, received {type(topic).__name__}")
        family = family_of(topic)
        if family is None or family.owner is not self._ownership.owner:
            raise UnknownTopic(f"the {self._ownership.owner} has no topic {shown_uri(topic)}")
        self._ownership.check(topic)
        return self._streams.open(topic)

    def _snapshot(self, stream: Stream) -> Envelope:
        topic = stream.topic
        return stream.snapshot(now_ns=self._ownership.now_ns(topic), state=self._ownership.state(topic))
