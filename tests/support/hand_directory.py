"""A directory of users that says what the test says."""

from collections.abc import Callable

import attrs

from auth.users import Standing


@attrs.define
class HandDirectory:
    """
    Satisfies `UserDirectory` without asking anybody.

    Attributes:
        standings: What it says; of whoever is not there it knows nothing.
        watched: Who is watched, and who is told.
    """

    standings: dict[str, Standing] = attrs.field(factory=dict)
    watched: dict[str, Callable[[Standing], None]] = attrs.field(factory=dict)

    async def find(self, user_id: str) -> Standing:
        """What the test said."""
        return self.standings[user_id]

    def watch(self, user_id: str, tell: Callable[[Standing], None]) -> None:
        """Remember who is to be told."""
        assert user_id not in self.watched
        self.watched[user_id] = tell

    def forget(self, user_id: str) -> None:
        """Tell nobody any more."""
        del self.watched[user_id]

    def last_known(self, user_id: str) -> Standing | None:
        """What the test said."""
        return self.standings.get(user_id)

    def health(self) -> list[dict[str, object]]:
        """Always well."""
        return []

    def say(self, user_id: str, standing: Standing) -> None:
        """Say another thing of a user from now on."""
        self.standings[user_id] = standing
        if user_id in self.watched:
            self.watched[user_id](standing)
