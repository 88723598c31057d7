"""Shape of Amazon SNS, and of CloudWatch within it; what its signature is over. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, Node, as_text, parse
from alarminati.edge.shapes.uptime import ONCE

NOTIFICATION: Final = "Notification"
CONFIRMATIONS: Final = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_HOST: Final = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?", re.ASCII)
_SIGNED: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMED: Final = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)


def read_sns(inbound: Inbound) -> Iterator[Item]:
    """Read a notification, whose message is CloudWatch's, other JSON or a text. Raises Invalid."""
    root = inbound.document()
    kind = root.need("Type")
    for name in ("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL", "MessageId"):
        root.at(name).use()
    if kind in CONFIRMATIONS:
        inbound.note(f"{kind}: no alarm")
        return
    if kind != NOTIFICATION:
        raise Invalid("Type", f"is {kind[:40]!r}; Notification is known")
    topic, text = root.need("TopicArn"), root.need("Message")
    try:
        inner = parse(text.encode())
    except Invalid:
        inner = None
    if isinstance(inner, dict) and "AlarmName" in inner:
        yield _cloudwatch(Node(inner, "Message", None), inbound)
        return
    yield inbound.alarm(
        root.text("Subject") or text.partition("\n")[0][:1000],
        time=root.time("Timestamp"),
        labels={"topic": topic.rpartition(":")[2]},
        annotations={"description": text},
        ttl=ONCE,
    )


def _cloudwatch(alarm: Node, inbound: Inbound) -> Item:
    state = alarm.need("NewStateValue")
    if state not in ("ALARM", "OK", "INSUFFICIENT_DATA"):
        place = alarm.at("NewStateValue").place
        raise Invalid(place, f"is {state[:40]!r}; ALARM, OK and INSUFFICIENT_DATA are known")
    name, description = alarm.need("AlarmName"), alarm.text("AlarmDescription")
    dimensions = {
        each.text("name"): each.text("value") for each in alarm.each("Trigger.Dimensions")
    }
    return inbound.alarm(
        f"[{name}] {description}" if description else name,
        severity=Severity.WARNING if state == "INSUFFICIENT_DATA" else Severity.ERROR,
        time=alarm.time("StateChangeTime"),
        resolved=state == "OK",
        key=alarm.text("AlarmArn") or f"{alarm.text('AWSAccountId')}/{name}",
        labels={
            "alarm": name,
            "account": alarm.text("AWSAccountId"),
            "region": alarm.text("Region"),
            "namespace": alarm.text("Trigger.Namespace"),
            "metric": alarm.text("Trigger.MetricName"),
        }
        | dimensions,
        annotations={"reason": alarm.text("NewStateReason"), "state": state},
    )


def is_of_aws(url: str) -> bool:
    """Return whether an address is one of SNS itself, by https: no other may be asked."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and parts.netloc == (parts.hostname or "")
            and _HOST.fullmatch(parts.netloc) is not None
            and url.isascii()
            and url.isprintable()
        )
    except ValueError:
        return False


def signed(message: dict[str, Any]) -> bytes:
    """Return what the signature of a message is over. Raises Invalid."""
    names = _CONFIRMED if message.get("Type") in CONFIRMATIONS else _SIGNED
    lines: list[str] = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise Invalid(name, "is missing")
        lines += (name, value)
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def message_of(body: bytes) -> dict[str, Any]:
    """Return a message that has all that its proof needs. Raises Invalid."""
    message = parse(body)
    if not isinstance(message, dict):
        raise Invalid("", "must be an object: a message of Amazon SNS")
    if message.get("SignatureVersion") not in ("1", "2"):
        raise Invalid("SignatureVersion", "must be 1 or 2")
    for name in (
        "SigningCertURL",
        *(("SubscribeURL",) if message.get("Type") in CONFIRMATIONS else ()),
    ):
        if not is_of_aws(as_text(message.get(name))):
            raise Invalid(name, "is no https address of sns.REGION.amazonaws.com")
    return message
