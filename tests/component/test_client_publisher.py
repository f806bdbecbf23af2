"""A publisher over sessions that come and go: everything is handed in, once where that can be known, in order."""

from typing import Any

import attrs
import pytest
from autobahn.wamp import message
from tapecast_client.intake_queue import IntakeQueue
from tapecast_client.publisher_core import HandInRefused, PublisherCore

from tests.support.client_driver import START_NS, ClientUnderTest, HandGateway

TRADE, QUOTE = "tapecast.intake.trade", "tapecast.intake.quote"


@attrs.define
class PublisherUnderTest(ClientUnderTest):
    """A publisher on a hand-driven loop; `refused` is what the gateway did not want."""

    refused: list[HandInRefused] = attrs.field(factory=list)
    publisher: PublisherCore = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.publisher = PublisherCore(
            self.client, venue="acme", queue=IntakeQueue(max_waiting=1000), on_refused=self.refused.append
        )

    def trade(self, *ids: int) -> None:
        """Hand in trades."""
        for trade_id in ids:
            self.publisher.trade("X", trade_id=trade_id, price="1", quantity="2", side="buy")


@pytest.fixture
def under_test() -> PublisherUnderTest:
    """A publisher that has begun to connect."""
    return PublisherUnderTest.start(lambda: "token")  # type: ignore[return-value]  # a class method of the base


def trade_ids(call: Any) -> list[int]:
    return [int(event["trade_id"]) for event in call.kwargs["events"]]


def take_call(gateway: HandGateway, procedure: str = TRADE) -> Any:
    """The call of the next turn."""
    return gateway.take_call(procedure)


def test_events_of_a_turn_go_in_one_call(under_test: PublisherUnderTest) -> None:
    """What was handed in before there was a connection waits for it."""
    under_test.trade(1, 2)
    under_test.driver.clock.advance(0)
    gateway = under_test.join("service")
    under_test.driver.clock.advance(0)

    call = gateway.answer(TRADE, {"accepted": 2})

    assert call.kwargs["venue"] == "acme"
    assert trade_ids(call) == [1, 2]
    assert under_test.publisher.waiting == 0


def test_order_is_kept_across_kinds(under_test: PublisherUnderTest) -> None:
    """A call goes when the one before it was answered."""
    gateway = under_test.join("service")
    under_test.trade(1)
    under_test.publisher.quote("X", bid="1", bid_size="1", ask="2", ask_size="1")
    under_test.trade(2)
    under_test.driver.clock.advance(0)

    assert trade_ids(gateway.answer(TRADE, {"accepted": 1})) == [1]
    assert [sent.procedure for sent in gateway.sent if isinstance(sent, message.Call)][-1:] == [QUOTE]
    gateway.answer(QUOTE, {"accepted": 1})
    assert trade_ids(gateway.answer(TRADE, {"accepted": 1})) == [2]


def test_a_lost_call_is_made_again(under_test: PublisherUnderTest) -> None:
    """Nobody knows whether it was carried out; the trades' ids tell the gateway."""
    gateway = under_test.join("service")
    under_test.trade(1, 2)
    under_test.driver.clock.advance(0)
    take_call(gateway)
    gateway.cut()
    under_test.trade(3)

    gateway = under_test.reconnect()
    under_test.driver.clock.advance(0)

    assert trade_ids(take_call(gateway)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("code", "details", "wait_s"),
    [("unavailable", {}, 0.5), ("internal", {}, 0.5), ("rate_limited", {"retry_after_ms": 5000}, 5)],
)
def test_what_is_refused_for_now_is_handed_in_later(
    under_test: PublisherUnderTest, code: str, details: dict[str, Any], wait_s: float
) -> None:
    """With growing waits; nothing is given up."""
    gateway = under_test.join("service")
    under_test.trade(1)
    under_test.driver.clock.advance(0)

    for wait in (wait_s, max(1.0, wait_s)):
        gateway.refuse(take_call(gateway), code, retry=code != "internal", **details)
        under_test.driver.clock.advance(wait - 0.01)
        assert not any(isinstance(sent, message.Call) and sent.procedure == TRADE for sent in gateway.sent)
        under_test.driver.clock.advance(0.01)

    assert trade_ids(take_call(gateway)) == [1]
    assert under_test.refused == []


def test_an_event_that_cannot_be_taken_is_given_up(under_test: PublisherUnderTest) -> None:
    """Its owner is told, and the rest of the batch goes without it."""
    gateway = under_test.join("service")
    under_test.trade(1, 2, 3)
    under_test.driver.clock.advance(0)

    gateway.refuse(take_call(gateway), "invalid_argument", field="events[1].price")

    assert trade_ids(take_call(gateway)) == [1, 3]
    (refused,) = under_test.refused
    assert refused.kind == "trade"
    assert [event["trade_id"] for event in refused.events] == ["2"]


