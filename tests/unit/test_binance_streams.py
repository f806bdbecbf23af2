"""Binance's combined streams: names, requests and replies."""

import json

import pytest

from components.marketdata.binance.streams import (
    INSTRUMENTS_PER_CONNECTION,
    MAX_INSTRUMENTS,
    MAX_STREAMS_PER_CONNECTION,
    STREAMS_PER_CONNECTION,
    Subscription,
    check_instruments_fit,
    check_url,
    stream_names,
)
from components.model.errors import ConfigError


def subscription_to(*streams: str) -> Subscription:
    """A subscription that wants these streams, and has asked for nothing."""
    subscription = Subscription()
    subscription.follow(streams)
    return subscription


def requests(subscription: Subscription) -> list[bytes]:
    """All that is left to send."""
    return list(iter(subscription.next_request, None))


def test_each_instrument_has_six_streams_in_lower_case() -> None:
    """Symbols are lower case in stream names, and kinds keep their case."""
    assert stream_names(("BTCUSDT",)) == (
        "btcusdt@trade",
        "btcusdt@bookTicker",
        "btcusdt@ticker",
        "btcusdt@depth@100ms",
        "btcusdt@kline_1s",
        "btcusdt@kline_1m",
    )


def test_a_connection_is_given_well_less_than_the_venue_allows() -> None:
    """There is room for what one connection is given, and for a request of it that is on its way."""
    streams = stream_names(f"A{number}" for number in range(INSTRUMENTS_PER_CONNECTION))

    assert len(streams) <= STREAMS_PER_CONNECTION < MAX_STREAMS_PER_CONNECTION


def test_as_many_instruments_as_fit_into_the_pool_are_accepted() -> None:
    """Its whole capacity can be used."""
    check_instruments_fit(["A"] * MAX_INSTRUMENTS)


def test_more_instruments_than_fit_are_the_operators_error() -> None:
    """One instrument too many is refused, and the text says how many may be."""
    with pytest.raises(ConfigError, match=rf"TAPECAST_INSTRUMENTS: .* at most {MAX_INSTRUMENTS} "):
        check_instruments_fit(["A"] * (MAX_INSTRUMENTS + 1))


def test_requests_carry_200_streams_at_most_and_their_own_ids() -> None:
    """All streams are asked for once, in batches with ids 1, 2, 3."""
    streams = tuple(f"s{number}@trade" for number in range(450))

    sent = [json.loads(request) for request in requests(subscription_to(*streams))]

    assert [(request["method"], request["id"], len(request["params"])) for request in sent] == [
        ("SUBSCRIBE", 1, 200),
        ("SUBSCRIBE", 2, 200),
        ("SUBSCRIBE", 3, 50),
    ]
    assert tuple(name for request in sent for name in request["params"]) == streams


def test_a_full_connection_needs_six_requests() -> None:
    """1024 streams take six requests, which is three seconds at the pace kept."""
    streams = tuple(str(number) for number in range(MAX_STREAMS_PER_CONNECTION))

    assert len(requests(subscription_to(*streams))) == 6


def test_confirmed_only_when_every_request_is_answered() -> None:
    """Neither sending everything nor a part of the answers is enough."""
    subscription = subscription_to(*(str(number) for number in range(201)))

    subscription.next_request()
    assert subscription.apply(b'{"result":null,"id":1}') is None
    assert not subscription.is_confirmed
    subscription.next_request()
    assert not subscription.is_confirmed
    assert subscription.apply(b'{"result":null,"id":2}') is None

    assert subscription.is_confirmed


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b'{"error":{"code":2,"msg":"Invalid request"},"id":1}', "the venue refused request 1: 2 Invalid request"),
        (b'{"code":3,"msg":"Invalid JSON"}', "the venue refused request 1: 3 Invalid JSON"),
        (b'{"code":0,"msg":"Unknown property","id":1}', "the venue refused request 1: 0 Unknown property"),
    ],
)
def test_a_refusal_is_told_and_counts_as_an_answer(reply: bytes, expected: str) -> None:
    """All forms of error reply that the venue documents are understood, with and without an id."""
    subscription = subscription_to("btcusdt@trade")
    subscription.next_request()

    assert subscription.apply(reply) == expected
    assert subscription.is_confirmed


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b'{"result":null,"id":7}', "the venue answered request 7, which was not asked"),
        (b'{"result":null,"id":"x"}', "the venue answered request x, which was not asked"),
        (b'{"result":', "the venue answered what cannot be read"),
        (b'{"code":"\xff"}', "the venue answered what cannot be read"),
    ],
)
def test_a_reply_to_nothing_is_told_and_answers_nothing(reply: bytes, expected: str) -> None:
    """A reply with a foreign id or of no form leaves the request unanswered."""
    subscription = subscription_to("btcusdt@trade")
    subscription.next_request()

    assert subscription.apply(reply) == expected
    assert not subscription.is_confirmed


