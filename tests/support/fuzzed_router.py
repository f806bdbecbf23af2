"""A router to which anything may be sent, and that has to be as before when the sender is gone."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from random import Random
from typing import Any

from autobahn.wamp.types import SubscribeOptions
from twisted.internet.task import Clock

from router.rawsocket import GatewayRawSocketFactory
from tests.support.faults import Faults, no_faults
from tests.support.fuzz_conversations import (
    PREFIX,
    PROCEDURE,
    TOPIC,
    Conversation,
    compressed,
    record_rawsockets,
    record_websockets,
)
from tests.support.fuzz_inputs import ENCODERS
from tests.support.memory_transport import MemoryPeer, live_by
from tests.support.raw_websocket import CALL
from tests.support.routers import OURS, RouterUnderTest, running
from tests.support.websocket_frames import BINARY, PING, PONG, TEXT, client_frame, server_frames

PROCESSES = {"anonymous": {"type": "static", "role": "gateway"}}
LONGEST_LIFE_S = 20
"""How long a connection may live whose client says nothing: until it should have joined, or answered a ping."""

LAST_REQUEST = 2**53 - 7
MARK = b"still there"


@asynccontextmanager
async def fuzzed_router(**arguments: Any) -> AsyncIterator["FuzzedRouter"]:
    """A router of ours, which has had real clients, on the clock of the test."""
    async with running(OURS, options={"compression": {"deflate": {}}}, **arguments) as router:
        await router.gateway.register(lambda value=None: value, PROCEDURE)
        # While somebody holds them, these subscriptions keep their ids, and what was recorded means something again.
        for topic, match in ((TOPIC, "exact"), (PREFIX, "prefix")):
            await router.gateway.subscribe(lambda *_args, **_kwargs: None, topic, SubscribeOptions(match=match))
        processes = GatewayRawSocketFactory(router._sessions, {"auth": PROCESSES})
        websockets = await record_websockets(router)
        conversations = [*websockets, *map(compressed, websockets), *await record_rawsockets(processes)]
        with no_faults() as faults:
            yield FuzzedRouter(router, processes, conversations, faults)


def held_by(router: RouterUnderTest) -> dict[str, int]:
    """How much of each kind a router holds for its sessions."""
    broker, dealer = router.router._broker, router.router._dealer
    kept = {
        "connections": router.factory.connections,
        "sessions": router.router._session_id_to_session,
        "users": list(chain(*router.router._authid_to_sessions.values())),
        "roles": list(chain(*router.router._authrole_to_sessions.values())),
        "subscribers": broker._session_to_subscriptions,
        "subscriptions": broker._subscription_map._observation_id_to_observation,
        "owners": dealer._session_to_registrations,
        "registrations": dealer._registration_map._observation_id_to_observation,
        "invocations": dealer._invocations,
        "calls": dealer._invocations_by_call,
    }
    return {name: len(things) for name, things in kept.items()}


class FuzzedRouter:
    """
    A router without sockets, and what it holds for nobody.

    Attributes:
        router: It.
        websockets: What real clients said to it over WebSocket.
        rawsockets: What the gateway's own processes said over RawSocket.
    """

    def __init__(
        self, router: RouterUnderTest, processes: Any, conversations: Sequence[Conversation], faults: Faults
    ) -> None:
        self.router = router
        self.websockets = [one for one in conversations if one.is_websocket]
        self.rawsockets = [one for one in conversations if not one.is_websocket]
        self._faults = faults
        self._processes = processes
        self._clock = Clock()
        live_by(router, self._clock)
        self._held_by_nobody = self.held()

    def held(self) -> dict[str, int]:
        """How much of each kind the router holds."""
        return {**held_by(self.router), "timers": len(self._clock.getDelayedCalls())}

    def try_websocket(self, chance: Random, pieces: Sequence[bytes]) -> None:
        """Let a client send something over WebSocket: it is answered or closed, and gone once it says no more."""
        peer = self._send(self.router.websocket_factory, chance, pieces)
        protocol = peer.protocol
        assert b"HTTP/1.1 500" not in peer.transport.sent
        if protocol.state == protocol.STATE_OPEN and protocol.current_frame is None and not protocol.data:
            self._ask(peer)
        for _ in range(LONGEST_LIFE_S):
            self._clock.advance(1)
        assert peer.transport.is_lost
        self._check()

    def try_rawsocket(self, chance: Random, pieces: Sequence[bytes]) -> None:
        """Let a process send something over RawSocket: it is answered or cut off."""
        peer = self._send(self._processes, chance, pieces)
        session = peer.protocol._session
        if peer.transport.is_reading and not peer.protocol._unprocessed and session is not None and session._session_id:
            payload = self._call(peer)
            peer.received()
            peer.send(len(payload).to_bytes(4, "big") + payload)
            assert peer.received() or peer.transport.is_lost
        peer.leave()
        self._check()

    def _send(self, factory: Any, chance: Random, pieces: Sequence[bytes]) -> MemoryPeer:
        # Hypothesis gives up an input that has drawn too much, which must not be in the middle of a connection.
        own_chance = Random(chance.getrandbits(32))
        # Hypothesis begins every input with the same global chance, which gives sessions and registrations their ids.
        random.seed()
        peer = MemoryPeer(factory, self._clock)
        for piece in pieces:
            peer.send(piece)
            if own_chance.random() < 0.1:
                peer.transport.peer_reads = False
                self.router.gateway.publish(TOPIC, seq=own_chance.choice((1, float("nan"), "x" * 5000)))
            elif not peer.transport.peer_reads and own_chance.random() < 0.3:
                peer.transport.read()
        peer.transport.read()
        self._clock.advance(0)
        return peer

    def _ask(self, peer: MemoryPeer) -> None:
        protocol = peer.protocol
        has_joined = protocol._session._session_id is not None
        is_text = not protocol._serializer._serializer.BINARY
        call = client_frame(TEXT if is_text else BINARY, self._call(peer)) if has_joined else b""
        is_inside = protocol.inside_message
        peer.received()
        peer.send(client_frame(PING, MARK) + (b"" if is_inside else call))
        opcodes = [opcode for opcode, payload in server_frames(peer.received()) if opcode != PONG or payload == MARK]
        assert PONG in opcodes
        assert is_inside or not has_joined or len(opcodes) > 1

    def _call(self, peer: MemoryPeer) -> bytes:
        return ENCODERS[peer.protocol._serializer.SERIALIZER_ID]([CALL, LAST_REQUEST, {}, PROCEDURE])

    def _check(self) -> None:
        assert not self._faults.events, self._faults.events
        assert self.router.websocket_factory.countConnections == 0
        left = {name: count - self._held_by_nobody[name] for name, count in self.held().items()}
        assert not any(left.values()), left
