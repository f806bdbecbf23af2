"""Calls with one bad argument: who makes them, and that nothing comes of them."""

from typing import Any

import attrs

from tests.support.bad_values import BAD_VALUES
from tests.support.good_arguments import USER, spoilt
from tests.support.node import RunningNode
from tests.support.people import Person, join_as

LONGEST_ANSWER_CHARS = 1_000
"""A refusal shows no more of a huge value."""


@attrs.frozen(kw_only=True)
class Case:
    """One argument of one procedure, and the kinds of values that it refuses."""

    procedure: str
    who: str
    argument: str
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.procedure} {self.argument}"

    def is_named_by(self, field: object) -> bool:
        """Whether a refusal names the argument; of a whole event, or of limits, perhaps what is wrong within."""
        whole = self.argument in ("events", "limits")
        return field == self.argument or (whole and str(field).startswith((f"{self.argument}.", f"{self.argument}[")))


def cases_of(table: str) -> list[Case]:
    """The rows of a table, each as one case."""
    _, *rows = [line.split() for line in table.splitlines() if line]
    return [Case(procedure=row[0], who=row[1], argument=row[2], kinds=tuple(row[3:])) for row in rows]


@attrs.define
class Sight:
    """
    Everybody who calls, on one gateway, and what they can see of ned's account.

    Attributes:
        people: By name.
        topics: Those of his on which nothing happens by itself.
    """

    people: dict[str, Person]
    topics: tuple[str, ...] = ("orders", "fills", "positions", "wallet", "alerts", "session", "bots")

    async def account(self) -> dict[str, Any]:
        """All of it, and what the desk and the operator have to do with it."""
        ned, desk = self.people[USER], self.people["desk"]
        states = {one: await ned.get("stream.get", topic=f"tapecast.user.{USER}.{one}") for one in self.topics}
        limits = await desk.get("risk.get_limits", user_id=USER)
        return {
            "places": {one: (state["epoch"], state["seq"]) for one, state in states.items()},
            "open": states["orders"]["payload"],
            "orders": await ned.get("orders.list"),
            "wallet": await ned.get("account.get_wallet"),
            "bots": await ned.get("bots.list"),
            "limits": {name: limits[name] for name in ("trading_state", "overrides", "audit")},
        }

    async def end(self) -> None:
        """Let everybody leave."""
        for person in self.people.values():
            await person.leave()


async def see(node: RunningNode) -> Sight:
    """Let everybody join."""
    return Sight({name: await join_as(node, name) for name in (USER, "desk", "platform", "operator")})


async def refuses(sight: Sight, case: Case) -> None:
    """Every value is refused with the argument's name, and nothing has changed."""
    before = await sight.account()

    for value in (value for kind in case.kinds for value in BAD_VALUES[kind]):
        outcome = await sight.people[case.who].ask(case.procedure, **spoilt(case.procedure, case.argument, value))

        if case.argument == "instrument" and outcome.code == "unknown_instrument":
            continue
        assert outcome.code == "invalid_argument", (value, outcome)
        assert case.is_named_by(outcome.said["details"]["field"]), (value, outcome)
        assert len(str(outcome.said)) < LONGEST_ANSWER_CHARS
    assert await sight.account() == before
