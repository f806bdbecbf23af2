"""The life of alerts."""

from decimal import Decimal

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.platform_reports import Severity
from components.risk.alerts import ALARM_ENDS_NS, UNRESOLVED_MOST, dedup_key
from components.risk.facts import AlertState
from tests.support.alert_desk import AlertHand, make_cause, make_report
from tests.support.risk_cases import BTC, ETH, NOW_NS, texts

INFO, WARNING, ERROR, CRITICAL = Severity
LATE_FILL = make_cause(alert_type="late_fill", is_lasting=False)


@pytest.fixture
def hand() -> AlertHand:
    """Nothing has happened yet."""
    return AlertHand()


def test_an_alert_says_what_when_and_how_bad(hand: AlertHand) -> None:
    """Everything that somebody needs who has to look after it."""
    hand.see(make_cause(limit_value=Decimal(20), instrument_id=BTC))

    alert = hand.only
    assert (alert.user_id, alert.alert_type, alert.instrument_id, alert.severity) == ("alice", "drawdown", BTC, ERROR)
    assert texts(alert.limit_value, alert.current_value, alert.count) == ["20", "21", "1"]
    assert alert.message == "it is 21"
    assert (alert.first_seen_ns, alert.last_seen_ns, alert.escalate_ns) == (NOW_NS, NOW_NS, NOW_NS + 300 * NS_PER_S)
    assert alert.dedup_key == dedup_key("alice", "drawdown", BTC)
    assert hand.told == [("raised", "open")]


def test_account_type_and_instrument_make_an_alert(hand: AlertHand) -> None:
    """Each combination has one of its own, and never a second."""
    causes = [
        make_cause(user_id=user_id, alert_type=kind, instrument_id=instrument_id)
        for user_id in ("alice", "bob")
        for kind in ("drawdown", "daily_loss")
        for instrument_id in (None, BTC)
    ]
    for cause in [*causes, *causes]:
        hand.see(cause)

    assert hand.told == [("raised", "open")] * 8
    assert len({alert.alert_id for alert in hand.book.unresolved()}) == 8
    assert len({alert.dedup_key for alert in hand.book.unresolved()}) == 8


def test_what_lasts_is_told_again_when_it_is_news(hand: AlertHand) -> None:
    """Once a minute at most, and only where the value is another."""
    hand.see()
    hand.wait(59)
    hand.see(make_cause(value="22"))
    hand.wait(1)
    hand.see()
    assert hand.told == [("raised", "open")]

    hand.see(make_cause(value="23"))

    assert hand.told[1:] == [("updated", "open")]
    assert texts(hand.only.count, hand.only.current_value) == ["2", "23"]
    assert hand.only.message == "it is 23"


def test_a_rise_is_told_at_once_within_the_same_alert(hand: AlertHand) -> None:
    """It opens again, whoever had acknowledged it, and escalates anew; a fall changes nothing."""
    hand.see(make_cause(WARNING))
    alert_id = hand.only.alert_id
    hand.acknowledge()

    hand.see(make_cause(CRITICAL, value="40"))
    hand.wait(61)
    hand.see(make_cause(WARNING, value="10"))

    assert hand.told == [
        ("raised", "open"),
        ("acknowledged", "acknowledged"),
        ("risen", "open"),
        ("updated", "open"),
    ]
    alert = hand.only
    assert (alert.alert_id, alert.severity, alert.count) == (alert_id, CRITICAL, 3)
    assert (alert.held_from_ns, alert.escalate_ns) == (NOW_NS, NOW_NS + 300 * NS_PER_S)


def test_it_is_held_before_it_is_resolved(hand: AlertHand) -> None:
    """A figure that goes to and fro makes one alert, not many."""
    hand.see()
    hand.wait(29)
    hand.clear()
    assert hand.told == [("raised", "open")]

    hand.wait(1)
    hand.clear()

    assert hand.told[1:] == [("resolved", "resolved")]
    (alert,) = hand.book.resolved("alice")
    assert (alert.reason, alert.resolved_ns, alert.escalate_ns) == ("over", NOW_NS + 30 * NS_PER_S, None)
    assert list(hand.book.unresolved()) == []


def test_a_rise_begins_the_hold_anew(hand: AlertHand) -> None:
    """What has just become worse is not over at once."""
    hand.see(make_cause(WARNING))
    hand.wait(30)
    hand.see(make_cause(ERROR))

    hand.clear()

    assert hand.told[-1] == ("risen", "open")


