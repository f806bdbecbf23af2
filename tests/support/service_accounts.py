"""Service accounts for tests: their key pairs, and the file that lets them in."""

import json
from pathlib import Path

import attrs
from autobahn.wamp.cryptosign import CryptosignKey


@attrs.frozen
class KeyPair:
    """A program's key pair, made of a number."""

    number: int

    @property
    def private_key(self) -> str:
        """In hexadecimal, as clients take it."""
        return bytes([self.number] * 32).hex()

    @property
    def public_key(self) -> str:
        """The same of the other half."""
        public: str = CryptosignKey.from_bytes(bytes([self.number] * 32)).public_key()
        return public

    def account(self, name: str, role: str = "service") -> dict[str, str]:
        """The account that has it."""
        return {"name": name, "role": role, "public_key": self.public_key}

    def sign(self, challenge: str) -> str:
        """The answer to a challenge."""
        signature: bytes = CryptosignKey.from_bytes(bytes([self.number] * 32))._key.sign(bytes.fromhex(challenge))
        return signature.hex()


def write_accounts(path: Path, *accounts: dict[str, str]) -> Path:
    """Write the file, all at once as an operator should."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(accounts))
    new.replace(path)
    return path
