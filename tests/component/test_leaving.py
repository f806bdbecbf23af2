"""How a component leaves the realm: every caller gets an answer, of this or of another kind."""

from typing import Any

import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred

from components.wamp.leaving import answer_open_calls
from components.wamp.procedures import Caller, register_procedures
from tests.support.routers import Client, RouterUnderTest, turns

GET_PRICE = "tapecast.market.get_price"


async def refusal_of(client: Client) -> ApplicationError:
    """The first error that a caller gets; calls go one behind the other."""
    while True:
        try:
            await client.call(GET_PRICE, instrument="ETHUSDT")
        except ApplicationError as error:
            return error


@pytest_twisted.ensureDeferred
async def test_open_calls_are_answered_and_new_ones_refused(router: RouterUnderTest) -> None:
    """Who has asked gets the result, however long it takes; who asks now hears that the owner is away."""
    price: Deferred[str] = Deferred()
    answering: Deferred[None] = Deferred()

    async def get_price(_caller: Caller, instrument: str) -> str:
        if instrument == "ETHUSDT":
            return "at once"
        answering.callback(None)
        return await price

    process, client = await router.join("process"), await router.join()
    await register_procedures(process, {GET_PRICE: get_price})
    open_call = client.call(GET_PRICE, instrument="BTCUSDT")
    await answering

    answered = Deferred.fromCoroutine(answer_open_calls(process))
    refusal = await refusal_of(client)
    was_answered = answered.called
    price.callback("61000")
    await answered

    assert refusal.error == "tapecast.error.unavailable"
    assert not was_answered
    assert await open_call == "61000"


@pytest_twisted.ensureDeferred
async def test_who_has_nothing_to_answer_may_leave_at_once(router: RouterUnderTest) -> None:
    """A session without procedures waits for nobody."""
    process: Any = await router.join("process")

    await answer_open_calls(process)
    await turns()

    assert process.is_attached()
