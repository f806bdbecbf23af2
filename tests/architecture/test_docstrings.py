"""What the review asks of every file: a sentence on each test, and sizes that one can read."""

import ast
from functools import cache

import attrs

from tests.support.modules import CLIENT_FOLDER, PACKAGES, Module, modules_below

LONGEST_FILE, LONGEST_FUNCTION = 600, 50

EVERYTHING = modules_below(*PACKAGES, CLIENT_FOLDER, "benchmarks", "examples", "scripts", "tests")
TESTS = modules_below("tests")


@attrs.frozen
class Function:
    """
    What is asked of one function.

    Attributes:
        name: As it is defined.
        says: Its docstring, empty without one.
        length: How many lines of code it has, without its docstring and with the functions in it.
    """

    name: str
    says: str
    length: int


@attrs.frozen
class Written:
    """
    What is asked of one module.

    Attributes:
        says: Its docstring, empty without one.
        length: How many lines it has.
        functions: All functions and methods in it.
    """

    says: str
    length: int
    functions: tuple[Function, ...]


@cache
def written(module: Module) -> Written:
    tree = module.tree
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return Written(
        says=ast.get_docstring(tree) or "",
        length=max(node.end_lineno or 0 for node in tree.body),
        functions=tuple(
            Function(name=node.name, says=ast.get_docstring(node) or "", length=lines_of(node)) for node in functions
        ),
    )


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long a function's code is, without its docstring."""
    assert node.end_lineno is not None
    length = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        assert docstring.end_lineno is not None
        length -= docstring.end_lineno - docstring.lineno + 1
    return length


def test_every_test_states_a_fact() -> None:
    """A test's docstring is one sentence that says what is true."""
    silent = [
        f"{module.name}.{function.name}"
        for module in TESTS
        for function in written(module).functions
        if function.name.startswith("test_") and not function.says.endswith((".", "?", "!"))
    ]

    assert silent == []


def test_every_module_says_what_it_holds() -> None:
    """A module begins with a sentence on what is in it."""
    assert [module.name for module in EVERYTHING if not written(module).says] == []


def test_no_file_is_too_long() -> None:
    """A file that cannot be read at once is two."""
    lengths = {module.name: written(module).length for module in EVERYTHING}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    """A function that cannot be seen at once is two."""
    lengths = {
        f"{module.name}.{function.name}": function.length
        for module in EVERYTHING
        for function in written(module).functions
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_test_modules_have_names_of_their_own() -> None:
    """Two of one name, in whatever folders, cannot run together."""
    names = [module.name.rpartition(".")[2] for module in TESTS if module.name.rpartition(".")[2].startswith("test_")]

    assert len(names) == len(set(names))


def test_no_test_sleeps_or_is_skipped() -> None:
    """No test waits for time to pass, passes by not running, or has its own code replaced."""
    words = ("time" + ".sleep", "mark" + ".skip", "mark" + ".xfail", "unittest" + ".mock", "pytest" + ".skip")
    suspects = [module for module in TESTS if any(word.rpartition(".")[2] in module.text for word in words)]
    texts = {module.name: ast.unparse(module.tree) for module in suspects}

    assert [(name, word) for name, text in texts.items() for word in words if word in text] == []
