"""Shape of Uptime Kuma (server/notification-providers/webhook.js of its source). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound

ONCE: Final = 86_400  # seconds until a message that nothing follows is over
_DOWN, _UP, _PENDING, _MAINTENANCE = range(4)


def read_kuma(inbound: Inbound) -> Iterator[Item]:
    """Read one heartbeat of a monitor, or a message without one. Raises Invalid."""
    root = inbound.document()
    text = root.text("msg")
    if root.at("heartbeat").value is None:  # a test, or a certificate that expires soon
        yield inbound.alarm(root.need("msg"), ttl=ONCE)
        return
    status = root.whole("heartbeat.status")
    if status not in range(4):
        raise Invalid("heartbeat.status", "must be 0 (down), 1 (up), 2 (pending), 3 (maintenance)")
    if status in (_PENDING, _MAINTENANCE):
        inbound.note(f"heartbeat.status is {status}: neither down nor up, so no alarm changes")
        return
    name = root.text("monitor.name")
    monitor = root.need("monitor.id", "heartbeat.monitorID")
    yield inbound.alarm(
        f"[{name}] {root.text('heartbeat.msg') or text}" if name else text or "down",
        severity=Severity.CRITICAL,
        time=root.time("heartbeat.time"),
        resolved=status == _UP,
        key=monitor,
        labels={"monitor": name, "type": root.text("monitor.type")} | root.pairs("monitor.tags"),
        annotations={
            "ping_ms": root.text("heartbeat.ping"),
            "retries": root.text("heartbeat.retries"),
        },
        link=root.text("monitor.url"),
    )
