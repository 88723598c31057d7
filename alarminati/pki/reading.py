"""Content of certificates, for people and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alarminati.pki.authority import PkiError, cluster_of
from alarminati.wire.identity import AGENT_NAME, NotAnIdentity, parse
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """Content of one certificate. `role` is "authority", or "" when the certificate is not ours."""

    file: str
    role: str
    name: str
    cluster: str  # empty: any
    hosts: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    serial: str  # hexadecimal
    fingerprint: str  # SHA-256 of the certificate, hexadecimal
    issuer: str  # common name of the authority that signed it

    def valid(self, now: datetime | None = None) -> bool:
        """Return whether the certificate is valid by date alone."""
        return self.not_before <= (now or datetime.now(UTC)) <= self.not_after


def read(path: Path) -> list[CertificateInfo]:
    """Return the certificates of a file, or of every *.crt in a folder. Raises PkiError."""
    files = sorted(path.glob("*.crt")) if path.is_dir() else [path]
    if not files:
        raise PkiError(f"{path} holds no certificate (*.crt)")
    return [shown for file in files for shown in read_pem(_load(file), str(file))]


def read_pem(text: bytes, file: str) -> list[CertificateInfo]:
    """Return the certificates of a PEM text, at least one; `file` names its origin.

    Raises PkiError.
    """
    try:
        certificates = x509.load_pem_x509_certificates(text)
    except ValueError:  # without the cause: the file may be a key
        raise PkiError(f"{file} is not a certificate in PEM") from None
    return [_shown(file, certificate) for certificate in certificates]


def _load(file: Path) -> bytes:
    try:
        return read_file(file, FILE_LIMIT)
    except BadFile as error:
        raise PkiError(f"{file} cannot be read: {error}") from error


def _shown(file: str, certificate: x509.Certificate) -> CertificateInfo:
    role, name, cluster = _who(certificate)
    return CertificateInfo(
        file,
        role,
        name,
        cluster,
        _hosts(certificate),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        f"{certificate.serial_number:x}",
        certificate.fingerprint(hashes.SHA256()).hex(),
        certificate.issuer.rfc4514_string().removeprefix("CN="),
    )


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _who(certificate: x509.Certificate) -> tuple[str, str, str]:
    common = certificate.subject.rfc4514_string().removeprefix("CN=")
    try:
        limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        limits = None
    if limits is not None and limits.ca:
        return "authority", common, cluster_of(certificate)
    names = _names(certificate)
    for uri in names.get_values_for_type(x509.UniformResourceIdentifier) if names else ():
        try:
            identity = parse(uri)
        except NotAnIdentity:
            continue
        return str(identity.role), identity.name, identity.cluster
    return "", common, ""


def _hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    names = _names(certificate)
    if names is None:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    ips = names.get_values_for_type(x509.IPAddress)
    return (*(name for name in dns if not name.endswith(AGENT_NAME)), *(str(ip) for ip in ips))
