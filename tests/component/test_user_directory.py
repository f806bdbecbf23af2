"""The directory behind a URL against a web server on this machine that answers well, slowly, badly or not at all."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred

from auth.user_directory_client import AT_ONCE, MOST_WAITING, RECHECKS_A_SECOND, TIMEOUT_S, HttpUserDirectory
from auth.user_settings import DirectoryChoice, DirectoryKind, UserSettings
from auth.users import ANYBODY, Standing
from components.contract.envelope import NS_PER_S
from components.model.errors import Unavailable
from tests.support.certificates import CertificateFiles, write_certificate
from tests.support.clocked_reactor import ClockedReactor
from tests.support.routers import turns
from tests.support.users_server import UsersServer

INACTIVE = Standing(is_active=False)
FRESH_S, KEPT_S = 60, 600
ONE_TURN_S = 1 / RECHECKS_A_SECOND


class Scene:
    """A platform's endpoint, a directory that asks it, and a clock."""

    def __init__(self, certificate: CertificateFiles | None = None) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.server = UsersServer(real_reactor, certificate=certificate)
        self.server.headers["connection"] = "close"
        choice = DirectoryChoice(DirectoryKind.HTTP, url=self.server.url)
        settings = UserSettings(directory=choice, token="s3cret", fresh_s=FRESH_S, kept_s=KEPT_S)
        self.directory = HttpUserDirectory(self.clock, settings, now_ns=lambda: int(self.clock.seconds() * NS_PER_S))
        self.told: list[tuple[str, Standing]] = []

    def find(self, user_id: str) -> "Deferred[Standing]":
        """What it says of a user."""
        return ensureDeferred(self.directory.find(user_id))

    def watch(self, user_id: str) -> None:
        """Note what else it says of a user from now on."""
        self.directory.watch(user_id, lambda standing: self.told.append((user_id, standing)))

    async def refused(self, user_id: str) -> str:
        """Why nothing is said of a user."""
        with pytest.raises(Unavailable) as raised:
            await self.find(user_id)
        return str(raised.value)

    async def time_out(self, found: "Deferred[Standing]") -> None:
        """Let the question that is on its way find no answer in time."""
        self.clock.advance(TIMEOUT_S)
        with pytest.raises(Unavailable):
            await found

    @property
    def health(self) -> dict[str, object]:
        """How the directory is."""
        (part,) = self.directory.health()
        return part


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[Scene]:
    """A scene that ends with nothing open."""
    made = Scene()
    yield made
    await made.directory.stop()
    await made.server.stop()


@pytest_twisted.ensureDeferred
async def test_a_user_is_asked_about_as_one_uri_component(scene: Scene) -> None:
    """With the platform's secret in a header, and nothing of the user but the id."""
    scene.server.standings["_2e_2e_2falice_40example_2ecom"] = {"active": True, "connections": 9, "rate_factor": 0.5}

    standing = await scene.find("../alice@example.com")

    assert standing == Standing(is_active=True, connections=9, rate_factor=Decimal("0.5"))
    ((path, headers),) = scene.server.requests
    assert path == "/v1/users/_2e_2e_2falice_40example_2ecom"
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["accept"] == "application/json"
    assert scene.health["state"] == "up"


@pytest_twisted.ensureDeferred
async def test_an_answer_holds_for_a_while_whatever_it_is(scene: Scene) -> None:
    """A user who is not active is no more asked about than one who is."""
    scene.server.standings["alice"] = {"active": True}
    first = [await scene.find("alice"), await scene.find("bob")]
    scene.server.standings = {"bob": {"active": True}}
    scene.clock.advance(FRESH_S - 1)
    meanwhile = [await scene.find("alice"), await scene.find("bob")]
    scene.clock.advance(1)
    later = [await scene.find("alice"), await scene.find("bob")]

    assert [one.is_active for one in first] == [one.is_active for one in meanwhile] == [True, False]
    assert [one.is_active for one in later] == [False, True]
    assert scene.server.asked_about == ["alice", "bob", "alice", "bob"]


@pytest_twisted.ensureDeferred
async def test_all_who_wait_for_a_user_share_one_question(scene: Scene) -> None:
    """Whoever gives up meanwhile takes nothing from the others."""
    scene.server.is_silent = True
    scene.server.standings["alice"] = {"active": True}
    waiting = [scene.find("alice") for _ in range(5)]
    await scene.server.asked(1)
    waiting[0].addErrback(lambda _failure: None)
    waiting[0].cancel()
    scene.server.answer_now()

    assert [await one for one in waiting[1:]] == [ANYBODY] * 4
    assert scene.server.asked_about == ["alice"]


