"""What a platform hands in about accounts, as it comes in a call: one good event of each kind."""

from typing import Any

ORDER: dict[str, Any] = {
    "user_id": "ann",
    "order_id": "o1",
    "sequence": 1,
    "instrument": "GOLD",
    "side": "buy",
    "type": "limit",
    "price": "2400.50",
    "quantity": "3",
    "status": "new",
}
FILL: dict[str, Any] = {
    "user_id": "ann",
    "execution_id": "e1",
    "order_id": "o1",
    "instrument": "GOLD",
    "side": "buy",
    "price": "2400.25",
    "quantity": "1",
    "commission": "0.5",
    "commission_currency": "USD",
    "liquidity": "maker",
}
POSITION: dict[str, Any] = {
    "user_id": "ann",
    "sequence": 1,
    "instrument": "GOLD",
    "quantity": "-2",
    "average_price": "2400.25",
}
WALLET: dict[str, Any] = {"user_id": "ann", "sequence": 1, "currency": "USD", "total": "100.50", "locked": "0.5"}
MARGIN: dict[str, Any] = {
    "user_id": "ann",
    "sequence": 1,
    "margin_level": "1.5",
    "formula": "equity / maintenance_margin",
    "equity": "150",
    "maintenance_margin": "100",
}
ALERT: dict[str, Any] = {
    "user_id": "ann",
    "sequence": 1,
    "dedup_key": "drawdown:ann",
    "alert_type": "drawdown",
    "severity": "warning",
    "message": "Down 10 % since Monday",
}
BOT: dict[str, Any] = {
    "user_id": "ann",
    "sequence": 1,
    "bot_id": "b1",
    "name": "Grid",
    "status": "running",
    "performance": {"total_pnl": "-1.5", "win_rate": "0.5", "trades_today": 3},
}
