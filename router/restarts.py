"""When a container that ended is started again."""

import attrs

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STEADY_AFTER_S = 60.0
"""A container that ran this long is steady again: its next end counts as the first."""

JITTER = 0.2


@attrs.define
class RestartDelay:
    """
    The delays of one container: half a second, then twice as long each time, up to half a minute.

    Sans-I/O: the time that it ran and the randomness are arguments.
    """

    _next_s: float = FIRST_DELAY_S

    def after(self, *, ran_s: float, random: float) -> float:
        """
        How long to wait before the next start, in seconds.

        Args:
            ran_s: How long the container ran before it ended.
            random: A number from 0 to 1, so that containers that end together do not start together.
        """
        if ran_s >= STEADY_AFTER_S:
            self._next_s = FIRST_DELAY_S
        delay_s = self._next_s
        self._next_s = min(2 * self._next_s, LONGEST_DELAY_S)
        return delay_s * (1 + JITTER * (2 * random - 1))
