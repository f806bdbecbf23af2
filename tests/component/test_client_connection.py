"""The Python client's connection: when it comes back, with what token, and how it notices that nobody is there."""

from typing import Any

import pytest
from autobahn.wamp import message
from tapecast_client.closes import COME_BACK, ComeBack
from tapecast_client.errors import TokenInvalid
from tapecast_client.link import Phase

from tests.support.client_driver import ANNOUNCEMENTS, ClientUnderTest, envelope, ignore

OPENING, LIVE, WAITING, ENDED = Phase.OPENING, Phase.LIVE, Phase.WAITING, Phase.ENDED


@pytest.fixture
def under_test() -> ClientUnderTest:
    """An anonymous client that has begun to connect."""
    return ClientUnderTest.start()


def test_a_client_without_a_token_is_anonymous(under_test: ClientUnderTest) -> None:
    """HELLO offers nothing else, and whoever asks is told what became of it."""
    hello = under_test.gateway.open()
    under_test.gateway.welcome()

    assert (hello.realm, hello.authmethods) == ("tapecast", ["anonymous"])
    assert under_test.phases == [OPENING, LIVE]
    assert under_test.changes[-1].role == "public"


def test_a_token_is_shown_when_the_gateway_asks() -> None:
    """It is the ticket, and a new one is got for every connection."""
    tokens = iter(["first", "second", "third"])
    under_test = ClientUnderTest.start(lambda: next(tokens))

    for token in ("first", "second"):
        hello = under_test.gateway.open()
        under_test.gateway.receive(message.Challenge("ticket"))
        assert hello.authmethods == ["ticket"]
        assert under_test.gateway.take(message.Authenticate).signature == token
        under_test.gateway.cut()
        under_test.driver.clock.advance(1)


def test_a_source_can_give_no_token() -> None:
    """Whoever is not signed in now is anonymous."""
    under_test = ClientUnderTest.start(lambda: None)

    assert under_test.gateway.open().authmethods == ["anonymous"]


def test_a_source_that_fails_is_asked_again() -> None:
    """Without a token there is no connection, and the error is told."""
    calls: list[int] = []

    def source() -> str:
        calls.append(1)
        raise RuntimeError("no network")

    under_test = ClientUnderTest.start(source)
    under_test.driver.clock.advance(0.25)

    assert len(calls) == 2
    assert under_test.driver.gateways == []
    assert str(under_test.changes[1].error) == "no network"


def test_a_token_that_comes_too_late_opens_nothing() -> None:
    """Stopped or given up meanwhile: the attempt that it was for is no more."""
    held = ClientUnderTest.start(lambda: "token")
    held.driver.holds_fetches = True
    held.gateway.cut()
    held.driver.clock.advance(0.25)
    held.client.connection.stop()
    held.driver.fetches[0]("token", None)

    assert len(held.driver.gateways) == 1
    assert held.phases[-1] is ENDED


def test_a_refused_token_is_replaced() -> None:
    """The gateway says so by ABORT and close 4001; the next attempt asks the source for another one."""
    tokens = iter(["old", "new"])
    under_test = ClientUnderTest.start(lambda: next(tokens))
    under_test.gateway.open()
    under_test.gateway.receive(message.Abort("tapecast.error.token_expired", "expired"))
    under_test.gateway.cut(4001, "tapecast.close.token_expired")

    under_test.driver.clock.advance(1)
    under_test.gateway.open()
    under_test.gateway.receive(message.Challenge("ticket"))

    assert under_test.changes[1].reason == "tapecast.error.token_expired"
    assert under_test.gateway.take(message.Authenticate).signature == "new"


def test_a_client_that_has_no_token_to_come_back_with_ends(under_test: ClientUnderTest) -> None:
    """It would be refused again, for ever."""
    under_test.gateway.open()
    under_test.gateway.receive(message.Abort("tapecast.error.token_invalid", "m"))
    under_test.gateway.cut(4001, "tapecast.close.token_invalid")

    assert under_test.phases == [OPENING, ENDED]
    assert isinstance(under_test.changes[-1].error, TokenInvalid)
    assert under_test.client.connection.has_ended


@pytest.mark.parametrize(("reason", "come_back"), COME_BACK.items())
def test_every_close_is_heeded(reason: str, come_back: ComeBack) -> None:
    """Come back, come back later, or not at all."""
    under_test = ClientUnderTest.start(lambda: "token")
    under_test.join("trader").cut(4000, reason)

    change = under_test.changes[-1]
    assert change.reason == reason
    if come_back is ComeBack.NO:
        assert change.phase is ENDED
    else:
        assert change.retry_in_s == (5.0 if come_back is ComeBack.LATER else 0.25)


