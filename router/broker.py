"""Publish and subscribe: who gets an event, decided once, and sent to each without a way for one to stop the rest."""

from collections.abc import Iterator
from itertools import accumulate, chain
from typing import Any

from autobahn import util
from autobahn.wamp import message
from crossbar.router.broker import Broker, SubscriptionExtra
from crossbar.router.observation import UriObservationMap

from auth.permissions import Action, Match, normalised_prefix
from components.contract.errors import ErrorCode
from router.refusal import Refused, error_reply, refuse_payload

_WHITELISTS = ("eligible", "eligible_authid", "eligible_authrole")
_EVENTS = ("on_create", "on_subscribe", "on_unsubscribe", "on_delete")
_FILTERS = (*_WHITELISTS, "exclude", "exclude_authid", "exclude_authrole")


class ComponentwiseObservationMap(UriObservationMap):
    """
    Subscriptions, with prefixes that match whole components.

    A prefix is held with its trailing dot, so that `tapecast.trades` matches itself and everything below, and never
    `tapecast.tradesx`. Crossbar's own map of prefixes is a tree of characters, in which each costs its whole length.
    """

    def __init__(self) -> None:
        super().__init__()
        self._observations_prefix: dict[str, Any] = {}

    def match_observations(self, uri: str) -> list[Any]:
        """The subscriptions that an event on this topic goes to."""
        observations = [self._observations_exact[uri]] if uri in self._observations_exact else []
        observations.extend(self._prefixes_of(uri))
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
        publication = util.id()
        if publish.acknowledge:
            self._router.send(session, message.Published(publish.request, publication))
        for subscription in self._subscription_map.match_observations(publish.topic):
            self._dispatch(session, publish, publication, subscription)

    def _dispatch(self, session: Any, publish: Any, publication: int, subscription: Any) -> None:
        event = self._event(publish, publication, subscription)
        for receiver in self._receivers(session, publish, subscription):
            self._router.send(receiver, event)

    def _receivers(self, session: Any, publish: Any, subscription: Any) -> Iterator[Any]:
        receivers = subscription.observers
        if any(getattr(publish, name) == [] for name in _WHITELISTS):
            # Crossbar takes an empty list of those who may get an event as no list at all.
            receivers = set()
        elif any(getattr(publish, name) for name in _FILTERS):
            receivers = self._filter_publish_receivers(receivers, publish)
        skips_publisher = publish.exclude_me is None or publish.exclude_me
        # A copy, because sending can end a session and with it its place in the set.
        for receiver in list(receivers):
            if receiver._session_id and not (skips_publisher and receiver is session):
                yield receiver

    @staticmethod
    def _event(publish: Any, publication: int, subscription: Any) -> Any:
        is_exact = subscription.match == message.Subscribe.MATCH_EXACT
        event = message.Event(
            subscription.id,
            publication,
            args=publish.args,
            kwargs=publish.kwargs,
            topic=None if is_exact else publish.topic,
        )
        event.correlation_uri = publish.topic
        return event

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
            session, uri, subscribe.match, extra=SubscriptionExtra()
        )
        self._session_to_subscriptions[session].add(subscription)
        self._router.send(session, message.Subscribed(subscribe.request, subscription.id))
        if not was_already_subscribed:
            watched = self._watched_events()
            if is_first:
                details = {name: getattr(subscription, name) for name in ("id", "created", "uri", "match")}
                self._announce("on_create", watched, session, subscription, details)
            self._announce("on_subscribe", watched, session, subscription, subscription.id)

    def detach(self, session: Any) -> None:
        """Forget a session and its subscriptions, of which it can have tens of thousands."""
        watched = self._watched_events()
        for subscription in list(self._session_to_subscriptions.get(session, ())):
            self._drop(session, subscription, watched)
        super().detach(session)

    def _unsubscribe(self, subscription: Any, session: Any, unsubscribe: Any = None) -> tuple[bool, bool, bool]:
        return *self._drop(session, subscription, self._watched_events()), False

    def _drop(self, session: Any, subscription: Any, watched: frozenset[str]) -> tuple[bool, bool]:
        was_subscribed, was_last = self._subscription_map.drop_observer(session, subscription)
        self._session_to_subscriptions[session].discard(subscription)
        if was_subscribed:
            self._announce("on_unsubscribe", watched, session, subscription, subscription.id)
        if was_last:
            self._subscription_map.delete_observation(subscription)
            self._announce("on_delete", watched, session, subscription, subscription.id)
        return was_subscribed, was_last

    def _watched_events(self) -> frozenset[str]:
        """Which of the subscriptions' events somebody subscribes to."""
        observed = self._subscription_map.match_observations
        return frozenset(event for event in _EVENTS if observed(f"wamp.subscription.{event}"))

    def _announce(self, event: str, watched: frozenset[str], session: Any, subscription: Any, detail: object) -> None:
        service = self._router.service_session
        if event in watched and service is not None and not subscription.uri.startswith("wamp."):
            # Crossbar would look up the session's number only when it is gone.
            self._reactor.callLater(0, service.publish, f"wamp.subscription.{event}", session._session_id, detail)
