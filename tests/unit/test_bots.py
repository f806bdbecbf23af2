"""Bots row by row: what is written down of their reports, when they are stale, and when they are forgotten."""

from decimal import Decimal

import pytest

from components.bots.bots import FIGURES_INTERVAL_NS, FORGET_NS, MAX_BOTS, STALE_ALERT, Bots
from components.bots.facts import AnyBotFact, BotForgotten, BotReported, BotSilent, Told, encode_fact
from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.platform_reports import BotReport, BotStatus, Severity

ALICE, BOB = "alice", "bob"
SILENCE_NS = 60 * NS_PER_S
RUNNING = Told(name="Grid", status=BotStatus.RUNNING)
PAUSED = Told(name="Grid", status=BotStatus.PAUSED)
RICHER = Told(name="Grid", status=BotStatus.RUNNING, total_pnl=Decimal("1.5"), win_rate=Decimal("0.5"), trades_today=2)
RICHEST = Told(name="Grid", status=BotStatus.RUNNING, total_pnl=Decimal(9))


@pytest.fixture
def bots() -> Bots:
    """Nobody's."""
    return Bots(silence_ns=SILENCE_NS)


def s(seconds: float) -> int:
    """Seconds in nanoseconds."""
    return round(seconds * NS_PER_S)


def facts(bots: Bots) -> list[AnyBotFact]:
    """What has happened."""
    return [change.fact for change in bots.take()]


def reported(told: Told, now_ns: int, bot_id: str = "b1", user_id: str = ALICE) -> BotReported:
    """The fact of a report."""
    return BotReported(ts_ns=now_ns, user_id=user_id, bot_id=bot_id, told=told)


def handed_in(sequence: int, bot_id: str = "b1", user_id: str = ALICE) -> BotReport:
    """What a platform hands in."""
    return BotReport(
        user_id=user_id,
        sequence=sequence,
        ts_ns=0,
        bot_id=bot_id,
        name="Grid",
        status=BotStatus.RUNNING,
        total_pnl=Decimal(sequence),
    )


def fill(bots: Bots, count: int = MAX_BOTS) -> None:
    """Let so many bots of Alice report, one a nanosecond."""
    for number in range(count):
        bots.report(ALICE, f"b{number}", RUNNING, now_ns=number)
    bots.take()


def copy_of(bots: Bots) -> Bots:
    """What another process finds of them."""
    copy = Bots(silence_ns=SILENCE_NS)
    copy.restore(bots.checkpoint())
    return copy


def test_a_bot_is_known_from_its_first_report(bots: Bots) -> None:
    """With what it said, and when."""
    bots.report(ALICE, "b1", RICHER, now_ns=7)

    assert facts(bots) == [reported(RICHER, 7)]
    (bot,) = bots.of(ALICE)
    assert (bot.bot_id, bot.told, bot.reported_ns, bot.is_stale) == ("b1", RICHER, 7, False)
    assert bots.of(BOB) == []


def test_nothing_new_is_not_written_down(bots: Bots) -> None:
    """It is known when the bot was heard all the same."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.take()

    bots.report(ALICE, "b1", RUNNING, now_ns=s(50))
    bots.advance(now_ns=s(100))

    assert facts(bots) == []
    assert [bot.reported_ns for bot in bots.of(ALICE)] == [s(50)]


@pytest.mark.parametrize("told", [PAUSED, Told(name="Grid 2", status=BotStatus.RUNNING)])
def test_another_status_or_name_is_written_down_at_once(bots: Bots, told: Told) -> None:
    """However soon after the last."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)

    bots.report(ALICE, "b1", told, now_ns=1)

    assert facts(bots) == [reported(RUNNING, 0), reported(told, 1)]


def test_figures_are_written_down_once_a_second(bots: Bots) -> None:
    """The newest of those that came too soon, as soon as it is their turn."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.take()

    bots.report(ALICE, "b1", RICHER, now_ns=1)
    bots.report(ALICE, "b1", RICHEST, now_ns=2)
    bots.advance(now_ns=FIGURES_INTERVAL_NS - 1)
    assert facts(bots) == []
    bots.advance(now_ns=FIGURES_INTERVAL_NS)
    bots.advance(now_ns=FIGURES_INTERVAL_NS + 1)
    assert facts(bots) == [reported(RICHEST, FIGURES_INTERVAL_NS)]

    bots.report(ALICE, "b1", RICHER, now_ns=3 * FIGURES_INTERVAL_NS)
    assert facts(bots) == [reported(RICHER, 3 * FIGURES_INTERVAL_NS)]


def test_figures_that_are_as_before_again_are_not_written_down(bots: Bots) -> None:
    """What waited meanwhile is nothing new any more."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.take()

    bots.report(ALICE, "b1", RICHER, now_ns=1)
    bots.report(ALICE, "b1", RUNNING, now_ns=2)
    bots.advance(now_ns=FIGURES_INTERVAL_NS)

    assert facts(bots) == []


