"""
What the libraries spend on each connection and message, and nobody gets anything from.

- Crossbar and Autobahn paint and pretty-print the arguments of debug lines that nobody writes: some fifty for each join
  and a dozen for each message. The lines that are written are formatted from the plain arguments all the same.
- Autobahn makes a logger for each session, all of a class alike.
- Crossbar draws a name for every anonymous session letter by letter from the system's randomness.
"""

import importlib
import secrets
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import txaio

_PAINTERS = ("hl", "hlflag", "hlid", "hltype", "hluval", "hlval", "pformat")
_MODULES = (
    "autobahn.twisted.websocket",
    "autobahn.wamp.websocket",
    "autobahn.websocket.protocol",
    "crossbar.router.auth.anonymous",
    "crossbar.router.auth.pending",
    "crossbar.router.auth.ticket",
    "crossbar.router.broker",
    "crossbar.router.dealer",
    "crossbar.router.protocol",
    "crossbar.router.realmstore",
    "crossbar.router.role",
    "crossbar.router.router",
    "crossbar.router.session",
)
_NAME_BYTES = 15


def save_library_costs() -> None:
    """Let what of the libraries a connection and a message pass through do without, in this process."""
    for name in _MODULES:
        module = importlib.import_module(name)
        for painter in _PAINTERS:
            if hasattr(module, painter):
                setattr(module, painter, _as_it_is)
    if txaio.make_logger.__module__ != __name__:
        txaio.make_logger = _sharing(txaio.make_logger)
    anonymous: Any = importlib.import_module("crossbar.router.auth.anonymous")
    anonymous.util = SimpleNamespace(generate_serial_number=_draw_name)


def _as_it_is(value: object, *_arguments: object, **_options: object) -> object:
    return value


def _draw_name() -> str:
    return secrets.token_urlsafe(_NAME_BYTES)


def _sharing(make_logger: Callable[..., Any]) -> Callable[..., Any]:
    """Make one logger for all objects of a class, and any other one anew."""
    loggers: dict[type, Any] = {}

    def logger_of(self: object) -> Any:  # noqa: ARG001 - a logger takes its name from its caller's variable `self`
        return make_logger()

    def shared(*arguments: object, **options: object) -> Any:
        caller = sys._getframe(1).f_locals.get("self")
        if caller is None or arguments or options:
            return make_logger(*arguments, **options)
        if type(caller) not in loggers:
            loggers[type(caller)] = logger_of(caller)
        return loggers[type(caller)]

    return shared
