"""Publish and subscribe: what a pattern matches, what an event tells, and who may publish."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp import message
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions
from hypothesis import given
from hypothesis import strategies as st

from components.contract.roles import Role
from router.broker import ComponentwiseObservationMap
from tests.support.raw_websocket import EVENT, GOODBYE, HELLO, ROLES, SUBSCRIBE, SUBSCRIBED, WELCOME, RawWebSocket
from tests.support.routers import OURS, REALM, Client, RouterUnderTest, running, settle, turns

PRICE = "tapecast.price.BTCUSDT"
TRADES = "tapecast.trades.binance.BTCUSDT"

components = st.sampled_from(["a", "b", "ab"])
topics = st.lists(components, min_size=1, max_size=4).map(".".join)


def topics_of(client: Client) -> list[str | None]:
    return [topic for _, topic, _ in client.events]


@given(st.lists(topics), topics)
def test_a_prefix_matches_whole_components(prefixes: list[str], topic: str) -> None:
    """A topic goes to the prefixes that are its first components, and to no others."""
    subscriptions = ComponentwiseObservationMap()
    for prefix in prefixes:
        subscriptions.add_observer("somebody", f"{prefix}.", "prefix")

    matched = {one.uri for one in subscriptions.match_observations(topic)}

    words = topic.split(".")
    heads = {".".join(words[:count]) for count in range(1, len(words) + 1)}
    assert matched == {f"{prefix}." for prefix in prefixes if prefix in heads}


def test_the_empty_prefix_matches_everything() -> None:
    """What `gateway` alone may subscribe to gets every event."""
    subscriptions = ComponentwiseObservationMap()
    subscriptions.add_observer("somebody", "", "prefix")

    assert len(subscriptions.match_observations(PRICE)) == 1


def test_a_prefix_that_nobody_holds_is_gone() -> None:
    """What was subscribed to and left again matches nothing and takes no room."""
    subscriptions = ComponentwiseObservationMap()
    observation, _, _ = subscriptions.add_observer("somebody", "tapecast.", "prefix")

    subscriptions.drop_observer("somebody", observation)
    subscriptions.delete_observation(observation)

    assert not subscriptions.match_observations(PRICE)
    assert not subscriptions._observations_prefix


def test_every_kind_of_match_counts() -> None:
    """An exact topic, a prefix and a wildcard of it are three subscriptions to one event."""
    subscriptions = ComponentwiseObservationMap()
    for uri, match in ((PRICE, "exact"), ("tapecast.", "prefix"), ("tapecast..BTCUSDT", "wildcard")):
        subscriptions.add_observer("somebody", uri, match)

    assert [one.match for one in subscriptions.match_observations(PRICE)] == ["exact", "prefix", "wildcard"]


@pytest_twisted.ensureDeferred
async def test_both_spellings_of_a_prefix_are_one(router: RouterUnderTest) -> None:
    """`tapecast.trades` and `tapecast.trades.` give the same subscription, which one topic name apart is not in."""
    client = await router.join()
    first = await client.follow("tapecast.trades", "prefix")
    second = await client.follow("tapecast.trades.", "prefix")

    router.gateway.publish(TRADES, seq=1)
    router.service.publish("tapecast.tradesx.binance.BTCUSDT", seq=2)
    router.service.publish("tapecast.trades", seq=3)
    await settle(client)

    assert first == second
    assert {topic for _, topic, _ in client.events} == {TRADES, "tapecast.trades"}


@pytest_twisted.ensureDeferred
async def test_the_end_of_a_prefix_is_the_end(router: RouterUnderTest) -> None:
    """Whoever unsubscribes gets nothing more; the other subscriptions go on."""
    client, other = await router.join(), await router.join()
    await other.follow("tapecast.price", "prefix")
    subscription = await client.subscribe(lambda **_: client.events.append((0, None, {})), PRICE)
    await subscription.unsubscribe()

    router.gateway.publish(PRICE, seq=1)
    await settle(client)
    await settle(other)

    assert not client.events
    assert topics_of(other) == [PRICE]
    with pytest.raises(ApplicationError) as raised:
        await unsubscribe_again(client, subscription)
    assert raised.value.error == "wamp.error.no_such_subscription"


def unsubscribe_again(client: Client, subscription: Any) -> Any:
    client._subscriptions[subscription.id] = [subscription]
    subscription.active = True
    return subscription.unsubscribe()


@pytest_twisted.ensureDeferred
async def test_a_wildcard_stands_for_one_component(router: RouterUnderTest) -> None:
    """An empty component of a pattern is any component, never none or two."""
    client = await router.join()
    await client.follow("tapecast.quote..BTCUSDT", "wildcard")

    for topic in ("tapecast.quote.sim.BTCUSDT", "tapecast.quote.sim.ETHUSDT", "tapecast.ticker.sim.BTCUSDT"):
        router.gateway.publish(topic, seq=1)
    await settle(client)

    assert topics_of(client) == ["tapecast.quote.sim.BTCUSDT"]


@pytest_twisted.ensureDeferred
async def test_an_event_tells_its_topic_where_the_subscription_does_not(router: RouterUnderTest) -> None:
    """Events of patterns carry their topic, and no event its publisher."""
    client = await RawWebSocket.join(router.port)
    for number, (topic, match) in enumerate([(PRICE, "exact"), ("tapecast.price", "prefix")], start=1):
        client.send(SUBSCRIBE, number, {"match": match}, topic)
        assert (await client.message())[0] == SUBSCRIBED

    router.gateway.publish(PRICE, seq=1)

    events = [await client.message() for _ in range(2)]
    assert [event[0] for event in events] == [EVENT, EVENT]
    assert [event[3] for event in events] == [{}, {"topic": PRICE}]
    await client.end()


@pytest.mark.parametrize("user", [None, "alice", "desk", "operator"])
@pytest_twisted.ensureDeferred
async def test_clients_publish_nothing(router: RouterUnderTest, user: str | None) -> None:
    """A publication by anybody but the gateway's own processes is refused aloud where he listens, else quietly."""
    reader, client = await router.join(), await router.join(user)
    await reader.follow(PRICE)

    client.publish(PRICE, seq=1)
    with pytest.raises(ApplicationError) as raised:
        await client.publish(PRICE, seq=2, options=PublishOptions(acknowledge=True))
    await settle(reader)

    assert raised.value.error == "tapecast.error.not_authorized"
    assert set(raised.value.kwargs) == {"code", "message", "retry", "details"}
    assert not reader.events


