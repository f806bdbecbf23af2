"""What is answered over HTTP against the schemas of the gateway's own OpenAPI document."""

from typing import Any

from jsonschema import Draft202012Validator

from components.contract.openapi import openapi_document


def faults_of(answer: object, schema: str) -> list[str]:
    """What of an answer its schema does not tell, and what of the schema the answer lacks."""
    components = _closed(openapi_document()["components"])
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def _closed(schema: Any) -> Any:
    """The same schema, without room for fields that it does not tell of."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(one) for name, one in schema.items()}
    if "properties" in closed and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
