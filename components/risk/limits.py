"""
The limits: which there are, what each is for whom, and what the desk has set in place of the settings.

For one account and instrument holds what the desk has set for exactly the two; else, of what it has set for the account
and for the instrument, the stricter; else what it has set for all; else the setting.
"""

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal

import attrs

from components.model.arguments import decimal_of
from components.model.errors import InvalidArgument
from components.model.money import amount_text
from components.risk.facts import LimitsSet

OFF = "off"
MOST_SCOPES = 10_000
"""Accounts, instruments and pairs of them that the desk can set limits of; it bounds what they can cost."""

MOST_KNOWN = 50_000

Scope = tuple[str | None, str | None]
"""Account and instrument; None is all."""

EVERYTHING: Scope = (None, None)


@attrs.frozen(kw_only=True)
class LimitKind:
    """
    One of the limits.

    Attributes:
        name: In settings, calls, refusals and payloads.
        unit: What it is counted in; `account currency` is money.
        most: The largest value that makes sense.
        has_instruments: Whether it can differ by instrument.
        is_whole: Whether it is a whole number.
        is_floor: Whether a figure must not fall to it, instead of rise above it.
    """

    name: str
    unit: str
    most: Decimal
    has_instruments: bool = False
    is_whole: bool = False
    is_floor: bool = False

    def value_of(self, field: str, value: object) -> str:
        """
        A value of the limit as it is kept: its decimal text, or `off`.

        Raises:
            InvalidArgument: It is none.
        """
        if value == OFF:
            return OFF
        number = decimal_of(field, value)
        if number > self.most or (self.is_whole and number != number.to_integral_value()):
            kind = "a whole number" if self.is_whole else "a number"
            raise InvalidArgument(field, f"expected {kind} above zero, at most {self.most:f}, or {OFF}")
        return amount_text(number)


_MONEY = Decimal(10) ** 15
_HUNDRED = Decimal(100)
_CURRENCY = "account currency"

KINDS: tuple[LimitKind, ...] = (
    LimitKind(name="order_notional", unit=_CURRENCY, most=_MONEY, has_instruments=True),
    LimitKind(name="position_notional", unit=_CURRENCY, most=_MONEY, has_instruments=True),
    LimitKind(name="open_orders", unit="orders", most=Decimal(100_000), is_whole=True),
    LimitKind(name="order_rate", unit="orders a second", most=Decimal(100_000), is_whole=True),
    LimitKind(name="order_burst", unit="orders", most=Decimal(100_000), is_whole=True),
    LimitKind(name="price_band_percent", unit="%", most=Decimal(1000), has_instruments=True),
    LimitKind(name="mark_age_s", unit="s", most=Decimal(86_400), has_instruments=True),
    LimitKind(name="drawdown_percent", unit="%", most=_HUNDRED),
    LimitKind(name="daily_loss_percent", unit="%", most=_HUNDRED),
    LimitKind(name="concentration_percent", unit="%", most=_HUNDRED),
    LimitKind(name="margin_warning_level", unit="ratio", most=_HUNDRED, is_floor=True),
    LimitKind(name="margin_call_level", unit="ratio", most=_HUNDRED, is_floor=True),
    LimitKind(name="margin_liquidation_level", unit="ratio", most=_HUNDRED, is_floor=True),
)
KIND_BY_NAME = {kind.name: kind for kind in KINDS}


