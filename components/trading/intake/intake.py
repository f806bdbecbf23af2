"""What a platform with an engine of its own hands in about accounts, made into facts and reports."""

import enum
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from components.contract.envelope import NS_PER_S, Meta, Quality, format_time
from components.model.handed_in import event_time, read_events
from components.model.platform_reports import AlertReport, BotReport
from components.trading.facts import ToldFact
from components.trading.intake.intake_call import IntakeCall
from components.trading.intake.intake_forms import (
    AlertForm,
    AlertState,
    BotForm,
    FillForm,
    MarginForm,
    OfUser,
    OrderForm,
    PositionForm,
    WalletForm,
)
from components.trading.ledger.ledger import Ledger

LATE_NS = 60 * NS_PER_S
"""What happened longer before it was handed in is taken, and told as stale."""


class Kind(enum.StrEnum):
    """What is handed in, by the last word of its procedure."""

    ORDER = "order"
    FILL = "fill"
    POSITION = "position"
    WALLET = "wallet"
    MARGIN = "margin"


_Form = TypeVar("_Form", bound=OfUser)
_Take = Callable[[IntakeCall, str, Any, int | None], None]

_FORMS: Mapping[Kind, tuple[type[OfUser], _Take]] = {
    Kind.ORDER: (OrderForm, IntakeCall.take_order),
    Kind.FILL: (FillForm, IntakeCall.take_fill),
    Kind.POSITION: (PositionForm, IntakeCall.take_position),
    Kind.WALLET: (WalletForm, IntakeCall.take_wallet),
    Kind.MARGIN: (MarginForm, IntakeCall.take_margin),
}
"""What each kind looks like in a call, and what takes it."""


class AccountIntake:
    """
    The gate to the accounts of a platform's own engine.

    Sans-I/O. A call is taken in whole, or refused whole by an error that names the field. What comes again because an
    answer was lost does no harm: an execution is known by its id, everything else by the sender's number, which grows.

    Attributes:
        venue: The platform's name.
    """

    def __init__(self, venue: str, ledger: Ledger) -> None:
        """
        Take nothing in yet.

        Args:
            venue: The platform's name.
            ledger: What is known; whoever takes the facts applies them to it before the next call.
        """
        self.venue = venue
        self._ledger = ledger

    def read(self, kind: Kind, events: object, *, received_ns: int) -> tuple[int, list[ToldFact]]:
        """
        How many events a call hands in, and the facts that are new in it, in order.

        Args:
            kind: What they are.
            events: A list of events, or one event.
            received_ns: When the call came, UNIX nanoseconds.

        Raises:
            InvalidArgument: Something in it cannot be, or contradicts what was told before.
        """
        form, take = _FORMS[kind]
        handed_in = read_events(events, form)
        call = IntakeCall(self._ledger, self.venue, received_ns=received_ns)
        for place, event in handed_in.items():
            event_ns = event_time(event, place, received_ns=received_ns)
            event.check(place)
            take(call, place, event, event_ns)
        return len(handed_in), call.facts


def read_alerts(events: object, *, received_ns: int) -> list[AlertReport]:
    """
    The alerts that a call hands in.

    Raises:
        InvalidArgument: Something in it cannot be.
    """
    return [_alert(form, ts_ns) for form, ts_ns in _read(events, AlertForm, received_ns)]


def read_bots(events: object, *, received_ns: int) -> list[BotReport]:
    """
    The reports of bots that a call hands in.

    Raises:
        InvalidArgument: Something in it cannot be.
    """
    return [_bot(form, ts_ns) for form, ts_ns in _read(events, BotForm, received_ns)]


def meta_of(fact: ToldFact, venue: str) -> Meta:
    """What the events that a fact leads to say of where it comes from, and how late it came."""
    meta: Meta = {"source": venue, "quality": Quality.LIVE.value, "received_ts": format_time(fact.ts_ns)}
    if fact.event_ns is not None:
        meta["event_ts"] = format_time(fact.event_ns)
        if fact.ts_ns - fact.event_ns > LATE_NS:
            meta["quality"] = Quality.STALE.value
    return meta


def _read(events: object, form: type[_Form], received_ns: int) -> Iterator[tuple[_Form, int]]:
    """The events of a call, each when it was: as the platform says, or else when it came."""
    for place, event in read_events(events, form).items():
        event_ns = event_time(event, place, received_ns=received_ns)
        event.check(place)
        yield event, received_ns if event_ns is None else event_ns


def _alert(form: AlertForm, ts_ns: int) -> AlertReport:
    return AlertReport(
        user_id=form.user_id,
        sequence=form.sequence,
        ts_ns=ts_ns,
        dedup_key=form.dedup_key,
        alert_type=form.alert_type,
        severity=form.severity,
        message=form.message,
        is_resolved=form.state is AlertState.RESOLVED,
        instrument_id=form.instrument,
        limit_value=_decimal_or_none(form.limit_value),
        current_value=_decimal_or_none(form.current_value),
    )


def _bot(form: BotForm, ts_ns: int) -> BotReport:
    return BotReport(
        user_id=form.user_id,
        sequence=form.sequence,
        ts_ns=ts_ns,
        bot_id=form.bot_id,
        name=form.name,
        status=form.status,
        total_pnl=_decimal_or_none(form.performance.total_pnl),
        win_rate=_decimal_or_none(form.performance.win_rate),
        trades_today=form.performance.trades_today,
    )


def _decimal_or_none(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
