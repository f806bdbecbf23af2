"""A client's place in one topic: what it asks, delivers and drops."""

from typing import Any

import attrs
import pytest
from tapecast_client.errors import (
    CallRefused,
    InternalFault,
    NotRecoverable,
    RateLimited,
    Unavailable,
    UnknownTopic,
)
from tapecast_client.events import ContinuityLost, Delivery, Event, Refused
from tapecast_client.topic_stream import MAX_HELD, Ask, Output, Phase, TopicStream

from tests.support.stream_model import SECOND_NS, TOPIC, make_event

CONFLATED, GAPPED, LOSSLESS = Delivery.CONFLATED, Delivery.GAPPED, Delivery.LOSSLESS


def event(seq: int, epoch: str = "a", **more: Any) -> Event:
    return attrs.evolve(make_event(epoch, seq, {"1": str(seq)}), **more)


def state(seq: int, epoch: str = "a") -> Event:
    return make_event(epoch, seq, {"1": str(seq)}, event_type="snapshot", is_state=True)


def refusal(kind: type[CallRefused], *, retry: bool, **details: object) -> CallRefused:
    return kind(f"tapecast.error.{kind.__name__}", message="", retry=retry, details=details)


def only_ask(outputs: list[Output]) -> Ask:
    (ask,) = outputs
    assert isinstance(ask, Ask)
    return ask


def live(delivery: Delivery, seq: int = 5) -> TopicStream:
    """A stream that has had its state."""
    stream = TopicStream(TOPIC)
    stream.answer_state(only_ask(stream.begin()), state(seq), delivery, now_ns=0)
    return stream


def seqs(outputs: list[Output]) -> list[int]:
    return [output.seq for output in outputs if isinstance(output, Event)]


def test_a_new_topic_asks_for_its_state() -> None:
    """Before anything is known, there is nothing to resume from."""
    ask = only_ask(TopicStream(TOPIC).begin())

    assert (ask.topic, ask.is_resume) == (TOPIC, False)


def test_events_wait_for_the_state_that_contains_some_of_them() -> None:
    """What comes before the answer is held; what the state contains is dropped, and the rest delivered behind it."""
    stream = TopicStream(TOPIC)
    ask = only_ask(stream.begin())
    assert [stream.receive(event(seq), now_ns=0) for seq in (4, 5, 6, 7)] == [[], [], [], []]

    outputs = stream.answer_state(ask, state(5), LOSSLESS, now_ns=0)

    assert outputs == [state(5), event(6), event(7)]


def test_a_topic_that_has_told_nothing_yet_delivers_no_state() -> None:
    """Number 0 says that there is nothing; the first event is the first thing to deliver."""
    stream = TopicStream(TOPIC)

    assert stream.answer_state(only_ask(stream.begin()), state(0), LOSSLESS, now_ns=0) == []
    assert seqs(stream.receive(event(1), now_ns=0)) == [1]


@pytest.mark.parametrize("delivery", Delivery)
def test_a_double_is_dropped(delivery: Delivery) -> None:
    """The same number in the same epoch is the same event."""
    stream = live(delivery)
    stream.receive(event(6), now_ns=0)

    assert stream.receive(event(6), now_ns=0) == []
    assert stream.receive(event(3), now_ns=0) == []


def test_a_step_on_a_conflated_topic_is_normal() -> None:
    """Each event of it is complete in itself."""
    assert seqs(live(CONFLATED).receive(event(9), now_ns=0)) == [9]


def test_a_step_on_a_gapped_topic_asks_for_the_state() -> None:
    """What is lost there is not to be had any more; the state is delivered with the news of what is missing."""
    stream = live(GAPPED)

    ask = only_ask(stream.receive(event(9), now_ns=0))
    outputs = stream.answer_state(ask, state(9), GAPPED, now_ns=0)

    assert not ask.is_resume
    assert outputs == [ContinuityLost(topic=TOPIC, epoch="a", seq=5, new_epoch="a", new_seq=9), state(9)]


