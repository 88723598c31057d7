"""Asking for a certificate: a new key, which never travels, and a request that shows it is ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.pki.reading import read_pem


@dataclass(frozen=True, slots=True)
class Request:
    """`request` is PKCS #10, DER; `key` is PEM and stays here."""

    request: bytes
    key: bytes = field(repr=False)


def new_request(hosts: Sequence[str] = ()) -> Request:
    """A request with a key made for it. `hosts` are an agent's: DNS names and IP addresses.

    It names nobody: who asks is known by the connection on which it is sent.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    signed = builder.sign(key, hashes.SHA256())
    return Request(
        signed.public_bytes(serialization.Encoding.DER),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def same_again(certificate: bytes) -> Request:
    """A request, with a new key, for the hosts of this certificate (PEM). Raises PkiError."""
    return new_request(read_pem(certificate, "tls.crt")[0].hosts)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
