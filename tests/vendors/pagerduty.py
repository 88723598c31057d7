"""PagerDuty as its Events API v2 documents itself: what it takes, and what became of it.

Sources: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/,
https://developer.pagerduty.com/docs/events-api-v2/overview/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply

EVENT_LIMIT = 512_000


@dataclass
class PagerDuty:
    """Keeps alerts by their dedup_key. `answers` are given instead, one a request, while any is."""

    routing_key: str
    answers: list[Reply] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)  # taken
    open: list[str] = field(default_factory=list)  # dedup_keys of alerts not yet resolved
    requests: int = 0

    def __call__(self, request: Posted) -> Reply:
        """Take an event or refuse it."""
        self.requests += 1
        if self.answers:
            return self.answers.pop(0)
        if problem := self.refusal(request.body):
            return Reply(400, {"status": "invalid event", "errors": [problem]})
        return Reply(202, {"status": "success", "message": "Event processed"})

    def refusal(self, body: bytes) -> str:
        """What is wrong with an event; "" and it is taken."""
        event: dict[str, Any] = msgspec.json.decode(body)
        if len(body) > EVENT_LIMIT:
            return "event is larger than 512 kB"
        if event["routing_key"] != self.routing_key:
            return "Length of 'routing_key' is incorrect (should be 32 characters)"
        problem = _problem(event)
        if not problem:
            self._take(event)
        return problem

    def _take(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        key = event["dedup_key"]
        if event["event_action"] == "trigger" and key not in self.open:
            self.open.append(key)
        if event["event_action"] == "resolve" and key in self.open:
            self.open.remove(key)


def _problem(event: dict[str, Any]) -> str:
    payload = event["payload"]
    datetime.fromisoformat(payload["timestamp"])
    if event["event_action"] not in ("trigger", "acknowledge", "resolve"):
        return "'event_action' is invalid"
    if not 1 <= len(event["dedup_key"]) <= 255:
        return "'dedup_key' is too long"
    if not payload["summary"].strip() or len(payload["summary"]) > 1024:
        return "'payload.summary' is missing or too long"
    if payload["severity"] not in ("critical", "error", "warning", "info"):
        return "'payload.severity' is invalid"
    if not payload["source"]:
        return "'payload.source' is missing or blank"
    if any(not link["href"].startswith("http") for link in event.get("links", [])):
        return "'links' are invalid"
    return ""
