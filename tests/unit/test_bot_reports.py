"""What a bot may say, and how bots are told of."""

from decimal import Decimal

import pytest

from components.bots.bot_reports import bot_body, bot_id_of, bots_body, read_report
from components.bots.bots import Bot
from components.bots.facts import Told
from components.model.errors import InvalidArgument
from components.model.platform_reports import BotStatus

FIGURES = {"total_pnl": "-12.50", "win_rate": "0.55", "trades_today": 3}
BOT = Bot(
    bot_id="b1",
    told=Told(
        name="Grid", status=BotStatus.ERROR, total_pnl=Decimal("-12.50"), win_rate=Decimal("0.55"), trades_today=3
    ),
    reported_ns=1_000_000_000,
)


@pytest.mark.parametrize("status", ["running", "paused", "error"])
def test_a_report_is_read(status: str) -> None:
    """Its name, its status, and figures as text."""
    assert read_report("Grid 1", status, FIGURES) == Told(
        name="Grid 1",
        status=BotStatus(status),
        total_pnl=Decimal("-12.50"),
        win_rate=Decimal("0.55"),
        trades_today=3,
    )


@pytest.mark.parametrize("performance", [None, {}, dict.fromkeys(FIGURES)])
def test_figures_may_be_left_out(performance: object) -> None:
    """All of them, or each."""
    assert read_report("Grid", "running", performance) == Told(name="Grid", status=BotStatus.RUNNING)


@pytest.mark.parametrize("rate", ["0", "1", "1.000"])
def test_a_rate_is_between_nothing_and_all(rate: str) -> None:
    """Both ends included."""
    assert read_report("Grid", "running", {"win_rate": rate}).win_rate == Decimal(rate)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 257}),
        ("name", {"name": "a\nb"}),
        ("name", {"name": 7}),
        ("status", {"status": "stale"}),
        ("status", {"status": "RUNNING"}),
        ("status", {"status": None}),
        ("performance", {"performance": "good"}),
        ("performance", {"performance": [1]}),
        ("performance.sharpe", {"performance": {"sharpe": "1"}}),
        ("performance.7", {"performance": {7: "1"}}),
        ("performance.total_pnl", {"performance": {"total_pnl": 1.5}}),
        ("performance.total_pnl", {"performance": {"total_pnl": "NaN"}}),
        ("performance.total_pnl", {"performance": {"total_pnl": "1" * 40}}),
        ("performance.win_rate", {"performance": {"win_rate": "1.01"}}),
        ("performance.win_rate", {"performance": {"win_rate": "-0.1"}}),
        ("performance.win_rate", {"performance": {"win_rate": 0.5}}),
        ("performance.trades_today", {"performance": {"trades_today": -1}}),
        ("performance.trades_today", {"performance": {"trades_today": True}}),
        ("performance.trades_today", {"performance": {"trades_today": 2**63}}),
        ("performance.trades_today", {"performance": {"trades_today": "3"}}),
    ],
)
def test_a_report_that_cannot_be_is_refused(field: str, changed: dict[str, object]) -> None:
    """By the name of the field."""
    with pytest.raises(InvalidArgument) as raised:
        read_report(**{"name": "Grid", "status": "running", **changed})

    assert raised.value.details == {"field": field}


@pytest.mark.parametrize("bot_id", ["b", "grid-1:BTC/USDT", "x" * 128])
def test_ids_of_bots(bot_id: str) -> None:
    """Anything that prints, without spaces."""
    assert bot_id_of(bot_id) == bot_id


@pytest.mark.parametrize("bot_id", ["", "a b", "x" * 129, "ä", "a\n", None, 7])
def test_what_is_no_id(bot_id: object) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidArgument) as raised:
        bot_id_of(bot_id)

    assert raised.value.details == {"field": "bot_id"}


def test_a_bot_as_it_is_told_of() -> None:
    """Money as text, times in words; who is stale is that, whatever it said last."""
    told = {
        "bot_id": "b1",
        "name": "Grid",
        "status": "error",
        "performance": {"total_pnl": "-12.5", "win_rate": "0.55", "trades_today": 3},
        "reported_at": "1970-01-01T00:00:01.000000Z",
    }

    assert bot_body(BOT) == told
    stale = Bot(bot_id="b1", told=BOT.told, reported_ns=BOT.reported_ns, is_stale=True)
    assert bot_body(stale) == {**told, "status": "stale"}


def test_an_event_is_complete_in_itself() -> None:
    """It is about one bot, and has all of them."""
    other = Bot(bot_id="b2", told=Told(name="DCA", status=BotStatus.PAUSED), reported_ns=0)

    assert bots_body(other, [BOT, other]) == {**bot_body(other), "bots": [bot_body(BOT), bot_body(other)]}
