"""Calls: refused or answered with the contract's own codes, whoever is away."""

from collections import deque
from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ApplicationError, ProtocolError
from crossbar.router.dealer import Dealer
from twisted.internet.interfaces import IDelayedCall

from auth.permissions import Action, Match
from components.contract.errors import ErrorCode
from components.contract.procedures import PROCEDURE_BY_URI
from components.contract.roles import Role
from router.messages import PlainCall, PlainInvocation, PlainResult
from router.rate_limits import Excess
from router.refusal import NoSuchProcedure, Refused, error_reply, refuse_payload
from router.waiting_room import CONTROL_BYTES

CALL_DEADLINE_S = 10.0
"""A call that its owner has not answered by then is `unavailable`: an owner can hang with its connection open."""

CALLS_A_CALLER = 100
"""How many calls of one session may wait for their answers; those of the gateway's own processes are not counted."""

CALLS_A_CALLEE = 1000
"""How many calls may be in the hands of one owner."""

CALL_BYTES_A_CALLEE = CONTROL_BYTES // 2
"""How many bytes of calls may wait for an owner that does not take them; at its bound the lane would end it."""

_DISCLOSED = {"disclose": True}
_PYTHON_ERROR = "wamp.error.runtime_error"
_MISUSE = Refused(ErrorCode.INVALID_ARGUMENT, "args: these are not the arguments of the procedure", field="args")
"""Crossbar's own procedures check no arguments: an error of Python is all that they know of a wrong one."""