@attrs.frozen(kw_only=True)
class Limits:
    """
    What one account may do, on one instrument; None is without limit.

    Attributes:
        order_notional: Most that one order may be worth.
        position_notional: Most that a position may be worth, with all open orders of a side executed.
        open_orders: Most open orders.
        order_rate: Most orders and changes a second in the long run.
        order_burst: Most of them at once after a rest.
        price_band_percent: Furthest that a limit price may be from the mark.
        mark_age_s: Oldest mark that anything is judged by.
        drawdown_percent: Most that equity may be below its high-water mark.
        daily_loss_percent: Most that equity may be below what it was when the day began.
        concentration_percent: Most of the gross exposure that one instrument may be.
        margin_warning_level: At this margin level or below there is a warning.
        margin_call_level: At this or below there is a margin call.
        margin_liquidation_level: At this or below the account is liquidated.
    """

    order_notional: Decimal | None = Decimal(1_000_000)
    position_notional: Decimal | None = Decimal(5_000_000)
    open_orders: Decimal | None = Decimal(500)
    order_rate: Decimal | None = Decimal(50)
    order_burst: Decimal | None = Decimal(100)
    price_band_percent: Decimal | None = Decimal(30)
    mark_age_s: Decimal | None = Decimal(120)
    drawdown_percent: Decimal | None = Decimal(20)
    daily_loss_percent: Decimal | None = Decimal(10)
    concentration_percent: Decimal | None = None
    margin_warning_level: Decimal | None = Decimal("1.5")
    margin_call_level: Decimal | None = Decimal("1.3")
    margin_liquidation_level: Decimal | None = Decimal("1.1")

    def with_overrides(self, overrides: Mapping[str, str]) -> "Limits":
        """The same with some set otherwise."""
        return attrs.evolve(self, **{name: _number(text) for name, text in overrides.items()}) if overrides else self

    def value(self, name: str) -> Decimal | None:
        """One of them by its name."""
        number: Decimal | None = getattr(self, name)
        return number

    @property
    def is_in_order(self) -> bool:
        """Whether an account is warned before it is called, and called before it is liquidated."""
        levels = [self.margin_liquidation_level, self.margin_call_level, self.margin_warning_level]
        there = [level for level in levels if level is not None]
        return all(lower < higher for lower, higher in itertools.pairwise(there))


