"""Text of an invitation: all that a newcomer needs, in one line to paste or scan.

    alarminati-invite:<base64url of a checksum and a compressed list>

The list has the addresses of agents, project, cluster, the authority's certificates, and a
certificate with its key. In an online invitation these are good for one call only; an offline one
(`complete`) carries the newcomer's own. Either way the text is a secret, because any holder can
use it.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from hashlib import blake2b
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.pki.authority import Issued, PkiError, pem_of

MARK: Final = "alarminati-invite:"
LONGEST: Final = 20_000  # characters
_SUM: Final = 4  # bytes; a mangled text passes once in 4 thousand million
_FULL: Final = 64 * 1024  # bytes, unpacked

# What certificates made by `authority` have in common, so that it need not be sent: it takes a
# third off the text. Texts in use were made with it, so it stays as it is.
_COMMON: Final = bytes.fromhex(
    # an authority
    "3082018130820126a0030201020208"
    "300a06082a8648ce3d040302301e311c301a06035504030c13616c61726d696e61746920"
    "301e170d3236313132323232353330345a170d3336313131393232353330345a"
    "301e311c301a06035504030c13616c61726d696e61746920"
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "a326302430120603551d130101ff040830060101ff020100300e0603551d0f0101ff040403020106"
    "a34e304c30120603551d130101ff040830060101ff020100300e0603551d0f0101ff040403020106"
    "30260603551d11041f301d861b7370696666653a2f2f616c61726d696e6174692f"
    "300a06082a8648ce3d040302034900304602210048003045022100490030460221004700304402"
    # an invitation
    "c501723082016f30820114a0030201020208"
    "300a06082a8648ce3d040302301e311c301a06035504030c13616c61726d696e61746920"
    "301e170d3237303130313030303030305a170d3237303130313030303030305a3000"
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "a35a305830410603551d110101ff0437303586337370696666653a2f2f616c61726d696e6174692f"
    "2f696e766974652f30130603551d25040c300a06082b06010505070302"
    "300a06082a8648ce3d04030203480030450220"
    "c420"
)


class InvitationText(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Content of an invitation."""

    version: int
    complete: bool  # the certificate is the newcomer's own: no agent is asked
    agents: list[str]  # host:port, from the newcomer's network
    project: str
    cluster: str
    authorities: list[bytes]  # certificates, DER
    certificate: bytes  # DER
    key: bytes  # private number of the certificate's EC P-256 key, big-endian

    def __repr__(self) -> str:
        return "Letter(...)"

    def issued(self) -> Issued:
        """Return certificate, key and authority in PEM. Raises PkiError."""
        try:
            secret = ec.derive_private_key(int.from_bytes(self.key, "big"), ec.SECP256R1())
            own = x509.load_der_x509_certificate(self.certificate)
            pem = serialization.Encoding.PEM
            authorities = [x509.load_der_x509_certificate(der) for der in self.authorities]
            trusted = b"".join(authority.public_bytes(pem) for authority in authorities)
            fits = own.public_key() == secret.public_key()
        except ValueError:  # without the cause: it may quote the key
            raise PkiError("the invitation's certificates are damaged; ask for a new one") from None
        if not fits:
            raise PkiError("the invitation's key is not that of its certificate; ask for a new one")
        return Issued(trusted, own.public_bytes(pem), pem_of(secret))


def letter(
    issued: Issued, agents: list[str], project: str, cluster: str, *, complete: bool
) -> InvitationText:
    """Return an invitation with this certificate and key. Raises PkiError."""
    der = serialization.Encoding.DER
    secret = serialization.load_pem_private_key(issued.key, password=None)
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise PkiError("an invitation's key must be an EC key")
    return InvitationText(
        1,
        complete,
        agents,
        project,
        cluster,
        [it.public_bytes(der) for it in x509.load_pem_x509_certificates(issued.ca)],
        x509.load_pem_x509_certificate(issued.certificate).public_bytes(der),
        secret.private_numbers().private_value.to_bytes(32, "big"),
    )


def write(letter: InvitationText) -> str:
    """Return the text of an invitation."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_COMMON)
    packed = packer.compress(msgspec.msgpack.encode(letter)) + packer.flush()
    whole = _checksum(packed) + packed
    return MARK + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def read(text: str) -> InvitationText:
    """Return the content of an invitation's text; line breaks and blanks in it are ignored.

    Raises PkiError.
    """
    text = re.sub(r"[\s\u200b\ufeff]+", "", text).strip("\"'`<>")
    if not text.lower().startswith(MARK):
        raise PkiError(f"this is not an invitation: its text begins with {MARK}")
    if len(text) > LONGEST:
        raise PkiError("this is not an invitation: it is too long")
    body = text[len(MARK) :].rstrip("=")
    try:
        whole = base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _mangled() from None
    given, packed = whole[:_SUM], whole[_SUM:]
    if given != _checksum(packed):
        raise _mangled()
    return _unpack(packed)


def _unpack(packed: bytes) -> InvitationText:
    try:
        unpacker = zlib.decompressobj(-15, zdict=_COMMON)
        plain = unpacker.decompress(packed, _FULL)
        first = msgspec.msgpack.decode(plain)
        if isinstance(first, list) and first and first[0] != 1:
            raise PkiError("the invitation is of a later version; upgrade alarminati")
        return msgspec.msgpack.decode(plain, type=InvitationText)
    except (zlib.error, msgspec.DecodeError):  # without the cause: it may quote the key
        raise _mangled() from None


def _mangled() -> PkiError:
    return PkiError(
        "the invitation's text is mangled: characters are missing or changed; copy all of it,"
        " from the mark to its end"
    )


def _checksum(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=_SUM).digest()
