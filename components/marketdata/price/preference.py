"""What an operator prefers the one prices to be taken from, and which sources that can be."""

from collections.abc import Mapping

import attrs

from components.marketdata.price.price_source import SourceKind
from components.model.arguments import one_of
from components.model.errors import InvalidArgument


@attrs.frozen(kw_only=True)
class Preference:
    """
    One source before all others, for a while.

    Attributes:
        venue: The source.
        until_ns: When that ends, on this process's monotonic clock.
    """

    venue: str
    until_ns: int


def check_preferable(venue: object, ranks: Mapping[str, tuple[int, SourceKind]]) -> str:
    """
    A source that can stand before all others.

    Args:
        venue: What an operator named.
        ranks: All sources with their place and kind.

    Raises:
        InvalidArgument: There is no such source, or it is simulated where the first is not, or the other way round.
    """
    named = one_of("venue", venue, ranks)
    _, first = min(ranks.values())
    _, kind = ranks[named]
    if (kind is SourceKind.SIMULATED) is not (first is SourceKind.SIMULATED):
        raise InvalidArgument(
            "venue", "expected one of the first source's kind: simulated prices stand in for no others"
        )
    return named
