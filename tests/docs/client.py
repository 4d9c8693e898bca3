"""
The client's operations and models, made from the API's description.

Run `.venv/bin/python -m tests.docs.client` from the root of the repository after the description changed; a test
compares.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.docs.client_types import ANY, OWN, name_of, or_unset, reachable, struct_names, type_of
from tests.docs.openapi import document
from tests.refusals import ROOT

PACKAGE = ROOT / "api/client/trade_assurance_client"
MADE = "Made by `python -m tests.docs.client`: what is changed here is lost."
JSON = "application/json"
STREAM = "text/event-stream"
BY_HAND = {"Idempotency-Key", "If-Match", "Accept", "accept", "If-None-Match", "Last-Event-ID", "X-Request-ID", "book"}
"""Parameters that operations don't take one by one."""


class Argument(NamedTuple):
    """One argument of a method: its name in Python and outside, its type, and whether it has to be said."""

    name: str
    said_as: str
    kind: str
    required: bool


class Method(NamedTuple):
    """One operation as a method."""

    name: str
    about: str
    verb: str
    path: str
    in_path: list[Argument]
    in_query: list[Argument]
    in_body: list[Argument]
    raw_body: bool
    keyed: bool
    answer: str


def files() -> dict[Path, str]:
    """Return the text of every file that is made."""
    described = document()
    schemas = described["components"]["schemas"]
    known = struct_names(schemas)
    methods = [
        _method(verb, path, operation, schemas, known)
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
        if STREAM not in str(operation["responses"])
    ]
    texts = {
        PACKAGE / "models.py": _models(methods, schemas, known),
        PACKAGE / "operations.py": _operations(methods, known, waits=False),
        PACKAGE / "async_operations.py": _operations(methods, known, waits=True),
    }
    return {path: _formatted(path, text) for path, text in texts.items()}


def _method(
    verb: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any], known: Mapping[str, str]
) -> Method:
    parameters = [each for each in operation.get("parameters", ()) if each["name"] not in BY_HAND]
    arguments = {
        place: [_argument(each, known) for each in parameters if each["in"] == place] for place in ("path", "query")
    }
    content = operation.get("requestBody", {}).get("content", {})
    answer = _answer(operation["responses"], known)
    if answer.startswith("Page["):  # a page is read as one, in no other form
        arguments["query"] = [each for each in arguments["query"] if each.name not in {"format", "fields"}]
    return Method(
        name=name_of(operation["operationId"]),
        about=operation["summary"],
        verb=verb.upper(),
        path=path,
        in_path=arguments["path"],
        in_query=arguments["query"],
        in_body=_body(content.get(JSON, {}).get("schema", {}), schemas, known),
        raw_body=(bool(content) or operation["operationId"] == "dispute-evidence") and JSON not in content,
        keyed=verb == "post" and "Idempotency-Key" in str(operation.get("parameters")),
        answer=answer,
    )


def _argument(parameter: Mapping[str, Any], known: Mapping[str, str]) -> Argument:
    kind = type_of(parameter["schema"], known)
    return Argument(name_of(parameter["name"]), parameter["name"], kind, parameter.get("required", False))


def _body(schema: Mapping[str, Any], schemas: Mapping[str, Any], known: Mapping[str, str]) -> list[Argument]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        Argument(name_of(name), name, type_of(each, known), name in required)
        for name, each in schema.get("properties", {}).items()
    ]


def _answer(responses: Mapping[str, Any], known: Mapping[str, str]) -> str:
    for status in ("200", "201", "202"):
        content = responses.get(status, {}).get("content", {})
        if JSON in content:
            return type_of(content[JSON].get("schema", {}), known)
        if content:
            return "bytes"
    return ANY


def _models(methods: list[Method], schemas: Mapping[str, Any], known: Mapping[str, str]) -> str:
    said = _words(" ".join(f"{method.answer} {[each.kind for each in method.in_body]}" for method in methods))
    used = reachable((name for name in known if known[name] in said), schemas)
    needed = [name for name in sorted(used) if name in known and name not in OWN]
    classes = "\n\n".join(_class(known[name], schemas[name], known) for name in needed)
    return f'''"""Models: what the API takes and answers, by name. {MADE}"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from trade_assurance_client.money import Money

__all__ = {sorted([known[name] for name in needed])}


{classes}
'''