def test_a_duplicate_has_been_taken(under_test: PublisherUnderTest) -> None:
    """The gateway has it, and that is what was wanted."""
    gateway = under_test.join("service")
    under_test.trade(1)
    under_test.driver.clock.advance(0)

    gateway.refuse(take_call(gateway), "duplicate")

    assert (under_test.publisher.waiting, under_test.refused) == (0, [])


def test_who_waits_for_the_end_is_told(under_test: PublisherUnderTest) -> None:
    """At once where nothing waits, else when the last event was answered."""
    told: list[str] = []
    under_test.publisher.when_drained(lambda: told.append("empty"))
    gateway = under_test.join("service")
    under_test.trade(1)
    under_test.publisher.when_drained(lambda: told.append("drained"))
    under_test.driver.clock.advance(0)
    assert told == ["empty"]

    gateway.answer(TRADE, {"accepted": 1})

    assert told == ["empty", "drained"]


def test_who_waits_for_the_end_does_not_wait_for_ever(under_test: PublisherUnderTest) -> None:
    """Where the client may not come back, nothing is handed in any more, and it is told how many are left."""
    told: list[int] = []
    gateway = under_test.join("service")
    under_test.trade(1, 2)
    under_test.publisher.when_drained(lambda: told.append(under_test.publisher.waiting))
    under_test.driver.clock.advance(0)

    gateway.cut(4005, "tapecast.close.kicked")
    under_test.publisher.when_drained(lambda: told.append(under_test.publisher.waiting))

    assert told == [2, 2]


def test_a_callback_that_fails_stops_no_publisher(under_test: PublisherUnderTest) -> None:
    """It is reported; so is a refusal that nobody takes."""

    def fail(_refused: HandInRefused) -> None:
        raise LookupError

    for on_refused in (fail, None):
        one = PublisherUnderTest.start(lambda: "token")
        publisher = PublisherCore(one.client, venue="acme", queue=IntakeQueue(), on_refused=on_refused)
        gateway = one.join("service")
        publisher.price("X", "1")
        one.driver.clock.advance(0)
        gateway.refuse(gateway.take_call("tapecast.intake.price"), "not_authorized")

        assert publisher.waiting == 0
        assert len(one.driver.reports) == 1
    assert under_test.refused == []


def test_accounts_need_no_venue() -> None:
    """A publisher of accounts alone has none to name, and cannot hand in a market's events."""
    one = PublisherUnderTest.start(lambda: "token")
    publisher = PublisherCore(one.client, venue=None, queue=IntakeQueue(), on_refused=None)
    gateway = one.join("service")
    publisher.wallet("ann", "USDT", total=10)
    one.driver.clock.advance(0)

    call = gateway.answer("tapecast.intake.wallet", {"accepted": 1})

    assert call.kwargs == {
        "events": [{"user_id": "ann", "currency": "USDT", "total": "10", "locked": "0", "sequence": START_NS // 1000}]
    }
    with pytest.raises(ValueError, match="a price needs a venue"):
        publisher.price("X", "1")
    assert publisher.waiting == 0


def test_numbers_that_a_publisher_makes_grow(under_test: PublisherUnderTest) -> None:
    """They are the time in microseconds, or one more where that has been given out, so that a restart goes on."""
    gateway = under_test.join("service")
    for total in (1, 2):
        under_test.publisher.wallet("ann", "USDT", total=total)
    under_test.driver.clock.advance(1)
    under_test.publisher.wallet("ann", "USDT", total=3)
    under_test.driver.clock.advance(0)

    first = gateway.answer("tapecast.intake.wallet", {"accepted": 2}).kwargs["events"]
    second = gateway.take_call("tapecast.intake.wallet").kwargs["events"]

    start_us = START_NS // 1000
    sequences = [event["sequence"] - start_us for event in [*first, *second]]
    assert sequences == [0, 1, 1_000_000]


def test_a_lost_event_of_an_account_keeps_its_number(under_test: PublisherUnderTest) -> None:
    """By which the gateway knows it when it comes again."""
    gateway = under_test.join("service")
    under_test.publisher.wallet("ann", "USDT", total=1)
    under_test.driver.clock.advance(0)
    lost = gateway.take_call("tapecast.intake.wallet").kwargs
    gateway.cut()

    gateway = under_test.reconnect()
    under_test.driver.clock.advance(0)

    assert gateway.take_call("tapecast.intake.wallet").kwargs == lost