def test_an_error_reply_before_any_request_is_told() -> None:
    """An error without an id, with nothing asked, is not taken for an answer."""
    assert "was not asked" in str(subscription_to("a").apply(b'{"code":3,"msg":"Invalid JSON"}'))


def test_what_is_wanted_later_is_asked_for_alone() -> None:
    """A stream that was added costs one request, which names no other."""
    subscription = subscription_to("a")
    requests(subscription)

    subscription.follow(("a", "b"))

    assert [json.loads(request) for request in requests(subscription)] == [
        {"method": "SUBSCRIBE", "params": ["b"], "id": 2}
    ]


def test_what_is_left_is_ended_before_anything_is_begun() -> None:
    """The number of streams never grows above what is wanted."""
    subscription = subscription_to("a", "b")
    requests(subscription)

    subscription.follow(("c",))
    subscription.leave(("a", "never wanted"))

    assert [json.loads(request) for request in requests(subscription)] == [
        {"method": "UNSUBSCRIBE", "params": ["a"], "id": 2},
        {"method": "SUBSCRIBE", "params": ["c"], "id": 3},
    ]


def test_a_stream_that_was_left_is_ending_until_the_venue_has_answered() -> None:
    """What still comes of it belongs to the time before, also where it is wanted again."""
    subscription = subscription_to("a")
    requests(subscription)

    subscription.leave(("a",))
    assert subscription.is_ending("a")
    subscription.next_request()
    subscription.follow(("a",))
    subscription.next_request()
    subscription.apply(b'{"result":null,"id":1}')
    assert subscription.is_ending("a")
    subscription.apply(b'{"result":null,"id":2}')

    assert not subscription.is_ending("a")


def test_an_answer_stands_for_those_before_it() -> None:
    """The venue answers in order: a stream whose end was never answered for does not end for ever."""
    subscription = subscription_to("a")
    requests(subscription)
    subscription.leave(("a",))
    requests(subscription)
    subscription.follow(("a",))
    requests(subscription)

    subscription.apply(b'{"result":null,"id":3}')

    assert not subscription.is_ending("a")


def test_a_stream_that_was_left_for_a_moment_goes_on() -> None:
    """Nothing is asked for where what is wanted has come back before its end was asked for."""
    subscription = subscription_to("a")
    requests(subscription)

    subscription.leave(("a",))
    subscription.follow(("a",))

    assert not subscription.is_ending("a")
    assert requests(subscription) == []


def test_a_base_url_loses_its_last_slash() -> None:
    """Paths are appended to it."""
    assert check_url("wss://data-stream.binance.vision/", schemes=("wss", "ws")) == "wss://data-stream.binance.vision"


@pytest.mark.parametrize(
    "url", ["", "stream.binance.com", "http://a", "wss://", "wss://a:99999", "wss://a:0", "wss://["]
)
def test_what_is_no_base_url_is_the_operators_error(url: str) -> None:
    """A wrong scheme, host or port is refused at start."""
    with pytest.raises(ConfigError, match="expected a URL such as wss://"):
        check_url(url, schemes=("wss", "ws"))