def test_a_step_on_a_lossless_topic_resumes() -> None:
    """Nothing may be missing: the events are asked for, and delivered each once and in order."""
    stream = live(LOSSLESS)

    ask = only_ask(stream.receive(event(8), now_ns=0))
    stream.receive(event(9), now_ns=0)
    outputs = stream.answer_events(ask, [event(6), event(7), event(8)], now_ns=0)

    assert (ask.epoch, ask.seq) == ("a", 5)
    assert outputs == [event(6), event(7), event(8), event(9)]


def test_merged_events_are_no_step() -> None:
    """An event that begins where the last one ended, or before, leaves nothing out."""
    stream = live(GAPPED)

    assert seqs(stream.receive(event(9, first_seq=6), now_ns=0)) == [9]
    assert seqs(stream.receive(event(12, first_seq=8), now_ns=0)) == [12]
    assert only_ask(stream.receive(event(20, first_seq=14), now_ns=0)).is_resume is False


def test_a_new_session_resumes_where_the_last_one_ended() -> None:
    """What came meanwhile is replayed before what comes live, each event once."""
    stream = live(LOSSLESS)
    stream.lose()
    assert stream.receive(event(6), now_ns=0) == []

    ask = only_ask(stream.begin())
    stream.receive(event(8), now_ns=0)
    outputs = stream.answer_events(ask, [event(6), event(7), event(8)], now_ns=0)

    assert (ask.epoch, ask.seq) == ("a", 5)
    assert seqs(outputs) == [6, 7, 8]


def test_lost_continuity_is_told_before_the_state() -> None:
    """Where the journal does not reach, the user learns from where to where."""
    stream = live(LOSSLESS)
    stream.lose()

    outputs = stream.answer_state(only_ask(stream.begin()), state(3, "b"), None, now_ns=0)

    assert outputs == [ContinuityLost(topic=TOPIC, epoch="a", seq=5, new_epoch="b", new_seq=3), state(3, "b")]


def test_a_state_that_is_not_newer_is_no_news() -> None:
    """Where nothing was missed there is nothing to tell."""
    stream = live(LOSSLESS)
    stream.lose()

    assert stream.answer_state(only_ask(stream.begin()), state(5), None, now_ns=0) == []
    assert stream.phase is Phase.LIVE


def test_a_gapped_topic_goes_on_with_the_snapshot_of_a_new_epoch() -> None:
    """The first event of an epoch is complete: nobody needs to be asked, but what was before may be missing."""
    first = event(1, "b", type="snapshot")

    outputs = live(GAPPED).receive(first, now_ns=0)

    assert outputs == [ContinuityLost(topic=TOPIC, epoch="a", seq=5, new_epoch="b", new_seq=1), first]


def test_a_gapped_topic_asks_where_the_beginning_of_an_epoch_is_missing() -> None:
    """A change of an unknown epoch has nothing that it changes."""
    assert only_ask(live(GAPPED).receive(event(2, "b"), now_ns=0)).is_resume


def test_a_lossless_topic_asks_about_a_new_epoch() -> None:
    """Its first event tells of one order perhaps, and its state of all."""
    assert only_ask(live(LOSSLESS).receive(event(1, "b", type="snapshot"), now_ns=0)).is_resume


def test_a_conflated_topic_goes_on_in_any_new_epoch() -> None:
    """Its first event may have been replaced by a newer one, which is as complete."""
    assert seqs(live(CONFLATED).receive(event(4, "b"), now_ns=0)) == [4]


@pytest.mark.parametrize("delivery", Delivery)
def test_an_event_of_an_epoch_that_was_left_changes_nothing(delivery: Delivery) -> None:
    """It is a double from before; the owner is asked, and says that nothing is missing."""
    stream = live(delivery)
    stream.lose()
    stream.answer_state(only_ask(stream.begin()), state(2, "b"), None, now_ns=0)

    ask = only_ask(stream.receive(event(6, "a", type="snapshot"), now_ns=0))

    assert (ask.epoch, ask.seq) == ("b", 2)
    assert stream.answer_events(ask, [], now_ns=0) == []
    assert (stream.epoch, stream.seq) == ("b", 2)


