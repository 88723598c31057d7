"""Every module imports alone, and a quick command does not pay for what it does not use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT, modules

# Third-party libraries and stubs are loaded once; then each of our modules is imported in a fork of
# its own, where no other module of ours was imported before.
EACH_ALONE = """
import json, os, sys, traceback
import grpc.aio, google.protobuf, msgspec, click, sqlite3, asyncio
import cryptography.x509, jinja2, yaml, dns.resolver, httptools, prometheus_client, zeroconf
from cryptography.hazmat.primitives.asymmetric import ec
from alarminati.mesh.v1 import mesh_service_pb2_grpc
from alarminati.v1 import alarm_service_pb2_grpc, cluster_service_pb2_grpc
from alarminati.v1 import channel_service_pb2_grpc, silence_service_pb2_grpc
from alarminati.v1 import access_service_pb2_grpc, subscription_pb2
from alarminati.journal.v1 import entry_pb2_grpc
for module in json.load(sys.stdin):
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            __import__(module)
        except BaseException:
            print(f"{module}:", traceback.format_exc(limit=-3), flush=True)
            os._exit(1)
        os._exit(0)
    os.waitpid(child, 0)
"""
LOADED = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
HEAVY = {"grpc", "google", "asyncio", "cryptography", "zeroconf", "dns"}
HEAVY |= {"prometheus_client", "sqlite3", "msgspec", "yaml"}


def python(code: str, stdin: str = "") -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        timeout=170,
    ).stdout


def test_every_module_imports_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where compiled modules are not kept, each of the forks would compile most of them again.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    names = [name for name in modules() if not name.endswith("__main__")]
    assert len(names) > 20
    assert python(EACH_ALONE, json.dumps(names)) == ""


@pytest.mark.parametrize(
    "code",
    [
        "import alarminati",
        "from alarminati.cli.main import main; main(['--help'])",
        "from alarminati.cli.main import main; main(['version'])",
    ],
)
def test_quick_things_load_nothing_heavy(code: str) -> None:
    loaded = json.loads(python(f"{code}; {LOADED}").splitlines()[-1])
    assert not HEAVY & set(loaded)
    assert "sys" in loaded