def test_a_goodbye_is_answered_and_its_reason_kept(under_test: ClientUnderTest) -> None:
    """Even where the close frame gets lost behind it."""
    gateway = under_test.join()

    gateway.receive(message.Goodbye("tapecast.close.kicked"))
    assert gateway.take(message.Goodbye).reason == "wamp.close.goodbye_and_out"
    assert gateway.is_closed
    gateway.cut(1000, None)

    assert under_test.changes[-1].phase is ENDED
    assert under_test.changes[-1].reason == "tapecast.close.kicked"


def test_waits_double_while_nothing_flows(under_test: ClientUnderTest) -> None:
    """A session that says nothing is a failure like an attempt that fails; the number of attempts has no end."""
    waits = []
    for _ in range(10):
        under_test.join()
        under_test.gateway.cut()
        waits.append(under_test.changes[-1].retry_in_s)
        under_test.driver.clock.advance(waits[-1] or 0)

    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0]


def test_waits_begin_anew_when_data_flowed(under_test: ClientUnderTest) -> None:
    """An event of a subscription, or the answer to a call, shows that the gateway works, once a session is steady."""
    under_test.client.subscribe("tapecast.price.X", ignore)
    for _ in range(3):
        under_test.gateway.cut()
        under_test.driver.clock.advance(30)
    gateway = under_test.join()
    gateway.grant(7)
    under_test.wait(10)
    gateway.publish(7, envelope(1))

    gateway.cut()
    assert under_test.changes[-1].retry_in_s == 0.25
    under_test.client.ask("tapecast.session.ping", {}, lambda *_answer: None)
    gateway = under_test.reconnect()
    under_test.wait(10)
    under_test.client.ask("tapecast.session.ping", {}, lambda *_answer: None)
    gateway.answer("tapecast.session.ping", {})
    gateway.cut()

    assert under_test.changes[-1].retry_in_s == 0.25


def test_chance_spreads_clients(under_test: ClientUnderTest) -> None:
    """Those that were lost together do not come back together."""
    under_test.driver.chance = 0.5
    under_test.gateway.cut()

    assert under_test.changes[-1].retry_in_s == 0.375


def test_an_announced_absence_is_waited_for(under_test: ClientUnderTest) -> None:
    """The gateway says how long it will be away; some clients come right then, and others up to twice as late."""
    under_test.driver.chance = 0.5
    gateway = under_test.join()
    gateway.publish(ANNOUNCEMENTS, {**envelope(1), "payload": {"reason": "shutdown", "retry_after_ms": 4000}})
    gateway.publish(ANNOUNCEMENTS, {**envelope(2), "payload": {"reason": "news", "retry_after_ms": None}})
    gateway.publish(ANNOUNCEMENTS, {**envelope(3), "payload": None})

    gateway.cut(4012, "tapecast.close.shutdown")
    assert under_test.changes[-1].retry_in_s == 6.0
    under_test.driver.clock.advance(6)
    under_test.gateway.cut(None, None, ConnectionRefusedError("refused"))

    assert under_test.changes[-1].retry_in_s == 0.75
    assert under_test.changes[-1].reason == "refused"


def test_a_failure_without_words_is_called_by_its_name(under_test: ClientUnderTest) -> None:
    """Something is better to read than nothing."""
    under_test.gateway.cut(None, None, TimeoutError())

    assert under_test.changes[-1].reason == "TimeoutError"


def test_a_silent_gateway_is_asked_for_a_sign_of_life(under_test: ClientUnderTest) -> None:
    """Where it answers, the session lives on without a single event."""
    gateway = under_test.join("service")
    for _ in range(10):
        under_test.driver.clock.pump([1, 1, 1])
        gateway.answer("tapecast.session.ping", {"ts": "t"})

    assert under_test.phases[-1] is LIVE


def test_a_dead_connection_is_given_up(under_test: ClientUnderTest) -> None:
    """After eight seconds of silence, whatever the socket says; calls that wait are rejected."""
    answers: list[Any] = []
    gateway = under_test.join()
    under_test.client.ask("tapecast.session.info", {}, lambda *answer: answers.append(answer))

    under_test.driver.clock.pump([1] * 7)
    assert under_test.phases[-1] is LIVE
    under_test.driver.clock.advance(1)

    assert under_test.changes[-1].phase is WAITING
    assert under_test.changes[-1].reason == "the gateway is silent"
    assert gateway.is_aborted
    assert len(answers) == 1


