"""Publish and subscribe: who gets an event, decided once, and sent to each without a way for one to stop the rest."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any

from autobahn import util
from autobahn.wamp import message
from crossbar.router.broker import Broker
from crossbar.router.observation import UriObservationMap

from auth.permissions import Action, Match, normalised_prefix
from components.contract.errors import ErrorCode
from router.book_changes import Books
from router.events import Event, Publication
from router.fanout import Receivers, fan_out
from router.messages import PlainPublish
from router.refusal import Refused, error_reply, refuse_payload

PATTERNS = "pattern"
"""What subscriptions to patterns are counted under, whatever they match."""

_WHITELISTS = ("eligible", "eligible_authid", "eligible_authrole")
_EVENTS = tuple(f"wamp.subscription.on_{event}" for event in ("create", "subscribe", "unsubscribe", "delete"))
_ON_CREATE, _ON_SUBSCRIBE, _ON_UNSUBSCRIBE, _ON_DELETE = _EVENTS
_META_HEADS = ("wamp", "")
"""What the subscription to one of Crossbar's events begins with, or a pattern that can match one."""

_FILTERS = (*_WHITELISTS, "exclude", "exclude_authid", "exclude_authrole")
_NARROWING = (*_FILTERS, "exclude_me")
_KNOWN_TOPICS = 4096


class ComponentwiseObservationMap(UriObservationMap):
    """
    Subscriptions, with prefixes that match whole components.

    A prefix is held with its trailing dot, so that `tapecast.trades` matches itself and everything below, and never
    `tapecast.tradesx`. Crossbar's own map of prefixes is a tree of characters, in which each costs its whole length.
    """

    def __init__(self) -> None:
        super().__init__()
        self._observations_prefix: dict[str, Any] = {}
        self._wildcards = 0
        self._of_meta_events = 0

    def create_observation(self, uri: str, match: str = "exact", extra: Any = None) -> Any:
        """Begin a subscription."""
        observation = super().create_observation(uri, match, extra)
        self._count(observation, 1)
        return observation

    def delete_observation(self, observation: Any) -> None:
        """End a subscription that nobody has any more."""
        super().delete_observation(observation)
        self._count(observation, -1)

    def _count(self, observation: Any, step: int) -> None:
        self._wildcards += step * (observation.match == Match.WILDCARD)
        self._of_meta_events += step * (observation.uri.split(".")[0] in _META_HEADS)

    def observed(self, meta_events: Iterable[str]) -> frozenset[str]:
        """Which of Crossbar's events somebody subscribes to; for most joins nobody does, and that is known at once."""
        return frozenset(filter(self.match_observations, meta_events)) if self._of_meta_events else frozenset()

    def match_observations(self, uri: str) -> list[Any]:
        """The subscriptions that an event on this topic goes to."""
        exact = self._observations_exact.get(uri)
        observations = [] if exact is None else [exact]
        if self._observations_prefix:
            observations.extend(self._prefixes_of(uri))
        if self._wildcards:
            observations.extend(self._observations_wildcard.iter_matches(uri))
        return observations

    def _prefixes_of(self, uri: str) -> Iterator[Any]:
        heads = accumulate(f"{word}." for word in uri.split("."))
        for head in chain([""], heads):
            if head in self._observations_prefix:
                yield self._observations_prefix[head]


