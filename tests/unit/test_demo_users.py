"""Demo users: what the setting may say, where it is taken, and what their tokens say."""

import pytest

from auth.claims import TokenRules
from auth.demo_users import LIFETIME_S, MAX_USERS, DemoTokens, DemoUser, read_demo_users
from auth.tokens import TokenVerifier
from components.contract.roles import Role
from components.model.errors import ConfigError
from components.runtime.settings import Settings

SECRET = 32 * b"s"
ALICE = DemoUser("alice", Role.TRADER)


def test_the_setting_names_users_with_their_roles() -> None:
    """In the order in which they are offered."""
    assert read_demo_users("alice:trader, olga@desk.example:admin") == (
        ALICE,
        DemoUser("olga@desk.example", Role.ADMIN),
    )


@pytest.mark.parametrize(
    "text",
    [
        "alice",
        "alice:",
        ":trader",
        "alice:gateway",
        "alice:public",
        "alice:Trader",
        "al/ice:trader",
        "al ice:trader",
        "a:b:trader",
        "alice:trader,alice:admin",
        f"{65 * 'a'}:trader",
        ",",
        ",".join(f"user{number}:trader" for number in range(MAX_USERS + 1)),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """With what it must be."""
    with pytest.raises(ConfigError, match=r"TAPECAST_DEMO_USERS=.*pairs such as alice:trader"):
        Settings.from_environment({"TAPECAST_DEMO_USERS": text})


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ({"TAPECAST_JWT_SECRET": SECRET.decode()}, "keys of yours"),
        ({"TAPECAST_JWT_KEYS": "keys.pem"}, "keys of yours"),
        ({"TAPECAST_JWKS_URL": "https://id.example/keys"}, "keys of yours"),
        ({"TAPECAST_HOST": "0.0.0.0"}, "TAPECAST_HOST"),
        ({"TAPECAST_HOST": "::"}, "TAPECAST_HOST"),
        ({"TAPECAST_HOST": "10.0.0.7"}, "TAPECAST_HOST"),
        ({"TAPECAST_HOST": "gateway.example"}, "TAPECAST_HOST"),
        ({"TAPECAST_TRUSTED_PROXIES": "127.0.0.1"}, "TAPECAST_TRUSTED_PROXIES"),
    ],
)
def test_a_gateway_that_others_count_on_has_no_demo_users(others: dict[str, str], why: str) -> None:
    """It does not start, and says what speaks against it."""
    settings = Settings.from_environment({"TAPECAST_DEMO_USERS": "alice:trader", **others})

    with pytest.raises(ConfigError, match=f"TAPECAST_DEMO_USERS: .*{why}"):
        settings.check()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_gateway_of_this_machine_may_have_some(host: str) -> None:
    """With the secret that it makes itself."""
    Settings.from_environment({"TAPECAST_DEMO_USERS": "alice:trader", "TAPECAST_HOST": host}).check()


def test_a_token_lets_in_its_user_for_a_quarter_of_an_hour() -> None:
    """With the role of the setting and a name by which it can be revoked."""
    rules = TokenRules(issuer="https://id.example", audience="tapecast")
    tokens = DemoTokens(users=(ALICE,), secret=SECRET, rules=rules)

    made = tokens.make("alice", now_s=1000.5, token_id="7")

    assert made is not None
    principal = TokenVerifier.of_secret(SECRET, rules).verify(made[0], now_s=1000.5)
    assert (principal.user_id, principal.role, principal.token_id) == ("alice", Role.TRADER, "7")
    assert made[1] == principal.expires_at_s == 1000 + LIFETIME_S


def test_a_token_lives_no_longer_than_tokens_may() -> None:
    """Where the settings want shorter ones."""
    tokens = DemoTokens(users=(ALICE,), secret=SECRET, rules=TokenRules(max_lifetime_s=60))

    made = tokens.make("alice", now_s=1000, token_id="7")

    assert made is not None
    assert made[1] == 1060


def test_nobody_else_has_a_token() -> None:
    """Whoever is not in the list, and anybody where there is none."""
    assert DemoTokens(users=(ALICE,), secret=SECRET).make("bob", now_s=0, token_id="7") is None
    assert DemoTokens().make("alice", now_s=0, token_id="7") is None


def test_the_secret_is_in_no_representation() -> None:
    """What is logged by accident tells nothing."""
    assert SECRET.decode() not in repr(DemoTokens(users=(ALICE,), secret=SECRET))
