"""Every topic of the contract: its pattern, how it is delivered, who may read it and which process owns it."""

import enum
import re
from functools import lru_cache

import attrs

from components.contract.roles import (
    ALL,
    ISSUERS,
    OPERATOR,
    OWN_USER,
    RISK_DESK,
    SIGNED_IN_ONLY,
    TRADERS,
    Access,
)
from components.contract.uris import INSTRUMENT_PATTERN, VENUE_PATTERN

PREFIX = "tapecast"


class Delivery(enum.StrEnum):
    """What a client that cannot keep up gets of a topic: the newest, the last few, or all."""

    CONFLATED = "conflated"
    GAPPED = "gapped"
    LOSSLESS = "lossless"


class Owner(enum.StrEnum):
    """The one process that numbers and publishes a topic, and answers its procedures."""

    MARKET = "market"
    TRADING = "trading"
    ROUTER = "router"


VARIABLES = {
    "{instrument}": INSTRUMENT_PATTERN,
    "{venue}": VENUE_PATTERN,
    "{interval}": r"1s|1m|5m|15m|1h|4h|1d",
    "{timeframe}": r"1s|1m|5m|15m|1h|4h|1d",
    "{auction_id}": r"[A-Za-z0-9_-]{1,64}",
    "{user_id}": r"(?:[A-Za-z0-9]|_[0-9a-f]{2}){1,384}",
}
"""What each variable component of a pattern may hold, as a regular expression of the whole component."""

_MATCHERS = {name: re.compile(expression).fullmatch for name, expression in VARIABLES.items()}


def component_fits(pattern_component: str, component: str) -> bool:
    """Whether a literal component can stand where the pattern has this one."""
    matcher = _MATCHERS.get(pattern_component)
    return component == pattern_component if matcher is None else matcher(component) is not None


@attrs.frozen(kw_only=True)
class TopicFamily:
    """
    All topics of one pattern.

    Attributes:
        pattern: URI with its variable components in braces, such as `tapecast.price.{instrument}`.
        delivery: What a slow client gets.
        readers: Who may subscribe, and ask for the snapshot.
        owner: The process that publishes.
        content: What its events tell, in a few words for the reference.
        is_merged: Whether the events that wait for a client become one, with the newest size of each level.
        name: The words of the pattern that do not vary, such as `price` or `user.orders`.
    """

    pattern: str
    delivery: Delivery
    readers: Access
    owner: Owner
    content: str
    is_merged: bool = False
    components: tuple[str, ...] = attrs.field(init=False)
    name: str = attrs.field(init=False)

    @components.default
    def _split(self) -> tuple[str, ...]:
        return tuple(self.pattern.split("."))

    @name.default
    def _find_name(self) -> str:
        return ".".join(word for word in self.components[1:] if not word.startswith("{"))


def _family(
    pattern: str, content: str, delivery: Delivery, readers: Access, owner: Owner, *, is_merged: bool = False
) -> TopicFamily:
    return TopicFamily(
        pattern=f"{PREFIX}.{pattern}",
        delivery=delivery,
        readers=readers,
        owner=owner,
        content=content,
        is_merged=is_merged,
    )


_CONFLATED, _GAPPED, _LOSSLESS = Delivery.CONFLATED, Delivery.GAPPED, Delivery.LOSSLESS
_MARKET, _TRADING, _ROUTER = Owner.MARKET, Owner.TRADING, Owner.ROUTER

