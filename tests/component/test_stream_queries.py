"""Snapshots and listings: who gets them, and whose they are."""

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError

from components.contract.roles import Role
from components.contract.uris import MAX_SHOWN_URI_CHARS
from components.streams.stream import Streams
from router.component import HEARTBEAT, STATUS
from tests.support.gateway import AWAY, Gateway, refusal

GET, LIST = "tapecast.stream.get", "tapecast.stream.list"
PRICE = "tapecast.price.BTCUSDT"


@pytest_twisted.ensureDeferred
async def test_a_snapshot_of_our_own_stream_is_answered_here(gateway: Gateway) -> None:
    """For `system.*` nobody else is asked, also before anything was published."""
    beat = await gateway.session.ask(GET, topic=HEARTBEAT)
    nothing = await gateway.session.ask(GET, topic="tapecast.system.announcements")

    assert (beat["type"], beat["seq"], beat["payload"]) == ("snapshot", 1, {"counter": 1})
    assert beat["delivery"] == "conflated"
    assert (nothing["seq"], nothing["payload"], nothing["delivery"]) == (0, {}, "lossless")
    assert not gateway.session.calls


@pytest_twisted.ensureDeferred
async def test_another_owners_snapshot_is_asked_for(gateway: Gateway) -> None:
    """Of a market topic the market is asked, and its answer told on."""
    gateway.session.results["tapecast.market.stream_get"] = {"seq": 9}

    assert await gateway.session.ask(GET, topic=PRICE) == {"seq": 9}
    assert gateway.session.calls == [("tapecast.market.stream_get", (), {"topic": PRICE})]


@pytest.mark.parametrize(
    ("topic", "role", "code"),
    [
        ("tapecast.nothing", Role.PUBLIC, "unknown_topic"),
        ("tapecast.price", Role.PUBLIC, "unknown_topic"),
        ("tapecast.user.alice.orders", Role.PUBLIC, "authentication_required"),
        ("tapecast.user.alice.orders", Role.TRADER, "not_authorized"),
        ("tapecast.admin.stats", Role.RISK, "not_authorized"),
        ("wamp.session.on_join", Role.ADMIN, "unknown_topic"),
        (PRICE, Role.SERVICE, "not_authorized"),
        (7, Role.PUBLIC, "invalid_argument"),
        (None, Role.PUBLIC, "invalid_argument"),
        ("", Role.PUBLIC, "unknown_topic"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_snapshot_is_for_those_who_may_subscribe(
    gateway: Gateway, topic: object, role: Role, code: str
) -> None:
    """Whoever may not read a topic gets no snapshot of it either, and nobody is asked."""
    error = await refusal(gateway.session.ask(GET, topic=topic, role=role))

    assert error.error == f"tapecast.error.{code}"
    assert not gateway.session.calls


@pytest.mark.parametrize(
    ("topic", "role"),
    [
        (f"tapecast.{'x' * 10_000}", Role.PUBLIC),
        (f"tapecast.user.{'x' * 10_000}.orders", Role.PUBLIC),
        (f"tapecast.user.{'x' * 10_000}.orders", Role.TRADER),
        (f"{'x' * 10_000}", Role.GATEWAY),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_long_topic_is_not_repeated_whole(gateway: Gateway, topic: str, role: Role) -> None:
    """The answer to a long topic is not as long, whatever it is refused for."""
    error = await refusal(gateway.session.ask(GET, topic=topic, role=role))

    assert len(error.kwargs["message"]) < MAX_SHOWN_URI_CHARS + 100


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AWAY, "tapecast.error.unavailable"),
        (ApplicationError("tapecast.error.unavailable"), "tapecast.error.unavailable"),
        (ApplicationError("tapecast.error.unknown_topic"), "tapecast.error.unknown_topic"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_owner_that_is_away_is_unavailable(gateway: Gateway, error: Exception, expected: str) -> None:
    """An owner that has not registered yet is as away as one that is gone; its own refusals pass."""
    gateway.session.results["tapecast.market.stream_get"] = error
    gateway.session.results["tapecast.market.stream_list"] = error

    assert (await refusal(gateway.session.ask(GET, topic=PRICE))).error == expected
    assert (await refusal(gateway.session.ask(LIST, prefix=PRICE))).error == expected


@pytest.mark.parametrize("prefix", ["", "tapecast", "tapecast.system"])
@pytest_twisted.ensureDeferred
async def test_what_is_there_is_listed_while_an_owner_is_away(gateway: Gateway, prefix: str) -> None:
    """A prefix that also matches topics of ours is answered with them; the market is asked only where it has some."""
    gateway.session.results["tapecast.market.stream_list"] = AWAY

    listed = await gateway.session.ask(LIST, prefix=prefix)

    assert [stream["topic"] for stream in listed] == [HEARTBEAT, STATUS]
    assert bool(gateway.session.calls) is (prefix != "tapecast.system")


@pytest.mark.parametrize(
    ("prefix", "role", "topics"),
    [
        ("", Role.PUBLIC, [HEARTBEAT, STATUS, PRICE]),
        ("tapecast", Role.PUBLIC, [HEARTBEAT, STATUS, PRICE]),
        ("tapecast.system.", Role.PUBLIC, [HEARTBEAT, STATUS]),
        ("tapecast.price", Role.PUBLIC, [PRICE]),
        (PRICE, Role.PUBLIC, [PRICE]),
        ("tapecast.pri", Role.PUBLIC, []),
        ("tapecast.user", Role.PUBLIC, []),
        ("tapecast.user", Role.TRADER, []),
        ("", Role.TRADER, [HEARTBEAT, STATUS, PRICE, "tapecast.user.u1.orders"]),
        ("", Role.RISK, [HEARTBEAT, STATUS, PRICE, "tapecast.user.u1.orders", "tapecast.user.u2.orders"]),
        ("", Role.SERVICE, []),
    ],
)
@pytest_twisted.ensureDeferred
async def test_streams_are_listed_to_those_who_may_read_them(
    gateway: Gateway, prefix: str, role: Role, topics: list[str]
) -> None:
    """Ours and the market's streams are listed together, below a prefix of whole components, to their readers."""
    owned = Streams(lambda: "e")
    for topic in (PRICE, "tapecast.user.u1.orders", "tapecast.user.u2.orders"):
        owned.open(topic)
    gateway.session.results["tapecast.market.stream_list"] = owned.rows(prefix)
    gateway.router.subscribers[PRICE] = 4

    listed = await gateway.session.ask(LIST, prefix=prefix, role=role)

    assert [stream["topic"] for stream in listed] == topics
    assert all(set(one) == {"topic", "delivery", "epoch", "seq", "subscribers"} for one in listed)
    assert [one["subscribers"] for one in listed if one["topic"] == PRICE] == [4] * topics.count(PRICE)


@pytest_twisted.ensureDeferred
async def test_a_prefix_is_text(gateway: Gateway) -> None:
    """A prefix of another type is the caller's mistake."""
    assert (await refusal(gateway.session.ask(LIST, prefix=7))).error == "tapecast.error.invalid_argument"
