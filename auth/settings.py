"""What an authenticator is told by the node's configuration; never the secret itself."""

from collections.abc import Mapping

import attrs

from auth.claims import TokenRules
from auth.keys import SECRET_VARIABLE
from components.model.errors import ConfigError

DEFAULT_PROCEDURE = "tapecast.auth.authenticate"


@attrs.frozen(kw_only=True)
class AuthenticatorSettings:
    """
    Settings of one authenticator, named as in the node's configuration.

    Attributes:
        secret_variable: Environment variable that holds the secret.
        secret_file: Where the secret is while that variable is unset; None is nowhere else.
        issuer: As in `TokenRules`.
        audience: As in `TokenRules`.
        leeway_s: As in `TokenRules`, seconds.
        allow_public: Whether sessions without a token may join.
        procedure: What the component form registers; the in-process form has none.
        hands_over_grant: Whether the in-process form gives its router what is to be remembered of a token. Only a
            router of ours takes it out of what it tells the client.
    """

    secret_variable: str = SECRET_VARIABLE
    secret_file: str | None = None
    issuer: str | None = None
    audience: str | None = None
    leeway_s: int = 30
    allow_public: bool = True
    procedure: str = DEFAULT_PROCEDURE
    hands_over_grant: bool = False

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
        return cls(**given)  # type: ignore[arg-type]  # checked one by one above

    @property
    def rules(self) -> TokenRules:
        """
        What tokens must say.

        Raises:
            ConfigError: They cannot say that.
        """
        return TokenRules(issuer=self.issuer, audience=self.audience, leeway_s=self.leeway_s)


_TYPES: dict[str, type] = {
    "secret_variable": str,
    "secret_file": str,
    "issuer": str,
    "audience": str,
    "leeway_s": int,
    "allow_public": bool,
    "procedure": str,
    "hands_over_grant": bool,
}
