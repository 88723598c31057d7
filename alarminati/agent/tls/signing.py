"""Signing with the authority's key, on agents that have it.

Most agents need not have the key, and it slows none of them: the files are read, and the
certificate library loaded, for a request. They are read each time, so a key that was removed or
replaced counts at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from alarminati.wire.identity import Identity, Role
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from alarminati.pki.authority import Authority
    from alarminati.pki.requests import SigningRequest

T = TypeVar("T")


class CannotSign(Exception):
    """This agent has no authority's key, or one it cannot use; one sentence, for operators."""


class BadRequest(Exception):
    """The request cannot be signed; one sentence for its sender."""


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A certificate with what it needs to be used."""

    certificate: bytes  # PEM; of an invitation DER
    authority: bytes  # PEM, all authorities that agents trust here
    key: bytes = b""  # of an invitation only: PKCS #8, DER


class Signer:
    """Signs with the authority's key in a file."""

    def __init__(self, authority: Path | None, key: Path | None, cluster: str) -> None:
        """Take PEM files: `authority` has trusted certificates, `key` belongs to one. None:
        neither.

        Certificates are for `cluster`, and for no other.
        """
        self._authority = authority
        self._key = key
        self._cluster = cluster

    async def check(self) -> None:
        """Raise CannotSign unless it can sign."""
        await self._with(lambda authority: None)

    async def invite(self, id: str, ends: int) -> Signed:
        """Return key and certificate of an invitation, valid until `ends` (milliseconds since
        1970)."""
        until = datetime.fromtimestamp(ends / 1000, UTC)

        def make(authority: Authority) -> Signed:
            now = datetime.now(UTC)
            key, certificate = authority.invitation(id, self._cluster, lasts=until - now, now=now)
            return Signed(certificate, self._trusted(), key)

        return await self._with(make)

    async def read(self, request: bytes) -> bytes:
        """Return the SHA-256 of the key in a request (PKCS #10, DER). Raises BadRequest."""
        return await asyncio.to_thread(_key_of, request)

    async def sign(self, request: bytes, who: Identity, days: int) -> Signed:
        """Return a certificate for a request's key: an agent's with the hosts it names."""

        def make(authority: Authority) -> Signed:
            asked = _read(request)
            hosts = asked.hosts if who.role is Role.AGENT else ()
            made = authority.sign(
                asked.key, who.role, who.name, self._cluster, hosts, lasts=timedelta(days=days)
            )
            return Signed(_pem(made), self._trusted())

        return await self._with(make)

    async def renew(self, request: bytes, old: bytes, longest: timedelta) -> Signed:
        """Return a copy of a certificate (PEM) for a request's key, with the same validity.

        At most `longest`. Role, name, cluster and hosts are those of the old one.
        """

        def make(authority: Authority) -> Signed:
            from alarminati.pki.authority import CLOCK_SKEW
            from alarminati.pki.reading import read_pem

            asked = _read(request)
            was = read_pem(old, "the certificate in use")[0]
            made = authority.sign(
                asked.key,
                Role(was.role),
                was.name,
                was.cluster,
                was.hosts,
                lasts=min(was.not_after - was.not_before - CLOCK_SKEW, longest),
            )
            return Signed(_pem(made), self._trusted())

        return await self._with(make)

    def _trusted(self) -> bytes:
        assert self._authority is not None
        return read_file(self._authority, FILE_LIMIT)

    async def _with(self, make: Callable[[Authority], T]) -> T:
        """Run in a thread: the library takes a while to load, and a disk may be slow."""
        return await asyncio.to_thread(self._make, make)

    def _make(self, make: Callable[[Authority], T]) -> T:
        if self._key is None or self._authority is None:
            raise CannotSign(
                "this agent holds no authority's key: set tls.ca_key on one agent, or use the"
                " key where it is, with `alarminati invite --offline FILE --ca DIR` or `alarminati"
                " pki issue`"
            )
        from alarminati.pki.authority import Authority, PkiError

        try:
            files = (read_file(path, FILE_LIMIT) for path in (self._authority, self._key))
            authority = Authority.load(*files)
        except BadFile as error:
            raise CannotSign(
                f"this agent cannot read the authority's key ({error}): see tls.ca_key"
            ) from error
        except PkiError as error:
            raise CannotSign(f"this agent cannot use the authority's key: {error}") from error
        try:
            return make(authority)
        except PkiError as error:
            raise BadRequest(str(error)) from error


def _read(request: bytes) -> SigningRequest:
    from alarminati.pki.requests import read_request

    return read_request(request)


def _key_of(request: bytes) -> bytes:
    from alarminati.pki.authority import PkiError

    try:
        return _read(request).key_sha256
    except PkiError as error:
        raise BadRequest(str(error)) from error


def _pem(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)
