"""What an authenticator is told by the node's configuration; never the secret itself."""

from collections.abc import Mapping, Sequence

import attrs

from auth.claims import TokenRules
from auth.keys import SECRET_VARIABLE
from components.contract.roles import Role
from components.model.errors import ConfigError

DEFAULT_PROCEDURE = "tapecast.auth.authenticate"


@attrs.frozen(kw_only=True)
class AuthenticatorSettings:
    """
    Settings of one authenticator, named as in the node's configuration.

    Attributes:
        secret_variable: Environment variable that holds the secret.
        secret_file: Where the secret is while that variable is unset; None is nowhere else.
        key_files: Files of public keys in PEM, and of JWK Sets. Where there are any, there need be no secret.
        jwks_url: Where the issuer publishes its keys; where that is set, there need be no secret.
        issuer: As in `TokenRules`.
        audience: As in `TokenRules`.
        leeway_s: As in `TokenRules`, seconds.
        max_lifetime_s: As in `TokenRules`, seconds.
        required_claims: As in `TokenRules`.
        user_claim: As in `TokenRules`.
        role_claim: As in `TokenRules`.
        role_map: As in `TokenRules`.
        allow_public: Whether sessions without a token may join.
        procedure: What the component form registers; the in-process form has none.
        hands_over_grant: Whether the in-process form gives its router what is to be remembered of a token. Only a
            router of ours takes it out of what it tells the client.
        asks_about_users: Whether the in-process form asks the directory of its process about users.
    """

    secret_variable: str = SECRET_VARIABLE
    secret_file: str | None = None
    key_files: Sequence[str] = ()
    jwks_url: str | None = None
    issuer: str | None = None
    audience: str | None = None
    leeway_s: int = 30
    max_lifetime_s: int | None = None
    required_claims: Sequence[str] = ()
    user_claim: str | None = None
    role_claim: str = "role"
    role_map: Mapping[str, str] = attrs.field(factory=dict)
    allow_public: bool = True
    procedure: str = DEFAULT_PROCEDURE
    hands_over_grant: bool = False
    asks_about_users: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "AuthenticatorSettings":
        """
        Read a JSON object with these attributes as keys; null is as good as absent.

        Raises:
            ConfigError: A key is unknown, or its value has the wrong type.
        """
        given = {key: value for key, value in config.items() if value is not None}
        for key, value in given.items():
            expected = _TYPES.get(key)
            if expected is None:
                raise ConfigError(f"authenticator: there is no key {key!r}; known are {', '.join(_TYPES)}")
            if type(value) is not expected:
                raise ConfigError(
                    f"authenticator: {key}: expected {expected.__name__}, received {type(value).__name__}"
                )
            within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            if not all(isinstance(item, str) for item in within):
                raise ConfigError(f"authenticator: {key}: expected text in it, received something else")
        return cls(**given)  # type: ignore[arg-type]  # checked one by one above

    @property
    def rules(self) -> TokenRules:
        """
        What tokens must say.

        Raises:
            ConfigError: They cannot say that.
        """
        try:
            role_map = {word: Role(role) for word, role in self.role_map.items()}
        except ValueError:
            raise ConfigError("authenticator: role_map: expected a role of tokens for each word") from None
        return TokenRules(
            issuer=self.issuer,
            audience=self.audience,
            leeway_s=self.leeway_s,
            max_lifetime_s=self.max_lifetime_s,
            required_claims=tuple(self.required_claims),
            user_claim=self.user_claim,
            role_claim=self.role_claim,
            role_map=role_map,
        )

    @property
    def needs_secret(self) -> bool:
        """Whether there is no other key, so that nobody could be let in without the secret."""
        return not self.key_files and self.jwks_url is None


_TYPES: dict[str, type] = {
    "secret_variable": str,
    "secret_file": str,
    "key_files": list,
    "jwks_url": str,
    "issuer": str,
    "audience": str,
    "leeway_s": int,
    "max_lifetime_s": int,
    "required_claims": list,
    "user_claim": str,
    "role_claim": str,
    "role_map": dict,
    "allow_public": bool,
    "procedure": str,
    "hands_over_grant": bool,
    "asks_about_users": bool,
}
