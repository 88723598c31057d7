"""Mutual TLS: server credentials and channels from certificate files.

Files are checked when they are loaded, so that a fault is reported in a sentence at the start
instead of as a failed handshake at the other end. The check is an in-memory handshake with
ourselves: the result of a real TLS library, without loading a certificate library.
"""

from __future__ import annotations

import errno
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import grpc
from grpc.experimental import session_cache

from alarminati.wire import options
from alarminati.wire.addresses import host_of
from alarminati.wire.identity import (
    AGENT_NAME,
    Identity,
    NotAnIdentity,
    Role,
    parse,
    server_name,
)
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file

# Values of X509_V_ERR_*, https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
# DER of OID 1.3.101.112 with its length. gRPC has no signature algorithm for it.
_ED25519: Final = bytes.fromhex("06032b6570")


class TlsError(Exception):
    """Fault of a certificate, key or address and how to correct it, in one sentence."""


class Passing(TlsError):
    """Fault that may pass: files are just being changed, or the clock is not set yet."""


class OutOfTime(TlsError):
    """The certificate, or its authority's, has expired or is not valid yet."""

    def __init__(self, message: str, *, expired: bool) -> None:
        super().__init__(message)
        self.expired = expired


class Early(OutOfTime, Passing):
    """The certificate is not valid yet."""

    def __init__(self, message: str) -> None:
        super().__init__(message, expired=False)


@dataclass(frozen=True, slots=True, repr=False)
class Tls:
    """Certificate, key and issuer, PEM, found to match."""

    ca: bytes
    certificate: bytes
    key: bytes
    identity: Identity
    not_after: float  # seconds since 1970 UTC
    not_before: float = 0.0  # seconds since 1970 UTC
    authority_ends: float = 0.0  # end of the issuer, seconds since 1970 UTC; 0: not found in `ca`

    def __repr__(self) -> str:
        return f"Tls({self.identity})"

    @classmethod
    def load(cls, folder: Path) -> Tls:
        """Read `ca.crt`, `tls.crt` and `tls.key` of a folder. Raises TlsError."""
        return cls.load_files(folder / "ca.crt", folder / "tls.crt", folder / "tls.key")

    @classmethod
    def load_files(cls, ca: Path, certificate: Path, key: Path) -> Tls:
        """Read three PEM files. Raises TlsError when gRPC could not work with them."""
        issuer = _read(ca, b"-----BEGIN CERTIFICATE-----", "certificate")
        own = _read(certificate, b"-----BEGIN CERTIFICATE-----", "certificate")
        secret = _read(key, b"PRIVATE KEY-----", "key")
        seen, issuers = _verified(ca, certificate, key)
        return cls(
            issuer,
            own,
            secret,
            _identity(certificate, _names(seen)),
            ssl.cert_time_to_seconds(seen["notAfter"]),
            ssl.cert_time_to_seconds(seen["notBefore"]),
            _ends_of_issuer(seen, issuers),
        )

    def require_agent(self, cluster: str) -> None:
        """Raise TlsError unless an agent of `cluster` can work with this certificate."""
        if self.identity.role is not Role.AGENT:
            raise TlsError(
                f"the certificate is for {self.identity}, but an agent needs one of role agent;"
                " issue it with `alarminati pki issue --role agent`"
            )
        if not self.identity.fits(cluster):
            raise TlsError(
                f"the certificate is for cluster {self.identity.cluster!r}, but this agent's"
                f" cluster is {cluster!r}"
            )


def server_credentials(current: Callable[[], Tls]) -> grpc.ServerCredentials:
    """Return credentials of a server that demands a certificate from every client.

    `current` is called on each new connection, from a thread of gRPC: it must be quick. A new
    value is used from then on; open connections keep the old one.
    """
    used = current()

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        nonlocal used
        latest = current()
        if latest is used:
            return None  # keep what is loaded, and with it the tickets by which clients resume
        used = latest
        return _configuration(latest)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(used),
        fetch,  # type: ignore[arg-type]  # None is allowed: no change
        require_client_authentication=True,
    )


def bind(server: grpc.aio.Server, address: str, tls: Callable[[], Tls] | None) -> int:
    """Let a server listen; return the port (the chosen one when `address` has port 0).

    Without TLS only on loopback. Raises TlsError, and OSError when the port is in use.
    """
    if tls is None:
        require_loopback(address)
    try:
        if tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, server_credentials(tls))
    except RuntimeError as error:
        # gRPC does not say why; nearly always it is this.
        sentence = "cannot listen here; is another program using the port?"
        raise OSError(errno.EADDRINUSE, sentence, address) from error


def dial(address: str, tls: Tls | None, cluster: str = "") -> grpc.aio.Channel:
    """Return a channel to an agent; it connects on first use.

    The other side must hold an agent's certificate (of `cluster`, if given) of our issuer, at
    whatever address it was found: see `wire.identity`. Raises TlsError.
    """
    if tls is None:
        require_loopback(address)
        return grpc.aio.insecure_channel(address, options=options.CHANNEL)
    credentials = grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate)
    mine: list[tuple[str, Any]] = [
        ("grpc.ssl_target_name_override", server_name(cluster)),
        ("grpc.ssl_session_cache", _sessions(tls.certificate, address)),
    ]
    return grpc.aio.secure_channel(address, credentials, options=(*options.CHANNEL, *mine))