def test_an_epoch_that_was_left_by_mistake_is_taken_up_again() -> None:
    """A late event of an epoch that was never seen leads astray; the owner's answer leads back."""
    stream = live(GAPPED)
    stream.receive(event(1, "old", type="snapshot"), now_ns=0)
    ask = only_ask(stream.receive(event(6), now_ns=0))

    stream.answer_state(ask, state(6), None, now_ns=0)

    assert seqs(stream.receive(event(7), now_ns=0)) == [7]


def test_a_conflated_topic_is_never_held_up() -> None:
    """While its owner is asked, or cannot be, its events go on."""
    stream = live(CONFLATED)
    stream.lose()
    ask = only_ask(stream.begin())
    assert seqs(stream.receive(event(6), now_ns=0)) == [6]

    stream.fail(ask, refusal(Unavailable, retry=True), now_ns=0)

    assert seqs(stream.receive(event(7), now_ns=0)) == [7]


def test_a_conflated_topic_does_not_go_back_to_an_older_epoch() -> None:
    """An answer from before the epoch's end that comes after its successor is old."""
    stream = live(CONFLATED)
    stream.lose()
    ask = only_ask(stream.begin())
    stream.receive(event(1, "b"), now_ns=0)

    assert stream.answer_state(ask, state(9), None, now_ns=0) == []
    assert (stream.epoch, stream.seq) == ("b", 1)


