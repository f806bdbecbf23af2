"""What the router asks about a realm's topics: who may do what, and what a slow client gets of a topic."""

import re
from functools import lru_cache
from typing import Protocol

from auth.permissions import Action, Decision, Match, decide, normalised_prefix
from components.contract.roles import Role
from components.contract.topics import Delivery, family_of

BENCH_REALM = "bench"
META_FAMILY = "meta"
"""Stands for all topics of no family: Crossbar's own, below `wamp.`."""


class Rules(Protocol):
    """
    What holds in one realm.

    Attributes:
        is_limited: Whether addresses, users and sessions are limited in what they may open and send.
    """

    is_limited: bool

    def decide(self, role: Role, user_id: str, action: Action, uri: str, match: Match) -> Decision:
        """Say whether a session may do this."""

    def delivery_of(self, topic: str) -> Delivery:
        """What a client that cannot keep up gets of a topic."""

    def is_merged(self, topic: str) -> bool:
        """Whether the events that wait of a gapped topic become one."""

    def family_of(self, topic: str) -> str:
        """The name that a topic is counted under."""


class ContractRules:
    """The contract's own tables."""

    is_limited = True

    def decide(self, role: Role, user_id: str, action: Action, uri: str, match: Match) -> Decision:
        """Say whether a session may do this."""
        return decide(role, user_id, action, uri, match)

    def delivery_of(self, topic: str) -> Delivery:
        """What a client that cannot keep up gets of a topic; all, where the topic is not of the contract."""
        family = family_of(topic)
        return Delivery.LOSSLESS if family is None else family.delivery

    def is_merged(self, topic: str) -> bool:
        """Whether the events that wait of a topic become one, as those of a book do."""
        family = family_of(topic)
        return family is not None and family.is_merged

    def family_of(self, topic: str) -> str:
        """The name that a topic is counted under, such as `price` or `user.orders`."""
        family = family_of(topic)
        return META_FAMILY if family is None else family.name


class BenchRules:
    """
    The rules of benchmarks: whoever joins may do everything below `bench.`, and nothing else.

    What a topic's first component below it names, `conflated` or `gapped`, is its delivery; all others are lossless.
    """

    is_limited = False

    def decide(self, role: Role, _user_id: str, action: Action, uri: str, match: Match) -> Decision:
        """Say whether a session may do this."""
        named = normalised_prefix(uri)[:-1] if match is Match.PREFIX else uri
        if role is Role.PUBLIC and match is not Match.WILDCARD and _is_below_bench(named, match):
            return Decision.ALLOWED
        return Decision.NO_SUCH_PROCEDURE if action is Action.CALL else Decision.NOT_AUTHORIZED

    def delivery_of(self, topic: str) -> Delivery:
        """What a client that cannot keep up gets of a topic."""
        if topic.startswith("bench.conflated."):
            return Delivery.CONFLATED
        return Delivery.GAPPED if topic.startswith("bench.gapped.") else Delivery.LOSSLESS

    def is_merged(self, _topic: str) -> bool:
        """Nothing here is a book."""
        return False

    def family_of(self, topic: str) -> str:
        """The name that a topic is counted under: its delivery."""
        return self.delivery_of(topic).value if topic.startswith("bench.") else META_FAMILY


_BELOW_BENCH = re.compile(r"bench(\.[^\s.#]+)+")
_BENCH_OR_BELOW = re.compile(r"bench(\.[^\s.#]+)*")
_CACHED_URIS = 1024


@lru_cache(_CACHED_URIS)
def _is_below_bench(uri: str, match: Match) -> bool:
    pattern = _BENCH_OR_BELOW if match is Match.PREFIX else _BELOW_BENCH
    return pattern.fullmatch(uri) is not None


def rules_of(realm: str) -> Rules:
    """The rules that hold in a realm of this name."""
    return BenchRules() if realm == BENCH_REALM else ContractRules()
