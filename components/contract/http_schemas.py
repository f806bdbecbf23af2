"""The form of what is answered over HTTP, as JSON Schema (2020-12), with an example of each."""

import enum
from collections.abc import Mapping
from typing import Any

from components.contract.envelope import Quality
from components.contract.topics import Delivery

JsonSchema = dict[str, Any]


class Schema(enum.StrEnum):
    """The forms, by the names that tools make types of."""

    HEALTH = "Health"
    STATUS = "Status"
    STATS = "Stats"
    PERFORMANCE = "Performance"
    TOPICS = "Topics"
    PRICE = "Price"
    DEMO_USERS = "DemoUsers"
    DEMO_TOKEN = "DemoToken"
    ERROR = "Error"


def _object(**properties: JsonSchema) -> JsonSchema:
    """An object that has all of these; more may come with later versions."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _part(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


def _told(what: JsonSchema, description: str) -> JsonSchema:
    return {**what, "description": description}


def _nullable(what: JsonSchema) -> JsonSchema:
    return {**what, "type": [what["type"], "null"]}


_TEXT: JsonSchema = {"type": "string"}
_COUNT: JsonSchema = {"type": "integer", "minimum": 0}
_NUMBER: JsonSchema = {"type": "number"}
_MS: JsonSchema = {"type": "number", "minimum": 0}
_YES_OR_NO: JsonSchema = {"type": "boolean"}
_DECIMAL: JsonSchema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_TIME: JsonSchema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
_STATE: JsonSchema = {"type": "string", "enum": ["up", "degraded", "down"]}
_STATUS: JsonSchema = {"type": "string", "enum": ["up", "down"]}


def _each(what: JsonSchema) -> JsonSchema:
    return {"type": "object", "additionalProperties": what}


def _list(what: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": what}


_META: JsonSchema = {
    "type": "object",
    "description": "what is known of where it comes from",
    "properties": {
        "source": _told(_TEXT, "the venue"),
        "quality": {"type": "string", "enum": [quality.value for quality in Quality]},
        "received_ts": _told(_TIME, "when the gateway received it"),
        "event_ts": _told(_TIME, "the venue's own time"),
        "lag_ms": _told(_NUMBER, "how much later it came than the venue's fastest event of the last minute"),
        "age_ms": _told(_MS, "how old it is"),
    },
}

_PART = _object(
    name=_told(_TEXT, "such as `router`, `market`, `feed:binance`"),
    state=_STATE,
    reason=_told(_TEXT, "why it is not up; empty where it is"),
    age_ms=_told(_nullable(_COUNT), "since it was last heard of, where that says something"),
)
_HEALTH = _object(status=_told(_STATUS, "`down` where a part is"), parts=_list(_part("Part")))

SCHEMAS: Mapping[str, JsonSchema] = {
    "Part": _PART,
    "Counter": _object(total=_told(_COUNT, "since the start"), per_second=_told(_MS, "in the last five seconds")),
    "Durations": _object(
        count=_COUNT, avg_ms=_nullable(_MS), p50_ms=_nullable(_MS), p95_ms=_nullable(_MS), p99_ms=_nullable(_MS)
    ),
    "TopicRow": _object(
        topic=_TEXT,
        delivery={"type": "string", "enum": [delivery.value for delivery in Delivery]},
        epoch=_TEXT,
        seq=_COUNT,
        subscribers=_COUNT,
    ),
    Schema.HEALTH: _HEALTH,
    Schema.STATUS: _object(
        status=_told(_STATUS, "`down` where a part is"),
        parts=_list(_part("Part")),
        uptime=_told(_COUNT, "of the router, seconds"),
        queues=_object(
            clients=_told(_each(_COUNT), "messages that wait for all clients together, by lane"),
            feeds=_told(_each(_MS), "messages of a feed that wait to be decoded"),
        ),
    ),
    Schema.STATS: _object(
        total_connections=_told(_COUNT, "WebSocket connections that are open now"),
        active_subscriptions=_told(_COUNT, "subscriptions that are held now"),
        uptime=_told(_COUNT, "of the router, seconds"),
        messages=_object(received=_part("Counter"), sent=_part("Counter")),
        errors=_part("Counter"),
    ),
    Schema.PERFORMANCE: _object(
        delivery=_each(_object(last_minute=_part("Durations"), since_start=_part("Durations"))),
    ),
    Schema.TOPICS: _object(
        topics={"type": "array", "items": _part("TopicRow"), "maxItems": 1000},
        more=_told(_YES_OR_NO, "whether there are others"),
        away=_told(_list(_TEXT), "owners whose topics are missing"),
    ),
    Schema.PRICE: _object(
        instrument=_TEXT,
        price=_told(_DECIMAL, "the last trade's, of the source that `meta` names"),
        bid=_told(_nullable(_DECIMAL), "the best"),
        ask=_told(_nullable(_DECIMAL), "the best"),
        change=_told(_nullable(_DECIMAL), "in 24 hours"),
        change_percent=_told(_nullable(_DECIMAL), "the same in percent"),
        volume=_told(_nullable(_DECIMAL), "of 24 hours, in base currency"),
        high_24h=_told(_nullable(_DECIMAL), "the highest price of 24 hours"),
        low_24h=_told(_nullable(_DECIMAL), "the lowest"),
        epoch=_told(_TEXT, "an unbroken run of numbers"),
        seq=_told(_COUNT, "the event's number in it"),
        ts=_told(_TIME, "when the gateway published it"),
        meta=_META,
    ),
    Schema.DEMO_USERS: _object(users=_list(_object(user_id=_TEXT, role=_TEXT))),
    Schema.DEMO_TOKEN: _object(token=_told(_TEXT, "a JSON Web Token"), expires_at=_TIME),
    Schema.ERROR: _object(
        error=_object(
            code=_told(_TEXT, "one of the contract's"),
            message=_told(_TEXT, "for a person"),
            details=_told({"type": "object"}, "what the code names"),
        ),
    ),
}

_PARTS_EXAMPLE = [
    {"name": "router", "state": "up", "reason": "", "age_ms": None},
    {"name": "market", "state": "up", "reason": "", "age_ms": None},
    {"name": "feed:sim", "state": "up", "reason": "simulating, seed 1", "age_ms": 12},
]
_DURATIONS_EXAMPLE = {"count": 60000, "avg_ms": 0.812, "p50_ms": 0.7, "p95_ms": 1.8, "p99_ms": 2.6}

EXAMPLES: Mapping[Schema, object] = {
    Schema.HEALTH: {"status": "up", "parts": _PARTS_EXAMPLE},
    Schema.STATUS: {
        "status": "up",
        "parts": _PARTS_EXAMPLE,
        "uptime": 3600,
        "queues": {"clients": {"control": 0, "lossless": 0, "gapped": 0, "conflated": 12}, "feeds": {"sim": 0}},
    },
    Schema.STATS: {
        "total_connections": 1000,
        "active_subscriptions": 3000,
        "uptime": 3600,
        "messages": {
            "received": {"total": 400000, "per_second": 110.2},
            "sent": {"total": 39000000, "per_second": 10980.4},
        },
        "errors": {"total": 12, "per_second": 0.0},
    },
    Schema.PERFORMANCE: {"delivery": {"price": {"last_minute": _DURATIONS_EXAMPLE, "since_start": _DURATIONS_EXAMPLE}}},
    Schema.TOPICS: {
        "topics": [
            {
                "topic": "tapecast.price.BTCUSDT",
                "delivery": "conflated",
                "epoch": "k3v9",
                "seq": 12345,
                "subscribers": 17,
            }
        ],
        "more": False,
        "away": [],
    },
    Schema.PRICE: {
        "instrument": "BTCUSDT",
        "price": "97313.38000000",
        "bid": "97313.38000000",
        "ask": "97313.39000000",
        "change": "-3610.13000000",
        "change_percent": "-3.578",
        "volume": "7214.73728000",
        "high_24h": "101531.18000000",
        "low_24h": "97216.70000000",
        "epoch": "k3v9",
        "seq": 405,
        "ts": "2026-01-01T12:00:00.079618Z",
        "meta": {"source": "sim", "quality": "live", "lag_ms": 27.418, "age_ms": 434},
    },
    Schema.DEMO_USERS: {"users": [{"user_id": "alice", "role": "trader"}, {"user_id": "olga", "role": "admin"}]},
    Schema.DEMO_TOKEN: {"token": "eyJhbGciOiJIUzI1NiJ9...", "expires_at": "2026-01-01T12:15:00.000000Z"},
    Schema.ERROR: {
        "error": {"code": "unknown_instrument", "message": "there is no instrument 'NOPE'", "details": {}},
    },
}
