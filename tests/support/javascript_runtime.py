"""The JavaScript runtime that comes inside the playwright wheel; no other one is needed, or used."""

import subprocess
from pathlib import Path

import playwright

NODE = Path(playwright.__file__).parent / "driver" / "node"
ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
JAVASCRIPT = Path(__file__).parent / "javascript"


def run_javascript(*arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the runtime at the project's root, and return what it wrote and how it ended."""
    return subprocess.run(
        [str(NODE), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )
