"""Calls: refused or answered with the contract's own codes, whoever is away."""

from typing import Any

from crossbar.router.dealer import Dealer

from auth.permissions import Action, Match
from components.contract.errors import ErrorCode
from components.contract.procedures import PROCEDURE_BY_URI
from router.refusal import NoSuchProcedure, Refused, error_reply


class GatewayDealer(Dealer):
    """
    Crossbar's dealer behind our own permission check.

    A procedure of the contract whose owner is away, or goes away with the call in its hands, is `unavailable`; one
    that is not of the contract does not exist, whoever asks.
    """

    def processCall(self, session: Any, call: Any) -> None:
        """Answer CALL, or route it to the procedure's owner."""
        try:
            self._router.permit(session, Action.CALL, call.procedure)
            if self._registration_map.best_matching_observation(call.procedure) is None:
                raise self._absence(call.procedure)
        except Refused as refused:
            self._router.send(session, error_reply(call, refused))
            return
        super().processCall(session, call)

    def processRegister(self, session: Any, register: Any) -> None:
        """Answer REGISTER: exact URIs of the contract, by the gateway's own processes."""
        try:
            self._router.permit(session, Action.REGISTER, register.procedure, Match(register.match))
        except Refused as refused:
            self._router.send(session, error_reply(register, refused))
            return
        super().processRegister(session, register)

    def detach(self, session: Any) -> None:
        """Forget a session, after answering `unavailable` to those who wait for it."""
        for invocation in list(self._callee_to_invocations.get(session, ())):
            caller = invocation.caller
            if not invocation.canceled and caller is not session and caller._transport is not None:
                self._router.send(caller, error_reply(invocation.call, _away(invocation.call.procedure)))
            self._remove_invoke_request(invocation)
        super().detach(session)

    @staticmethod
    def _absence(procedure: str) -> Refused:
        if procedure in PROCEDURE_BY_URI:
            return _away(procedure)
        return NoSuchProcedure(procedure)


def _away(procedure: str) -> Refused:
    return Refused(ErrorCode.UNAVAILABLE, f"{procedure}: its owner is away; try again")
