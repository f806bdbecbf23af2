"""Whatever a client sends, the router goes on, and nothing is left of it: no traceback, no connection that hangs."""

from collections.abc import AsyncIterator
from random import Random

import pytest_twisted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzz_inputs import fuzzed
from tests.support.fuzzed_router import FuzzedRouter, fuzzed_router

CHANCES = st.randoms(use_true_random=False)
ONE_ROUTER_FOR_ALL = settings(
    max_examples=300,
    deadline=None,
    # That the router is as before is what each input ends with.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SEEDED_INPUTS = 2000


@pytest_twisted.async_yield_fixture
async def router() -> AsyncIterator[FuzzedRouter]:
    """A router for all inputs of a test."""
    async with fuzzed_router() as running_router:
        yield running_router


@ONE_ROUTER_FOR_ALL
@given(chance=CHANCES)
def test_conversations_over_websocket(router: FuzzedRouter, chance: Random) -> None:
    """What real clients say, distorted in whatever way, is answered or ends the connection."""
    router.try_websocket(chance, fuzzed(chance, router.websockets))


@ONE_ROUTER_FOR_ALL
@given(chance=CHANCES)
def test_conversations_over_rawsocket(router: FuzzedRouter, chance: Random) -> None:
    """The same of the gateway's own processes."""
    router.try_rawsocket(chance, fuzzed(chance, router.rawsockets))


@ONE_ROUTER_FOR_ALL
@given(data=st.binary(), chance=CHANCES)
def test_any_bytes(router: FuzzedRouter, data: bytes, chance: Random) -> None:
    """Arbitrary bytes, before an opening handshake and behind one."""
    router.try_websocket(chance, [data])
    router.try_websocket(chance, [router.websockets[0].opening, data])
    router.try_rawsocket(chance, [data])
    router.try_rawsocket(chance, [router.rawsockets[0].opening, data])


def test_many_conversations(router: FuzzedRouter) -> None:
    """A few thousand more, by seeds: the one that fails is in the message."""
    for seed in range(SEEDED_INPUTS):
        chance = Random(seed)
        try:
            router.try_websocket(chance, fuzzed(chance, router.websockets))
            router.try_rawsocket(chance, fuzzed(chance, router.rawsockets))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
