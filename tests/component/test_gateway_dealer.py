"""Calls: who may ask and answer, and that every call is answered once, whoever leaves or gives up."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import MsgPackSerializer
from autobahn.wamp.types import RegisterOptions
from twisted.logger import LogLevel, capturedLogs

from components.contract.roles import Role
from tests.support.procedure_owner import Owner, nothing_is_left
from tests.support.raw_websocket import (
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    GOODBYE,
    HELLO,
    RESULT,
    ROLES,
    TEXT,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import Client, RouterUnderTest, settle, turns

PING, INFO = "tapecast.session.ping", "tapecast.session.info"
GET_PRICE = "tapecast.market.get_price"
REGISTER, REGISTERED, INVOCATION, YIELD, CANCEL = 64, 65, 68, 70, 49


async def refusal_of(client: Client, procedure: str, **arguments: object) -> ApplicationError:
    with pytest.raises(ApplicationError) as raised:
        await client.call(procedure, **arguments)
    return raised.value


@pytest_twisted.ensureDeferred
async def test_the_caller_is_disclosed(router: RouterUnderTest) -> None:
    """A procedure learns session, user and role of its caller from the router, whatever the caller wants."""
    told: list[Any] = []
    options = RegisterOptions(details_arg="details")
    await router.gateway.register(lambda **arguments: told.append(arguments["details"]), PING, options=options)
    alice = await router.join("alice")

    await alice.call(PING)

    assert [(one.caller, one.caller_authid, one.caller_authrole) for one in told] == [
        (alice._session_id, "alice", "trader")
    ]


@pytest.mark.parametrize("user", [None, "alice", "desk", "operator"])
@pytest_twisted.ensureDeferred
async def test_clients_answer_nothing(router: RouterUnderTest, user: str | None) -> None:
    """Nobody but the gateway's own processes registers a procedure, of the contract or not."""
    client = await router.join(user)

    for procedure in (GET_PRICE, "tapecast.mine", "wamp.session.kill"):
        with pytest.raises(ApplicationError) as raised:
            await client.register(lambda: None, procedure)
        assert raised.value.error == "tapecast.error.not_authorized"


@pytest.mark.parametrize(
    ("procedure", "match"),
    [("tapecast.market", "prefix"), ("tapecast.market.", "wildcard"), ("tapecast.mine", "exact"), ("wamp.x", "exact")],
)
@pytest_twisted.ensureDeferred
async def test_procedures_are_those_of_the_contract(router: RouterUnderTest, procedure: str, match: str) -> None:
    """Our own processes register whole procedures that the contract has, and nothing else."""
    with pytest.raises(ApplicationError) as raised:
        await router.gateway.register(lambda: None, procedure, options=RegisterOptions(match=match))

    assert raised.value.error == "tapecast.error.not_authorized"


@pytest_twisted.ensureDeferred
async def test_a_procedure_has_one_owner(router: RouterUnderTest) -> None:
    """A second owner is refused, and the first goes on."""
    process = await router.join("process")
    await router.gateway.register(lambda: "first", PING)

    with pytest.raises(ApplicationError) as raised:
        await process.register(lambda: "second", PING)

    assert raised.value.error == "wamp.error.procedure_already_exists"
    assert await process.call(PING) == "first"


@pytest.mark.parametrize("user", [None, "alice", "operator", "process"])
@pytest_twisted.ensureDeferred
async def test_what_the_contract_lacks_does_not_exist(router: RouterUnderTest, user: str | None) -> None:
    """A procedure that is not of the contract is the same nothing to everyone."""
    error = await refusal_of(await router.join(user), "tapecast.nothing")

    assert error.error == "wamp.error.no_such_procedure"
    assert error.args == ("there is no procedure tapecast.nothing",)


