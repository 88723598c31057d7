"""Generic webhook: one JSON document per notice, signed when a secret is set.

POST, `Content-Type: application/json`, and

    {"version": 1, "key": "...", "project": "w-sharing", "cluster": "seoul-1", "channel": "ops",
     "status": "firing" | "resolved" | "mixed", "digest": false,
     "alarms": [{"id": "k3v9x2ab-17", "fingerprint": "9f86d081884c7d65", "status": "firing",
                 "severity": "CRITICAL", "message": "...", "labels": {}, "annotations": {},
                 "reason": "state_changed" | "reminder" | "acknowledged" | "severity_raised",
                 "project": "w-sharing", "timestamp": "2025-09-18T03:42:00Z",
                 "since": "2025-09-18T03:42:00Z", "link": "", "source": "http"}]}

`timestamp` is the reporter's time, `since` and (once over) `until` the cluster's. Members that may
be absent: `until`; `acknowledged` ({"by": "...", "comment": "..."}); `reminder_number` (from 1);
`began_within_1h` (how often, when more than once); `title` and `text` (of templates, for a notice
of one alarm) or `template_failed`; `late_seconds` (it was reported that long ago and could not be
sent before); `left_out` (alarms of this notice that are no longer kept); `test` (sent by a person).
The body is at most a megabyte, what many servers take: in a digest each alarm has an equal share of
that, and one that needs more loses its annotations, then labels, link and most of its message;
`cut` is then true, and the alarm can be looked up by its id.
Headers: `Idempotency-Key` is the same for every attempt of a notice. With a `secret`,
`X-Alarminati-Signature: t=UNIX,v1=HEX`, where HEX is HMAC-SHA256 of "UNIX.BODY" under the secret;
a receiver compares it in constant time and refuses a t over five minutes away.
Any 2xx is delivered, whatever becomes of the rest of the answer: the status line decides.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Item, Message, rfc3339
from alarminati.channels.port import (
    MarkupProfile,
    SendContext,
    answered,
    check_pace,
    check_url,
    paced,
    reconfigure,
    retry_after,
    unanswered,
)
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Alarm

BODY_LIMIT = 1_000_000  # bytes; nginx accepts 1,048,576 by default
FRAME = 8_000  # bytes kept for everything but the alarms
CUT_MESSAGE = 200  # characters

PLAIN = Markup(list, length, str, str, lambda address, shown: shown)
FORM = MarkupProfile(PLAIN, 20_000, PLAIN)

REFUSED = frozenset({400, 413, 414, 422, 431})
"""Answers about this message: no later attempt can succeed."""


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type webhook."""

    url: Secret
    secret: Secret | None = None  # signs the body
    headers: dict[str, Secret] = msgspec.field(
        default_factory=dict
    )  # sent as they are; values are secret
    rate: float = 100.0  # sends a second
    burst: int = 200
    max_items: int = 500  # alarms in one digest
    timeout: Duration = Duration(10)  # for the whole exchange
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url.reveal())
        check_headers(self.headers)
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def check_headers(headers: Mapping[str, Secret]) -> None:
    """Raise ValueError unless these can be sent. Values are never repeated."""
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"headers: {name!r} is not the name of a header")
        if name.lower() in ("host", "content-length", "transfer-encoding", "connection"):
            raise ValueError(f"headers: {name} cannot be set")
        if not value.reveal().isprintable() or not value.reveal().isascii():
            raise ValueError(f"headers: the value of {name} must be printable ASCII")


def limits(settings: Settings) -> Limits:
    """Return generous limits: the receiver is people's own and may answer 429."""
    return paced(settings)


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url.reveal())


def render(settings: Settings, message: Message) -> bytes:
    """Render the JSON document."""
    frame = FRAME + len(msgspec.json.encode(message.text))
    share = (BODY_LIMIT - frame) // len(message.items)
    document: dict[str, Any] = {
        "version": 1,
        "key": message.key,
        "project": message.project,
        "cluster": message.cluster,
        "channel": message.channel,
        "status": message.status,
        "digest": message.digest,
        "alarms": [_within(share, message, item) for item in message.items],
    }
    if message.late:
        document["late_seconds"] = round(message.late)
    if message.left_out:
        document["left_out"] = message.left_out
    if message.test:
        document["test"] = True
    texts = {"title": message.title, "text": message.text}
    document |= {name: text for name, text in texts.items() if text}
    if message.broken:
        document["template_failed"] = True
    return msgspec.json.encode(document)


def _within(share: int, message: Message, item: Item) -> msgspec.Raw:
    """Return an alarm as JSON, with as much of it as fits its share of the body."""
    alarm = item.alarm
    plain = replace(alarm, annotations=())
    for form in (alarm, plain):
        if _characters(form) < share:  # never more characters than bytes: spares encoding in vain
            made = msgspec.json.encode(_alarm(message, item, form))
            if len(made) <= share:
                return msgspec.Raw(made)
    bare = replace(plain, labels=(), link="", message=alarm.message[:CUT_MESSAGE])
    return msgspec.Raw(msgspec.json.encode(_alarm(message, item, bare)))


def _characters(alarm: Alarm) -> int:
    return sum(len(name) + len(value) for name, value in alarm.labels + alarm.annotations)


def _alarm(message: Message, item: Item, alarm: Alarm) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": str(item.id),
        "fingerprint": item.fingerprint,
        "status": "resolved" if item.resolved else "firing",
        "reason": item.reason.name.lower(),
        "severity": alarm.severity.name,
        "message": alarm.message,
        "labels": dict(alarm.labels),
        "annotations": dict(alarm.annotations),
        "project": message.project_of(item),
        "timestamp": rfc3339(alarm.timestamp),
        "since": rfc3339(item.since or alarm.timestamp),
        "link": alarm.link,
        "source": alarm.source,
    }
    if item.until:
        document["until"] = rfc3339(item.until)
    if item.acknowledged:
        document["acknowledged"] = {"by": item.by, "comment": item.comment}
    if item.reminder_number:
        document["reminder_number"] = item.reminder_number
    if item.began > 1:
        document["began_within_1h"] = item.began
    if alarm != item.alarm:
        document["cut"] = True
    return document


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer: 2xx is delivered; temporary failures are retried; others are dead."""
    if 200 <= status < 300:
        return Verdict.delivered()
    said = f"the receiver answered {status}"
    if status in (408, 425, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if status in REFUSED:
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def sign(secret: str, unix: int, body: bytes) -> str:
    """Return the value of X-Alarminati-Signature."""
    digest = hmac.new(secret.encode(), b"%d." % unix + body, "sha256").hexdigest()
    return f"t={unix},v1={digest}"


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post one request."""
    headers = {name: value.reveal() for name, value in settings.headers.items()}
    headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
    headers["User-Agent"] = "alarminati"
    if settings.secret is not None:
        signature = sign(settings.secret.reveal(), int(time.time()), payload)
        headers["X-Alarminati-Signature"] = signature
    try:
        answer = await means.http.post(
            settings.url.reveal(),
            payload,
            headers,
            timeout=settings.timeout,
            ca=settings.ca,
            reads=False,
        )
    except NoAnswer as error:
        return unanswered(error)
    return judge(answer.status, answer.headers, answer.body)
