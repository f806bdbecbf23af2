"""What became of an HTTP request that was not answered, in words."""

from collections.abc import Callable
from typing import NoReturn

from components.web.bounded_body_client import Fault

LONGEST_CAUSE_CHARS = 200


def no_answer(fault: Fault) -> Callable[[object, float], NoReturn]:
    """What a Deferred's `addTimeout` raises for a request that takes too long: a fault that names the time."""

    def fail(_result: object, timeout_s: float) -> NoReturn:
        # What treq makes of a cancelled request names neither the time nor the reason.
        raise fault(f"no answer within {timeout_s:g} s")

    return fail


def cause_of(error: BaseException | None) -> str:
    """Why a request failed on its way, for the log."""
    # Twisted wraps what went wrong, a certificate that is not to be trusted among it, without a text.
    reasons = getattr(error, "reasons", None)
    cause = reasons[0].value if reasons else error
    return f"{type(cause).__name__}: {cause}"[:LONGEST_CAUSE_CHARS]