@pytest_twisted.ensureDeferred
async def test_internal_procedures_do_not_exist_for_clients(router: RouterUnderTest) -> None:
    """What our processes say to each other is not there for an operator, registered or not."""
    await router.gateway.register(lambda: None, "tapecast.node.report")

    error = await refusal_of(await router.join("operator"), "tapecast.node.report")

    assert error.error == "wamp.error.no_such_procedure"


@pytest_twisted.ensureDeferred
async def test_our_processes_learn_that_one_of_them_is_away(router: RouterUnderTest) -> None:
    """An internal procedure that nobody answers yet is WAMP's own error: whoever forwards turns it into ours."""
    error = await refusal_of(router.gateway, "tapecast.market.stream_get", topic="tapecast.price.BTCUSDT")

    assert error.error == "wamp.error.no_such_procedure"


@pytest_twisted.ensureDeferred
async def test_a_procedure_without_its_owner_is_unavailable(router: RouterUnderTest) -> None:
    """A procedure of the contract that nobody answers now is worth another try, and says so."""
    error = await refusal_of(await router.join(), GET_PRICE, instrument="BTCUSDT")

    assert error.error == "tapecast.error.unavailable"
    assert error.kwargs == {
        "code": "unavailable",
        "message": f"{GET_PRICE}: its owner is away; try again",
        "retry": True,
        "details": {},
    }


@pytest_twisted.ensureDeferred
async def test_an_owner_that_leaves_leaves_unavailable_behind(router: RouterUnderTest) -> None:
    """Every call in the hands of a process that dies, of whomever, is answered once, and nothing is left of it."""
    process = await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    callers = [await router.join() for _ in range(3)]
    answers = [client.call(GET_PRICE) for client in callers for _ in range(4)]
    answers += [process.call(GET_PRICE)]
    await owner.has(13)

    process._transport.transport.abortConnection()
    errors = []
    for answer in answers[:12]:
        with pytest.raises(ApplicationError) as raised:
            await answer
        errors.append(raised.value.error)

    assert errors == ["tapecast.error.unavailable"] * 12
    assert nothing_is_left(router)
    assert (await refusal_of(callers[0], GET_PRICE)).error == "tapecast.error.unavailable"
    answers[-1].addErrback(lambda _failure: None)


@pytest_twisted.ensureDeferred
async def test_a_caller_that_leaves_leaves_nothing_behind(router: RouterUnderTest) -> None:
    """The owner of a call whose caller is gone keeps its session, and its late answer harms nobody."""
    process = await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    caller, other = await router.join(), await router.join()
    caller.call(GET_PRICE).addErrback(lambda _failure: None)
    await owner.has(1)
    answer = other.call(GET_PRICE)
    await owner.has(2)

    with capturedLogs() as events:
        caller._transport.transport.abortConnection()
        await caller.lost
        await settle(process)
        owner.calls[0].callback("too late")
        owner.calls[1].callback("in time")
        assert await answer == "in time"

    assert nothing_is_left(router)
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest_twisted.ensureDeferred
async def test_a_caller_may_leave_while_the_worker_itself_answers(router: RouterUnderTest) -> None:
    """Also where a session inside the router has the call in its hands, the caller is forgotten."""
    owner = Owner()
    await router.gateway.register(owner, PING)
    caller = await router.join()
    caller.call(PING).addErrback(lambda _failure: None)
    await owner.has(1)
    before = len(router.router._session_id_to_session)

    with capturedLogs() as events:
        caller._transport.transport.abortConnection()
        await caller.lost
        await turns()
        owner.calls[0].callback("too late")

    assert len(router.router._session_id_to_session) == before - 1
    assert nothing_is_left(router)
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest_twisted.ensureDeferred
async def test_a_session_that_calls_itself_may_leave(router: RouterUnderTest) -> None:
    """A process that dies with a call of its own in its hands is forgotten like any other."""
    process = await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    process.call(GET_PRICE).addErrback(lambda _failure: None)
    await owner.has(1)

    process._transport.transport.abortConnection()
    await process.lost
    await turns()

    assert nothing_is_left(router)


