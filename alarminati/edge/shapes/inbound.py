"""Inbound bodies, and documents with a record of which of their members were used. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.severity_words import COMMON, SeverityWords
from alarminati.core.model.validation import ALARM_SIZE, Invalid, parse_timestamp
from alarminati.edge.alertmanager import Judge, believe
from alarminati.edge.bodies import Item, mend, not_json
from alarminati.edge.fitting import fit

PATH: Final = re.compile(r"(?:\$|[^\s.\[\]{}]+)(?:\.[^\s.\[\]{}]+|\[\d{1,6}\])*")
_STEP: Final = re.compile(r"[^\s.\[\]]+|\[\d+\]")
_TEXT: Final = 100_000  # characters of one text that is looked at
_MOST: Final = 200  # unused members that are named
_DEPTH: Final = 20  # of members whose names are listed
_LOCAL: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,12})?)( ?UTC| ?GMT)?")
_OFFSET: Final = re.compile(r"(.*\d)([+-]\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Inbound:
    """One body as it came, in UTF-8. `now` is milliseconds since 1970 UTC."""

    body: bytes = field(repr=False)
    now: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    path: str = ""
    source: str = ""  # source of the alarms
    words: SeverityWords = COMMON
    size: int = ALARM_SIZE  # bytes that one alarm may take
    judge: Judge = believe
    notes: list[str] = field(default_factory=list)  # sentences for the sender; filled by readers
    answer: dict[str, str] = field(default_factory=dict)  # members of the answer; filled by readers
    used: set[str] | None = None  # members that were used; None: nobody asks

    def note(self, sentence: str) -> None:
        """Say something to the sender, of which there may be many."""
        if len(self.notes) < _MOST and sentence not in self.notes:
            self.notes.append(sentence)

    def document(self) -> Node:
        """Return the body as JSON, mended where it must be. Raises Invalid."""
        return Node(parse(self.body), "", self.used)

    def alarm(
        self,
        message: str,
        *,
        severity: Severity = Severity.WARNING,
        time: int = 0,
        resolved: bool = False,
        key: str = "",
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        link: str = "",
        ttl: int = 0,
    ) -> Alarm:
        """Return an alarm of this source, cut to what is allowed. Raises Invalid.

        Keys are those of the sender, so they are kept apart from those of other sources. Empty
        labels and annotations are left out.
        """
        alarm = Alarm(
            message.strip(),
            severity,
            max(time, 0),
            resolved,
            _pairs(labels),
            "",
            f"{self.source}:{key}" if key else "",
            _pairs(annotations),
            link.strip(),
            self.source,
            ttl=ttl,
        )
        return fit(alarm, self.now)


Shape = Callable[[Inbound], Iterator[Item]]
"""Reader of bodies of one form: yields checked alarms, and why others are none. Raises Invalid."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document, with its place there."""

    value: Any
    place: str = ""
    used: set[str] | None = None

    def at(self, path: str) -> Node:
        """Return the value at a path such as `a.b[0].c`; None is what is not there."""
        value, place = self.value, self.place
        for step in _steps(path):
            if isinstance(step, int):
                inside = isinstance(value, list) and step < len(value)
                value = value[step] if inside else None
                place = f"{place}[{step}]"
            else:
                value = value.get(step) if isinstance(value, dict) else None
                place = f"{place}.{step}" if place else step
        return Node(value, place, self.used)

    def text(self, *paths: str) -> str:
        """Return the first text among these members that is not empty; "" when all are."""
        for path in paths:
            found = self.at(path)
            text = as_text(found.value)
            if text:
                found.use()
                return text
        return ""

    def need(self, *paths: str) -> str:
        """Return what `text` does. Raises Invalid, which names the first member, when it is ""."""
        text = self.text(*paths)
        if not text:
            first = self.at(paths[0])
            raise Invalid(first.place, "is missing or empty")
        return text

    def truth(self, path: str) -> bool:
        """Return whether a member is true, or a number or text that means it."""
        return self.text(path).lower() in ("true", "1", "yes", "on")

    def whole(self, path: str) -> int | None:
        """Return a whole number, also one that is written as text; None for anything else."""
        text = self.text(path)
        return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else None

    def time(self, *paths: str) -> int:
        """Return a moment in milliseconds since 1970; 0 when there is none."""
        return as_time(self.text(*paths))

    def each(self, path: str = "") -> Iterator[Node]:
        """Return the members of a list; of anything else nothing."""
        found = self.at(path)
        if isinstance(found.value, list):
            for place, value in enumerate(found.value):
                yield Node(value, f"{found.place}[{place}]", self.used)

    def pairs(self, path: str = "") -> dict[str, str]:
        """Return names and texts: of an object, or of a list of objects or of "name:value"."""
        found = self.at(path) if path else self
        if isinstance(found.value, dict):
            found.use()
            return {name: as_text(value) for name, value in found.value.items()}
        if isinstance(found.value, str) and found.value:
            found.use()
            if found.value.lstrip()[:1] in ("[", "{"):  # JSON within JSON, as Zabbix has it
                return Node(_inner(found.value)).pairs()
            return dict(map(_pair, re.split(r"\s*,\s*", found.value[:_TEXT])))
        return dict(each.use()._named() for each in self.each(path))

    def _named(self) -> tuple[str, str]:
        if isinstance(self.value, list) and self.value:
            return as_text(self.value[0]), as_text(self.value[1]) if self.value[1:] else "true"
        if not isinstance(self.value, dict):
            return _pair(as_text(self.value))
        name = next((self.value[k] for k in ("name", "tag", "key") if k in self.value), "")
        return as_text(name), as_text(self.value.get("value"))

    def use(self) -> Node:
        """Note that this value was used."""
        if self.used is not None:
            self.used.add(self.place)
        return self


