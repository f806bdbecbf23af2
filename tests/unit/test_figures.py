"""What a router process counts."""

from components.wamp.router_view import RouterFigures
from router.figures import Figures

MS = 1_000_000


def test_messages_are_counted_by_direction_and_type() -> None:
    """What comes and what goes are counted apart, a fan-out in one go."""
    figures = Figures()
    figures.count_received("publish")
    figures.count_sent("event", 1000)
    figures.count_sent("event")

    read = figures.read()
    assert (read.received, read.sent) == ({"publish": 1}, {"event": 1001})


def test_durations_are_kept_by_what_took_them() -> None:
    """Processing by message type, delivery by topic family and receiver."""
    figures = Figures()
    figures.observe_processing("publish", 2 * MS)
    figures.observe_delivery("price", 3 * MS, 50)
    figures.observe_delivery("price", 5 * MS, 50)

    read = figures.read()
    assert (read.processing["publish"].count, read.processing["publish"].sum_ns) == (1, 2 * MS)
    assert (read.deliveries["price"].count, read.deliveries["price"].sum_ns) == (100, 400 * MS)


def test_a_connection_is_open_until_it_is_closed() -> None:
    """What is open now, how long those lived that are gone, and why they ended."""
    figures = Figures()
    figures.connection_opened()
    figures.connection_opened()
    figures.connection_closed(7 * MS, "slow_consumer")

    read = figures.read()
    assert (read.connections, read.lifetimes.count, read.lifetimes.sum_ns) == (1, 1, 7 * MS)
    assert read.closes == {"slow_consumer": 1}


def test_refusals_and_thinned_events_are_counted() -> None:
    """By limit, and by class and fate."""
    figures = Figures()
    figures.count_refusal("market_points")
    figures.count_thinned("conflated", "conflated")
    figures.count_thinned("gapped", "dropped", 64)

    read = figures.read()
    assert read.refusals == {"market_points": 1}
    assert read.thinned == {("conflated", "conflated"): 1, ("gapped", "dropped"): 64}


def test_subscriptions_come_and_go() -> None:
    """How many a family has now."""
    figures = Figures()
    figures.count_subscription("price", 1)
    figures.count_subscription("price", 1)
    figures.count_subscription("price", -1)

    assert figures.read().subscriptions == {"price": 1}


def test_what_was_read_stays_as_it_is() -> None:
    """Two readings can be compared: the earlier one does not go on counting."""
    figures = Figures()
    figures.count_received("call")
    figures.observe_processing("call", MS)
    earlier = figures.read()

    figures.count_received("call")
    figures.observe_processing("call", MS)

    assert isinstance(earlier, RouterFigures)
    assert (earlier.received["call"], earlier.processing["call"].count) == (1, 1)
