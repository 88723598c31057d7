"""Requests, and pairs that change at one moment whatever happens meanwhile (G7)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.pki import folder as folders
from alarminati.pki.authority import Authority, Issued, PkiError
from alarminati.pki.folder import replace_issued, save_issued
from alarminati.pki.renewing import renew
from alarminati.pki.requests import make_request, read_request
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role

AUTHORITY = Authority.create("seoul-1")
GOOD = make_request(["a1.example.com", "10.0.0.5"]).request


def issued(name: str = "jane") -> Issued:
    return AUTHORITY.issue(Role.VIEWER, name, days=2)


def files(folder: Path) -> tuple[bytes, ...]:
    return tuple((folder / name).read_bytes() for name in ("ca.crt", "tls.crt", "tls.key"))


def contents(pair: Issued) -> tuple[bytes, ...]:
    return (pair.ca, pair.certificate, pair.key)


class Crash(BaseException):
    """The process ends here."""


def steps(monkeypatch: pytest.MonkeyPatch, last: int) -> None:
    """Let the process end before step `last` of those that change something on disk."""
    count = 0
    for name in ("_write", "_link", "_versioned"):
        plain = getattr(folders, name)

        def crashing(*arguments: object, plain: object = plain) -> object:
            nonlocal count
            count += 1
            if count == last:
                raise Crash
            assert callable(plain)
            return plain(*arguments)

        monkeypatch.setattr(folders, name, crashing)


def until_it_survives() -> Iterator[int]:
    yield from range(1, 40)


def test_a_crash_at_any_step_leaves_a_pair_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survived = 0
    for last in until_it_survives():
        folder = tmp_path / str(last)
        old, new, third = issued(), issued(), issued()
        save_issued(old, folder)
        with monkeypatch.context() as patched:
            steps(patched, last)
            try:
                replace_issued(new, folder)
                survived += 1
            except Crash:
                pass
        assert files(folder) in (contents(old), contents(new)), f"step {last}"
        Tls.load(folder)
        replace_issued(third, folder)
        assert files(folder) == contents(third)
    assert 0 < survived < 30, "some ended, and the last ones did not"


def test_files_put_in_by_hand_afterwards_are_taken_up(tmp_path: Path) -> None:
    folder = tmp_path / "jane"
    save_issued(issued(), folder)
    replace_issued(issued(), folder)
    by_hand, last = issued(), issued()
    save_issued(by_hand, folder, force=True)
    assert files(folder) == contents(by_hand)
    replace_issued(last, folder)
    assert files(folder) == contents(last)


def test_keys_stay_private_and_old_ones_do_not_pile_up(tmp_path: Path) -> None:
    folder = tmp_path / "jane"
    for _ in range(4):
        replace_issued(issued(), folder)
    keys = [path for path in folder.rglob("tls.key") if not path.is_symlink()]
    assert len(keys) == 2, "the one in use and the one before"
    for path in keys:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_renewing_makes_a_new_key_here(tmp_path: Path) -> None:
    folder = tmp_path / "jane"
    save_issued(issued(), folder)
    before = files(folder)

    async def ask(request: bytes) -> tuple[bytes, bytes]:
        asked = read_request(request)
        made = AUTHORITY.sign(asked.key, Role.VIEWER, "jane", lasts=timedelta(days=5))
        return made.public_bytes(serialization.Encoding.PEM), AUTHORITY.certificate

    until = await renew(folder, ask)
    assert files(folder)[2] != before[2]
    assert Tls.load(folder).not_after == until.timestamp()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda: (issued().certificate, AUTHORITY.certificate), "another key"),
        (lambda: (b"nothing", AUTHORITY.certificate), "no certificate"),
    ],
)
async def test_an_answer_that_does_not_fit_changes_nothing(
    tmp_path: Path, answer: object, problem: str
) -> None:
    folder = tmp_path / "jane"
    save_issued(issued(), folder)
    before = files(folder)

    async def ask(request: bytes) -> tuple[bytes, bytes]:
        assert callable(answer)
        certificate, authority = answer()
        return certificate, authority

    with pytest.raises(PkiError, match=problem):
        await renew(folder, ask)
    assert files(folder) == before


async def test_an_answer_for_somebody_else_or_of_another_authority_is_refused(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "jane"
    save_issued(issued(), folder)

    async def promoted(request: bytes) -> tuple[bytes, bytes]:
        key = read_request(request).key
        made = AUTHORITY.sign(key, Role.OPERATOR, "jane", lasts=timedelta(days=5))
        return made.public_bytes(serialization.Encoding.PEM), AUTHORITY.certificate

    async def strange(request: bytes) -> tuple[bytes, bytes]:
        key = read_request(request).key
        made = Authority.create().sign(key, Role.VIEWER, "jane", lasts=timedelta(days=5))
        return made.public_bytes(serialization.Encoding.PEM), AUTHORITY.certificate

    with pytest.raises(PkiError, match="certificate of operator jane"):
        await renew(folder, promoted)
    with pytest.raises(PkiError, match="not of the authority"):
        await renew(folder, strange)


def test_a_request_says_its_key_and_hosts() -> None:
    asking = make_request(["a1.example.com", "10.0.0.5"])
    asked = read_request(asking.request)
    assert asked.hosts == ("a1.example.com", "10.0.0.5")
    again = read_request(make_request(key=asking.key).request)
    assert again.key_sha256 == asked.key_sha256
    assert "PRIVATE" not in repr(asking)


def strange_requests() -> dict[str, bytes]:
    def signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    good = make_request().request
    forged = bytearray(good)
    forged[-1] ^= 1
    return {
        "not a PKCS #10": b"nonsense",
        "signed|PKCS": bytes(forged),
        "another kind of key": signed(rsa.generate_private_key(65537, 2048)),
        "must be EC P-256": signed(ec.generate_private_key(ec.SECP384R1())),
        "are allowed": b"x" * 10_000,
    }


@pytest.mark.parametrize("problem", list(strange_requests()))
def test_strange_requests_are_refused(problem: str) -> None:
    with pytest.raises(PkiError, match=problem):
        read_request(strange_requests()[problem])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_request_is_refused_and_nothing_else_happens(
    changes: list[tuple[int, int]],
) -> None:
    damaged = bytearray(GOOD)
    for at, byte in changes:
        damaged[at] = byte
    with suppress(PkiError):
        assert read_request(bytes(damaged)).key_sha256


def test_a_request_of_another_version_is_refused() -> None:
    version = GOOD.index(b"\x02\x01\x00") + 2
    with pytest.raises(PkiError, match="not a PKCS #10"):
        read_request(GOOD[:version] + b"\x07" + GOOD[version + 1 :])


@pytest.mark.parametrize(
    "host", ["busan-1.agent.alarminati", "agent.alarminati", "X.Alarminati.", "alarminati"]
)
def test_no_host_may_look_like_an_agent_of_another_cluster(host: str) -> None:
    with pytest.raises(PkiError, match="names below alarminati"):
        AUTHORITY.issue(Role.AGENT, "a1", hosts=[host], days=1)


def test_nothing_that_is_signed_is_an_authority() -> None:
    made = AUTHORITY.issue(Role.AGENT, "a1", days=1)
    certificate = x509.load_pem_x509_certificate(made.certificate)
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert certificate.serial_number.bit_length() > 32
