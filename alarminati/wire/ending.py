"""Expiry of a certificate, without loading a certificate library: every call needs it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_VERSION: Final = 0xA0  # tag of a part that old certificates do not have
_UTC_TIME: Final = 0x17  # two digits of the year; else it has four


@lru_cache(maxsize=1024)
def not_after(pem: bytes) -> float:
    """Return the expiry, seconds since 1970 UTC, of a certificate that a TLS library has accepted.

    The position of the field: https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
    """
    der = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    at = _content(der, _content(der, 0))
    if der[at] == _VERSION:
        at = _next(der, at)
    for _ in ("serial number", "algorithm", "issuer"):
        at = _next(der, at)
    at = _next(der, _content(der, at))  # in the validity, behind its beginning
    text = der[_content(der, at) : _next(der, at)].decode("ascii")
    year = "%y" if der[at] == _UTC_TIME else "%Y"
    return datetime.strptime(text, f"{year}%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _content(der: bytes, at: int) -> int:
    """Return where the content of the element at that position begins."""
    return at + 2 + (der[at + 1] & 0x7F if der[at + 1] & 0x80 else 0)


def _next(der: bytes, at: int) -> int:
    """Return where the element at that position ends."""
    begin = _content(der, at)
    return begin + (int.from_bytes(der[at + 2 : begin], "big") if begin > at + 2 else der[at + 1])
