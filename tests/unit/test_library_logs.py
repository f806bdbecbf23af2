"""What the libraries' log lines cost."""

import subprocess
import sys

_SCRIPT = """
import router.personality
from crossbar.router import session
from autobahn.websocket import protocol
from router.library_logs import paint_nothing

argument = {"a": [1]}
assert session.hlid(argument) != argument and protocol.pformat(argument) == "{'a': [1]}"
paint_nothing()
assert session.hlid(argument) is argument
assert protocol.pformat(argument) is argument
"""


def test_the_libraries_neither_paint_nor_print_their_log_arguments() -> None:
    """Once told so, Crossbar and Autobahn hand the arguments of their log lines over untouched."""
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
