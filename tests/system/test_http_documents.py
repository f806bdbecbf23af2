"""What a running node answers over HTTP, against what its own documents say."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from components.contract.document import contract_document
from components.contract.http import HTTP_PATHS, HttpPath
from components.contract.openapi import openapi_document
from tests.support.json_schemas import faults_of
from tests.support.node import RunningNode

DEMO_TOKEN = "demoToken"
"""Which is answered by development gateways alone."""

EACH_PATH = pytest.mark.parametrize(
    "path", [one for one in HTTP_PATHS if one.schema and one.name != DEMO_TOKEN], ids=lambda path: path.name
)


def ask(node: RunningNode, path: str, **headers: str) -> tuple[int, Any, Any]:
    """Status, headers and body of a GET."""
    request = urllib.request.Request(f"{node.url}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
        return error.code, error.headers, json.loads(body) if body else None


@EACH_PATH
def test_a_real_answer_is_as_its_schema_says(node: RunningNode, path: HttpPath) -> None:
    """Every field that comes is told of, with its type, and every one that is told of comes."""
    node.wait_for_price("BTCUSDT")
    asked = path.path
    if path.parameter is not None:
        asked = asked.replace(f"{{{path.parameter.name}}}", path.parameter.example)

    status, _, body = ask(node, asked)

    assert (status, faults_of(body, str(path.schema))) == (200, [])


@pytest.mark.parametrize(
    ("asked", "path", "status"),
    [
        ("/api/prices/NOPE", "/api/prices/{instrument}", 404),
        ("/api/prices", "/api/prices/{instrument}", 400),
        ("/api/topics/tapecast.price/more", "/api/topics/{prefix}", 404),
        ("/api/stats/more", "/api/stats", 404),
        ("/api/demo/token/alice", "/api/demo/token/{user}", 404),
        ("/health/more", "/health", 404),
    ],
)
def test_a_real_error_is_as_the_document_says(node: RunningNode, asked: str, path: str, status: int) -> None:
    """Errors have the one form, a status that the path's operation names, and a code that stands there."""
    answered, _, body = ask(node, asked)

    assert (answered, faults_of(body, "Error")) == (status, [])
    told = openapi_document()["paths"][path]["get"]["responses"][str(status)]
    assert f"`{body['error']['code']}`" in told["description"]


def test_a_real_token_of_a_demo_user_is_as_its_schema_says(demo_node: RunningNode) -> None:
    """A development gateway answers in the form that is told of all gateways."""
    for path, schema in (("/api/demo/users", "DemoUsers"), ("/api/demo/token/alice", "DemoToken")):
        status, _, body = ask(demo_node, path)

        assert (status, faults_of(body, schema)) == (200, [])


def test_the_documents_are_served_and_need_not_be_sent_twice(node: RunningNode) -> None:
    """Both are what the tables make, with a tag; whoever names it is told that nothing is new."""
    for path, made in (("/openapi.json", openapi_document()), ("/contract.json", contract_document())):
        status, headers, body = ask(node, path)

        assert (status, headers["Content-Type"], body) == (200, "application/json", json.loads(json.dumps(made)))
        assert headers["Access-Control-Allow-Origin"] is None
        again, _, nothing = ask(node, path, **{"If-None-Match": headers["ETag"]})
        assert (again, nothing) == (304, None)
