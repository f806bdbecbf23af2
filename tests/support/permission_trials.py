"""How a permission is tried on a running gateway: with what can do no harm, and tells who was stopped where."""

import re
from typing import Any

import pytest
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions

from tests.support.people import Person
from tests.support.permission_families import ANOTHER, OWN

NOWHERE = "tried_by_a_test"
"""An argument that no procedure takes: whoever is let through is refused for it, and nothing has happened."""

COMPONENTS = {
    "{instrument}": "TRIED",
    "{venue}": "tried",
    "{interval}": "1m",
    "{timeframe}": "1m",
    "{auction_id}": "tried",
    "{role}": "trader",
}

REFUSALS = {
    "tapecast.error.not_authorized": "-",
    "tapecast.error.authentication_required": "token",
    "wamp.error.no_such_procedure": "none",
    "tapecast.error.unknown_topic": "none",
}


def topics_of_family(pattern: str) -> list[str]:
    """Topics of a family that nobody else uses; those of a user once as one's own, and once as another's."""
    topic = re.sub(r"\{[a-z_]+\}", lambda found: COMPONENTS.get(found[0], found[0]), pattern)
    return [topic.replace("{user_id}", user) for user in (OWN, ANOTHER)] if "{user_id}" in topic else [topic]


async def try_call(person: Person, uri: str) -> str:
    """The table's word for what comes of a call."""
    with pytest.raises(ApplicationError) as raised:
        await person.call(uri, **{NOWHERE: 1})
    error = raised.value
    assert error.error in REFUSALS or was_let_through(uri, error), (uri, error.error, error.kwargs)
    return REFUSALS.get(error.error, "yes")


def was_let_through(uri: str, error: ApplicationError) -> bool:
    """Whether an error is the procedure's own word on the argument, and not the router's on the caller."""
    details: dict[str, Any] = error.kwargs.get("details") or {}
    # Crossbar's own procedures are Python functions that do not say which argument is none of theirs.
    field = "args" if uri.startswith("wamp.") else NOWHERE
    return bool(error.error == "tapecast.error.invalid_argument" and details.get("field") == field)


async def try_subscribe(person: Person, topic: str) -> str:
    """The table's word for what comes of a subscription."""
    try:
        subscription = await person.subscribe(lambda *_, **__: None, topic)
    except ApplicationError as error:
        return REFUSALS[error.error]
    await subscription.unsubscribe()
    return "yes"


async def try_publish(person: Person, topic: str) -> str:
    """The table's word for what comes of a publication that wants an answer."""
    try:
        await person.publish(topic, options=PublishOptions(acknowledge=True), **{NOWHERE: 1})
    except ApplicationError as error:
        return REFUSALS[error.error]
    return "yes"


async def try_register(person: Person, uri: str) -> str:
    """The table's word for what comes of a registration; whoever may register finds the procedure taken."""
    try:
        registration = await person.register(lambda *_, **__: None, uri)
    except ApplicationError as error:
        return "yes" if error.error == "wamp.error.procedure_already_exists" else REFUSALS[error.error]
    await registration.unregister()
    return "yes"
