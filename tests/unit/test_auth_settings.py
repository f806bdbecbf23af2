"""What the node's configuration may say of the authenticator."""

import attrs
import pytest

from auth.claims import TokenRules
from auth.settings import AuthenticatorSettings
from components.contract.roles import Role
from components.model.errors import ConfigError


def test_without_configuration_the_defaults_hold() -> None:
    """An empty configuration reads the secret from the usual variable and lets public sessions in."""
    settings = AuthenticatorSettings.from_config({})

    assert settings == AuthenticatorSettings(
        secret_variable="TAPECAST_JWT_SECRET",
        secret_file=None,
        issuer=None,
        audience=None,
        leeway_s=30,
        allow_public=True,
        procedure="tapecast.auth.authenticate",
    )
    assert settings.rules == TokenRules()


def test_every_key_is_understood() -> None:
    """What the configuration says is what holds; null is as good as absent."""
    config: dict[str, object] = {
        "secret_variable": "OTHER",
        "secret_file": "/data/jwt.secret",
        "key_files": ["/etc/keys.pem"],
        "jwks_url": "https://id.example/keys",
        "issuer": "https://id.example",
        "audience": "tapecast",
        "leeway_s": 5,
        "max_lifetime_s": 3600,
        "required_claims": ["jti"],
        "user_claim": "login",
        "role_claim": "realm_access.roles",
        "role_map": {"ops": "admin"},
        "allow_public": False,
        "procedure": "com.example.authenticate",
        "hands_over_grant": True,
        "asks_about_users": True,
    }

    settings = AuthenticatorSettings.from_config(config)

    assert attrs.asdict(settings) == config
    assert settings.rules == TokenRules(
        issuer="https://id.example",
        audience="tapecast",
        leeway_s=5,
        max_lifetime_s=3600,
        required_claims=("jti",),
        user_claim="login",
        role_claim="realm_access.roles",
        role_map={"ops": Role.ADMIN},
    )
    assert AuthenticatorSettings.from_config(dict.fromkeys(config)) == AuthenticatorSettings()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"secret": "0123456789abcdef0123456789abcdef"}, "there is no key 'secret'"),
        ({"allow_public": "no"}, "allow_public: expected bool, received str"),
        ({"leeway_s": True}, "leeway_s: expected int, received bool"),
        ({"leeway_s": 1.5}, "leeway_s: expected int, received float"),
        ({"issuer": ["https://id.example"]}, "issuer: expected str, received list"),
        ({"key_files": "/etc/keys.pem"}, "key_files: expected list, received str"),
        ({"key_files": [1]}, "key_files: expected text in it"),
        ({"role_map": {"ops": ["admin"]}}, "role_map: expected text in it"),
    ],
)
def test_a_mistake_is_named_and_no_value_shown(config: dict[str, object], told: str) -> None:
    """The operator reads the key; a secret that was written into the configuration is not repeated."""
    with pytest.raises(ConfigError, match=told) as raised:
        AuthenticatorSettings.from_config(config)

    assert "0123456789" not in str(raised.value)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"leeway_s": 3600}, "leeway"),
        ({"max_lifetime_s": 0}, "lifetime"),
        ({"role_map": {"ops": "root"}}, "role_map: expected a role of tokens"),
        ({"role_map": {"ops": "gateway"}}, "roles of tokens"),
    ],
)
def test_rules_out_of_range_are_refused(config: dict[str, object], told: str) -> None:
    """What the rules cannot be, the settings cannot make them."""
    settings = AuthenticatorSettings.from_config(config)

    with pytest.raises(ConfigError, match=told):
        _ = settings.rules


@pytest.mark.parametrize(
    ("config", "needs_secret"),
    [({}, True), ({"key_files": ["/etc/keys.pem"]}, False), ({"jwks_url": "https://id.example/keys"}, False)],
)
def test_without_another_key_there_must_be_a_secret(config: dict[str, object], needs_secret: bool) -> None:  # noqa: FBT001 - a column
    """Where public keys are named, tokens need no secret."""
    assert AuthenticatorSettings.from_config(config).needs_secret is needs_secret
