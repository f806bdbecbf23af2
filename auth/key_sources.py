"""The keys of all sources as one set, and how each source is."""

import enum
import ipaddress
from urllib.parse import urlsplit

import attrs

from auth.keys import KeySet, VerificationKey
from components.contract.envelope import NS_PER_MS

LONGEST_URL_CHARS = 2048


class Wellness(enum.StrEnum):
    """How the keys are, in the words of `/health`."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@attrs.frozen(kw_only=True)
class KeysHealth:
    """
    How the keys are.

    Attributes:
        reason: Why they are not up; empty where they are. It names no file and no address.
        age_ms: Time since the last fetch that brought keys; None where none are fetched, or none has yet.
    """

    state: Wellness
    reason: str
    age_ms: int | None


@attrs.define
class _Source:
    keys: tuple[VerificationKey, ...] = ()
    fault: str = ""
    reason: str = ""


@attrs.define
class KeySources:
    """
    All sources of keys together.

    Sans-I/O. A source keeps what it had last where what it has now cannot be used. Keys of several sources may be the
    same, but not different ones of one name.

    Attributes:
        keys: What tokens are verified with now.
        fetched_ns: When keys were fetched last, on a clock that does not jump; None for never.
    """

    keys: KeySet = attrs.field(factory=KeySet, init=False)
    fetched_ns: int | None = attrs.field(default=None, init=False)
    _sources: dict[str, _Source] = attrs.field(factory=dict, init=False)

    def take(self, source: str, keys: tuple[VerificationKey, ...]) -> bool:
        """
        Have these keys of a source in place of its last ones.

        Returns:
            Whether that changes what tokens are verified with.

        Raises:
            ConfigError: They do not go with those of the other sources; nothing has changed.
        """
        others = [key for name, one in self._sources.items() if name != source for key in one.keys]
        together = KeySet((*others, *keys))
        changed = set(together.keys) != set(self.keys.keys)
        self._sources[source] = _Source(keys)
        self.keys = together
        return changed

    def fetch(self, source: str, keys: tuple[VerificationKey, ...], *, now_ns: int) -> bool:
        """
        Take what was fetched; as `take`, and the keys are new as of now.

        Raises:
            ConfigError: They do not go with those of the other sources; nothing has changed.
        """
        changed = self.take(source, keys)
        self.fetched_ns = now_ns
        return changed

    def fail(self, source: str, fault: str, reason: str = "") -> bool:
        """
        Go on with what a source had last.

        Args:
            source: Its name.
            fault: What is wrong with it, for everybody to read.
            reason: The same, for the log.

        Returns:
            Whether that is news for either.
        """
        found = self._sources.setdefault(source, _Source())
        is_news = (found.fault, found.reason) != (fault, reason)
        found.fault, found.reason = fault, reason
        return is_news

    def has_failed(self, source: str) -> bool:
        """Whether the last that was heard of a source is a fault."""
        found = self._sources.get(source)
        return found is not None and bool(found.fault)

    def health(self, *, now_ns: int) -> KeysHealth:
        """How the keys are now."""
        reason = "; ".join(one.fault for one in self._sources.values() if one.fault)
        state = Wellness.UP if not reason else Wellness.DEGRADED if self.keys.keys else Wellness.DOWN
        age_ms = None if self.fetched_ns is None else (now_ns - self.fetched_ns) // NS_PER_MS
        return KeysHealth(state=state, reason=reason, age_ms=age_ms)


def check_keys_url(url: str) -> str:
    """
    Give back a URL that keys may come from: `https`, or `http` to this machine itself.

    Raises:
        ValueError: It is none; the text says what it must be.
    """
    expected = ValueError("an https URL without a user or password, or an http one on the loopback interface")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise expected from None
    has_host = bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    if not has_host or not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL_CHARS:
        raise expected
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return url
    raise expected


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