class GatewayBroker(Broker):
    """
    Crossbar's broker with its two long paths written anew.

    Authorization is synchronous and never cached; retained events and event history do not exist; dispatch is not
    chunked, so an event carries the id of the subscription it is sent for (Crossbar's chunks mix them up); a
    publisher is never disclosed.
    """

    def __init__(self, router: Any, reactor: Any, options: Any = None) -> None:
        super().__init__(router, reactor, options)
        self._subscription_map = ComponentwiseObservationMap()
        self._turn = router.turn
        rules = router.rules
        self._class_of = lru_cache(_KNOWN_TOPICS)(
            lambda topic: (rules.delivery_of(topic), rules.family_of(topic), rules.is_merged(topic))
        )
        self._books = Books()
        self._role_features.event_retention = None
        self._role_features.publisher_identification = None

    def processPublish(self, session: Any, publish: Any) -> None:
        """Answer PUBLISH: to every subscriber that its filters leave, in one go."""
        try:
            self._router.permit(session, Action.PUBLISH, publish.topic)
            refuse_payload(publish)
            if publish.retain:
                raise Refused(ErrorCode.INVALID_ARGUMENT, "events are not retained; ask stream.get", field="retain")
        except Refused as refused:
            if publish.acknowledge:
                self._router.send(session, error_reply(publish, refused))
            return
        is_plain = type(publish) is PlainPublish and publish.exclude_me is not False
        filters = None if is_plain else publish
        publication_id = self.publish(session, publish.topic, publish.args, publish.kwargs, filters=filters)
        if publish.acknowledge:
            self._router.send(session, message.Published(publish.request, publication_id))

    def publish(
        self,
        session: Any,
        topic: str,
        args: list[Any] | None,
        kwargs: dict[str, Any] | None,
        *,
        filters: Any = None,
    ) -> int:
        """
        Hand an event to every subscription that matches, and give its number.

        Args:
            session: The publisher, who does not get it.
            topic: Where.
            args: Positional arguments.
            kwargs: Keyword arguments.
            filters: The PUBLISH, where it may say who gets the event and who does not.
        """
        publication_id: int = util.id()
        subscriptions = self._subscription_map.match_observations(topic)
        if subscriptions:
            publication = self._publication(topic, publication_id, args, kwargs)
            with_embedded = []
            for subscription in subscriptions:
                receivers = self._dispatch(session, publication, subscription, filters)
                if receivers.embedded:
                    with_embedded.append((subscription, receivers))
            # Last of all, as they can publish at once, and nobody shall get that before this.
            for subscription, receivers in with_embedded:
                self._tell_embedded(publication, subscription, receivers)
            transport = getattr(session._transport, "transport", None)
            if transport is not None:
                self._turn.hold_back(transport)
        return publication_id

    def _publication(
        self, topic: str, publication_id: int, args: list[Any] | None, kwargs: dict[str, Any] | None
    ) -> Publication:
        delivery, family, is_merged = self._class_of(topic)
        return Publication(
            topic,
            publication_id,
            args,
            kwargs,
            delivery=delivery,
            family=family,
            published_ns=self._turn.clock_ns(),
            changes=self._books.changes_of(topic) if is_merged else None,
        )

    def _dispatch(self, session: Any, publication: Publication, subscription: Any, filters: Any) -> Receivers:
        receivers: Receivers = subscription.extra
        if filters is None or not any(getattr(filters, name) is not None for name in _NARROWING):
            if session in subscription.observers:
                receivers = receivers.of(subscription.observers - {session})
        else:
            receivers = receivers.of(self._narrowed(session, subscription, filters))
        names_topic = subscription.match != message.Subscribe.MATCH_EXACT
        fan_out(Event(publication, subscription.id, names_topic=names_topic), receivers, self._turn)
        return receivers

    def _narrowed(self, session: Any, subscription: Any, filters: Any) -> set[Any]:
        receivers: set[Any] = subscription.observers
        if any(getattr(filters, name) == [] for name in _WHITELISTS):
            # Crossbar takes an empty list of those who may get an event as no list at all.
            return set()
        if any(getattr(filters, name) for name in _FILTERS):
            receivers = self._filter_publish_receivers(receivers, filters)
        return set(receivers) - ({session} if filters.exclude_me is not False else set())

    def _tell_embedded(self, publication: Publication, subscription: Any, receivers: Receivers) -> None:
        event = message.Event(
            subscription.id,
            publication.publication_id,
            args=publication.args,
            kwargs=publication.kwargs,
            topic=None if subscription.match == message.Subscribe.MATCH_EXACT else publication.topic,
        )
        # A copy, because whoever is told can unsubscribe at once, itself or another.
        for receiver in tuple(receivers.embedded):
            if receiver in subscription.extra.embedded:
                self._router.send(receiver, event)

    def processSubscribe(self, session: Any, subscribe: Any) -> None:
        """Answer SUBSCRIBE, where the session may read every topic that the pattern can match."""
        match = Match(subscribe.match)
        try:
            self._router.permit(session, Action.SUBSCRIBE, subscribe.topic, match)
        except Refused as refused:
            self._router.send(session, error_reply(subscribe, refused))
            return
        uri = normalised_prefix(subscribe.topic) if match is Match.PREFIX else subscribe.topic
        subscription, was_already_subscribed, is_first = self._subscription_map.add_observer(
            session, uri, subscribe.match, extra=Receivers()
        )
        subscription.extra.add(session)
        self._session_to_subscriptions[session].add(subscription)
        self._router.send(session, message.Subscribed(subscribe.request, subscription.id))
        if not was_already_subscribed:
            self._turn.figures.count_subscription(self._family_of(subscription), 1)
            watched = self._watched_events()
            if is_first:
                details = {name: getattr(subscription, name) for name in ("id", "created", "uri", "match")}
                self._announce(_ON_CREATE, watched, session, subscription, details)
            self._announce(_ON_SUBSCRIBE, watched, session, subscription, subscription.id)

    def detach(self, session: Any) -> None:
        """Forget a session and its subscriptions, of which it can have tens of thousands."""
        watched = self._watched_events()
        for subscription in list(self._session_to_subscriptions.get(session, ())):
            self._drop(session, subscription, watched)
        super().detach(session)

    def end_forbidden(self, session: Any) -> list[str]:
        """
        End the subscriptions that a session has and may not have, since its role is another.

        Returns:
            Those that were ended, as they are shown, sorted.
        """
        held = self._session_to_subscriptions.get(session, ())
        forbidden = [one for one in held if not self._may_follow(session, one)]
        watched = self._watched_events()
        for subscription in forbidden:
            self._drop(session, subscription, watched)
            if _understands_revocation(session):
                revoked = message.Unsubscribed(0, subscription=subscription.id, reason=ErrorCode.NOT_AUTHORIZED.uri)
                self._router.send(session, revoked)
        return sorted(map(shown_subscription, forbidden))

    def _may_follow(self, session: Any, subscription: Any) -> bool:
        try:
            self._router.permit(session, Action.SUBSCRIBE, subscription.uri, Match(subscription.match))
        except Refused:
            return False
        return True

    def _unsubscribe(self, subscription: Any, session: Any, unsubscribe: Any = None) -> tuple[bool, bool, bool]:
        return *self._drop(session, subscription, self._watched_events()), False

    def _drop(self, session: Any, subscription: Any, watched: frozenset[str]) -> tuple[bool, bool]:
        was_subscribed, was_last = self._subscription_map.drop_observer(session, subscription)
        subscription.extra.discard(session)
        outbox = getattr(session._transport, "outbox", None)
        if outbox is not None:
            outbox.discard(subscription.id)
        self._session_to_subscriptions[session].discard(subscription)
        if was_subscribed:
            self._turn.figures.count_subscription(self._family_of(subscription), -1)
            self._announce(_ON_UNSUBSCRIBE, watched, session, subscription, subscription.id)
        if was_last:
            self._subscription_map.delete_observation(subscription)
            self._announce(_ON_DELETE, watched, session, subscription, subscription.id)
        return was_subscribed, was_last

    def _family_of(self, subscription: Any) -> str:
        """The name that a subscription is counted under."""
        is_exact = subscription.match == message.Subscribe.MATCH_EXACT
        return self._router.rules.family_of(subscription.uri) if is_exact else PATTERNS

    def _watched_events(self) -> frozenset[str]:
        """Which of the subscriptions' events somebody subscribes to."""
        return self._subscription_map.observed(_EVENTS)

    def _announce(self, event: str, watched: frozenset[str], session: Any, subscription: Any, detail: object) -> None:
        service = self._router.service_session
        if event in watched and service is not None and not subscription.uri.startswith("wamp."):
            # Crossbar would look up the session's number only when it is gone.
            self._reactor.callLater(0, service.publish, event, session._session_id, detail)


def shown_subscription(subscription: Any) -> str:
    """A subscription as an operator or its user reads it: a topic, or a pattern with `*` or a trailing dot."""
    if subscription.match == message.Subscribe.MATCH_WILDCARD:
        return ".".join(word or "*" for word in subscription.uri.split("."))
    uri: str = subscription.uri
    return uri or "."


def _understands_revocation(session: Any) -> bool:
    """
    Whether a client takes an UNSUBSCRIBED that it did not ask for.

    Autobahn for Python announces that it does, and breaks off at the first one. Nobody else announces its
    `x_acknowledged_event_delivery`.

    Source: autobahn/wamp/protocol.py and role.py of the pinned version; a test reproduces it.
    """
    roles = session._session_roles
    publisher = roles.get("publisher")
    is_autobahn_python = publisher is not None and publisher.x_acknowledged_event_delivery
    subscriber = roles.get("subscriber")
    return bool(subscriber is not None and subscriber.subscription_revocation and not is_autobahn_python)
