"""What the libraries spend for nobody."""

import subprocess
import sys

_SCRIPT = """
import router.personality
from crossbar.router import session
from autobahn.websocket import protocol
from router.library_costs import save_library_costs

argument = {"a": [1]}
assert session.hlid(argument) != argument and protocol.pformat(argument) == "{'a': [1]}"
save_library_costs()
assert session.hlid(argument) is argument
save_library_costs()
first, second = session.RouterSession(None), session.RouterSession(None)
assert first.log is second.log
assert first.log._logger.namespace.endswith("RouterSession")
from crossbar.router.auth import anonymous
assert anonymous.util.generate_serial_number() != anonymous.util.generate_serial_number()
assert protocol.pformat(argument) is argument
"""


def test_the_libraries_do_without_what_nobody_sees() -> None:
    """Once told so, they leave log arguments as they are, share a class's logger, and draw names at once."""
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
