"""Shape of CloudEvents 1.0: structured, in batches, and binary with `ce-` headers. Pure.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final

from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, Node, as_text, parse
from alarminati.edge.shapes.mapping import OVER

_NEEDED: Final = ("id", "source", "specversion", "type")
_MESSAGES: Final = ("data.message", "data.title", "data.summary", "data.description", "data.text")


def read_cloudevents(inbound: Inbound) -> Iterator[Item]:
    """Read one event or a batch. Raises Invalid."""
    if "ce-specversion" in inbound.headers:
        headers = inbound.headers.items()
        event = {name[3:]: value for name, value in headers if name.startswith("ce-")}
        found: Any = event | {"data": _data(inbound.body)}
    else:
        found = parse(inbound.body)
    for node in Node(found, "", inbound.used).each() if isinstance(found, list) else (
        Node(found, "", inbound.used),
    ):  # fmt: skip
        try:
            yield _event(node, inbound)
        except Invalid as error:
            yield error


def _data(body: bytes) -> Any:
    try:
        return parse(body)
    except Invalid:
        return body.decode(errors="replace")


def _event(event: Node, inbound: Inbound) -> Item:
    for name in _NEEDED:
        event.need(name)
    if not event.text("specversion").startswith("1."):
        raise Invalid(event.at("specversion").place, "must be 1.0")
    data = event.at("data").value
    if data is None and event.text("data_base64"):
        data = _decoded(event.text("data_base64"))
    whole = Node(dict(event.value) | {"data": data}, event.place, event.used)
    kind, subject = event.text("type"), event.text("subject")
    return inbound.alarm(
        (as_text(whole.at("data").use().value) if isinstance(data, str) else whole.text(*_MESSAGES))
        or f"{kind} {subject}".strip(),
        severity=inbound.words.guess(whole.text("data.severity", "severity", "data.level")),
        time=event.time("time"),
        resolved=_over(whole, kind),
        key=whole.text("data.key") or (subject and f"{event.text('source')} {subject}"),
        labels={"type": kind, "event_source": event.text("source"), "subject": subject},
        annotations={"event_id": event.text("id")},
        link=whole.text("data.link", "data.url"),
    )


def _over(event: Node, kind: str) -> bool:
    if event.truth("data.resolved"):
        return True
    word = event.text("data.status", "data.state").lower()
    return word in OVER or kind.rpartition(".")[2].lower() in ("resolved", "recovered", "closed")


def _decoded(text: str) -> Any:
    try:
        return json.loads(b64decode(text))
    except (ValueError, RecursionError):
        return None
