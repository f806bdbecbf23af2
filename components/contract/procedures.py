"""Every procedure that this version answers: its arguments in order, who may call it, and whose it is."""

import attrs

from components.contract.roles import (
    ACCOUNT_HOLDER,
    ALL,
    BACK_END,
    OPERATOR,
    OWN_ACCOUNT,
    OWN_CONNECTION,
    RISK_OFFICER,
    WITH_TOKEN,
    Access,
)
from components.contract.topics import PREFIX, Owner


@attrs.frozen(kw_only=True)
class Procedure:
    """
    One procedure of the contract.

    Attributes:
        uri: Its name.
        arguments: Argument names; positional in this order works too. `correlation_id` is understood besides.
        optional: Those of them that may be left out, each by itself; of some procedures one of several has to be there.
        callers: Who may call it.
        owner: The process that answers.
        content: What it does, in a few words for the reference.
    """

    uri: str
    arguments: tuple[str, ...]
    optional: frozenset[str]
    callers: Access
    owner: Owner
    content: str

    @property
    def is_audited(self) -> bool:
        """Whether it is written down who with rights over others called it: what takes their words does something."""
        return "reason" in self.arguments or "note" in self.arguments


def _procedure(uri: str, arguments: str, callers: Access, owner: Owner, content: str) -> Procedure:
    names = arguments.split()
    return Procedure(
        uri=f"{PREFIX}.{uri}",
        arguments=tuple(name.removesuffix("?") for name in names),
        optional=frozenset(name.removesuffix("?") for name in names if name.endswith("?")),
        callers=callers,
        owner=owner,
        content=content,
    )


_MARKET, _TRADING, _ROUTER = Owner.MARKET, Owner.TRADING, Owner.ROUTER

