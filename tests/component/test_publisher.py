"""Publishing at the router's pace."""

from typing import Any

from autobahn.wamp.exception import ApplicationError
from twisted.python.failure import Failure

from components.wamp.publisher import ACKNOWLEDGE_EVERY, MAX_UNACKNOWLEDGED, PacedPublisher
from tests.support.recording_session import RecordingSession


class Watched:
    """A publisher on a recording session, and what it told."""

    def __init__(self) -> None:
        self.session = RecordingSession(holds_acknowledgements=True)
        self.ready_calls = 0
        self.failures = 0
        self.acknowledged: list[int] = []
        self.publisher = PacedPublisher(
            self.session, on_ready=self._ready, on_failure=self._fail, on_acknowledged=self.acknowledged.append
        )

    def publish(self, count: int) -> None:
        """Publish numbered events."""
        for number in range(count):
            self.publisher.publish("a.b", {"seq": number})

    def _ready(self) -> None:
        self.ready_calls += 1

    def _fail(self) -> None:
        self.failures += 1


def test_one_event_in_many_is_acknowledged() -> None:
    """Every 256th event asks for an acknowledgement, the others cost nothing."""
    watched = Watched()

    watched.publish(ACKNOWLEDGE_EVERY * 2)

    acknowledged = [number for number, one in enumerate(watched.session.published) if one.wants_acknowledgement]
    assert acknowledged == [ACKNOWLEDGE_EVERY - 1, ACKNOWLEDGE_EVERY * 2 - 1]


def test_with_two_acknowledgements_due_it_is_not_ready() -> None:
    """It is ready until the second is due, and again when one has come."""
    watched = Watched()
    watched.publish(ACKNOWLEDGE_EVERY * 2 - 1)
    assert watched.publisher.is_ready

    watched.publish(1)
    assert not watched.publisher.is_ready

    watched.session.acknowledgements[0].callback(None)
    assert watched.publisher.is_ready
    assert watched.ready_calls == 1


def test_there_is_room_until_the_router_is_far_behind() -> None:
    """What cannot be put off is refused only there, and taken again once the router has caught up."""
    watched = Watched()
    watched.publish(ACKNOWLEDGE_EVERY * 2 + MAX_UNACKNOWLEDGED - 1)
    assert watched.publisher.has_room
    assert not watched.publisher.is_ready

    watched.publish(1)
    assert not watched.publisher.has_room

    watched.session.acknowledgements[0].callback(None)
    assert watched.publisher.has_room


def test_what_is_published_all_the_same_asks_for_no_third() -> None:
    """Never more than two are due; the next is asked for once one has come."""
    watched = Watched()
    watched.publish(ACKNOWLEDGE_EVERY * 4)
    assert len(watched.session.acknowledgements) == 2

    watched.session.acknowledgements[0].callback(None)
    watched.publish(1)

    assert len(watched.session.published) == ACKNOWLEDGE_EVERY * 4 + 1
    assert len(watched.session.acknowledgements) == 3


def test_a_failed_acknowledgement_is_counted_and_it_goes_on() -> None:
    """What the router refuses is one failure, and no standstill."""
    watched = Watched()
    watched.publish(ACKNOWLEDGE_EVERY * 2)

    watched.session.acknowledgements[1].errback(Failure(ApplicationError("wamp.error.not_authorized")))

    assert (watched.failures, watched.ready_calls) == (1, 1)
    assert watched.publisher.is_ready


def test_a_lost_session_is_never_ready_again() -> None:
    """When the transport is gone nothing raises, each event is a failure."""
    watched = Watched()
    watched.session.is_lost = True

    watched.publish(2)

    assert watched.failures == 2
    assert not watched.publisher.is_ready


def test_the_last_for_a_while_is_acknowledged_with_its_position() -> None:
    """An event that is said to be the last asks for an acknowledgement, which tells how far the router has come."""
    watched = Watched()
    watched.publisher.publish("a.b", {"seq": 1}, position=6)
    watched.publisher.publish("a.b", {"seq": 2}, position=7, is_last=True)

    watched.session.acknowledgements[0].callback(None)

    assert [one.wants_acknowledgement for one in watched.session.published] == [False, True]
    assert watched.acknowledged == [7]


def test_a_failed_acknowledgement_tells_no_position() -> None:
    """What the router refused, or did not live to acknowledge, is not known to be there."""
    watched = Watched()
    watched.publisher.publish("a.b", {"seq": 1}, position=6, is_last=True)

    watched.session.acknowledgements[0].errback(Failure(ApplicationError("wamp.error.canceled")))

    assert watched.acknowledged == []


def test_quiet_comes_with_the_last_acknowledgement() -> None:
    """Whoever waits for quiet waits for all that are due, and not at all where none is."""
    watched = Watched()
    assert watched.publisher.when_quiet().called
    watched.publish(ACKNOWLEDGE_EVERY * 2)

    quiet = watched.publisher.when_quiet()
    watched.session.acknowledgements[0].callback(None)
    assert not quiet.called
    watched.session.acknowledgements[1].callback(None)

    assert quiet.called


class MuteSession(RecordingSession):
    """A session that acknowledges nothing."""

    def publish(self, topic: str, *args: object, **kwargs: Any) -> None:
        """Remember one event."""
        super().publish(topic, *args, **kwargs)


def test_a_session_that_acknowledges_nothing_is_always_ready() -> None:
    """Where no Deferred is given, there is none to wait for."""
    publisher = PacedPublisher(MuteSession(), on_ready=lambda: None, on_failure=lambda: None)

    for number in range(ACKNOWLEDGE_EVERY * 3):
        publisher.publish("a.b", {"seq": number})

    assert publisher.is_ready