TOPIC_FAMILIES: tuple[TopicFamily, ...] = (
    _family("price.{instrument}", "one consolidated price", _CONFLATED, ALL, _MARKET),
    _family("status.{instrument}", "source, its state, trading state", _LOSSLESS, ALL, _MARKET),
    _family("quote.{venue}.{instrument}", "best bid and ask", _CONFLATED, ALL, _MARKET),
    _family("ticker.{venue}.{instrument}", "rolling 24 h statistics", _CONFLATED, ALL, _MARKET),
    _family("candles.{venue}.{interval}.{instrument}", "open and last bar", _CONFLATED, ALL, _MARKET),
    _family("trades.{venue}.{instrument}", "trade prints", _GAPPED, ALL, _MARKET),
    _family("book.{venue}.{instrument}", "changed price levels", _GAPPED, ALL, _MARKET, is_merged=True),
    _family("signals.{timeframe}.{instrument}", "signals on closed bars", _LOSSLESS, ALL, _TRADING),
    _family("auctions.{auction_id}", "phases, bids, results", _LOSSLESS, SIGNED_IN_ONLY, _TRADING),
    _family("user.{user_id}.orders", "order life cycle", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.fills", "executions", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.positions", "positions", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.wallet", "balances", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.alerts", "alerts and margin calls", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.session", "news of one's sessions", _LOSSLESS, OWN_USER, _TRADING),
    _family("user.{user_id}.portfolio", "equity and PnL", _CONFLATED, OWN_USER, _TRADING),
    _family("user.{user_id}.margin", "margin level", _CONFLATED, OWN_USER, _TRADING),
    _family("user.{user_id}.bots", "bots", _CONFLATED, OWN_USER, _TRADING),
    _family("user.{user_id}.risk", "limit use", _CONFLATED, OWN_USER, _TRADING),
    _family("risk.alerts", "all accounts' alerts", _LOSSLESS, RISK_DESK, _TRADING),
    _family("system.announcements", "broadcasts, maintenance, shutdown", _LOSSLESS, ALL, _ROUTER),
    _family("system.heartbeat", "a counter once a second", _CONFLATED, ALL, _ROUTER),
    _family("system.status", "each part's state", _CONFLATED, ALL, _ROUTER),
    _family("role.trader.announcements", "broadcasts to a role", _LOSSLESS, TRADERS, _ROUTER),
    _family("role.risk.announcements", "broadcasts to a role", _LOSSLESS, RISK_DESK, _ROUTER),
    _family("role.issuer.announcements", "broadcasts to a role", _LOSSLESS, ISSUERS, _ROUTER),
    _family("role.admin.announcements", "broadcasts to a role", _LOSSLESS, OPERATOR, _ROUTER),
    _family("admin.stats", "node figures once a second", _CONFLATED, OPERATOR, _ROUTER),
    _family("admin.alerts", "operational alerts, audit trail", _LOSSLESS, OPERATOR, _ROUTER),
)

_BY_SHAPE: dict[tuple[str, int], list[TopicFamily]] = {}
for _one in TOPIC_FAMILIES:
    _BY_SHAPE.setdefault((_one.components[1], len(_one.components)), []).append(_one)


LONGEST_TOPIC_CHARS = 1_280
"""More than any pattern allows; it bounds what remembering looked-up topics can cost."""

_REMEMBERED_TOPICS = 8_192


def family_of(topic: str) -> TopicFamily | None:
    """The family that a topic belongs to, or None where the contract has no such topic."""
    return None if len(topic) > LONGEST_TOPIC_CHARS else _look_up(topic)


def owners_below(prefix: str) -> frozenset[Owner]:
    """Whose topics can be below a prefix of whole components; an empty one is below everything."""
    named = prefix.removesuffix(".").split(".") if prefix else []
    return frozenset(
        family.owner
        for family in TOPIC_FAMILIES
        if len(named) <= len(family.components) and all(map(component_fits, family.components, named))
    )


@lru_cache(_REMEMBERED_TOPICS)
def _look_up(topic: str) -> TopicFamily | None:
    parts = topic.split(".")
    if len(parts) < 2 or parts[0] != PREFIX:  # noqa: PLR2004 - a topic has a prefix and a family
        return None
    for family in _BY_SHAPE.get((parts[1], len(parts)), ()):
        if all(map(component_fits, family.components, parts)):
            return family
    return None
