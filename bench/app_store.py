"""A data folder of the app as after years: histories of three clusters, and their index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from alarminati.client.cache import Cache
from alarminati.client.history import WHOLE, history_path
from alarminati.client.profile import Profiles
from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import (
    Alarm,
    DeliveryAttempt,
    EntryId,
    Notification,
    NotificationItem,
    Result,
    Severity,
)
from alarminati.ui.offline import opened
from alarminati.ui.store.database import Database
from alarminati.ui.store.directory import Directory
from alarminati.wire.codec import encode
from bench.alarms import MESSAGES, PROJECTS

CLUSTERS = ("seoul-1", "busan-1", "tokyo-1")
ORIGIN = "bench001"
FIRING = 20
"""One alarm in so many still fires."""
_PAGE = 2000
_AGE = 30 * 86_400_000


def fill(folder: Path, alarms: int, authority: str = "") -> None:
    """Write histories with so many alarms together, each with a notification, and index them."""
    folder.mkdir(parents=True, exist_ok=True)
    base = Database(folder / "app.db")
    directory = Directory(base)
    for place, name in enumerate(CLUSTERS):
        known = directory.meet("w-sharing", name, authority)
        known.company, known.me, known.role = "", "minsu", "operator"
        directory.keep(known)
        numbers = range(place, alarms, len(CLUSTERS))
        with Cache(history_path(folder, name, authority), filter=WHOLE) as history:
            assert history.take()
            history.resume()
            for page in _pages(numbers):
                history.keep(page, {ORIGIN: page[-1].id.sequence}, project="w-sharing")
    base.close()
    with opened(folder, Profiles(folder / "none")):
        pass  # what is opened is indexed


def _pages(numbers: range) -> Iterator[list[DecodedRecord]]:
    page: list[DecodedRecord] = []
    sequence, now = 0, int(time.time() * 1000)
    for number in numbers:
        began = now - _AGE + number * (_AGE // (numbers.stop + 1))
        for body in _bodies(number, began, sequence):
            sequence += 1
            page.append(DecodedRecord(EntryId(ORIGIN, sequence), body, encode(body), began))
        if len(page) >= _PAGE:
            yield page
            page = []
    if page:
        yield page


def _bodies(
    number: int, began: int, before: int
) -> Iterator[Alarm | Notification | DeliveryAttempt]:
    labels = (
        *(("alertname", f"Kind{number % 40}"), ("env", "prod")),
        *(("namespace", f"ns-{number % 30}"), ("pod", f"ws-api-{number:06d}")),
    )
    severity = Severity(50 - 10 * (number % 4))
    project = PROJECTS[number % len(PROJECTS)]
    text = MESSAGES[number % len(MESSAGES)].format(n=number)
    alarm = Alarm(text, severity, began, False, labels, project)
    yield alarm
    item = NotificationItem(EntryId(ORIGIN, before + 1), alarm.fingerprint(), False)
    yield Notification("ops-slack", (item,), f"key-{number}")
    yield DeliveryAttempt(EntryId(ORIGIN, before + 2), Result.DELIVERED, 1, "a1", 120)
    if number % FIRING:
        yield Alarm(text, severity, began + 600_000, True, labels, project)
