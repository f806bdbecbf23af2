"""What is looked at while accounts live."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures
from components.model.platform_reports import Severity
from components.risk.facts import AlertType, DayBegun, HighWaterMoved
from components.risk.limits import Limits
from components.risk.running import Finding, Losses, Running, price_faults
from tests.support.risk_cases import BTC, ETH, NOW_NS, make_exposure, make_figures, make_mark, texts

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 24 * HOUR_NS


@attrs.define
class Watch:
    """Accounts that are looked at, on a clock in the test's hands."""

    running: Running = attrs.field(factory=lambda: Running(day_hour=6, hysteresis_percent=Decimal(5)))
    now_ns: int = NOW_NS
    facts: list[DayBegun | HighWaterMoved] = attrs.field(factory=list)

    def keep(self, figures: AccountFigures | None = None, *, after_s: float = 0, **fields: Any) -> list[str]:
        """Look at an account a while later; give what was written down."""
        self.now_ns += int(after_s * NS_PER_S)
        facts = self.running.keep(figures or make_figures(**fields), now_ns=self.now_ns)
        for fact in facts:
            self.running.apply(fact)
        self.facts += facts
        return [type(fact).__name__ for fact in facts]

    def losses(self, equity: str, transferred: str = "1000") -> Losses:
        """What the account has lost."""
        losses = self.running.losses(make_figures(equity=equity, transferred=transferred))
        assert losses is not None
        return losses

    def judge(self, figures: AccountFigures, limits: Limits, faults: Sequence[str] = ()) -> dict[Any, Finding]:
        """How every rule is kept."""
        found = list(self.running.judge(figures, limits, faults, now_ns=self.now_ns))
        return {(one.alert_type, one.instrument_id) if one.instrument_id else one.alert_type: one for one in found}


@pytest.fixture
def watch() -> Watch:
    """Alice's account began with 1000."""
    watch = Watch()
    watch.keep()
    return watch


def verdict(finding: Finding) -> Severity | str:
    """How bad it is, or `over` or `between`."""
    if finding.cause is not None:
        return finding.cause.severity
    return "over" if finding.is_over else "between"


def test_the_first_look_begins_a_day() -> None:
    """Nothing was lost before it."""
    watch = Watch()
    assert watch.running.losses(make_figures()) is None

    assert watch.keep(equity="900") == ["DayBegun"]

    assert watch.losses("900") == Losses(
        high_water_mark=Decimal(900),
        drawdown_percent=Decimal(0),
        day_began_with=Decimal(900),
        daily_loss_percent=Decimal(0),
    )


def test_drawdown_counts_from_the_most_that_there_was(watch: Watch) -> None:
    """To the second, whatever is written down."""
    watch.keep(equity="1100")
    watch.keep(equity="1200")
    watch.keep(equity="1000")

    losses = watch.losses("900")

    assert texts(losses.high_water_mark, losses.drawdown_percent) == ["1200", "25"]
    assert losses.daily_loss_percent == 10


def test_deposits_and_withdrawals_move_the_mark(watch: Watch) -> None:
    """What is put in is no profit, what is taken out no loss."""
    watch.keep(equity="1200")

    deposited, withdrawn = watch.losses("1700", transferred="1500"), watch.losses("700", transferred="500")

    assert texts(deposited.high_water_mark, deposited.drawdown_percent) == ["1700", "0"]
    assert texts(withdrawn.high_water_mark, withdrawn.drawdown_percent) == ["700", "0"]
    assert watch.losses("1360", transferred="1500").drawdown_percent == 20


@pytest.mark.parametrize(("equity", "percent"), [("-500", 0), ("-501", 100), ("5", 0)])
def test_whoever_had_nothing_has_lost_all(watch: Watch, equity: str, percent: int) -> None:
    """A share of nothing is not reckoned."""
    assert watch.losses(equity, transferred="-500").drawdown_percent == percent


def test_a_mark_is_written_down_now_and_then(watch: Watch) -> None:
    """When it moved by a thousandth and a second has passed, or at all and a minute has."""
    assert watch.keep(after_s=0.5, equity="1100") == []
    assert watch.keep(after_s=0.5, equity="1090") == ["HighWaterMoved"]
    assert watch.keep(after_s=1, equity="1101") == []
    assert watch.keep(after_s=1, equity="1101.1") == ["HighWaterMoved"]
    assert watch.keep(after_s=5, equity="1101.2") == []
    assert watch.keep(after_s=55, equity="1000") == ["HighWaterMoved"]
    assert watch.keep(after_s=3600, equity="1000") == []

    assert [str(fact.earned) for fact in watch.facts[1:]] == ["100", "101.1", "101.2"]


