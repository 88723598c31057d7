"""Bodies before they are understood: in UTF-8, and mended where their sender could not. Pure.

JSON is UTF-8 (RFC 8259 section 8.1), but programs on Windows in Korea send CP949 or UTF-16. What is
declared is believed; what is not is told how to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from email.message import Message
from typing import Final, TypeAlias

from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import Invalid

Item: TypeAlias = Alarm | Invalid | None
"""One of many alarms that came together, or why it is none. None: others may have their turn."""

EXAMPLE: Final = '{"message": "disk is full"}'
OTHER_LIMIT: Final = 1 << 20  # bytes of a body that is not UTF-8: it is decoded in one go
SLICE: Final = 4096  # escapes that are looked at in one go
_EXPLAINED: Final = 1 << 20  # bytes of a body that is looked at again to say what is wrong with it

_CHARSETS: Final = {
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "cp949": "cp949",
    "ms949": "cp949",
    "windows-949": "cp949",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
_UTF8: Final = ("", "utf-8", "utf8", "us-ascii")

# Each escape in turn, so that a backslash that is meant as one is not taken for the next one's.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_CONTROLS: Final = bytes(32 if code < 32 else code for code in range(256))


def as_utf8(body: bytes, content_type: str) -> bytes:
    """The body in UTF-8, without a byte order mark. Raises Invalid."""
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:]
    charset = _charset(content_type) or _guess(body)
    if charset in _UTF8:
        return body
    codec = _CHARSETS.get(charset)
    if codec is None:
        raise Invalid("content-type", f"the charset {charset[:40]!a} is not known; send UTF-8")
    if len(body) > OTHER_LIMIT:
        raise Invalid("content-type", f"more than {OTHER_LIMIT} bytes are taken in UTF-8 only")
    try:
        return body.decode(codec).removeprefix("\ufeff").encode()
    except UnicodeError:
        raise Invalid("content-type", f"the body is not {charset}, as it says it is") from None


def _charset(content_type: str) -> str:
    if "charset" not in content_type.lower():
        return ""
    message = Message()
    message["content-type"] = content_type[:200]
    return str(message.get_param("charset") or "").strip().lower()


def _guess(body: bytes) -> str:
    """UTF-16 shows by its mark, or by the zeros beside the first character, which is ASCII."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(body) > 1 and len(body) % 2 == 0 and 0 in body[:2] and body[:2] != b"\0\0":
        return "utf-16le" if body[1] == 0 else "utf-16be"
    return ""


def mend(body: bytes) -> Generator[None, None, bytes]:
    """JSON of a tool that wrote half a surrogate pair, bytes that are no text, or raw control
    characters: each becomes a sign or space, as Go's reader has it. Yields now and then."""
    text = body.translate(_CONTROLS).decode(errors="replace")
    yield
    mended: list[str] = []
    kept = 0  # what is before it is in `mended`
    for count, escape in enumerate(_ESCAPE.finditer(text)):
        if escape[1]:
            mended += (text[kept : escape.start()], " ")
            kept = escape.end()
        if count % SLICE == 0:
            yield
    mended.append(text[kept:])
    return "".join(mended).encode()


def not_json(body: bytes) -> Invalid:
    """What to tell somebody whose body is no JSON."""
    start = body[:200].decode(errors="replace").strip()
    if not start and not body.strip():
        return Invalid("", f"the body is empty; send for example {EXAMPLE}")
    if start[:1] not in ("{", "["):
        form = ", but a form" if re.match(r"[\w.\[\]%-]+=", start) else ""
        return Invalid("", f"the body is not JSON{form}; send for example {EXAMPLE}")
    try:
        text = body[:_EXPLAINED].decode()
    except UnicodeDecodeError as error:
        if error.end < len(body[:_EXPLAINED]) - 3 or len(body) <= _EXPLAINED:
            return Invalid(
                "",
                "the body is not UTF-8 text; send UTF-8, or name what it is, as in"
                " Content-Type: application/json; charset=cp949",
            )
        text = body[:_EXPLAINED].decode(errors="ignore")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Invalid("", f"the body is not JSON: {_sentence(error, len(body) > _EXPLAINED)}")
    except (RecursionError, ValueError):
        return Invalid("", "the body is nested too deeply, or has a number that is too long")
    return Invalid("", "the body is not JSON; check it with a JSON tool")


def _sentence(error: json.JSONDecodeError, cut: bool) -> str:
    text, at = error.doc, error.pos
    where = f"line {error.lineno}, column {error.colno}"
    if at >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        return f"something is wrong after {len(text)} bytes" if cut else "it ends too early"
    if text[at] == "'":
        return f"texts stand in double quotes, not single ones ({where})"
    if error.msg.startswith("Invalid control"):
        return f"a text holds a raw newline or control character; write \\n ({where})"
    if error.msg == "Extra data":
        return f"more follows after its end ({where})"
    if text[at] in "}]" and text[:at].rstrip().endswith(","):
        return f"a comma stands before {text[at]} ({where})"
    return f"{error.msg[:1].lower()}{error.msg[1:]} ({where})"


def each(items: Iterator[Item]) -> Iterator[Alarm | Invalid]:
    """Without the pauses, for who has time."""
    return (item for item in items if item is not None)
