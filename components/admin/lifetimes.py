"""How long a revocation has to live: as long as anybody can have what it is about."""

import attrs

from components.admin.facts import Subject
from components.contract.envelope import NS_PER_S


@attrs.frozen(kw_only=True)
class TokenLifetime:
    """
    How long tokens can be good.

    Units: seconds.

    Attributes:
        longest_s: From `iat` to `exp` at most, of tokens that all have both; None where that is not asked of them.
        leeway_s: How far the issuer's clock may be from ours.
    """

    longest_s: int | None = None
    leeway_s: int = 30

    def end_ns(
        self, subject: Subject, *, issued_before_s: float | None, known_end_s: int | None, now_ns: int
    ) -> int | None:
        """
        When nobody can have a token any more that is revoked now.

        A token that is there now was issued a leeway from now at the latest, and is good for a leeway beyond its `exp`.

        Args:
            subject: What is revoked. A key signs one more token at any time, as long as it is among ours.
            issued_before_s: Of a user: up to when the tokens were issued, UNIX seconds.
            known_end_s: `exp` of the token, where it is known.
            now_ns: UNIX nanoseconds.

        Returns:
            UNIX nanoseconds; None where no end can be told.
        """
        if subject is Subject.KEY:
            return None
        if subject is Subject.TOKEN and known_end_s is not None:
            return (known_end_s + self.leeway_s) * NS_PER_S
        if self.longest_s is None:
            return None
        issued_ns = now_ns + self.leeway_s * NS_PER_S
        if issued_before_s is not None:
            issued_ns = min(issued_ns, round(issued_before_s * NS_PER_S))
        return issued_ns + (self.longest_s + self.leeway_s) * NS_PER_S
