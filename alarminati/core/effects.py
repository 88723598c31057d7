"""Effects: operations that a replica asks its shell to perform, in the order given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from alarminati.core.delivery.attempts import Attempt
from alarminati.core.election.messages import Ask, Follow, RefreshDiscovery, Unfollow
from alarminati.core.journal.acks import Ack, Reject
from alarminati.core.model.entries import Entry


@dataclass(frozen=True, slots=True)
class Store:
    """Effect: write these in one commit; then call `stored` or `store_failed`."""

    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Wake:
    """Effect: that link may have frames; call `pull` until it returns None."""

    link: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Effect: close that link."""

    link: int
    why: str
    broken: bool = False  # the other side violated the protocol


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: make this attempt; then call `finished`."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Leading:
    """Effect: from now on this replica sends, or does not."""

    leading: bool


@dataclass(frozen=True, slots=True)
class LoadRest:
    """Effect: fold every entry that the start left out; then call `loaded`."""


Effect: TypeAlias = (
    Store
    | Wake
    | Drop
    | Send
    | Leading
    | LoadRest
    | Ack
    | Reject
    | Ask
    | Follow
    | Unfollow
    | RefreshDiscovery
)
