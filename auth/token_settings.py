"""The settings of tokens: whose signature is taken, and what they must say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from auth.claims import MAX_CLAIM_NAME_CHARS, MAX_LEEWAY_S, MAX_LIFETIME_S, MAX_NAMES, TokenRules
from auth.key_sources import check_keys_url
from auth.keys import SECRET_VARIABLE
from components.contract.roles import TOKEN_ROLES, Role
from components.model.errors import ConfigError
from components.model.setting_values import Parse, read_setting, whole_number, words

MAX_KEY_FILES = 16
KEY_FILES_VARIABLE = "TAPECAST_JWT_KEYS"
KEYS_URL_VARIABLE = "TAPECAST_JWKS_URL"


@attrs.frozen(kw_only=True)
class TokenSettings:
    """
    How the tokens of a gateway are read.

    Attributes:
        has_secret: Whether the environment has a secret.
        key_files: Files of public keys.
        jwks_url: Where the issuer publishes its keys; None is nowhere.
        rules: What tokens must say.
    """

    has_secret: bool = False
    key_files: tuple[Path, ...] = ()
    jwks_url: str | None = None
    rules: TokenRules = attrs.field(factory=TokenRules)

    @property
    def has_development_secret(self) -> bool:
        """Whether tokens are signed with a secret that the gateway makes: where the operator names no key at all."""
        return not (self.has_secret or self.key_files or self.jwks_url)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "TokenSettings":
        """
        Read the variables of `ALL_TOKEN_VARIABLES`; an empty one counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs.
        """
        given: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in RULE_VARIABLES.items()
            if environ.get(name)
        }
        files = environ.get(KEY_FILES_VARIABLE)
        url = environ.get(KEYS_URL_VARIABLE)
        return cls(
            has_secret=bool(environ.get(SECRET_VARIABLE)),
            key_files=_key_files(files) if files else (),
            jwks_url=_keys_url(url) if url else None,
            rules=TokenRules(**given),
        )


def _key_files(text: str) -> tuple[Path, ...]:
    files = tuple(dict.fromkeys(Path(word) for word in words(text)))
    if not 0 < len(files) <= MAX_KEY_FILES:
        raise ConfigError(
            f"{KEY_FILES_VARIABLE}={text!r}: must be 1 to {MAX_KEY_FILES} files, with commas between them"
        )
    return files


def _keys_url(text: str) -> str:
    try:
        return check_keys_url(text)
    except ValueError as error:
        # What is in it may be a password, and is not shown.
        raise ConfigError(f"{KEYS_URL_VARIABLE}: must be {error}") from None


def _claim(text: str) -> str:
    if len(text) > MAX_CLAIM_NAME_CHARS:
        raise ValueError(f"the name of a claim, of at most {MAX_CLAIM_NAME_CHARS} characters")
    return text


def _claims(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(words(text)))
    if not 0 < len(names) <= MAX_NAMES or any(len(name) > MAX_CLAIM_NAME_CHARS for name in names):
        raise ValueError(f"1 to {MAX_NAMES} names of claims, with commas between them")
    return names


def _role_map(text: str) -> dict[str, Role]:
    pairs = [(word.strip(), role.strip()) for word, _, role in (pair.rpartition("=") for pair in words(text))]
    meant = dict(pairs)
    if not 0 < len(pairs) <= MAX_NAMES or len(meant) < len(pairs) or not TOKEN_ROLES.issuperset(meant.values()):
        raise ValueError(
            f"1 to {MAX_NAMES} pairs such as desk-trader=trader, each word once, with commas between them; "
            f"the roles are {', '.join(sorted(TOKEN_ROLES))}"
        )
    if not all(0 < len(word) <= MAX_CLAIM_NAME_CHARS for word in meant):
        raise ValueError(f"pairs with words of 1 to {MAX_CLAIM_NAME_CHARS} characters before the =")
    return {word: Role(role) for word, role in meant.items()}


RULE_VARIABLES: Mapping[str, tuple[str, Parse]] = {
    "TAPECAST_JWT_ISSUER": ("issuer", str),
    "TAPECAST_JWT_AUDIENCE": ("audience", str),
    "TAPECAST_JWT_LEEWAY_S": ("leeway_s", whole_number(0, MAX_LEEWAY_S)),
    "TAPECAST_JWT_MAX_LIFETIME_S": ("max_lifetime_s", whole_number(1, MAX_LIFETIME_S)),
    "TAPECAST_JWT_REQUIRED_CLAIMS": ("required_claims", _claims),
    "TAPECAST_JWT_USER_CLAIM": ("user_claim", _claim),
    "TAPECAST_JWT_ROLE_CLAIM": ("role_claim", _claim),
    "TAPECAST_JWT_ROLE_MAP": ("role_map", _role_map),
}
"""Which attribute of `TokenRules` each sets, and what reads it."""

ALL_TOKEN_VARIABLES = (SECRET_VARIABLE, KEY_FILES_VARIABLE, KEYS_URL_VARIABLE, *RULE_VARIABLES)
