"""The OpenAPI 3.1 document of the admin surface, made from the table that serves it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from motia.admin.operations import Operation

_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The document, ready to be sent as JSON."""
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Motia admin",
            "version": version,
            "description": "What the Workbench and the command line ask of a running core.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Not needed for local requests."}
            },
            "schemas": {"Error": _ERROR},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): {
                "description": "Done.",
                "content": {operation.media_type: {"schema": dict(operation.answer)}},
            },
            "default": {
                "description": "It could not be done; the body says why.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if operation.open:
        described["security"] = []
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": dict(operation.body)}}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    in_query = [
        {"name": name, "in": "query", "description": text, "schema": dict(schema)}
        for name, (schema, text) in operation.query.items()
    ]
    return in_path + in_query
