"""What the router worker itself answers and publishes: streams, sessions, the state of the node, and HTTP."""

import time
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import Owner
from components.contract.uris import MAX_SHOWN_URI_CHARS
from components.streams.stream import Streams
from components.wamp.router_view import SessionView
from router.component import HEARTBEAT, STATUS, RouterComponent
from router.reports import LONGEST_SILENCE_NS
from tests.support.recording_session import RecordingSession

GET, LIST = "tapecast.stream.get", "tapecast.stream.list"
PRICE = "tapecast.price.BTCUSDT"
FEED = {"name": "feed:sim", "state": "up", "reason": "", "age_ms": 12}
LIMITS = {"max_message_bytes": 65_536, "join_timeout_ms": 5_000, "ping_interval_ms": 10_000}
AWAY = ApplicationError("wamp.error.no_such_procedure")


@attrs.define
class FakeRouter:
    """A router with the sessions that the test puts there; satisfies `RouterView`."""

    sessions: dict[int, SessionView] = attrs.field(factory=dict)
    subscribers: dict[str, int] = attrs.field(factory=dict)
    fails: bool = False

    def find_session(self, session_id: int) -> SessionView | None:
        """The session of that number."""
        return self.sessions.get(session_id)

    def count_sessions(self) -> Mapping[Role, int]:
        """How many there are of each role."""
        if self.fails:
            raise ValueError("no sessions")
        return {role: sum(one.role is role for one in self.sessions.values()) for role in Role}

    def count_subscribers(self, topic: str) -> int:
        """How many the test said."""
        return self.subscribers.get(topic, 0)

    def limits(self) -> Mapping[str, int]:
        """The limits of the contract."""
        return LIMITS


@attrs.define
class Gateway:
    """The component with all that is around it."""

    component: RouterComponent
    session: RecordingSession
    router: FakeRouter
    clock: Clock
    registry: CollectorRegistry

    async def report(self, *parts: dict[str, object], families: tuple[dict[str, object], ...] = ()) -> None:
        """Let the market container report."""
        await self.session.ask(
            "tapecast.node.report", role=Role.GATEWAY, container="market", parts=list(parts), families=list(families)
        )

    async def http(self, head: str, *rest: str) -> tuple[int, Any]:
        """What is answered over HTTP."""
        return await self.component.http_answers()[head](list(rest))


