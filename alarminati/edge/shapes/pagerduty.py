"""Shape of PagerDuty's Events API v2, which many tools can send. Pure.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, as_text, parse

ENQUEUE: Final = "/v2/enqueue"
"""Path that senders put behind the address they are given."""


def routing_key(body: bytes) -> str | None:
    """Return the routing key of an event, its sender's token; None: there is none."""
    try:
        found = parse(body)
    except Invalid:
        return None
    key = found.get("routing_key") if isinstance(found, dict) else None
    return key if isinstance(key, str) and key else None


def read_pagerduty(inbound: Inbound) -> Iterator[Item]:
    """Read one event. Raises Invalid."""
    root = inbound.document()
    root.at("routing_key").use()
    action, key = root.need("event_action"), root.text("dedup_key")
    said = {"status": "success", "message": "Event processed", "dedup_key": key}
    inbound.answer.update(said)
    if action == "acknowledge":
        inbound.note("event_action is acknowledge: people acknowledge here, so no alarm changes")
        return
    if action not in ("trigger", "resolve"):
        raise Invalid("event_action", f"is {action[:40]!r}; trigger and resolve are known")
    if action == "resolve" and not key:
        raise Invalid("dedup_key", "is missing; it names the alarm that is over")
    resolved = action == "resolve"
    summary = root.text("payload.summary") or (f"{key} is resolved" if resolved else "")
    if not summary:
        raise Invalid("payload.summary", "is missing or empty")
    details = root.at("payload.custom_details")
    custom = root.pairs("payload.custom_details") if isinstance(details.value, dict) else {}
    if not custom:
        custom = {"custom_details": as_text(details.use().value)}
    yield inbound.alarm(
        summary,
        severity=inbound.words.guess(root.text("payload.severity")),
        time=root.time("payload.timestamp"),
        resolved=resolved,
        key=key,
        labels={name: root.text(f"payload.{name}")
                for name in ("source", "component", "group", "class")},
        annotations=custom | {"client": root.text("client")},
        link=root.text("links[0].href", "client_url"),
    )  # fmt: skip
