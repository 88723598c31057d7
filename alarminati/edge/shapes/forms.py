"""Forms: bodies that programs send as a web page would, made JSON. Pure."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from alarminati.core.model.validation import Invalid

FORM: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data"
FIELDS: Final = 200  # of one form
WHOLE: Final = ("data", "payload")
"""Fields in which programs send a whole JSON document."""
_NAMED: Final = re.compile(r"[\w.\[\]%-]+=")


def as_json(body: bytes, content_type: str) -> bytes:
    """Return a form as JSON: the document in its field `data` or `payload`, or all fields as an
    object. Anything else is returned as it is. Raises Invalid."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == PARTS:
        return _json(_parts(body, content_type))
    if kind != FORM or body.lstrip()[:1] in (b"{", b"["):
        return body
    text = body.decode("latin-1")
    if not _NAMED.match(text):
        return body
    try:
        return _json(dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)))
    except ValueError:
        raise Invalid("", f"the form has more than {FIELDS} fields") from None


def _parts(body: bytes, content_type: str) -> dict[str, str]:
    head = f"content-type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise Invalid("content-type", "multipart/form-data without its boundary, or cut off")
    found: dict[str, str] = {}
    for part in list(message.iter_parts())[:FIELDS]:
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found[name] = payload.decode(errors="replace")
    return found


def _json(fields: dict[str, str]) -> bytes:
    for name in WHOLE:
        value = fields.get(name, "").strip()
        if value[:1] in ("{", "["):
            return value.encode()
    return msgspec.json.encode(fields)