@pytest_twisted.async_yield_fixture
async def gateway(clock: Clock) -> Any:
    """The component, started."""
    epochs = iter(f"epoch-{number}" for number in range(100))
    session, router, registry = RecordingSession(), FakeRouter(), CollectorRegistry()
    component = RouterComponent(
        session,
        router,
        clock,
        containers=("market",),
        registry=registry,
        new_epoch=lambda: next(epochs),
    )
    await component.start()
    yield Gateway(component, session, router, clock, registry)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the monotonic clock of this process, in nanoseconds."""
    offset_ns = 0
    monotonic_ns = time.monotonic_ns

    def move(delay_ns: int) -> None:
        nonlocal offset_ns
        offset_ns += delay_ns

    monkeypatch.setattr(time, "monotonic_ns", lambda: monotonic_ns() + offset_ns)
    return move


async def refusal(answer: Any) -> ApplicationError:
    with pytest.raises(ApplicationError) as raised:
        await answer
    return raised.value


@pytest_twisted.ensureDeferred
async def test_everything_that_is_the_routers_is_answered(gateway: Gateway) -> None:
    """The component registers what the contract says the router answers, and where containers report."""
    promised = {procedure.uri for procedure in PROCEDURES if procedure.owner is Owner.ROUTER}

    assert set(gateway.session.registered) == promised | {"tapecast.node.report"}


@pytest_twisted.ensureDeferred
async def test_the_heart_beats_once_a_second(gateway: Gateway) -> None:
    """A counter goes out at once and then every second, numbered like any stream."""
    gateway.clock.advance(1)
    gateway.clock.advance(1)

    beats = gateway.session.events(HEARTBEAT)
    assert [beat["payload"] for beat in beats] == [{"counter": 1}, {"counter": 2}, {"counter": 3}]
    assert [beat["seq"] for beat in beats] == [1, 2, 3]
    assert {beat["type"] for beat in beats} == {"heartbeat"}
    assert len({beat["epoch"] for beat in beats}) == 1


@pytest_twisted.ensureDeferred
async def test_a_failing_beat_is_logged(gateway: Gateway) -> None:
    """A bug that stops the heart does not stop it silently."""
    gateway.router.fails = True

    with capturedLogs() as events:
        gateway.clock.advance(1)

    assert [event["log_namespace"] for event in events if event["log_level"] is LogLevel.critical] == ["tapecast.node"]


@pytest_twisted.ensureDeferred
async def test_status_is_told_when_it_changes(gateway: Gateway) -> None:
    """Parts are published once, and again when one of them is otherwise; that it grows older is no change."""
    gateway.clock.advance(1)
    await gateway.report(FEED)
    gateway.clock.advance(1)
    await gateway.report({**FEED, "age_ms": 900})
    gateway.clock.advance(1)
    await gateway.report({**FEED, "state": "degraded", "reason": "silent"})
    gateway.clock.advance(1)

    told = [event["payload"]["parts"] for event in gateway.session.events(STATUS)]
    assert [[(part["name"], part["state"]) for part in parts] for parts in told] == [
        [("router", "up"), ("market", "down")],
        [("router", "up"), ("market", "up"), ("feed:sim", "up")],
        [("router", "up"), ("market", "up"), ("feed:sim", "degraded")],
    ]


@pytest_twisted.ensureDeferred
async def test_a_silent_container_is_down(gateway: Gateway, later: Any) -> None:
    """Three seconds after its last report a container is down, and the next report brings it back."""
    await gateway.report(FEED)
    assert (await gateway.http("health"))[0] == 200

    later(LONGEST_SILENCE_NS + 1)
    status, body = await gateway.http("health")

    assert (status, body["status"]) == (503, "down")
    assert [part["reason"] for part in body["parts"]] == ["", "it is silent"]
    await gateway.report(FEED)
    assert await gateway.http("health") == (
        200,
        {
            "status": "up",
            "parts": [
                {"name": "router", "state": "up", "reason": "", "age_ms": None},
                {"name": "market", "state": "up", "reason": "", "age_ms": None},
                FEED,
            ],
        },
    )


@pytest_twisted.ensureDeferred
async def test_a_containers_figures_are_shown_while_it_reports(gateway: Gateway, later: Any) -> None:
    """What a container counts is on the router's page of metrics, until it falls silent."""
    sample = ["tapecast_x_total", {"feed": "sim"}, 7.0]
    family: dict[str, object] = {"name": "tapecast_x", "documentation": "X.", "type": "counter", "samples": [sample]}
    await gateway.report(FEED, families=(family,))

    assert gateway.registry.get_sample_value("tapecast_x_total", {"feed": "sim"}) == 7
    later(LONGEST_SILENCE_NS + 1)
    assert gateway.registry.get_sample_value("tapecast_x_total", {"feed": "sim"}) is None


@pytest_twisted.ensureDeferred
async def test_sessions_and_joins_are_counted(gateway: Gateway) -> None:
    """How many sessions each role has is noted every second, and joins as they are decided."""
    gateway.router.sessions[7] = session_of("alice", Role.TRADER)
    gateway.clock.advance(1)
    gateway.component.count_authentication("ticket", "accepted")

    labels = {"method": "ticket", "result": "accepted"}
    assert gateway.registry.get_sample_value("tapecast_sessions", {"role": "trader"}) == 1
    assert gateway.registry.get_sample_value("tapecast_sessions", {"role": "admin"}) == 0
    assert gateway.registry.get_sample_value("tapecast_authentications_total", labels) == 1


