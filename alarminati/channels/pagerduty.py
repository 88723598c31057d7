"""PagerDuty, Events API v2: alarms trigger, acknowledge and resolve alerts.

The API takes one event a request and has no digests, so a notice of several alarms is several
events, in order, and delivered when all were accepted. Sending some of them twice does no harm:
`dedup_key` makes the second one part of the first. The key is made of the alarm's fingerprint and
its cluster, so that two clusters with the same alarm do not resolve each other's. Sources:
https://developer.pagerduty.com/docs/events-api-v2/trigger-events/,
https://developer.pagerduty.com/docs/events-api-v2/overview/.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
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
    judged,
    paced,
    read_object,
    reconfigure,
    retry_after,
    unanswered,
    veiled,
)
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Alarm, Result, Severity

EVENT_LIMIT = 500_000  # bytes; 512 kB is documented, which may mean 512,000
SUMMARY = 1024  # characters
DEDUP_KEY = 255  # characters
CUT_MESSAGE = 4000  # characters of the message, when it needs more than its event has

PLAIN = Markup(list, length, str, str, lambda address, shown: shown)
FORM = MarkupProfile(PLAIN, 20_000, PLAIN)

SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type pagerduty."""

    routing_key: Secret  # the integration key of a service or an event orchestration
    url: str = "https://events.pagerduty.com/v2/enqueue"  # in the EU events.eu.pagerduty.com
    rate: float = 2.0  # notices a second; PagerDuty names no number and throttles as it sees fit
    burst: int = 5
    max_items: int = 1  # alarms in one notice; more do not make fewer requests
    timeout: Duration = Duration(10)  # for all events of a notice together
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url)
        check_pace(self.rate, self.burst, self.max_items, self.timeout)
        key = self.routing_key.reveal()
        if len(key) != 32 or not key.isascii() or not key.isalnum():
            raise ValueError("routing_key must be 32 letters and digits, as PagerDuty shows it")


def limits(settings: Settings) -> Limits:
    """Return limits of two events a second; PagerDuty may ask for less with 429."""
    return paced(settings)


def shares(settings: Settings) -> str:
    """Return the key of the integration."""
    return veiled("pagerduty", settings.url, settings.routing_key.reveal())


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url)


def render(settings: Settings, message: Message) -> bytes:
    """Render one event a line, in the order of the notice; JSON has no line ends of its own."""
    return b"\n".join(_within(settings, message, item) for item in message.items)


def _within(settings: Settings, message: Message, item: Item) -> bytes:
    """Return an event with as much of the alarm as fits."""
    alarm = item.alarm
    plain = replace(alarm, annotations=())
    for form in (alarm, plain):
        made = msgspec.json.encode(_event(settings, message, item, form))
        if len(made) <= EVENT_LIMIT:
            return made
    bare = replace(plain, labels=(), link="", message=alarm.message[:CUT_MESSAGE])
    return msgspec.json.encode(_event(settings, message, item, bare))


def _event(settings: Settings, message: Message, item: Item, alarm: Alarm) -> dict[str, Any]:
    words = WORDS[settings.language]
    project = message.project_of(item)
    event: dict[str, Any] = {
        "routing_key": settings.routing_key.reveal(),
        "event_action": _action(item),
        "dedup_key": f"{item.fingerprint}/{message.cluster}/{message.project}"[:DEDUP_KEY],
        "client": f"Alarminati {project} · {message.cluster}"[:SUMMARY],
        "payload": {
            "summary": _summary(message, alarm, f"{words['test']} " if message.test else ""),
            "source": f"{project}/{message.cluster}",
            "severity": SEVERITIES[alarm.severity],
            "timestamp": rfc3339(alarm.timestamp),
            "group": project,
            "custom_details": dict(_details(message, item, alarm)),
        },
    }
    if alarm.link.startswith(("https://", "http://")):
        event["links"] = [{"href": alarm.link, "text": words["open"]}]
    return event


def _action(item: Item) -> str:
    """Return the action; a reminder triggers again, which joins the open alert or opens a
    new one."""
    return "resolve" if item.resolved else "acknowledge" if item.acknowledged else "trigger"


def _summary(message: Message, alarm: Alarm, prefix: str) -> str:
    """Return a summary that is never blank: PagerDuty refuses that."""
    text = message.title or " ".join(alarm.message.split()) or alarm.severity.name
    text = prefix + text
    return text if len(text) <= SUMMARY else text[: SUMMARY - 1] + "…"


def _details(message: Message, item: Item, alarm: Alarm) -> Iterator[tuple[str, Any]]:
    yield "id", str(item.id)
    yield "message", alarm.message
    yield "since", rfc3339(item.since or alarm.timestamp)
    if item.until:
        yield "until", rfc3339(item.until)
    if alarm.labels:
        yield "labels", dict(alarm.labels)
    if alarm.annotations:
        yield "annotations", dict(alarm.annotations)
    if item.acknowledged:
        yield "acknowledged", f"{item.by}: {item.comment}" if item.comment else item.by
    if item.began > 1:
        yield "began_within_1h", item.began
    if message.text:
        yield "text", message.text
    if message.broken:
        yield "template_failed", True
    if message.late:
        yield "late_seconds", round(message.late)
    if message.left_out:
        yield "left_out", message.left_out
    if alarm != item.alarm:
        yield "cut", True


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer: 202 is accepted; 400 concerns the event, or the key."""
    said = f"PagerDuty answered {status}"
    if status == 202 and read_object(body).get("status", "success") == "success":
        return Verdict.delivered()
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if status == 413:
        return Verdict.dead(f"{said}: it refuses this event")
    if status == 400 and b"routing" not in body.lower() and b"invalid key" not in body.lower():
        return Verdict.dead(f"{said}: it refuses this event")
    return reconfigure(said)


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post every event. The first temporary failure ends it; refused events do not.

    Each event carries its own dedup_key, so the key of the notice is not needed.
    """
    events = payload.split(b"\n")
    refused: list[Verdict] = []
    until = time.monotonic() + settings.timeout
    for event in events:
        left = until - time.monotonic()
        if left <= 0:
            return Verdict.retry(f"not all events were taken within {settings.timeout:g} s")
        verdict = await _post(means, settings, event, left)
        if verdict.result is Result.RETRY:
            return verdict
        if verdict.result is Result.FAILED:
            refused.append(verdict)
    if refused and len(events) > 1:
        return Verdict.dead(f"{refused[0].detail} ({len(refused)} of {len(events)} events)")
    return refused[0] if refused else Verdict.delivered()


async def _post(means: SendContext, settings: Settings, event: bytes, timeout: float) -> Verdict:
    headers = {"Content-Type": "application/json", "User-Agent": "alarminati"}
    try:
        answer = await means.http.post(
            settings.url, event, headers, timeout=timeout, ca=settings.ca
        )
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer, reads=True)
