"""Renewal of the certificate of a folder: the new key is made here, and only a request travels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from alarminati.pki.authority import Issued, PkiError
from alarminati.pki.folder import replace_issued
from alarminati.pki.reading import CertificateInfo, read_pem
from alarminati.pki.requests import load_key, make_request
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file

Ask = Callable[[bytes], Awaitable[tuple[bytes, bytes]]]
"""Sends a request (PKCS #10, DER) to an agent; returns certificate and authority, PEM."""


async def renew(folder: Path, ask: Ask) -> datetime:
    """Replace the pair in a folder (`ca.crt`, `tls.crt`, `tls.key`) by one that lasts longer.

    Returns the expiry of the new certificate. After any failure the folder has a pair that
    matches. Raises PkiError, and what `ask` raises.
    """
    old = _shown(folder / "tls.crt")
    asking = make_request()
    certificate, authority = await ask(asking.request)
    issued = Issued(authority, certificate, asking.key)
    new = check_issued(issued)
    if (new.role, new.name) != (old.role, old.name):
        raise PkiError(f"the answer is a certificate of {new.role} {new.name}, not of {old.name}")
    replace_issued(issued, folder)
    return new.not_after


def check_issued(issued: Issued) -> CertificateInfo:
    """Return the content of the answer's certificate; it must match our key. Raises PkiError."""
    try:
        certificate = x509.load_pem_x509_certificate(issued.certificate)
        authorities = x509.load_pem_x509_certificates(issued.ca)
    except ValueError:
        raise PkiError("the answer holds no certificate") from None
    if certificate.public_key() != load_key(issued.key).public_key():
        raise PkiError("the answer is a certificate for another key than the one made here")
    if not any(_issued_by(certificate, authority) for authority in authorities):
        raise PkiError("the answer's certificate is not of the authority that came with it")
    return read_pem(issued.certificate, "the answer")[0]


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # one of the library's five errors: not a certificate of our key
        return False
    return True


def _shown(path: Path) -> CertificateInfo:
    try:
        content = read_file(path, FILE_LIMIT)
    except BadFile as error:
        raise PkiError(f"{path} cannot be read: {error}") from error
    return read_pem(content, str(path))[0]
