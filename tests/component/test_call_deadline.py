"""How long a call may take: the gateway's own deadline, and no other."""

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions
from twisted.internet.task import Clock

from router.dealer import CALL_DEADLINE_S
from tests.support.procedure_owner import Owner, nothing_is_left
from tests.support.routers import RouterUnderTest, settle

GET_PRICE = "tapecast.market.get_price"


@pytest_twisted.ensureDeferred
async def test_a_timeout_of_the_client_is_not_ours(router: RouterUnderTest) -> None:
    """The router announces no call timeouts, and does not begin one that it would count in seconds."""
    owner = Owner()
    clock = router.router._dealer._reactor = Clock()
    await router.gateway.register(owner, GET_PRICE)
    client = await router.join()

    price = client.call(GET_PRICE, options=CallOptions(timeout=1))
    await owner.has(1)
    clock.advance(CALL_DEADLINE_S / 2)

    owner.calls[0].callback("price")
    assert await price == "price"


@pytest_twisted.ensureDeferred
async def test_an_owner_that_hangs_is_away_before_long(router: RouterUnderTest) -> None:
    """A call that its owner does not answer ends as `unavailable`; a late answer goes nowhere, and nothing is left."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client = await router.join()
    clock = router.router._dealer._reactor = Clock()
    price = client.call(GET_PRICE)
    await owner.has(1)

    clock.advance(CALL_DEADLINE_S)
    with pytest.raises(ApplicationError) as raised:
        await price
    owner.calls[0].callback("late")
    await settle(client)

    assert raised.value.error == "tapecast.error.unavailable"
    assert nothing_is_left(router)
    assert clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_an_answered_call_leaves_no_deadline(router: RouterUnderTest) -> None:
    """Nothing waits for a call that is over."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client = await router.join()
    clock = router.router._dealer._reactor = Clock()
    price = client.call(GET_PRICE)
    await owner.has(1)

    owner.calls[0].callback("price")

    assert await price == "price"
    assert clock.getDelayedCalls() == []
