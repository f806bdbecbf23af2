"""Whether a user may come in, and with what limits: what a platform says of its users besides their tokens."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

import attrs

from components.contract.roles import TOKEN_ROLES, Role
from components.model.errors import ProviderFault

ASKED_ROLES = TOKEN_ROLES - {Role.SERVICE}
"""Whose users are asked for: a service account is the platform itself, and `public` is nobody in particular."""

MOST_CONNECTIONS = 1_000_000
MOST_TIMES = 1_000
LONGEST_REASON_CHARS = 200

_HUNDREDTH = Decimal("0.01")
_FIELDS = frozenset({"active", "connections", "rate_factor", "reason"})


@attrs.frozen(kw_only=True)
class Standing:
    """
    What a platform says of one user.

    Attributes:
        is_active: Whether the user may be connected.
        connections: How many connections the user may have; None is as many as anybody.
        rate_factor: How many sessions' worth of points and bursts the user has; None is one. Whole, or hundredths below
            one, so that there are few of them.
        reason: Why, in the platform's own words; for the log of the gateway, never for the user.
    """

    is_active: bool
    connections: int | None = None
    rate_factor: Decimal | None = None
    reason: str = ""


ANYBODY = Standing(is_active=True)
"""What is true of a user of whom nothing is said."""


class UserDirectory(Protocol):
    """Who knows of users."""

    async def find(self, user_id: str) -> Standing:
        """
        What is said of a user now.

        Raises:
            Unavailable: It cannot be asked, and has not told lately enough; the text is for the log.
        """

    def watch(self, user_id: str, tell: Callable[[Standing], None]) -> None:
        """Tell what is said of a user whenever that is another thing than before, until `forget`."""

    def forget(self, user_id: str) -> None:
        """Watch a user no longer."""

    def last_known(self, user_id: str) -> Standing | None:
        """What was said of a user last; None where that is not known any more."""

    def health(self) -> list[dict[str, object]]:
        """How it is, as a part of the node's report: `name`, `state`, `reason`, `age_ms`."""


class EverybodyMayComeIn:
    """The directory of a platform whose tokens alone say who may come in."""

    async def find(self, _user_id: str) -> Standing:
        """Nothing in particular."""
        return ANYBODY

    def watch(self, _user_id: str, _tell: Callable[[Standing], None]) -> None:
        """Nothing ever changes."""

    def forget(self, _user_id: str) -> None:
        """Nobody is watched."""

    def last_known(self, _user_id: str) -> Standing | None:
        """Nothing in particular."""
        return ANYBODY

    def health(self) -> list[dict[str, object]]:
        """It is no part: nothing of it can fail."""
        return []


def read_standing(said: object, *, is_open: bool) -> Standing:
    """
    Read what is said of a user: `active`, and perhaps `connections`, `rate_factor` and `reason`.

    Args:
        said: Of JSON.
        is_open: Whether other fields may be there, and are passed over.

    Raises:
        ProviderFault: It is something else; the text says what was expected.
    """
    if not isinstance(said, Mapping):
        raise ProviderFault(f"expected an object, received {type(said).__name__}")
    unknown = sorted(str(name) for name in said.keys() - _FIELDS)
    if unknown and not is_open:
        raise ProviderFault(f"there is no field {unknown[0][:64]!r}; known are {', '.join(sorted(_FIELDS))}")
    is_active = said.get("active")
    if not isinstance(is_active, bool):
        raise ProviderFault("active: expected true or false")
    return Standing(
        is_active=is_active,
        connections=_read_connections(said.get("connections")),
        rate_factor=_read_factor(said.get("rate_factor")),
        reason=_read_reason(said.get("reason")),
    )


def _read_connections(said: object) -> int | None:
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= MOST_CONNECTIONS:
        raise ProviderFault(f"connections: expected a whole number from 1 to {MOST_CONNECTIONS}")
    return said


def _read_factor(said: object) -> Decimal | None:
    if said is None:
        return None
    if not isinstance(said, bool) and isinstance(said, int | float):
        # As it is written: the nearest float to 0.07 is no hundredth.
        factor = Decimal(str(said))
        if _is_factor(factor):
            return factor
    raise ProviderFault(f"rate_factor: expected a whole number from 1 to {MOST_TIMES}, or hundredths such as 0.25")


def _is_factor(value: Decimal) -> bool:
    step = _HUNDREDTH if value < 1 else Decimal(1)
    return value.is_finite() and _HUNDREDTH <= value <= MOST_TIMES and value % step == 0


def _read_reason(said: object) -> str:
    if said is None:
        return ""
    # What does not print could forge lines of the log.
    if isinstance(said, str) and len(said) <= LONGEST_REASON_CHARS and said.isprintable():
        return said
    raise ProviderFault(f"reason: expected at most {LONGEST_REASON_CHARS} printable characters")
