"""
Tokens verified a second on one core: ours against plain `jwt.decode` of PyJWT, the library below it.

The peer is given its key ready made and one algorithm, and checks signature, `exp`, `iat`, `iss` and `aud`. Ours looks
the key up by `kid` among those of all four algorithms, and checks besides that nothing is there twice, the lifetime,
the user and the role. Counted is this process's own time on the processor, so that others on the machine take nothing
away.
"""

import os
import secrets
import statistics
import time
from collections.abc import Callable
from typing import Any

import attrs
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from auth.claims import TokenRules
from auth.keys import MAX_CANDIDATES, Algorithm, KeySet, VerificationKey, public_key, secret_key
from auth.tokens import TokenVerifier
from benchmarks.cores import LOAD_CORES
from benchmarks.machine import machine
from components.model.errors import TokenRejected

RUNS = 5
TOKENS = 1000
"""All different, so that nothing can be remembered of one."""

ROUNDS = 3
ISSUER, AUDIENCE = "https://id.example", "tapecast"
RULES = TokenRules(issuer=ISSUER, audience=AUDIENCE, max_lifetime_s=3600, required_claims=("jti",))


@attrs.frozen(kw_only=True)
class Issuer:
    """
    Who signs with one algorithm.

    Attributes:
        algorithm: Which.
        private: What signs.
        public: What the peer verifies with.
        key: What we verify with.
    """

    algorithm: Algorithm
    private: Any
    public: Any
    key: VerificationKey

    @classmethod
    def new(cls, algorithm: Algorithm, *, kid: str | None) -> "Issuer":
        """One with a new key of that name."""
        if algorithm is Algorithm.HS256:
            secret = secrets.token_bytes(48)
            return cls(algorithm=algorithm, private=secret, public=secret, key=secret_key(secret, kid=kid))
        private = _MAKERS[algorithm]()
        public = private.public_key()
        return cls(
            algorithm=algorithm, private=private, public=public, key=public_key(public, kid=kid, source="benchmark")
        )

    def tokens(self, now_s: int, *, kid: str | None) -> list[str]:
        """Good tokens of as many users."""
        return [
            jwt.encode(
                {
                    "sub": f"user-{number}",
                    "role": "trader",
                    "jti": secrets.token_hex(8),
                    "iss": ISSUER,
                    "aud": AUDIENCE,
                    "iat": now_s,
                    "exp": now_s + 3600,
                },
                self.private,
                algorithm=self.algorithm,
                headers={} if kid is None else {"kid": kid},
            )
            for number in range(TOKENS)
        ]


_MAKERS: dict[Algorithm, Callable[[], Any]] = {
    Algorithm.RS256: lambda: rsa.generate_private_key(65_537, 2048),
    Algorithm.ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
    Algorithm.EDDSA: ed25519.Ed25519PrivateKey.generate,
}


def per_second(tokens: list[str], verify: Callable[[str], object]) -> float:
    """How many are verified in a second of processor time."""
    begun_s = time.process_time()
    for _ in range(ROUNDS):
        for token in tokens:
            verify(token)
    return ROUNDS * len(tokens) / (time.process_time() - begun_s)


def compare(issuer: Issuer, keys: KeySet, now_s: int) -> tuple[list[float], list[float]]:
    """Ours and the peer's figures of an algorithm, the runs of both in turn."""
    tokens = issuer.tokens(now_s, kid=issuer.key.key_id)
    verifier = TokenVerifier(lambda: keys, RULES)

    def ours(token: str) -> object:
        return verifier.verify(token, now_s=time.time())

    def peers(token: str) -> object:
        return jwt.decode(token, issuer.public, algorithms=[issuer.algorithm], audience=AUDIENCE, issuer=ISSUER)

    runs = [(per_second(tokens, ours), per_second(tokens, peers)) for _ in range(RUNS)]
    return [one for one, _ in runs], [other for _, other in runs]


def worst(algorithm: Algorithm, now_s: int) -> list[float]:
    """A forger's best: tokens without a `kid`, of a stranger's key, while as many keys have no name as are tried."""
    keys = KeySet(tuple(Issuer.new(algorithm, kid=None).key for _ in range(MAX_CANDIDATES)))
    verifier = TokenVerifier(lambda: keys, RULES)
    tokens = Issuer.new(algorithm, kid=None).tokens(now_s, kid=None)[: TOKENS // MAX_CANDIDATES]

    def refuse(token: str) -> None:
        try:
            verifier.verify(token, now_s=time.time())
        except TokenRejected:
            return
        raise AssertionError("a stranger's token is good")

    return [per_second(tokens, refuse) for _ in range(RUNS)]


def main() -> None:
    """Measure, and print a table of medians."""
    os.sched_setaffinity(0, LOAD_CORES)
    now_s = int(time.time())
    issuers = [Issuer.new(algorithm, kid=algorithm.lower()) for algorithm in Algorithm]
    keys = KeySet(tuple(issuer.key for issuer in issuers))
    print(f"{machine('benchmarks.tokens')}; one core, median of {RUNS} runs of {ROUNDS * TOKENS} tokens")
    print("\n| algorithm | verified/s | least | most | `jwt.decode`/s | ratio |\n|---|---|---|---|---|---|")
    for issuer in issuers:
        ours, peers = compare(issuer, keys, now_s)
        ratio = statistics.median(ours) / statistics.median(peers)
        print(
            f"| {issuer.algorithm} | {statistics.median(ours):.0f} | {min(ours):.0f} | {max(ours):.0f} "
            f"| {statistics.median(peers):.0f} | {ratio:.2f} |"
        )
    print(f"\n| forged, without kid, {MAX_CANDIDATES} keys | refused/s | least | most |\n|---|---|---|---|")
    for algorithm in Algorithm:
        refused = worst(algorithm, now_s)
        print(f"| {algorithm} | {statistics.median(refused):.0f} | {min(refused):.0f} | {max(refused):.0f} |")


if __name__ == "__main__":
    main()
