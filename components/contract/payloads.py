"""The fields of each topic's payload, by the topic's words that do not vary; what they mean is in the wire contract."""

from collections.abc import Mapping

_ANNOUNCEMENT = "type reason severity message audience retry_after_ms"
_ALERT = (
    "event alert_id dedup_key user_id instrument alert_type severity state message limit_value current_value count "
    "first_seen last_seen escalation_level escalates_at acknowledged_by acknowledged_at acknowledged_until note "
    "resolved_at reason source"
)

_FIELDS: Mapping[str, str] = {
    "price": "instrument price bid ask change change_percent volume high_24h low_24h",
    "status": "instrument source state reason trading_status",
    "quote": "instrument venue bid bid_size ask ask_size",
    "ticker": (
        "instrument venue price price_change price_change_percent open_price high_price low_price volume quote_volume "
        "trades"
    ),
    "candles": "instrument venue interval bar last_closed",
    "trades": "instrument venue trade_id price quantity side",
    "book": "instrument venue bids asks depth",
    "signals": "",
    "auctions": "",
    "user.orders": (
        "event order_id client_order_id instrument side type time_in_force price stop_price quantity status "
        "filled_quantity remaining_quantity average_price reason"
    ),
    "user.fills": (
        "execution_id order_id client_order_id instrument side price quantity commission commission_currency liquidity "
        "executed_at is_late"
    ),
    "user.positions": (
        "event instrument quantity average_price mark_price realised_pnl unrealised_pnl updated_at reason"
    ),
    "user.wallet": "currency total free locked reason",
    "user.alerts": _ALERT,
    "user.session": (
        "event session after_ms deadline cancelled_orders expires_at from to ended_subscriptions ended_count"
    ),
    "user.portfolio": "currency equity balance unrealised_pnl realised_pnl realised_pnl_today missing_prices",
    "user.margin": (
        "margin_level formula equity maintenance_margin call_at liquidation_at shortfall currency missing_prices"
    ),
    "user.bots": "bot_id name status performance reported_at bots",
    "user.risk": (
        "user_id currency trading_state trading_state_reason trading_state_since is_liquidating limits high_water_mark "
        "day_began_with exposures missing_prices"
    ),
    "risk.alerts": _ALERT,
    "system.announcements": _ANNOUNCEMENT,
    "system.heartbeat": "counter",
    "system.status": "status parts",
    "role.trader.announcements": _ANNOUNCEMENT,
    "role.risk.announcements": _ANNOUNCEMENT,
    "role.issuer.announcements": _ANNOUNCEMENT,
    "role.admin.announcements": _ANNOUNCEMENT,
    "admin.stats": (
        "uptime_s versions status parts processes feeds sessions joins connections closes subscriptions messages "
        "delivery waiting thinned refusals"
    ),
    "admin.alerts": "type severity at",
}

PAYLOAD_FIELDS: Mapping[str, tuple[str, ...]] = {family: tuple(fields.split()) for family, fields in _FIELDS.items()}
"""None where this version publishes nothing yet."""
