"""The OpenAPI document: whole, consistent, and its examples true to its schemas."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from components.contract.http import HTTP_PATHS, STATUS_OF_ERRORS, HttpPath, errors_of
from components.contract.http_schemas import EXAMPLES, SCHEMAS, Schema
from components.contract.openapi import openapi_document
from tests.support.json_schemas import faults_of

EACH_PATH = pytest.mark.parametrize("path", HTTP_PATHS, ids=lambda path: path.name)
DOCUMENT = openapi_document()


def operation(path: HttpPath) -> dict[str, Any]:
    """What the document says of a path."""
    told: dict[str, Any] = DOCUMENT["paths"][path.path]["get"]
    return told


def test_tools_know_what_it_is() -> None:
    """The version of OpenAPI, whose it is, and that a path is called by one name."""
    names = [told["get"]["operationId"] for told in DOCUMENT["paths"].values()]

    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"title", "version", "license"} <= set(DOCUMENT["info"])
    assert len(names) == len(set(names)) == len(HTTP_PATHS)


@pytest.mark.parametrize("schema", Schema)
def test_an_example_is_as_its_schema_says(schema: Schema) -> None:
    """Whoever writes a client by the example writes one that works."""
    assert faults_of(EXAMPLES[schema], schema) == []


@pytest.mark.parametrize("name", [str(name) for name in SCHEMAS])
def test_a_schema_is_one(name: str) -> None:
    """Every schema is good JSON Schema, and refers to none that is not there."""
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def test_what_is_referred_to_is_there() -> None:
    """No reference of the document leads nowhere."""
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))

    assert referred == set(map(str, SCHEMAS))


@EACH_PATH
def test_what_stands_in_braces_is_a_parameter(path: HttpPath) -> None:
    """Each has one example that works, and nothing else is asked for."""
    parameters = operation(path).get("parameters", [])

    assert [one["name"] for one in parameters] == re.findall(r"\{(\w+)\}", path.path)
    assert all(one["required"] and one["example"] for one in parameters)


@EACH_PATH
def test_every_error_has_its_status(path: HttpPath) -> None:
    """Each code that a path may answer is told at its status, as an error or with the path's own body."""
    told = operation(path)["responses"]

    for code in errors_of(path):
        response = told[str(STATUS_OF_ERRORS[code])]
        assert f"`{code}`" in response["description"] or STATUS_OF_ERRORS[code] in path.also_with
    assert "200" in told


@EACH_PATH
def test_a_token_is_asked_for_where_the_router_does(path: HttpPath) -> None:
    """A path that can be closed may be asked with a token or without; all others without."""
    assert operation(path)["security"] == ([{}, {"token": []}] if path.asks_for_token else [])
