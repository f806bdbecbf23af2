"""How long a revocation lives: as long as anybody can have what it is about."""

import pytest

from components.admin.facts import Subject
from components.admin.lifetimes import TokenLifetime
from components.contract.envelope import NS_PER_S

NOW_S = 1_767_225_600
NOW_NS = NOW_S * NS_PER_S
BOUNDED = TokenLifetime(longest_s=3600, leeway_s=30)
FOR_EVER = TokenLifetime(longest_s=None, leeway_s=30)


@pytest.mark.parametrize(
    ("lifetime", "subject", "before_s", "known_end_s", "end_s"),
    [
        (BOUNDED, Subject.TOKEN, None, None, NOW_S + 30 + 3600 + 30),
        (BOUNDED, Subject.USER, float(NOW_S), None, NOW_S + 3600 + 30),
        (BOUNDED, Subject.USER, float(NOW_S - 600), None, NOW_S - 600 + 3600 + 30),
        (BOUNDED, Subject.TOKEN, None, NOW_S + 10, NOW_S + 40),
        (FOR_EVER, Subject.TOKEN, None, NOW_S + 10, NOW_S + 40),
        (FOR_EVER, Subject.TOKEN, None, None, None),
        (FOR_EVER, Subject.USER, float(NOW_S), None, None),
        (BOUNDED, Subject.KEY, None, None, None),
        (BOUNDED, Subject.KEY, None, NOW_S + 10, None),
    ],
)
def test_a_revocation_lives_as_long_as_such_a_token_can(
    lifetime: TokenLifetime, subject: Subject, before_s: float | None, known_end_s: int | None, end_s: int | None
) -> None:
    """Its longest life from when it was issued at the latest, or its own end where that is known, and the leeway."""
    end_ns = lifetime.end_ns(subject, issued_before_s=before_s, known_end_s=known_end_s, now_ns=NOW_NS)

    assert end_ns == (None if end_s is None else end_s * NS_PER_S)
