"""A clock that takes turns as the real reactor does."""

from twisted.internet.task import Clock


class TurningClock(Clock):
    """What is planned in a turn, even for now, waits for the next turn; `task.Clock` would run it in the same one."""

    def advance(self, amount: float) -> None:
        """Let time pass, and run once what is due."""
        self.rightNow += amount
        for call in [call for call in self.calls if call.getTime() <= self.rightNow]:
            if call.active():
                self.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)
