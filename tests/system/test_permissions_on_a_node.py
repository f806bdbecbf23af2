"""All procedures, topics and events of a running gateway, tried by every role: what the written table has passes."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from autobahn.twisted.rawsocket import WampRawSocketClientFactory
from autobahn.wamp.types import SubscribeOptions
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.endpoints import UNIXClientEndpoint

from auth.meta_api import META_COMMANDS, META_EVENTS, META_QUERIES, META_TESTAMENTS
from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES
from components.contract.uris import user_component
from tests.support.node import RunningNode
from tests.support.people import Person, join_as, outcome_of
from tests.support.permission_families import ANOTHER, OWN, family_of, read_families
from tests.support.permission_trials import topics_of_family, try_call, try_publish, try_register, try_subscribe

People = dict[Role, Person]

NAMES = {
    Role.PUBLIC: "public",
    Role.TRADER: "ann",
    Role.RISK: "desk",
    Role.ISSUER: "house",
    Role.SERVICE: "platform",
    Role.ADMIN: "operator",
}
FAMILIES = read_families()
CALLED = sorted(
    {procedure.uri for procedure in PROCEDURES}
    | set(INTERNAL_PROCEDURES)
    | META_QUERIES
    | META_COMMANDS
    | META_TESTAMENTS
)
READ = sorted({topic for family in TOPIC_FAMILIES for topic in topics_of_family(family.pattern)} | META_EVENTS)
PATTERNS = """
match     uri                     public trader risk   issuer service admin gateway

prefix    wamp                    token  -      -      -      -       yes   yes
prefix    wamp.session            token  -      -      -      -       yes   yes
prefix    wamp.session.           token  -      -      -      -       yes   yes
prefix    wamp.registration       token  -      -      -      -       yes   yes
prefix    wamp.subscription       token  -      -      -      -       yes   yes
prefix    wamp.session.on_join    token  -      -      -      -       yes   yes
wildcard  wamp..on_join           token  -      -      -      -       yes   yes
wildcard  wamp.session.           token  -      -      -      -       yes   yes
wildcard  ..on_join               token  -      -      -      -       yes   yes
wildcard  ..                      token  -      -      -      -       yes   yes
prefix    tapecast                token  -      -      -      -       yes   yes
prefix    tapecast.admin          token  -      -      -      -       yes   yes
wildcard  tapecast.admin.         token  -      -      -      -       yes   yes
wildcard  tapecast..alerts        token  -      -      -      -       yes   yes
prefix    tapecast.user           token  -      yes    -      -       yes   yes
prefix    tapecast.user.ann       token  yes    yes    -      -       yes   yes
prefix    tapecast.system         yes    yes    yes    yes    -       yes   yes
prefix    wamp.nothing            none   none   none   none   none    none  none
"""
CODES = {"yes": "ok", "-": "not_authorized", "token": "authentication_required", "none": "unknown_topic"}


class Process(Person):
    """One of the gateway's own processes, by its socket."""

    @classmethod
    async def join_node(cls, node: RunningNode) -> "Process":
        """Join as one."""
        process = cls("gateway", None)
        endpoint = UNIXClientEndpoint(reactor, str(node.directory / "data" / "services.sock"))
        await endpoint.connect(WampRawSocketClientFactory(lambda: process))
        details = await process.joined
        assert details.authrole == Role.GATEWAY
        return process


async def join_all(node: RunningNode) -> People:
    """Everybody, in every role."""
    people: People = {role: await join_as(node, name) for role, name in NAMES.items()}
    return {**people, Role.GATEWAY: await Process.join_node(node)}


async def leave_all(people: People) -> None:
    """Everybody."""
    for person in people.values():
        await person.leave()


@pytest.fixture(scope="module")
def node_of_ours() -> Iterator[RunningNode]:
    """A gateway of this module's own: what passes may change it."""
    with RunningNode({"EXECUTION": "paper"}) as running:
        yield running


