"""Procedures as Autobahn calls them: arguments, callers, results and errors."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, FirstError
from twisted.logger import LogLevel, capturedLogs

from components.contract.roles import Role
from components.model.errors import InvalidArgument, Unavailable
from components.wamp.procedures import DETAILS_ARGUMENT, Caller, application_error, endpoint, register_procedures
from router.serializers import client_serializers
from tests.support.recording_session import RecordingSession, call_details

GET_TRADES = "tapecast.market.get_trades"


def get_trades(caller: Caller, venue: str, instrument: str, limit: int = 100) -> dict[str, object]:
    """A handler that tells what reached it."""
    return {"caller": caller, "venue": venue, "instrument": instrument, "limit": limit}


def ask(handler: Any, *args: object, uri: str = GET_TRADES, **kwargs: Any) -> "Deferred[Any]":
    """Call a handler as Autobahn would."""
    return endpoint(uri, handler)(*args, **{DETAILS_ARGUMENT: call_details(uri, Role.TRADER)}, **kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("binance", "BTCUSDT", 5), {}),
        (("binance",), {"instrument": "BTCUSDT", "limit": 5}),
        ((), {"venue": "binance", "instrument": "BTCUSDT", "limit": 5}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_arguments_come_by_name_or_in_order(args: tuple[object, ...], kwargs: dict[str, Any]) -> None:
    """Positional and named arguments reach the handler by the contract's names, and so does the caller."""
    result = await ask(get_trades, *args, **kwargs)

    assert result == {
        "caller": Caller(session_id=7, user_id="u1", role=Role.TRADER),
        "venue": "binance",
        "instrument": "BTCUSDT",
        "limit": 5,
    }


@pytest_twisted.ensureDeferred
async def test_an_argument_with_a_default_may_be_left_out() -> None:
    """A handler's own default counts where the caller says nothing."""
    assert (await ask(get_trades, "binance", "BTCUSDT"))["limit"] == 100


