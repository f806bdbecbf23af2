"""The keys of all sources together, and what is said of them."""

import pytest

from auth.key_documents import parse_jwks
from auth.key_sources import KeysHealth, KeySources, Wellness, check_keys_url
from auth.keys import VerificationKey, secret_key
from components.contract.envelope import NS_PER_MS
from components.model.errors import ConfigError
from tests.support.key_issuer import KeyIssuer
from tests.support.tokens import SECRET

ISSUER, OTHER = KeyIssuer("a", "b", "c"), KeyIssuer("a")
URL, FILE = "https://id.example/keys", "/etc/keys.json"


def keys(*kids: str, issuer: KeyIssuer = ISSUER) -> tuple[VerificationKey, ...]:
    """The keys of these names as a source hands them over."""
    return parse_jwks(issuer.jwks(*kids), source="test", is_published=True).keys


def names(sources: KeySources) -> list[str]:
    """The names of all keys."""
    return [key.key_id for key in sources.keys.keys]


def test_all_sources_make_one_set() -> None:
    """What one source has now takes the place of what it had; the others' keys stay."""
    sources = KeySources()

    changes = [sources.take("secret", (secret_key(SECRET, kid="s"),)), sources.take(FILE, keys("a"))]
    changes += [sources.take(FILE, keys("b")), sources.take(URL, keys("b", "c")), sources.take(URL, keys("c", "b"))]

    assert changes == [True, True, True, True, False]
    assert set(names(sources)) == {"s", "b", "c"}


def test_another_key_of_a_name_that_is_taken_changes_nothing() -> None:
    """Two sources with different keys of one name: the later one is refused whole."""
    sources = KeySources()
    sources.take(FILE, keys("a"))
    sources.fetch(URL, keys("b"), now_ns=1)

    with pytest.raises(ConfigError, match="two called 'a'"):
        sources.fetch(URL, keys("a", issuer=OTHER), now_ns=2)

    assert names(sources) == ["a", "b"]
    assert sources.fetched_ns == 1


def test_a_key_may_get_another_content_under_its_name_in_its_own_source() -> None:
    """The issuer decides what its names mean."""
    sources = KeySources()
    sources.take(URL, keys("a"))

    assert sources.take(URL, keys("a", issuer=OTHER))
    assert sources.keys.keys == keys("a", issuer=OTHER)


def test_a_source_that_fails_keeps_its_keys_and_is_told_of() -> None:
    """Degraded as long as there are keys at all, and up again with the first success; each fault is news once."""
    sources = KeySources()
    sources.take("secret", (secret_key(SECRET),))
    sources.fetch(URL, keys("a"), now_ns=0)

    assert not sources.has_failed(URL)
    assert not sources.has_failed(FILE)

    news = [sources.fail(URL, "status 503"), sources.fail(URL, "status 503"), sources.fail(URL, "no answer")]
    news += [sources.fail(URL, "no answer", "reset by peer"), sources.fail(URL, "no answer", "reset by peer")]
    failing = sources.health(now_ns=7 * NS_PER_MS)
    assert sources.has_failed(URL)
    sources.fetch(URL, keys("a"), now_ns=8 * NS_PER_MS)

    assert news == [True, False, True, True, False]
    assert failing == KeysHealth(state=Wellness.DEGRADED, reason="no answer", age_ms=7)
    assert sources.health(now_ns=9 * NS_PER_MS) == KeysHealth(state=Wellness.UP, reason="", age_ms=1)
    assert "a" in names(sources)


def test_without_any_key_it_is_down() -> None:
    """Nobody can be let in, and the reasons of all sources are told."""
    sources = KeySources()
    sources.fail(URL, "no answer")
    sources.fail(FILE, "broken")

    assert sources.health(now_ns=0) == KeysHealth(state=Wellness.DOWN, reason="no answer; broken", age_ms=None)


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example/realms/desk/protocol/openid-connect/certs",
        "https://id.example:8443/keys?x=1",
        "https://[2001:db8::1]/keys",
        "http://127.0.0.1:8180/keys",
        "http://127.9.9.9/keys",
        "http://[::1]:8180/keys",
        "http://localhost/keys",
    ],
)
def test_keys_come_by_https_or_from_this_machine(url: str) -> None:
    """What nobody between can change is taken."""
    assert check_keys_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "id.example/keys",
        "http://id.example/keys",
        "http://10.0.0.1/keys",
        "http://localhost.id.example/keys",
        "http://127.0.0.1@id.example/keys",
        "https://user:secret@id.example/keys",
        "https:///keys",
        "https://id.example/keys#fragment",
        "https://id.example/a b",
        "https://id.example/\n",
        "https://bücher.example/keys",
        "https://id.example:port/keys",
        "https://[::1/keys",
        "ftp://id.example/keys",
        "file:///etc/keys.json",
        "https://id.example/" + "x" * 2048,
    ],
)
def test_keys_come_from_nowhere_else(url: str) -> None:
    """Neither over a network in the clear, nor with a password in the URL."""
    with pytest.raises(ValueError, match="https"):
        check_keys_url(url)