def test_a_day_begins_at_its_hour(watch: Watch) -> None:
    """Six in the morning here; the high-water mark stays."""
    until_six_s = (6 + 24 - 22) * 3600 - 13 * 60 - 20
    watch.keep(equity="1200")
    assert watch.keep(after_s=until_six_s - 1, equity="1100") == ["HighWaterMoved"]
    assert watch.losses("990").daily_loss_percent == 1

    assert watch.keep(after_s=1, equity="1100") == ["DayBegun"]

    losses = watch.losses("990")
    assert texts(losses.day_began_with, losses.daily_loss_percent) == ["1100", "10"]
    assert losses.drawdown_percent == Decimal("17.5")
    assert watch.keep(equity="1000") == []


@pytest.mark.parametrize("fields", [{"equity": None}, {"transferred": None}])
def test_without_a_price_nothing_is_written_down_and_nothing_lost(watch: Watch, fields: dict[str, Any]) -> None:
    """What is not known is not zero."""
    figures = make_figures(**fields)

    assert watch.keep(figures, after_s=100_000) == []
    assert watch.running.losses(figures) is None


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ("1000", "over"),
        ("848", "over"),
        ("847.9", "between"),
        ("840", "between"),
        ("839.9", Severity.WARNING),
        ("800", Severity.WARNING),
        ("799.9", Severity.ERROR),
    ],
)
@pytest.mark.parametrize("rule", ["drawdown", "daily_loss"])
def test_a_loss_is_a_warning_near_its_limit_and_an_error_beyond(
    watch: Watch, rule: str, equity: str, expected: str
) -> None:
    """And over only well below the warning."""
    limits = attrs.evolve(Limits(drawdown_percent=None, daily_loss_percent=None), **{f"{rule}_percent": Decimal(20)})

    found = watch.judge(make_figures(equity=equity), limits)

    assert verdict(found[AlertType(rule)]) == expected
    other = AlertType.DAILY_LOSS if rule == "drawdown" else AlertType.DRAWDOWN
    assert verdict(found[other]) == "over"


def test_a_loss_says_how_much_of_what(watch: Watch) -> None:
    """In words, and in numbers."""
    watch.keep(equity="1200.5")

    cause = watch.judge(make_figures(equity="900"), Limits())[AlertType.DRAWDOWN].cause

    assert cause is not None
    assert cause.message == "equity is 25.031237 % below its high-water mark, 1200.5 USDT; the limit is 20 %"
    assert (cause.user_id, *texts(cause.limit_value, cause.current_value)) == ("alice", "20", "25.031237")
    daily = watch.judge(make_figures(equity="900"), Limits())[AlertType.DAILY_LOSS].cause
    assert daily is not None
    assert daily.message == "equity is 10 % below what the day began with, 1000 USDT; the limit is 10 %"


@pytest.mark.parametrize(
    ("level", "call", "warning"),
    [
        (None, "over", "over"),
        ("1.575", "over", "over"),
        ("1.574", "over", "between"),
        ("1.5", "over", Severity.WARNING),
        ("1.365", "over", Severity.WARNING),
        ("1.364", "between", Severity.WARNING),
        ("1.3", Severity.CRITICAL, Severity.WARNING),
        ("-2", Severity.CRITICAL, Severity.WARNING),
    ],
)
def test_a_margin_level_is_a_warning_then_a_call(watch: Watch, level: str | None, call: str, warning: str) -> None:
    """Each at its level or below, and over well above it."""
    found = watch.judge(make_figures(margin_level=level), Limits())

    assert verdict(found[AlertType.MARGIN_CALL]) == call
    assert verdict(found[AlertType.MARGIN_WARNING]) == warning


def test_without_a_level_nobody_is_called(watch: Watch) -> None:
    """What the desk switched off is over."""
    limits = Limits(margin_warning_level=None, margin_call_level=None)

    found = watch.judge(make_figures(margin_level="0.1"), limits)

    assert verdict(found[AlertType.MARGIN_CALL]) == verdict(found[AlertType.MARGIN_WARNING]) == "over"


def test_a_margin_call_says_what_the_level_is(watch: Watch) -> None:
    """With as many digits as one wants to read."""
    cause = watch.judge(make_figures(margin_level="1.23456789"), Limits())[AlertType.MARGIN_CALL].cause

    assert cause is not None
    assert cause.message == "the margin level is 1.234568, at or below 1.3"


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("0.5", "over"), ("1.3", "over"), ("1.4", "between"), ("1.5", "between"), ("1.6", Severity.WARNING)],
)
def test_an_instrument_must_not_be_too_much_of_all(watch: Watch, quantity: str, expected: str) -> None:
    """A share of the gross exposure, each instrument by itself; a position without worth is none."""
    figures = make_figures(
        make_exposure(BTC, quantity), make_exposure(ETH, "-1"), make_exposure("SOLUSDT", "0", mark=None)
    )

    found = watch.judge(figures, Limits(concentration_percent=Decimal(60)))

    assert verdict(found[AlertType.CONCENTRATION, BTC]) == expected
    assert verdict(found[AlertType.CONCENTRATION, "SOLUSDT"]) == "over"


