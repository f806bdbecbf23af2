"""A hundred thousand clients that send anything: the router goes on, and is no larger at the end."""

import gc
import sys
import time
from random import Random

import pytest
import pytest_twisted

from router.limit_settings import LimitSettings
from router.limits import UNLIMITED, Limits
from tests.support.faults import no_faults
from tests.support.fuzz_conversations import PROCEDURE, TOPIC, compressed, record_websockets
from tests.support.fuzz_inputs import fuzzed
from tests.support.fuzz_sockets import send_all
from tests.support.fuzzed_router import FuzzedRouter, fuzzed_router, held_by
from tests.support.routers import OURS, running

SEEDS = 24_000
"""For each table of limits; each seed is an input over WebSocket and another over RawSocket."""

WARM_UP_SEEDS = 6000
MAX_GROWTH_BLOCKS = SEEDS // 10
"""Of memory: caches fill, and no more; one block for every twentieth input would be a leak."""

BATCHES, BATCH = 40, 125
"""Of inputs over sockets."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("limits", [UNLIMITED, Limits()], ids=["unlimited", "limited"])
@pytest_twisted.ensureDeferred
async def test_no_input_harms_the_router(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is answered or ends its connection, leaves nothing in the router, and together they take no memory."""
    async with fuzzed_router(limits=LimitSettings(limits=limits)) as router:
        # Rates forget a session when its time is over: by the clock that all else goes by.
        monkeypatch.setattr(time, "monotonic_ns", router.router.factory.turn.clock_ns)
        try_seeds(router, range(WARM_UP_SEEDS))
        gc.collect()
        blocks = sys.getallocatedblocks()

        try_seeds(router, range(WARM_UP_SEEDS, SEEDS))

        gc.collect()
        assert sys.getallocatedblocks() - blocks < MAX_GROWTH_BLOCKS


def try_seeds(router: FuzzedRouter, seeds: range) -> None:
    for seed in seeds:
        chance = Random(seed)
        try:
            router.try_websocket(chance, fuzzed(chance, router.websockets))
            router.try_rawsocket(chance, fuzzed(chance, router.rawsockets))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


@pytest.mark.timeout(3600)
@pytest_twisted.ensureDeferred
async def test_no_input_over_a_socket_harms_the_others() -> None:
    """However its neighbours' connections end, a client gets its events and its answers."""
    async with running(OURS, options={"compression": {"deflate": {}}}) as router:
        await router.gateway.register(lambda value: value, PROCEDURE)
        conversations = await record_websockets(router)
        conversations += [compressed(conversation) for conversation in conversations]
        witness = await router.join()
        await witness.follow(TOPIC)
        held = held_by(router)

        with no_faults():
            for batch in range(BATCHES):
                inputs = [fuzzed(Random(batch * BATCH + number), conversations) for number in range(BATCH)]
                await send_all(router.port, inputs)
                router.gateway.publish(TOPIC, seq=batch)
                assert await witness.call(PROCEDURE, batch) == batch

        assert held_by(router) == held
        assert [event[2] for event in witness.events] == [{"seq": batch} for batch in range(BATCHES)]
