"""OpenAPI 3.1 document of the local API: `python -m alarminati.ui.schema.openapi FILE`."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from alarminati.ui.schema.calls import CALLS, EVENTS, JSON, WRITE_HEADER, Call
from alarminati.ui.schema.common import Error

_REF: Final = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """Return the whole document."""
    answers = [call.answer for call in CALLS if call.answer is not None]
    asked = [call.request for call in CALLS if call.request is not None]
    types = [*answers, *asked, *EVENTS.values(), Error]
    _, shapes = msgspec.json.schema_components(types, ref_template=_REF)
    _, requests = msgspec.json.schema_components(asked, ref_template=_REF)
    for name, shape in shapes.items():
        if "properties" in shape and name not in requests:
            shape["required"] = list(shape["properties"])  # answers leave nothing out
    for struct in _structs(types):
        _describe(struct, shapes[struct.__name__])
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Local API of the Alarminati app",
            "version": "1",
            "description": (
                "Served by `alarminati ui` to the page on the same computer only. Needs the cookie"
                f" that the opened address sets; calls other than GET need the header"
                f" `{WRITE_HEADER}`. Times are milliseconds since 1970 UTC, 0 meaning never."
            ),
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(shapes.items()))},
        "x-events": {name: _reference(shape) for name, shape in EVENTS.items()},
    }


def _operation(call: Call) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", call.path)
    ]
    for each in call.query:
        kind: dict[str, Any] = {"type": each.type}
        shape = {"type": "array", "items": kind} if each.many else kind
        parameters.append(
            {"name": each.name, "in": "query", "description": each.about, "schema": shape}
        )
    if call.answer is None:
        answer: dict[str, Any] = {"type": "string"}
    else:
        answer = _reference(call.answer)
    found: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.about,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Success", "content": {call.content: {"schema": answer}}},
            "default": {
                "description": "Refusal",
                "content": {JSON: {"schema": _reference(Error)}},
            },
        },
    }
    if call.request is not None:
        found["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": _reference(call.request)}},
        }
    return found


def _reference(struct: Any) -> dict[str, str]:
    return {"$ref": _REF.format(name=struct.__name__)}


def _structs(types: list[Any]) -> set[type[msgspec.Struct]]:
    """Return all shapes that these are made of."""
    found: set[type[msgspec.Struct]] = set()
    ahead = list(types)
    while ahead:
        each = ahead.pop()
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            if each not in found:
                found.add(each)
                ahead += [one.type for one in msgspec.structs.fields(each)]
        else:
            ahead += get_args(each)
    return found


def _describe(struct: type[msgspec.Struct], shape: dict[str, Any]) -> None:
    """Add what the source says below a field."""
    body = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    assert isinstance(body, ast.ClassDef)
    for before, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            told = shape["properties"][before.target.id]
            text = " ".join(str(after.value.value).split())
            if set(told) == {"$ref"}:
                told = shape["properties"][before.target.id] = {"allOf": [told]}
            told["description"] = text


def text() -> str:
    """Return the document as it is kept in docs."""
    encoded = msgspec.json.encode(document(), order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def main() -> None:
    """Write the file named."""
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
