"""The JavaScript client passes its tests, is covered by them, is small, and agrees with the contract's tables."""

import gzip
import json
import re

import pytest

from components.contract.errors import CLOSES
from components.contract.topics import TOPIC_FAMILIES
from components.contract.version import VERSION
from tests.support.javascript_runtime import CLIENT, JAVASCRIPT, run_javascript, run_module_tests

MODULES = sorted(path.stem for path in CLIENT.glob("*.js"))
MAX_BYTES = 10_000


def exported(module: str, expression: str) -> object:
    """The value of an expression over a module `m` of the client."""
    script = f"import('{(CLIENT / module).as_uri()}').then(m => console.log(JSON.stringify({expression})))"
    result = run_javascript("--eval", script)
    assert result.returncode == 0, result.stderr
    value: object = json.loads(result.stdout)
    return value


@pytest.mark.parametrize("module", MODULES)
def test_module_passes_its_tests_and_is_covered_by_them(module: str) -> None:
    """Every branch of a module is taken by the tests of its own file, over both libraries where that matters."""
    result = run_module_tests(CLIENT / f"{module}.js", JAVASCRIPT / "client" / f"{module}.test.mjs")

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_client_is_small() -> None:
    """All modules, each compressed by itself as a web server does it, are less than ten kilobytes."""
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in CLIENT.glob("*.js")}

    assert sum(sizes.values()) < MAX_BYTES, sizes


def test_the_client_comes_back_as_the_contract_says() -> None:
    """Whether to come back is decided by the close code, and every code of the contract is known."""
    agreed = {str(close.code): close.come_back.value for close in CLOSES}

    assert exported("link.js", "m.COME_BACK") == agreed


def test_the_client_knows_how_each_topic_is_delivered() -> None:
    """A topic's class is what the contract says, for an example of every family."""
    examples = {"{instrument}": "BTCUSDT", "{venue}": "sim", "{interval}": "1m", "{timeframe}": "1m"}
    topics = [_example(family.pattern, examples) for family in TOPIC_FAMILIES]

    told = exported("stream.js", f"{json.dumps(topics)}.map(m.deliveryOf)")

    assert told == [family.delivery.value for family in TOPIC_FAMILIES]


def test_everything_public_is_typed() -> None:
    """What the main module gives, and what a client can do, is what `tapecast.d.ts` declares; its limits are not."""
    types = (CLIENT / "tapecast.d.ts").read_text()
    names = exported("tapecast.js", "Object.keys(m)")
    members = exported("tapecast.js", "Object.getOwnPropertyNames(m.Tapecast.prototype)")
    assert isinstance(names, list)
    assert isinstance(members, list)

    declared = re.search(r"^export class Tapecast \{\n(.*?)^\}", types, re.MULTILINE | re.DOTALL)
    assert declared is not None
    assert set(re.findall(r"^export (?:class|function) (\w+)", types, re.MULTILINE)) == {
        name for name in names if not name.isupper()
    }
    assert set(re.findall(r"^  (?:readonly )?(\w+)[(<:]", declared[1], re.MULTILINE)) == set(members)


def test_every_module_that_is_imported_is_in_the_package() -> None:
    """What a page loads is what `package.json` hands out: the modules and their types."""
    package = json.loads((CLIENT / "package.json").read_text())

    assert package["files"] == ["*.js", "tapecast.d.ts"]
    assert {package["main"], package["types"]} <= {path.name for path in CLIENT.iterdir()}


def _example(pattern: str, examples: dict[str, str]) -> str:
    return ".".join(examples.get(part, part.strip("{}")) for part in pattern.split("."))


def test_the_package_is_as_old_as_the_project() -> None:
    """Gateway and client are released together."""
    assert json.loads((CLIENT / "package.json").read_text())["version"] == VERSION
