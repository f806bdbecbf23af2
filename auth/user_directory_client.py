"""Asks an HTTP endpoint which users may come in, once for all who wait, and again for those who are connected."""

import collections
from collections.abc import Callable
from typing import Any

import treq
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool

from auth.directory_answers import DirectoryAnswers
from auth.rechecks import Rechecks
from auth.standings import Standings
from auth.user_settings import UserSettings
from auth.users import Standing
from components.contract.envelope import NS_PER_S
from components.contract.uris import user_component
from components.model.errors import ProviderFault, Unavailable
from components.web.bounded_body_client import read_body
from components.web.failed_request_client import cause_of, no_answer

TIMEOUT_S = 2.0
MOST_BODY_BYTES = 4_096
AT_ONCE = 16
MOST_WAITING = 2_000
RECHECKS_A_SECOND = 50
REFUSED_PER_TURN = 64
"""How many who waited are refused in one turn of the reactor, so that the others' sockets are served meanwhile."""

_log = Logger(namespace="tapecast.security")

Tell = Callable[[Standing], None]


class HttpUserDirectory:
    """
    The directory of users behind a URL.

    It asks `GET {url}/{user}`, the user as one URI component, and nobody else, whatever the answer says: a redirect is
    no answer. Who is connected stays so while it does not answer.
    """

    def __init__(self, reactor: IReactorTime, settings: UserSettings, *, now_ns: Callable[[], int]) -> None:
        """
        Ask nothing yet.

        Args:
            reactor: Whose timers and sockets it uses.
            settings: Of an endpoint.
            now_ns: Tells monotonic time.
        """
        self._reactor = reactor
        self._url = settings.directory.url
        self._headers = {"Accept": "application/json"}
        if settings.token:
            self._headers["Authorization"] = f"Bearer {settings.token}"
        self._now_ns = now_ns
        fresh_ns, kept_ns = settings.fresh_s * NS_PER_S, settings.kept_s * NS_PER_S
        self._standings = Standings(fresh_ns=fresh_ns, kept_ns=max(fresh_ns, kept_ns))
        self._answers = DirectoryAnswers(standings=self._standings)
        self._rechecks = Rechecks(interval_ns=fresh_ns, least_gap_ns=NS_PER_S // RECHECKS_A_SECOND)
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = AT_ONCE
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S, pool=self._pool))
        self._queue: collections.deque[str] = collections.deque()
        self._on_their_way = 0
        self._detail = ""
        self._asking: dict[str, list[Deferred[Standing]]] = {}
        self._told: dict[str, tuple[Standing | None, Tell]] = {}
        self._timer: IDelayedCall | None = None

    async def find(self, user_id: str) -> Standing:
        """
        What is said of a user: lately enough, or now, or where that is not to be had, a while ago.

        Raises:
            Unavailable: There is no answer.
        """
        fresh = self._standings.fresh(user_id, now_ns=self._now_ns())
        if fresh is not None:
            return fresh
        try:
            return await self._ask(user_id)
        except ProviderFault as error:
            kept = self._standings.kept(user_id, now_ns=self._now_ns())
            if kept is None:
                raise Unavailable(f"the directory of users: {error}") from None
            return kept

    def last_known(self, user_id: str) -> Standing | None:
        """What was said of a user last; None where that is too long ago."""
        return self._standings.kept(user_id, now_ns=self._now_ns())

    def watch(self, user_id: str, tell: Tell) -> None:
        """Ask for a user again and again, and tell what is another answer than before."""
        now_ns = self._now_ns()
        self._told[user_id] = self._standings.kept(user_id, now_ns=now_ns), tell
        answered_ns = self._standings.told_ns(user_id)
        self._rechecks.plan(user_id, answered_ns=now_ns if answered_ns is None else answered_ns)
        self._wake_for_next()

    def forget(self, user_id: str) -> None:
        """Watch a user no longer."""
        self._told.pop(user_id, None)
        self._rechecks.forget(user_id)

    def health(self) -> list[dict[str, object]]:
        """How the directory is, as a part of the node's report."""
        return self._answers.health(now_ns=self._now_ns())

    def stop(self) -> "Deferred[Any]":
        """Ask nobody again; the Deferred fires when idle connections are closed."""
        self._told.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        closed: Deferred[Any] = self._pool.closeCachedConnections()
        return closed

    def _ask(self, user_id: str) -> "Deferred[Standing]":
        """Ask once for all who wait; each has a Deferred of its own, so that nobody's patience ends another's."""
        answer: Deferred[Standing] = Deferred()
        waiting = self._asking.get(user_id)
        if waiting is not None:
            waiting.append(answer)
        elif len(self._queue) >= MOST_WAITING:
            answer.errback(ProviderFault("too many wait for its answers"))
        else:
            self._asking[user_id] = [answer]
            self._queue.append(user_id)
            self._go_on()
        return answer

    def _go_on(self) -> None:
        for _ in range(REFUSED_PER_TURN):
            if not self._queue or self._on_their_way >= AT_ONCE:
                return
            user_id = self._queue.popleft()
            if self._answers.breaker.lets_through(now_ns=self._now_ns()):
                self._on_their_way += 1
                ensureDeferred(self._ask_now(user_id)).addBoth(self._end, user_id)
            else:
                fault = ProviderFault(f"it is left alone for a while: {self._answers.fault}")
                self._answer_all(user_id, Failure(fault))
        self._reactor.callLater(0, self._go_on)

    def _end(self, result: Standing | Failure, user_id: str) -> None:
        self._on_their_way -= 1
        self._answer_all(user_id, result)
        self._go_on()

    def _answer_all(self, user_id: str, result: Standing | Failure) -> None:
        for answer in self._asking.pop(user_id):
            if not answer.called:
                answer.callback(result)

    async def _ask_now(self, user_id: str) -> Standing:
        was_troubled = self._answers.is_troubled
        asked = ensureDeferred(self._fetch(user_id)).addTimeout(
            TIMEOUT_S, self._reactor, onTimeoutCancel=no_answer(ProviderFault)
        )
        try:
            status, body = await asked
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on the way, there is no answer
            fault, self._detail = _fault(error), cause_of(error)
            self._answers.fail(fault, is_away=True, now_ns=self._now_ns())
            raise ProviderFault(fault) from None
        else:
            self._detail = f"status {status}"
            standing = self._answers.receive(user_id, status, body, now_ns=self._now_ns())
        finally:
            if self._answers.is_troubled is not was_troubled:
                self._report()
        self._tell(user_id, standing)
        return standing

    async def _fetch(self, user_id: str) -> tuple[int, bytes]:
        response: Any = await self._http.get(
            f"{self._url}/{user_component(user_id)}", headers=self._headers, unbuffered=True, allow_redirects=False
        )
        return response.code, await read_body(response, most_bytes=MOST_BODY_BYTES, fault=ProviderFault)

    def _tell(self, user_id: str, standing: Standing) -> None:
        if user_id not in self._told:
            return
        before, tell = self._told[user_id]
        self._told[user_id] = standing, tell
        self._rechecks.plan(user_id, answered_ns=self._now_ns())
        self._wake_for_next()
        if standing != before:
            tell(standing)

    def _report(self) -> None:
        if self._answers.is_troubled:
            _log.warn(
                "the directory of users does not answer: {fault} ({detail})",
                event="users_away",
                fault=self._answers.fault,
                detail=self._detail,
            )
        else:
            _log.info("the directory of users answers again", event="users_back")

    def _recheck(self) -> None:
        self._timer = None
        user_id = self._rechecks.pop_due(now_ns=self._now_ns())
        if user_id is not None:
            self._ask(user_id).addErrback(self._plan_anew, user_id)
        self._wake_for_next()

    def _plan_anew(self, failure: Failure, user_id: str) -> None:
        failure.trap(ProviderFault)
        if user_id in self._told:
            self._rechecks.plan(user_id, answered_ns=self._now_ns())
            self._wake_for_next()

    def _wake_for_next(self) -> None:
        next_ns = self._rechecks.next_ns()
        if next_ns is None:
            return
        wait_s = max(0.0, (next_ns - self._now_ns()) / NS_PER_S)
        if self._timer is None:
            self._timer = self._reactor.callLater(wait_s, self._recheck)
        elif self._reactor.seconds() + wait_s < self._timer.getTime():
            self._timer.reset(wait_s)


def _fault(error: BaseException) -> str:
    """What everybody may read of it; of a failure on the way only the log has more."""
    return str(error) if isinstance(error, ProviderFault) else "it cannot be reached"