@pytest_twisted.ensureDeferred
async def test_without_an_answer_nobody_comes_in(scene: Scene) -> None:
    """Who was never heard of is refused once the time for an answer is over."""
    scene.server.is_silent = True
    found = scene.find("alice")
    await scene.server.asked(1)
    scene.clock.advance(TIMEOUT_S)

    with pytest.raises(Unavailable, match="no answer within 2 s"):
        await found


@pytest_twisted.ensureDeferred
async def test_a_half_answer_is_none(scene: Scene) -> None:
    """Its head has come, and the rest never does."""
    scene.server.is_dripping = True
    found = scene.find("alice")
    await scene.server.asked(1)
    await scene.clock.conditions.when(lambda: bool(scene.clock.getDelayedCalls()))

    await scene.time_out(found)


@pytest.mark.parametrize(
    ("status", "headers", "document", "text"),
    [
        (404, {}, b'{"active": false}', "expected status 200 for every user, received 404"),
        (302, {"location": "/v1/users/root"}, b'{"active": true}', "received 302"),
        (401, {}, b"", "received 401"),
        (503, {}, b"", "received 503"),
        (200, {}, b"<html>alice</html>", "expected JSON, received something else"),
        (200, {}, b'{"active": "alice"}', "active: expected true or false"),
        (200, {}, b" " * 5000, "the answer is longer than 4096 bytes"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_answer_lets_nobody_in(
    scene: Scene, status: int, headers: dict[str, str], document: bytes, text: str
) -> None:
    """Nor is it quoted in the log, nor anywhere else asked."""
    scene.server.status, scene.server.document = status, document
    scene.server.headers.update(headers)

    reason = await scene.refused("alice")

    assert text in reason
    assert "alice" not in reason
    assert "s3cret" not in reason
    assert len(scene.server.requests) == 1


@pytest_twisted.ensureDeferred
async def test_the_last_answer_stands_in_for_a_while(scene: Scene) -> None:
    """Also for a user who was not active; then there is none."""
    scene.server.standings["alice"] = {"active": True, "connections": 9}
    await scene.find("alice")
    await scene.find("bob")
    scene.server.status = 503
    scene.clock.advance(KEPT_S - 1)
    kept = [await scene.find("alice"), await scene.find("bob")]
    scene.clock.advance(1)

    assert kept == [Standing(is_active=True, connections=9), Standing(is_active=False, reason="nobody of that name")]
    assert "received 503" in await scene.refused("alice")


@pytest_twisted.ensureDeferred
async def test_a_directory_that_is_away_is_left_alone(scene: Scene) -> None:
    """After five failures nobody asks for a second, then one, and when it is back all do."""
    scene.server.status = 503
    for number in range(5):
        await scene.refused(f"user{number}")
    unwell = scene.health
    at_once = await scene.refused("alice")
    asked = len(scene.server.requests)
    scene.server.status = 200
    scene.server.standings["alice"] = {"active": True}
    scene.clock.advance(1)

    assert await scene.find("alice") == ANYBODY
    assert at_once == (
        "the directory of users: it is left alone for a while: expected status 200 for every user, received 503"
    )
    assert asked == 5
    assert (unwell["state"], unwell["age_ms"]) == ("degraded", None)
    assert scene.health["state"] == "up"


@pytest_twisted.ensureDeferred
async def test_one_that_is_gone_is_no_worse_than_one_that_fails(scene: Scene) -> None:
    """Nobody listens at its address."""
    await scene.server.stop()
    found = scene.find("alice")
    # Twisted's endpoint first looks whether there is another address.
    await scene.clock.conditions.when(lambda: len(scene.clock.getDelayedCalls()) > 1)
    scene.clock.advance(0.31)

    with pytest.raises(Unavailable, match="it cannot be reached"):
        await found
    scene.server._port.startListening()


@pytest.mark.parametrize("is_trusted", [True, False])
@pytest_twisted.ensureDeferred
async def test_a_server_must_be_who_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_trusted: bool
) -> None:
    """Nobody on the way lets anybody in, or hears the platform's secret."""
    (tmp_path / "other").mkdir()
    own, other = write_certificate(tmp_path), write_certificate(tmp_path / "other")
    monkeypatch.setenv("SSL_CERT_FILE", str((own if is_trusted else other).certificate))
    scene = Scene(own)
    scene.server.standings["alice"] = {"active": True}

    if is_trusted:
        assert await scene.find("alice") == ANYBODY
    else:
        assert "it cannot be reached" in await scene.refused("alice")
        assert scene.server.requests == []
    await scene.directory.stop()
    await scene.server.stop()


@pytest_twisted.ensureDeferred
async def test_users_who_are_connected_are_asked_about_again(scene: Scene) -> None:
    """When their answer has grown old; what is another than before is told, once."""
    scene.server.standings["alice"] = {"active": True}
    await scene.find("alice")
    scene.clock.advance(20)
    scene.watch("alice")
    scene.clock.advance(FRESH_S - 20)
    await scene.server.asked(2)
    await scene.clock.conditions.when(lambda: not scene.directory._asking)
    unchanged = list(scene.told)
    scene.server.standings["alice"] = {"active": False}
    scene.clock.advance(FRESH_S)
    await scene.clock.conditions.when(lambda: bool(scene.told))

    assert unchanged == []
    assert scene.told == [("alice", INACTIVE)]
    assert scene.directory.last_known("alice") == INACTIVE


@pytest_twisted.ensureDeferred
async def test_what_is_said_at_a_join_counts_for_other_sessions(scene: Scene) -> None:
    """They are told at once, and not asked about again until that has grown old."""
    scene.server.standings["alice"] = {"active": True}
    await scene.find("alice")
    scene.watch("alice")
    scene.server.standings["alice"] = {"active": True, "connections": 1}
    scene.clock.pump([FRESH_S - ONE_TURN_S])
    scene.directory._standings.fresh_ns = 0

    await scene.find("alice")

    assert scene.told == [("alice", Standing(is_active=True, connections=1))]
    scene.clock.advance(FRESH_S - ONE_TURN_S)
    assert len(scene.server.requests) == 2


@pytest_twisted.ensureDeferred
async def test_those_who_are_connected_are_asked_about_one_after_the_other(scene: Scene) -> None:
    """Whoever came at once is spread over the time that the rate needs."""
    users = [f"user{number}" for number in range(8)]
    scene.server.standings = {user: {"active": True} for user in users}
    for user in users:
        await scene.find(user)
        scene.watch(user)
    scene.clock.advance(FRESH_S)
    asked = []
    for count in range(9, 17):
        await scene.server.asked(count)
        asked.append(len(scene.server.requests))
        scene.clock.advance(ONE_TURN_S)

    assert asked == list(range(9, 17))
    assert scene.server.asked_about[8:] == users


@pytest_twisted.ensureDeferred
async def test_while_nobody_answers_those_who_are_connected_stay(scene: Scene) -> None:
    """Nothing is told of them, however long that lasts; when it answers again they are asked about."""
    scene.server.standings["alice"] = {"active": True}
    await scene.find("alice")
    scene.watch("alice")
    scene.server.status = 503
    for count in range(2, 2 + KEPT_S // FRESH_S + 3):
        scene.clock.advance(FRESH_S)
        await scene.server.asked(count)
        await scene.clock.conditions.when(lambda: not scene.directory._asking)
    away = list(scene.told)
    scene.server.status, scene.server.standings = 200, {"alice": {"active": False}}
    scene.clock.advance(FRESH_S)
    await scene.clock.conditions.when(lambda: bool(scene.told))

    assert away == []
    assert scene.told == [("alice", INACTIVE)]


@pytest_twisted.ensureDeferred
async def test_who_has_left_is_asked_about_no_more(scene: Scene) -> None:
    """Neither when the answer has grown old, nor ever."""
    scene.server.standings["alice"] = {"active": True}
    await scene.find("alice")
    scene.watch("alice")
    scene.directory.forget("alice")
    scene.clock.advance(10 * FRESH_S)

    assert scene.server.asked_about == ["alice"]
    assert scene.clock.getDelayedCalls() == []

    scene.server.standings["alice"] = {"active": False}
    await scene.find("alice")
    scene.clock.advance(10 * FRESH_S)

    assert scene.server.asked_about == ["alice", "alice"]
    assert scene.told == []


@pytest_twisted.ensureDeferred
async def test_only_so_many_questions_are_on_their_way(scene: Scene) -> None:
    """The others wait for their turn, but not more of them than there is room for."""
    scene.server.is_silent = True
    found = [scene.find(f"user{number}") for number in range(AT_ONCE + MOST_WAITING)]
    await scene.server.asked(AT_ONCE)

    assert "too many wait for its answers" in await scene.refused("alice")
    assert len(scene.server.requests) == AT_ONCE

    ended = DeferredList(found, consumeErrors=True)
    while not ended.called:
        scene.clock.advance(TIMEOUT_S)
        await turns()
    outcomes = await ended

    assert not any(is_answered for is_answered, _ in outcomes)
    assert len(scene.server.requests) < 2 * AT_ONCE
