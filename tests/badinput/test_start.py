"""An agent that cannot start says why in one sentence and ends with a code that is not 0."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.support.cluster import Cluster, Place


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
