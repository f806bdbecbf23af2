"""Permissions by model: a pattern is granted exactly where every topic that it matches is."""

import itertools
from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from auth.meta_api import META_EVENTS
from auth.permissions import Action, Decision, Match, decide, may_read, normalised_prefix
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES, component_fits
from components.contract.uris import user_component

USER_ID = "alice@example.com"
OWN = user_component(USER_ID)
SAMPLES = {
    "{instrument}": ["BTCUSDT", "1m"],
    "{venue}": ["binance", "1m"],
    "{interval}": ["1m", "1h"],
    "{timeframe}": ["1m", "1h"],
    "{auction_id}": ["a-1", "1m"],
    "{user_id}": [OWN, "bob"],
}
FAMILIES = [*(family.components for family in TOPIC_FAMILIES), *(tuple(uri.split(".")) for uri in sorted(META_EVENTS))]


def topics_of(family: Sequence[str], named: Sequence[str] = ()) -> Iterator[str]:
    """All topics of a family that can be made of the samples, and of the words of a pattern where they fit."""
    choices = []
    for word, name in itertools.zip_longest(family, named[: len(family)]):
        values = SAMPLES.get(word, [word])
        choices.append({*values, name} if name and component_fits(word, name) else values)
    return map(".".join, itertools.product(*choices))


TOPICS = [topic for family in FAMILIES for topic in topics_of(family)]
FITS_NOTHING = "no-such-word!"

roles = st.sampled_from(Role)
user_ids = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=32)


@st.composite
def prefixes(draw: st.DrawFn) -> str:
    """The first components of a topic, or of none, with a dot behind them or not."""
    components = draw(st.sampled_from(TOPICS)).split(".")
    kept = components[: draw(st.integers(1, len(components)))]
    stray = draw(st.sampled_from([[], [], [], [FITS_NOTHING]]))
    return ".".join([*kept, *stray]) + draw(st.sampled_from(["", "."]))


@st.composite
def wildcards(draw: st.DrawFn) -> str:
    """A topic of which any components are left empty, or replaced by one that fits nowhere."""
    components = draw(st.sampled_from(TOPICS)).split(".")
    return ".".join(draw(st.sampled_from([word] * 4 + [""] * 5 + [FITS_NOTHING])) for word in components)


def matches(pattern: str, match: Match, topic: str) -> bool:
    """Whether a topic is among those that a subscription stands for, by the text of the contract."""
    if match is Match.PREFIX:
        return f"{topic}.".startswith(normalised_prefix(pattern))
    words, named = topic.split("."), pattern.split(".")
    return len(words) == len(named) and all(name in ("", word) for word, name in zip(words, named, strict=True))


def expected(role: Role, pattern: str, match: Match) -> Decision:
    """What the exact decisions on all matching topics add up to."""
    named = pattern.split(".")
    matched = [topic for family in FAMILIES for topic in topics_of(family, named) if matches(pattern, match, topic)]
    if not matched:
        return Decision.UNKNOWN_TOPIC
    decisions = {decide(role, USER_ID, Action.SUBSCRIBE, topic, Match.EXACT) for topic in matched}
    return (decisions - {Decision.ALLOWED} or {Decision.ALLOWED}).pop()


@given(roles, prefixes())
def test_a_prefix_is_granted_with_all_of_its_topics(role: Role, pattern: str) -> None:
    """A prefix is allowed if and only if every topic that begins with it is."""
    assert decide(role, USER_ID, Action.SUBSCRIBE, pattern, Match.PREFIX) is expected(role, pattern, Match.PREFIX)


@given(roles, wildcards())
def test_a_wildcard_is_granted_with_all_of_its_topics(role: Role, pattern: str) -> None:
    """A wildcard is allowed if and only if every topic that it stands for is."""
    assert decide(role, USER_ID, Action.SUBSCRIBE, pattern, Match.WILDCARD) is expected(role, pattern, Match.WILDCARD)


@given(roles, st.sampled_from(TOPICS))
def test_a_snapshot_goes_to_those_who_may_subscribe(role: Role, topic: str) -> None:
    """`stream.get` is open exactly where the subscription is, and never for Crossbar's own events."""
    is_allowed = decide(role, USER_ID, Action.SUBSCRIBE, topic, Match.EXACT).is_allowed

    assert may_read(role, USER_ID, topic) is (is_allowed and topic not in META_EVENTS)


@given(roles, st.sampled_from(Action), st.text(max_size=40), st.sampled_from(Match))
def test_no_text_is_granted_by_accident(role: Role, action: Action, uri: str, match: Match) -> None:
    """Any text is decided on, and none but the empty prefix, which stands for everything, is granted to anybody."""
    if uri or match is not Match.PREFIX or action is not Action.SUBSCRIBE:
        assert not decide(role, USER_ID, action, uri, match).is_allowed


@given(user_ids, user_ids)
def test_each_user_has_one_component_and_nobody_elses(one: str, other: str) -> None:
    """A component is one user's alone, fits into a topic, and opens that user's topics to no other."""
    component = user_component(one)

    assert (component == user_component(other)) == (one == other)
    assert component_fits("{user_id}", component)
    assert may_read(Role.TRADER, other, f"tapecast.user.{component}.orders") is (one == other)