def parse(body: bytes) -> Any:
    """Return the JSON of a tool that cannot mend it: what Go's reader takes is taken. Raises
    Invalid."""
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise Invalid("", "the body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if body.lstrip()[:1] not in (b"{", b"["):
        raise not_json(body)
    *_, mended = _all(body)
    try:
        return json.loads(mended)
    except (ValueError, RecursionError):
        raise not_json(body) from None


def _all(body: bytes) -> Iterator[bytes]:
    """Return the mended body, last."""
    mending = mend(body)
    while True:
        try:
            next(mending)
        except StopIteration as stop:
            yield stop.value
            return


def _inner(text: str) -> Any:
    try:
        return parse(text[:_TEXT].encode(errors="replace"))
    except Invalid:
        return None


def as_text(value: Any) -> str:
    """Return a value as one would write it."""
    if isinstance(value, str):
        return value.strip()[:_TEXT]
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode(errors="replace")[:_TEXT] if value else ""
    return json.dumps(value)[:_TEXT]


def as_time(text: str) -> int:
    """Return milliseconds since 1970 of RFC 3339, of the same without an offset, which is UTC then,
    or of a number of seconds or milliseconds; 0 for anything else."""
    text = text.strip()[:64]
    try:
        if re.fullmatch(r"\d{1,13}(\.\d{1,9})?", text, re.ASCII):
            return max(parse_timestamp(float(text) if "." in text else int(text)), 0)
        if local := _LOCAL.fullmatch(text):
            text = f"{local[1].replace(',', '.')}Z"
        elif offset := _OFFSET.fullmatch(text):
            text = f"{offset[1]}{offset[2]}:{offset[3]}"
        return max(parse_timestamp(text), 0)
    except Invalid:
        return 0


def unused(document: Any, used: set[str]) -> list[str]:
    """Return the members of a document that were not used, in their order, of which some."""
    found: list[str] = []
    _unused(document, "", used, found, _DEPTH)
    return found


def _unused(value: Any, place: str, used: set[str], found: list[str], depth: int) -> None:
    if place in used or len(found) >= _MOST:
        return
    if depth and isinstance(value, dict) and value:
        for name, inner in value.items():
            _unused(inner, f"{place}.{name}" if place else str(name), used, found, depth - 1)
    elif depth and isinstance(value, list) and value:
        for number, inner in enumerate(value[:_MOST]):
            _unused(inner, f"{place}[{number}]", used, found, depth - 1)
    elif place:
        found.append(place)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str | int, ...]:
    steps = _STEP.findall(path)
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in steps)


def _pair(text: str) -> tuple[str, str]:
    """Return name and value of "name:value" or "name=value"; a lone word is a name."""
    name, sign, value = text.partition("=" if "=" in text.partition(":")[0] else ":")
    return name.strip(), value.strip() if sign else "true"


def _pairs(pairs: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in sorted((pairs or {}).items()) if name and value)