def _class(name: str, schema: Mapping[str, Any], known: Mapping[str, str]) -> str:
    about = " ".join(str(schema.get("description") or f"{name}, as the API shows it.").split("\n\n")[0].split())
    required = schema.get("required", ())
    lines = [
        _attribute(each, schema["properties"][each], known, required=each in required) for each in schema["properties"]
    ]
    return f'class {name}(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):\n    """{about}"""\n\n' + (
        "\n".join(lines) or "    pass"
    )


def _attribute(said_as: str, schema: Mapping[str, Any], known: Mapping[str, str], *, required: bool) -> str:
    name, kind = name_of(said_as), type_of(schema, known)
    renamed = "" if name == said_as else f'name="{said_as}"'
    if not required:
        kind = or_unset(kind, "msgspec.UnsetType")
    default = "" if required else "default=msgspec.UNSET" if renamed else "msgspec.UNSET"
    inside = ", ".join(filter(None, (default if renamed else "", renamed)))
    value = f" = msgspec.field({inside})" if renamed else f" = {default}" if default else ""
    return f"    {name}: {kind}{value}"


def _operations(methods: list[Method], known: Mapping[str, str], *, waits: bool) -> str:
    name, sender = ("AsyncOperations", "AsyncSender") if waits else ("Operations", "Sender")
    body = "\n\n".join("\n".join(_lines(method, waits=waits)) for method in methods)
    used = sorted({each for each in known.values() if each not in OWN.values()} & _words(body))
    return f'''"""Operations: every one of the API as a method. {MADE}"""

from datetime import date, datetime
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from trade_assurance_client.models import {", ".join(used)}
from trade_assurance_client.money import Money
from trade_assurance_client.pages import Page
from trade_assurance_client.sending import Asked, {sender}, path_of


class {name}({sender}):
    """Every operation of the API, by its name."""

{body}
'''


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _lines(method: Method, *, waits: bool) -> Iterator[str]:
    yield _signature(method, waits=waits)
    yield f'        """{method.about}."""'
    yield "        asked = Asked("
    yield f'            method="{method.verb}",'
    yield f"            path={_path(method)},"
    yield f"            query={_table(method.in_query)},"
    yield f"            headers={_headers(method)},"
    yield f"            body={_content(method)},"
    yield f"            keyed={method.keyed},"
    yield "        )"
    yield f"        return {'await ' if waits else ''}self._call(asked, {_decoded_as(method.answer)})"


def _signature(method: Method, *, waits: bool) -> str:
    in_path = [f"{each.name}: {each.kind}" for each in method.in_path]
    named = list(_named(method))
    arguments = ", ".join(["self", *in_path, *(["*"] if named else []), *named])
    return f"    {'async ' if waits else ''}def {method.name}({arguments}) -> {method.answer}:"


def _path(method: Method) -> str:
    of_book = ", book=self.book" if "{book}" in method.path else ""
    in_path = "".join(f", {each.said_as}={each.name}" for each in method.in_path)
    return f'path_of("{method.path.replace(":path", "")}"{of_book}{in_path})'


def _headers(method: Method) -> str:
    headers = {"Idempotency-Key": "key", "If-Match": "if_match"} if method.keyed else {}
    headers |= {"Content-Type": "media_type"} if method.raw_body else {}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in headers.items()) + "}"


def _content(method: Method) -> str:
    if method.raw_body:
        return "content"
    return _table(method.in_body) if method.keyed or method.in_body else "None"


def _decoded_as(answer: str) -> str:
    return "object" if answer == ANY else answer


def _named(method: Method) -> Iterator[str]:
    if method.raw_body:
        yield "content: bytes"
        yield 'media_type: str = "application/octet-stream"'
    taken = {each.name for each in method.in_path}
    for each in [*method.in_body, *method.in_query]:
        if each.name in taken:
            continue
        taken.add(each.name)
        if each.required:
            yield f"{each.name}: {each.kind}"
        else:
            kind = or_unset(each.kind, "UnsetType")
            yield f"{each.name}: {kind} = UNSET"
    if method.keyed:
        yield "key: str | None = None"
        yield "if_match: str | None = None"


def _table(arguments: list[Argument]) -> str:
    return "{" + ", ".join(f'"{each.said_as}": {each.name}' for each in arguments) + "}"


def _formatted(path: Path, text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for verb in (["check", "--fix", "--quiet", "--select", "I,F401"], ["format", "--quiet"]):
        done = subprocess.run(
            [ruff, *verb, "--stdin-filename", path, "-"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
            cwd=ROOT,
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