class LimitBook:
    """
    What every limit is for every account and instrument.

    Sans-I/O. It checks what the desk wants to set, and is changed by facts alone.
    """

    def __init__(self, defaults: Limits) -> None:
        """Begin with the settings' limits for all."""
        self._defaults = defaults
        self._overrides: dict[Scope, dict[str, str]] = {}
        self._common = defaults
        self._is_varied = False
        self._known: dict[Scope, Limits] = {}

    def of(self, user_id: str, instrument_id: str | None = None) -> Limits:
        """What holds for an account; without an instrument, whatever it trades."""
        if not self._is_varied:
            return self._common
        known = self._known.get((user_id, instrument_id))
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._common.with_overrides(dict(self._set_for(user_id, instrument_id)))
            self._known[user_id, instrument_id] = known
        return known

    def common(self) -> Limits:
        """What holds for every account of which nothing else is said."""
        return self._common

    def scopes(self) -> Iterator[tuple[Scope, dict[str, str]]]:
        """What the desk has set, by account and instrument, in an order of their own."""
        for scope in sorted(self._overrides, key=_scope_order):
            yield scope, self._overrides[scope]

    def decide(
        self, user_id: str | None, instrument_id: str | None, limits: object, *, by: str, reason: str, now_ns: int
    ) -> LimitsSet:
        """
        What it would be to set limits: those that are not named stay, and null takes one back.

        Raises:
            InvalidArgument: One of them does not exist, is none of an instrument, or its value does not fit; or an
                account would be liquidated before it is called, or called before it is warned.
        """
        scope = (user_id, instrument_id)
        after = _parsed(limits, has_instrument=instrument_id is not None)
        here = self._overrides.get(scope, {})
        if not here and len(self._overrides) >= MOST_SCOPES:
            raise InvalidArgument("user_id", f"limits are set for {MOST_SCOPES} accounts and instruments already")
        fact = LimitsSet(
            ts_ns=now_ns,
            user_id=user_id,
            instrument_id=instrument_id,
            before={name: here.get(name) for name in after},
            after=after,
            by=by,
            reason=reason,
        )
        self._check_order(fact)
        return fact

    def apply(self, fact: LimitsSet) -> None:
        """Set what the desk has set."""
        self._overrides = _changed(self._overrides, fact)
        self._refresh()

    def checkpoint(self) -> list[tuple[str | None, str | None, dict[str, str]]]:
        """All that the desk has set."""
        return [(*scope, values) for scope, values in self.scopes()]

    def restore(self, checkpoint: list[tuple[str | None, str | None, dict[str, str]]]) -> None:
        """Take over what the desk had set."""
        self._overrides = {(user_id, instrument_id): values for user_id, instrument_id, values in checkpoint}
        self._refresh()

    def _refresh(self) -> None:
        self._common = self._defaults.with_overrides(self._overrides.get(EVERYTHING, {}))
        self._is_varied = any(scope != EVERYTHING for scope in self._overrides)
        self._known.clear()

    def _set_for(self, user_id: str, instrument_id: str | None) -> Iterator[tuple[str, str]]:
        exact = self._overrides.get((user_id, instrument_id), {}) if instrument_id is not None else {}
        of_account = self._overrides.get((user_id, None), {})
        of_instrument = self._overrides.get((None, instrument_id), {}) if instrument_id is not None else {}
        for name in KIND_BY_NAME:
            if name in exact:
                yield name, exact[name]
            elif name in of_account and name in of_instrument:
                yield name, _stricter(of_account[name], of_instrument[name])
            elif name in of_account or name in of_instrument:
                yield name, of_account.get(name) or of_instrument[name]

    def _check_order(self, fact: LimitsSet) -> None:
        if not any(KIND_BY_NAME[name].is_floor for name in fact.after):
            return
        changed = _changed(self._overrides, fact)
        tried = LimitBook(self._defaults)
        tried.restore([(*scope, values) for scope, values in changed.items()])
        accounts = {user_id for user_id, _ in changed} if fact.user_id is None else {fact.user_id}
        concerned = [tried.common() if user_id is None else tried.of(user_id) for user_id in {None, *accounts}]
        if not all(limits.is_in_order for limits in concerned):
            raise InvalidArgument(
                "limits", "expected margin_liquidation_level below margin_call_level below margin_warning_level"
            )


def _parsed(limits: object, *, has_instrument: bool) -> dict[str, str | None]:
    if not isinstance(limits, dict) or not 0 < len(limits) <= len(KINDS):
        raise InvalidArgument("limits", f"expected a map of 1 to {len(KINDS)} limits by name")
    parsed: dict[str, str | None] = {}
    for name, value in limits.items():
        kind = KIND_BY_NAME.get(name) if isinstance(name, str) else None
        if kind is None:
            raise InvalidArgument("limits", f"expected names of limits: {', '.join(KIND_BY_NAME)}")
        field = f"limits.{kind.name}"
        if has_instrument and not kind.has_instruments:
            raise InvalidArgument(field, "is a limit of accounts, and of no instrument")
        parsed[kind.name] = None if value is None else kind.value_of(field, value)
    return parsed


def _changed(overrides: Mapping[Scope, dict[str, str]], fact: LimitsSet) -> dict[Scope, dict[str, str]]:
    changed = dict(overrides)
    scope = (fact.user_id, fact.instrument_id)
    merged = {**changed.pop(scope, {}), **fact.after}
    kept = {name: text for name, text in merged.items() if text is not None}
    if kept:
        changed[scope] = kept
    return changed


def _number(text: str) -> Decimal | None:
    return None if text == OFF else Decimal(text)


def _stricter(one: str, other: str) -> str:
    # Only limits that a figure must not rise above can differ by instrument.
    if OFF in (one, other):
        return other if one == OFF else one
    return min(one, other, key=Decimal)


def _scope_order(scope: Scope) -> tuple[bool, str, bool, str]:
    user_id, instrument_id = scope
    return user_id is not None, user_id or "", instrument_id is not None, instrument_id or ""