def test_another_status_takes_the_figures_that_wait_along(bots: Bots) -> None:
    """They do not come behind it."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.report(ALICE, "b1", RICHER, now_ns=1)

    bots.report(ALICE, "b1", PAUSED, now_ns=2)
    bots.advance(now_ns=s(5))

    assert facts(bots) == [reported(RUNNING, 0), reported(PAUSED, 2)]


def test_who_is_silent_is_stale_and_somebody_is_told(bots: Bots) -> None:
    """At the end of the silence, once; what it said stays known."""
    bots.report(ALICE, "b1", PAUSED, now_ns=5)
    bots.take()

    bots.advance(now_ns=SILENCE_NS + 4)
    assert bots.take() == []
    bots.advance(now_ns=SILENCE_NS + 5)
    bots.advance(now_ns=SILENCE_NS + 6)

    (change,) = bots.take()
    assert change.fact == BotSilent(ts_ns=SILENCE_NS + 5, user_id=ALICE, bot_id="b1", heard_ns=5)
    assert (change.bot.told, change.bot.is_stale, change.bot.reported_ns) == (PAUSED, True, 5)
    assert change.alarm is not None
    assert (change.alarm.user_id, change.alarm.alert_type, change.alarm.severity) == (
        ALICE,
        STALE_ALERT,
        Severity.WARNING,
    )
    assert change.alarm.message == "the bot Grid has not reported for 60 s"


def test_the_alarm_ends_with_the_last_that_is_stale(bots: Bots) -> None:
    """A report of the one leaves the other, and any report is written down."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.report(ALICE, "b2", RUNNING, now_ns=0)
    bots.report(BOB, "b3", RUNNING, now_ns=0)
    bots.advance(now_ns=SILENCE_NS)
    bots.take()

    bots.report(ALICE, "b1", RUNNING, now_ns=s(61))
    bots.report(ALICE, "b2", RUNNING, now_ns=s(62))
    bots.report(ALICE, "b2", PAUSED, now_ns=s(63))

    changes = bots.take()
    assert [change.fact for change in changes] == [
        reported(RUNNING, s(61), "b1"),
        reported(RUNNING, s(62), "b2"),
        reported(PAUSED, s(63), "b2"),
    ]
    assert [change.ends_alarm for change in changes] == [False, True, False]
    assert {change.alarm for change in changes} == {None}


def test_who_is_silent_for_a_week_is_forgotten(bots: Bots) -> None:
    """Counted from when it was heard, and the alarm ends with it."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.advance(now_ns=SILENCE_NS)
    bots.advance(now_ns=FORGET_NS - 1)
    bots.take()

    bots.advance(now_ns=FORGET_NS)

    (change,) = bots.take()
    assert change.fact == BotForgotten(ts_ns=FORGET_NS, user_id=ALICE, bot_id="b1")
    assert (change.bot.told, change.bot.is_stale, change.ends_alarm) == (RUNNING, True, True)
    assert bots.of(ALICE) == []


def test_one_bot_too_many_is_refused(bots: Bots) -> None:
    """Where all others report; another user is not concerned."""
    fill(bots)

    with pytest.raises(InvalidArgument) as raised:
        bots.report(ALICE, "one-more", RUNNING, now_ns=s(1))

    assert raised.value.details == {"field": "bot_id"}
    assert len(bots.of(ALICE)) == MAX_BOTS
    assert bots.take() == []
    bots.report(ALICE, "b7", PAUSED, now_ns=s(1))
    bots.report(BOB, "one-more", RUNNING, now_ns=s(1))
    assert len(bots.take()) == 2


def test_a_new_bot_takes_the_place_of_the_longest_silent(bots: Bots) -> None:
    """Whose names change with every start does not fill the list for a week."""
    fill(bots)
    bots.advance(now_ns=SILENCE_NS + 1)
    bots.take()

    bots.report(ALICE, "one-more", RUNNING, now_ns=s(70))

    assert facts(bots) == [
        BotForgotten(ts_ns=s(70), user_id=ALICE, bot_id="b0"),
        reported(RUNNING, s(70), "one-more"),
    ]
    assert len(bots.of(ALICE)) == MAX_BOTS


def test_what_a_platform_hands_in_is_written_down(bots: Bots) -> None:
    """Each report with its number, though only figures differ."""
    bots.receive_handed_in([handed_in(1), handed_in(2), handed_in(5, "b2")], now_ns=7)

    assert [(fact.bot_id, fact.sequence) for fact in facts(bots) if isinstance(fact, BotReported)] == [
        ("b1", 1),
        ("b1", 2),
        ("b2", 5),
    ]


def test_what_a_platform_hands_in_again_changes_nothing(bots: Bots) -> None:
    """By its sequence, which a report of the bot's own does not forget."""
    bots.receive_handed_in([handed_in(2)], now_ns=1)
    bots.report(ALICE, "b1", PAUSED, now_ns=2)
    bots.take()

    bots.receive_handed_in([handed_in(1), handed_in(2)], now_ns=s(100))
    assert facts(bots) == []
    assert [bot.reported_ns for bot in bots.of(ALICE)] == [2]

    bots.receive_handed_in([handed_in(3)], now_ns=s(101))
    assert len(facts(bots)) == 1


