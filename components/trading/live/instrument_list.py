"""Which instruments there are, by which rules they trade, and which one tells what a currency is worth in another."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from components.model.errors import Unavailable, UnknownInstrument
from components.model.market import TradingState
from components.trading.live.markets import InstrumentRules

MAX_SHOWN_CHARS = 40


class InstrumentList:
    """
    The instruments as the market lists them.

    Sans-I/O. One whose currencies are not told, whose rules cannot be read, or that no venue has, is not for trading.

    Attributes:
        is_known: Whether there was a list yet.
    """

    def __init__(self) -> None:
        self._rules: dict[str, InstrumentRules] = {}
        self._id_by_alias: dict[str, str] = {}
        self._id_by_pair: dict[tuple[str, str], str] = {}
        self.is_known = False

    def replace(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take a new list in the place of the one before."""
        self._rules, self._id_by_alias, self._id_by_pair = {}, {}, {}
        self.is_known = True
        for row in rows:
            rules = _rules(row)
            if rules is None:
                continue
            self._rules[rules.instrument_id] = rules
            self._id_by_pair.setdefault((rules.base, rules.quote), rules.instrument_id)
            for alias in row["aliases"]:
                self._id_by_alias.setdefault(alias, rules.instrument_id)

    def rules(self, name: str) -> InstrumentRules:
        """
        The rules of an instrument, by its id or an alias.

        Raises:
            UnknownInstrument: There is no such instrument, or it is not for trading.
            Unavailable: There is no list yet.
        """
        rules = self._rules.get(name) or self._rules.get(self._id_by_alias.get(name, ""))
        if rules is not None:
            return rules
        if not self.is_known:
            raise Unavailable("the instruments are not known yet; try again")
        raise UnknownInstrument(f"there is no instrument {name[:MAX_SHOWN_CHARS]!r} that can be traded")

    def find(self, instrument_id: str) -> InstrumentRules | None:
        """The rules of an instrument by its id; None where it is not listed."""
        return self._rules.get(instrument_id)

    def pair(self, base: str, quote: str) -> str | None:
        """The instrument whose price is what one currency is worth in another; None where there is none."""
        return self._id_by_pair.get((base, quote))


def _rules(row: Mapping[str, Any]) -> InstrumentRules | None:
    if row["base"] is None or row["quote"] is None or not row["venues"]:
        return None
    try:
        steps = {name: _step(row[name]) for name in ("tick_size", "lot_size", "min_notional")}
    except InvalidOperation:
        return None
    return InstrumentRules(
        instrument_id=row["instrument"],
        venue=row["venues"][0],
        base=row["base"],
        quote=row["quote"],
        is_trading=row["state"] == TradingState.TRADING,
        **steps,
    )


def _step(text: str | None) -> Decimal | None:
    # Venues write a rule that they do not have as 0.
    return None if text is None or not Decimal(text) > 0 else Decimal(text)
