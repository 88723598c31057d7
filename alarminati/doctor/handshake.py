"""Examination of a port: who answers, in which protocol, and whether it accepts us.

It uses Python's TLS library, because gRPC reports most failures without a reason.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alarminati.doctor.findings import Finding, Sign, Step, moment
from alarminati.doctor.network import open_port
from alarminati.pki.authority import PkiError
from alarminati.pki.reading import CertificateInfo, read_pem
from alarminati.wire.identity import Role

NAMES: Final = 3  # names of an unknown certificate that are shown
UNASKED: Final = 1.0  # seconds
# First bytes of an HTTP/2 client: preface and empty SETTINGS frame (RFC 9113, section 3.4).
_HELLO: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
_SETTINGS: Final = 4
_OLD: Final = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION")
_NO_TRUST: Final = ("UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "DECRYPT_ERROR")
_TIMES: Final = ("CERTIFICATE_EXPIRED",)
_WANTED: Final = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE")
# Values of X509_V_ERR_*, https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_PURPOSE: Final = 26


@dataclass(frozen=True, slots=True)
class Folder:
    """Certificate files of the client; each can be loaded or not."""

    path: Path
    own: CertificateInfo

    @property
    def ca(self) -> Path:
        """Return the trusted authorities."""
        return self.path / "ca.crt"


def look(address: str, mine: Folder | None, patience: float) -> Iterator[Finding]:
    """Examine TLS, the agent's certificate, and its answer to ours; end at the first fault."""
    try:
        version, seen, welcome = _greet(address, mine, patience)
    except (OSError, EOFError) as error:
        yield _unspoken(address, error, mine, patience)
        return
    if mine is None:
        yield Finding(Step.TLS, Sign.CERTIFICATE_WANTED, {"address": address})
        return
    yield Finding(Step.TLS, Sign.TLS_WELL, {"version": version})
    finding = _judge(address, seen, mine, patience)
    yield finding
    if finding.sign is Sign.AGENT_WELL:
        yield welcome


def speaks_plain(address: str, patience: float) -> Sign | None:
    """Return the protocol at a port without TLS; None: unknown."""
    try:
        with open_port(address, patience) as line:
            line.sendall(_HELLO)
            said = line.recv(9)
    except OSError:
        return None
    if said.startswith(b"HTTP/1"):
        return Sign.PLAIN_HTTP
    return Sign.PLAIN_GRPC if len(said) > 3 and said[3] == _SETTINGS else None


