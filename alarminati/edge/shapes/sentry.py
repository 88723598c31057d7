"""Shape of Sentry's integration platform. Pure.

https://docs.sentry.io/integrations/integration-platform/webhooks/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, Node

UNRESOLVED_FOR: Final = 86_400
"""Seconds until an issue alert is over that is not triggered again: Sentry sends its end only to
who gets the resource `issue` as well."""
_OVER: Final = ("resolved", "ignored", "archived")
_FIRING: Final = ("created", "unresolved")
_LEVELS: Final = {"fatal": Severity.CRITICAL, "debug": Severity.INFO, "sample": Severity.INFO}


def read_sentry(inbound: Inbound) -> Iterator[Item]:
    """Read an issue alert, a metric alert, or a change of an issue. Raises Invalid."""
    root = inbound.document()
    data = root.at("data")
    resource = inbound.headers.get("sentry-hook-resource", "")
    if data.at("event").value is not None:
        yield _event(data.at("event"), data.text("triggered_rule"), inbound)
    elif data.at("metric_alert").value is not None:
        yield _metric(data, root.text("action"), inbound)
    elif data.at("issue").value is not None:
        yield from _issue(data.at("issue"), root.text("action"), inbound)
    elif resource and resource not in ("event_alert", "metric_alert", "issue"):
        inbound.note(f"Sentry-Hook-Resource is {resource[:40]!r}, of which no alarm is made")
    else:
        raise Invalid("data", "has neither event, metric_alert nor issue")


def _event(event: Node, rule: str, inbound: Inbound) -> Item:
    tags = event.pairs("tags")
    return inbound.alarm(
        event.need("title", "message"),
        severity=_level(event.text("level"), inbound),
        time=event.time("datetime", "timestamp"),
        key=f"issue/{event.need('issue_id', 'issue.id')}",
        labels={
            "rule": rule,
            "environment": event.text("environment") or tags.get("environment", ""),
            "release": event.text("release") or tags.get("release", ""),
        },
        annotations={"culprit": event.text("culprit"), "platform": event.text("platform")},
        link=event.text("web_url"),
        ttl=UNRESOLVED_FOR,
    )


def _metric(data: Node, action: str, inbound: Inbound) -> Item:
    if action not in ("critical", "warning", "resolved"):
        raise Invalid("action", f"is {action[:40]!r}; critical, warning and resolved are known")
    return inbound.alarm(
        data.need("description_title", "metric_alert.title"),
        severity=Severity.WARNING if action == "warning" else Severity.CRITICAL,
        time=data.time("metric_alert.date_detected", "metric_alert.date_started"),
        resolved=action == "resolved",
        key=f"metric/{data.need('metric_alert.id', 'metric_alert.identifier')}",
        labels={"rule": data.text("metric_alert.alert_rule.name")},
        annotations={"description": data.text("description_text")},
        link=data.text("web_url"),
    )


def _issue(issue: Node, action: str, inbound: Inbound) -> Iterator[Item]:
    if action not in (*_OVER, *_FIRING):
        inbound.note(f"action is {action[:40]!r}, by which no alarm changes")
        return
    yield inbound.alarm(
        issue.need("title"),
        severity=_level(issue.text("level"), inbound),
        resolved=action in _OVER,
        key=f"issue/{issue.need('id')}",
        labels={"project": issue.text("project.slug")},
        annotations={"culprit": issue.text("culprit"), "short_id": issue.text("shortId")},
        link=issue.text("web_url", "permalink"),
    )


def _level(word: str, inbound: Inbound) -> Severity:
    return _LEVELS.get(word) or inbound.words.guess(word, Severity.ERROR)
