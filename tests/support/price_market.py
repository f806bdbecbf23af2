"""The one price on a clock of its own, between sources that the test plays."""

from collections.abc import Sequence

import attrs

from components.contract.envelope import NS_PER_S
from components.marketdata.market_state import Publication
from components.marketdata.price.one_price import OnePrices, SourceRank
from components.marketdata.price.preference import Preference
from components.marketdata.price.price_rules import PriceRules
from tests.support.market_events import reference_price, trade_tick

STEP_S = 0.25


@attrs.define
class PriceMarket:
    """
    Prices of BTCUSDT from sources that speak every quarter of a second.

    Attributes:
        prices: What is tested.
        now_s: The clock.
        published: All publications, in order.
    """

    prices: OnePrices
    now_s: float = 1000.0
    published: list[Publication] = attrs.field(factory=list)
    _spoken: int = 0

    @property
    def now_ns(self) -> int:
        """The clock, as the code counts."""
        return int(self.now_s * NS_PER_S)

    def say(self, venue: str, price: str) -> None:
        """One source makes a trade."""
        self._spoken += 1
        event = trade_tick(self._spoken, price, venue=venue)
        meta: dict[str, object] = {"source": venue, "quality": "live"}
        self.published += self.prices.apply(event, meta=meta, now_ns=self.now_ns)

    def quote(self, venue: str, price: str) -> None:
        """A fallback says a price."""
        event = reference_price(price, venue=venue)
        meta: dict[str, object] = {"source": venue, "quality": "live"}
        self.published += self.prices.apply(event, meta=meta, now_ns=self.now_ns)

    def play(self, seconds: float, **said: str) -> None:
        """For some seconds the sources that are named say a price every step, and time is told."""
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            for venue, price in said.items():
                self.say(venue, price)
            self.published += self.prices.advance(self.now_ns)

    def prefer(self, venue: str, seconds: float = 3600) -> None:
        """An operator prefers a source for a while."""
        preference = Preference(venue=venue, until_ns=self.now_ns + round(seconds * NS_PER_S))
        self.published += self.prices.prefer(preference, now_ns=self.now_ns)

    @property
    def statuses(self) -> list[tuple[object, object, object]]:
        """Source, state and reason of all status events."""
        payloads = [one.payload for one in self.published if one.family == "status"]
        return [(payload["source"], payload["state"], payload["reason"]) for payload in payloads]

    @property
    def status(self) -> tuple[object, object, object]:
        """The newest of them."""
        return self.statuses[-1]

    def take(self) -> list[tuple[object, ...]]:
        """What was published since this was last asked: source, state, reason of a status; price, source, quality."""
        published, self.published = self.published, []
        return [_short(one) for one in published]

    @property
    def price(self) -> tuple[object, object, object]:
        """The newest price event: the price, its source and its quality."""
        one = next(one for one in reversed(self.published) if one.family == "price")
        return one.payload["price"], one.meta["source"], one.meta["quality"]


def _short(one: Publication) -> tuple[object, ...]:
    if one.family == "status":
        return tuple(one.payload[name] for name in ("source", "state", "reason"))
    return one.payload["price"], one.meta["source"], one.meta["quality"]


def make_price_market(sources: Sequence[SourceRank | str] = ("one", "two", "three"), **rules: object) -> PriceMarket:
    """A market with these sources, the one that counts most first, and rules other than the usual."""
    ranks = [SourceRank(one) if isinstance(one, str) else one for one in sources]
    return PriceMarket(prices=OnePrices(ranks, PriceRules(**rules)))  # type: ignore[arg-type] # the test's own values