def _greet(
    address: str, mine: Folder | None, patience: float
) -> tuple[str, CertificateInfo | None, Finding]:
    """Return TLS version, their certificate, and their answer. Raises OSError, EOFError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if mine is not None:
        context.load_cert_chain(mine.path / "tls.crt", mine.path / "tls.key")
    with open_port(address, patience) as plain, context.wrap_socket(plain) as line:
        der = line.getpeercert(binary_form=True)
        return line.version() or "", _shown(der), _welcome(line)


def _shown(der: bytes | None) -> CertificateInfo | None:
    try:
        return read_pem(ssl.DER_cert_to_PEM_cert(der).encode(), "")[0] if der else None
    except PkiError:
        return None


def _welcome(line: ssl.SSLSocket) -> Finding:
    """Return whether the server accepts us: with TLS 1.3 only its first answer shows that."""
    try:
        if _first(line):
            return Finding(Step.WELCOME, Sign.WELCOME_WELL)
        reason = ""  # gRPC hangs up without an alert for any reason
    except ssl.SSLError as error:
        reason = error.reason or ""
    except OSError as error:
        reason = type(error).__name__
    if any(alert in reason for alert in _TIMES):
        return Finding(Step.WELCOME, Sign.MINE_OUT_OF_TIME, {"now": moment(datetime.now(UTC))})
    if any(alert in reason for alert in _NO_TRUST):
        return Finding(Step.WELCOME, Sign.MINE_NOT_TRUSTED)
    return Finding(Step.WELCOME, Sign.MINE_REFUSED)


def _first(line: ssl.SSLSocket) -> bytes:
    """Return the first byte that the server sends. Agents begin by themselves."""
    patience = line.gettimeout()
    line.settimeout(UNASKED)
    try:
        # Data sent to a closed connection could discard the reason that it sent before.
        return line.recv(1)
    except TimeoutError:
        line.settimeout(patience)
        line.sendall(_HELLO)
        return line.recv(1)


def _unspoken(address: str, error: Exception, mine: Folder | None, patience: float) -> Finding:
    """Return the finding for a port without TLS."""
    facts = {"address": address}
    reason = getattr(error, "reason", None) or ""
    if any(alert in reason for alert in _OLD):
        return Finding(Step.TLS, Sign.TLS_OLD, facts)
    if mine is None and any(alert in reason for alert in _WANTED):
        return Finding(Step.TLS, Sign.CERTIFICATE_WANTED, facts)
    plain = speaks_plain(address, patience)
    if plain is not None:
        return Finding(Step.TLS, plain, facts)
    if isinstance(error, TimeoutError):
        return Finding(Step.TLS, Sign.TLS_SILENT, facts)
    if isinstance(error, ssl.SSLEOFError | ConnectionError | EOFError):
        return Finding(Step.TLS, Sign.TLS_CLOSED, facts)
    return Finding(Step.TLS, Sign.NOT_TLS, facts)


def _judge(address: str, seen: CertificateInfo | None, mine: Folder, patience: float) -> Finding:
    """Return whether the server is an agent that we trust."""
    facts: dict[str, str | int] = {"address": address, "who": _who(seen)}
    facts["issuer"] = seen.issuer if seen is not None and seen.issuer else "?"
    code = _verify(address, mine, patience)
    now = datetime.now(UTC)
    if seen is not None and not seen.valid(now):
        facts |= {"now": moment(now), "begins": moment(seen.not_before)}
        facts |= {"ends": moment(seen.not_after)}
        early = now < seen.not_before
        return Finding(Step.AGENT, Sign.THEIRS_EARLY if early else Sign.THEIRS_EXPIRED, facts)
    if seen is None or seen.role != Role.AGENT or code == _PURPOSE:
        return Finding(Step.AGENT, Sign.NOT_AN_AGENT, facts)
    if code in (_EXPIRED, _NOT_YET_VALID):
        return Finding(Step.AGENT, Sign.AUTHORITY_EXPIRED, {"file": str(mine.ca)})
    if code:
        facts |= {"theirs": seen.issuer, "mine": mine.own.issuer}
        return Finding(Step.AGENT, Sign.OTHER_AUTHORITY, facts)
    if seen.cluster and mine.own.cluster and seen.cluster != mine.own.cluster:
        facts |= {"theirs": seen.cluster, "mine": mine.own.cluster}
        return Finding(Step.AGENT, Sign.OTHER_CLUSTER, facts)
    return Finding(Step.AGENT, Sign.AGENT_WELL, facts | {"ends": moment(seen.not_after)})


def _verify(address: str, mine: Folder, patience: float) -> int:
    """Return OpenSSL's code for why our authorities do not vouch for the server; 0: they do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(mine.ca)
    context.load_cert_chain(mine.path / "tls.crt", mine.path / "tls.key")
    try:
        with open_port(address, patience) as plain, context.wrap_socket(plain):
            return 0
    except ssl.SSLCertVerificationError as error:
        return error.verify_code
    except (OSError, EOFError):
        return 0  # a fault of their side: their answer will show it


def _who(seen: CertificateInfo | None) -> str:
    if seen is None:
        return "?"
    if seen.role:
        return f"{seen.role} {seen.name}" + (f" ({seen.cluster})" if seen.cluster else "")
    more = ", ..." if len(seen.hosts) > NAMES else ""
    return ", ".join(seen.hosts[:NAMES]) + more or seen.name or "?"
