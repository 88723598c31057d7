"""Plain text, and what is kept of a body that no reader understands. Pure.

The headers are those of ntfy (https://docs.ntfy.sh/publish/), which many programs can send already:
`Title`, `Priority`, `Tags` and `Click`; of our own are `Key` and `Resolved`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import Invalid, without_escapes
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, as_text, parse

TEXT: Final = 1000  # characters that are kept of a body that nobody understands
KEPT_FOR: Final = 86_400  # seconds until such an alarm is over, for nobody will end it
_PRIORITIES: Final = {
    "5": Severity.CRITICAL,
    "max": Severity.CRITICAL,
    "urgent": Severity.CRITICAL,
    "4": Severity.ERROR,
    "3": Severity.WARNING,
    "default": Severity.WARNING,
    "2": Severity.INFO,
    "1": Severity.INFO,
    "min": Severity.INFO,
}
_TELLING: Final = (
    *("title", "message", "text", "summary", "subject", "msg", "name", "description", "reason"),
    *("alert", "error", "body", "content", "detail", "status"),
)
"""Members that mostly say what happened, the best first."""
_FORM: Final = re.compile(rb"[\w.\[\]%-]+=[^\s=]*(?:&[\w.\[\]%-]+=[^\s=]*)*")
_DEPTH: Final = 6
_WIDTH: Final = 100  # members of one value that are looked at


def is_plain(body: bytes, kind: str) -> bool:
    """Return whether a body of that content type (lower case) is meant as a text.

    A form and JSON with a mistake in it are not: their sender is told.
    """
    start = body[:100].lstrip()[:1]
    if not start or start in b'{["':
        return False
    if kind == "text/plain":
        return True
    return kind in ("", "application/x-www-form-urlencoded") and not _FORM.fullmatch(body.strip())


def read_text(inbound: Inbound) -> Iterator[Item]:
    """Read a text as one alarm. Raises Invalid."""
    text = without_escapes(inbound.body.decode(errors="replace")).strip()
    title = _header(inbound.headers, "title")
    if not text and not title:
        raise Invalid("", 'the body is empty; send a text, such as curl -d "disk full"')
    yield inbound.alarm(
        title or text,
        severity=_severity(inbound, _header(inbound.headers, "priority")),
        resolved=_header(inbound.headers, "resolved").lower() in ("1", "true", "yes"),
        key=_header(inbound.headers, "key"),
        labels={"tags": _header(inbound.headers, "tags")},
        annotations={"description": text if title else ""},
        link=_header(inbound.headers, "click"),
    )


def kept(inbound: Inbound, error: Invalid) -> Alarm | None:
    """Return the WARNING for a body that nobody understands; None: it has no text."""
    text = _telling(inbound.body)
    if not text:
        return None
    inbound.note(f"nobody understands this body ({error}); its text is kept as a WARNING")
    note = {"not_understood": str(error)[:TEXT]}
    return inbound.alarm(text[:TEXT], annotations=note, ttl=KEPT_FOR)


def _telling(body: bytes) -> str:
    """Return the text of a body that says most."""
    try:
        found = _best(parse(body), _DEPTH)
    except Invalid:
        found = ""
    text = found or without_escapes(body[: 8 * TEXT].decode(errors="replace"))
    return text.strip() if any(sign.isalnum() for sign in text) else ""


def _best(value: Any, depth: int) -> str:
    """Return the text of a member with a telling name, those at the outside first."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        inner = value[:_WIDTH]
    elif isinstance(value, dict):
        lower = {str(name).lower(): member for name, member in list(value.items())[:_WIDTH]}
        for name in _TELLING:
            if isinstance(lower.get(name), str) and lower[name].strip():
                return str(lower[name]).strip()
        inner = [member for member in lower.values() if isinstance(member, dict | list)]
    else:
        return ""
    if depth:
        for member in inner:
            if found := _best(member, depth - 1):
                return found
    return ""


def _severity(inbound: Inbound, word: str) -> Severity:
    if not word:
        return Severity.WARNING
    try:
        return inbound.words.read(word)
    except Invalid:
        level = _PRIORITIES.get(word.lower())
    if level is None:
        level = Severity.WARNING
        inbound.note(f"Priority: {word[:40]!r} is not known; {level.name} is taken")
    return level


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a header, which ntfy takes with X- before it, too; UTF-8 as many programs send it."""
    value = headers.get(name) or headers.get(f"x-{name}", "")
    try:
        value = value.encode("latin-1").decode()
    except UnicodeError:
        pass
    return as_text(value)
