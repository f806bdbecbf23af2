"""Messages that a connection's serializer cannot write: nobody waits for an answer in vain because of one."""

from typing import Any

from autobahn.wamp import message
from autobahn.wamp.serializer import Serializer
from twisted.logger import Logger

from components.contract.errors import ErrorCode
from router.refusal import Refused, error_reply

_ANSWER = Refused(ErrorCode.INTERNAL, "the answer cannot be written by this connection's serializer")
_ARGUMENTS = Refused(ErrorCode.INVALID_ARGUMENT, "args: hold a value that cannot be passed on", field="args")

_log = Logger(namespace="tapecast.router")


def replace_unwritable(transport: Any, msg: Any, error: Exception) -> None:
    """
    Do what can be done about a message that a transport cannot write.

    Whoever waits for an answer gets an error in its place. A call whose arguments cannot reach the procedure's owner
    is answered as if the owner had refused them. An event is lost to this one receiver.
    """
    if msg.MESSAGE_TYPE == message.Invocation.MESSAGE_TYPE:
        transport._session.onMessage(error_reply(msg, _ARGUMENTS))
        return
    kind = Serializer.MESSAGE_TYPE_MAP[msg.MESSAGE_TYPE].__name__
    _log.error("{kind} cannot be written for {peer}: {error!r}", kind=kind, peer=transport.peer, error=error)
    if msg.MESSAGE_TYPE == message.Result.MESSAGE_TYPE:
        transport.send(_substitute(message.Call.MESSAGE_TYPE, msg.request))
    elif isinstance(msg, message.Error) and msg.kwargs is not _ANSWER.body:
        transport.send(_substitute(msg.request_type, msg.request))


def _substitute(request_type: int, request: int) -> Any:
    return message.Error(request_type, request, _ANSWER.uri, kwargs=_ANSWER.body)
