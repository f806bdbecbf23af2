"""All that goes on where the journal of operators ends: what is kept in it, and what is published through it."""

from collections.abc import Callable

import attrs

from components.admin.administration import Administration
from components.admin.audit_trail import AuditTrail
from components.admin.operational_alerts import OperationalAlerts
from components.contract.envelope import Payload
from components.contract.topics import Owner
from components.streams.answers import Ownership, StreamAnswers
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.session import WampSession


@attrs.frozen(kw_only=True)
class Journalled:
    """
    What one opening of a journal has made.

    Attributes:
        administration: What operators have said.
        trail: What they did.
        alerts: What is wrong with the node.
        answers: Tells of the streams.
        publisher: Writes all of it, and publishes.
    """

    administration: Administration
    trail: AuditTrail
    alerts: OperationalAlerts
    answers: StreamAnswers
    publisher: StreamPublisher


def make_journalled(
    session: WampSession, streams: Streams, *, now_ns: Callable[[], int], on_lost: Callable[[], None]
) -> Journalled:
    """
    All that goes on where the streams' journal ends; nothing is opened yet.

    Args:
        session: Joined to the realm.
        streams: With their journal.
        now_ns: The time, UNIX nanoseconds.
        on_lost: Called once, when nothing can be written any more.
    """
    administration, trail, alerts = Administration(), AuditTrail(), OperationalAlerts()

    def state(topic: str) -> Payload | None:
        stream = streams.get(topic)
        if stream is None or stream.last is None:
            return None
        return {"open": alerts.open_bodies(), stream.content: list(stream.payloads)}

    ownership = Ownership(owner=Owner.ROUTER, now_ns=lambda _topic: now_ns(), state=state)
    return Journalled(
        administration=administration,
        trail=trail,
        alerts=alerts,
        answers=StreamAnswers(streams, ownership),
        publisher=StreamPublisher(session, streams, ownership, parts=(administration, trail, alerts), on_lost=on_lost),
    )
