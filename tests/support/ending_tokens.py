"""An authenticator for a router in this process: whoever comes is alice, with a token that ends when the tests say."""

from collections.abc import Callable, Mapping
from typing import Any

from components.contract.envelope import NS_PER_S, format_time
from tests.support.tokens import NOW_S

LIFETIME_S = 600
END = format_time((NOW_S + LIFETIME_S) * NS_PER_S)
LATER_END = format_time((NOW_S + 2 * LIFETIME_S) * NS_PER_S)

TICKET = {"type": "function", "create": "tests.support.ending_tokens.create", "config": {}}
"""The router's configuration."""


def create(_config: Mapping[str, object], _controller: object) -> Callable[..., dict[str, Any]]:
    """Make the function that Crossbar calls at each join."""
    return lambda realm, _authid, _details: {
        "realm": realm,
        "authid": "alice",
        "role": "trader",
        "extra": {"user": "alice", "expires_at": END},
    }
