"""User ids as one component of a URI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.topics import component_fits
from components.contract.uris import user_component, user_from_component

user_ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=32)


@pytest.mark.parametrize(
    ("user_id", "component"),
    [("alice", "alice"), ("auth0|42", "auth0_7c42"), ("a_b", "a_5fb"), ("a.b", "a_2eb"), ("é", "_c3_a9")],
)
def test_every_byte_that_is_not_plain_is_escaped(user_id: str, component: str) -> None:
    """Letters and digits stay, everything else becomes its bytes in hex."""
    assert user_component(user_id) == component


@given(user_ids, user_ids)
def test_two_users_share_no_component(one: str, other: str) -> None:
    """Whatever their ids, users are told apart by their components, and the contract's topics take these."""
    assert (user_component(one) == user_component(other)) == (one == other)
    assert component_fits("{user_id}", user_component(one))


@given(user_ids)
def test_a_component_tells_its_user(user_id: str) -> None:
    """Whoever owns topics finds the account that one of them belongs to."""
    assert user_from_component(user_component(user_id)) == user_id


@pytest.mark.parametrize("component", ["_ff", "_61", "a_", "é", "a b"])
def test_what_no_user_is_written_as_is_nobodys(component: str) -> None:
    """Not UTF-8, escaped without need, or not escaped."""
    assert user_from_component(component) is None
