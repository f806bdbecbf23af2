"""Which versions a gateway is made of, for whoever has to say what runs."""

import platform
from importlib import metadata

from components.contract.version import VERSION

LIBRARIES = ("crossbar", "autobahn", "twisted")


def versions() -> dict[str, str]:
    """Ours, Python's, and those of the libraries that everything stands on, by name."""
    libraries = {name: metadata.version(name) for name in LIBRARIES}
    return {"tapecast": VERSION, "python": platform.python_version(), **libraries}
