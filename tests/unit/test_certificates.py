"""A certificate and its key: what is no pair is refused in words, and how long one is good is told in days."""

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from components.model.errors import ConfigError
from router.certificates import S_PER_DAY, WARNED_DAYS, ServerCertificate, parse_certificate
from tests.support.tls_pairs import NOW, Authority, Pair

NOW_S = NOW.timestamp()


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Who issues what the tests look at."""
    return Authority.make()


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    """A pair that is good for sixty days."""
    return authority.issue()


def parsed(pair: Pair) -> ServerCertificate:
    return parse_certificate(pair.certificate_pem, pair.key_pem)


def test_a_pair_is_read(authority: Authority) -> None:
    """With whoever is between it and the root, and with the time that it is good."""
    pair = authority.between().issue()

    read = parsed(pair)

    assert [one.serial_number for one in read.chain] == [pair.serial, pair.chain[0].serial_number]
    assert read.ends_at_s == NOW_S + 60 * S_PER_DAY
    assert (read.is_good(now_s=NOW_S), read.is_good(now_s=read.ends_at_s)) == (True, False)
    assert not read.is_good(now_s=read.begins_at_s - 1)


def test_the_key_is_in_no_representation(pair: Pair) -> None:
    """Whoever writes the object down does not write it."""
    assert "key" not in repr(parsed(pair))


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused(pair: Pair, content: bytes) -> None:
    """The line says what was expected."""
    with pytest.raises(ConfigError, match="expected certificates in PEM"):
        parse_certificate(content, pair.key_pem)


def test_what_is_no_key_is_refused(pair: Pair) -> None:
    """So is one that somebody would have to unlock, and nothing of it is quoted."""
    for content in (b"", b"sesame", pair.certificate_pem):
        with pytest.raises(ConfigError, match="expected a private key in PEM") as raised:
            parse_certificate(pair.certificate_pem, content)
        assert "sesame" not in str(raised.value)
    with pytest.raises(ConfigError, match="without a passphrase"):
        parse_certificate(pair.certificate_pem, pair.locked_key_pem)
    agrees_and_signs_nothing = attrs.evolve(pair, key=X25519PrivateKey.generate()).key_pem
    with pytest.raises(ConfigError, match="expected a private key of RSA, an elliptic curve or Ed25519"):
        parse_certificate(pair.certificate_pem, agrees_and_signs_nothing)


def test_the_key_is_the_certificates_own(authority: Authority, pair: Pair) -> None:
    """That of another pair is refused."""
    with pytest.raises(ConfigError, match="expected the key of the first certificate"):
        parse_certificate(pair.certificate_pem, authority.issue().key_pem)


def test_the_chain_is_in_its_order(authority: Authority, pair: Pair) -> None:
    """What is behind a certificate has issued it."""
    between = authority.between()
    issued = between.issue()

    with pytest.raises(ConfigError, match="behind number 1 comes another's"):
        parse_certificate(pair.certificate_pem + issued.certificate_pem, pair.key_pem)
    with pytest.raises(ConfigError, match="expected the key of the first"):
        parse_certificate(between.own.certificate_pem + issued.certificate_pem, issued.key_pem)


@pytest.mark.parametrize(
    ("days", "state", "reason"),
    [
        (60, "up", "the certificate ends in 60 days"),
        (WARNED_DAYS, "up", "the certificate ends in 14 days"),
        (WARNED_DAYS - 0.1, "degraded", "the certificate ends in 13 days"),
        (0.5, "degraded", "the certificate ends in 0 days"),
        (-0.5, "down", "the certificate has ended 1 days ago"),
        (-3, "down", "the certificate has ended 3 days ago"),
    ],
)
def test_health_tells_the_days_that_are_left(authority: Authority, days: float, state: str, reason: str) -> None:
    """Two weeks before the end it is not well any more, and after it down."""
    certificate = parsed(authority.issue(days=(-90, days)))

    health = certificate.health(now_s=NOW_S, fault="")

    assert (health.state, health.reason) == (state, reason)


def test_health_tells_what_could_not_be_used(authority: Authority, pair: Pair) -> None:
    """A replacement that failed is told before the days, and never makes things look better."""
    health = parsed(pair).health(now_s=NOW_S, fault="a new certificate cannot be used")
    assert (health.state, health.reason) == (
        "degraded",
        "a new certificate cannot be used; the certificate ends in 60 days",
    )

    assert parsed(authority.issue(days=(-9, -1))).health(now_s=NOW_S, fault="x").state == "down"
    assert parsed(authority.issue(days=(1, 9))).health(now_s=NOW_S, fault="").state == "down"
