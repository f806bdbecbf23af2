"""When a client renews its token."""

import pytest
from tapecast_client.token_refresh import refresh_in_s

from components.contract.envelope import NS_PER_S, format_time


def time_at(seconds: float) -> str:
    return format_time(round((1_700_000_000 + seconds) * NS_PER_S))


@pytest.mark.parametrize(
    ("remaining_s", "wait_s"), [(3600.5, 3540.5), (120, 60), (100, 50), (20, 10), (9, 5), (1, 5), (-10, 5)]
)
def test_a_token_is_renewed_a_minute_before_its_end(remaining_s: float, wait_s: float) -> None:
    """At half of what is left where that is short, and never at once, so that an old token again does no harm."""
    assert refresh_in_s(time_at(remaining_s), time_at(0)) == wait_s


def test_what_is_no_time_is_refused() -> None:
    """The gateway said something else than the contract."""
    with pytest.raises(ValueError, match="soon"):
        refresh_in_s("soon", time_at(0))