def test_an_attempt_that_becomes_nothing_is_given_up(under_test: ClientUnderTest) -> None:
    """A network that swallows everything must not hold us up."""
    under_test.driver.clock.pump([1] * 15)

    assert under_test.phases == [OPENING, WAITING]
    assert under_test.gateway.is_aborted


def test_what_comes_from_an_attempt_that_was_given_up_is_ignored(under_test: ClientUnderTest) -> None:
    """It may still become something when nobody wants it any more."""
    under_test.driver.clock.pump([1] * 15)
    old = under_test.gateway

    old.open()
    old.welcome()
    old.cut(4005, "tapecast.close.kicked")

    assert under_test.phases == [OPENING, WAITING]
    assert under_test.client.connection.session is None


def test_stopping_says_goodbye(under_test: ClientUnderTest) -> None:
    """The session is left in order, and nothing is opened again."""
    gateway = under_test.join()

    under_test.client.connection.stop()
    assert gateway.take(message.Goodbye).reason == "wamp.close.normal"
    gateway.receive(message.Goodbye("wamp.close.goodbye_and_out"))
    assert gateway.is_closed
    gateway.cut(1000, None)
    under_test.driver.clock.advance(100)

    assert under_test.phases == [OPENING, LIVE, ENDED]
    assert len(under_test.driver.gateways) == 1
    assert not under_test.driver.clock.getDelayedCalls()


def test_stopping_does_not_wait_for_ever(under_test: ClientUnderTest) -> None:
    """A gateway that does not answer is left after two seconds."""
    gateway = under_test.join()

    under_test.client.connection.stop()
    under_test.driver.clock.advance(2)

    assert gateway.is_aborted
    assert under_test.client.connection.has_ended


def test_stopping_between_two_connections_ends_at_once(under_test: ClientUnderTest) -> None:
    """There is nothing to say goodbye to; stopping twice is stopping once, and nothing starts again."""
    under_test.gateway.cut()

    under_test.client.connection.stop()
    under_test.client.connection.stop()
    under_test.client.connection.start()

    assert under_test.phases == [OPENING, WAITING, ENDED]
    assert not under_test.driver.clock.getDelayedCalls()


def test_who_stops_because_the_connection_was_lost_is_not_connected_again(under_test: ClientUnderTest) -> None:
    """A call that failed with it can be the reason to stop: nothing is opened any more, and the end is told once."""
    under_test.join()
    stop = under_test.client.connection.stop
    under_test.client.ask("tapecast.session.info", {}, lambda _result, _error: stop())

    under_test.gateway.cut()
    under_test.driver.clock.advance(60)

    assert len(under_test.driver.gateways) == 1
    assert under_test.phases == [OPENING, LIVE, ENDED]
    assert under_test.driver.clock.getDelayedCalls() == []


def test_a_welcome_after_stopping_is_no_session(under_test: ClientUnderTest) -> None:
    """Whoever stops while connecting is not surprised by a session."""
    under_test.gateway.open()
    under_test.client.connection.stop()

    under_test.gateway.welcome()

    assert under_test.client.connection.session is None
    assert under_test.gateway.is_aborted


EXPIRY = "2026-01-01T00:10:00Z"


def begin_refresh(under_test: ClientUnderTest, gateway_time: str = "2026-01-01T00:00:00.000000Z") -> Any:
    gateway = under_test.join("trader")
    gateway.answer("tapecast.session.info", {"expires_at": EXPIRY})
    gateway.answer("tapecast.session.ping", {"ts": gateway_time})
    return gateway


def test_a_token_is_renewed_before_it_expires() -> None:
    """A minute before, by the gateway's clock, and again before the new one does."""
    tokens = iter(["first", "second"])
    under_test = ClientUnderTest.start(lambda: next(tokens))
    gateway = begin_refresh(under_test)

    under_test.wait(539)
    assert not gateway.sent
    under_test.wait(1)

    assert gateway.answer("tapecast.session.refresh", {}).kwargs == {"token": "second"}
    assert gateway.take_call("tapecast.session.info")