def test_a_platform_hands_in_all_or_nothing(bots: Bots) -> None:
    """Where one user would have too many, another's are not taken either."""
    fill(bots, MAX_BOTS - 1)

    with pytest.raises(InvalidArgument) as raised:
        bots.receive_handed_in(
            [handed_in(1, "x", BOB), handed_in(1, "one-more"), handed_in(1, "two-more")], now_ns=s(1)
        )

    assert raised.value.details == {"field": "events"}
    assert (bots.take(), bots.of(BOB)) == ([], [])


def test_a_platform_wakes_bots_before_others_are_forgotten(bots: Bots) -> None:
    """Of the stale bots those go that it does not tell of."""
    fill(bots)
    bots.advance(now_ns=SILENCE_NS + MAX_BOTS)
    bots.take()

    bots.receive_handed_in([handed_in(1, "one-more"), handed_in(1, "b0")], now_ns=s(70))

    assert [fact.bot_id for fact in facts(bots)] == ["b1", "one-more", "b0"]


def test_nobody_is_silent_because_nobody_listened(bots: Bots) -> None:
    """After a start each has the whole time; who was stale stays so, and is forgotten in time."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    bots.advance(now_ns=SILENCE_NS)
    bots.report(ALICE, "b2", RUNNING, now_ns=SILENCE_NS)
    successor = copy_of(bots)

    successor.begin(now_ns=s(1000))
    successor.advance(now_ns=s(1000) + SILENCE_NS - 1)
    assert facts(successor) == []
    assert [bot.reported_ns for bot in successor.of(ALICE)] == [0, s(1000)]

    successor.advance(now_ns=FORGET_NS)
    assert [type(fact) for fact in facts(successor)] == [BotForgotten, BotSilent]


def test_figures_go_on_after_a_start(bots: Bots) -> None:
    """The first that is new is written down at once."""
    bots.report(ALICE, "b1", RUNNING, now_ns=0)
    successor = copy_of(bots)

    successor.begin(now_ns=1)
    successor.report(ALICE, "b1", RICHER, now_ns=2)

    assert facts(successor) == [reported(RICHER, 2)]


def test_facts_make_the_same_bots(bots: Bots) -> None:
    """As a journal kept them, applied to nothing."""
    bots.receive_handed_in([handed_in(1, "b3")], now_ns=0)
    bots.report(ALICE, "b1", RICHER, now_ns=0)
    bots.advance(now_ns=SILENCE_NS)
    bots.report(ALICE, "b2", RUNNING, now_ns=SILENCE_NS)
    bots.report(BOB, "b1", RUNNING, now_ns=SILENCE_NS)
    bots.advance(now_ns=FORGET_NS)
    copy = Bots(silence_ns=SILENCE_NS)

    for fact in facts(bots):
        copy.apply_record(encode_fact(fact))

    assert copy.checkpoint() == bots.checkpoint()
    assert [bot.bot_id for bot in copy.of(ALICE)] == ["b2"]
    assert copy.take() == []
