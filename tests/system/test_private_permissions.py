"""One user cannot read, resume, list, change or infer another's anything: who asks for what, and what each is told."""

import re
from collections.abc import Iterator

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.types import SubscribeOptions
from twisted.internet.defer import ensureDeferred

from components.contract.procedures import PROCEDURES
from components.contract.topics import TOPIC_FAMILIES, Owner, family_of
from tests.support.node import RunningNode
from tests.support.people import Outcome, Person, outcome_of
from tests.support.private_world import NAMES, World, rows_of

CODES = {
    "yes": "ok",
    "-": "not_authorized",
    "token": "authentication_required",
    "topic": "unknown_topic",
    "order": "unknown_order",
    "field": "invalid_argument",
}
"""Words of the tables: allowed, and the codes of what is refused."""

TOPICS = """
topic                          public ann  bob  desk house platform operator

tapecast.user.ann.orders       token  yes  -    yes  -     -        yes
tapecast.user.ann.fills        token  yes  -    yes  -     -        yes
tapecast.user.ann.positions    token  yes  -    yes  -     -        yes
tapecast.user.ann.wallet       token  yes  -    yes  -     -        yes
tapecast.user.ann.alerts       token  yes  -    yes  -     -        yes
tapecast.user.ann.session      token  yes  -    yes  -     -        yes
tapecast.user.ann.portfolio    token  yes  -    yes  -     -        yes
tapecast.user.ann.margin       token  yes  -    yes  -     -        yes
tapecast.user.ann.bots         token  yes  -    yes  -     -        yes
tapecast.user.ann.risk         token  yes  -    yes  -     -        yes
tapecast.user.nobody.orders    token  -    -    yes  -     -        yes
tapecast.user.house.orders     token  -    -    yes  yes   -        yes
tapecast.user.platform.orders  token  -    -    yes  -     -        yes
tapecast.risk.alerts           token  -    -    yes  -     -        yes
tapecast.signals.1m.BTCUSDT    yes    yes  yes  yes  yes   -        yes
tapecast.auctions.a-1          token  yes  yes  yes  yes   -        yes
tapecast.user.ann              topic  topic topic topic topic topic topic
tapecast.user.ann.nothing      topic  topic topic topic topic topic topic
"""
"""Who may subscribe to a topic, and have its state and what was missed of it."""

PATTERNS = """
match     uri                   public ann   bob   desk  house platform operator

prefix    tapecast.user.ann     token  yes   -     yes   -     -        yes
prefix    tapecast.user.ann.    token  yes   -     yes   -     -        yes
prefix    tapecast.user.an      token  -     -     yes   -     -        yes
prefix    tapecast.user         token  -     -     yes   -     -        yes
prefix    tapecast.risk         token  -     -     yes   -     -        yes
prefix    tapecast              token  -     -     -     -     -        yes
wildcard  tapecast.user.ann.    token  yes   -     yes   -     -        yes
wildcard  tapecast.user..orders token  -     -     yes   -     -        yes
wildcard  tapecast.user..       token  -     -     yes   -     -        yes
wildcard  tapecast..ann.orders  token  yes   -     yes   -     -        yes
wildcard  ...orders             token  -     -     yes   -     -        yes
wildcard  tapecast.risk.        token  -     -     yes   -     -        yes
wildcard  tapecast..            token  -     -     -     -     -        yes
"""
"""Who may subscribe to a pattern: whoever may read all that it can match."""

