"""An authenticator for a router in this process: the ticket says itself, as JSON, what it is good for."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred

from auth.authenticator import GRANT, Grant
from auth.users import Standing, read_standing
from components.contract.envelope import NS_PER_S, format_time
from components.contract.roles import Role
from components.model.credentials import Credential
from tests.support.tokens import NOW_S

TICKET = {"type": "function", "create": "tests.support.granted_tickets.create", "config": {}}
"""The router's configuration."""

waiting_answers: list["Deferred[dict[str, Any]]"] = []
"""Of the tickets that are held, for the test to fire."""


def credential(user_id: str = "alice", role: Role = Role.TRADER, **changes: Any) -> Credential:
    """A token of a user, good for ten minutes."""
    usual = {"token_id": None, "key_id": "key-1", "issued_at_s": NOW_S, "expires_at_s": NOW_S + 600}
    return Credential(user_id=user_id, role=role, **{**usual, **changes})


def ticket(
    user_id: str = "alice",
    role: Role = Role.TRADER,
    *,
    is_held: bool = False,
    standing: dict[str, object] | None = None,
    **changes: Any,
) -> str:
    """A ticket that says this; whether it is good is decided at once, or when the test says."""
    return json.dumps({"user_id": user_id, "role": role.value, "is_held": is_held, "standing": standing, **changes})


def principal(realm: str | None, granted: Credential, standing: Standing | None = None) -> dict[str, Any]:
    """What Crossbar is answered."""
    return {
        "realm": realm,
        "authid": granted.user_id,
        "role": granted.role.value,
        "extra": {
            "user": granted.user_id,
            "expires_at": format_time(granted.expires_at_s * NS_PER_S),
            GRANT: Grant(credential=granted, standing=standing),
        },
    }


def create(_config: Mapping[str, object], _controller: object) -> Callable[..., object]:
    """Make the function that Crossbar calls at each join."""

    def admit(realm: str | None, _authid: str | None, details: Mapping[str, Any]) -> object:
        said = json.loads(details["ticket"])
        is_held, told = said.pop("is_held"), said.pop("standing")
        standing = told and read_standing(told, is_open=False)
        granted = credential(**{**said, "role": Role(said["role"])})
        if not is_held:
            return principal(realm, granted, standing)
        waiting: Deferred[dict[str, Any]] = Deferred()
        waiting.addCallback(lambda _: principal(realm, granted, standing))
        waiting_answers.append(waiting)
        return waiting

    return admit
