"""Each illness is found by its name: real servers that are broken in exactly one way."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from alarminati.cli.commands.doctor import SENTENCES
from alarminati.doctor import handshake
from alarminati.doctor.asking import SKEW
from alarminati.doctor.examination import examine, examine_files
from alarminati.doctor.findings import Finding, Grade, Sign
from alarminati.doctor.network import PROXIES
from alarminati.pki.authority import Authority
from alarminati.pki.reading import read
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role
from alarminati.wire.status import Problem
from alarminati.wire.timestamps import timestamp
from tests.doctor.practice import Practice, Service, expired_twin, listening, serving
from tests.support.ports import free_port
from tests.vendors.certificates import server_tls

PATIENCE = 5.0
SHORT = 0.3  # seconds, where silence is the point


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    return Practice(tmp_path)


def run(address: str, files: Path | None, patience: float = PATIENCE) -> list[Finding]:
    """The findings at an address, the files left out."""
    return list(examine(address, examine_files(files), patience))


async def examined(address: str, files: Path | None, patience: float = PATIENCE) -> list[Finding]:
    """The same beside a server in this process."""
    return await asyncio.to_thread(run, address, files, patience)


def signs(findings: list[Finding]) -> list[Sign]:
    for finding in findings:
        assert SENTENCES[finding.sign].format(**finding.facts)  # every fact it mentions is there
    return [finding.sign for finding in findings]


def ill(findings: list[Finding]) -> Sign:
    """The one trouble, which must come last: after it nothing is worth looking at."""
    troubles = [finding for finding in findings if finding.grade is Grade.TROUBLE]
    assert troubles == findings[-1:]
    return signs(findings)[-1]


# All is well.


async def test_a_healthy_agent(practice: Practice) -> None:
    service = Service(replicas=[pb.Replica(name="a1", connected=True), pb.Replica(name="a2")])
    async with serving(practice.agent("seoul-1"), service) as address:
        found = await examined(address, practice.files())
    assert signs(found) == [
        Sign.PORT_WELL,
        Sign.TLS_WELL,
        Sign.AGENT_WELL,
        Sign.WELCOME_WELL,
        Sign.ANSWER_WELL,
        Sign.MAY_VIEW,
        Sign.CLOCK_WELL,
        Sign.CLUSTER_WELL,
    ]
    assert {finding.grade for finding in found} == {Grade.WELL}
    assert found[1].facts["version"] == "TLSv1.3"
    assert found[2].facts["who"] == "agent jane (seoul-1)"
    assert found[-1].facts == {"master": "a1", "connected": 1, "replicas": 2}


async def test_a_healthy_agent_without_tls() -> None:
    async with serving(None, Service()) as address:
        found = await examined(address, None)
    assert signs(found) == [
        Sign.PORT_WELL,
        Sign.NO_TLS,
        Sign.ANSWER_WELL,
        Sign.CLOCK_WELL,
        Sign.CLUSTER_WELL,
    ]


@pytest.mark.parametrize(
    ("role", "sign"),
    [
        (Role.AGENT, Sign.MAY_LEAD),
        (Role.OPERATOR, Sign.MAY_OPERATE),
        (Role.REPORTER, Sign.MAY_REPORT),
    ],
)
async def test_what_a_role_may_do(practice: Practice, role: Role, sign: Sign) -> None:
    async with serving(practice.agent(), Service()) as address:
        assert sign in signs(await examined(address, practice.files(role)))


async def test_peers_that_are_not_reached_are_named(practice: Practice) -> None:
    """G4: three that reach nobody are three masters, and each looks well to itself."""
    refused = pb.Peer(address="10.0.0.9:7443", problem="PROBLEM_UNREACHABLE", last_error="refused")  # type: ignore[arg-type]
    peers = [refused, pb.Peer(problem=1, last_error="nobody")]  # type: ignore[arg-type]
    for number in (1, 2, 3, 4):
        peers.append(pb.Peer(address="b:1", problem=number, last_seen_time=timestamp(1), name="a2"))  # type: ignore[arg-type]
    service = Service(replicas=[pb.Replica(name="a1", connected=True)], unreachable_peers=peers)
    async with serving(practice.agent(), service) as address:
        found = await examined(address, practice.files())
    assert signs(found)[-7:] == [
        Sign.PEER_UNREACHABLE,
        Sign.PEER_NOBODY,
        Sign.PEER_GONE,
        Sign.PEER_UNTRUSTED,
        Sign.PEER_OTHER_CLUSTER,
        Sign.PEER_NAME_TAKEN,
        Sign.CLUSTER_PARTLY,
    ]
    assert {finding.grade for finding in found[-7:]} == {Grade.WARNING}


# The network.


def test_a_name_that_nobody_has(practice: Practice) -> None:
    assert ill(run("no-such-host.invalid:7443", practice.files())) is Sign.NAME_UNKNOWN


def test_a_name_that_is_too_long_to_be_one(practice: Practice) -> None:
    assert ill(run(f"{'a' * 64}.example.com:7443", practice.files())) is Sign.NAME_UNKNOWN


def test_a_name_that_is_known(practice: Practice) -> None:
    found = run(f"localhost:{free_port()}", practice.files())
    assert signs(found) == [Sign.NAME_WELL, Sign.PORT_REFUSED]
    assert "127.0.0.1" in str(found[0].facts["ips"])


def test_a_port_where_nobody_listens(practice: Practice) -> None:
    assert ill(run(f"127.0.0.1:{free_port()}", practice.files())) is Sign.PORT_REFUSED


def test_a_proxy_that_is_set_and_never_used(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    found = run(f"127.0.0.1:{free_port()}", practice.files())
    assert signs(found) == [Sign.PROXY_UNUSED, Sign.PORT_REFUSED]
    assert found[0].grade is Grade.WARNING


def test_a_port_that_swallows_everything(practice: Practice) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        crowd = [socket.socket() for _ in range(3)]
        try:
            for one in crowd:  # its queue is full: Linux drops what knocks now
                one.setblocking(False)
                one.connect_ex(place)
            found = run(f"127.0.0.1:{place[1]}", practice.files(), SHORT)
        finally:
            for one in crowd:
                one.close()
    assert ill(found) is Sign.PORT_SILENT


def test_an_address_without_a_way_to_it(practice: Practice) -> None:
    assert ill(run("255.255.255.255:7443", practice.files(), SHORT)) is Sign.PORT_UNREACHABLE


# What is spoken there.


def answering(said: bytes) -> Callable[[socket.socket], None]:
    def behave(line: socket.socket) -> None:
        line.settimeout(PATIENCE)
        line.recv(4096)
        line.sendall(said)

    return behave


def test_http(practice: Practice) -> None:
    with listening(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address:
        assert ill(run(address, practice.files())) is Sign.PLAIN_HTTP


def test_something_else(practice: Practice) -> None:
    with listening(answering(b"SSH-2.0-OpenSSH_9.6\r\n")) as address:
        assert ill(run(address, practice.files())) is Sign.NOT_TLS


async def test_grpc_in_plain_text(practice: Practice) -> None:
    async with serving(None, Service()) as address:
        assert ill(await examined(address, practice.files())) is Sign.PLAIN_GRPC


def test_somebody_who_hangs_up(practice: Practice) -> None:
    with listening(lambda line: None) as address:
        assert ill(run(address, practice.files())) is Sign.TLS_CLOSED


def test_somebody_who_says_nothing(practice: Practice) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # the kernel accepts for it
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        assert ill(run(address, practice.files(), SHORT)) is Sign.TLS_SILENT


def over_tls(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def behave(line: socket.socket) -> None:
        line.settimeout(PATIENCE)
        with context.wrap_socket(line, server_side=True) as secure:
            secure.recv(4096)

    return behave


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_of_another_age(practice: Practice, tmp_path: Path, version: ssl.TLSVersion) -> None:
    context = server_tls(tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    files = practice.files()
    with listening(over_tls(context)) as address:
        assert ill(run(address, files)) is Sign.TLS_OLD


# Who is there.


def test_a_web_server(practice: Practice, tmp_path: Path) -> None:
    files = practice.files()
    with listening(over_tls(server_tls(tmp_path))) as address:
        found = run(address, files)
    assert ill(found) is Sign.NOT_AN_AGENT
    assert found[-1].facts["who"] == "127.0.0.1" and found[-1].facts["issuer"] == "test"


async def test_a_viewer_who_poses_as_an_agent(practice: Practice) -> None:
    async with serving(Tls.load(practice.files(Role.VIEWER)), Service()) as address:
        assert ill(await examined(address, practice.files())) is Sign.NOT_AN_AGENT


async def test_another_authority(practice: Practice) -> None:
    other = Authority.create()
    async with serving(practice.agent(authority=other), Service()) as address:
        found = await examined(address, practice.files())
    assert ill(found) is Sign.OTHER_AUTHORITY
    assert found[-1].facts["theirs"] != found[-1].facts["mine"]


async def test_another_cluster_of_the_same_authority(practice: Practice) -> None:
    async with serving(practice.agent("busan-1"), Service()) as address:
        found = await examined(address, practice.files(cluster="seoul-1"))
    assert ill(found) is Sign.OTHER_CLUSTER
    assert found[-1].facts["theirs"] == "busan-1" and found[-1].facts["mine"] == "seoul-1"


@pytest.mark.parametrize(("ago", "sign"), [(9, Sign.THEIRS_EXPIRED), (-5, Sign.THEIRS_EARLY)])
async def test_an_agent_out_of_time(practice: Practice, ago: int, sign: Sign) -> None:
    async with serving(practice.agent(days=2, ago=ago), Service()) as address:
        assert ill(await examined(address, practice.files())) is sign


# Who we are.


@pytest.mark.parametrize(("ago", "sign"), [(9, Sign.MINE_EXPIRED), (-5, Sign.MINE_EARLY)])
async def test_a_certificate_of_ours_out_of_time(practice: Practice, ago: int, sign: Sign) -> None:
    files = examine_files(practice.files(days=2, ago=ago))
    assert files.finding.sign is sign
    async with serving(practice.agent(), Service()) as address:
        found = await asyncio.to_thread(lambda: list(examine(address, files, PATIENCE)))
    assert signs(found) == [Sign.PORT_WELL, Sign.TLS_WELL, Sign.AGENT_WELL]  # who it was for


async def test_a_certificate_that_is_out_of_time_by_their_clock(practice: Practice) -> None:
    """As an agent with a clock years ahead of ours takes it. gRPC does not say why it hangs up."""
    folder = outdated(practice)
    async with serving(practice.agent(), Service()) as address:
        found = await asyncio.to_thread(lambda: list(handshake.look(address, folder, PATIENCE)))
    assert ill(found) is Sign.MINE_REFUSED


async def test_an_agent_that_does_not_trust_our_authority(practice: Practice) -> None:
    """It serves with a certificate of ours, but trusts somebody else."""
    agent = practice.agent()
    stranger = Authority.create().certificate
    deaf = Tls(stranger, agent.certificate, agent.key, agent.identity, 0.0)
    async with serving(deaf, Service()) as address:
        assert ill(await examined(address, practice.files())) is Sign.MINE_REFUSED


def outdated(practice: Practice) -> handshake.Folder:
    """A certificate of ours that only our own clock thinks good."""
    path = practice.files(days=2, ago=9)
    return handshake.Folder(path, read(path / "tls.crt")[0])


def demanding(practice: Practice, trusted: bytes) -> ssl.SSLContext:
    """A proxy with an agent's certificate that says why it refuses ours."""
    path = practice.files(Role.AGENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path / "tls.crt", path / "tls.key")
    context.load_verify_locations(cadata=trusted.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_proxy_that_says_that_we_are_out_of_time(practice: Practice) -> None:
    folder = outdated(practice)
    with listening(over_tls(demanding(practice, practice.authority.certificate))) as address:
        assert ill(list(handshake.look(address, folder, PATIENCE))) is Sign.MINE_OUT_OF_TIME


def test_a_proxy_that_says_that_it_does_not_trust_us(practice: Practice) -> None:
    files = practice.files()
    with listening(over_tls(demanding(practice, Authority.create().certificate))) as address:
        assert ill(run(address, files)) is Sign.MINE_NOT_TRUSTED


async def test_no_certificate_where_one_is_demanded(practice: Practice) -> None:
    async with serving(practice.agent(), Service()) as address:
        assert ill(await examined(address, None)) is Sign.CERTIFICATE_WANTED


def test_files_that_do_not_fit(practice: Practice) -> None:
    path = practice.files()
    (path / "tls.key").write_bytes((practice.files() / "tls.key").read_bytes())
    files = examine_files(path)
    assert files.finding.sign is Sign.FILES_WRONG
    assert "is not the key of" in str(files.finding.facts["problem"])
    address = f"127.0.0.1:{free_port()}"
    assert signs(list(examine(address, files, PATIENCE))) == [Sign.PORT_REFUSED]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    files = examine_files(tmp_path)
    assert files.finding.sign is Sign.FILES_WRONG
    assert "tls.crt cannot be read: No such file" in str(files.finding.facts["problem"])


def test_an_authority_that_has_run_out(practice: Practice, tmp_path: Path) -> None:
    path = practice.files()
    (path / "ca.crt").write_bytes(expired_twin(practice.authority))
    assert examine_files(path).finding.sign is Sign.AUTHORITY_EXPIRED


def test_an_invitation_is_for_joining(practice: Practice) -> None:
    """Somebody unpacked its text and took the certificate in it for his own."""
    path = practice.files()
    key, certificate = practice.authority.invitation(
        "5f0c2a9100b1d2e3", "seoul-1", lasts=timedelta(hours=1)
    )
    (path / "tls.crt").write_text(ssl.DER_cert_to_PEM_cert(certificate))
    text = base64.encodebytes(key).decode()
    begin, end = (f"-----{word} PRIVATE KEY-----" for word in ("BEGIN", "END"))
    (path / "tls.key").write_text(f"{begin}\n{text}{end}\n")
    assert examine_files(path).finding.sign is Sign.MINE_IS_INVITATION


def test_a_certificate_that_ends_soon(practice: Practice) -> None:
    assert examine_files(practice.files(days=5)).finding.sign is Sign.FILES_WELL  # short, but new
    files = examine_files(practice.files(days=100, ago=95))
    assert files.finding.sign is Sign.MINE_ENDS_SOON and files.finding.grade is Grade.WARNING
    assert files.finding.facts["days"] == 4
    assert files.folder is not None


# What it says.


async def refused(practice: Practice, problem: Problem) -> Finding:
    service = Service()
    service.problem = problem
    async with serving(practice.agent(), service) as address:
        found = await examined(address, practice.files())
    assert ill(found) is found[-1].sign
    return found[-1]


async def test_a_revoked_certificate(practice: Practice) -> None:
    denied = grpc.StatusCode.PERMISSION_DENIED
    found = await refused(practice, Problem(denied, "viewer jane was revoked", "ACCESS_REVOKED"))
    assert found.sign is Sign.REVOKED and found.facts["reason"] == "viewer jane was revoked"


async def test_a_caller_who_may_not_come_in(practice: Practice) -> None:
    denied = grpc.StatusCode.PERMISSION_DENIED
    found = await refused(practice, Problem(denied, "this is 'busan-1'", "WRONG_CLUSTER"))
    assert found.sign is Sign.FORBIDDEN


async def test_grpc_of_somebody_else(practice: Practice) -> None:
    async with serving(practice.agent()) as address:
        assert ill(await examined(address, practice.files())) is Sign.NOT_ALARMINATI


async def test_an_agent_that_is_stuck(practice: Practice) -> None:
    service = Service()
    service.hangs = True
    async with serving(practice.agent(), service) as address:
        assert ill(await examined(address, practice.files(), 1.0)) is Sign.NO_ANSWER


@pytest.mark.parametrize(
    ("seconds", "sign"),
    [
        (-3 * SKEW, Sign.CLOCK_AHEAD),
        (3 * SKEW, Sign.CLOCK_BEHIND),
        (SKEW / 3, Sign.CLOCK_WELL),
    ],
)
async def test_clocks_that_differ(practice: Practice, seconds: float, sign: Sign) -> None:
    service = Service(time=timestamp(int((time.time() + seconds) * 1000)))
    async with serving(practice.agent(), service) as address:
        found = await examined(address, practice.files())
    (clock,) = [finding for finding in found if finding.sign.startswith("clock")]
    assert clock.sign is sign
    assert abs(int(clock.facts["seconds"]) - abs(seconds)) < 6
    assert found[-1].sign is Sign.CLUSTER_WELL  # it works all the same


async def test_an_agent_that_does_not_tell_the_time(practice: Practice) -> None:
    async with serving(practice.agent(), Service(time=None)) as address:
        assert Sign.CLOCK_UNKNOWN in signs(await examined(address, practice.files()))


@pytest.mark.parametrize(
    ("service", "sign"),
    [
        (Service(master=""), Sign.NO_MASTER),
        (Service(master="a2", master_unreachable=True), Sign.CUT_OFF),
        (Service(ping=pb.HEALTH_STORAGE_FULL), Sign.FULL),
        (Service(ping=pb.HEALTH_STOPPING), Sign.STOPPING),
        (Service(ping=pb.HEALTH_STALLED), Sign.STALLED),
    ],
)
async def test_a_cluster_that_is_ill(practice: Practice, service: Service, sign: Sign) -> None:
    service.said["time"] = timestamp(int(time.time() * 1000))
    async with serving(practice.agent(), service) as address:
        assert ill(await examined(address, practice.files())) is sign


def test_every_illness_is_looked_for() -> None:
    """No file of this package knows a sign that nothing finds."""
    package = Path(handshake.__file__).parent
    text = "".join(path.read_text() for path in package.glob("*.py") if path.name != "findings.py")
    assert [sign.name for sign in Sign if f"Sign.{sign.name}" not in text] == []
