"""Which limit holds for whom, and what the desk may set."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.model.errors import InvalidArgument
from components.risk import limits as module
from components.risk.limits import KIND_BY_NAME, KINDS, LimitBook, Limits
from tests.support.risk_cases import BTC, ETH, NOW_NS, texts


@pytest.fixture
def book() -> LimitBook:
    """As the settings say."""
    return LimitBook(Limits())


def set_limits(
    book: LimitBook, limits: object, user_id: str | None = None, instrument_id: str | None = None
) -> dict[str, str | None]:
    """Set limits; give what was set before."""
    fact = book.decide(user_id, instrument_id, limits, by="desk", reason="because", now_ns=NOW_NS)
    book.apply(fact)
    return fact.before


def test_every_limit_has_a_name_of_its_own() -> None:
    """What is told and set is what is judged by."""
    assert [kind.name for kind in KINDS] == [field.name for field in attrs.fields(Limits)]


def test_without_the_desk_the_settings_hold(book: LimitBook) -> None:
    """For everybody, on everything."""
    assert book.of("alice") == book.of("alice", BTC) == book.common() == Limits()


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([(None, None, "7")], "7"),
        ([(None, None, "7"), ("alice", None, "9")], "9"),
        ([(None, None, "7"), (None, BTC, "9")], "9"),
        ([("alice", None, "5"), (None, BTC, "9")], "5"),
        ([("alice", None, "9"), (None, BTC, "5")], "5"),
        ([("alice", None, "off"), (None, BTC, "5")], "5"),
        ([("alice", None, "5"), (None, BTC, "off")], "5"),
        ([("alice", None, "5"), (None, BTC, "6"), ("alice", BTC, "9")], "9"),
        ([("bob", None, "5"), (None, ETH, "6"), ("bob", BTC, "9")], "1000000"),
        ([("alice", None, "off")], None),
    ],
)
def test_the_nearest_holds_and_of_two_as_near_the_stricter(
    book: LimitBook, scopes: list[tuple[str | None, str | None, str]], expected: str | None
) -> None:
    """The two together, else the stricter of account and instrument, else all, else the setting."""
    for user_id, instrument_id, value in scopes:
        set_limits(book, {"order_notional": value}, user_id, instrument_id)

    assert book.of("alice", BTC).order_notional == (None if expected is None else Decimal(expected))
    assert book.of("alice", BTC).open_orders == Decimal(500)


def test_what_is_known_is_not_known_for_ever(book: LimitBook) -> None:
    """A limit that was looked up before is another once it is set."""
    set_limits(book, {"open_orders": "5"}, "alice")
    assert book.of("alice").open_orders == 5

    set_limits(book, {"open_orders": "6"}, "alice")

    assert book.of("alice").open_orders == 6


def test_what_is_known_is_bounded(book: LimitBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many accounts trade an instrument of which something is set."""
    monkeypatch.setattr(module, "MOST_KNOWN", 3)
    set_limits(book, {"order_notional": "5"}, None, BTC)

    for number in range(10):
        assert book.of(f"user{number}", BTC).order_notional == 5
        assert len(book._known) <= 3


def test_null_takes_back_what_was_set(book: LimitBook) -> None:
    """The desk hears what it was before, and what is not named stays."""
    before = [
        set_limits(book, {"open_orders": "5", "order_rate": "3"}, "alice"),
        set_limits(book, {"open_orders": "7.0"}, "alice"),
        set_limits(book, {"open_orders": None}, "alice"),
    ]

    assert before == [{"open_orders": None, "order_rate": None}, {"open_orders": "5"}, {"open_orders": "7"}]
    assert texts(book.of("alice").open_orders, book.of("alice").order_rate) == ["500", "3"]

    set_limits(book, {"order_rate": None}, "alice")

    assert book.checkpoint() == []


@pytest.mark.parametrize(
    ("limits", "instrument_id", "field"),
    [
        ("order_notional", None, "limits"),
        ({}, None, "limits"),
        ({f"limit{number}": "1" for number in range(99)}, None, "limits"),
        ({"orders": "1"}, None, "limits"),
        ({5: "1"}, None, "limits"),
        ({"open_orders": "1"}, BTC, "limits.open_orders"),
        ({"open_orders": "1.5"}, None, "limits.open_orders"),
        ({"open_orders": "0"}, None, "limits.open_orders"),
        ({"open_orders": "-1"}, None, "limits.open_orders"),
        ({"open_orders": 5}, None, "limits.open_orders"),
        ({"open_orders": "100001"}, None, "limits.open_orders"),
        ({"drawdown_percent": "100.1"}, None, "limits.drawdown_percent"),
        ({"drawdown_percent": "nan"}, None, "limits.drawdown_percent"),
        ({"drawdown_percent": "1e1"}, None, "limits.drawdown_percent"),
        ({"margin_call_level": "1.6"}, None, "limits"),
        ({"margin_call_level": "1.5"}, None, "limits"),
        ({"margin_liquidation_level": "1.4"}, None, "limits"),
        ({"margin_call_level": "off", "margin_liquidation_level": "1.5"}, None, "limits"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_field_named(
    book: LimitBook, limits: Any, instrument_id: str | None, field: str
) -> None:
    """And nothing is set."""
    with pytest.raises(InvalidArgument) as raised:
        set_limits(book, limits, "alice", instrument_id)

    assert raised.value.details == {"field": field}
    assert book.checkpoint() == []


def test_levels_stay_in_order_for_every_account(book: LimitBook) -> None:
    """What is set for all must go together with what was set for one."""
    set_limits(book, {"margin_call_level": "1.4", "margin_liquidation_level": "1.35"}, "alice")

    with pytest.raises(InvalidArgument):
        set_limits(book, {"margin_warning_level": "1.38"})

    set_limits(book, {"margin_warning_level": "1.45"})
    assert book.of("alice").margin_warning_level == Decimal("1.45")


def test_so_many_scopes_and_no_more(book: LimitBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there can still be changed."""
    monkeypatch.setattr(module, "MOST_SCOPES", 2)
    set_limits(book, {"open_orders": "1"}, "alice")
    set_limits(book, {"open_orders": "1"}, "bob")

    with pytest.raises(InvalidArgument):
        set_limits(book, {"open_orders": "1"}, "carol")

    set_limits(book, {"open_orders": "2"}, "alice")
    assert book.of("alice").open_orders == 2


def test_a_checkpoint_is_in_an_order_of_its_own(book: LimitBook) -> None:
    """Whoever was set first; and what is restored from it holds."""
    for user_id, instrument_id in [("bob", BTC), ("alice", None), (None, ETH), (None, None), ("alice", BTC)]:
        set_limits(book, {"order_notional": "5"}, user_id, instrument_id)

    other = LimitBook(Limits())
    other.restore(book.checkpoint())

    assert [(one[0], one[1]) for one in book.checkpoint()] == [
        (None, None),
        (None, ETH),
        ("alice", None),
        ("alice", BTC),
        ("bob", BTC),
    ]
    assert other.checkpoint() == book.checkpoint()
    assert other.of("carol").order_notional == 5


@pytest.mark.parametrize("name", KIND_BY_NAME)
def test_only_levels_are_floors_and_only_ceilings_are_of_instruments(name: str) -> None:
    """Which of two is the stricter is known without asking."""
    kind = KIND_BY_NAME[name]

    assert kind.is_floor == name.startswith("margin_")
    assert not (kind.is_floor and kind.has_instruments)
