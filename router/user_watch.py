"""The sessions of users about whom a directory is asked, and what becomes of them when it says another thing."""

from functools import partial
from typing import Protocol

from auth.users import EverybodyMayComeIn, Standing, UserDirectory


class StandingSession(Protocol):
    """A session of a user who has a standing."""

    @property
    def standing(self) -> Standing | None:
        """What it may have; None where nobody was asked."""

    def take_standing(self, standing: Standing) -> None:
        """Have this from now on, or end where that is nothing."""


class UserWatch:
    """
    Tells the sessions of each user what is said of the user, whenever it is another thing than before.

    A session is one user's for all its life.

    Attributes:
        is_asking: Whether there is a directory that is asked at joins.
    """

    def __init__(self) -> None:
        """Watch nobody, until a directory is there."""
        self.is_asking = False
        self._directory: UserDirectory = EverybodyMayComeIn()
        self._sessions: dict[str, set[StandingSession]] = {}

    def ask(self, directory: UserDirectory) -> None:
        """Hear this directory, before anybody has joined."""
        self.is_asking = True
        self._directory = directory

    def follow(self, user_id: str, session: StandingSession) -> None:
        """Tell a session from now on, and now what has become known since it was let in."""
        if user_id not in self._sessions:
            self._sessions[user_id] = set()
            self._directory.watch(user_id, partial(self._tell, user_id))
        self._sessions[user_id].add(session)
        known = self._directory.last_known(user_id)
        if known is not None and known != session.standing:
            session.take_standing(known)

    def forget(self, user_id: str, session: StandingSession) -> None:
        """Tell a session no more, where it was told."""
        sessions = self._sessions.get(user_id)
        if sessions is None:
            return
        sessions.discard(session)
        if not sessions:
            del self._sessions[user_id]
            self._directory.forget(user_id)

    def _tell(self, user_id: str, standing: Standing) -> None:
        for session in tuple(self._sessions.get(user_id, ())):
            session.take_standing(standing)
