"""Tokens by which sources are known: made here, kept as hashes, compared in constant time. Pure.

A token is 256 random bits, so one round of SHA-256 is the right hash: slow hashes (scrypt, argon2)
exist for passwords, which can be guessed, and would cost every request milliseconds and megabytes
that an attacker could make us spend.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Final

PREFIX: Final = "alm_"
"""So that people and secret scanners know one when they see it."""

_LONGEST: Final = 512  # characters of a header that are looked at


def make_token() -> str:
    """A new one: 47 characters that fit in a header, a URL and a shell."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """How it is kept: "sha256:" and 64 hexadecimal digits."""
    return f"sha256:{sha256(token.encode()).hexdigest()}"


def presented(headers: Mapping[str, str]) -> str | None:
    """The token a request carries; None when it carries nothing of the kind.

    `Authorization: Bearer TOKEN`, or `Basic` with the token as password and any user name, which is
    what Alertmanager, Prometheus and Grafana can send; GitLab has `X-Gitlab-Token: TOKEN`. What
    cannot be read is the empty token.
    """
    value = headers.get("authorization")
    if value is None:
        # https://docs.gitlab.com/user/project/integrations/webhooks/#create-a-webhook
        own = headers.get("x-gitlab-token")
        return own[:_LONGEST].strip() if own is not None else None
    scheme, _, rest = value[:_LONGEST].partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            _, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
        except ValueError:
            return ""
        return password
    return ""


def holder(token: str, hashes: Mapping[str, str]) -> str:
    """Whose token it is, of `hashes` by name; empty: nobody's.

    Every hash is compared, and each in constant time, so the time says nothing about them.
    """
    shown = hashed(token).encode()
    found = ""
    for name, kept in hashes.items():
        if compare_digest(shown, kept.encode()):
            found = name
    return found