class GatewayDealer(Dealer):
    """
    Crossbar's dealer behind our own permission check.

    A procedure of the contract whose owner is away, or goes away with the call in its hands, is `unavailable`; one
    that is not of the contract does not exist, whoever asks. Every call is answered once, whoever leaves or gives up,
    and nothing of it stays behind.
    """

    def __init__(self, router: Any, reactor: Any, options: Any = None) -> None:
        super().__init__(router, reactor, options)
        self._deadlines: deque[tuple[float, int]] = deque()
        self._watch: IDelayedCall | None = None

    def processCall(self, session: Any, call: Any) -> None:
        """
        Answer CALL, or route it to the procedure's owner.

        Raises:
            ProtocolError: The session has a call with this number already, and could not tell the answers apart.
        """
        if (session._session_id, call.request) in self._invocations_by_call:
            raise ProtocolError(f"CALL {call.request} is still waiting for its answer")
        try:
            self._router.permit(session, Action.CALL, call.procedure)
            if self._router.entry.refuses_procedures:
                self._refuse_in_maintenance(session, call.procedure)
            refuse_payload(call)
            registration = self._registration_map.best_matching_observation(call.procedure)
            if registration is None:
                raise self._absence(call.procedure)
            self._refuse_too_many(session, registration)
        except Refused as refused:
            self._router.send(session, error_reply(call, refused))
            return
        if type(call) is PlainCall and _is_simple(registration):
            self._invoke(session, call, registration)
        else:
            self._call(session, _in_full(call), registration, _DISCLOSED)

    def _refuse_in_maintenance(self, session: Any, procedure: str) -> None:
        """Let nobody but the gateway's own processes call what is refused while the gateway is worked on."""
        text = self._router.entry.refusal_of_call(procedure)
        if text is not None and session._authrole != Role.GATEWAY:
            raise Refused(ErrorCode.MAINTENANCE, text)

    def _invoke(self, session: Any, call: PlainCall, registration: Any) -> None:
        callee, request = registration.observers[0], self._request_id_gen.next()
        self._add_invoke_request(request, registration, session, call, callee, None, _DISCLOSED)
        self._router.send(callee, PlainInvocation(request, registration.id, call, session))

    def _refuse_too_many(self, session: Any, registration: Any) -> None:
        in_flight = len(self._caller_to_invocations.get(session, ()))
        if in_flight >= CALLS_A_CALLER and session._authrole != Role.GATEWAY:
            excess = Excess(name="calls_in_flight", limit=CALLS_A_CALLER)
            self._router.figures.count_refusal(excess.name)
            text = f"expected at most {CALLS_A_CALLER} calls that wait for their answers"
            raise Refused(ErrorCode.RATE_LIMITED, text, **excess.details)
        if all(map(self._is_busy, registration.observers)):
            self._router.figures.count_refusal("calls_to_owner")
            raise Refused(ErrorCode.UNAVAILABLE, f"{registration.uri}: its owner is busy; try again")

    def _is_busy(self, callee: Any) -> bool:
        """Whether an owner has as many calls as it may, or does not take those that it has."""
        outbox = getattr(callee._transport, "outbox", None)
        does_not_take = outbox is not None and outbox.control_bytes > CALL_BYTES_A_CALLEE
        return does_not_take or len(self._callee_to_invocations.get(callee, ())) >= CALLS_A_CALLEE

    def processRegister(self, session: Any, register: Any) -> None:
        """Answer REGISTER: exact URIs of the contract, by the gateway's own processes."""
        try:
            self._router.permit(session, Action.REGISTER, register.procedure, Match(register.match))
        except Refused as refused:
            self._router.send(session, error_reply(register, refused))
            return
        super().processRegister(session, register)

    def _add_invoke_request(self, *arguments: Any, **options: Any) -> Any:
        invocation = super()._add_invoke_request(*arguments, **options)
        self._deadlines.append((self._reactor.seconds() + CALL_DEADLINE_S, invocation.id))
        if self._watch is None:
            self._watch = self._reactor.callLater(CALL_DEADLINE_S, self._give_up)
        return invocation

    def _remove_invoke_request(self, invocation: Any) -> None:
        super()._remove_invoke_request(invocation)
        if not self._invocations and self._watch is not None:
            self._deadlines.clear()
            self._watch.cancel()
            self._watch = None

    def _give_up(self) -> None:
        """End the calls whose time is over, and wait for the next one's; those that were answered are passed over."""
        self._watch = None
        overdue = []
        while self._deadlines and self._deadlines[0][0] <= self._reactor.seconds():
            invocation = self._invocations.get(self._deadlines.popleft()[1])
            if invocation is not None:
                overdue.append(invocation)
        if self._deadlines:
            wait_s = self._deadlines[0][0] - self._reactor.seconds()
            self._watch = self._reactor.callLater(wait_s, self._give_up)
        for invocation in overdue:
            self._remove_invoke_request(invocation)
            self._router.send(invocation.caller, error_reply(invocation.call, _away(invocation.call.procedure)))

    def processCancel(self, session: Any, cancel: Any) -> None:
        """End a call for its caller, in every mode alike; its owner is not told, and its late answer goes nowhere."""
        invocation = self._invocations_by_call.get((session._session_id, cancel.request))
        if invocation is not None:
            self._remove_invoke_request(invocation)
            request_type = message.Call.MESSAGE_TYPE
            self._router.send(session, message.Error(request_type, cancel.request, ApplicationError.CANCELED))

    def processYield(self, session: Any, yield_: Any) -> None:
        """
        Answer a call with its owner's result. Crossbar would tell every caller which session the owner is.

        Raises:
            ProtocolError: The call is in the hands of another session.
        """
        invocation = self._invocation_of(session, yield_)
        if invocation is None:
            return
        if not yield_.progress:
            self._remove_invoke_request(invocation)
        request = invocation.call.request
        if yield_.progress or _is_embedded(invocation.caller):
            result = message.Result(request, args=yield_.args, kwargs=yield_.kwargs, progress=yield_.progress)
            self._router.send(invocation.caller, result)
        else:
            self._router.send(invocation.caller, PlainResult(request, yield_))

    def processInvocationError(self, session: Any, error: Any) -> None:
        """
        Answer a call with its owner's error.

        Raises:
            ProtocolError: The call is in the hands of another session, which Crossbar does not look at.
        """
        invocation = self._invocation_of(session, error)
        if invocation is None:
            return
        self._remove_invoke_request(invocation)
        if session is self._router.service_session and error.error == _PYTHON_ERROR:
            reply = error_reply(invocation.call, _MISUSE)
        else:
            request_type, request = message.Call.MESSAGE_TYPE, invocation.call.request
            reply = message.Error(request_type, request, error.error, args=error.args, kwargs=error.kwargs)
        self._router.send(invocation.caller, reply)

    def _invocation_of(self, session: Any, answer: Any) -> Any:
        """The call that an answer is for; None where it is over."""
        invocation = self._invocations.get(answer.request)
        if invocation is not None and invocation.callee is not session:
            raise ProtocolError(f"{type(answer).__name__} for invocation {answer.request} of another session")
        return invocation

    def detach(self, session: Any) -> None:
        """Forget a session: its own calls are over, and those that it was to answer are `unavailable`."""
        for invocation in list(self._callee_to_invocations.get(session, ())):
            self._remove_invoke_request(invocation)
            if invocation.caller is not session:
                self._router.send(invocation.caller, error_reply(invocation.call, _away(invocation.call.procedure)))
        for invocation in list(self._caller_to_invocations.get(session, ())):
            self._remove_invoke_request(invocation)
        super().detach(session)

    @staticmethod
    def _absence(procedure: str) -> Refused:
        if procedure in PROCEDURE_BY_URI:
            return _away(procedure)
        return NoSuchProcedure(procedure)


def _away(procedure: str) -> Refused:
    return Refused(ErrorCode.UNAVAILABLE, f"{procedure}: its owner is away; try again")


def _is_embedded(session: Any) -> bool:
    """Whether a session is inside this process, where messages are Autobahn's own objects."""
    return not hasattr(session._transport, "outbox")


def _is_simple(registration: Any) -> bool:
    """Whether all calls go to one callee, on another end of a connection."""
    return (
        registration.match == message.Register.MATCH_EXACT
        and registration.extra.invoke == message.Register.INVOKE_SINGLE
        and not _is_embedded(registration.observers[0])
    )


def _in_full(call: Any) -> Any:
    """A CALL as Autobahn's object, without a timeout: WELCOME announces none, and Crossbar would count seconds."""
    if type(call) is PlainCall:
        return message.Call(call.request, call.procedure, args=call.args, kwargs=call.kwargs)
    call.timeout = None
    return call
