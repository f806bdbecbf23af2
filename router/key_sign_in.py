"""The router's side of a sign-in by key: a challenge on its way to the client, and what comes of the answer."""

import os
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import Accept, Challenge, Deny

from auth.authenticator import CRYPTOSIGN
from auth.cryptosign import CHALLENGE_BYTES, KeyChallenge
from auth.service_keys import ServiceAccount, ServiceKeys
from components.contract.errors import REVOKED
from components.contract.uris import user_component
from router.endings import Endings


@attrs.frozen(kw_only=True)
class KeySignIn:
    """
    One client that was challenged; Crossbar's own form of this believes certificates, and signs for whoever asks.

    Attributes:
        realm: Where it wants to join.
        challenge: What it is to sign.
    """

    realm: str | None
    challenge: KeyChallenge

    @classmethod
    def begin(cls, realm: str | None, authextra: Mapping[str, object] | None) -> "KeySignIn":
        """
        Challenge a client.

        Raises:
            InvalidArgument: Its HELLO does not say what a sign-in by key needs.
        """
        return cls(realm=realm, challenge=KeyChallenge.begin(authextra, os.urandom(CHALLENGE_BYTES)))

    def ask(self) -> Challenge:
        """What Crossbar sends the client."""
        return Challenge(CRYPTOSIGN, self.challenge.extra)

    def admit(
        self, signature: object, keys: Callable[[], ServiceKeys], realms: Container[str | None]
    ) -> tuple[Accept | Deny, ServiceAccount | None]:
        """
        Say what the client's session is, and whose, once the client has answered.

        Raises:
            TokenRejected: It is nobody's.
        """
        account = self.challenge.admit(signature, keys())
        if self.realm not in realms:
            return Deny(ApplicationError.NO_SUCH_REALM, "no such realm"), None
        accepted = Accept(
            realm=self.realm,
            authid=account.name,
            authrole=account.role.value,
            authmethod=CRYPTOSIGN,
            authprovider="function",
            authextra={"user": user_component(account.name), "expires_at": None},
        )
        return accepted, account


def end_former_services(connections: Iterable[Any], keys: ServiceKeys, endings: Endings) -> None:
    """End the connections of service accounts whose key is none of these any more, or stands for something else."""
    for connection in connections:
        account = getattr(connection._session, "account", None)
        if account is not None and account not in keys.accounts:
            endings.end(connection, REVOKED)


def signs_in_by_key(offered: Any, open_ways: Container[str]) -> bool:
    """Whether the first of the ways that HELLO offers, and that is open, is by key."""
    return next((method for method in offered or () if method == CRYPTOSIGN or method in open_ways), None) == CRYPTOSIGN
