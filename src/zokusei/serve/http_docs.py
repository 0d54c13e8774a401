"""Writes docs/http.md from the description of the API: ``python -m zokusei.serve.http_docs``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from zokusei.serve.app import api_description
from zokusei.serve.metrics import API

_HEAD = f"""# HTTP

Made from the API's own description by `python -m zokusei.serve.http_docs`; a test says when it is
stale. `zokusei serve LIB` serves it under `{API}`, and the whole description as
`{API}/openapi.json`.

"""


def document() -> str:
    """The document, as Markdown."""
    described = api_description()
    lines = [_HEAD + described["info"]["description"], ""]
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            lines += _route(path, method, route)
    lines += ["## What is said and taken", ""]
    for name, model in described["components"]["schemas"].items():
        if "properties" in model and not name.endswith("ValidationError"):
            lines += _model(name, model)
    return "\n".join(lines).rstrip() + "\n"


def _route(path: str, method: str, route: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## `{method.upper()} {path.replace(':path', '')}`", "", route["description"], "")
    parameters = [each for each in route.get("parameters", ()) if each["in"] != "header"]
    if parameters:
        yield from ("| parameter | kind | | |", "|---|---|---|---|")
        for each in parameters:
            schema = each["schema"]
            default = schema.get("default")
            told = "required" if each.get("required") else f"`{json.dumps(default)}`"
            what = each.get("description", schema.get("description", ""))
            yield f"| `{each['name']}` | {_kind(schema)} | {told} | {_cell(what)} |"
        yield ""
    body = route.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        yield from (f"Body: `{kind}`, {_kind(content['schema'])}", "")
    for status, answer in route["responses"].items():
        if int(status) < 300:
            for kind, content in answer.get("content", {}).items():
                of = _kind(content["schema"]) if content.get("schema") else answer["description"]
                yield from (f"Answer: `{kind}`, {of}", "")
    errors = ", ".join(status for status in route["responses"] if int(status) >= 400)
    yield from (f"Errors: {errors}", "")


def _model(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        f"### {name}",
        "",
        model.get("description", ""),
        "",
        "| field | kind | |",
        "|---|---|---|",
    )
    for field, schema in model["properties"].items():
        yield f"| `{field}` | {_kind(schema)} | {_cell(schema.get('description', ''))} |"
    yield ""


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {_kind(items)}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{_kind(schema['additionalProperties'])} by name"
    return str(schema.get("format") or schema.get("type", "anything")) + _limits(schema)


def _limits(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    if high is None:
        return f" from {low:g}"
    return f" up to {high:g}" if low is None else f" {low:g} to {high:g}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.stdout.write(document())
