"""Another level of a process's log for a while: nobody can forget to take it back."""

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from components.model.arguments import integer_of, one_of
from components.model.log_levels import LEVELS

DEFAULT_DURATION_S = 900
LONGEST_DURATION_S = 86_400


def duration_of(value: object) -> int:
    """
    For how many seconds; a quarter of an hour unless it is said.

    Raises:
        InvalidArgument: It is no number of seconds, or of more than a day.
    """
    if value is None:
        return DEFAULT_DURATION_S
    return integer_of("duration_s", value, least=1, most=LONGEST_DURATION_S)


def level_of(value: object) -> str:
    """
    One of the levels.

    Raises:
        InvalidArgument: It is none.
    """
    return one_of("level", value, LEVELS)


class LogLevelSwitch:
    """Sets the level of this process's log, and takes it back when the time is up."""

    def __init__(self, clock: IReactorTime, set_level: Callable[[str | None], None]) -> None:
        """
        Leave it as it is.

        Args:
            clock: Says when the time is up.
            set_level: Sets the level; None is the one of the settings.
        """
        self._clock = clock
        self._set_level = set_level
        self._end: IDelayedCall | None = None

    def set(self, level: str, duration_s: int) -> None:
        """Write from this level on, for so long; what was said before counts no more."""
        if self._end is not None and self._end.active():
            self._end.cancel()
        self._set_level(level)
        self._end = self._clock.callLater(duration_s, self._set_level, None)
