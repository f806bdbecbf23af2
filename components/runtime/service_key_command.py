"""`tapecast service-key`: a key pair for a program, with the line that lets it in."""

import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth.service_keys import parse_service_keys
from components.model.errors import ConfigError


def make_service_key(name: str, role: str, path: Path) -> str:
    """
    Make a key pair.

    Args:
        name: What the program is called.
        role: What it may do.
        path: Where the private key goes: 64 hexadecimal digits, for its owner alone. It must not be there yet.

    Returns:
        The account with the public key, as an element of the file of service accounts.

    Raises:
        ConfigError: No account can be called so, or the private key cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    account = {"name": name, "role": role, "public_key": key.public_key().public_bytes_raw().hex()}
    parse_service_keys(json.dumps([account]).encode())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{key.private_bytes_raw().hex()}\n")
    except OSError as error:
        raise ConfigError(f"{path}: the private key cannot be written: {error.strerror}") from None
    return json.dumps(account)
