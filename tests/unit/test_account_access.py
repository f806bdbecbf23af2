"""Whose account a call is about."""

import pytest

from components.contract.roles import Role
from components.model.errors import InvalidArgument, NotAuthorized
from components.wamp.account_access import account_of
from components.wamp.procedures import Caller


def caller(role: Role) -> Caller:
    """Alice, in a role."""
    return Caller(session_id=7, user_id="alice", role=role)


@pytest.mark.parametrize("role", [Role.TRADER, Role.RISK, Role.ADMIN])
def test_without_a_name_it_is_the_callers_own(role: Role) -> None:
    """Whoever names nobody, or itself, means itself."""
    assert account_of(caller(role)) == "alice"
    assert account_of(caller(role), None) == "alice"
    assert account_of(caller(role), "alice") == "alice"


@pytest.mark.parametrize("role", [Role.RISK, Role.ADMIN])
def test_the_desk_and_the_operator_name_others(role: Role) -> None:
    """The two roles that watch over all accounts."""
    assert account_of(caller(role), "bob") == "bob"


@pytest.mark.parametrize("role", [one for one in Role if one not in (Role.RISK, Role.ADMIN)])
def test_nobody_else_names_another(role: Role) -> None:
    """Whether the other exists is not even asked."""
    with pytest.raises(NotAuthorized):
        account_of(caller(role), "bob")


@pytest.mark.parametrize("user_id", [5, "", "a\n", "x" * 129, "ü" * 65, "\udc00", b"bob", True, ["bob"]])
def test_what_is_no_user_id_is_refused(user_id: object) -> None:
    """With the field named, whoever asks."""
    with pytest.raises(InvalidArgument) as raised:
        account_of(caller(Role.RISK), user_id)

    assert raised.value.details == {"field": "user_id"}
