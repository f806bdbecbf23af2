"""
What an account is worth at the marks of now.

A position is worth its price; where only a quote is known, what it could be closed at: the bid where it is long, the
ask where it is short. Where neither is known, or a currency has no rate, the figure that depends on it is not known
either, and says what is missing; nothing counts as zero because its price is not known.
"""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from components.model.accounts import AccountFigures, Exposure, Mark
from components.model.errors import Unavailable, UnknownInstrument
from components.model.money import ZERO, exact, quotient
from components.model.orders import Position
from components.trading.facts import MarginHandedIn
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Markets


@attrs.frozen(kw_only=True)
class MarginRules:
    """
    What accounts are reckoned by.

    Attributes:
        currency: The account currency.
        initial_rate: Share of a position's notional that has to be there to open it; None where nothing is asked.
        maintenance_rate: Share of a position's notional that has to stay there.
    """

    currency: str
    initial_rate: Decimal | None = None
    maintenance_rate: Decimal


@exact
def figures(ledger: Ledger, user_id: str, markets: Markets, rules: MarginRules, *, now_ns: int) -> AccountFigures:
    """
    One account in account currency; one that does not exist has nothing.

    Cash: equity is the worth of all balances. Margin: equity is that and the unrealised profit and loss; maintenance
    margin is the worth of all positions, long or short, times the maintenance rate; the level is equity through
    maintenance margin. What a platform told of equity and maintenance margin is taken as told.
    """
    valuation = _Valuation(markets, rules.currency)
    margin = ledger.told_margin(user_id)
    is_margin = ledger.is_margin(user_id) or margin is not None
    exposures = tuple(_exposures(ledger, user_id, valuation))
    positions = ledger.positions(user_id)
    balance = _sum(valuation.worth(one.currency, one.total) for one in ledger.balances(user_id))
    unrealised = _sum(valuation.unrealised(one) for one in positions)
    equity = _sum((balance, unrealised)) if is_margin else balance
    maintenance = _maintenance(exposures, rules.maintenance_rate) if is_margin else ZERO
    if margin is not None:
        equity, maintenance = valuation.told(margin)
    return AccountFigures(
        user_id=user_id,
        currency=rules.currency,
        is_margin=is_margin,
        balance=balance,
        equity=equity,
        unrealised_pnl=unrealised,
        realised_pnl=_sum(valuation.in_quote(one, one.realised_pnl) for one in positions),
        realised_pnl_today=_realised_today(ledger, user_id, valuation, now_ns),
        transferred=_transferred(ledger, user_id, valuation),
        maintenance_margin=maintenance,
        margin_level=quotient(equity, maintenance) if equity is not None and maintenance else None,
        exposures=exposures,
        open_orders=sum(one.orders for one in ledger.open_quantities(user_id).values()),
        missing_prices=tuple(valuation.missing),
        is_external=ledger.is_external(user_id),
    )


class _Valuation:
    """
    Amounts in account currency.

    Attributes:
        missing: Instruments and currencies that have no price, in the order in which they were asked for.
    """

    def __init__(self, markets: Markets, currency: str) -> None:
        self.missing: dict[str, None] = {}
        self._markets = markets
        self._currency = currency

    def worth(self, currency: str, amount: Decimal) -> Decimal | None:
        """What an amount of a currency is worth."""
        if not amount or currency == self._currency:
            return amount
        rate = self._markets.rate(currency, self._currency)
        if rate is None:
            self.missing[currency] = None
            return None
        return amount * rate

    def in_quote(self, position: Position, amount: Decimal) -> Decimal | None:
        """What an amount in a position's quote currency is worth."""
        if not amount:
            return ZERO
        quote = self._quote(position)
        return None if quote is None else self.worth(quote, amount)

    def mark(self, position: Position) -> Mark | None:
        """What an instrument is worth: by the platform where it told, else by the market."""
        if position.mark_price is not None:
            return Mark(price=position.mark_price, ts_ns=position.updated_ns)
        return self._markets.mark(position.instrument_id)

    def price(self, position: Position, mark: Mark | None) -> Decimal | None:
        """What one unit of what is held is worth, in quote currency."""
        price = None if mark is None else mark.closing_price(position.quantity)
        if price is None:
            self.missing[position.instrument_id] = None
        return price

    def notional(self, position: Position, mark: Mark | None) -> Decimal | None:
        """What is held is worth, whether long or short."""
        if not position.quantity:
            return ZERO
        price = self.price(position, mark)
        return None if price is None else self.in_quote(position, abs(position.quantity) * price)

    def unrealised(self, position: Position) -> Decimal | None:
        """What closing the position now would realise."""
        if not position.quantity:
            return ZERO
        if position.unrealised_pnl is not None:
            return self.in_quote(position, position.unrealised_pnl)
        price = self.price(position, self.mark(position))
        return None if price is None else self.in_quote(position, position.quantity * price - position.cost)

    def told(self, margin: MarginHandedIn) -> tuple[Decimal | None, Decimal | None]:
        """Equity and maintenance margin as a platform told them."""
        currency = margin.currency or self._currency
        return self.worth(currency, margin.equity), self.worth(currency, margin.maintenance_margin)

    def _quote(self, position: Position) -> str | None:
        if position.quote is not None:
            return position.quote
        try:
            return self._markets.rules(position.instrument_id).quote
        except (UnknownInstrument, Unavailable):
            self.missing[position.instrument_id] = None
            return None


def _exposures(ledger: Ledger, user_id: str, valuation: _Valuation) -> Iterable[Exposure]:
    quantities = ledger.open_quantities(user_id)
    held = [one.instrument_id for one in ledger.positions(user_id) if one.quantity]
    for instrument_id in dict.fromkeys((*held, *quantities)):
        position, open_quantity = ledger.position(user_id, instrument_id), quantities.get(instrument_id)
        mark = valuation.mark(position)
        yield Exposure(
            instrument_id=instrument_id,
            quantity=position.quantity,
            notional=valuation.notional(position, mark),
            open_buys=open_quantity.buys if open_quantity else ZERO,
            open_sells=open_quantity.sells if open_quantity else ZERO,
            mark=mark,
        )


def _maintenance(exposures: Iterable[Exposure], rate: Decimal) -> Decimal | None:
    notional = _sum(one.notional for one in exposures)
    return None if notional is None else notional * rate


def _realised_today(ledger: Ledger, user_id: str, valuation: _Valuation, now_ns: int) -> Decimal | None:
    realised = ledger.realised_today(user_id, now_ns=now_ns)
    return _sum(valuation.in_quote(ledger.position(user_id, name), amount) for name, amount in realised.items())


def _transferred(ledger: Ledger, user_id: str, valuation: _Valuation) -> Decimal | None:
    transfers = ledger.transfers(user_id)
    return _sum((transfers.worth, *(valuation.worth(*one) for one in transfers.unvalued.items())))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where one of them is not known."""
    total = ZERO
    is_known = True
    for amount in amounts:
        if amount is None:
            is_known = False
        else:
            total += amount
    return total if is_known else None
