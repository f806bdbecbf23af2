"""
The libraries' log lines, which cost more than what they tell of.

Crossbar and Autobahn paint and pretty-print the arguments of debug lines that nobody writes: some fifty for each join
and a dozen for each message. The lines that are written are formatted from the plain arguments all the same.
"""

import importlib

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


def paint_nothing() -> None:
    """Let what of the libraries a message passes through hand its log arguments over as they are."""
    for name in _MODULES:
        module = importlib.import_module(name)
        for painter in _PAINTERS:
            if hasattr(module, painter):
                setattr(module, painter, _as_it_is)


def _as_it_is(value: object, *_arguments: object, **_options: object) -> object:
    return value