@pytest.fixture(scope="module")
def people(node_of_ours: RunningNode) -> Iterator[People]:
    """Somebody in every role, connected to it."""
    joined = pytest_twisted.blockon(ensureDeferred(join_all(node_of_ours)))
    yield joined
    pytest_twisted.blockon(ensureDeferred(leave_all(joined)))


def named(topic: str, person: Person) -> str:
    """A topic with users in place of the words that stand for them."""
    return topic.replace(OWN, user_component(person.name)).replace(ANOTHER, "nobody")


@pytest.mark.parametrize("uri", CALLED)
@pytest_twisted.ensureDeferred
async def test_who_calls_a_procedure(people: People, uri: str) -> None:
    """Whoever is let through is told by the procedure what is wrong; nobody else hears of it."""
    words = {role: await try_call(person, uri) for role, person in people.items()}

    assert words == family_of(FAMILIES, "call", uri).words


@pytest.mark.parametrize("uri", CALLED)
@pytest_twisted.ensureDeferred
async def test_who_registers_a_procedure(people: People, uri: str) -> None:
    """Nobody takes the place of another's procedure, or of one that is not there."""
    words = {role: await try_register(person, uri) for role, person in people.items()}

    assert words == family_of(FAMILIES, "register", uri).words


@pytest.mark.parametrize("topic", READ)
@pytest_twisted.ensureDeferred
async def test_who_subscribes_to_a_topic_or_an_event(people: People, topic: str) -> None:
    """Of one's own user, of another's, of the gateway, and of Crossbar itself."""
    words = {role: await try_subscribe(person, named(topic, person)) for role, person in people.items()}

    assert words == family_of(FAMILIES, "subscribe", topic).words


@pytest.mark.parametrize("topic", READ)
@pytest_twisted.ensureDeferred
async def test_who_publishes(people: People, topic: str) -> None:
    """Nobody forges an event."""
    words = {role: await try_publish(person, named(topic, person)) for role, person in people.items()}

    assert words == family_of(FAMILIES, "publish", topic).words


@pytest.mark.parametrize("row", [line.split() for line in PATTERNS.splitlines() if line][1:], ids="-".join)
@pytest_twisted.ensureDeferred
async def test_who_subscribes_to_a_pattern(people: People, row: list[str]) -> None:
    """Nobody gets by a pattern what the table refuses by name."""
    match, uri, *words = row
    expected = dict(zip(Role, words, strict=True))

    for role, person in people.items():
        outcome = await outcome_of(person.subscribe(lambda *_, **__: None, uri, SubscribeOptions(match=match)))
        if outcome.answer is not None:
            await outcome.answer.unsubscribe()

        assert outcome.code == CODES[expected[role]], (role, match, uri)


@pytest_twisted.ensureDeferred
async def test_every_registered_procedure_is_tried(people: People) -> None:
    """Whatever a process or Crossbar registers is in the lists that these tests go through."""
    operator = people[Role.ADMIN]
    ids = await operator.call("wamp.registration.list")
    registered = {(await operator.call("wamp.registration.get", number))["uri"] for kind in ids for number in ids[kind]}

    assert registered <= set(CALLED)
    assert registered >= {procedure.uri for procedure in PROCEDURES}


@pytest_twisted.ensureDeferred
async def test_only_the_operator_hears_who_comes_and_goes(node_of_ours: RunningNode, people: People) -> None:
    """And nothing of what a connection sent in its opening handshake."""
    heard: list[Any] = []
    operator = people[Role.ADMIN]
    for event in ("wamp.session.on_join", "wamp.session.on_leave"):
        await operator.subscribe(lambda *said, **more: heard.append((said, more)), event)
    visitor = await join_as(node_of_ours, "bob")
    number = visitor._session_id
    await visitor.leave()
    while len(heard) < 2:
        await operator.call("tapecast.session.ping")

    (joined, _), (left, _) = heard
    assert (joined[0]["session"], joined[0]["authid"], left[0]) == (number, "bob", number)
    transport = joined[0]["transport"]
    assert {transport[name] for name in transport if "header" in name or "cookie" in name} <= {None}
    assert "AutobahnPython" not in str(heard)
