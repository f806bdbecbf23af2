"""User ids as one component of a URI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.topics import component_fits
from components.contract.uris import user_component, user_id_of


@pytest.mark.parametrize(
    ("user_id", "component"),
    [("alice", "alice"), ("auth0|42", "auth0_7c42"), ("a_b", "a_5fb"), ("a.b", "a_2eb"), ("é", "_c3_a9")],
)
def test_every_byte_that_is_not_plain_is_escaped(user_id: str, component: str) -> None:
    """Letters and digits stay, everything else becomes its bytes in hex."""
    assert user_component(user_id) == component


@given(user_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128))
def test_a_component_leads_back_to_its_user(user_id: str) -> None:
    """No two users share a component, whatever their ids, and the contract's topics take it."""
    assert user_id_of(user_component(user_id)) == user_id
    if len(user_id.encode()) <= 128:
        assert component_fits("{user_id}", user_component(user_id))


@pytest.mark.parametrize("component", ["", "_", "_4", "_zz", "_41", "_C3_A9", "a-b", "_ff", "a\n"])
def test_a_component_that_nobody_writes_is_no_user(component: str) -> None:
    """Broken escapes, needless escapes and bytes that are no text stand for nobody."""
    assert user_id_of(component) is None