def test_repairs_of_a_topic_keep_their_distance() -> None:
    """At most one a second, then one every two, four, ... thirty seconds."""
    stream = live(GAPPED)
    now_ns, asked_s = 0, []

    for _ in range(9):
        outputs = stream.receive(event(stream.seq + 2), now_ns=now_ns)
        if not outputs:
            assert stream.due_ns is not None
            assert stream.wake(now_ns=stream.due_ns - 1) == []
            now_ns = stream.due_ns
            outputs = stream.wake(now_ns=now_ns)
        asked_s.append(now_ns // SECOND_NS)
        stream.answer_state(only_ask(outputs), state(stream.seq + 2), None, now_ns=now_ns)

    assert asked_s == [0, 1, 3, 7, 15, 31, 61, 91, 121]


def test_a_topic_that_was_calm_is_repaired_at_once() -> None:
    """After a minute without a repair, the first wait is the shortest again."""
    stream = live(GAPPED)
    for now_ns in (0, 60 * SECOND_NS):
        ask = only_ask(stream.receive(event(stream.seq + 2), now_ns=now_ns))
        stream.answer_state(ask, state(stream.seq + 2), None, now_ns=now_ns)

    stream.receive(event(stream.seq + 2), now_ns=60 * SECOND_NS)

    assert stream.due_ns == 61 * SECOND_NS


def test_what_comes_while_a_repair_waits_is_in_its_answer() -> None:
    """Nothing is held before the question is sent: it is contained in the answer."""
    stream = live(LOSSLESS)
    first = only_ask(stream.receive(event(7), now_ns=0))
    stream.answer_events(first, [event(6), event(7)], now_ns=0)
    assert stream.receive(event(9), now_ns=0) == []
    stream.receive(event(10), now_ns=0)

    ask = only_ask(stream.wake(now_ns=SECOND_NS))

    assert seqs(stream.answer_events(ask, [event(8), event(9), event(10)], now_ns=SECOND_NS)) == [8, 9, 10]


def test_a_hole_in_the_answer_is_asked_for_again() -> None:
    """An answer that leaves something out is not believed; nothing behind the hole is delivered."""
    stream = live(LOSSLESS)
    ask = only_ask(stream.receive(event(8), now_ns=0))

    outputs = stream.answer_events(ask, [event(6), event(8)], now_ns=0)

    assert seqs(outputs) == [6]
    again = only_ask(stream.wake(now_ns=SECOND_NS))
    assert (again.epoch, again.seq) == ("a", 6)


@pytest.mark.parametrize("error", [refusal(Unavailable, retry=True), refusal(InternalFault, retry=False)])
def test_an_owner_that_is_away_is_asked_again(error: CallRefused) -> None:
    """With growing waits, without an end, and without telling the user of it."""
    stream = TopicStream(TOPIC)
    ask, now_ns, waits_s = only_ask(stream.begin()), 0, []

    for _ in range(7):
        assert stream.fail(ask, error, now_ns=now_ns) == []
        assert stream.due_ns is not None
        waits_s.append((stream.due_ns - now_ns) // SECOND_NS)
        now_ns = stream.due_ns
        ask = only_ask(stream.wake(now_ns=now_ns))

    assert waits_s == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(("retry_after_ms", "wait_s"), [(60_000, 60), (None, 1)])
def test_a_rate_limit_is_waited_for(retry_after_ms: int | None, wait_s: int) -> None:
    """The gateway says when to ask again."""
    stream = TopicStream(TOPIC)

    stream.fail(only_ask(stream.begin()), refusal(RateLimited, retry=True, retry_after_ms=retry_after_ms), now_ns=0)

    assert stream.due_ns == wait_s * SECOND_NS


def test_a_resume_that_is_refused_becomes_a_question_for_the_state() -> None:
    """A gateway that cannot resume can still say how things are."""
    stream = live(LOSSLESS)
    stream.lose()

    (ask,) = stream.fail(only_ask(stream.begin()), refusal(NotRecoverable, retry=False), now_ns=0)

    assert isinstance(ask, Ask)
    assert not ask.is_resume


def test_a_refused_topic_is_told_and_tried_by_the_next_session() -> None:
    """The user learns why, and hears no more until there is another session."""
    stream = TopicStream(TOPIC)
    error = refusal(UnknownTopic, retry=False)

    assert stream.fail(only_ask(stream.begin()), error, now_ns=0) == [Refused(uri=TOPIC, error=error)]
    assert stream.receive(event(1), now_ns=0) == []
    assert only_ask(stream.begin()).topic == TOPIC


def test_answers_to_earlier_questions_are_ignored() -> None:
    """Only the last question counts, whatever kind of answer comes to an earlier one."""
    stream = TopicStream(TOPIC)
    old = only_ask(stream.begin())
    stream.lose()
    stream.begin()

    assert stream.answer_state(old, state(5), LOSSLESS, now_ns=0) == []
    assert stream.answer_events(old, [event(5)], now_ns=0) == []
    assert stream.fail(old, refusal(UnknownTopic, retry=False), now_ns=0) == []
    assert stream.phase is Phase.ASKED


def test_what_is_held_is_bounded() -> None:
    """With one too many everything goes; the step that it leaves is repaired."""
    stream = live(LOSSLESS, seq=0)
    ask = only_ask(stream.receive(event(2), now_ns=0))
    for seq in range(3, MAX_HELD + 4):
        stream.receive(event(seq), now_ns=0)

    assert seqs(stream.answer_events(ask, [event(1), event(2)], now_ns=0)) == [1, 2]
    assert stream.phase is Phase.WAITING


def test_nothing_is_due_on_a_topic_that_waits_for_nothing() -> None:
    """A wake-up that comes late does no harm."""
    assert live(LOSSLESS).wake(now_ns=10**18) == []


def test_an_owner_that_is_back_is_asked_at_once() -> None:
    """Its journal holds only so much: an event ends a long wait, but never makes more than a question a second."""
    stream = live(LOSSLESS)
    stream.lose()
    ask, error = only_ask(stream.begin()), refusal(Unavailable, retry=True)
    for now_s in (0, 1, 3):
        stream.fail(ask, error, now_ns=now_s * SECOND_NS)
        assert stream.due_ns is not None
        if now_s < 3:
            ask = only_ask(stream.wake(now_ns=stream.due_ns))
    assert stream.due_ns == 7 * SECOND_NS

    assert stream.receive(event(7), now_ns=3 * SECOND_NS) == []
    assert stream.due_ns == 4 * SECOND_NS
    assert only_ask(stream.receive(event(8), now_ns=4 * SECOND_NS)).is_resume


def test_a_rate_limit_is_waited_for_whatever_comes() -> None:
    """The gateway said how long, and an event is no permission."""
    stream = TopicStream(TOPIC)
    stream.fail(only_ask(stream.begin()), refusal(RateLimited, retry=True, retry_after_ms=9000), now_ns=0)

    assert stream.receive(event(7), now_ns=2 * SECOND_NS) == []
    assert stream.due_ns == 9 * SECOND_NS
