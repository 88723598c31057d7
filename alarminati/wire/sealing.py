"""Sealing with the cluster's key, which protects secrets in the journal on disk and wire.

A box is one byte of version, a nonce of 12 bytes, and the content encrypted by AES-256-GCM, with
version and name authenticated: a box moved to another name does not open. The library is loaded
for the first box, because an agent without any does not need it.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from typing import Final

CLUSTER_KEY: Final = "cluster.key"
"""Name of the key's file, beside an agent's certificate and its authority's."""
KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE: Final = 12  # bytes; random, so good for 2**32 boxes under one key (NIST SP 800-38D, 8.3)
_TAG: Final = 16


class BadKey(ValueError):
    """A text that is no key. The sentence does not repeat it."""


class CannotOpen(Exception):
    """No known key opens a box, or there is none. One sentence for people."""


class Seal:
    """Makes boxes with the first of `keys` and opens those of all."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Take `keys` as `new_key` makes them. Raises BadKey."""
        self._keys = tuple(_read(text) for text in keys)

    def __repr__(self) -> str:
        return f"Seal({len(self._keys)} keys)"

    def __bool__(self) -> bool:
        return bool(self._keys)

    def close(self, name: str, content: bytes) -> bytes:
        """Return a box with the content. Raises CannotOpen when there is no key."""
        if not self._keys:
            raise CannotOpen("this replica has no cluster_key")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + AESGCM(self._keys[0]).encrypt(nonce, content, _bound(name))

    def open(self, name: str, box: bytes) -> bytes:
        """Return the content of a box. Raises CannotOpen."""
        if not self._keys:
            raise CannotOpen("this replica has no cluster_key")
        if box[:1] != _VERSION or len(box) < 1 + _NONCE + _TAG:
            raise CannotOpen("it was sealed by a later version")
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, sealed = box[1 : 1 + _NONCE], box[1 + _NONCE :]
        for key in self._keys:
            try:
                return AESGCM(key).decrypt(nonce, sealed, _bound(name))
            except InvalidTag:
                continue
        raise CannotOpen("it was sealed with another cluster_key than this replica has")


def new_key() -> str:
    """Return a new key, as text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _bound(name: str) -> bytes:
    return _VERSION + name.encode()


def _read(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("is not base64; make a key with `alarminati pki init`") from None
    if len(key) != KEY_BYTES:
        raise BadKey(f"holds {len(key)} bytes; a key has {KEY_BYTES} in base64")
    return key
