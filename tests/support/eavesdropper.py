"""An operator's session that follows everything there is, asks everything that can be asked, and keeps every frame."""

import json
from typing import Any

from auth.meta_api import META_EVENTS, META_QUERIES
from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES
from tests.support.raw_websocket import (
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    EVENT,
    HELLO,
    RESULT,
    ROLES,
    SUBSCRIBE,
    SUBSCRIBED,
    WELCOME,
    RawWebSocket,
)

HEARTBEAT = "tapecast.system.heartbeat"
ASKED_BY_NUMBER = ("wamp.session.get", "tapecast.admin.sessions.get")


class Eavesdropper:
    """
    One session of role `admin`.

    Attributes:
        heard: Every frame that has come, as text.
        followed: What it follows: topics and wildcards.
    """

    def __init__(self, socket: RawWebSocket) -> None:
        self.heard: list[str] = []
        self.followed: dict[int, str] = {}
        self._socket = socket
        self._requests = 0

    @classmethod
    async def join(cls, port: int, token: str) -> "Eavesdropper":
        """Sign in by ticket, and follow every topic that the role may."""
        socket = await RawWebSocket.open(port, path="/ws")
        one = cls(socket)
        socket.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"]})
        assert (await one.hear())[0] == CHALLENGE
        socket.send(AUTHENTICATE, token, {})
        assert (await one.hear())[0] == WELCOME
        for uri in META_EVENTS:
            await one._follow(uri, "exact")
        for family in TOPIC_FAMILIES:
            words = ["" if word.startswith("{") else word for word in family.components]
            await one._follow(".".join(words), "wildcard" if "" in words else "exact")
        return one

    async def hear(self) -> list[Any]:
        """The next message."""
        message = await self._socket.message()
        self.heard.append(json.dumps(message, ensure_ascii=False))
        return message

    async def listen_on(self, beats: int) -> None:
        """Keep what comes until the gateway's heart has beaten so often."""
        while beats:
            message = await self.hear()
            beats -= message[0] == EVENT and self.followed.get(message[1]) == HEARTBEAT

    async def ask_everything(self) -> None:
        """Call whatever an operator may call, with nothing or with the number of each session."""
        sessions = await self._call("wamp.session.list")
        for procedure in (*META_QUERIES, *(one.uri for one in PROCEDURES if Role.ADMIN in one.callers.any_of)):
            if procedure in ASKED_BY_NUMBER:
                for session in sessions:
                    await self._call(procedure, session)
            else:
                await self._call(procedure)

    async def leave(self) -> None:
        """Go away."""
        await self._socket.end()

    async def _follow(self, uri: str, match: str) -> None:
        message = await self._answer_to(SUBSCRIBE, {"match": match}, uri)
        if message[0] == SUBSCRIBED:
            self.followed[message[2]] = uri

    async def _call(self, procedure: str, *arguments: object) -> Any:
        message = await self._answer_to(CALL, {}, procedure, list(arguments))
        return message[3][0] if message[0] == RESULT and len(message) > 3 else []

    async def _answer_to(self, kind: int, *rest: object) -> list[Any]:
        self._requests += 1
        self._socket.send(kind, self._requests, *rest)
        while True:
            message = await self.hear()
            if message[0] in (SUBSCRIBED, RESULT) and message[1] == self._requests:
                return message
            if message[0] == ERROR and message[2] == self._requests:
                return message