@pytest_twisted.ensureDeferred
async def test_nothing_is_published_off_the_contract(router: RouterUnderTest) -> None:
    """The gateway's own processes publish topics of the contract and no others."""
    with pytest.raises(ApplicationError) as raised:
        await router.gateway.publish("tapecast.nothing", options=PublishOptions(acknowledge=True))

    assert raised.value.error == "tapecast.error.unknown_topic"


@pytest_twisted.ensureDeferred
async def test_events_are_not_retained(router: RouterUnderTest) -> None:
    """A publication that is to be retained is refused, and nothing waits for those who come later and ask for it."""
    client = await router.join()

    with pytest.raises(ApplicationError) as raised:
        await router.gateway.publish(PRICE, seq=1, options=PublishOptions(acknowledge=True, retain=True))
    await client.follow(PRICE, get_retained=True)
    await settle(client)

    assert raised.value.kwargs["details"] == {"field": "retain"}
    assert not client.events


@pytest_twisted.ensureDeferred
async def test_a_payload_that_cannot_be_read_is_not_published(router: RouterUnderTest) -> None:
    """A publication with payload transparency reaches nobody."""
    reader = await router.join()
    await reader.follow(PRICE)
    sent: list[Any] = []
    publisher = router.router._session_id_to_session[router.gateway._session_id]
    publish = message.Publish(1, PRICE, payload=b"sealed", enc_algo="cryptobox", acknowledge=True)

    router.router.send = lambda _session, answer: sent.append(answer)
    router.router._broker.processPublish(publisher, publish)
    del router.router.send
    await settle(reader)

    assert [answer.kwargs["details"] for answer in sent] == [{"field": "payload"}]
    assert not reader.events


