"""What happens to the accounts of a platform with an engine of its own, as its code says it and as it goes out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from tapecast_client.intake_numbers import Number, number_or_none, number_text

ACCOUNT_KINDS = frozenset({"order", "fill", "position", "wallet", "margin", "bot", "alert"})
"""What needs no venue."""


class AccountForms(ABC):
    """
    One method for each kind of event.

    Each tells the whole of a thing as it is now. The gateway takes it where its `sequence` is higher than that of what
    it was told last of the same order, position, balance, margin, bot or alert, and passes it over otherwise; an
    execution it knows by its `execution_id`. Where no `sequence` is given the publisher makes one of the time of the
    call, so that it goes on growing when the sender starts again. `event_ts` is when it happened, ISO-8601 UTC,
    however long ago.

    Every method raises `QueueFull` where too many events wait, `EventTooBig` where the gateway would take no such
    message, and `TypeError` where a number is a float.
    """

    @abstractmethod
    def _put(self, kind: str, event: Mapping[str, Any]) -> None:
        """Hand in one event in the form of the wire."""

    @abstractmethod
    def _next_sequence(self) -> int:
        """A number above all before, those of earlier processes too."""

    def order(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        order_id: str,
        *,
        instrument: str,
        side: str,
        type: str,  # noqa: A002 - the contract's word
        quantity: Number,
        status: str,
        price: Number | None = None,
        stop_price: Number | None = None,
        filled_quantity: Number = 0,
        average_price: Number | None = None,
        client_order_id: str | None = None,
        time_in_force: str | None = None,
        expire_at: str | None = None,
        post_only: bool | None = None,
        reduce_only: bool | None = None,
        reason: str | None = None,
        request_id: str | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """
        Hand in an order as it is now.

        `status` is `untriggered`, `new`, `partially_filled`, `filled`, `cancelled`, `expired` or `rejected`;
        `request_id` is that of `tapecast.intake.requests` which this answers.
        """
        event = {
            "user_id": user_id,
            "order_id": order_id,
            "client_order_id": client_order_id,
            "instrument": instrument,
            "side": side,
            "type": type,
            "quantity": number_text(quantity),
            "price": number_or_none(price),
            "stop_price": number_or_none(stop_price),
            "time_in_force": time_in_force,
            "expire_at": expire_at,
            "post_only": post_only,
            "reduce_only": reduce_only,
            "status": status,
            "filled_quantity": number_text(filled_quantity),
            "average_price": number_or_none(average_price),
            "reason": reason,
            "request_id": request_id,
            "event_ts": event_ts,
        }
        self._put_numbered("order", event, sequence)

    def fill(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        execution_id: str,
        *,
        order_id: str,
        instrument: str,
        side: str,
        price: Number,
        quantity: Number,
        commission: Number,
        commission_currency: str,
        liquidity: str,
        client_order_id: str | None = None,
        event_ts: str | None = None,
    ) -> None:
        """
        Hand in an execution; `liquidity` is `maker` or `taker`.

        It moves nothing by itself: hand in the order, the position and the balances as they are after it, too.
        """
        event = {
            "user_id": user_id,
            "execution_id": execution_id,
            "order_id": order_id,
            "client_order_id": client_order_id,
            "instrument": instrument,
            "side": side,
            "price": number_text(price),
            "quantity": number_text(quantity),
            "commission": number_text(commission),
            "commission_currency": commission_currency,
            "liquidity": liquidity,
            "event_ts": event_ts,
        }
        self._put("fill", _present(event))

    def position(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        instrument: str,
        *,
        quantity: Number,
        average_price: Number | None = None,
        realised_pnl: Number = 0,
        mark_price: Number | None = None,
        unrealised_pnl: Number | None = None,
        event: str = "update",
        reason: str | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in what is held of an instrument; `event="liquidated"` with a `reason` where the platform closed it."""
        told = {
            "user_id": user_id,
            "instrument": instrument,
            "quantity": number_text(quantity),
            "average_price": number_or_none(average_price),
            "realised_pnl": number_text(realised_pnl),
            "mark_price": number_or_none(mark_price),
            "unrealised_pnl": number_or_none(unrealised_pnl),
            "event": event,
            "reason": reason,
            "event_ts": event_ts,
        }
        self._put_numbered("position", told, sequence)

    def wallet(
        self,
        user_id: str,
        currency: str,
        *,
        total: Number,
        locked: Number = 0,
        reason: str | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in a balance; what is not `locked` of the `total` is free."""
        event = {
            "user_id": user_id,
            "currency": currency,
            "total": number_text(total),
            "locked": number_text(locked),
            "reason": reason,
            "event_ts": event_ts,
        }
        self._put_numbered("wallet", event, sequence)

    def margin(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        *,
        margin_level: Number | None,
        formula: str,
        equity: Number,
        maintenance_margin: Number,
        call_at: Number | None = None,
        liquidation_at: Number | None = None,
        shortfall: Number | None = None,
        currency: str | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in how an account stands by the platform's own `formula`, such as `equity / maintenance_margin`."""
        event = {
            "user_id": user_id,
            "formula": formula,
            "equity": number_text(equity),
            "maintenance_margin": number_text(maintenance_margin),
            "call_at": number_or_none(call_at),
            "liquidation_at": number_or_none(liquidation_at),
            "shortfall": number_or_none(shortfall),
            "currency": currency,
            "event_ts": event_ts,
        }
        level = {"margin_level": number_or_none(margin_level)}
        self._put("margin", {**_present(event), **level, "sequence": self._sequence(sequence)})

    def bot(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        bot_id: str,
        *,
        name: str,
        status: str,
        total_pnl: Number | None = None,
        win_rate: Number | None = None,
        trades_today: int | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in how a bot is: `running`, `paused` or `error`; one of which nothing comes goes `stale`."""
        performance = {
            "total_pnl": number_or_none(total_pnl),
            "win_rate": number_or_none(win_rate),
            "trades_today": trades_today,
        }
        event = {
            "user_id": user_id,
            "bot_id": bot_id,
            "name": name,
            "status": status,
            "performance": _present(performance),
            "event_ts": event_ts,
        }
        self._put_numbered("bot", event, sequence)

    def alert(  # noqa: PLR0913 - the fields that it has
        self,
        user_id: str,
        dedup_key: str,
        *,
        alert_type: str,
        severity: str,
        message: str,
        state: str = "open",
        instrument: str | None = None,
        limit_value: Number | None = None,
        current_value: Number | None = None,
        sequence: int | None = None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in an alert, `info`, `warning`, `error` or `critical`; the same `dedup_key` is the same alert."""
        event = {
            "user_id": user_id,
            "dedup_key": dedup_key,
            "alert_type": alert_type,
            "severity": severity,
            "state": state,
            "message": message,
            "instrument": instrument,
            "limit_value": number_or_none(limit_value),
            "current_value": number_or_none(current_value),
            "event_ts": event_ts,
        }
        self._put_numbered("alert", event, sequence)

    def _put_numbered(self, kind: str, event: Mapping[str, Any], sequence: int | None) -> None:
        self._put(kind, {**_present(event), "sequence": self._sequence(sequence)})

    def _sequence(self, given: int | None) -> int:
        return self._next_sequence() if given is None else given


def _present(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}