@pytest.mark.parametrize(
    ("args", "kwargs", "field"),
    [
        ((), {"venue": "binance"}, "instrument"),
        (("binance", "BTCUSDT", 5, 6), {}, "args"),
        (("binance", "BTCUSDT"), {"venue": "sim"}, "venue"),
        (("binance", "BTCUSDT"), {"user_id": "u2"}, "user_id"),
        (("binance", "BTCUSDT"), {"x" * 1000: 1}, "x" * 64),
        (("binance", "BTCUSDT"), {"details": 7}, "details"),
        (("binance", "BTCUSDT"), {"correlation_id": 7}, "correlation_id"),
        (("binance", "BTCUSDT"), {"correlation_id": "c" * 129}, "correlation_id"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_wrong_argument_is_named(args: tuple[object, ...], kwargs: dict[str, Any], field: str) -> None:
    """What is missing, too much, unknown or given twice is the caller's fault, and named."""
    with pytest.raises(ApplicationError) as raised:
        await ask(get_trades, *args, **kwargs)

    assert raised.value.error == "tapecast.error.invalid_argument"
    assert raised.value.kwargs["details"] == {"field": field}


@pytest_twisted.ensureDeferred
async def test_a_result_carries_the_callers_correlation_id() -> None:
    """A dict gets the id, any other result stays as it is."""
    told = await ask(get_trades, "binance", "BTCUSDT", correlation_id="c1")
    listed = await ask(lambda _caller: [1, 2], uri="tapecast.market.list_instruments", correlation_id="c1")

    assert told["correlation_id"] == "c1"
    assert listed == [1, 2]


@pytest_twisted.ensureDeferred
async def test_a_handler_knows_the_callers_correlation_id() -> None:
    """What comes of the call can be told by it."""
    result = await ask(get_trades, "binance", "BTCUSDT", correlation_id="c-7")

    assert result["caller"].correlation_id == "c-7"


@pytest_twisted.ensureDeferred
async def test_a_handler_may_take_its_time() -> None:
    """The result of a Deferred is the procedure's result."""
    later: Deferred[str] = Deferred()
    answer = ask(lambda _caller: later, uri="tapecast.session.ping")

    assert not answer.called

    later.callback("done")

    assert await answer == "done"


@pytest_twisted.ensureDeferred
async def test_a_procedure_outside_the_contract_takes_its_handlers_arguments() -> None:
    """Internal procedures are described by their handler alone."""
    assert await ask(lambda _caller, topic: topic, "t", uri="tapecast.market.stream_get") == "t"


@pytest_twisted.ensureDeferred
async def test_a_refusal_keeps_its_code_and_its_words() -> None:
    """What a handler refuses on purpose reaches the caller as a coded error."""

    def refuse(_caller: Caller) -> None:
        raise Unavailable("nothing yet", since=3)

    with pytest.raises(ApplicationError) as raised:
        await ask(refuse, uri="tapecast.market.list_instruments")

    assert raised.value.error == "tapecast.error.unavailable"
    assert raised.value.kwargs == {
        "code": "unavailable",
        "message": "nothing yet",
        "retry": True,
        "details": {"since": 3},
    }


@pytest_twisted.ensureDeferred
async def test_a_coded_error_of_another_component_passes() -> None:
    """An error that comes from a call further in goes on as it is."""
    told = application_error(InvalidArgument.code, "text")

    def forward(_caller: Caller) -> None:
        raise told

    with pytest.raises(ApplicationError) as raised:
        await ask(forward, uri="tapecast.stream.list")

    assert raised.value is told


@pytest_twisted.ensureDeferred
async def test_a_bug_shows_nothing_to_the_caller() -> None:
    """An unexpected exception is logged here, and the caller learns no word of it."""

    def fail(_caller: Caller) -> None:
        raise KeyError("secret")

    with capturedLogs() as logged, pytest.raises(ApplicationError) as raised:
        await ask(fail, uri="tapecast.market.list_instruments")

    assert raised.value.error == "tapecast.error.internal"
    assert "secret" not in str(raised.value.kwargs)
    assert [event["log_level"] for event in logged] == [LogLevel.critical]


@pytest_twisted.ensureDeferred
async def test_handlers_are_registered_under_their_uris() -> None:
    """Once registered, a procedure answers callers."""
    session = RecordingSession()

    await register_procedures(session, {GET_TRADES: get_trades})

    assert set(session.registered) == {GET_TRADES}
    assert (await session.ask(GET_TRADES, "binance", "BTCUSDT"))["limit"] == 100


@pytest_twisted.ensureDeferred
async def test_a_refused_registration_fails_the_whole() -> None:
    """A component never goes on with half of its procedures."""
    session = RecordingSession(refused_procedures={GET_TRADES})

    with pytest.raises(FirstError):
        await register_procedures(session, {"tapecast.market.get_price": get_trades, GET_TRADES: get_trades})


@pytest_twisted.ensureDeferred
async def test_the_recording_session_answers_calls() -> None:
    """A call gives what the test said, and is remembered."""
    session = RecordingSession(results={"a.b": 5})

    assert await session.call("a.b", 1, x=2) == 5
    assert session.calls == [("a.b", (1,), {"x": 2})]


@pytest.mark.parametrize("serializer", client_serializers())
def test_no_client_can_name_the_routers_own_argument(serializer: Any) -> None:
    """The keyword that tells who calls is no text in any serializer, so that none passes it on as an argument."""
    name = {"json": b'"\\udc00details"', "msgpack": b"\xaa\xed\xb0\x80details", "cbor": b"\x6a\xed\xb0\x80details"}
    head = {"json": b'[48,1,{},"a.b",[],{%s:1}]', "msgpack": b"\x96\x30\x01\x80\xa3a.b\x90\x81%s\x01"}
    head["cbor"] = b"\x86\x18\x30\x01\xa0\x63a.b\x80\xa1%s\x01"
    kind = serializer.SERIALIZER_ID
    plain = {"json": b'"details"', "msgpack": b"\xa7details", "cbor": b"\x67details"}

    assert serializer.unserialize(head[kind] % plain[kind], kind != "json")[0].kwargs == {"details": 1}
    with pytest.raises(Exception, match=r"utf|surrogate|decoding text"):
        serializer.unserialize(head[kind] % name[kind], kind != "json")
