"""A platform's endpoint of users on this machine: it says who may come in, and misbehaves when told to."""

import json
from typing import Any

from tests.support.certificates import CertificateFiles
from tests.support.keys_server import KeysServer

UNKNOWN = {"active": False, "reason": "nobody of that name"}


class UsersServer(KeysServer):
    """
    Answers with a standing for each user. What it does is changed by its attributes at any time.

    Attributes:
        standings: What it says, by the user as one URI component.
        document: What it says of everybody instead; empty for that.
    """

    def __init__(self, reactor: Any, *, port: int = 0, certificate: CertificateFiles | None = None) -> None:
        super().__init__(reactor, b"", port=port, certificate=certificate)
        self.standings: dict[str, dict[str, object]] = {}

    @property
    def url(self) -> str:
        """Where users are."""
        return f"{self._authority}:{self.port}/v1/users"

    @property
    def asked_about(self) -> list[str]:
        """The users of all requests, in order."""
        return [path.removeprefix("/v1/users/") for path, _ in self.requests]

    def document_of(self, request: Any) -> bytes:
        """What it says of the user of a request."""
        user = request.uri.decode().rpartition("/")[2]
        return self.document or json.dumps(self.standings.get(user, UNKNOWN)).encode()
