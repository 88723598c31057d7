"""Shape of a body that says by itself what it is: for queues, where no page says so. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alarminati.core.model.validation import Invalid
from alarminati.edge import alertmanager, reports
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, parse
from alarminati.edge.shapes.plain import read_text


def read_any(inbound: Inbound) -> Iterator[Item]:
    """Read a notification of Alertmanager, alerts of Prometheus, our own JSON, or a text.

    Raises Invalid.
    """
    start = inbound.body[:100].lstrip()[:1]
    if start not in (b"{", b"["):
        return read_text(inbound)
    try:
        document = parse(inbound.body)
    except Invalid:
        return read_text(inbound)
    if isinstance(document, dict) and isinstance(document.get("alerts"), list):
        return alertmanager.read_notification(
            inbound.body, inbound.now, inbound.judge, inbound.words, inbound.source
        )
    if isinstance(document, list) and document and all(map(_is_alert, document)):
        return alertmanager.read_alerts(inbound.body, inbound.now, inbound.judge, inbound.words)
    return reports.read_reports(inbound.body, inbound.now, inbound.words, inbound.size)


def _is_alert(member: Any) -> bool:
    """Return whether it is an alert as Prometheus posts it: labels, and no message of its own."""
    return (
        isinstance(member, dict)
        and isinstance(member.get("labels"), dict)
        and ("message" not in member)
    )
