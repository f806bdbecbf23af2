"""An authenticator for a router in this process: the ticket is the role that one gets."""

from collections.abc import Callable, Mapping
from typing import Any

TICKET = {"type": "function", "create": "tests.support.role_tickets.create", "config": {}}
"""The router's configuration."""


def create(_config: Mapping[str, object], _controller: object) -> Callable[..., dict[str, Any]]:
    """Make the function that Crossbar calls at each join."""
    return lambda realm, _authid, details: {"realm": realm, "authid": "somebody", "role": details["ticket"]}