def test_what_comes_up_again_is_another_alert(hand: AlertHand) -> None:
    """With the same key."""
    hand.see()
    first = hand.only
    hand.wait(30)
    hand.clear()
    hand.see()

    assert hand.only.dedup_key == first.dedup_key
    assert hand.only.alert_id != first.alert_id
    assert hand.only.count == 1


def test_nothing_is_resolved_that_is_not_there(hand: AlertHand) -> None:
    """Which is what most accounts are told every second."""
    hand.clear()
    hand.end(LATE_FILL)
    hand.take(hand.alerts.drop(LATE_FILL.key, "muted", now_ns=hand.now_ns))

    assert hand.told == []


def test_another_alert_resolves_one_at_once(hand: AlertHand) -> None:
    """Held or not."""
    hand.see()

    hand.take(hand.alerts.drop(make_cause().key, "margin_call", now_ns=hand.now_ns))

    assert [alert.reason for alert in hand.book.resolved("alice")] == ["margin_call"]


def test_who_does_not_acknowledge_hears_again(hand: AlertHand) -> None:
    """Three times, each after the same while."""
    hand.see()
    hand.pass_time(299)
    assert hand.told == [("raised", "open")]

    for _ in range(5):
        hand.pass_time(300)

    assert hand.told[1:] == [("escalated", "open")] * 3
    assert (hand.only.escalation_level, hand.only.escalate_ns) == (3, None)


@pytest.mark.parametrize("severity", [INFO, WARNING])
def test_what_is_no_error_does_not_escalate(hand: AlertHand, severity: Severity) -> None:
    """However long nobody looks at it."""
    hand.see(make_cause(severity))

    hand.pass_time(100_000)

    assert hand.told == [("raised", "open")]


def test_an_acknowledgement_stops_the_escalation_and_not_the_alert(hand: AlertHand) -> None:
    """It says who, when and why, and for how long it counts."""
    hand.see()
    hand.pass_time(300)

    hand.acknowledge()
    hand.pass_time(3599)

    alert = hand.only
    assert hand.told[1:] == [("escalated", "open"), ("acknowledged", "acknowledged")]
    assert (alert.acknowledged_by, alert.note, alert.acknowledged_ns) == ("desk", "on it", NOW_NS + 300 * NS_PER_S)
    assert (alert.acknowledge_ends_ns, alert.escalate_ns) == (NOW_NS + 3900 * NS_PER_S, None)

    hand.clear()
    assert hand.told[-1] == ("resolved", "resolved")


def test_an_acknowledgement_does_not_count_for_ever(hand: AlertHand) -> None:
    """Then it is open again, and escalates where it stopped."""
    hand.see()
    hand.acknowledge()

    hand.pass_time(3600)
    hand.pass_time(300)

    assert hand.told[2:] == [("reopened", "open"), ("escalated", "open")]
    assert hand.only.acknowledged_by == "desk"


def test_what_has_escalated_enough_is_opened_again_and_no_more(hand: AlertHand) -> None:
    """That it is open again is told, and that is all."""
    hand.see()
    for _ in range(3):
        hand.pass_time(300)
    hand.acknowledge()

    hand.pass_time(3600)
    hand.pass_time(300)

    assert hand.told[4:] == [("acknowledged", "acknowledged"), ("reopened", "open")]
    assert (hand.only.escalation_level, hand.only.escalate_ns) == (3, None)


def test_an_acknowledgement_can_be_made_anew(hand: AlertHand) -> None:
    """By somebody else, for as long again."""
    hand.see()
    hand.acknowledge()
    hand.wait(3000)

    hand.acknowledge(by="other")
    hand.pass_time(3599)

    assert hand.told[-1] == ("acknowledged", "acknowledged")
    assert hand.only.acknowledged_by == "other"


@pytest.mark.parametrize("user_id", [None, "alice", "bob"])
def test_only_an_alert_of_ones_own_that_is_not_resolved_can_be_acknowledged(
    hand: AlertHand, user_id: str | None
) -> None:
    """Another's is as one that does not exist."""
    hand.see()
    alert_id = hand.only.alert_id
    is_resolved = user_id != "bob"
    if is_resolved:
        hand.wait(30)
        hand.clear()

    for name in (alert_id, "nothing"):
        with pytest.raises(InvalidArgument) as raised:
            hand.alerts.acknowledge(user_id, name, by="x", note=None, now_ns=hand.now_ns)

        assert raised.value.details == {"field": "alert_id"}


