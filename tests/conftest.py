"""What every kind of test can ask for."""

import gc

from hypothesis import HealthCheck, settings

import router.personality  # noqa: F401 - all of Crossbar, before the limit below is set again
from router.serializers import limit_recursion

limit_recursion()

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("tapecast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tapecast")


def pytest_collection_finish() -> None:
    """Leave what is there for good to no collector: a million objects, in hundreds of collections."""
    gc.collect()
    gc.freeze()
