"""Which users may come in by a file, which is read again whenever it changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from auth.operator_file_store import FileWatch, read_operator_file
from auth.user_list import MOST_FILE_BYTES, UserList, read_user_list
from auth.users import Standing
from components.contract.envelope import NS_PER_MS
from components.model.errors import ConfigError, ProviderFault

_log = Logger(namespace="tapecast.security")


def load_user_list(path: Path) -> UserList:
    """
    Read a file of users.

    Raises:
        ConfigError: It cannot be read, or is none; the text names it.
    """
    content = read_operator_file(path, what="users", most_bytes=MOST_FILE_BYTES)
    try:
        return read_user_list(content.data)
    except ProviderFault as error:
        raise ConfigError(f"{path}: {error}") from None


class FileUserDirectory:
    """
    The directory of users in a file.

    What it says holds at once, also of those who are connected. A new file that cannot be read changes nothing.
    """

    def __init__(self, reactor: Any, path: Path, *, now_ns: Callable[[], int]) -> None:
        """
        Read the file.

        Args:
            reactor: Whose time and threads it uses.
            path: The file.
            now_ns: Tells monotonic time.

        Raises:
            ConfigError: It cannot be read, or is none.
        """
        self._reactor = reactor
        self._path = path
        self._now_ns = now_ns
        self._watch = FileWatch(path, clock=reactor)
        self._list = load_user_list(path)
        self._fault = ""
        self._good_ns = now_ns()
        self._told: dict[str, tuple[Standing, Callable[[Standing], None]]] = {}

    def start(self) -> None:
        """Look from now on whether it has changed."""
        self._watch.start(self._read)

    def stop(self) -> None:
        """Look no more."""
        self._watch.stop()

    async def find(self, user_id: str) -> Standing:
        """What the file says of a user."""
        return self._list.find(user_id)

    def last_known(self, user_id: str) -> Standing | None:
        """What the file says of a user."""
        return self._list.find(user_id)

    def watch(self, user_id: str, tell: Callable[[Standing], None]) -> None:
        """Tell what the file says of a user whenever that changes."""
        self._told[user_id] = self._list.find(user_id), tell

    def forget(self, user_id: str) -> None:
        """Watch a user no longer."""
        self._told.pop(user_id, None)

    def health(self) -> list[dict[str, object]]:
        """How the file is, as a part of the node's report; while it is broken, how old what is used of it is."""
        age_ms = (self._now_ns() - self._good_ns) // NS_PER_MS if self._fault else None
        state = "degraded" if self._fault else "up"
        return [{"name": "users", "state": state, "reason": self._fault, "age_ms": age_ms}]

    def _read(self) -> "Deferred[None]":
        # Of many users it takes a second, in which the router has others to serve.
        read: Deferred[UserList] = deferToThreadPool(
            self._reactor, self._reactor.getThreadPool(), load_user_list, self._path
        )
        return read.addCallbacks(self._take, self._refuse)

    def _take(self, new: UserList) -> None:
        if self._fault or new != self._list:
            _log.info(
                "users are as in {path}: {count} are named",
                event="users_read",
                path=str(self._path),
                count=len(new.users),
            )
        self._list, self._fault, self._good_ns = new, "", self._now_ns()
        for user_id, (before, tell) in tuple(self._told.items()):
            standing = new.find(user_id)
            if standing != before and user_id in self._told:
                self._told[user_id] = standing, tell
                tell(standing)

    def _refuse(self, failure: Failure) -> None:
        failure.trap(ConfigError)
        if not self._fault:
            _log.warn("users stay as they were: {error}", event="users_refused", error=failure.value)
        self._fault = "the file of users cannot be used; those of the last good one are"