CALLS = """
procedure                    public bob   desk  house platform operator  arguments

orders.place                 token  yes   -     -     -        -         client_order_id=hers {limit}
orders.amend                 token  order -     -     -        -         client_order_id=hers-1 quantity=0.002
orders.cancel                token  order -     -     -        -         client_order_id=hers-1
orders.cancel                token  order -     -     -        -         order_id={order_id}
orders.cancel_all            token  yes   -     -     -        -
orders.get                   token  order order -     -        order     client_order_id=hers-1
orders.get                   token  order order -     -        order     order_id={order_id}
orders.get                   token  -     yes   -     -        yes       client_order_id=hers-1 user_id=ann
orders.get                   token  -     yes   -     -        yes       order_id={order_id} user_id=ann
orders.get                   token  order order -     -        order     order_id={order_id} user_id=bob
orders.get                   token  -     order -     -        order     order_id={order_id} user_id=nobody
orders.list                  token  yes   yes   -     -        yes
orders.list                  token  -     yes   -     -        yes       user_id=ann
orders.list                  token  -     yes   -     -        yes       user_id=nobody
account.get_positions        token  -     yes   -     -        yes       user_id=ann
account.get_wallet           token  -     yes   -     -        yes       user_id=ann
account.get_portfolio        token  -     yes   -     -        yes       user_id=ann
account.get_margin           token  -     yes   -     -        yes       user_id=ann
account.list_fills           token  -     yes   -     -        yes       user_id=ann
account.get_wallet           token  -     yes   -     -        yes       user_id=nobody
risk.get_limits              token  -     yes   -     -        yes       user_id=ann
risk.get_limits              token  -     yes   -     -        yes       user_id=nobody
risk.list_alerts             token  -     yes   -     -        yes       user_id=ann
risk.acknowledge_alert       token  field yes   -     -        yes       alert_id={alert_id}
risk.acknowledge_alert       token  -     yes   -     -        yes       alert_id={alert_id} user_id=ann
risk.acknowledge_alert       token  field field -     -        field     alert_id={alert_id} user_id=bob
risk.set_limits              token  -     yes   -     -        -         limits={limits} user_id=carl reason=a
risk.halt                    token  -     yes   -     -        -         user_id=carl reason=a
risk.resume                  token  -     yes   -     -        -         user_id=carl reason=a
risk.cancel_orders           token  -     yes   -     -        -         user_id=carl reason=a
bots.report                  token  yes   -     -     -        -         bot_id=hers name=a status=running
bots.list                    token  -     yes   -     -        yes       user_id=ann
session.cancel_on_disconnect token  yes   -     -     -        -         after_ms=0
intake.order                 token  -     -     -     field    -         events=[]
intake.fill                  token  -     -     -     field    -         events=[]
intake.position              token  -     -     -     field    -         events=[]
intake.wallet                token  -     -     -     field    -         events=[]
intake.margin                token  -     -     -     field    -         events=[]
intake.bot                   token  -     -     -     yes      -         events=[]
intake.alert                 token  -     -     -     yes      -         events=[]
intake.requests              token  -     -     -     field    -
admin.accounts.list          token  -     -     -     -        yes
admin.accounts.adjust        token  -     -     -     -        yes       user_id=carl currency=USDT amount=1 {id}
"""
"""What others are told who name what is ann's; on paper a platform has no accounts to tell of."""

IMAGINARY = """
orders.amend            client_order_id=hers-1 quantity=0.002   client_order_id=never quantity=0.002
orders.cancel           client_order_id=hers-1                  client_order_id=never
orders.cancel           order_id={order_id}                     order_id={never}
orders.get              client_order_id=hers-1                  client_order_id=never
orders.get              order_id={order_id}                     order_id={never}
orders.get              order_id={order_id} user_id=ann         order_id={never} user_id=nobody
orders.list             user_id=ann                             user_id=nobody
account.get_positions   user_id=ann                             user_id=nobody
account.get_wallet      user_id=ann                             user_id=nobody
account.get_portfolio   user_id=ann                             user_id=nobody
account.get_margin      user_id=ann                             user_id=nobody
account.list_fills      user_id=ann                             user_id=nobody
risk.get_limits         user_id=ann                             user_id=nobody
risk.list_alerts        user_id=ann                             user_id=nobody
risk.acknowledge_alert  alert_id={alert_id}                     alert_id={never}
risk.acknowledge_alert  alert_id={alert_id} user_id=ann         alert_id={never} user_id=nobody
bots.list               user_id=ann                             user_id=nobody
stream.get              topic=tapecast.user.ann.orders          topic=tapecast.user.nobody.orders
stream.resume           topic=tapecast.user.ann.orders {place}  topic=tapecast.user.nobody.orders epoch=e seq=0
"""
"""Calls about what is ann's, and the same about what there is not: nobody but her can tell which is which."""


@pytest.fixture(scope="module")
def world(paper_node: RunningNode) -> Iterator[World]:
    """Everybody connected to one gateway; what is ann's stays as it is."""
    world = World(paper_node)
    pytest_twisted.blockon(ensureDeferred(world.begin()))
    yield world
    pytest_twisted.blockon(ensureDeferred(world.end()))


async def outcomes(person: Person, topic: str) -> list[str]:
    """What comes of subscribing to a topic, of asking for its state, and for what was missed of it."""
    subscribed = await outcome_of(person.subscribe(lambda **_: None, topic))
    if subscribed.answer is not None:
        await subscribed.answer.unsubscribe()
    state = await person.ask("stream.get", topic=topic)
    missed = await person.ask("stream.resume", topic=topic, epoch="e", seq=0)
    return [subscribed.code, state.code, missed.code]


