"""Certificate authority in a folder, and the certificates it issues.

Keys are EC P-256 (gRPC refuses Ed25519). Certificates carry only what is used, because each new
connection pays for every byte of two of them: no subject, no key identifiers, no intermediates. An
authority made for one cluster names it in its own certificate (URI `spiffe://alarminati/CLUSTER`)
and only issues for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alarminati.wire.identity import (
    TRUST_DOMAIN,
    Identity,
    Role,
    agent_names,
    check_cluster,
    check_name,
)

AUTHORITY_DAYS: Final = 3650
SHORTEST: Final = timedelta(minutes=1)
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
CLOCK_SKEW: Final = timedelta(hours=1)  # the clock of a verifier may be behind


class PkiError(Exception):
    """Fault and how to correct it, in one sentence."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its certificate and the authority's, all PEM."""

    ca: bytes
    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "Issued(...)"


class Authority:
    """Issuer of certificates. Its key can make operators: keep it off the agents."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        if certificate.public_key() != key.public_key():
            raise PkiError("ca.key does not belong to ca.crt; use the pair `pki init` made")
        self._certificate = certificate
        self._key = key
        self.cluster = cluster_of(certificate)

    @classmethod
    def create(cls, cluster: str = "", *, days: int = AUTHORITY_DAYS) -> Authority:
        """Create an authority, for one cluster or (without) for any number.

        Raises NotAnIdentity for a cluster that a certificate cannot hold.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        # Two authorities must differ in name: while one replaces the other both are trusted, and
        # verifiers look an issuer up by its name.
        name = _subject(f"alarminati {secrets.token_hex(4)}")
        builder = (
            _started(name, name, key.public_key(), timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CERT_SIGN, critical=True)
        )
        if cluster:
            uri = f"spiffe://{TRUST_DOMAIN}/{check_cluster(cluster)}"
            builder = builder.add_extension(_alternative([_uri(uri)]), critical=False)
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> Authority:
        """Load the authority of these two PEM texts. Raises PkiError.

        While one authority replaces another `certificate` holds both: the one that matches `key`
        is used.
        """
        try:
            loaded = x509.load_pem_x509_certificates(certificate)
            secret = serialization.load_pem_private_key(key, password=None)
        except (ValueError, TypeError):  # without the cause: parsers may quote what they read
            raise PkiError("ca.crt and ca.key must hold a certificate and its key in PEM") from None
        if not isinstance(secret, ec.EllipticCurvePrivateKey):
            raise PkiError("ca.key must be an EC key; make an authority with `pki init`")
        public = secret.public_key()
        return cls(next((it for it in loaded if it.public_key() == public), loaded[0]), secret)

    @property
    def certificate(self) -> bytes:
        """Return the authority's certificate, PEM. Not secret."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key(self) -> bytes:
        """Return the authority's key, PEM: the most secret text of a cluster."""
        return pem_of(self._key)

    def issue(
        self,
        role: Role,
        name: str,
        cluster: str = "",
        hosts: Sequence[str] = (),
        *,
        days: float,
        now: datetime | None = None,
    ) -> Issued:
        """Return a new key and certificate for a member, valid `days` days from `now`.

        An empty `cluster` means the authority's own, or any if it has none. `hosts` are DNS names
        and IP addresses of an agent. Raises PkiError and NotAnIdentity.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign(
            key.public_key(), role, name, cluster, hosts, lasts=timedelta(days), now=now
        )
        return Issued(
            self.certificate, certificate.public_bytes(serialization.Encoding.PEM), pem_of(key)
        )

    def sign(
        self,
        key: ec.EllipticCurvePublicKey,
        role: Role,
        name: str,
        cluster: str = "",
        hosts: Sequence[str] = (),
        *,
        lasts: timedelta,
        now: datetime | None = None,
    ) -> x509.Certificate:
        """Sign a certificate for a key that another party made; otherwise like `issue`."""
        if cluster and self.cluster and cluster != self.cluster:
            raise PkiError(
                f"this authority is for cluster {self.cluster!r} and cannot issue for {cluster!r}"
            )
        if hosts and role is not Role.AGENT:
            raise PkiError(f"only an agent's certificate carries hosts, not that of a {role}")
        where = check_cluster(cluster) if cluster else self.cluster
        who = Identity(role, check_name(name), where)
        return (
            _started(_subject(""), self._certificate.subject, key, lasts, now)
            # Critical, for there is no subject (RFC 5280, section 4.2.1.6).
            .add_extension(_alternative(_names(who, hosts)), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_USAGES[role is Role.AGENT]), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def invitation(
        self, id: str, cluster: str, *, lasts: timedelta, now: datetime | None = None
    ) -> tuple[bytes, bytes]:
        """Return key (PKCS #8) and certificate of an invitation, DER, which is short for texts."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self.sign(key.public_key(), Role.INVITEE, id, cluster, lasts=lasts, now=now)
        secret = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return secret, made.public_bytes(serialization.Encoding.DER)


def default_hosts(name: str) -> tuple[str, ...]:
    """Return the hosts of an agent for which none are named."""
    return (*LOCAL_HOSTS, name)


_USAGES: Final = {
    True: [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
    False: [ExtendedKeyUsageOID.CLIENT_AUTH],
}
_CERT_SIGN: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _names(who: Identity, hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [_uri(who.uri)]
    if who.role is Role.AGENT:
        names += [host_name(host) for host in agent_names(who.cluster)]
        names += [_ours_not(host_name(host)) for host in dict.fromkeys(hosts)]
    return names


def _ours_not(host: x509.GeneralName) -> x509.GeneralName:
    """Raise PkiError for a host below `alarminati`: it could look like another cluster's agent."""
    name = str(host.value).lower().rstrip(".")
    if name == TRUST_DOMAIN or name.endswith(f".{TRUST_DOMAIN}"):
        raise PkiError(f"{host.value} cannot be a host: names below {TRUST_DOMAIN} mean clusters")
    return host


def host_name(host: str) -> x509.GeneralName:
    """Return a host in the form of a certificate: DNS name or address. Raises PkiError."""
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host.encode("idna").decode("ascii"))
    except UnicodeError:
        raise PkiError(f"{host!r} is neither a host name nor an IP address") from None


def _uri(uri: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(uri)


def _alternative(names: Iterable[x509.GeneralName]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(names)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


def _started(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    lasts: timedelta,
    now: datetime | None = None,
) -> x509.CertificateBuilder:
    if lasts < SHORTEST:
        raise PkiError(f"a certificate must be valid for at least a minute, not {lasts}")
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(secrets.randbits(63) | 1)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + lasts)
    )


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def cluster_of(authority: x509.Certificate) -> str:
    """Return the cluster of an authority; empty: any."""
    try:
        names = authority.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    prefix = f"spiffe://{TRUST_DOMAIN}/"
    for uri in names.get_values_for_type(x509.UniformResourceIdentifier):
        if uri.startswith(prefix):
            return uri.removeprefix(prefix)
    return ""
