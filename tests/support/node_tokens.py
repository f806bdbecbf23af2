"""Tokens that a running gateway lets in, made in this process: its own command takes a second for each."""

import time

from auth.claims import TokenRules
from auth.secret_store import load_or_make_development_secret
from auth.tokens import issue_token
from tests.support.node import RunningNode

LIFETIME_S = 3600


def make_token(node: RunningNode, user_id: str, role: str) -> str:
    """A token of a user, for an hour."""
    secret = load_or_make_development_secret(node.directory / "data")
    return issue_token(secret, TokenRules(), user_id=user_id, role=role, lifetime_s=LIFETIME_S, now_s=time.time())
