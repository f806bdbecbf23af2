"""Whose worth is told again, and when."""

import pytest

from components.trading.worth_board import WorthBoard


@pytest.fixture
def board() -> WorthBoard:
    """A board on which ann holds two instruments and bob one."""
    board = WorthBoard()
    board.hold("ann", ["BTCUSDT", "ETHUSDT"])
    board.hold("bob", ["ETHUSDT"])
    return board


def test_a_price_touches_all_who_hold_it(board: WorthBoard) -> None:
    """And nobody else."""
    board.receive_mark("BTCUSDT")
    board.begin_round()

    assert board.take(10) == ["ann"]

    board.receive_mark("ETHUSDT")
    board.begin_round()

    assert sorted(board.take(10)) == ["ann", "bob"]


def test_who_holds_it_no_longer_is_not_touched(board: WorthBoard) -> None:
    """Neither by the instrument that was sold, nor by one that nobody holds any more."""
    board.hold("ann", ["BTCUSDT"])
    board.hold("bob", [])

    board.receive_mark("ETHUSDT")
    board.begin_round()

    assert board.take(10) == []


def test_a_bounded_number_is_taken_and_nobody_waits_behind_those_who_come_again() -> None:
    """Who was touched first is taken first, once."""
    board = WorthBoard()
    for user_id in ("ann", "bob", "cid"):
        board.touch(user_id)
    board.begin_round()

    assert board.take(2) == ["ann", "bob"]

    board.touch("ann")
    board.begin_round()

    assert board.take(2) == ["cid", "ann"]
    assert board.take(2) == []


def test_who_is_touched_again_waits_for_the_next_round() -> None:
    """An account that changes all the time is told once a round."""
    board = WorthBoard()
    board.touch("ann")
    board.begin_round()
    board.touch("ann")

    assert board.take(2) == ["ann"]
    assert board.take(2) == []

    board.begin_round()

    assert board.take(2) == ["ann"]


def test_the_same_again_is_no_news(board: WorthBoard) -> None:
    """Each user and name has a last body of its own."""
    assert board.is_news("ann", "portfolio", {"equity": "1"})
    assert not board.is_news("ann", "portfolio", {"equity": "1"})
    assert board.is_news("ann", "margin", {"equity": "1"})
    assert board.is_news("bob", "portfolio", {"equity": "1"})
    assert board.is_news("ann", "portfolio", {"equity": "2"})
