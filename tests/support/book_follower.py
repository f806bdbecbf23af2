"""A client that keeps a copy of a book from its stream's events."""

from typing import Any

import attrs

Side = dict[str, str]


@attrs.define
class BookFollower:
    """
    The copy of one book.

    Attributes:
        bids: Size by price.
        asks: The same.
        epochs: Every epoch that was seen, in order.
        seq: The last event's number.
        depth: The range that the copy reaches over.
    """

    bids: Side = attrs.field(factory=dict)
    asks: Side = attrs.field(factory=dict)
    epochs: list[str] = attrs.field(factory=list)
    seq: int = 0
    depth: dict[str, str | None] = attrs.field(factory=dict)

    def follow(self, *events: dict[str, Any]) -> None:
        """Apply events as they come, numbers in steps of one, the first of an epoch being a whole book."""
        for event in events:
            if not self.epochs or event["epoch"] != self.epochs[-1]:
                assert (event["type"], event["seq"]) == ("snapshot", 1)
                self.epochs.append(event["epoch"])
                self.bids, self.asks = {}, {}
            else:
                assert (event["type"], event["seq"]) == ("delta", self.seq + 1)
            self.seq = event["seq"]
            payload = event["payload"]
            self.depth = payload["depth"]
            for side, levels in ((self.bids, payload["bids"]), (self.asks, payload["asks"])):
                for price, size in levels:
                    if size == "0":
                        del side[price]
                    else:
                        side[price] = size
