"""The table of permissions by family, compared with the decision that the router makes."""

import itertools

import pytest

from auth.meta_api import META_COMMANDS, META_EVENTS, META_QUERIES, META_TESTAMENTS
from auth.permissions import Action, Decision, Match, decide
from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES
from tests.support.permission_families import ANOTHER, OWN, Family, family_of, read_families
from tests.support.permission_trials import topics_of_family

FAMILIES = read_families()
WORDS = {
    "yes": {Decision.ALLOWED},
    "-": {Decision.NOT_AUTHORIZED},
    "token": {Decision.AUTHENTICATION_REQUIRED},
    "none": {Decision.NO_SUCH_PROCEDURE, Decision.UNKNOWN_TOPIC},
}
CALLED = sorted(
    {procedure.uri for procedure in PROCEDURES}
    | set(INTERNAL_PROCEDURES)
    | META_QUERIES
    | META_COMMANDS
    | META_TESTAMENTS
)
READ = sorted({topic for family in TOPIC_FAMILIES for topic in topics_of_family(family.pattern)} | META_EVENTS)
TRIED = [
    *(("call", uri) for uri in CALLED),
    *(("register", uri) for uri in CALLED),
    *(("subscribe", uri) for uri in READ),
    *(("publish", uri) for uri in READ),
]


@pytest.mark.parametrize(("action", "uri"), TRIED, ids=lambda word: word)
def test_the_router_decides_as_the_table_says(action: str, uri: str) -> None:
    """For every procedure and topic that there is, and every role."""
    family = family_of(FAMILIES, action, uri)

    for role in Role:
        decision = decide(role, "ann", Action(action), uri.replace(OWN, "ann").replace(ANOTHER, "bob"), Match.EXACT)
        assert decision in WORDS[family.words[role]], (action, uri, role, family.patterns)


def test_no_row_is_about_nothing() -> None:
    """What the table tells of is there, each pattern of it."""
    written = {(row.action, pattern) for row in FAMILIES for pattern in row.patterns}
    used = {(action, longest_pattern(action, uri)) for action, uri in TRIED}

    assert written == used


def longest_pattern(action: str, uri: str) -> str:
    """The pattern that says what holds for a URI."""
    patterns = family_of(FAMILIES, action, uri).patterns
    return max(patterns, key=lambda pattern: Family(action=action, patterns=(pattern,), words={}).fits(uri))


def test_a_new_procedure_without_a_row_is_told_of() -> None:
    """Nobody has to guess what is missing."""
    with pytest.raises(AssertionError, match=r"call tapecast\.loans\.grant: .*permissions\.md has no row"):
        family_of(FAMILIES, "call", "tapecast.loans.grant")


@pytest.mark.parametrize(
    ("action", "uri", "pattern"),
    [
        ("call", "tapecast.orders.get", "tapecast.orders.get"),
        ("call", "tapecast.orders.get_all", "tapecast.orders.*"),
        ("call", "tapecast.market.stream_get", "tapecast.market.stream_get"),
        ("call", "tapecast.market.get_price", "tapecast.market.*"),
        ("subscribe", "tapecast.user.{own}.orders", "tapecast.user.{own}.*"),
    ],
)
def test_the_longest_row_that_fits_is_a_uris_own(action: str, uri: str, pattern: str) -> None:
    """A family has its rule, and exceptions have theirs."""
    assert longest_pattern(action, uri) == pattern


def test_every_role_and_every_word_is_there() -> None:
    """A cell says one of four things."""
    words = set(itertools.chain.from_iterable(family.words.values() for family in FAMILIES))

    assert words == set(WORDS)