def dial_relay(
    address: str, own: Tls | None, roots: bytes | None, *, secured: bool
) -> grpc.aio.Channel:
    """Return a channel to a relay, whose certificate has its own name and any issuer.

    `roots` are the issuers to believe, as PEM; None: the system's. `own` is what is shown to it.
    """
    if not secured:
        return grpc.aio.insecure_channel(address, options=options.CHANNEL)
    shown = (own.key, own.certificate) if own is not None else (None, None)
    credentials = grpc.ssl_channel_credentials(roots, *shown)
    return grpc.aio.secure_channel(address, credentials, options=options.CHANNEL)


@lru_cache(maxsize=64)
def _sessions(certificate: bytes, address: str) -> Any:
    # One per certificate, or a connection might resume as another client's; one per address, or
    # replicas, which all answer to the same name, would push out each other's tickets.
    return session_cache.ssl_session_cache_lru(1)  # type: ignore[no-untyped-call]


def is_loopback(address: str) -> bool:
    """Return whether host:port, [v6]:port or unix:path is unreachable from other computers."""
    if address.startswith("unix:"):
        return True
    host = host_of(address)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_loopback(address: str) -> None:
    """Raise TlsError unless it is safe to connect to this address without TLS."""
    if not is_loopback(address):
        raise TlsError(
            f"{address} is not on this computer, and without TLS only loopback is allowed; give"
            " certificates (make them with `alarminati pki`)"
        )


def _configuration(tls: Tls) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(tls.key, tls.certificate)], tls.ca)


def _read(path: Path, mark: bytes, kind: str) -> bytes:
    try:
        content = read_file(path, FILE_LIMIT)
    except BadFile as error:
        raise TlsError(f"{path}: cannot read the {kind}: {error}") from None
    if mark not in content:
        raise TlsError(f"{path} is not a {kind} in PEM")
    return content


def _verified(
    ca: Path, certificate: Path, key: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the certificate and those of `ca`, as Python's ssl shows them."""
    server = _context(ssl.PROTOCOL_TLS_SERVER, certificate, key)
    try:
        server.load_verify_locations(ca)
    except ssl.SSLError:
        raise TlsError(f"{ca} is damaged: not a certificate in PEM") from None
    server.verify_mode = ssl.CERT_REQUIRED
    client = _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    try:
        seen, der = _handshake(server, client)
    except ssl.SSLCertVerificationError as error:
        raise _explained(error, ca, certificate, server.get_ca_certs()) from error
    except ssl.SSLError as error:
        raise TlsError(f"{certificate} cannot be used for TLS: {error.reason}") from error
    if _ED25519 in der:
        raise TlsError(f"{certificate} has an Ed25519 key, which gRPC cannot use; use EC P-256")
    return seen, server.get_ca_certs()


def _names(seen: dict[str, Any]) -> dict[str, list[str]]:
    """Return alternative names by kind."""
    names: dict[str, list[str]] = {}
    for kind, name in seen.get("subjectAltName", ()):
        names.setdefault(kind, []).append(name)
    return names


def _ends_of_issuer(seen: dict[str, Any], issuers: list[dict[str, Any]]) -> float:
    """Return the end of the last certificate of that name: an authority may have a newer one."""
    ends = [each["notAfter"] for each in issuers if each["subject"] == seen["issuer"]]
    return max(map(ssl.cert_time_to_seconds, ends), default=0.0)


def _context(protocol: int, certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    try:
        # Without a password callback an encrypted key would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(f"{key} is not the key of {certificate}") from None
        raise TlsError(f"{certificate} or {key} is damaged, or the key is encrypted") from None
    return context


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[dict[str, Any], bytes]:
    """Let the server verify the client; return the client's certificate, parsed and as DER."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    dialing = client.wrap_bio(down, up)
    answering = server.wrap_bio(up, down, server_side=True)
    for side in (dialing, answering, dialing, answering):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return dict(answering.getpeercert() or {}), answering.getpeercert(binary_form=True) or b""


def _explained(
    error: ssl.SSLCertVerificationError,
    ca: Path,
    certificate: Path,
    issuers: list[dict[str, Any]],
) -> TlsError:
    now = time.time()
    spent = all(ssl.cert_time_to_seconds(each["notAfter"]) < now for each in issuers)
    if error.verify_code == _EXPIRED:
        said = (
            f"{certificate} has expired; an agent gets a new one with `alarminati pki issue`,"
            " people with `alarminati join`"
        )
        if spent:
            said = (
                f"{ca} has expired, the authority's own certificate; make another authority with"
                " `alarminati pki init`"
            )
        return OutOfTime(said, expired=True)
    if error.verify_code == _NOT_YET_VALID:
        said = f"{certificate} is not valid yet: is this computer's clock right?"
        return Early(said)
    return TlsError(f"{ca} did not issue {certificate}: {error.verify_message}")


def _identity(certificate: Path, names: dict[str, list[str]]) -> Identity:
    uris = names.get("URI", [])
    if len(uris) != 1:
        raise TlsError(f"{certificate} names no role: it needs exactly one URI name")
    try:
        identity = parse(uris[0])
    except NotAnIdentity as error:
        raise TlsError(f"{certificate} names no role: {error}") from error
    if identity.role is Role.AGENT and AGENT_NAME not in names.get("DNS", []):
        raise TlsError(f"{certificate} lacks the DNS name {AGENT_NAME} that agents are known by")
    return identity
