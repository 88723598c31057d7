"""Roles of certificates: their numbers in messages, and the words of the rest of the product."""

from __future__ import annotations

from typing import Final

from alarminati.v1 import identity_pb2 as pb
from alarminati.wire.identity import Role

_NUMBERS: Final[dict[str, pb.Role.ValueType]] = {
    str(role): pb.Role.Value(f"ROLE_{role.name}") for role in Role
}
_WORDS: Final[dict[int, str]] = {number: word for word, number in _NUMBERS.items()}


def role_to_proto(role: str) -> pb.Role.ValueType:
    """Return the number of a role."""
    return _NUMBERS.get(role, pb.ROLE_UNSPECIFIED)


def role_from_proto(number: int) -> str:
    """Return the word of a role; a role of a later version is named by its number."""
    return _WORDS.get(number) or f"role-{number}"


def identity_to_proto(role: str, name: str) -> pb.Identity:
    """Return the message of a role and name."""
    return pb.Identity(role=role_to_proto(role), name=name)
