"""
Sign-in by a signature: the router challenges, the client signs, and a public key says whether it did.

Source: WAMP specification, "Cryptosign-based Authentication"; RFC 8032 (Ed25519).
"""

import binascii
import hmac
from collections.abc import Mapping

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from auth.service_keys import ServiceAccount, ServiceKeys, parse_public_key
from components.contract.errors import ErrorCode
from components.model.errors import InvalidArgument, TokenRejected

CHALLENGE_BYTES = 32
SIGNATURE_BYTES = 64


@attrs.frozen(kw_only=True)
class KeyChallenge:
    """
    A challenge to one client, for as long as it takes to answer it.

    Sans-I/O. Whether the key is anybody's is not to be seen of it: everybody is challenged.

    Attributes:
        public_key: What the client says that it will sign with.
        challenge: What it is to sign; nobody was ever sent the same.
    """

    public_key: bytes
    challenge: bytes

    @classmethod
    def begin(cls, authextra: Mapping[str, object] | None, challenge: bytes) -> "KeyChallenge":
        """
        Challenge a client.

        Args:
            authextra: What its HELLO says: `pubkey` in hexadecimal, and no `channel_binding`.
            challenge: 32 bytes by chance.

        Raises:
            InvalidArgument: HELLO says something else.
        """
        said = authextra or {}
        if said.get("channel_binding") is not None:
            raise InvalidArgument("authextra.channel_binding", "expected null: a proxy may be in between")
        try:
            return cls(public_key=parse_public_key(said.get("pubkey")), challenge=challenge)
        except ValueError as error:
            raise InvalidArgument("authextra.pubkey", f"expected {error}") from None

    @property
    def extra(self) -> dict[str, object]:
        """What CHALLENGE tells the client."""
        return {"challenge": self.challenge.hex(), "channel_binding": None}

    def admit(self, signature: object, keys: ServiceKeys) -> ServiceAccount:
        """
        Say who has answered.

        Args:
            signature: The answer: signature and what was signed, in hexadecimal.
            keys: Those of now.

        Raises:
            TokenRejected: The key is nobody's, or has not signed this challenge.
        """
        account = keys.find(self.public_key)
        if account is None:
            raise _rejected("the key is of no service account")
        if not self._is_signed_by(signature):
            raise _rejected(f"the key of {account.name} has not signed the challenge")
        return account

    def _is_signed_by(self, answer: object) -> bool:
        if not isinstance(answer, str) or not answer.isascii():
            return False
        try:
            signed = binascii.a2b_hex(answer)
        except binascii.Error:
            return False
        signature, message = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(message, self.challenge):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _rejected(reason: str) -> TokenRejected:
    return TokenRejected(ErrorCode.TOKEN_INVALID, reason)
