"""One connection's subscription against a venue that answers in order, late, and sometimes with a refusal."""

import collections
import json
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.binance.streams import Subscription

STREAMS = ("a", "b", "c")


@attrs.define
class Venue:
    """
    What the venue does with requests; everything that it says is on its way until it is taken.

    Attributes:
        line: Replies and events that are on their way, the oldest first.
        begun: How often each stream has begun.
    """

    active: set[str] = attrs.field(factory=set)
    begun: collections.Counter[str] = attrs.field(factory=collections.Counter)
    line: collections.deque[Any] = attrs.field(factory=collections.deque)

    def receive(self, request: bytes) -> None:
        """Do what a request asks, and answer."""
        asked = json.loads(request)
        if asked["method"] == "SUBSCRIBE":
            self.begun.update(set(asked["params"]) - self.active)
            self.active.update(asked["params"])
        else:
            self.active.difference_update(asked["params"])
        self.line.append(json.dumps({"result": None, "id": asked["id"]}).encode())

    def tick(self) -> None:
        """Tell one event of every stream."""
        self.line.extend((stream, self.begun[stream]) for stream in sorted(self.active))


@attrs.define
class Client:
    """
    The subscription, and what it lets through.

    Attributes:
        let_through: By stream, which beginnings were seen since it was followed last.
    """

    subscription: Subscription = attrs.field(factory=Subscription)
    let_through: dict[str, set[int]] = attrs.field(factory=dict)

    def follow(self, stream: str) -> None:
        """Want a stream; one that was wanted goes on."""
        self.subscription.follow((stream,))
        self.let_through.setdefault(stream, set())

    def leave(self, stream: str) -> None:
        """Want it no longer."""
        self.subscription.leave((stream,))
        self.let_through.pop(stream, None)

    def receive(self, message: Any) -> None:
        """Take what comes."""
        if isinstance(message, bytes):
            assert self.subscription.apply(message) is None
        elif message[0] in self.let_through and not self.subscription.is_ending(message[0]):
            self.let_through[message[0]].add(message[1])


steps = st.lists(
    st.sampled_from(["send", "take", "take", "tick"])
    | st.tuples(st.sampled_from(["follow", "leave"]), st.sampled_from(STREAMS)),
    max_size=40,
)


@given(steps)
def test_what_is_followed_is_one_piece_of_a_stream(events: list[Any]) -> None:
    """Between following and leaving, no two beginnings of a stream are let through: there is no hole inside."""
    venue, client = Venue(), Client()
    for event in [*events, *["send"] * 7, "tick", *["take"] * 100]:
        if event == "send":
            request = client.subscription.next_request()
            if request is not None:
                venue.receive(request)
        elif event == "tick":
            venue.tick()
        elif event == "take":
            if venue.line:
                client.receive(venue.line.popleft())
        else:
            what, stream = event
            client.follow(stream) if what == "follow" else client.leave(stream)
        assert all(len(beginnings) <= 1 for beginnings in client.let_through.values())

    assert venue.active == client.let_through.keys()
    assert client.subscription.is_confirmed
    assert all(client.let_through.values())
