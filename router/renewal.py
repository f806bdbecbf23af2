"""What becomes of a session that goes on with another token of its user, perhaps as something else."""

from components.contract.roles import Role
from components.model.credentials import Credential
from components.wamp.router_view import Renewal
from router.router import role_of
from router.session import GatewayRouterSession

MOST_NAMED = 100
"""How many of the subscriptions that end with a role are named to the user; the rest is counted."""


def renew(session: GatewayRouterSession, credential: Credential) -> Renewal:
    """Let a session have a token; the same one again changes nothing, and nobody is told."""
    before, role, is_new = role_of(session), credential.role, credential != session.credential
    if is_new:
        session.take_credential(credential)
    expires_at = str(session.expires_at)
    if role is before:
        if is_new:
            session.tell("token_renewed", expires_at=expires_at)
        return Renewal(expires_at=expires_at, role=role)
    ended = session.take_role(role)
    session.tell(
        "role_changed",
        **{"expires_at": expires_at, "from": _name(before), "to": role.value},
        ended_subscriptions=ended[:MOST_NAMED],
        ended_count=len(ended),
    )
    return Renewal(expires_at=expires_at, role=role, ended_subscriptions=tuple(ended))


def _name(role: Role | None) -> str | None:
    return None if role is None else role.value
