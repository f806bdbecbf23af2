"""How much a session and a user may be subscribed to."""

import attrs
import pytest

from router.limits import UNLIMITED, Limits
from router.rate_limits import Excess
from router.subscription_limits import Subscribed, find_excess

LIMITS = Limits(topics_per_session=3, patterns_per_session=2, channels_per_user=4)


@attrs.define
class Held:
    """A subscription as a broker keeps it."""

    uri: str
    match: str


def topics(count: int) -> list[Subscribed]:
    return [Held(f"tapecast.price.X{number}", "exact") for number in range(count)]


def patterns(count: int) -> list[Subscribed]:
    return [Held(f"tapecast.trades.v{number}.", "prefix") for number in range(count)]


def channels(count: int) -> list[Subscribed]:
    return [Held(f"tapecast.user.u{number}.orders", "exact") for number in range(count)]


def ask(
    uri: str, match: str, own: list[Subscribed], others: list[Subscribed] | None = None, limits: Limits = LIMITS
) -> Excess | None:
    return find_excess(limits, uri, match, own=own, of_user=lambda: [*own, *(others or [])])


@pytest.mark.parametrize(
    ("uri", "match", "own", "expected"),
    [
        ("tapecast.price.Y", "exact", topics(2) + patterns(2) + channels(4), None),
        ("tapecast.price.Y", "exact", topics(3), Excess(name="topics_per_session", limit=3)),
        ("tapecast.price.X0", "exact", topics(3), None),
        ("tapecast.trades", "wildcard", topics(3) + patterns(1) + channels(4), None),
        ("tapecast.trades", "wildcard", patterns(2), Excess(name="patterns_per_session", limit=2)),
        ("tapecast.trades.v0.", "prefix", patterns(2), None),
        ("tapecast.trades.v0.", "wildcard", patterns(2), Excess(name="patterns_per_session", limit=2)),
        ("tapecast.user.y.orders", "exact", topics(3) + patterns(2) + channels(3), None),
        ("tapecast.user.y.orders", "exact", channels(4), Excess(name="channels_per_user", limit=4)),
        ("tapecast.user.u0.orders", "exact", channels(4), None),
    ],
)
def test_each_kind_is_counted_by_itself(uri: str, match: str, own: list[Subscribed], expected: Excess | None) -> None:
    """One more of a kind that is used up is refused; what is held already, and other kinds, are not."""
    assert ask(uri, match, own) == expected


def test_a_users_channels_count_over_all_sessions() -> None:
    """And nothing but those."""
    refused = ask("tapecast.user.y.orders", "exact", channels(1), channels(3))

    assert refused == Excess(name="channels_per_user", limit=4)
    assert ask("tapecast.user.y.orders", "exact", channels(1), topics(30)) is None
    assert ask("tapecast.price.Y", "exact", topics(1), topics(30)) is None


@pytest.mark.parametrize(
    ("uri", "match"), [("tapecast.price.Y", "exact"), ("tapecast", "prefix"), ("tapecast.user.y.x", "exact")]
)
def test_each_can_be_off(uri: str, match: str) -> None:
    """Then as much is held as is asked for."""
    assert ask(uri, match, topics(50) + patterns(50) + channels(50), limits=UNLIMITED) is None
