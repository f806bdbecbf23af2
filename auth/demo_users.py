"""The users of a development gateway that whoever sits at its machine may be, and the tokens that let them in."""

import re

import attrs

from auth.claims import TokenRules
from auth.tokens import issue_token
from components.contract.roles import TOKEN_ROLES, Role
from components.model.setting_values import words

MAX_USERS = 16
LIFETIME_S = 900
"""How long a token is good for: a page asks for the next one by itself."""

_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


@attrs.frozen
class DemoUser:
    """One of them."""

    user_id: str
    role: Role


def read_demo_users(text: str) -> tuple[DemoUser, ...]:
    """
    Read the setting.

    Raises:
        ValueError: It is no list of users with their roles.
    """
    pairs = [(name.strip(), role.strip()) for name, _, role in (word.rpartition(":") for word in words(text))]
    names = {name for name, _ in pairs}
    are_known = all(_NAME.fullmatch(name) and role in TOKEN_ROLES for name, role in pairs)
    if not are_known or not 0 < len(pairs) <= MAX_USERS or len(names) < len(pairs):
        raise ValueError(
            f"1 to {MAX_USERS} pairs such as alice:trader, each user once, with commas between them; "
            f"the roles are {', '.join(sorted(TOKEN_ROLES))}"
        )
    return tuple(DemoUser(name, Role(role)) for name, role in pairs)


@attrs.frozen(kw_only=True)
class DemoTokens:
    """
    Signs tokens for them, and for nobody else.

    Attributes:
        secret: Of the node's own making.
        rules: What its tokens must say.
    """

    users: tuple[DemoUser, ...] = ()
    secret: bytes = attrs.field(default=b"", repr=False)
    rules: TokenRules = attrs.field(factory=TokenRules)

    def make(self, user_id: str, *, now_s: float, token_id: str) -> tuple[str, int] | None:
        """
        A token of a user, and when it ends, in UNIX seconds; None where there is no such user.

        Raises:
            ConfigError: The rules ask for what no token of ours says.
        """
        role = next((user.role for user in self.users if user.user_id == user_id), None)
        if role is None:
            return None
        lifetime_s = min(LIFETIME_S, self.rules.max_lifetime_s or LIFETIME_S)
        token = issue_token(
            self.secret,
            self.rules,
            user_id=user_id,
            role=role,
            lifetime_s=lifetime_s,
            now_s=now_s,
            token_id=token_id,
        )
        return token, int(now_s) + lifetime_s