@pytest.mark.parametrize("row", rows_of(TOPICS)[1], ids=lambda row: row[0])
@pytest_twisted.ensureDeferred
async def test_who_reads_a_topic(world: World, row: list[str]) -> None:
    """Subscribing, `stream.get` and `stream.resume` are answered alike; a platform calls nothing but its own."""
    topic, *words = row
    expected = dict(zip(rows_of(TOPICS)[0][1:], words, strict=True))

    for name, word in expected.items():
        subscribed, *called = await outcomes(world.people[name], topic)

        assert subscribed == CODES[word], (name, topic)
        assert called == [CODES["-" if name == "platform" else word]] * 2, (name, topic)


@pytest.mark.parametrize("row", rows_of(PATTERNS)[1], ids=lambda row: "-".join(row[:2]))
@pytest_twisted.ensureDeferred
async def test_who_subscribes_to_a_pattern(world: World, row: list[str]) -> None:
    """A pattern is for whoever may read all that it can match."""
    match, uri, *words = row
    expected = dict(zip(rows_of(PATTERNS)[0][2:], words, strict=True))

    for name, word in expected.items():
        options = SubscribeOptions(match=match)
        subscribed = await outcome_of(world.people[name].subscribe(lambda **_: None, uri, options))
        if subscribed.answer is not None:
            await subscribed.answer.unsubscribe()

        assert subscribed.code == CODES[word], (name, match, uri)


@pytest_twisted.ensureDeferred
async def test_lists_hold_what_one_may_read(world: World) -> None:
    """Of users' topics `stream.list` tells everybody the own ones, and all of them to the desk and to operators."""
    listed = {name: await private_topics(world.people[name]) for name in (*NAMES, "ann") if name != "platform"}

    hers = {topic for topic in listed["ann"] if topic.startswith("tapecast.user.ann.")}
    assert {"tapecast.user.ann.orders", "tapecast.user.ann.fills", "tapecast.user.ann.alerts"} <= hers
    assert hers < listed["desk"]
    assert hers < listed["operator"]
    for name in ("public", "ann", "bob", "house"):
        assert all(topic.startswith(f"tapecast.user.{name}.") for topic in listed[name]), name
    assert not await private_topics(world.people["bob"], prefix="tapecast.user.ann")
    assert (await world.people["platform"].ask("stream.list")).code == "not_authorized"


async def private_topics(person: Person, *, prefix: str = "") -> set[str]:
    """The topics below a prefix that are listed for somebody, those apart that all may read."""
    topics = {row["topic"] for row in await person.get("stream.list", prefix=prefix)}
    return {topic for topic in topics if topic.startswith(("tapecast.user.", "tapecast.risk.", "tapecast.admin."))}


@pytest.mark.parametrize("row", rows_of(CALLS)[1], ids=lambda row: " ".join((row[0], *row[7:])))
@pytest_twisted.ensureDeferred
async def test_what_others_are_told(world: World, row: list[str]) -> None:
    """Everybody is told what the table says, and nothing of ann's has changed."""
    procedure, *words = row
    arguments = world.arguments(words[len(NAMES)] if len(words) > len(NAMES) else "")
    before = await world.account("ann")

    for name, word in zip(NAMES, words, strict=False):
        outcome = await world.people[name].ask(procedure, **arguments)

        assert outcome.code == CODES[word], (name, outcome)
    assert await world.account("ann") == before


def test_the_tables_leave_nothing_out() -> None:
    """Every topic and every procedure of the process that keeps accounts is in the tables."""
    called = {f"tapecast.{row[0]}" for row in rows_of(CALLS)[1]}
    families = {family.pattern for row in rows_of(TOPICS)[1] if (family := family_of(row[0])) is not None}

    assert called == {one.uri for one in PROCEDURES if one.owner is Owner.TRADING}
    assert families == {one.pattern for one in TOPIC_FAMILIES if one.owner is Owner.TRADING}
    assert tuple(rows_of(CALLS)[0][1:-1]) == NAMES


@pytest.mark.parametrize("row", [line for line in IMAGINARY.splitlines() if line], ids=lambda row: row.split("  ")[0])
@pytest_twisted.ensureDeferred
async def test_hers_is_as_what_does_not_exist(world: World, row: str) -> None:
    """To a trader and to a maker of markets, refusals are the same for what is ann's and for what is nobody's."""
    procedure, real, imaginary = re.split(r"\s{2,}", row)

    for name in ("public", "bob", "house"):
        hers = await world.people[name].ask(procedure, **world.arguments(real))
        nobodys = await world.people[name].ask(procedure, **world.arguments(imaginary))

        assert hers.code != "ok"
        assert hers == as_if_hers(nobodys)


def as_if_hers(outcome: Outcome) -> Outcome:
    """An outcome with ann's name in place of that of nobody, where it says again what was asked."""
    message = str(outcome.said["message"]).replace("nobody", "ann")
    return attrs.evolve(outcome, said={**outcome.said, "message": message})
