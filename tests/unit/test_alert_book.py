"""The alerts that there are."""

import pytest

from components.risk.alert_book import RESOLVED_KEPT, SEQUENCES_KEPT, AlertBook
from components.risk.facts import AlertPassedOver
from tests.support.alert_desk import AlertHand, make_cause, make_report
from tests.support.risk_cases import NOW_NS


@pytest.fixture
def hand() -> AlertHand:
    """Nothing has happened yet."""
    return AlertHand()


def test_an_empty_book_knows_nothing(hand: AlertHand) -> None:
    """Of nobody."""
    book = hand.book

    assert book.find(make_cause().key) is None
    assert book.find_by_id("a") is None
    assert (book.count_raised("alice"), book.count_unresolved(), book.count_unresolved("alice")) == (0, 0, 0)
    assert (list(book.unresolved("alice")), list(book.resolved("alice")), book.sequence("alice", "k")) == ([], [], None)


def test_alerts_are_found_by_account_key_and_name(hand: AlertHand) -> None:
    """As long as they are not resolved."""
    hand.see()
    hand.see(make_cause(user_id="bob"))
    alert = hand.book.find(make_cause().key)
    assert alert is not None

    assert hand.book.find_by_id(alert.alert_id) is alert
    assert [one.user_id for one in hand.book.unresolved()] == ["alice", "bob"]
    assert list(hand.book.unresolved("alice")) == [alert]
    assert (hand.book.count_unresolved(), hand.book.count_unresolved("bob")) == (2, 1)

    hand.wait(30)
    hand.clear()

    assert hand.book.find_by_id(alert.alert_id) is None
    assert [one.alert_id for one in hand.book.resolved("alice")] == [alert.alert_id]
    assert hand.book.count_raised("alice") == 1


def test_the_last_resolved_ones_of_each_account_are_kept(hand: AlertHand) -> None:
    """The one that was resolved last comes first."""
    for number in range(RESOLVED_KEPT + 3):
        cause = make_cause(message=str(number))
        hand.see(cause)
        hand.wait(30)
        hand.clear(cause)

    kept = [int(alert.message) for alert in hand.book.resolved("alice")]

    assert kept == list(range(RESOLVED_KEPT + 2, 2, -1))
    assert hand.book.count_raised("alice") == RESOLVED_KEPT + 3


def test_the_last_numbers_of_a_platform_are_kept(hand: AlertHand) -> None:
    """What was told longest ago is forgotten first."""
    for number in range(SEQUENCES_KEPT):
        hand.book.apply(AlertPassedOver(ts_ns=NOW_NS, user_id="alice", dedup_key=f"k{number}", sequence=1))
    for key in ("k0", "new"):
        hand.book.apply(AlertPassedOver(ts_ns=NOW_NS, user_id="alice", dedup_key=key, sequence=2))

    assert [hand.book.sequence("alice", key) for key in ("k0", "k1", "k2", "new")] == [2, None, 1, 2]


def test_what_is_restored_is_the_same(hand: AlertHand) -> None:
    """Also what comes after it."""
    hand.hand_in(make_report(5), make_report(6, dedup_key="k2"))
    for user_id in ("bob", "alice", "carol"):
        hand.see(make_cause(user_id=user_id))
    hand.wait(30)
    hand.clear(make_cause(user_id="bob"))
    other = AlertHand(now_ns=hand.now_ns)

    other.book.restore(hand.book.checkpoint())

    assert [kept.user_id for kept in hand.book.checkpoint()] == ["alice", "bob", "carol"]
    assert other.book.checkpoint() == hand.book.checkpoint()
    for one in (hand, other):
        one.hand_in(make_report(5), make_report(7))
        one.see(make_cause(user_id="bob"))
        one.pass_time(10_000)
    assert other.book.checkpoint() == hand.book.checkpoint()


def test_a_book_can_be_empty_again() -> None:
    """What was there before is gone."""
    hand = AlertHand()
    hand.see()

    hand.book.restore(AlertBook().checkpoint())

    assert hand.book.count_unresolved() == 0
