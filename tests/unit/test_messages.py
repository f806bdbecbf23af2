"""Messages as they come in are what Autobahn makes of them, the short way and the long one."""

from typing import Any

import pytest
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from hypothesis import given
from hypothesis import strategies as st

from router.messages import LARGEST_ID, PlainPublish, PlainResult, read_message
from router.serializers import FastJsonObjectSerializer

TOPIC = "tapecast.price.BTCUSDT"
ATTRIBUTES = (
    "request",
    "topic",
    "args",
    "kwargs",
    "payload",
    "acknowledge",
    "exclude_me",
    "exclude",
    "exclude_authid",
    "exclude_authrole",
    "eligible",
    "eligible_authid",
    "eligible_authrole",
    "retain",
    "forward_for",
)
"""What the broker looks at."""

numbers = st.integers(-(2**70), 2**70) | st.floats()
scalars = st.none() | st.booleans() | numbers | st.text(max_size=9) | st.binary(max_size=9)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
requests = st.integers(1, LARGEST_ID) | st.sampled_from([0, -1, LARGEST_ID + 1, True, None, "1", 1.0])
odd_topics: list[Any] = ["", ".", "a", "a.b", "a.", ".a", "a..b", "a#b", "a b", "a\n", None, 1, b"a"]
topics = st.just(TOPIC) | st.sampled_from(odd_topics) | st.text()
flags = st.booleans() | st.sampled_from([None, 0, 1, "true"])
other_options: list[Any] = [
    {},
    None,
    [],
    {"retain": True},
    {"exclude": [1]},
    {"eligible_authid": ["alice"]},
    {"exclude_me": True, "exclude": []},
]
flag_options = st.dictionaries(st.sampled_from(["acknowledge", "exclude_me", "x_own"]), flags)
options = flag_options | st.sampled_from(other_options)
positional = st.lists(values, max_size=3) | values
named = st.dictionaries(st.text(max_size=9), values, max_size=3) | values
arguments = st.tuples() | st.tuples(positional) | st.tuples(positional, named) | st.tuples(positional, named, values)
publishes = st.builds(
    lambda request, option, topic, rest: [message.Publish.MESSAGE_TYPE, request, option, topic, *rest],
    requests,
    options,
    topics,
    arguments,
)


def autobahns(decoded: list[Any]) -> Any:
    """What Autobahn makes of a message; None where it refuses it, in whatever way, or should refuse it."""
    try:
        publish = message.Publish.parse(decoded)
    except Exception:  # noqa: BLE001 - its parsers trip over some of what they ought to refuse
        return None
    has_text = isinstance(publish.args, str | bytes) or isinstance(publish.kwargs, str | bytes)
    return None if has_text else publish


def ours(decoded: Any) -> Any:
    """What we make of it, None where we refuse it."""
    try:
        return read_message(decoded)
    except ProtocolError:
        return None


def told(publish: Any) -> Any:
    """What the broker learns from a message."""
    return None if publish is None else repr([getattr(publish, name) for name in ATTRIBUTES])


@given(publishes)
def test_a_publish_is_what_autobahn_says(decoded: list[Any]) -> None:
    """Whatever stands in a PUBLISH, it is refused where Autobahn refuses it, and else tells the broker the same."""
    assert told(ours(decoded)) == told(autobahns(decoded))


@pytest.mark.parametrize("rest", [[], [[]], [[1]], [[], {}], [[1], {"seq": 1}]])
@pytest.mark.parametrize("option", [{}, {"acknowledge": True}, {"exclude_me": True}, {"exclude_me": False}])
def test_the_frequent_ones_are_plain(option: dict[str, bool], rest: list[Any]) -> None:
    """A PUBLISH with arguments of any form, acknowledged or for its publisher too, is read the short way."""
    decoded = [message.Publish.MESSAGE_TYPE, 1, option, TOPIC, *rest]

    assert type(ours(decoded)) is PlainPublish
    assert told(ours(decoded)) == told(autobahns(decoded))


@pytest.mark.parametrize("option", [{"retain": False}, {"exclude": []}, {"eligible": [1]}, {"x_own": True}])
def test_a_publish_with_other_options_is_autobahns(option: dict[str, Any]) -> None:
    """Whoever says more about an event is read by Autobahn."""
    assert type(ours([message.Publish.MESSAGE_TYPE, 1, option, TOPIC])) is message.Publish


