"""Certificate files are judged before gRPC sees them, and strangers are refused (G7)."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.credentials import Tls, TlsError, bind, dial, is_loopback
from alarminati.wire.identity import Identity, Role
from alarminati.wire.options import SERVER

Issue = Callable[..., Tls]


@pytest.fixture
def authority() -> Authority:
    return Authority.create()


@pytest.fixture
def issue(authority: Authority, tmp_path: Path) -> Issue:
    numbers = itertools.count()

    def issue(role: Role, name: str, cluster: str = "", ca: Authority = authority) -> Tls:
        folder = tmp_path / f"{role}-{name}-{next(numbers)}"
        save_issued(ca.issue(role, name, cluster, days=2), folder)
        return Tls.load(folder)

    return issue


@pytest.fixture
def folder(authority: Authority, tmp_path: Path) -> Path:
    save_issued(authority.issue(Role.AGENT, "a1", "seoul-1", ["a1"], days=2), tmp_path / "a1")
    return tmp_path / "a1"


def test_a_good_folder_says_who_it_is(folder: Path) -> None:
    tls = Tls.load(folder)
    assert tls.identity == Identity(Role.AGENT, "a1", "seoul-1")
    assert tls.not_after > 0
    assert "BEGIN" not in repr(tls)


def test_missing_and_mangled_files_are_named(folder: Path) -> None:
    for name, problem in [
        ("ca.crt", "certificate"),
        ("tls.crt", "certificate"),
        ("tls.key", "key"),
    ]:
        whole = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(TlsError, match=f"{name}: cannot read the {problem}: No such file"):
            Tls.load(folder)
        (folder / name).write_text("hello")
        with pytest.raises(TlsError, match=f"{name} is not a {problem} in PEM"):
            Tls.load(folder)
        (folder / name).write_bytes(whole[:-60])
        with pytest.raises(TlsError, match=r"damaged"):
            Tls.load(folder)
        (folder / name).write_bytes(whole)
    assert Tls.load(folder).identity.name == "a1"


def test_a_key_of_another_certificate(folder: Path, authority: Authority) -> None:
    (folder / "tls.key").write_bytes(authority.issue(Role.AGENT, "a2", days=2).key)
    with pytest.raises(TlsError, match=r"tls\.key is not the key of .*tls\.crt"):
        Tls.load(folder)


def test_an_encrypted_key_is_refused_and_not_asked_about(folder: Path) -> None:
    key = serialization.load_pem_private_key((folder / "tls.key").read_bytes(), None)
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(TlsError, match="encrypted"):
        Tls.load(folder)


def test_another_authority(folder: Path) -> None:
    (folder / "ca.crt").write_bytes(Authority.create().certificate)
    with pytest.raises(TlsError, match=r"ca\.crt did not issue .*tls\.crt"):
        Tls.load(folder)


@pytest.mark.parametrize(("days", "problem"), [(-5, "has expired"), (5, "is not valid yet")])
def test_certificates_out_of_time(
    days: int, problem: str, authority: Authority, tmp_path: Path
) -> None:
    now = datetime.now(UTC) + timedelta(days=days)
    save_issued(authority.issue(Role.AGENT, "a1", days=2, now=now), tmp_path)
    with pytest.raises(TlsError, match=problem):
        Tls.load(tmp_path)


def test_a_certificate_of_nobody(authority: Authority, folder: Path) -> None:
    rewritten(folder, authority, [x509.DNSName("a1")])
    with pytest.raises(TlsError, match="exactly one URI name"):
        Tls.load(folder)
    rewritten(folder, authority, [x509.UniformResourceIdentifier("spiffe://x/a/b/c/d")])
    with pytest.raises(TlsError, match="names no role"):
        Tls.load(folder)
    rewritten(folder, authority, [x509.UniformResourceIdentifier("spiffe://x/agent/a1")])
    with pytest.raises(TlsError, match=r"lacks the DNS name agent\.alarminati"):
        Tls.load(folder)


def test_a_kind_of_key_grpc_cannot_use(authority: Authority, folder: Path) -> None:
    rewritten(folder, authority, [x509.DNSName("a1")], ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(TlsError, match="Ed25519"):
        Tls.load(folder)


def test_an_agent_needs_an_agents_certificate_of_its_cluster(issue: Issue) -> None:
    with pytest.raises(TlsError, match="needs one of role agent"):
        issue(Role.OPERATOR, "jane").require_agent("seoul-1")
    with pytest.raises(TlsError, match="'busan-1', but this agent's cluster is 'seoul-1'"):
        issue(Role.AGENT, "a1", "busan-1").require_agent("seoul-1")
    issue(Role.AGENT, "a1").require_agent("seoul-1")
    issue(Role.AGENT, "a1", "seoul-1").require_agent("seoul-1")


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("unix:/run/x", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        (":1", False),
        ("10.0.0.1:1", False),
        ("localhost.example.com:1", False),
        ("127.0.0.1.example.com:1", False),
        ("127.0.0.1", False),
    ],
)
def test_without_tls_only_loopback(address: str, local: bool) -> None:
    assert is_loopback(address) is local
    if not local:
        with pytest.raises(TlsError, match="without TLS only loopback is allowed"):
            dial(address, None)


async def test_nobody_else_listens_in_plain_text() -> None:
    with pytest.raises(TlsError, match="only loopback"):
        bind(grpc.aio.server(), "0.0.0.0:0", None)


async def test_a_port_that_is_taken(issue: Issue) -> None:
    agent = issue(Role.AGENT, "a1")
    async with serving(lambda: agent) as port:
        with pytest.raises(OSError, match=f"cannot listen here.*127.0.0.1:{port}"):
            bind(grpc.aio.server(options=SERVER), f"127.0.0.1:{port}", lambda: agent)


async def test_an_agent_is_known_by_role_and_cluster_at_any_address(issue: Issue) -> None:
    anywhere, seoul = issue(Role.AGENT, "a1"), issue(Role.AGENT, "a2", "seoul-1")
    viewer = issue(Role.VIEWER, "v")
    async with serving(lambda: anywhere) as port:
        assert await answer(port, viewer) == b"v"
        assert await answer(port, viewer, "busan-1") == b"v"
    async with serving(lambda: seoul) as port:
        assert await answer(port, viewer) == b"v"
        assert await answer(port, viewer, "seoul-1") == b"v"
        assert await answer(port, viewer, "busan-1") is None


async def test_no_other_role_can_pose_as_an_agent(issue: Issue) -> None:
    operator = issue(Role.OPERATOR, "jane")
    async with serving(lambda: operator) as port:
        assert await answer(port, issue(Role.VIEWER, "v")) is None


async def test_strangers_are_refused(issue: Issue) -> None:
    agent = issue(Role.AGENT, "a1")
    async with serving(lambda: agent) as port:
        assert await answer(port, issue(Role.VIEWER, "v", ca=Authority.create())) is None
        assert await answer(port, issue(Role.VIEWER, "v")) == b"v"


async def test_an_expired_certificate_opens_nothing(issue: Issue, authority: Authority) -> None:
    now = datetime.now(UTC) - timedelta(days=9)
    old = authority.issue(Role.VIEWER, "v", days=2, now=now)
    expired = Tls(old.ca, old.certificate, old.key, Identity(Role.VIEWER, "v"), now.timestamp())
    agent = issue(Role.AGENT, "a1")
    async with serving(lambda: agent) as port:
        assert await answer(port, expired) is None


async def test_no_certificate_no_connection(issue: Issue) -> None:
    agent = issue(Role.AGENT, "a1")
    async with serving(lambda: agent) as port:
        credentials = grpc.ssl_channel_credentials(agent.ca)
        override = (("grpc.ssl_target_name_override", "agent.alarminati"),)
        target = f"127.0.0.1:{port}"
        async with grpc.aio.secure_channel(target, credentials, options=override) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await called(channel)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_sessions_are_resumed_but_never_as_somebody_else(issue: Issue) -> None:
    agent, jane, john = (
        issue(Role.AGENT, "a1"),
        issue(Role.VIEWER, "jane"),
        issue(Role.VIEWER, "john"),
    )
    resumed: list[bytes] = []
    async with serving(lambda: agent, resumed) as port:
        for tls, name in [(jane, b"jane"), (john, b"john"), (jane, b"jane")]:
            assert await answer(port, tls) == name
    assert resumed == [b"false", b"false", b"true"]


async def test_a_server_takes_new_certificates_while_it_runs(issue: Issue) -> None:
    other = Authority.create()
    serves = issue(Role.AGENT, "a1")
    viewer, later = issue(Role.VIEWER, "v"), issue(Role.VIEWER, "w", ca=other)
    async with serving(lambda: serves) as port:
        assert await answer(port, viewer) == b"v"
        assert await answer(port, later) is None
        serves = issue(Role.AGENT, "a1", ca=other)
        assert await answer(port, later) == b"w"
        assert await answer(port, viewer) is None


@asynccontextmanager
async def serving(
    current: Callable[[], Tls], resumed: list[bytes] | None = None
) -> AsyncIterator[int]:
    """A server that answers with the caller's name; gives its port."""

    async def who(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        seen = context.auth_context()
        if resumed is not None:
            resumed.extend(seen["ssl_session_reused"])
        (uri,) = seen["peer_spiffe_id"]
        return uri.rpartition(b"/")[2]

    server = grpc.aio.server(options=SERVER)
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(who)
    handlers = grpc.method_handlers_generic_handler("test.Who", {"Am": handler})
    server.add_generic_rpc_handlers((handlers,))
    port = bind(server, "127.0.0.1:0", current)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


async def answer(port: int, tls: Tls, cluster: str = "") -> bytes | None:
    """What a server says to the holder of `tls`; None when there is no connection."""
    async with dial(f"127.0.0.1:{port}", tls, cluster) as channel:
        try:
            return await called(channel)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                return None
            raise


async def called(channel: grpc.aio.Channel) -> bytes:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Who/Am")
    return await call(b"", timeout=5)


def rewritten(
    folder: Path,
    authority: Authority,
    names: list[x509.GeneralName],
    key: ed25519.Ed25519PrivateKey | None = None,
) -> None:
    """Replace a certificate by one with other names (and, if given, another key)."""
    old = x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes())
    signer = serialization.load_pem_private_key(authority.key, None)
    public = key.public_key() if key else old.public_key()
    new = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(public)
        .serial_number(7)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    (folder / "tls.crt").write_bytes(new.public_bytes(serialization.Encoding.PEM))
    if key:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "tls.key").write_bytes(pem)
