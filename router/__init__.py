"""The Crossbar personality: what a connection may send, and how events reach it."""

import sys

from router.unused_libraries import leave_out_unused_libraries

leave_out_unused_libraries()
# Autobahn loads its UBJSON serializer, which nobody here speaks, where it finds this module; its C extension is built
# against NumPy 1 and prints a traceback at every start where NumPy is newer.
sys.modules.setdefault("bjdata", None)  # type: ignore[arg-type]  # what makes an import of it fail
