"""The authority, its folders, and the identities it writes (G7)."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from alarminati.pki.authority import Authority, PkiError, default_hosts
from alarminati.pki.folder import load_authority, save_authority, save_issued
from alarminati.pki.reading import read
from alarminati.wire.ending import not_after
from alarminati.wire.identity import Identity, NotAnIdentity, Role, check_cluster, parse

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
CLUSTERS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", fullmatch=True)


@given(st.sampled_from(list(Role)), NAMES, CLUSTERS | st.just(""))
def test_an_identity_survives_its_uri(role: Role, name: str, cluster: str) -> None:
    who = Identity(role, name, cluster)
    assert parse(who.uri) == who


@given(st.text())
def test_any_other_text_is_refused_and_nothing_else(text: str) -> None:
    with suppress(NotAnIdentity):
        assert parse(text).name


@pytest.mark.parametrize(
    "uri",
    [
        "spiffe://alarminati/agent",
        "spiffe://alarminati//agent/a1",
        "spiffe://alarminati/agent/a1/",
        "spiffe://alarminati/root/a1",
        "spiffe://alarminati/x.y/agent/a1",
        "spiffe://alarminati/c/d/agent/a1",
        "https://alarminati/agent/a1",
        "spiffe://alarminati/agent/a1\n",
    ],
)
def test_a_uri_of_another_form_says_nobody(uri: str) -> None:
    with pytest.raises(NotAnIdentity):
        parse(uri)


def test_a_dot_cannot_make_one_cluster_look_like_part_of_another() -> None:
    with pytest.raises(NotAnIdentity, match="cannot name a cluster"):
        check_cluster("busan.seoul-1")


def test_an_agent_serves_and_dials_and_others_only_dial(tmp_path: Path) -> None:
    authority = Authority.create()
    agent = authority.issue(Role.AGENT, "a1", "seoul-1", default_hosts("a1"), days=3)
    viewer = authority.issue(Role.VIEWER, "v", days=3)
    names = _names(agent.certificate)
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [
        "spiffe://alarminati/seoul-1/agent/a1"
    ]
    assert names.get_values_for_type(x509.DNSName) == [
        "agent.alarminati",
        "seoul-1.agent.alarminati",
        "localhost",
        "a1",
    ]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert _names(viewer.certificate).get_values_for_type(x509.DNSName) == []
    assert len(_usages(agent.certificate)) == 2
    assert [usage._name for usage in _usages(viewer.certificate)] == ["clientAuth"]


def test_certificates_stay_small() -> None:
    """G6: each new connection carries two of them."""
    issued = Authority.create().issue(Role.AGENT, "a1", "", default_hosts("a1"), days=3)
    certificate = x509.load_pem_x509_certificate(issued.certificate)
    from cryptography.hazmat.primitives.serialization import Encoding

    assert len(certificate.public_bytes(Encoding.DER)) <= 450


def test_an_authority_of_one_cluster_issues_for_no_other() -> None:
    authority = Authority.create("seoul-1")
    again = Authority.load(authority.certificate, authority.key)
    assert again.cluster == "seoul-1"
    assert _uris(again.issue(Role.VIEWER, "v", days=1).certificate) == [
        "spiffe://alarminati/seoul-1/viewer/v"
    ]
    with pytest.raises(PkiError, match="'seoul-1' and cannot issue for 'busan-1'"):
        again.issue(Role.VIEWER, "v", "busan-1", days=1)


def test_two_authorities_differ_in_name() -> None:
    first, second = (
        x509.load_pem_x509_certificate(Authority.create().certificate) for _ in range(2)
    )
    assert first.subject != second.subject


@pytest.mark.parametrize(
    ("role", "name", "hosts", "days", "problem"),
    [
        (Role.AGENT, "a b", (), 1, "cannot be a name"),
        (Role.AGENT, "앨라미", (), 1, "cannot be a name"),
        (Role.VIEWER, "v", ("h",), 1, "only an agent"),
        (Role.AGENT, "a1", ("a" * 70,), 1, "neither a host name"),
        (Role.AGENT, "a1", (), 0, "at least a minute"),
    ],
)
def test_nonsense_is_refused(
    role: Role, name: str, hosts: tuple[str, ...], days: int, problem: str
) -> None:
    with pytest.raises((PkiError, NotAnIdentity), match=problem):
        Authority.create().issue(role, name, "", hosts, days=days)


def test_keys_are_for_their_owner_only_and_nothing_is_overwritten(tmp_path: Path) -> None:
    authority = Authority.create()
    save_authority(authority, tmp_path / "ca")
    issued = authority.issue(Role.AGENT, "a1", days=1)
    save_issued(issued, tmp_path / "a1")
    for path in (tmp_path / "ca" / "ca.key", tmp_path / "a1" / "tls.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (tmp_path / "ca", tmp_path / "a1"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(PkiError, match=r"ca\.crt exists already"):
        save_authority(Authority.create(), tmp_path / "ca")
    assert load_authority(tmp_path / "ca").certificate == authority.certificate
    other = authority.issue(Role.AGENT, "a2", days=1)
    with pytest.raises(PkiError, match=r"tls\.crt exists already"):
        save_issued(other, tmp_path / "a1")
    save_issued(other, tmp_path / "a1", force=True)
    assert (tmp_path / "a1" / "tls.key").read_bytes() == other.key
    assert sorted(path.name for path in (tmp_path / "a1").iterdir()) == [
        "ca.crt",
        "tls.crt",
        "tls.key",
    ]


def test_a_key_that_was_open_to_others_is_not_kept_open(tmp_path: Path) -> None:
    (tmp_path / "tls.key").write_text("old")
    (tmp_path / "tls.key").chmod(0o666)
    save_issued(Authority.create().issue(Role.AGENT, "a1", days=1), tmp_path, force=True)
    assert stat.S_IMODE((tmp_path / "tls.key").stat().st_mode) == 0o600


def test_errors_quote_no_key(tmp_path: Path) -> None:
    """G7: even a mangled key stays out of what is printed."""
    authority = Authority.create()
    mangled = authority.key[:-60]
    with pytest.raises(PkiError) as caught:
        Authority.load(authority.certificate, mangled)
    assert authority.key.splitlines()[1].decode() not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is None
    with pytest.raises(PkiError, match="does not belong"):
        Authority.load(authority.certificate, Authority.create().key)
    assert "BEGIN" not in repr(authority.issue(Role.VIEWER, "v", days=1))


def test_what_was_issued_can_be_read_again(tmp_path: Path) -> None:
    authority = Authority.create()
    save_issued(authority.issue(Role.AGENT, "a1", "seoul-1", ["a1", "::1"], days=1), tmp_path)
    issuer, leaf = read(tmp_path)
    assert (issuer.role, issuer.cluster) == ("authority", "")
    assert (leaf.role, leaf.name, leaf.cluster) == ("agent", "a1", "seoul-1")
    assert leaf.hosts == ("a1", "::1")
    assert leaf.valid()
    assert not leaf.valid(leaf.not_after.replace(year=leaf.not_after.year + 1))
    with pytest.raises(PkiError, match="not a certificate"):
        read(tmp_path / "tls.key")


def _names(pem: bytes) -> x509.SubjectAlternativeName:
    certificate = x509.load_pem_x509_certificate(pem)
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _uris(pem: bytes) -> list[str]:
    return _names(pem).get_values_for_type(x509.UniformResourceIdentifier)


def _usages(pem: bytes) -> list[x509.ObjectIdentifier]:
    certificate = x509.load_pem_x509_certificate(pem)
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


@pytest.mark.parametrize("days", [1, 825, 9000, 9300, 36500])
def test_its_end_is_read_without_a_library(days: int, tmp_path: Path) -> None:
    authority = Authority.create()
    made = authority.issue(Role.VIEWER, "a-name-" * 8, "seoul-1", days=days)
    read = x509.load_pem_x509_certificate(made.certificate)
    assert not_after(made.certificate) == read.not_valid_after_utc.timestamp()
    own = x509.load_pem_x509_certificate(made.ca)
    assert not_after(made.ca) == own.not_valid_after_utc.timestamp()