def test_a_new_tokens_role_is_told() -> None:
    """Where it is another than before, and the session goes on."""
    under_test = ClientUnderTest.start(lambda: "token")
    gateway = begin_refresh(under_test)
    for role in ("trader", "issuer", "issuer"):
        under_test.wait(540)
        gateway.answer("tapecast.session.refresh", {})
        gateway.answer("tapecast.session.info", {"expires_at": EXPIRY, "role": role})
        gateway.answer("tapecast.session.ping", {"ts": "2026-01-01T00:00:00.000000Z"})

    assert [(change.phase, change.role) for change in under_test.changes[-2:]] == [(LIVE, "trader"), (LIVE, "issuer")]
    assert under_test.phases == [OPENING, LIVE, LIVE]


def test_a_renewal_that_fails_is_tried_again() -> None:
    """With the next token that the source gives; a source that fails or has none is asked again."""
    answers: list[Any] = ["first", RuntimeError("down"), None, "bad", "good"]

    def source() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    under_test = ClientUnderTest.start(source)
    gateway = begin_refresh(under_test)
    under_test.wait(540 + 10 + 10)
    gateway.refuse(gateway.take_call("tapecast.session.refresh"), "token_invalid")
    under_test.wait(10)

    assert gateway.take_call("tapecast.session.refresh").kwargs == {"token": "good"}
    assert [what for what, _ in under_test.driver.reports] == [
        "there is no new token",
        "there is no new token",
        "the new token was refused",
    ]


@pytest.mark.parametrize(
    ("info", "error", "calls"),
    [
        ({"expires_at": None}, None, []),
        (None, "unavailable", ["tapecast.session.info"]),
    ],
)
def test_a_session_that_does_not_expire_is_left_alone(
    info: dict[str, Any] | None, error: str | None, calls: list[str]
) -> None:
    """And one that cannot be asked is asked again."""
    under_test = ClientUnderTest.start(lambda: "token")
    gateway = under_test.join("trader")
    call = gateway.take_call("tapecast.session.info")
    if error:
        gateway.refuse(call, error, retry=True)
    else:
        gateway.receive(message.Result(call.request, args=[info]))
    under_test.wait(10)

    assert [sent.procedure for sent in gateway.sent] == calls


def test_a_gateway_that_cannot_renew_is_not_asked_again() -> None:
    """An older one closes the connection when the token expires, and lets us in with the next."""
    under_test = ClientUnderTest.start(lambda: "token")
    gateway = begin_refresh(under_test)
    under_test.wait(540)
    gateway.refuse(gateway.take_call("tapecast.session.refresh"), "wamp.error.no_such_procedure")
    under_test.wait(60)

    assert not gateway.sent


def test_a_renewal_that_is_too_early_for_the_gateway_is_repeated() -> None:
    """A refusal that says so is no news for the log; a clock that cannot be read is."""
    under_test = ClientUnderTest.start(lambda: "token")
    gateway = begin_refresh(under_test, "soon")
    under_test.wait(10)
    gateway.refuse(gateway.take_call("tapecast.session.refresh"), "rate_limited", retry=True)
    under_test.wait(10)

    assert gateway.take_call("tapecast.session.refresh")
    assert [what for what, _ in under_test.driver.reports] == ["the token's end cannot be read"]


def test_a_lost_session_is_not_renewed() -> None:
    """Its questions are answered to nobody, and a token that comes late is not used."""
    under_test = ClientUnderTest.start(lambda: "token")
    begin_refresh(under_test)
    under_test.driver.holds_fetches = True
    under_test.wait(540)
    under_test.gateway.cut()
    under_test.driver.holds_fetches = False
    under_test.driver.fetches[0]("token", None)
    gateway = under_test.reconnect()
    gateway.answer("tapecast.session.info", {"expires_at": EXPIRY})
    gateway.cut()
    under_test.reconnect().cut()

    assert under_test.phases[-1] is WAITING
    assert under_test.driver.reports == []


def test_stopping_leaves_nothing_to_do() -> None:
    """Renewal, repeated questions and repairs end with the client."""
    under_test = ClientUnderTest.start(lambda: "token")
    under_test.client.subscribe("tapecast.trades", ignore, match="prefix")
    under_test.client.subscribe("tapecast.status.X", ignore)
    under_test.client.subscribe("tapecast.status.Y", ignore)
    gateway = begin_refresh(under_test)
    gateway.grant(7)
    gateway.refuse(gateway.take_call("tapecast.stream.list"), "unavailable", retry=True)
    gateway.grant(8)
    gateway.refuse(gateway.take_call("tapecast.stream.get"), "unavailable", retry=True)
    gateway.refuse(gateway.take(message.Subscribe), "rate_limited", retry=True)

    under_test.client.connection.stop()
    gateway.cut(1000, None)

    assert under_test.driver.clock.getDelayedCalls() == []
