"""A WAMP session that remembers what is done with it, and answers as the test says."""

from collections.abc import Callable
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError, TransportLost
from autobahn.wamp.request import Registration
from autobahn.wamp.types import CallDetails
from twisted.internet.defer import Deferred, fail, succeed

from components.contract.roles import Role
from components.wamp.procedures import DETAILS_ARGUMENT


@attrs.frozen(kw_only=True)
class Published:
    """
    One event as a component published it.

    Attributes:
        topic: Where it went.
        event: Its keyword arguments.
        wants_acknowledgement: Whether the router was to acknowledge it.
    """

    topic: str
    event: dict[str, Any]
    wants_acknowledgement: bool


@attrs.frozen
class HeldSubscription:
    """A subscription of a `RecordingSession`."""

    end: Callable[[], object]

    def unsubscribe(self) -> "Deferred[Any]":
        """Give it back."""
        self.end()
        return succeed(None)


@attrs.define
class RecordingSession:
    """
    Satisfies `WampSession` without a router.

    Attributes:
        published: Every event, in order.
        registered: Every endpoint by the procedure that it answers.
        calls: Procedure, positional and keyword arguments of every call.
        results: What calls of a procedure give, or a Deferred of it; an exception makes them fail; a function makes it
            of the call's keyword arguments.
        acknowledgements: The acknowledgements that are due, where `holds_acknowledgements`; fire them to go on.
        holds_acknowledgements: Whether acknowledgements wait for the test; else each comes at once.
        refused_procedures: Procedures whose registration fails.
        is_lost: Whether the transport is gone.
        subscribed: Every handler of events by its topic, while it is subscribed.
        held_subscriptions: Deferreds by topic that the test fires when a subscription shall stand.
    """

    published: list[Published] = attrs.field(factory=list)
    registered: dict[str, Callable[..., Any]] = attrs.field(factory=dict)
    calls: list[tuple[str, tuple[object, ...], dict[str, object]]] = attrs.field(factory=list)
    results: dict[str, object] = attrs.field(factory=dict)
    acknowledgements: "list[Deferred[Any]]" = attrs.field(factory=list)
    holds_acknowledgements: bool = False
    refused_procedures: set[str] = attrs.field(factory=set)
    is_lost: bool = False
    subscribed: dict[str, Callable[..., object]] = attrs.field(factory=dict)
    held_subscriptions: "dict[str, Deferred[Any]]" = attrs.field(factory=dict)

    def publish(self, topic: str, *args: object, **kwargs: Any) -> "Deferred[Any] | None":
        """Remember one event."""
        if self.is_lost:
            raise TransportLost
        assert not args, "events have no positional arguments"
        options = kwargs.pop("options", None)
        wants_acknowledgement = bool(options and options.acknowledge)
        self.published.append(Published(topic=topic, event=kwargs, wants_acknowledgement=wants_acknowledgement))
        if not wants_acknowledgement:
            return None
        if not self.holds_acknowledgements:
            return succeed(None)
        due: Deferred[Any] = Deferred()
        self.acknowledgements.append(due)
        return due

    def register(self, endpoint: Callable[..., object], procedure: str, options: Any = None) -> "Deferred[Any]":
        """Remember one endpoint."""
        assert options.details_arg == DETAILS_ARGUMENT
        if procedure in self.refused_procedures:
            return fail(ApplicationError("wamp.error.procedure_already_exists"))
        self.registered[procedure] = endpoint
        return succeed(None)

    def call(self, procedure: str, *args: object, **kwargs: Any) -> "Deferred[Any]":
        """Remember one call, and answer as the test said."""
        self.calls.append((procedure, args, kwargs))
        result = self.results.get(procedure)
        if callable(result):
            result = result(**kwargs)
        if isinstance(result, Deferred):
            return result
        return fail(result) if isinstance(result, Exception) else succeed(result)

    def subscribe(self, handler: Callable[..., object], topic: str) -> "Deferred[Any]":
        """Remember one subscription; the test answers where it holds the topic back."""
        held = self.held_subscriptions.get(topic)
        subscribed: Deferred[Any] = Deferred() if held is None else held
        subscribed.addCallback(lambda _: self._subscribed(topic, handler))
        if held is None:
            subscribed.callback(None)
        return subscribed

    def _subscribed(self, topic: str, handler: Callable[..., object]) -> "HeldSubscription":
        self.subscribed[topic] = handler
        return HeldSubscription(lambda: self.subscribed.pop(topic))

    def ask(self, procedure: str, *args: object, role: Role = Role.PUBLIC, **kwargs: object) -> Any:
        """Call what a component registered, as the router would for a caller of a role; give its Deferred."""
        return self.registered[procedure](*args, **{DETAILS_ARGUMENT: call_details(procedure, role)}, **kwargs)

    def events(self, prefix: str) -> list[dict[str, Any]]:
        """The events on all topics that begin so, in order."""
        return [one.event for one in self.published if one.topic.startswith(prefix)]


def call_details(procedure: str, role: Role = Role.PUBLIC) -> CallDetails:
    """What Autobahn tells an endpoint of its caller."""
    return CallDetails(
        registration=Registration(None, 1, procedure, None),
        caller=7,
        caller_authid="u1",
        caller_authrole=role.value,
        procedure=procedure,
        enc_algo=None,
    )