@pytest.mark.parametrize(
    "decoded",
    [
        [message.Subscribe.MESSAGE_TYPE, 1, {"match": "prefix"}, "tapecast.price"],
        [message.Call.MESSAGE_TYPE, 1, {"timeout": 5}, "tapecast.market.get_price", ["BTCUSDT"]],
        [message.Hello.MESSAGE_TYPE, "tapecast", {"roles": {"subscriber": {}}}],
        [message.Goodbye.MESSAGE_TYPE, {}, "wamp.close.normal"],
    ],
)
def test_other_messages_are_autobahns(decoded: list[Any]) -> None:
    """Every other message is Autobahn's own, of its kind."""
    read = read_message(decoded)

    assert decoded[0] == read.MESSAGE_TYPE
    assert type(read).__module__ == "autobahn.wamp.message"


@pytest.mark.parametrize(
    "decoded",
    [
        None,
        {},
        [],
        "[1]",
        (1, "tapecast", {}),
        ["1"],
        [None],
        [True, "tapecast", {"roles": {}}],
        [16.0, 1, {}, TOPIC],
        [[16], 1, {}, TOPIC],
        [16, 1, {"acknowledge": 1}, TOPIC],
        [16, 1, {"exclude_me": None}, TOPIC],
        [16, LARGEST_ID + 1, {}, TOPIC],
        [16, 1, {}, ""],
        [16, 1, {}, "a..b"],
        [999],
        [-1],
        [2**70],
        [message.Subscribe.MESSAGE_TYPE],
        [message.Call.MESSAGE_TYPE, 1, {}, None],
        [message.Publish.MESSAGE_TYPE, 1, {}, TOPIC, "text", {}],
        [message.Publish.MESSAGE_TYPE, 1, {}, TOPIC, [], b"bytes"],
        [message.Hello.MESSAGE_TYPE, "tapecast", {"roles": {"subscriber": 1}}],
        [message.Hello.MESSAGE_TYPE, "tapecast", {"roles": {"subscriber": {"features": 1}}}],
    ],
)
def test_what_is_no_message_breaks_the_protocol(decoded: Any) -> None:
    """Whatever a client can send that is no message is one error, of the client's doing."""
    with pytest.raises(ProtocolError):
        read_message(decoded)


@given(st.integers(0, 100), st.lists(values, max_size=5))
def test_nothing_else_comes_of_any_message(kind: int, fields: list[Any]) -> None:
    """Whatever the fields, there is a message or a protocol error."""
    read = ours([kind, *fields])

    assert read is None or kind == read.MESSAGE_TYPE


@pytest.mark.parametrize("arguments", [[], [["a"]], [[], {"k": 1}], [["a"], {"k": 1}]])
def test_a_plain_call_and_yield_say_what_autobahns_do(arguments: list[Any]) -> None:
    """The short forms of CALL and YIELD have the values of Autobahn's own; what they become on the way out too."""
    call = [message.Call.MESSAGE_TYPE, 7, {}, "tapecast.market.get_price", *arguments]
    yield_ = [message.Yield.MESSAGE_TYPE, 8, {}, *arguments]

    plain_call, plain_yield = read_message(call), read_message(yield_)

    own_call, own_yield = message.Call.parse(call), message.Yield.parse(yield_)
    for name in ("request", "procedure", "args", "kwargs", "payload"):
        assert getattr(plain_call, name) == getattr(own_call, name)
    for name in ("request", "args", "kwargs", "progress"):
        assert getattr(plain_yield, name) == getattr(own_yield, name)
    result = PlainResult(7, plain_yield).serialize(FastJsonObjectSerializer())
    assert result == message.Result(7, args=own_yield.args, kwargs=own_yield.kwargs).serialize(
        FastJsonObjectSerializer()
    )


@pytest.mark.parametrize(
    "decoded",
    [
        [message.Call.MESSAGE_TYPE, 1, {}, "a..b"],
        [message.Call.MESSAGE_TYPE, 1, {}, "a.b", {}],
        [message.Call.MESSAGE_TYPE, 1, {}, "a.b", [], []],
        [message.Yield.MESSAGE_TYPE, "1", {}],
        [message.Yield.MESSAGE_TYPE, 1, []],
    ],
)
def test_what_is_wrong_is_refused_in_the_short_way_too(decoded: list[Any]) -> None:
    """A CALL or YIELD that Autobahn refuses is not taken for a plain one."""
    with pytest.raises(ProtocolError):
        read_message(decoded)
