"""The settings of tokens: what each variable makes, what a wrong one is told, and when a secret is made."""

from pathlib import Path

import attrs
import pytest

from auth.claims import TokenRules
from auth.token_settings import ALL_TOKEN_VARIABLES, RULE_VARIABLES, TokenSettings
from components.contract.roles import Role
from components.model.errors import ConfigError
from tests.support.documents import code, table

EVERYTHING = {
    "TAPECAST_JWT_SECRET": 32 * "s",
    "TAPECAST_JWT_KEYS": "/etc/a.pem, keys.json,/etc/a.pem",
    "TAPECAST_JWKS_URL": "https://id.example/keys",
    "TAPECAST_JWT_ISSUER": "https://id.example",
    "TAPECAST_JWT_AUDIENCE": "tapecast",
    "TAPECAST_JWT_LEEWAY_S": "5",
    "TAPECAST_JWT_MAX_LIFETIME_S": "3600",
    "TAPECAST_JWT_REQUIRED_CLAIMS": "jti, iat,jti",
    "TAPECAST_JWT_USER_CLAIM": "https://desk.example/user",
    "TAPECAST_JWT_ROLE_CLAIM": "realm_access.roles",
    "TAPECAST_JWT_ROLE_MAP": "/ops=admin, CN=desk-trader=trader",
}


def test_every_variable_reaches_its_attribute() -> None:
    """One value for each variable, all different from the defaults; what is there twice counts once."""
    assert set(EVERYTHING) == set(ALL_TOKEN_VARIABLES)
    assert TokenSettings.from_environment(EVERYTHING) == TokenSettings(
        has_secret=True,
        key_files=(Path("/etc/a.pem"), Path("keys.json")),
        jwks_url="https://id.example/keys",
        rules=TokenRules(
            issuer="https://id.example",
            audience="tapecast",
            leeway_s=5,
            max_lifetime_s=3600,
            required_claims=("jti", "iat"),
            user_claim="https://desk.example/user",
            role_claim="realm_access.roles",
            role_map={"/ops": Role.ADMIN, "CN=desk-trader": Role.TRADER},
        ),
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    """What a compose file leaves empty is no mistake."""
    for environ in ({}, dict.fromkeys(ALL_TOKEN_VARIABLES, "")):
        assert TokenSettings.from_environment(environ) == TokenSettings()


def test_the_order_of_the_role_map_is_the_operators() -> None:
    """Which of several words decides is for the setting to say, so its order is kept."""
    settings = TokenSettings.from_environment({"TAPECAST_JWT_ROLE_MAP": "z=risk,a=admin,m=risk"})

    assert list(settings.rules.role_map) == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("JWT_KEYS", ",", "1 to 16 files"),
        ("JWT_KEYS", ",".join(f"/{number}" for number in range(17)), "1 to 16 files"),
        ("JWT_LEEWAY_S", "301", "a whole number from 0 to 300"),
        ("JWT_MAX_LIFETIME_S", "0", "a whole number from 1 to 315360000"),
        ("JWT_REQUIRED_CLAIMS", ",", "1 to 64 names of claims"),
        ("JWT_REQUIRED_CLAIMS", 257 * "x", "1 to 64 names of claims"),
        ("JWT_REQUIRED_CLAIMS", ",".join(map(str, range(65))), "1 to 64 names of claims"),
        ("JWT_USER_CLAIM", 257 * "x", "at most 256 characters"),
        ("JWT_ROLE_CLAIM", 257 * "x", "at most 256 characters"),
        ("JWT_ROLE_MAP", ",", "1 to 64 pairs"),
        ("JWT_ROLE_MAP", "ops", "pairs such as desk-trader=trader"),
        ("JWT_ROLE_MAP", "ops=root", "the roles are admin, issuer, risk, service, trader"),
        ("JWT_ROLE_MAP", "ops=gateway", "the roles are admin"),
        ("JWT_ROLE_MAP", "ops=public", "the roles are admin"),
        ("JWT_ROLE_MAP", "ops=admin,ops=trader", "each word once"),
        ("JWT_ROLE_MAP", "=admin", "words of 1 to 256 characters"),
        ("JWT_ROLE_MAP", f"{257 * 'x'}=admin", "words of 1 to 256 characters"),
        ("JWT_ROLE_MAP", ",".join(f"{number}=admin" for number in range(65)), "1 to 64 pairs"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, expected: str) -> None:
    """The line names the variable, shows the value, and says what would do."""
    with pytest.raises(ConfigError) as raised:
        TokenSettings.from_environment({f"TAPECAST_{name}": value})

    text = str(raised.value)
    assert text.startswith(f"TAPECAST_{name}={value!r}: must be ")
    assert expected in text


def test_a_wrong_url_is_not_shown() -> None:
    """There may be a password in it."""
    with pytest.raises(ConfigError, match="TAPECAST_JWKS_URL: must be an https URL") as raised:
        TokenSettings.from_environment({"TAPECAST_JWKS_URL": "https://alice:hunter2@id.example/keys"})

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "is_made"),
    [
        ((), True),
        (("TAPECAST_JWT_ISSUER",), True),
        (("TAPECAST_JWT_SECRET",), False),
        (("TAPECAST_JWT_KEYS",), False),
        (("TAPECAST_JWKS_URL",), False),
    ],
)
def test_a_secret_is_made_only_where_no_key_is_named(given: tuple[str, ...], is_made: bool) -> None:  # noqa: FBT001 - a column
    """A development secret beside an issuer's keys would be a second way in."""
    settings = TokenSettings.from_environment({name: EVERYTHING[name] for name in given})

    assert settings.has_development_secret is is_made


@pytest.mark.parametrize("name", RULE_VARIABLES)
def test_a_settings_default_is_the_codes(name: str) -> None:
    """What the table gives as default, read as the variable's value, is what the rules have without it."""
    attribute, parse = RULE_VARIABLES[name]
    default = attrs.asdict(TokenRules())[attribute]
    (told,) = (
        row["default"] for row in table("docs/reference/settings.md", "variable") if code(row["variable"]) == name
    )

    if told == "not set":
        assert default in (None, (), {})
    else:
        assert parse(code(told)) == default
