"""Places in the node, counted by address, each given free once."""

from collections import Counter
from collections.abc import Callable

import attrs

from router.addresses import Address


@attrs.define(kw_only=True, eq=False)
class Place:
    """
    One connection's place in the node.

    Attributes:
        address: What it is limited by; None where its address is exempt.
        client: Where it comes from, exempt or not; None where that is no address.
        is_surplus: Whether the node is full without it: it is told so, and ended.
    """

    address: str | None
    client: Address | None
    is_surplus: bool
    _leave: Callable[["Place"], None]
    _is_left: bool = attrs.field(default=False, init=False)

    def leave(self) -> None:
        """Give the place free; a second time does nothing."""
        if not self._is_left:
            self._is_left = True
            self._leave(self)


class Crowd:
    """Those that have a place."""

    def __init__(self) -> None:
        self._total = 0
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._total

    def count(self, address: str) -> int:
        """How many have this address."""
        return self._by_address[address]

    def enter(self, address: str | None, *, client: Address | None = None, is_surplus: bool = False) -> Place:
        """Give one more a place."""
        self._total += 1
        if address is not None:
            self._by_address[address] += 1
        return Place(address=address, client=client, is_surplus=is_surplus, leave=self._leave)

    def _leave(self, place: Place) -> None:
        self._total -= 1
        if place.address is not None:
            self._by_address[place.address] -= 1
            if not self._by_address[place.address]:
                del self._by_address[place.address]
