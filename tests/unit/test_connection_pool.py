"""The assignment of instruments to connections."""

import pytest

from components.marketdata.binance.connection_pool import ConnectionPool
from components.model.errors import InvalidArgument


def pool(capacity: int = 3, max_connections: int = 2) -> ConnectionPool:
    """A small pool without instruments."""
    return ConnectionPool(capacity=capacity, max_connections=max_connections)


def test_few_instruments_share_one_connection() -> None:
    """No second connection is made while the first has room."""
    assert pool().add("AB") == {1: ("A", "B")}


def test_more_than_one_connection_holds_are_spread_evenly() -> None:
    """As few connections as hold all are used, and none is much fuller than another."""
    assert pool().add("ABCD") == {1: ("A", "C"), 2: ("B", "D")}


def test_what_is_assigned_stays_where_it_is() -> None:
    """Adding tells only of what is new, once where it is named twice."""
    some = pool()
    some.add("ABC")

    assert some.add("CDDA") == {2: ("D",)}
    assert some.members(1) == ("A", "B", "C")
    assert some.instruments == ("A", "B", "C", "D")


def test_what_is_new_goes_where_the_fewest_are() -> None:
    """A hole that a removal left is filled before a fuller connection grows."""
    some = pool()
    some.add("ABCD")
    some.remove("AC")
    some.add("C")

    assert some.add("E") == {1: ("E",)}


def test_removing_tells_what_went_and_moves_nobody() -> None:
    """Each connection's losses are named; what was never assigned is left out."""
    some = pool()
    some.add("ABCD")

    assert some.remove("ABX") == {1: ("A",), 2: ("B",)}
    assert (some.members(1), some.members(2)) == (("C",), ("D",))


def test_an_empty_connection_is_none_and_its_number_is_taken_again() -> None:
    """The lowest number that is free is the next new connection's."""
    some = pool()
    some.add("ABCD")
    some.remove("AC")

    assert some.members(1) == ()
    assert some.add("EF") == {1: ("E", "F")}


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    """The text says how many more there is room for."""
    some = pool()
    some.add("ABCD")

    with pytest.raises(InvalidArgument, match="instruments: expected at most 2 more, received 3") as refused:
        some.add("DEFG")

    assert refused.value.details == {"field": "instruments"}
    assert some.instruments == ("A", "B", "C", "D")
    assert some.add("EF") == {1: ("E",), 2: ("F",)}
