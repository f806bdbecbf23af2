"""
What a platform hands in about accounts, field by field.

Each form is the wire's: names as in the contract, numbers as decimal text. `check` says whether the fields fit
together, whatever else is known of the account.
"""

import enum
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from components.model.arguments import LONGEST_USER_ID_BYTES, time_of, user_id_of
from components.model.errors import InvalidArgument
from components.model.handed_in import (
    CurrencyName,
    HandedIn,
    Id,
    InstrumentName,
    PlainText,
    PositiveText,
    SignedText,
    SizeText,
    WholeNumber,
)
from components.model.market import Side
from components.model.money import amount_text, exact
from components.model.orders import Liquidity, OrderType, TimeInForce
from components.model.platform_reports import BotStatus, Severity

LONGEST_REQUEST_ID_CHARS = 192
LONGEST_DEDUP_KEY_CHARS = 255
"""As PagerDuty's Events API v2 has it."""

_UserId = Annotated[str, Meta(min_length=1, max_length=LONGEST_USER_ID_BYTES)]
_RequestId = Annotated[str, Meta(max_length=LONGEST_REQUEST_ID_CHARS)]
_DedupKey = Annotated[str, Meta(min_length=1, max_length=LONGEST_DEDUP_KEY_CHARS)]


class ToldStatus(enum.StrEnum):
    """Where a platform can say that an order is; what waits for the platform, the gateway knows itself."""

    UNTRIGGERED = "untriggered"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"


_UNFILLED = (ToldStatus.UNTRIGGERED, ToldStatus.NEW, ToldStatus.REJECTED)


class PositionEvent(enum.StrEnum):
    """What happened to a position."""

    UPDATE = "update"
    LIQUIDATED = "liquidated"


class AlertState(enum.StrEnum):
    """Whether an alert goes on."""

    OPEN = "open"
    RESOLVED = "resolved"


class OfUser(HandedIn, frozen=True, kw_only=True):
    """Something about one user's account."""

    user_id: _UserId

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        user_id_of(f"{place}.user_id", self.user_id)


class OrderForm(OfUser, frozen=True, kw_only=True):
    """An order as it is now; what is None is as it was told before, or as an order has it that does not say."""

    sequence: WholeNumber
    order_id: Id
    client_order_id: Id | None = None
    instrument: InstrumentName
    side: Side
    type: OrderType
    quantity: PositiveText
    price: PositiveText | None = None
    stop_price: PositiveText | None = None
    time_in_force: TimeInForce | None = None
    expire_at: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    status: ToldStatus
    filled_quantity: SizeText = "0"
    average_price: PositiveText | None = None
    reason: PlainText | None = None
    request_id: _RequestId | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        OfUser.check(self, place)
        for field, price, is_needed in (
            ("price", self.price, self.type.has_price),
            ("stop_price", self.stop_price, self.type.has_stop_price),
        ):
            if (price is not None) != is_needed:
                article = "is required" if is_needed else "expected none"
                raise InvalidArgument(f"{place}.{field}", f"{article} for a {self.type} order")
        if self.expire_at is not None:
            time_of(f"{place}.expire_at", self.expire_at)
        self._check_filled(place)

    def _check_filled(self, place: str) -> None:
        quantity, filled = Decimal(self.quantity), Decimal(self.filled_quantity)
        if filled > quantity:
            raise InvalidArgument(
                f"{place}.filled_quantity", f"expected at most {self.quantity}, received {self.filled_quantity}"
            )
        if (self.average_price is not None) != bool(filled):
            article = "is required" if filled else "expected none"
            raise InvalidArgument(
                f"{place}.average_price", f"{article} with a filled_quantity of {amount_text(filled)}"
            )
        fits = {ToldStatus.FILLED: filled == quantity, ToldStatus.PARTIALLY_FILLED: 0 < filled < quantity}
        if not fits.get(self.status, not (filled and self.status in _UNFILLED)):
            raise InvalidArgument(
                f"{place}.status", f"cannot be {self.status} with {amount_text(filled)} of {self.quantity} filled"
            )


class FillForm(OfUser, frozen=True, kw_only=True):
    """An execution."""

    execution_id: Id
    order_id: Id
    client_order_id: Id | None = None
    instrument: InstrumentName
    side: Side
    price: PositiveText
    quantity: PositiveText
    commission: SignedText
    commission_currency: CurrencyName
    liquidity: Liquidity


class PositionForm(OfUser, frozen=True, kw_only=True):
    """What an account holds of an instrument now."""

    sequence: WholeNumber
    instrument: InstrumentName
    quantity: SignedText
    average_price: PositiveText | None = None
    realised_pnl: SignedText = "0"
    mark_price: PositiveText | None = None
    unrealised_pnl: SignedText | None = None
    event: PositionEvent = PositionEvent.UPDATE
    reason: PlainText | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        OfUser.check(self, place)
        if (self.average_price is not None) != bool(Decimal(self.quantity)):
            article = "expected none" if self.average_price else "is required"
            raise InvalidArgument(f"{place}.average_price", f"{article} with a quantity of {self.quantity}")
        if self.event is PositionEvent.LIQUIDATED and self.reason is None:
            raise InvalidArgument(f"{place}.reason", "is required where a position was liquidated")


class WalletForm(OfUser, frozen=True, kw_only=True):
    """One balance as it is now; less than nothing is owed."""

    sequence: WholeNumber
    currency: CurrencyName
    total: SignedText
    locked: SizeText = "0"
    free: SignedText | None = None
    reason: PlainText | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        OfUser.check(self, place)
        free = _difference(Decimal(self.total), Decimal(self.locked))
        if self.free is not None and Decimal(self.free) != free:
            raise InvalidArgument(
                f"{place}.free", f"expected {amount_text(free)}, total less locked, received {self.free}"
            )


class MarginForm(OfUser, frozen=True, kw_only=True):
    """How an account stands now."""

    sequence: WholeNumber
    margin_level: SizeText | None
    formula: PlainText
    equity: SignedText
    maintenance_margin: SizeText
    call_at: PositiveText | None = None
    liquidation_at: PositiveText | None = None
    shortfall: SizeText | None = None
    currency: CurrencyName | None = None


class AlertForm(OfUser, frozen=True, kw_only=True):
    """An alert as it is now."""

    sequence: WholeNumber
    dedup_key: _DedupKey
    alert_type: Id
    severity: Severity
    state: AlertState = AlertState.OPEN
    message: PlainText
    instrument: InstrumentName | None = None
    limit_value: SignedText | None = None
    current_value: SignedText | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        OfUser.check(self, place)
        if not self.dedup_key.isprintable():
            raise InvalidArgument(f"{place}.dedup_key", "expected printable characters")


class Performance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bot has done."""

    total_pnl: SignedText | None = None
    win_rate: SizeText | None = None
    trades_today: WholeNumber | None = None


class BotForm(OfUser, frozen=True, kw_only=True):
    """How a bot is now."""

    sequence: WholeNumber
    bot_id: Id
    name: PlainText
    status: BotStatus
    performance: Performance = Performance()

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """
        OfUser.check(self, place)
        rate = self.performance.win_rate
        if rate is not None and Decimal(rate) > 1:
            raise InvalidArgument(f"{place}.performance.win_rate", f"expected a number from 0 to 1, received {rate}")


@exact
def _difference(minuend: Decimal, subtrahend: Decimal) -> Decimal:
    return minuend - subtrahend
