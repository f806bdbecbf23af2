"""What is followed on which venue, and how that differs from the settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.following import Changes, Following

names = st.lists(st.sampled_from("ABCDE"), unique=True)


@pytest.fixture
def following() -> Following:
    """Two instruments on one venue, one on another."""
    return Following({"binance": ("A", "B"), "sim": ("C",)})


def test_each_venue_follows_its_own(following: Following) -> None:
    """What one venue follows another does not."""
    assert following.has("A", "binance")
    assert not following.has("A", "sim")
    assert following.of("binance") == ("A", "B")
    assert following.chosen == {"A", "B", "C"}


def test_without_a_venue_any_counts(following: Following) -> None:
    """So it does for a source that is no venue."""
    assert following.has("C")
    assert following.has("C", "coingecko")
    assert not following.has("D")


def test_a_venue_without_a_choice_follows_everything() -> None:
    """Nothing can be added to that or removed from it."""
    following = Following({"binance": None})

    following.add("binance", ("A",))
    following.remove("binance", ("A",))

    assert following.has("A", "binance")
    assert following.has("A")
    assert following.of("binance") is None
    assert following.chosen == frozenset()


def test_what_is_added_and_removed_is_the_venues_alone(following: Following) -> None:
    """What was there stays in its place, and what was not there is no error."""
    following.add("sim", ("A", "C"))
    following.remove("sim", ("C", "X"))

    assert following.of("sim") == ("A",)
    assert following.of("binance") == ("A", "B")


def test_changes_hold_over_a_change_of_the_settings() -> None:
    """What was added stays besides, what was removed stays away, and what the settings add is followed."""
    changes = Changes.between(("A", "B"), ("B", "C"))

    assert changes == Changes(added=("C",), removed=("A",))
    assert changes.applied_to(("A", "B", "D")) == ("B", "D", "C")


@given(names, names)
def test_changes_make_the_followed_of_the_configured(configured: list[str], followed: list[str]) -> None:
    """What is written down is enough to follow the same."""
    changes = Changes.between(configured, followed)

    assert set(changes.applied_to(configured)) == set(followed)
    assert not set(changes.added) & set(changes.removed)
