"""`/api/demo/`: who the demo users of a development gateway are, and tokens for them, for whoever is at its machine."""

import secrets
import time
from collections.abc import Callable

from twisted.logger import Logger

from auth.demo_users import DemoTokens
from components.contract.envelope import NS_PER_S, format_time
from router.nearness import Asker

USERS, TOKEN = "api/demo/users", "api/demo/token"

_TOKEN_ID_BYTES = 8
_security = Logger(namespace="tapecast.security")


class DemoAnswers:
    """
    Answers from what it is told of demo users: of none, unless the settings name some.

    Who is not at this machine is answered as on a gateway that has none.
    """

    def __init__(self, tokens: DemoTokens | None = None, now_s: Callable[[], float] = time.time) -> None:
        self._tokens = tokens or DemoTokens()
        self._now_s = now_s

    def answer(self, asker: Asker, head: str, rest: list[str]) -> dict[str, object] | None:
        """
        What a path below `/api/demo/` answers; None where there is nothing, for this one.

        Raises:
            ConfigError: The settings want tokens to say what ours do not.
        """
        tokens = self._tokens if asker.is_near() else DemoTokens()
        if head == USERS and not rest:
            return {"users": [{"user_id": user.user_id, "role": user.role.value} for user in tokens.users]}
        if head != TOKEN or len(rest) != 1:
            return None
        return self._make_token(tokens, rest[0])

    def _make_token(self, tokens: DemoTokens, user_id: str) -> dict[str, object] | None:
        token_id = secrets.token_hex(_TOKEN_ID_BYTES)
        made = tokens.make(user_id, now_s=self._now_s(), token_id=token_id)
        if made is None:
            return None
        token, expires_at_s = made
        _security.info("token made for demo user {user}", event="demo_token", user=user_id, token_id=token_id)
        return {"token": token, "expires_at": format_time(expires_at_s * NS_PER_S)}
