"""How long tokens can be good, by the rules that they are read by."""

import pytest

from auth.claims import TokenRules
from components.admin.lifetimes import TokenLifetime
from components.runtime.wiring import token_lifetime


@pytest.mark.parametrize(
    ("max_lifetime_s", "required_claims", "longest_s"),
    [(3600, ("iat", "jti"), 3600), (3600, ("jti",), None), (None, ("iat",), None), (None, (), None)],
)
def test_tokens_have_an_end_where_each_says_when_it_was_issued(
    max_lifetime_s: int | None, required_claims: tuple[str, ...], longest_s: int | None
) -> None:
    """The life of one that does not begins when it is shown."""
    rules = TokenRules(max_lifetime_s=max_lifetime_s, required_claims=required_claims, leeway_s=7)

    assert token_lifetime(rules) == TokenLifetime(longest_s=longest_s, leeway_s=7)