@pytest.mark.parametrize(
    ("options", "readers"),
    [
        ({}, "abo"),
        ({"eligible_authid": ["alice"]}, "a"),
        ({"eligible_authid": []}, ""),
        ({"eligible": []}, ""),
        ({"eligible_authrole": []}, ""),
        ({"eligible_authid": ["nobody"]}, ""),
        ({"eligible_authrole": ["trader"]}, "ab"),
        ({"exclude_authid": ["alice"]}, "bo"),
        ({"exclude_authrole": ["trader"]}, "o"),
        ({"exclude": []}, "abo"),
        ({"eligible_authrole": ["trader"], "exclude_authid": ["bob"]}, "a"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_event_goes_to_those_it_is_for(router: RouterUnderTest, options: dict[str, Any], readers: str) -> None:
    """Lists of those who may and may not get an event hold, an empty list of those who may above all."""
    clients = [await router.join(user) for user in ("alice", "bob", "operator")]
    for client in clients:
        await client.follow(PRICE)

    router.gateway.publish(PRICE, seq=1, options=PublishOptions(**options))
    for client in clients:
        await settle(client)

    assert "".join(client.user[0] for client in clients if client.events and client.user) == readers


@pytest_twisted.ensureDeferred
async def test_sessions_are_chosen_by_number(router: RouterUnderTest) -> None:
    """An event may be for one session, or for all but one."""
    one, other = await router.join(), await router.join()
    for client in (one, other):
        await client.follow(PRICE)

    router.gateway.publish(PRICE, seq=1, options=PublishOptions(eligible=[one._session_id, 1]))
    router.gateway.publish(PRICE, seq=2, options=PublishOptions(exclude=[one._session_id, 1]))
    await settle(one)
    await settle(other)

    assert [event[2]["seq"] for event in one.events] == [1]
    assert [event[2]["seq"] for event in other.events] == [2]


@pytest.mark.parametrize("exclude_me", [None, True, False])
@pytest_twisted.ensureDeferred
async def test_a_publisher_hears_itself_where_it_wants_to(router: RouterUnderTest, exclude_me: bool | None) -> None:  # noqa: FBT001 - a parameter
    """An event does not come back to its publisher unless that is asked for."""
    await router.gateway.follow(PRICE)

    router.gateway.publish(PRICE, seq=1, options=PublishOptions(exclude_me=exclude_me))

    assert len(router.gateway.events) == (1 if exclude_me is False else 0)


@pytest_twisted.ensureDeferred
async def test_a_reader_who_leaves_takes_nobody_along(router: RouterUnderTest) -> None:
    """A session that ends while an event goes out costs nobody else the event, and gets it no more itself."""
    leaver = await RawWebSocket.join(router.port)
    (session,) = router.router._authrole_to_sessions["public"]
    leaver.send(SUBSCRIBE, 1, {}, PRICE)
    assert (await leaver.message())[0] == SUBSCRIBED
    watchers = [router.embed(Role.GATEWAY.value) for _ in range(8)]
    seen: list[int] = []

    def watch(number: int) -> None:
        seen.append(number)
        if len(seen) == 1:
            session.onMessage(message.Goodbye())

    for number, watcher in enumerate(watchers):
        await watcher.subscribe(lambda number=number, **_: watch(number), PRICE)
    router.gateway.publish(PRICE, seq=1)
    leaver.send(HELLO, REALM, {"roles": ROLES})

    assert sorted(seen) == list(range(8))
    kinds = [(await leaver.message())[0]]
    while kinds[-1] != WELCOME:
        kinds.append((await leaver.message())[0])
    assert kinds[-2:] == [GOODBYE, WELCOME]
    await leaver.end()


@pytest_twisted.ensureDeferred
async def test_subscribing_twice_is_one_subscription(router: RouterUnderTest) -> None:
    """A second SUBSCRIBE to the same topic is answered alike, brings no second event and no second announcement."""
    operator = await router.join("operator")
    announced: list[tuple[Any, ...]] = []
    await operator.subscribe(lambda *args: announced.append(args), "wamp.subscription.on_subscribe")
    client = await RawWebSocket.join(router.port)
    for number in (1, 2):
        client.send(SUBSCRIBE, number, {}, PRICE)
        assert (await client.message())[0] == SUBSCRIBED

    router.gateway.publish(PRICE, seq=1)
    assert (await client.message())[0] == EVENT
    await settle(operator)

    assert len(announced) == 1
    await client.end()


@pytest_twisted.ensureDeferred
async def test_meta_events_tell_of_subscriptions(router: RouterUnderTest) -> None:
    """An operator learns of the first and the last subscription to a topic, and whose each was."""
    operator, client = await router.join("operator"), await router.join()
    session_id = client._session_id
    told: list[tuple[str, Any]] = []
    for event in ("on_create", "on_subscribe", "on_unsubscribe", "on_delete"):
        await operator.subscribe(
            lambda session, _subscription, event=event: told.append((event, session)), f"wamp.subscription.{event}"
        )

    await client.follow(PRICE)
    await client.follow("tapecast.price", "prefix")
    await settle(operator)
    client._transport.transport.abortConnection()
    await client.lost
    await turns()
    await settle(operator)

    assert [event for event, _ in told[:4]] == ["on_create", "on_subscribe"] * 2
    assert sorted(event for event, _ in told[4:]) == ["on_delete", "on_delete", "on_unsubscribe", "on_unsubscribe"]
    assert {session for _, session in told} == {session_id}


@pytest_twisted.ensureDeferred
async def test_what_nobody_watches_is_not_announced(router: RouterUnderTest) -> None:
    """A session's subscriptions, however many it leaves behind, cost no publication where nobody listens to them."""
    published: list[str] = []
    publish = router.service.publish

    def remember(topic: str, *args: Any, **kwargs: Any) -> Any:
        published.append(topic)
        return publish(topic, *args, **kwargs)

    router.service.publish = remember
    operator, client = await router.join("operator"), await router.join()
    subscription = await operator.subscribe(lambda *_: None, "wamp.subscription.on_delete")
    await client.follow(PRICE)
    await client.follow("tapecast.price", "prefix")
    await subscription.unsubscribe()
    other = await router.join()
    await other.follow("tapecast.trades", "prefix")
    client._transport.transport.abortConnection()
    await client.lost
    await other.call("wamp.session.nothing").addErrback(lambda _failure: None)
    await turns()

    assert not [topic for topic in published if topic.startswith("wamp.subscription.")]


@pytest_twisted.ensureDeferred
async def test_a_subscription_can_be_taken_away_once(router: RouterUnderTest) -> None:
    """The gateway's own processes end another's subscription; one that is not there is no subscription."""
    client, other = await router.join(), await router.join()
    subscription = await client.follow(PRICE)
    await other.follow(PRICE)
    remove = "wamp.subscription.remove_subscriber"

    await router.gateway.call(remove, subscription, client._session_id)
    with pytest.raises(ApplicationError):
        await router.gateway.call(remove, subscription, client._session_id)
    router.gateway.publish(PRICE, seq=1)
    await other.has_events(1)

    assert not client.events
    assert router.router._broker._unsubscribe(
        router.router._broker._subscription_map.get_observation(PRICE),
        router.router._session_id_to_session[client._session_id],
    ) == (False, False, False)


@pytest_twisted.ensureDeferred
async def test_a_router_that_starts_announces_nothing() -> None:
    """While Crossbar's own session is not there yet, a subscription is as good as ever."""
    async with running(OURS) as router:
        router.router._realm.session = None
        client = router.embed(Role.GATEWAY.value)
        await client.follow(PRICE)
        await turns()

        router.gateway.publish(PRICE, seq=1)

        assert topics_of(client) == [PRICE]