PROCEDURES: tuple[Procedure, ...] = (
    _procedure("stream.get", "topic", ALL, _ROUTER, "the topic's whole state as of `seq`"),
    _procedure("stream.resume", "topic epoch seq", ALL, _ROUTER, "the topic's events after `seq`, or its whole state"),
    _procedure("stream.list", "prefix?", ALL, _ROUTER, "the topics that the caller may read"),
    _procedure("market.list_instruments", "", ALL, _MARKET, "instruments and their rules"),
    _procedure("market.get_price", "instrument", ALL, _MARKET, "the consolidated price"),
    _procedure("market.get_prices", "instruments", ALL, _MARKET, "several prices at once"),
    _procedure("market.get_quote", "venue instrument", ALL, _MARKET, "best bid and ask"),
    _procedure("market.get_ticker", "venue instrument", ALL, _MARKET, "rolling 24 h statistics"),
    _procedure("market.get_book", "venue instrument depth?", ALL, _MARKET, "the best levels of the book"),
    _procedure("market.get_trades", "venue instrument limit?", ALL, _MARKET, "the last trades"),
    _procedure(
        "market.get_candles",
        "venue instrument interval limit? before?",
        ALL,
        _MARKET,
        "bars before a time, the newest last",
    ),
    _procedure("session.ping", "", OWN_CONNECTION, _ROUTER, "round trip and clock"),
    _procedure(
        "session.info",
        "",
        OWN_CONNECTION,
        _ROUTER,
        "who am I, within which limits, and how does my connection get along",
    ),
    _procedure("session.refresh", "token", WITH_TOKEN, _ROUTER, "a new token for the same user, on this connection"),
    _procedure("session.pace", "max_hz background?", OWN_CONNECTION, _ROUTER, "how often events of a topic may come"),
    _procedure("intake.price", "venue events", BACK_END, _MARKET, "prices of a venue of one's own"),
    _procedure("intake.quote", "venue events", BACK_END, _MARKET, "its best bids and asks"),
    _procedure("intake.ticker", "venue events", BACK_END, _MARKET, "its rolling 24 h statistics"),
    _procedure("intake.trade", "venue events", BACK_END, _MARKET, "its trades"),
    _procedure("intake.book_snapshot", "venue events", BACK_END, _MARKET, "whole books of it"),
    _procedure("intake.book_delta", "venue events", BACK_END, _MARKET, "changed levels of its books"),
    _procedure(
        "orders.place",
        "client_order_id instrument side type quantity "
        "price? stop_price? time_in_force? expire_at? post_only? reduce_only?",
        ACCOUNT_HOLDER,
        _TRADING,
        "an order, once for each `client_order_id`",
    ),
    _procedure("orders.amend", "client_order_id quantity? price?", ACCOUNT_HOLDER, _TRADING, "change an open order"),
    _procedure("orders.cancel", "client_order_id? order_id?", ACCOUNT_HOLDER, _TRADING, "cancel one order"),
    _procedure("orders.cancel_all", "instrument?", ACCOUNT_HOLDER, _TRADING, "cancel all open orders"),
    _procedure("orders.get", "client_order_id? order_id? user_id?", OWN_ACCOUNT, _TRADING, "one order"),
    _procedure("orders.list", "status? limit? before? user_id?", OWN_ACCOUNT, _TRADING, "orders, the newest first"),
    _procedure("account.get_positions", "user_id?", OWN_ACCOUNT, _TRADING, "what is held of each instrument"),
    _procedure("account.get_wallet", "user_id?", OWN_ACCOUNT, _TRADING, "balances by currency"),
    _procedure("account.get_portfolio", "user_id?", OWN_ACCOUNT, _TRADING, "equity, profit and loss"),
    _procedure("account.get_margin", "user_id?", OWN_ACCOUNT, _TRADING, "margin level and what it is made of"),
    _procedure("account.list_fills", "limit? before? user_id?", OWN_ACCOUNT, _TRADING, "executions, the newest first"),
    _procedure("risk.get_limits", "user_id?", OWN_ACCOUNT, _TRADING, "limits, their use, and the trading state"),
    _procedure("risk.list_alerts", "user_id? state? limit?", OWN_ACCOUNT, _TRADING, "alerts, the newest first"),
    _procedure(
        "risk.acknowledge_alert", "alert_id note? user_id?", OWN_ACCOUNT, _TRADING, "say that an alert is looked after"
    ),
    _procedure(
        "risk.set_limits", "limits user_id? instrument? reason", RISK_OFFICER, _TRADING, "other limits from now on"
    ),
    _procedure("risk.halt", "user_id? state? reason", RISK_OFFICER, _TRADING, "stop new orders of one account or all"),
    _procedure("risk.resume", "user_id? reason", RISK_OFFICER, _TRADING, "let orders in again"),
    _procedure("risk.cancel_orders", "user_id? instrument? reason", RISK_OFFICER, _TRADING, "cancel others' orders"),
    _procedure("bots.report", "bot_id name status performance?", ACCOUNT_HOLDER, _TRADING, "how a bot is"),
    _procedure("bots.list", "user_id?", OWN_ACCOUNT, _TRADING, "bots, and how they are"),
    _procedure(
        "session.cancel_on_disconnect", "after_ms", ACCOUNT_HOLDER, _TRADING, "cancel all orders when I am lost"
    ),
    _procedure("intake.order", "events", BACK_END, _TRADING, "orders of an engine of one's own"),
    _procedure("intake.fill", "events", BACK_END, _TRADING, "its executions"),
    _procedure("intake.position", "events", BACK_END, _TRADING, "its positions"),
    _procedure("intake.wallet", "events", BACK_END, _TRADING, "its balances"),
    _procedure("intake.margin", "events", BACK_END, _TRADING, "its margin levels"),
    _procedure("intake.bot", "events", BACK_END, _TRADING, "its bots"),
    _procedure("intake.alert", "events", BACK_END, _TRADING, "its alerts"),
    _procedure("intake.requests", "limit?", BACK_END, _TRADING, "orders that wait for the engine"),
    _procedure("admin.stats.get", "", OPERATOR, _ROUTER, "router and node figures as they are now"),
    _procedure(
        "admin.sessions.list",
        "user_id? role? address? limit? after?",
        OPERATOR,
        _ROUTER,
        "who is connected, the longest first",
    ),
    _procedure("admin.sessions.get", "session", OPERATOR, _ROUTER, "all that is known of one session"),
    _procedure(
        "admin.sessions.disconnect",
        "session? user_id? role? address? reason",
        OPERATOR,
        _ROUTER,
        "end the connections of those for whom all holds",
    ),
    _procedure("admin.addresses.list", "", OPERATOR, _ROUTER, "from where nobody may connect"),
    _procedure("admin.addresses.block", "address duration_s? reason", OPERATOR, _ROUTER, "let nobody connect from it"),
    _procedure("admin.addresses.unblock", "address reason", OPERATOR, _ROUTER, "let them connect again"),
    _procedure(
        "admin.tokens.revoke",
        "token_id? user_id? key_id? issued_before? reason confirm?",
        OPERATOR,
        _ROUTER,
        "let tokens let nobody in any more",
    ),
    _procedure("admin.tokens.list_revocations", "", OPERATOR, _ROUTER, "what is revoked"),
    _procedure(
        "admin.tokens.restore", "token_id? user_id? key_id? reason", OPERATOR, _ROUTER, "take a revocation back"
    ),
    _procedure("admin.maintenance.get", "", OPERATOR, _ROUTER, "whether there is maintenance"),
    _procedure(
        "admin.maintenance.begin",
        "roles? refuse? message reason",
        OPERATOR,
        _ROUTER,
        "let some roles alone be connected, and refuse some procedures",
    ),
    _procedure("admin.maintenance.end", "reason", OPERATOR, _ROUTER, "let everything be as ever"),
    _procedure(
        "admin.broadcast",
        "message type? severity? role? topic_family? user_id?",
        OPERATOR,
        _ROUTER,
        "tell everyone something, or a role, or a user",
    ),
    _procedure("admin.log.set_level", "level duration_s? reason", OPERATOR, _ROUTER, "log more, or less, for a while"),
    _procedure("admin.audit.list", "limit? before?", OPERATOR, _ROUTER, "what operators and the desk did"),
    _procedure("admin.accounts.list", "limit? after?", OPERATOR, _TRADING, "accounts"),
    _procedure(
        "admin.accounts.adjust",
        "user_id currency amount adjustment_id reason",
        OPERATOR,
        _TRADING,
        "put money in, or take some out",
    ),
    _procedure("admin.feeds.list", "", OPERATOR, _MARKET, "feeds and the instruments that they follow"),
    _procedure("admin.feeds.add", "venue instruments reason?", OPERATOR, _MARKET, "follow more instruments"),
    _procedure("admin.feeds.remove", "venue instruments reason?", OPERATOR, _MARKET, "follow instruments no longer"),
    _procedure("admin.feeds.prefer", "venue duration_s? reason?", OPERATOR, _MARKET, "take prices from it for a while"),
)

PROCEDURE_BY_URI = {procedure.uri: procedure for procedure in PROCEDURES}


INTERNAL_PROCEDURES: tuple[str, ...] = (
    *(
        f"{PREFIX}.{owner}.{procedure}"
        for owner in (Owner.MARKET, Owner.TRADING)
        for procedure in ("stream_get", "stream_resume", "stream_list", "set_log_level")
    ),
    f"{PREFIX}.trading.tell_session",
    f"{PREFIX}.node.report",
    f"{PREFIX}.node.list_sessions",
    f"{PREFIX}.node.audit",
)
"""Procedures between the gateway's own processes; to everyone else they do not exist."""
