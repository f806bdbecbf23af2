"""Whose account a call is about: the caller's own, or for those who watch over all, another's by name."""

from components.contract.roles import OWN_ACCOUNT
from components.model.arguments import user_id_of
from components.model.errors import NotAuthorized
from components.wamp.procedures import Caller


def account_of(caller: Caller, user_id: object = None) -> str:
    """
    The user whose account a call is about.

    Whether there is such an account makes no difference to the refusal, which comes before anything is looked up.

    Args:
        caller: Who calls, as the router disclosed it.
        user_id: Whom the caller names; None is the caller.

    Raises:
        InvalidArgument: It is no user id.
        NotAuthorized: It is another's, and the caller's role does not reach that far.
    """
    if user_id is None:
        return caller.user_id
    named = user_id_of("user_id", user_id)
    if named != caller.user_id and caller.role not in OWN_ACCOUNT.any_of:
        raise NotAuthorized("another's account is for the roles risk and admin")
    return named