def test_an_alarm_ends_a_day_after_the_last(hand: AlertHand) -> None:
    """Nobody sees when its cause is over."""
    hand.see(LATE_FILL)
    hand.wait(3600)
    hand.see(LATE_FILL)

    hand.wait(ALARM_ENDS_NS // NS_PER_S - 1)
    hand.acknowledge()
    hand.pass_time(1)

    assert hand.told == [
        ("raised", "open"),
        ("updated", "open"),
        ("acknowledged", "acknowledged"),
        ("resolved", "resolved"),
    ]
    assert [(alert.reason, alert.count) for alert in hand.book.resolved("alice")] == [("expired", 2)]


def test_many_alarms_are_counted_and_told_once_a_second(hand: AlertHand) -> None:
    """Each counts."""
    for number in range(10):
        hand.see(attrs.evolve(LATE_FILL, message=f"fill {number}"))
    hand.pass_time(0.5)
    assert hand.told == [("raised", "open")]

    hand.pass_time(0.5)

    assert hand.told[1:] == [("updated", "open")]
    assert (hand.only.count, hand.only.message, hand.only.last_seen_ns) == (10, "fill 9", NOW_NS)
    hand.pass_time(10)
    assert len(hand.told) == 2


def test_what_was_counted_comes_with_the_next(hand: AlertHand) -> None:
    """Whoever is told first tells of all."""
    for _ in range(3):
        hand.see(LATE_FILL)
    hand.wait(1)
    hand.see(LATE_FILL)
    assert (hand.only.count, hand.told) == (4, [("raised", "open"), ("updated", "open")])

    hand.pass_time(5)
    assert hand.only.count == 4


def test_what_was_counted_goes_with_its_alert(hand: AlertHand) -> None:
    """Nothing is opened again by it."""
    for _ in range(3):
        hand.see(LATE_FILL)
    hand.take(hand.alerts.drop(LATE_FILL.key, "muted", now_ns=hand.now_ns))

    hand.pass_time(5)

    assert hand.told == [("raised", "open"), ("resolved", "resolved")]


def test_what_was_counted_is_not_the_next_alerts(hand: AlertHand) -> None:
    """However soon that one is raised."""
    for _ in range(3):
        hand.see(LATE_FILL)
    hand.take(hand.alerts.drop(LATE_FILL.key, "muted", now_ns=hand.now_ns))
    hand.see(LATE_FILL)
    hand.see(LATE_FILL)

    hand.pass_time(1)

    assert hand.only.count == 2


def test_an_end_that_is_said_once_waits_for_the_hold(hand: AlertHand) -> None:
    """And is not forgotten."""
    hand.see(LATE_FILL)
    hand.end(LATE_FILL)
    assert hand.told == [("raised", "open"), ("updated", "open")]

    hand.pass_time(29)
    hand.pass_time(1)

    assert hand.told[2:] == [("resolved", "resolved")]
    assert [alert.reason for alert in hand.book.resolved("alice")] == ["over"]


def test_an_end_after_the_hold_is_one_at_once(hand: AlertHand) -> None:
    """There is nothing to wait for."""
    hand.see(LATE_FILL)
    hand.wait(30)

    hand.end(LATE_FILL)

    assert hand.told[1:] == [("resolved", "resolved")]


@pytest.mark.parametrize("is_lasting", [False, True])
def test_what_comes_up_while_it_is_held_is_not_over(hand: AlertHand, is_lasting: bool) -> None:  # noqa: FBT001
    """However soon it comes."""
    cause = attrs.evolve(LATE_FILL, is_lasting=is_lasting)
    hand.see(cause)
    hand.end(cause)

    hand.see(cause)
    hand.pass_time(60)

    assert hand.told == [("raised", "open"), ("updated", "open"), ("updated", "open")]
    assert hand.only.count == 2


def test_one_more_makes_room_for_itself(hand: AlertHand) -> None:
    """The oldest of the least severe goes."""
    hand.see(make_cause(ERROR, instrument_id="old"))
    for number in range(UNRESOLVED_MOST - 1):
        hand.wait(1)
        hand.see(make_cause(WARNING, instrument_id=f"i{number}"))

    hand.see(make_cause(CRITICAL, instrument_id="new"))

    assert hand.told[-2:] == [("resolved", "resolved"), ("raised", "open")]
    assert [(alert.instrument_id, alert.reason) for alert in hand.book.resolved("alice")] == [("i0", "displaced")]
    assert hand.book.count_unresolved("alice") == UNRESOLVED_MOST


def test_so_many_are_moved_on_at_a_time(hand: AlertHand) -> None:
    """The others wait for the next."""
    for number in range(10):
        hand.see(make_cause(instrument_id=f"i{number}"))
    hand.see(LATE_FILL)
    hand.see(LATE_FILL)
    hand.wait(300)

    counts = []
    for _ in range(4):
        facts = hand.alerts.due(now_ns=hand.now_ns, most=4)
        counts.append(len(facts))
        hand.take(facts)

    assert counts == [4, 4, 4, 0]


def test_a_platforms_alert_is_kept_by_its_own_key(hand: AlertHand) -> None:
    """As told, beside the gateway's own."""
    hand.see(make_cause(alert_type="theirs"))
    hand.hand_in(make_report(1, instrument_id=ETH, current_value=Decimal(5), limit_value=Decimal(4)))

    alert = next(one for one in hand.book.unresolved() if one.is_handed_in)
    assert (alert.dedup_key, alert.alert_type, alert.severity, alert.state) == (
        "k1",
        "theirs",
        WARNING,
        AlertState.OPEN,
    )
    assert (alert.instrument_id, *texts(alert.current_value, alert.limit_value)) == (ETH, "5", "4")
    assert hand.book.count_unresolved("alice") == 2


def test_what_a_platform_tells_again_changes_nothing(hand: AlertHand) -> None:
    """Nor what is older than the last, whether that alert is open or not."""
    hand.hand_in(make_report(2), make_report(2), make_report(1, severity=CRITICAL))
    assert hand.told == [("raised", "open")]

    hand.hand_in(make_report(3), make_report(4, is_resolved=True), make_report(4), make_report(2))

    assert hand.told[1:] == [("updated", "open"), ("resolved", "resolved")]
    hand.hand_in(make_report(5))
    assert hand.told[3:] == [("raised", "open")]


def test_a_platforms_alert_rises_and_escalates_as_others_do(hand: AlertHand) -> None:
    """And is resolved when the platform says so, however soon."""
    hand.hand_in(make_report(1))
    hand.acknowledge()
    hand.hand_in(make_report(2, severity=CRITICAL))
    hand.pass_time(300)
    hand.hand_in(make_report(3, is_resolved=True))

    assert [event for event, _ in hand.told] == ["raised", "acknowledged", "risen", "escalated", "resolved"]


def test_what_a_platform_resolves_unseen_stays_so(hand: AlertHand) -> None:
    """What it told before that comes too late to open it."""
    hand.hand_in(make_report(2, is_resolved=True), make_report(1))

    assert hand.told == []


def test_a_forgotten_number_is_known_by_the_alert(hand: AlertHand) -> None:
    """An alert that is open for long is not told anew by a replay."""
    hand.hand_in(make_report(7))
    for number in range(1001):
        hand.hand_in(make_report(number, dedup_key=f"other{number}", is_resolved=True))

    hand.hand_in(make_report(6))

    assert hand.book.sequence("alice", "k1") is None
    assert hand.told == [("raised", "open")]


def test_a_call_with_too_many_is_refused_whole(hand: AlertHand) -> None:
    """With its place named; what is open already counts once."""
    hand.hand_in(*(make_report(1, dedup_key=f"k{number}") for number in range(UNRESOLVED_MOST - 1)))
    again, new, one_more = (make_report(2, dedup_key=key) for key in ("k0", "new", "one_more"))
    over = make_report(3, dedup_key="over", is_resolved=True)

    hand.alerts.check_handed_in([again, new, over, new])
    with pytest.raises(InvalidArgument) as raised:
        hand.alerts.check_handed_in([again, over, new, one_more])

    assert raised.value.details == {"field": "events[3].dedup_key"}
    hand.alerts.check_handed_in([new, make_report(1, user_id="bob")])
