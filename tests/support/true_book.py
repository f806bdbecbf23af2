"""A venue's book whose every state is known: what it tells can be checked against what is."""

from collections.abc import Sequence

from hypothesis import strategies as st

from components.model.market import BookDeltas, BookSnapshot
from tests.support.market_events import Levels, book_deltas, book_snapshot

BIDS = tuple(str(price) for price in range(90, 100))
ASKS = tuple(str(price) for price in range(100, 110))

Update = tuple[str, str]
"""Price and size of one level; which side it is on is told by the price."""

updates = st.lists(
    st.tuples(st.sampled_from(BIDS + ASKS), st.sampled_from(["0", "1", "2", "3"])), min_size=8, max_size=80
)
"""What happens to a book, one update id each."""


class TrueBook:
    """
    The book of an instrument at every update id, the first of which is 1.

    Attributes:
        last_id: The last update that there is.
    """

    def __init__(self, happened: Sequence[Update]) -> None:
        self._happened = list(happened)
        self.last_id = len(self._happened)

    def sides(self, update_id: int) -> tuple[Levels, Levels]:
        """Bids and asks as of an update id."""
        levels: Levels = {}
        for price, size in self._happened[:update_id]:
            levels[price] = size
        held = {price: size for price, size in levels.items() if size != "0"}
        return (
            {price: size for price, size in held.items() if price in BIDS},
            {price: size for price, size in held.items() if price in ASKS},
        )

    def deltas(self, first: int, last: int) -> BookDeltas:
        """The update that tells of these ids, with the last size of each level."""
        changed = dict(self._happened[first - 1 : last])
        return book_deltas(
            first,
            last,
            bids={price: size for price, size in changed.items() if price in BIDS},
            asks={price: size for price, size in changed.items() if price in ASKS},
        )

    def snapshot(self, update_id: int) -> BookSnapshot:
        """The whole book as of an update id."""
        bids, asks = self.sides(update_id)
        return book_snapshot(update_id, bids=bids, asks=asks)
