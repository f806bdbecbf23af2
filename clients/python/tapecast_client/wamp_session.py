"""A WAMP session as its client: messages in, messages and answers out."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from autobahn.wamp import message, role

from tapecast_client.errors import CallRefused, ClientError, refusal_of

Message = Any
"""A message of `autobahn.wamp.message`."""

Done = Callable[[Any, ClientError | None], None]
"""Takes a result, or the error in place of one."""

OnEvent = Callable[[str | None, Mapping[str, Any]], None]
"""Takes the topic, where the event tells it, and the event's keyword arguments."""

_ROLES = {
    "subscriber": role.RoleSubscriberFeatures(pattern_based_subscription=True, subscription_revocation=True),
    "caller": role.RoleCallerFeatures(),
}


class SessionOutput(Protocol):
    """Whoever has the session."""

    def joined(self, role: str) -> None:
        """The gateway let us in, as this role."""

    def refused(self, error: CallRefused) -> None:
        """The gateway did not let us in."""

    def left(self, reason: str) -> None:
        """The gateway said goodbye, or answered ours."""


class WampSession:
    """
    One session: it joins once, and ends with its connection.

    It does no I/O but by `send`, knows no event loop, and calls back at once. Autobahn's own session would need a
    different one on Twisted and on asyncio, and does not tell why a connection was closed.

    Source: The WAMP protocol, basic profile.
    """

    def __init__(self, send: Callable[[Message], None], output: SessionOutput, *, token: str | None) -> None:
        self._send = send
        self._output = output
        self._token = token
        self._last_request = 0
        self._waiting: dict[int, Done] = {}
        self._handlers: dict[int, list[tuple[OnEvent, Callable[[], None]]]] = {}
        self._is_leaving = False
        self._receivers: dict[type, Callable[[Any], None]] = {
            message.Event: self._receive_event,
            message.Result: self._receive_result,
            message.Error: self._receive_error,
            message.Subscribed: self._receive_subscribed,
            message.Unsubscribed: self._receive_unsubscribed,
            message.Welcome: self._receive_welcome,
            message.Challenge: self._receive_challenge,
            message.Abort: self._receive_abort,
            message.Goodbye: self._receive_goodbye,
        }

    def hello(self, realm: str) -> None:
        """Ask to be let in: by ticket where there is a token, else as anonymous."""
        method = "anonymous" if self._token is None else "ticket"
        self._send(message.Hello(realm, _ROLES, authmethods=[method]))

    def receive(self, received: Message) -> None:
        """Take a message; one that is for another role than a client's is ignored."""
        receiver = self._receivers.get(type(received))
        if receiver is not None:
            receiver(received)

    def call(self, procedure: str, arguments: Mapping[str, Any], done: Done) -> None:
        """Call a procedure with keyword arguments."""
        request = self._next_request(done)
        self._send(message.Call(request, procedure, kwargs=dict(arguments) or None))

    def subscribe(self, uri: str, match: str, on_event: OnEvent, *, on_revoked: Callable[[], None], done: Done) -> None:
        """
        Subscribe to a topic or a pattern; the gateway has one subscription for all who ask for the same.

        Args:
            uri: The topic or pattern.
            match: `exact` or `prefix`.
            on_event: Takes the events.
            on_revoked: Called where the gateway ends the subscription.
            done: Takes the subscription's id.
        """

        def stands(subscription: Any, error: ClientError | None) -> None:
            if error is None:
                self._handlers.setdefault(subscription, []).append((on_event, on_revoked))
            done(subscription, error)

        request = self._next_request(stands)
        self._send(message.Subscribe(request, uri, match=match))

    def unsubscribe(self, subscription: int, on_event: OnEvent) -> None:
        """Give a subscription back, unless another has it too; nothing comes of it here from now on."""
        kept = [one for one in self._handlers.pop(subscription, []) if one[0] != on_event]
        if kept:
            self._handlers[subscription] = kept
            return
        request = self._next_request(lambda _result, _error: None)
        self._send(message.Unsubscribe(request, subscription))

    def leave(self) -> None:
        """Say goodbye."""
        self._is_leaving = True
        self._send(message.Goodbye())

    def lose(self, error: ClientError) -> None:
        """The connection is gone: everything that waits for an answer gets this error."""
        waiting, self._waiting = self._waiting, {}
        self._handlers.clear()
        for done in waiting.values():
            done(None, error)

    def _next_request(self, done: Done) -> int:
        self._last_request += 1
        self._waiting[self._last_request] = done
        return self._last_request

    def _finish(self, request: int, result: Any, error: ClientError | None = None) -> None:
        done = self._waiting.pop(request, None)
        if done is not None:
            done(result, error)

    def _receive_event(self, received: Message) -> None:
        for on_event, _ in tuple(self._handlers.get(received.subscription, ())):
            on_event(received.topic, received.kwargs or {})

    def _receive_result(self, received: Message) -> None:
        result = received.args[0] if received.args else received.kwargs
        self._finish(received.request, result)

    def _receive_error(self, received: Message) -> None:
        self._finish(received.request, None, refusal_of(received.error, received.kwargs))

    def _receive_subscribed(self, received: Message) -> None:
        self._finish(received.request, received.subscription)

    def _receive_unsubscribed(self, received: Message) -> None:
        if received.request:
            self._finish(received.request, None)
            return
        for _, on_revoked in self._handlers.pop(received.subscription, ()):
            on_revoked()

    def _receive_welcome(self, received: Message) -> None:
        self._output.joined(str(received.authrole))

    def _receive_challenge(self, _received: Message) -> None:
        self._send(message.Authenticate(self._token or ""))

    def _receive_abort(self, received: Message) -> None:
        self._output.refused(refusal_of(received.reason, {"message": received.message}))

    def _receive_goodbye(self, received: Message) -> None:
        if not self._is_leaving:
            self._send(message.Goodbye("wamp.close.goodbye_and_out"))
        self._output.left(received.reason)
