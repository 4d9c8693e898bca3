"""
The document describes the API in OpenAPI 3.1: made once from the routes, with what isn't any single route's own.

That is the schemas, joined under one name each, the problems that may come, an example of every operation, and links
from what a command answers to what may be asked or said next.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.description.examples import Example, examples
from api.description.links import LINKS
from api.description.problems import COMPONENTS, add_problems
from api.description.words import ABOUT, TAGS, title_of
from api.http import answers

JSON = "application/json"
SCHEMAS = "#/components/schemas/"
OF_FRAMEWORK = ("HTTPValidationError", "ValidationError")
"""Schemas of answers that this API doesn't give."""


def described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what returns the document of an application, which is made when it is first asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app)
        return app.openapi_schema

    return document


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application."""
    made = get_openapi(
        title=app.title, version=app.version, description=ABOUT, tags=TAGS, servers=[{"url": "/"}], routes=app.routes
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for method, path, operation in operations(made):
        _join(operation, schemas)
        operation["summary"] = title_of(operation)
        add_problems(operation, method, path)
        _link(operation)
        if found := examples().get(operation["operationId"]):
            _show(operation, found)
    for name in OF_FRAMEWORK:
        schemas.pop(name, None)
    schemas.update(answers.COMPONENTS)
    for kind, components in COMPONENTS.items():
        made["components"].setdefault(kind, {}).update(components)
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the method, the path and the description of every operation of a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _join(part: Any, schemas: dict[str, Any]) -> None:
    """Move the schemas that parts of a description bring along to where all can refer to them."""
    if isinstance(part, list):
        for each in part:
            _join(each, schemas)
    if not isinstance(part, dict):
        return
    for name, schema in part.pop("$defs", {}).items():
        _join(schema, schemas)
        schemas.setdefault(name, schema)
    if isinstance(reference := part.get("$ref"), str):
        part["$ref"] = reference.replace("#/$defs/", SCHEMAS)
    for each in part.values():
        _join(each, schemas)


def _link(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status in {"200", "201"} and (links := LINKS.get(operation["operationId"])):
            response["links"] = msgspec.to_builtins(links)


def _show(operation: dict[str, Any], example: Example) -> None:
    """Put an example where each part of it belongs."""
    said = {"path": example.path, "query": example.query, "header": example.headers}
    for parameter in operation.get("parameters", ()):
        named = {name.lower(): value for name, value in said[parameter["in"]].items()}
        if (value := named.get(parameter["name"].lower())) is not None:
            parameter["example"] = value
    shown = {"summary": example.about or operation["summary"]}
    if example.body is not None and (content := operation.get("requestBody", {}).get("content", {}).get(JSON)):
        content["examples"] = {operation["operationId"]: shown | {"value": example.body}}
    _show_answer(operation, example, shown)


def _show_answer(operation: dict[str, Any], example: Example, shown: dict[str, str]) -> None:
    answer = example.answer
    response = operation["responses"].get(str(answer.status))
    if response is None or "$ref" in response or answer.body is None:
        return
    content = response.setdefault("content", {}).setdefault(answer.media_type, {})
    content["examples"] = {operation["operationId"]: shown | {"value": answer.body}}
