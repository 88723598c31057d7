"""Certificate requests: made where the key is, read where they are signed.

A request names the key, proves that its sender has it, and for an agent names hosts. The signer
decides who the sender is, what the certificate allows and how long it lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.pki.authority import PkiError, host_name, pem_of

SIZE: Final = 8192  # bytes; a request with 64 hosts has some 2 kB
HOSTS: Final = 64


@dataclass(frozen=True, slots=True, repr=False)
class PendingRequest:
    """A private key, PEM, and a request for a certificate of it, DER."""

    key: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """Content of a request that was read."""

    key: ec.EllipticCurvePublicKey
    hosts: tuple[str, ...]

    @property
    def key_sha256(self) -> bytes:
        """Return SHA-256 of the key's SubjectPublicKeyInfo in DER, which identifies the key."""
        return key_sha256(self.key)


def key_sha256(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return SHA-256 of a public key's SubjectPublicKeyInfo in DER."""
    return sha256(
        key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).digest()


def make_request(hosts: Sequence[str] = (), key: bytes = b"") -> PendingRequest:
    """Return a request for a certificate of `key` (PEM), or of a new key. Raises PkiError."""
    secret = load_key(key) if key else ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if hosts:
        names = x509.SubjectAlternativeName([host_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    request = builder.sign(secret, hashes.SHA256())
    return PendingRequest(pem_of(secret), request.public_bytes(serialization.Encoding.DER))


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Return a private key of ours. Raises PkiError."""
    try:
        secret = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # without the cause: it may quote the key
        raise PkiError("the key is damaged or encrypted: it must be an EC key in PEM") from None
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise PkiError("the key must be an EC key (P-256)")
    return secret


def read_request(request: bytes) -> SigningRequest:
    """Return the content of a request, after checking that its sender has the key.

    Raises PkiError.
    """
    if len(request) > SIZE:
        raise PkiError(f"the request has {len(request)} bytes; {SIZE} are allowed")
    try:
        read = x509.load_der_x509_csr(request)
        key = read.public_key()
        genuine = read.is_signature_valid
        hosts = _hosts(read)
    except Exception:  # the bytes are untrusted, and the library has a dozen errors for them
        raise PkiError("the request is not a PKCS #10 request in DER") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PkiError("the request is for another kind of key; it must be EC P-256")
    if not genuine:
        raise PkiError("the request is not signed with the key that it is for")
    if len(hosts) > HOSTS:
        raise PkiError(f"the request names {len(hosts)} hosts; {HOSTS} are allowed")
    return SigningRequest(key, hosts)


def _hosts(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return (*dns, *(str(address) for address in names.get_values_for_type(x509.IPAddress)))
