"""The paths that are answered over HTTP as an OpenAPI document, version 3.1."""

from typing import Any

from components.contract.errors import ErrorCode
from components.contract.http import HTTP_PATHS, STATUS_OF_ERRORS, HttpPath, Parameter, errors_of
from components.contract.http_schemas import EXAMPLES, SCHEMAS, Schema
from components.contract.meanings import MEANING_OF_ERRORS
from components.contract.version import VERSION

Json = dict[str, Any]

OPENAPI_VERSION = "3.1.0"

_DESCRIPTION = """\
What a Tapecast gateway answers over HTTP, on the port of its WebSocket. GET and HEAD only; every answer is JSON.
Prices move over WAMP at `/ws`, which `/contract.json` describes. Where the gateway is public nothing needs a token.
"""
_BEARER = "token"


def openapi_document() -> Json:
    """The document; the same for all nodes of a version."""
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "Tapecast",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": ".", "description": "the gateway that serves this document"}],
        "paths": {path.path: {"get": _operation(path)} for path in HTTP_PATHS},
        "components": {
            "schemas": {str(name): schema for name, schema in SCHEMAS.items()},
            "securitySchemes": {
                _BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "asked for where the gateway is not public",
                }
            },
        },
    }


def _operation(path: HttpPath) -> Json:
    operation: Json = {
        "operationId": path.name,
        "summary": path.summary,
        "description": path.description,
        # An empty one says that it can be done without, as on a gateway that is public.
        "security": [{}, {_BEARER: []}] if path.asks_for_token else [],
        "responses": {**_answers(path), **_refusals(path)},
    }
    if path.parameter is not None:
        operation["parameters"] = [_parameter(path.parameter)]
    return operation


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": "path",
        "required": True,
        "description": parameter.content,
        "schema": {"type": "string"},
        "example": parameter.example,
    }


def _answers(path: HttpPath) -> Json:
    if path.schema is None:
        document = {"application/json": {"schema": {"type": "object"}}}
        etag = {"ETag": {"description": "the name of this content, for `If-None-Match`", "schema": {"type": "string"}}}
        return {
            "200": {"description": path.summary, "headers": etag, "content": document},
            "304": {"description": "it is as it was: `If-None-Match` names it"},
        }
    content = _content(path.schema)
    also = {str(status): {"description": when, "content": content} for status, when in path.also_with.items()}
    return {"200": {"description": path.summary, "content": content}, **also}


def _refusals(path: HttpPath) -> Json:
    by_status: dict[int, list[ErrorCode]] = {}
    for code in errors_of(path):
        by_status.setdefault(STATUS_OF_ERRORS[code], []).append(code)
    return {
        str(status): {
            "description": "; ".join(f"`{code}`: {MEANING_OF_ERRORS[code]}" for code in codes),
            "content": _content(Schema.ERROR, codes),
        }
        for status, codes in sorted(by_status.items())
        if status not in path.also_with
    }


def _content(schema: Schema, codes: list[ErrorCode] | None = None) -> Json:
    example = EXAMPLES[schema]
    if codes is not None:
        code = codes[0]
        example = {"error": {"code": code.value, "message": MEANING_OF_ERRORS[code], "details": {}}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}
