"""The venue on paper: what is executed at which price, what waits, and what ends."""

from tests.support.paper_orders import BTCUSDT, levels, make_venue, paper_order, told


def test_an_order_takes_what_the_live_book_offers_and_waits_with_the_rest() -> None:
    """A limit order is executed at the live prices within its limit, best first, and rests with what is left."""
    venue = make_venue()
    venue.apply_snapshot(BTCUSDT, [], levels({"100": "1", "101": "2", "103": "9"}), now_ns=1)

    reports = venue.submit(paper_order("a", "buy", "5", "102"), now_ns=2)

    assert told(reports) == ["a accepted", "a taker 1 at 100", "a taker 2 at 101"]
    assert told(venue.apply_deltas(BTCUSDT, [], levels({"101": "3"}), now_ns=3)) == ["a maker 2 at 102"]
