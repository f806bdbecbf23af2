"""The JavaScript runtime that comes inside the playwright wheel; no other one is needed, or used."""

import subprocess
from pathlib import Path

import playwright

NODE = Path(playwright.__file__).parent / "driver" / "node"
ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CLIENT = ROOT / "clients" / "js"
JAVASCRIPT = Path(__file__).parent / "javascript"


def run_javascript(*arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the runtime at the project's root, and return what it wrote and how it ended."""
    return subprocess.run(
        [str(NODE), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def run_module_tests(module: Path, tests: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests of one module; they also fail where they leave a line or a branch of it out."""
    return run_javascript(
        "--test",
        "--experimental-test-coverage",
        f"--test-coverage-include={module.relative_to(ROOT)}",
        "--test-coverage-lines=100",
        "--test-coverage-branches=100",
        str(tests),
    )
