"""The keys of all sources while a process runs: files are read again, URLs fetched again, and who may wait, waits."""

import collections
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import attrs
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from auth.claims import TokenRules
from auth.jwks_client import JwksClient
from auth.key_documents import KeyDocument, parse_jwks
from auth.key_file_store import KeyFileStore
from auth.key_sources import KeysHealth, KeySources
from auth.keys import KeySet, VerificationKey
from auth.tokens import Principal, TokenVerifier
from components.contract.envelope import NS_PER_S
from components.contract.errors import ErrorCode
from components.model.errors import ConfigError, TokenRejected, UnknownKey

LOOK_AT_FILES_S = 1.0
LONGEST_WAIT_S = 3.0
"""How long a join waits for a key, so that its answer comes before a client's time to join is over."""

SECRETS, URL = "secrets", "url"
_NOT_YET = "keys have not been fetched yet"

Outcome = TypeVar("Outcome")

_security = Logger(namespace="tapecast.security")


class RotatingKeys:
    """
    Knows the keys of now, and whether there may be newer ones.

    A source whose new content cannot be used keeps its last good keys. Whatever a token says, nobody but the configured
    URL is asked, and not more often than the schedule allows.

    Attributes:
        refreshes: How often each kind of source (`file`, `url`) was read with which result (`ok`, `failed`).
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        secrets: tuple[VerificationKey, ...] = (),
        files: Sequence[Path] = (),
        url: str | None = None,
        random: Callable[[], float],
    ) -> None:
        """
        Have the secrets and the keys of the files.

        Args:
            reactor: Whose timers and sockets are used.
            secrets: Those that are in no file of keys.
            files: In PEM, or JWK Sets.
            url: Where more keys are, as a JWK Set; None where no others are.
            random: Gives a number from 0 up to, but not including, 1.

        Raises:
            ConfigError: A file has no keys that can be used.
        """
        self.refreshes: collections.Counter[tuple[str, str]] = collections.Counter()
        self._reactor = reactor
        self._sources = KeySources()
        self._sources.take(SECRETS, secrets)
        self._files = {f"file {number} of {len(files)}": KeyFileStore(path) for number, path in enumerate(files, 1)}
        for source in self._files:
            self._read_file(source)
        self._fetching: JwksClient | None = None
        if url is not None:
            self._sources.fail(URL, _NOT_YET)
            self._fetching = JwksClient(
                reactor, url, random=random, receive=self._receive_answer, receive_failure=self._receive_failure
            )
        self._looking = LoopingCall(self._look_at_files)
        self._looking.clock = reactor

    def start(self) -> None:
        """Begin to fetch, and to look whether files change."""
        if self._files:
            self._looking.start(LOOK_AT_FILES_S, now=False)
        if self._fetching is not None:
            self._fetching.start()

    def stop(self) -> None:
        """Stay with the keys of now."""
        if self._looking.running:
            self._looking.stop()
        if self._fetching is not None:
            self._fetching.stop()

    @property
    def count(self) -> int:
        """How many keys there are now."""
        return len(self._sources.keys.keys)

    @property
    def age_s(self) -> float | None:
        """Seconds since keys were last fetched; None where they never were."""
        fetched_ns = self._sources.fetched_ns
        return None if fetched_ns is None else (self._now_ns() - fetched_ns) / NS_PER_S

    def current(self) -> KeySet:
        """The keys of now."""
        return self._sources.keys

    def health(self) -> KeysHealth:
        """How they are."""
        return self._sources.health(now_ns=self._now_ns())

    def parts(self) -> list[dict[str, object]]:
        """How they are as a part of the node; none where nothing can go wrong with them."""
        if not self._files and self._fetching is None:
            return []
        health = self.health()
        return [{"name": "keys", "state": health.state.value, "reason": health.reason, "age_ms": health.age_ms}]

    def settle(self, attempt: Callable[[], Outcome]) -> "Outcome | Deferred[Outcome]":
        """
        Do what needs a token's key; once more where that key is unknown and newer keys are to be had.

        Args:
            attempt: Verifies the token; called at once, and again only after an UnknownKey of its own.

        Returns:
            What the attempt returned; a Deferred of it where there was something to wait for, three seconds at most.

        Raises:
            TokenRejected: By the attempt; `unavailable` where the key may be one that cannot be had now.
        """
        try:
            return attempt()
        except TokenRejected as error:
            if not self._may_be_newer(error):
                raise
            if self._look_at_files():
                return self.settle(attempt)
            deadline_s = self._reactor.seconds() + LONGEST_WAIT_S
            waiting = self._seek(deadline_s)
            if waiting is None:
                raise self._refusal(error) from None
        return ensureDeferred(self._settle_later(attempt, waiting, deadline_s))

    async def _settle_later(
        self, attempt: Callable[[], Outcome], waiting: "Deferred[None]", deadline_s: float
    ) -> Outcome:
        while True:
            await waiting
            try:
                return attempt()
            except TokenRejected as error:
                if not self._may_be_newer(error):
                    raise
                # What was on its way when the token came may have been older than its key.
                once_more = self._seek(deadline_s)
                if once_more is None:
                    raise self._refusal(error) from None
                waiting = once_more

    def _may_be_newer(self, error: TokenRejected) -> bool:
        return isinstance(error, UnknownKey) or not self._sources.keys.keys

    def _seek(self, deadline_s: float) -> "Deferred[None] | None":
        patience_s = deadline_s - self._reactor.seconds()
        if self._fetching is None or patience_s <= 0:
            return None
        return self._fetching.seek(patience_s=patience_s)

    def _refusal(self, error: TokenRejected) -> TokenRejected:
        fetching = self._fetching
        if fetching is not None and (fetching.is_fetching or self._sources.has_failed(URL)):
            return TokenRejected(ErrorCode.UNAVAILABLE, f"{error.reason}; newer keys cannot be had now")
        return error

    def _look_at_files(self) -> bool:
        changed = False
        for source, file in self._files.items():
            try:
                changed = self._read_file(source) or changed
            except ConfigError as error:
                self.refreshes["file", "failed"] += 1
                if self._sources.fail(source, f"{source} has no keys that can be used", str(error)):
                    _security.error("{error}; the last good keys of {path} stay", error=str(error), path=str(file.path))
        return changed

    def _read_file(self, source: str) -> bool:
        file = self._files[source]
        document = file.read_if_changed()
        if document is None:
            return False
        try:
            changed = self._sources.take(source, document.keys)
        except ConfigError:
            # The other source may give way without a change of this file.
            file.read_anew()
            raise
        self.refreshes["file", "ok"] += 1
        self._log_keys(document, is_news=changed)
        return changed

    def _receive_answer(self, body: bytes) -> None:
        document = parse_jwks(body, source=URL, is_published=True)
        had_failed = self._sources.has_failed(URL)
        changed = self._sources.fetch(URL, document.keys, now_ns=self._now_ns())
        self.refreshes["url", "ok"] += 1
        self._log_keys(document, is_news=changed or had_failed)

    def _receive_failure(self, told: str, logged: str) -> None:
        self.refreshes["url", "failed"] += 1
        if self._sources.fail(URL, f"keys cannot be fetched: {told}", logged):
            _security.error("keys cannot be fetched: {reason}; the last good ones stay", reason=logged)

    def _log_keys(self, document: KeyDocument, *, is_news: bool) -> None:
        if not is_news:
            return
        for line in document.left_out:
            _security.warn("a key is left out: {line}", line=line)
        names = [key.key_id for key in self._sources.keys.keys]
        _security.info("tokens are verified with {count} keys: {names}", count=len(names), names=", ".join(names))

    def _now_ns(self) -> int:
        return int(self._reactor.seconds() * NS_PER_S)


@attrs.frozen
class TokenReader:
    """
    Reads tokens by keys that rotate, for everybody in a process who has to read one.

    Attributes:
        keys: The keys, and who waits for newer ones.
        rules: What tokens must say.
        verifier: Reads with the keys of now, and waits for nothing.
    """

    keys: RotatingKeys
    rules: TokenRules
    verifier: TokenVerifier = attrs.field(init=False)

    @verifier.default
    def _by_the_keys_of_now(self) -> TokenVerifier:
        return TokenVerifier(self.keys.current, self.rules)

    def read(self, token: str, *, now_s: Callable[[], float]) -> "Principal | Deferred[Principal]":
        """
        Say who the bearer of a token is; a Deferred of it where its key has to be waited for.

        Args:
            token: In its compact form.
            now_s: Tells UNIX seconds.

        Raises:
            TokenRejected: It is not to be believed, or cannot be verified now.
        """
        return self.keys.settle(lambda: self.verifier.verify(token, now_s=now_s()))
