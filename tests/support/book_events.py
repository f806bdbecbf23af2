"""Events of a book as its owner publishes them, and as they wait."""

from typing import Any

from components.contract.topics import Delivery
from router.book_changes import BookChanges
from router.events import Event, Publication

TOPIC = "tapecast.book.sim.BTCUSDT"


Sizes = dict[str, str]
"""Sizes by price."""


def delta(
    seq: int, *, epoch: str = "e", first_seq: int | None = None, bids: Sizes | None = None, asks: Sizes | None = None
) -> dict[str, Any]:
    """One change."""
    levels = {"bids": list(map(list, (bids or {}).items())), "asks": list(map(list, (asks or {}).items()))}
    payload = {"instrument": "BTCUSDT", "venue": "sim", **levels}
    event = {"type": "delta", "epoch": epoch, "seq": seq, "ts": f"at {seq}", "payload": payload}
    return event if first_seq is None else {**event, "first_seq": first_seq}


def snapshot(seq: int = 1, *, epoch: str = "e", bids: Sizes | None = None, asks: Sizes | None = None) -> dict[str, Any]:
    """A whole book."""
    return {**delta(seq, epoch=epoch, bids=bids, asks=asks), "type": "snapshot"}


def book_event(
    changes: BookChanges, kwargs: dict[str, Any] | None, *, subscription_id: int = 1, at_ns: int = 0
) -> Event:
    """An event of a book on a subscription."""
    number = (kwargs or {}).get("seq", 0)
    publication = Publication(
        TOPIC, number, None, kwargs, delivery=Delivery.GAPPED, family="book", published_ns=at_ns, changes=changes
    )
    return Event(publication, subscription_id, names_topic=subscription_id > 1)