@pytest_twisted.ensureDeferred
async def test_nothing_follows_a_goodbye(router: RouterUnderTest) -> None:
    """A process that leaves in order with a call of its own in its hands hears no more of that call."""
    process = await RawWebSocket.open(router.port)
    hello: list[Any] = [HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "process"}]
    process.send(*hello)
    assert (await process.message())[0] == CHALLENGE
    process.send(AUTHENTICATE, "process", {})
    assert (await process.message())[0] == WELCOME
    process.send(REGISTER, 1, {}, GET_PRICE)
    assert (await process.message())[0] == REGISTERED
    process.send(CALL, 2, {}, GET_PRICE)
    assert (await process.message())[0] == INVOCATION

    process.send(GOODBYE, {}, "wamp.close.normal")
    process.send(*hello)

    assert (await process.message())[0] == GOODBYE
    assert (await process.message())[0] == CHALLENGE
    assert nothing_is_left(router)
    await process.end()


@pytest.mark.parametrize("mode", ["skip", "kill", "killnowait", None])
@pytest.mark.parametrize("is_embedded", [False, True])
@pytest_twisted.ensureDeferred
async def test_a_cancelled_call_is_answered_once(
    router: RouterUnderTest,
    mode: str | None,
    is_embedded: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    """Whoever gives a call up gets one ERROR, in every mode, and the owner's answer goes nowhere."""
    process = router.gateway if is_embedded else await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": {"caller": {"features": {"call_canceling": True}}}})
    assert (await client.message())[0] == WELCOME
    client.send(CALL, 1, {}, GET_PRICE)
    await owner.has(1)

    client.send(CANCEL, 1, {"mode": mode} if mode else {})
    client.send(CANCEL, 1, {})
    error = await client.message()
    owner.calls[0].callback("late")
    await settle(process)
    client.send(CALL, 2, {}, "tapecast.nothing")

    assert error[:3] + error[4:5] == [ERROR, CALL, 1, "wamp.error.canceled"]
    assert (await client.message())[2] == 2
    assert nothing_is_left(router)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_cancelled_call_is_not_answered_again_by_its_owners_end(router: RouterUnderTest) -> None:
    """A call that was given up is over for the caller, also when the owner dies before it has answered."""
    process = await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    client = await RawWebSocket.join(router.port)
    client.send(CALL, 1, {}, GET_PRICE)
    await owner.has(1)
    client.send(CANCEL, 1, {"mode": "skip"})
    assert (await client.message())[2] == 1

    process._transport.transport.abortConnection()
    await process.lost
    await turns()
    client.send(CALL, 2, {}, "tapecast.nothing")

    assert (await client.message())[2] == 2
    assert nothing_is_left(router)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_the_worker_itself_may_take_a_question_back(router: RouterUnderTest) -> None:
    """A call of a session inside the router that is cancelled, as for an HTTP client that goes, leaves no error."""
    process = await router.join("process")
    owner = Owner()
    await process.register(owner, GET_PRICE)
    price = router.gateway.call(GET_PRICE)
    await owner.has(1)

    with capturedLogs() as events:
        price.cancel()
        with pytest.raises(ApplicationError, match=r"wamp\.error\.canceled"):
            await price
        owner.calls[0].callback("late")
        await settle(process)

    assert nothing_is_left(router)
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest.mark.parametrize("user", [None, "operator"])
@pytest_twisted.ensureDeferred
async def test_nobody_learns_who_answered(router: RouterUnderTest, user: str | None) -> None:
    """A result or error, of whomever asked for, has no detail of the session that gave it."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client = await RawWebSocket.open(router.port)
    client.send(
        HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": user} if user else {"roles": ROLES}
    )
    if user:
        assert (await client.message())[0] == CHALLENGE
        client.send(AUTHENTICATE, user, {})
    assert (await client.message())[0] == WELCOME
    client.send(CALL, 1, {}, GET_PRICE)
    client.send(CALL, 2, {}, GET_PRICE)
    await owner.has(2)

    owner.calls[0].callback("price")
    owner.calls[1].errback(ApplicationError("tapecast.error.unavailable", "away"))

    assert await client.message() == [RESULT, 1, {}, ["price"]]
    assert await client.message() == [ERROR, CALL, 2, {}, "tapecast.error.unavailable", ["away"]]
    assert nothing_is_left(router)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_payload_that_cannot_be_read_is_refused(router: RouterUnderTest) -> None:
    """A CALL with payload transparency reaches no owner, which could not read it."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client = await RawWebSocket.join(router.port)

    client.send(CALL, 1, {"enc_algo": "cryptobox"}, GET_PRICE, "\0AAEC")

    error = await client.message()
    assert error[4] == "tapecast.error.invalid_argument"
    assert error[6]["details"] == {"field": "payload"}
    assert not owner.calls
    assert nothing_is_left(router)
    await client.end()


@pytest.mark.parametrize(
    ("procedure", "args", "kwargs"),
    [
        ("wamp.session.get", (), {}),
        ("wamp.session.get", (1, 2, 3), {}),
        ("wamp.session.get", ([],), {}),
        ("wamp.session.list", (), {"nothing": 1}),
        ("wamp.session.count", (7,), {}),
        ("wamp.subscription.lookup", (7,), {}),
        ("wamp.registration.match", ({},), {}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_wrong_arguments_to_crossbars_own_procedures_are_the_callers_fault(
    router: RouterUnderTest, procedure: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """What Python says about them is not told: it knows files and lines of the gateway."""
    operator = await router.join("operator")

    with pytest.raises(ApplicationError) as raised:
        await operator.call(procedure, *args, **kwargs)

    assert raised.value.error == "tapecast.error.invalid_argument"
    assert raised.value.args == ()
    assert raised.value.kwargs["message"] == "args: these are not the arguments of the procedure"


@pytest.mark.parametrize("answer", [[YIELD, 1, {}, ["forged"]], [ERROR, INVOCATION, 1, {}, "tapecast.error.halted"]])
@pytest_twisted.ensureDeferred
async def test_nobody_answers_for_another(router: RouterUnderTest, answer: list[Any]) -> None:
    """Invocations are numbered for all to guess; whoever answers one that is not his is closed."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client, forger = await router.join(), await RawWebSocket.join(router.port)
    price = client.call(GET_PRICE)
    await owner.has(1)
    (invocation,) = router.router._dealer._invocations
    answer[answer.index(1)] = invocation

    forger.send(*answer)

    assert (await forger.message())[0] == GOODBYE
    owner.calls[0].callback("genuine")
    assert await price == "genuine"
    await forger.end()


@pytest_twisted.ensureDeferred
async def test_an_answer_to_nothing_is_passed_over(router: RouterUnderTest) -> None:
    """An answer can cross its caller's leaving on the way, so one to no call is no breach."""
    client = await RawWebSocket.join(router.port)

    client.send(YIELD, 10_000, {}, ["late"])
    client.send(ERROR, INVOCATION, 10_000, {}, "tapecast.error.halted")
    client.send(CANCEL, 10_000, {})
    client.send(CALL, 1, {}, "tapecast.nothing")

    assert (await client.message())[:3] == [ERROR, CALL, 1]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_number_is_used_for_one_call_at_a_time(router: RouterUnderTest) -> None:
    """A second call of the same number while the first waits breaks the protocol, and leaves nothing behind."""
    owner = Owner()
    await router.gateway.register(owner, GET_PRICE)
    client = await RawWebSocket.join(router.port)
    before = len(router.router._session_id_to_session)
    client.send(CALL, 1, {}, GET_PRICE)
    await owner.has(1)

    client.send(CALL, 1, {}, GET_PRICE)

    assert (await client.message())[0] == GOODBYE
    await client.end()
    await turns()
    assert nothing_is_left(router)
    assert len(router.router._session_id_to_session) == before - 1


@pytest_twisted.ensureDeferred
async def test_arguments_that_cannot_be_passed_on_are_the_callers_fault(router: RouterUnderTest) -> None:
    """A number that JSON has and the owner's MessagePack has not is answered, not lost with the call."""
    owner = await router.join("process", serializers=[MsgPackSerializer()])
    await owner.register(lambda **_arguments: "price", GET_PRICE)
    client = await RawWebSocket.join(router.port)

    with capturedLogs() as events:
        client.send_frame(TEXT, b'[48,1,{},"%s",[],{"instrument":%d}]' % (GET_PRICE.encode(), 2**70))
        error = await client.message()
    client.send(CALL, 2, {}, GET_PRICE)

    assert error[:3] + error[4:5] == [ERROR, CALL, 1, "tapecast.error.invalid_argument"]
    assert error[6]["details"] == {"field": "args"}
    assert (await client.message())[:2] == [RESULT, 2]
    assert nothing_is_left(router)
    assert not [event for event in events if event["log_level"] >= LogLevel.error]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_an_error_that_cannot_be_written_is_an_error(router: RouterUnderTest) -> None:
    """Where an owner's error itself has no form for the caller, the caller still gets one."""

    def fail(**_arguments: object) -> None:
        raise ApplicationError("tapecast.error.halted", details={1.5, 2.5})

    await router.gateway.register(fail, GET_PRICE)
    client = await RawWebSocket.join(router.port)

    client.send(CALL, 1, {}, GET_PRICE)

    error = await client.message()
    assert error[:3] + error[4:5] == [ERROR, CALL, 1, "tapecast.error.internal"]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_another_trusted_session_is_not_crossbars_own(router: RouterUnderTest) -> None:
    """What Crossbar's own session may is not for a session that has only the name of its role."""
    stranger = router.embed("trusted")

    for action in (
        lambda: stranger.call("wamp.session.list"),
        lambda: stranger.register(lambda: None, PING),
        lambda: stranger.subscribe(lambda: None, "tapecast.price.BTCUSDT"),
    ):
        with pytest.raises(ApplicationError) as raised:
            await action()
        assert raised.value.error == "tapecast.error.not_authorized"


@pytest.mark.parametrize(("user", "is_told"), [("operator", True), ("process", True), ("desk", False), (None, False)])
@pytest_twisted.ensureDeferred
async def test_sessions_are_told_to_operators_without_headers(
    router: RouterUnderTest,
    user: str | None,
    is_told: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    """An operator sees who is there, without the headers of the connection; to others there is nothing to see."""
    alice, client = await router.join("alice"), await router.join(user)

    if not is_told:
        assert (await refusal_of(client, "wamp.session.count")).error == "wamp.error.no_such_procedure"
        return
    details = await client.call("wamp.session.get", alice._session_id)

    assert details["authid"] == "alice"
    assert "x-secret" not in str(details).lower()
    assert "x_cb" not in str(details)
    assert await client.call("wamp.session.count") == 3


@pytest_twisted.ensureDeferred
async def test_operators_end_no_session_by_themselves(router: RouterUnderTest) -> None:
    """Ending sessions is for the gateway's own processes; who is ended goes, though he does not answer."""
    operator = await router.join("operator")
    client = await RawWebSocket.join(router.port)
    (session,) = router.router._authrole_to_sessions["public"]

    error = await refusal_of(operator, "wamp.session.kill", session=session._session_id)
    await router.gateway.call("wamp.session.kill", session._session_id, reason="tapecast.close.kicked")

    assert error.error == "wamp.error.no_such_procedure"
    assert (await client.message())[::2] == [GOODBYE, "tapecast.close.kicked"]
    await client.end()


def test_the_roles_of_the_contract_are_all() -> None:
    """The tests above speak of every role that a session can have but two, which the permission table covers."""
    assert set(Role) - {Role.SERVICE, Role.ISSUER} == {"public", "trader", "risk", "admin", "gateway"}