def session_of(user_id: str, role: Role) -> SessionView:
    return SessionView(
        session_id=7,
        user_id=user_id,
        role=role,
        expires_at="2026-01-01T00:00:00.000000Z",
        serializer="cbor",
        subscriptions=3,
    )


@pytest_twisted.ensureDeferred
async def test_a_session_learns_who_it_is(gateway: Gateway) -> None:
    """A caller is told what the router knows of it, its user also as the component of a topic."""
    gateway.router.sessions[7] = session_of("a.b@c", Role.TRADER)

    assert await gateway.session.ask("tapecast.session.info") == {
        "session": 7,
        "user_id": "a.b@c",
        "user": "a_2eb_40c",
        "role": "trader",
        "expires_at": "2026-01-01T00:00:00.000000Z",
        "serializer": "cbor",
        "subscriptions": 3,
        "limits": LIMITS,
    }


@pytest_twisted.ensureDeferred
async def test_a_session_that_has_left_is_not_told_of(gateway: Gateway) -> None:
    """Who asks and is gone gets an error that nobody reads, and nothing breaks."""
    error = await refusal(gateway.session.ask("tapecast.session.info"))

    assert error.error == "tapecast.error.unavailable"


@pytest_twisted.ensureDeferred
async def test_ping_tells_the_time(gateway: Gateway) -> None:
    """The answer is our clock, in the contract's form."""
    answer = await gateway.session.ask("tapecast.session.ping")

    assert set(answer) == {"ts"}
    assert answer["ts"].endswith("Z")


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
    assert (await refusal(gateway.session.ask(LIST))).error == expected


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
        ("tapecast.user", Role.TRADER, ["tapecast.user.u1.orders"]),
        ("tapecast.user", Role.RISK, ["tapecast.user.u1.orders", "tapecast.user.u2.orders"]),
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


@pytest.mark.parametrize(("rest", "instrument"), [(["BTCUSDT"], "BTCUSDT"), (["BTC", "USDT"], "BTC/USDT")])
@pytest_twisted.ensureDeferred
async def test_a_price_is_asked_of_the_market(gateway: Gateway, rest: list[str], instrument: str) -> None:
    """Over HTTP a price has the same answer as by call, by name or alias."""
    gateway.session.results["tapecast.market.get_price"] = {"price": "1"}

    assert await gateway.http("api/prices", *rest) == (200, {"price": "1"})
    assert gateway.session.calls == [("tapecast.market.get_price", (), {"instrument": instrument})]


@pytest_twisted.ensureDeferred
async def test_a_price_of_no_instrument_is_a_wrong_question(gateway: Gateway) -> None:
    """Whoever names no instrument is told which argument is missing, and the market is not asked."""
    error = await refusal(gateway.http("api/prices"))

    assert (error.error, error.kwargs["details"]) == ("tapecast.error.invalid_argument", {"field": "instrument"})
    assert not gateway.session.calls


@pytest_twisted.ensureDeferred
async def test_there_is_nothing_below_health(gateway: Gateway) -> None:
    """Health is one path."""
    assert (await refusal(gateway.http("health", "x"))).error == "tapecast.error.not_found"


@pytest_twisted.ensureDeferred
async def test_a_price_without_a_market_is_unavailable(gateway: Gateway) -> None:
    """Over HTTP an owner that is away has the same code as by call."""
    gateway.session.results["tapecast.market.get_price"] = AWAY

    error = await refusal(gateway.http("api/prices", "BTCUSDT"))

    assert (error.error, error.kwargs["code"]) == ("tapecast.error.unavailable", "unavailable")


@pytest_twisted.ensureDeferred
async def test_a_report_that_is_none_changes_nothing(gateway: Gateway) -> None:
    """A report with a state that does not exist is refused, logged, and not kept."""
    with capturedLogs() as events:
        error = await refusal(gateway.report({**FEED, "state": "sideways"}))

    assert error.error == "tapecast.error.internal"
    assert [event["procedure"] for event in events if "log_failure" in event] == ["tapecast.node.report"]
    assert (await gateway.http("health"))[0] == 503
