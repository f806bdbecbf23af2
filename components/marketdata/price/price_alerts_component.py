"""Tells operators how the one prices get along: figures, and a line in the log when a source is left or doubted."""

from collections.abc import Callable

from twisted.logger import Logger

from components.contract.envelope import NS_PER_S
from components.marketdata.log_limit import LogLimit
from components.marketdata.market_state import Publication
from components.marketdata.price.one_price import OnePrices
from components.marketdata.price.price_selection import PriceState
from components.metrics.prices import PriceMetrics

LOG_INTERVAL_S = 1.0


class PriceAlerts:
    """
    Count what happens to the one prices, and speak of what an operator should know.

    A price that is live again is counted and not spoken of. However many prices lose their source at once, there is
    one line a second.
    """

    _log = Logger()

    def __init__(self, prices: OnePrices, metrics: PriceMetrics, *, monotonic_ns: Callable[[], int]) -> None:
        """Watch some prices; whoever publishes reports each status."""
        self._prices = prices
        self._metrics = metrics
        self._monotonic_ns = monotonic_ns
        self._limit = LogLimit(interval_s=LOG_INTERVAL_S)
        metrics.watch(prices.count_states)

    def report_status(self, status: Publication) -> None:
        """A status event is published."""
        state, reason = str(status.payload["state"]), str(status.payload["reason"])
        self._metrics.count_change(state, reason)
        if state == PriceState.LIVE:
            return
        count = self._limit.offer(self._monotonic_ns() / NS_PER_S)
        if count:
            self._log.warn(
                "{count} prices changed their state, the last: {instrument} from {source}: {state}, {reason}",
                count=count,
                **status.payload,
            )

    def report_refusals(self) -> None:
        """Count the prices that were refused since the last report."""
        for (source, refusal), count in self._prices.take_refused().items():
            self._metrics.count_refused(source, refusal.value, count)
