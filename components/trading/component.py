"""The shell of trading: orders and questions about accounts come in, and answers go out once all is durable."""

from collections.abc import Callable
from typing import TypeVar

from twisted.logger import Logger

from components.contract.envelope import Payload
from components.contract.roles import Role
from components.contract.topics import PREFIX
from components.model.money import amount_text
from components.model.orders import OrderRequest
from components.streams.stream import Streams
from components.trading.account_queries import AccountQueries, order_names
from components.trading.live.markets_component import LiveMarkets
from components.trading.orders.adjustment_arguments import read_adjustment
from components.trading.orders.desk import Desk
from components.trading.orders.order_arguments import read_amendment, read_instrument, read_order
from components.trading.payloads import order_body, topic_of
from components.trading.settlement_component import Settlement
from components.wamp.account_access import account_of
from components.wamp.procedures import Caller, Handler

BY_CALLER = "requested"
"""Why an order is cancelled that its owner asks about."""

_Result = TypeVar("_Result")

_security = Logger(namespace="tapecast.security")


class Trading:
    """
    Answers `orders.*`, `account.*` and `admin.accounts.*`.

    An account on paper begins with its trader's first call.
    """

    def __init__(
        self,
        settlement: Settlement,
        desk: Desk,
        queries: AccountQueries,
        markets: LiveMarkets,
        streams: Streams,
        *,
        wall_clock_ns: Callable[[], int],
    ) -> None:
        """
        Answer nothing yet.

        Args:
            settlement: The way to the desk.
            desk: Decides.
            queries: Answer what changes nothing.
            markets: What can be traded; followed from an instrument's first order on.
            streams: Of the process: what describes one says where it is.
            wall_clock_ns: What time it is, UNIX nanoseconds.
        """
        self._settlement = settlement
        self._desk = desk
        self._queries = queries
        self._markets = markets
        self._streams = streams
        self._wall_clock_ns = wall_clock_ns

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {
            f"{PREFIX}.orders.place": self._place,
            f"{PREFIX}.orders.amend": self._amend,
            f"{PREFIX}.orders.cancel": self._cancel,
            f"{PREFIX}.orders.cancel_all": self._cancel_all,
            f"{PREFIX}.orders.get": self._get,
            f"{PREFIX}.orders.list": self._list,
            f"{PREFIX}.account.get_positions": self._get_positions,
            f"{PREFIX}.account.get_wallet": self._get_wallet,
            f"{PREFIX}.account.get_portfolio": self._get_portfolio,
            f"{PREFIX}.account.get_margin": self._get_margin,
            f"{PREFIX}.account.list_fills": self._list_fills,
            f"{PREFIX}.admin.accounts.list": self._list_accounts,
            f"{PREFIX}.admin.accounts.adjust": self._adjust,
        }

    def _place(  # noqa: PLR0913 - the contract's arguments
        self,
        caller: Caller,
        *,
        client_order_id: object,
        instrument: object,
        side: object,
        type: object,  # noqa: A002 - the contract's name
        quantity: object,
        price: object = None,
        stop_price: object = None,
        time_in_force: object = None,
        expire_at: object = None,
        post_only: object = None,
        reduce_only: object = None,
    ) -> object:
        request = read_order(
            {
                "client_order_id": client_order_id,
                "instrument": instrument,
                "side": side,
                "type": type,
                "quantity": quantity,
                "price": price,
                "stop_price": stop_price,
                "time_in_force": time_in_force,
                "expire_at": expire_at,
                "post_only": post_only,
                "reduce_only": reduce_only,
            }
        )
        if self._markets.is_followed(request.instrument_id):
            return self._place_now(caller, request)
        return self._place_when_followed(caller, request)

    async def _place_when_followed(self, caller: Caller, request: OrderRequest) -> Payload:
        await self._markets.ensure(request.instrument_id)
        return self._place_now(caller, request)

    def _place_now(self, caller: Caller, request: OrderRequest) -> Payload:
        return self._run(caller, lambda now: order_body(self._desk.place(caller.user_id, request, now_ns=now)))

    def _amend(self, caller: Caller, client_order_id: object, quantity: object = None, price: object = None) -> Payload:
        amendment = read_amendment(client_order_id, quantity, price)
        return self._run(caller, lambda now: order_body(self._desk.amend(caller.user_id, amendment, now_ns=now)))

    def _cancel(self, caller: Caller, client_order_id: object = None, order_id: object = None) -> Payload:
        names = order_names(client_order_id, order_id)
        return self._settlement.carry_out(
            lambda now: order_body(
                self._desk.cancel(
                    caller.user_id, client_order_id=names[0], order_id=names[1], reason=BY_CALLER, now_ns=now
                )
            ),
            caller=caller,
        )

    def _cancel_all(self, caller: Caller, instrument: object = None) -> list[Payload]:
        instrument_id = None if instrument is None else self._markets.rules(read_instrument(instrument)).instrument_id
        return self._settlement.carry_out(
            lambda now: [
                order_body(one)
                for one in self._desk.cancel_all(caller.user_id, instrument_id, reason=BY_CALLER, now_ns=now)
            ],
            caller=caller,
        )

    def _get(
        self, caller: Caller, client_order_id: object = None, order_id: object = None, user_id: object = None
    ) -> Payload:
        return self._queries.get_order(account_of(caller, user_id), client_order_id=client_order_id, order_id=order_id)

    def _list(
        self,
        caller: Caller,
        status: object = None,
        limit: object = None,
        before: object = None,
        user_id: object = None,
    ) -> Payload:
        named = account_of(caller, user_id)
        page = self._queries.list_orders(named, status=status, limit=limit, before=before)
        return {"orders": page.rows, "next": page.next, **self._place_of(named, "orders")}

    def _get_positions(self, caller: Caller, user_id: object = None) -> Payload:
        named = self._account(caller, user_id)
        return {"positions": self._queries.positions(named), **self._place_of(named, "positions")}

    def _get_wallet(self, caller: Caller, user_id: object = None) -> Payload:
        named = self._account(caller, user_id)
        return {"wallet": self._queries.balances(named), **self._place_of(named, "wallet")}

    def _get_portfolio(self, caller: Caller, user_id: object = None) -> Payload:
        named = self._account(caller, user_id)
        return {
            **self._queries.portfolio(named, now_ns=self._wall_clock_ns()),
            **self._place_of(named, "portfolio"),
        }

    def _get_margin(self, caller: Caller, user_id: object = None) -> Payload:
        named = self._account(caller, user_id)
        return {**self._queries.margin(named, now_ns=self._wall_clock_ns()), **self._place_of(named, "margin")}

    def _list_fills(
        self, caller: Caller, limit: object = None, before: object = None, user_id: object = None
    ) -> Payload:
        named = account_of(caller, user_id)
        page = self._queries.list_fills(named, limit=limit, before=before)
        return {"fills": page.rows, "next": page.next, **self._place_of(named, "fills")}

    def _place_of(self, user_id: str, name: str) -> Payload:
        """Where one of a user's streams is; one that had no event yet is nowhere."""
        stream = self._streams.get(topic_of(user_id, name))
        return {"epoch": None, "seq": 0} if stream is None else {"epoch": stream.epoch, "seq": stream.seq}

    def _account(self, caller: Caller, user_id: object) -> str:
        """The account that a question is about; the caller's own is opened where it has none."""
        named = account_of(caller, user_id)
        if caller.role is Role.TRADER:
            self._run(caller, lambda now: self._desk.open_account(named, now_ns=now))
        return named

    def _list_accounts(self, _caller: Caller, limit: object = None, after: object = None) -> list[Payload]:
        return self._queries.list_accounts(limit=limit, after=after, now_ns=self._wall_clock_ns())

    def _adjust(
        self,
        caller: Caller,
        user_id: object,
        currency: object,
        amount: object,
        adjustment_id: object,
        reason: object,
    ) -> list[Payload]:
        adjustment = read_adjustment(
            user_id=user_id, currency=currency, amount=amount, adjustment_id=adjustment_id, reason=reason
        )
        self._run(caller, lambda now: self._desk.adjust(adjustment, adjusted_by=caller.user_id, now_ns=now))
        _security.info(
            "account adjusted by {operator}: {amount} {currency} to {user}, {adjustment_id}: {reason}",
            event="account_adjusted",
            operator=caller.user_id,
            user=adjustment.user_id,
            currency=adjustment.currency,
            amount=amount_text(adjustment.amount),
            adjustment_id=adjustment.adjustment_id,
            reason=adjustment.reason,
        )
        return self._queries.balances(adjustment.user_id)

    def _run(self, caller: Caller, decide: Callable[[int], _Result]) -> _Result:
        return self._settlement.run(decide, caller=caller)