def test_concentration_tells_its_instrument(watch: Watch) -> None:
    """The alert is one of that instrument; without a limit there is none."""
    figures = make_figures(make_exposure(BTC, "3"), make_exposure(ETH, "1"))

    cause = watch.judge(figures, Limits(concentration_percent=Decimal(60)))[AlertType.CONCENTRATION, BTC].cause

    assert cause is not None
    assert (cause.instrument_id, *texts(cause.current_value, cause.limit_value)) == (BTC, "75", "60")
    assert cause.message == "75 % of the gross exposure is BTCUSDT; the limit is 60 %"
    assert verdict(watch.judge(figures, Limits())[AlertType.CONCENTRATION, BTC]) == "over"


def test_an_account_with_nothing_at_stake_is_not_concentrated(watch: Watch) -> None:
    """A share of nothing is nothing."""
    found = watch.judge(make_figures(make_exposure(BTC, "0")), Limits(concentration_percent=Decimal(60)))

    assert verdict(found[AlertType.CONCENTRATION, BTC]) == "over"


def test_a_missing_price_is_an_alert_of_its_own(watch: Watch) -> None:
    """After a while, and while it is there nothing else is judged."""
    figures = make_figures(equity=None, missing_prices=tuple("ABCDEFG"), margin_level="0.1")
    faults = figures.missing_prices
    first = watch.judge(figures, Limits(), faults)
    watch.now_ns += 10 * NS_PER_S - 1
    assert verdict(watch.judge(figures, Limits(), faults)[AlertType.CANNOT_EVALUATE]) == "between"
    watch.now_ns += 1

    found = watch.judge(figures, Limits(), faults)

    assert list(first) == list(found) == [AlertType.CANNOT_EVALUATE]
    assert verdict(first[AlertType.CANNOT_EVALUATE]) == "between"
    cause = found[AlertType.CANNOT_EVALUATE].cause
    assert cause is not None
    assert cause.severity is Severity.ERROR
    assert cause.message.endswith("new enough of A, B, C, D, E, ...")


def test_a_price_that_comes_back_ends_it(watch: Watch) -> None:
    """And the next time is counted from its own beginning."""
    watch.judge(make_figures(), Limits(), [BTC])
    assert verdict(watch.judge(make_figures(), Limits())[AlertType.CANNOT_EVALUATE]) == "over"
    watch.now_ns += 10 * NS_PER_S

    found = watch.judge(make_figures(), Limits(), [BTC])

    assert verdict(found[AlertType.CANNOT_EVALUATE]) == "between"


def test_prices_are_missing_stale_or_too_old_where_something_is_held() -> None:
    """Each is named once; where nothing is held no price is needed."""
    figures = make_figures(
        make_exposure("A", "1", mark=None),
        make_exposure("B", "0", mark=None),
        make_exposure("C", "1", mark=make_mark(is_stale=True)),
        make_exposure("D", "1", mark=make_mark(age_s=50)),
        make_exposure("E", "1", mark=make_mark(age_s=50)),
        make_exposure("F", "1"),
        missing_prices=("A", "DUST"),
    )

    def limits_of(instrument_id: str | None) -> Limits:
        return Limits(mark_age_s=Decimal(60 if instrument_id == "E" else 40))

    assert price_faults(figures, limits_of, now_ns=NOW_NS) == ["A", "DUST", "C", "D"]


@pytest.mark.parametrize(
    ("margin_level", "level", "expected"),
    [(None, "1.1", True), ("1.155", "1.1", True), ("1.154", "1.1", False), ("0.1", None, True)],
)
def test_recovered_is_well_above(watch: Watch, margin_level: str | None, level: str | None, expected: bool) -> None:  # noqa: FBT001
    """Or there is nothing to be above of."""
    limit = None if level is None else Decimal(level)

    assert watch.running.is_recovered(make_figures(margin_level=margin_level), limit) is expected


def test_what_is_restored_counts_from_the_same(watch: Watch) -> None:
    """Whatever was written down, of all accounts."""
    watch.keep(make_figures(user_id="bob", equity="5"))
    watch.keep(after_s=1, equity="1200")
    other = Watch(now_ns=watch.now_ns)

    other.running.restore(watch.running.checkpoint())

    assert [mark.user_id for mark in watch.running.checkpoint()] == ["alice", "bob"]
    assert other.losses("900") == watch.losses("900")
    assert other.running.checkpoint() == watch.running.checkpoint()


def test_a_mark_of_an_account_that_is_not_there_is_nothing() -> None:
    """A journal may hold more than its checkpoint."""
    running = Running(day_hour=0, hysteresis_percent=Decimal(5))

    running.apply(HighWaterMoved(ts_ns=NOW_NS, user_id="alice", earned=Decimal(5)))

    assert running.checkpoint() == []
