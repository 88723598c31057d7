"""An agent that cannot start says why in one sentence and ends with a code that is not 0."""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.support.cluster import Cluster, Place
from tests.support.process import Process


@dataclass
class Start:
    """A configuration that works, to be spoilt."""

    folder: Path
    document: dict[str, Any]

    @classmethod
    def make(cls, folder: Path) -> Start:
        tls = folder / "tls"
        save_issued(Authority.create("seoul-1").issue(Role.AGENT, "a1", days=1), tls)
        listen = {"grpc": "127.0.0.1:0", "http": "127.0.0.1:0", "health": "127.0.0.1:0"}
        files = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"}
        document = {
            "cluster": "seoul-1",
            "name": "a1",
            "data": str(folder / "data"),
            "listen": listen,
            "tls": {key: str(tls / name) for key, name in files.items()},
        }
        return cls(folder, document)

    def run(self, text: str | None = None) -> tuple[int, str]:
        """Exit code and what it said; `text` is the file as it stands."""
        path = self.folder / "a1.yaml"
        path.write_text(text or msgspec.json.encode(self.document).decode())
        command = [sys.executable, "-m", "alarminati", "agent", "--config", str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert ended.stdout == ""
        return ended.returncode, ended.stderr


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start.make(tmp_path)


def said(result: tuple[int, str], *words: str) -> None:
    """It failed with one sentence that holds all of `words`."""
    code, text = result
    assert code not in (0, None) and code > 0, result
    lines = [line for line in text.splitlines() if not line[:4].isdigit()]  # without the log
    assert len(lines) == 1 and lines[0].startswith("alarminati: "), text
    assert "Traceback" not in text and "unexpected" not in lines[0], text
    for word in words:
        assert word in lines[0], f"{word!r} is not in: {lines[0]}"


def spoil(*path: str, value: Any) -> Callable[[Start], None]:
    def change(start: Start) -> None:
        inner = start.document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return change


CASES: dict[str, tuple[Callable[[Start], None], tuple[str, ...]]] = {
    "unknown key": (spoil("chanels", value=[]), ("chanels",)),
    "unknown inner key": (spoil("listen", "gprc", value="127.0.0.1:1"), ("gprc",)),
    "wrong type": (spoil("priority", value="high"), ("priority",)),
    "no address": (spoil("listen", "grpc", value="nowhere"), ("listen.grpc",)),
    "unknown channel type": (
        spoil("channels", value=[{"name": "x", "type": "pigeon", "url": "http://x/"}]),
        ("pigeon",),
    ),
    "channel without url": (spoil("channels", value=[{"name": "x", "type": "webhook"}]), ("url",)),
    "no TLS beyond loopback": (
        lambda start: start.document.update(
            tls={"mode": "insecure"}, listen={"grpc": "0.0.0.0:7443"}
        ),
        ("insecure", "0.0.0.0:7443"),
    ),
    "certificate that is not there": (spoil("tls", "cert", value="/nowhere/x.crt"), ("x.crt",)),
    "data under a file": (spoil("data", value="/dev/null/data"), ("/dev/null/data",)),
    "secret in a variable that is not set": (
        spoil(
            "channels",
            value=[{"name": "team", "type": "slack", "url": "env:ALARMINATI_NO_SUCH_SECRET"}],
        ),
        ("ALARMINATI_NO_SUCH_SECRET",),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nonsense_in_the_configuration(start: Start, case: str) -> None:
    change, words = CASES[case]
    change(start)
    said(start.run(), *words)


def test_a_file_that_is_no_yaml(start: Start) -> None:
    said(start.run("listen: [grpc"), "a1.yaml")


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "alarminati", "agent", "--config", str(tmp_path / "no.yaml")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    said((ended.returncode, ended.stderr), "no.yaml")


def test_a_file_without_permission(start: Start) -> None:
    folder = start.folder / "a1.yaml.d"
    folder.mkdir()  # root may read everything, but nobody reads a folder as a file
    command = [sys.executable, "-m", "alarminati", "agent", "--config", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    said((ended.returncode, ended.stderr), "a1.yaml.d")


@pytest.mark.parametrize("door", ["grpc", "http", "health"])
def test_a_port_that_is_taken(start: Start, door: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        start.document["listen"][door] = address
        said(start.run(), address)


async def test_a_data_folder_in_use(start: Start) -> None:
    async with Cluster(start.folder, [Place()]) as cluster:
        start.document["data"] = str(cluster.agents[0].data)
        said(start.run(), "in use by another agent", str(cluster.agents[0].data))


def test_a_certificate_of_another_cluster(start: Start) -> None:
    start.document["cluster"] = "busan-1"
    said(start.run(), "'seoul-1'", "'busan-1'")


def test_a_certificate_that_is_not_an_agents(start: Start) -> None:
    viewer = start.folder / "viewer"
    save_issued(Authority.create("seoul-1").issue(Role.VIEWER, "me", days=1), viewer)
    files = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"}
    start.document["tls"] = {key: str(viewer / name) for key, name in files.items()}
    said(start.run(), "viewer", "agent")


def test_a_key_of_another_certificate(start: Start) -> None:
    other = start.folder / "other"
    save_issued(Authority.create("seoul-1").issue(Role.AGENT, "a1", days=1), other)
    start.document["tls"]["key"] = str(other / "tls.key")
    said(start.run(), "is not the key of")


def test_certificates_that_make_no_sense_end_it_with_code_2_and_name_one_file(
    start: Start,
) -> None:
    tls = start.folder / "tls"
    for name in ("ca.crt", "tls.crt", "tls.key"):
        aside = (tls / name).rename(start.folder / "aside")
        code, text = start.run()
        assert code == 2 and text.count(str(tls)) == 1, text
        said((code, text), f"tls: {tls / name}: cannot read the ")
        aside.rename(tls / name)


def _ended(authority: Authority) -> bytes:
    """Its certificate, had it been made to end yesterday."""
    made = x509.load_pem_x509_certificate(authority.certificate)
    key = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.subject)
        .issuer_name(made.issuer)
        .public_key(made.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now - timedelta(days=1))
    )
    for extension in made.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("days_ago", "authority_ended", "code", "words"),
    [
        (9, False, 2, ("tls.crt has expired", "alarminati pki issue", "alarminati join")),
        (9, True, 2, ("ca.crt has expired, the authority's own certificate",)),
        (-9, False, 1, ("tls.crt is not valid yet", "clock")),
    ],
)
def test_the_certificate_that_is_out_of_time_is_named_alone(
    start: Start, days_ago: int, authority_ended: bool, code: int, words: tuple[str, ...]
) -> None:
    now = datetime.now(UTC) - timedelta(days=days_ago)
    authority = Authority.create("seoul-1")
    tls = start.folder / "tls"
    shutil.rmtree(tls)
    save_issued(authority.issue(Role.AGENT, "a1", days=2, now=now), tls)
    if authority_ended:
        (tls / "ca.crt").write_bytes(_ended(authority))
    ended = start.run()
    said(ended, *words)
    assert ended[0] == code
    assert ended[1].count(str(tls)) == 1, ended[1]


def test_a_data_folder_of_another_user_is_what_is_said(start: Start, as_root: None) -> None:
    data = Path(start.document["data"])
    data.mkdir(mode=0o700)
    start.folder.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    script = f"""
import os, sys
from pathlib import Path
from alarminati.agent.store import FolderUnusable, require_usable
os.setuid({nobody})
try:
    require_usable(Path({str(data)!r}))
except FolderUnusable as error:
    print(error)
"""
    open_to_all = start.folder
    while open_to_all != Path(tempfile.gettempdir()):
        open_to_all.chmod(0o755)
        open_to_all = open_to_all.parent
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == (
        f"the journal folder {data} cannot be used: it belongs to root; make it writable for this"
        " user or choose another with `data`\n"
    )


def test_doors_that_are_off_are_said_to_be(start: Start) -> None:
    start.document["listen"] |= {"http": "off", "health": "off"}
    log = start.folder / "log"
    path = start.folder / "a1.yaml"
    path.write_text(msgspec.json.encode(start.document).decode())
    command = [sys.executable, "-m", "alarminati", "agent", "--config", str(path)]
    agent = Process(command, log, {"ALARMINATI_BEAT": "15s", "ALL_PROXY": "socks://h:1"})
    agent.start()
    try:
        end = time.monotonic() + 20
        while "ready:" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        agent.terminate()
        agent.wait()
    text = log.read_text()
    assert "HTTP off, health off" in text
    ignored = "ALARMINATI_BEAT is no setting and is ignored"
    assert f"{ignored}; did you mean ALARMINATI_KEEPALIVE_INTERVAL?" in text
    assert "ALL_PROXY names a SOCKS proxy, which is not supported" in text
