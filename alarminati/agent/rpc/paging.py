"""Pages of lists: their size, and tokens that name the place where the next one begins.

A token carries a digest of everything else that was asked, so that a page of one list is not
continued in another. It holds no state of a replica: any replica takes it.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message

from alarminati.core.model.entries import digest_of
from alarminati.core.model.validation import Invalid

USUAL: Final = 100  # items on a page when the caller gives no number
MOST: Final = 1000
DIGITS: Final = 8  # hexadecimal, of the digest


def page_size(asked: int) -> int:
    """Return how many items a page holds. Raises Invalid."""
    if asked < 0:
        raise Invalid("page_size", f"is negative; leave it out for {USUAL}")
    return min(asked or USUAL, MOST)


def page_token(request: Message, place: str) -> str:
    """Return the token of the page that begins behind `place`."""
    return f"{place}.{_digest(request)}"


def read_token(request: Message) -> str:
    """Return the place of the request's token; empty: the first page. Raises Invalid."""
    token: str = request.page_token  # type: ignore[attr-defined]
    if not token:
        return ""
    place, _, digest = token.rpartition(".")
    if not place or len(digest) != DIGITS:
        raise Invalid("page_token", "is not one that an earlier answer gave")
    if digest != _digest(request):
        raise Invalid("page_token", "belongs to another list; begin with its first page")
    return place


def _digest(request: Message) -> str:
    """Return a digest of what is asked for, whatever the page."""
    asked = type(request)()
    asked.CopyFrom(request)
    asked.ClearField("page_size")
    asked.ClearField("page_token")
    return digest_of(asked.SerializeToString(deterministic=True)).hex()[:DIGITS]
