"""How a component ends its part in the realm without leaving a caller in the air."""

from typing import Any

from twisted.internet.defer import DeferredList


async def answer_open_calls(session: Any) -> None:
    """
    Answer no new calls from now on, and return when those that had come are answered.

    Args:
        session: Autobahn's, joined. The router refuses new calls as soon as a procedure is not registered any more, so
            none is on its way once that is confirmed.
    """
    registrations = tuple(session._registrations.values())  # noqa: SLF001 - Autobahn tells of neither in another way
    await DeferredList([registration.unregister() for registration in registrations], consumeErrors=True)
    await DeferredList([invocation.on_reply for invocation in session._invocations.values()])  # noqa: SLF001
