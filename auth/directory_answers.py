"""What comes of asking a directory of users: what its answers say, which are remembered, and how it gets along."""

from http import HTTPStatus

import attrs

from auth.breaker import Breaker
from auth.standings import Standings
from auth.strict_json import parse_json
from auth.users import Standing, read_standing
from components.contract.envelope import NS_PER_MS
from components.model.errors import ProviderFault

MANY_FAULTS = 5
"""So many in a row say something of the directory, and not of a user."""


@attrs.define(kw_only=True)
class DirectoryAnswers:
    """
    The answers of a directory that can be away.

    Sans-I/O; times are monotonic nanoseconds. Only an answer says that a user is not active: what cannot be read, or
    has any other status than 200, says nothing of a user.

    Attributes:
        standings: The answers.
        breaker: Whether it may be asked.
        fault: Why it does not answer; empty where it does.
    """

    standings: Standings
    breaker: Breaker = attrs.field(factory=Breaker)
    fault: str = attrs.field(default="", init=False)
    _faults: int = attrs.field(default=0, init=False)
    _answered_ns: int | None = attrs.field(default=None, init=False)

    def receive(self, user_id: str, status: int, body: bytes, *, now_ns: int) -> Standing:
        """
        Take what came of a question.

        Raises:
            ProviderFault: It is no answer, and noted as such.
        """
        try:
            standing = _read(status, body)
        except ProviderFault as error:
            is_away = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            self.fail(str(error), is_away=is_away, now_ns=now_ns)
            raise
        self._faults, self.fault, self._answered_ns = 0, "", now_ns
        self.breaker.receive_answer()
        self.standings.receive(user_id, standing, now_ns=now_ns)
        return standing

    def fail(self, fault: str, *, is_away: bool, now_ns: int) -> None:
        """
        Take note that there is no answer.

        Args:
            fault: What is wrong, for the operator; nothing of the question and the answer is in it.
            is_away: Whether the directory is to be left alone for a while, should that happen again.
            now_ns: Monotonic time.
        """
        self._faults, self.fault = self._faults + 1, fault
        if is_away:
            self.breaker.receive_failure(now_ns=now_ns)
        else:
            self.breaker.receive_answer()

    @property
    def is_troubled(self) -> bool:
        """Whether something is wrong with the directory itself."""
        return self._faults >= MANY_FAULTS

    def health(self, *, now_ns: int) -> list[dict[str, object]]:
        """How the directory is, as a part of the node's report; never down, as others than its users come in."""
        return [
            {
                "name": "users",
                "state": "degraded" if self.is_troubled else "up",
                "reason": f"the directory of users: {self.fault}" if self.is_troubled else "",
                "age_ms": None if self._answered_ns is None else (now_ns - self._answered_ns) // NS_PER_MS,
            }
        ]


def _read(status: int, body: bytes) -> Standing:
    if status != HTTPStatus.OK:
        raise ProviderFault(f"expected status 200 for every user, received {status}")
    try:
        said = parse_json(body)
    except ValueError:
        raise ProviderFault("expected JSON, received something else") from None
    return read_standing(said, is_open=True)
