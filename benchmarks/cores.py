"""Which core is the router's and which the load generator's."""

import os

_CORES = sorted(os.sched_getaffinity(0))
ROUTER_CORES = {_CORES[0]}
LOAD_CORES = {_CORES[-1]}
"""The same where there is only one; the figures are then of no use."""


def pin_load_generator() -> None:
    """Run this process on its own core alone."""
    os.sched_setaffinity(0, LOAD_CORES)
