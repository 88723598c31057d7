"""The examples of docs/http.md, against an agent."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from alarminati.cli.main import COMMANDS
from alarminati.config import Limits
from alarminati.edge.connection import Bounds
from alarminati.edge.inlets import INLETS
from alarminati.edge.signatures import HEADERS
from tests.support.cluster import Cluster, Place

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[::-1])
SIGNED = next(
    text for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.S | re.M) if "hmac:" in text
)
SECRET = "a secret of the billing"


@pytest.fixture
def shell() -> str:
    """A shell with the programs of the example; without them the test is skipped."""
    missing = [program for program in ("bash", "curl", "openssl") if not shutil.which(program)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    return "bash"


def typed(shell: str, script: str, secret: str) -> bytes:
    """What the example prints."""
    environ = {"PATH": os.environ["PATH"], "BILLING_SECRET": secret}
    command = [shell, "-euc", script]
    done = subprocess.run(command, env=environ, capture_output=True, timeout=20, check=True)
    return done.stdout


async def test_the_signed_example(shell: str, tmp_path: Path) -> None:
    keys: dict[str, Any] = yaml.safe_load(SIGNED)
    (tmp_path / "secret").write_text(SECRET)
    keys["sources"][1]["hmac"]["secret"] = f"file:{tmp_path / 'secret'}"
    async with Cluster(tmp_path, [Place()], keys=keys) as cluster:
        script = BLOCKS["sh"].replace("8080", str(cluster.agents[0].place.ports[1]))
        good = await asyncio.to_thread(typed, shell, script, SECRET)
        forged = await asyncio.to_thread(typed, shell, script, "another secret of somebody")
    assert list(msgspec.json.decode(good)) == ["ids", "replicas", "fingerprints", "effects"]
    assert b"the signature does not fit" in forged


@pytest.mark.parametrize(
    "said",
    [
        *(f"| `{inlet.path}` |" for inlet in INLETS),
        *(f"| `{inlet.source}` |" for inlet in INLETS),
        *(f"| `{style}`" for style in HEADERS),
        f"{Bounds().body // 2**20} MiB a body and {Bounds().bodies // 2**20} MiB of bodies",
        f"{Bounds().head // 1024} KiB of headers",
        f"{Bounds().request:g} s for a request to come",
        f"{Bounds().idle:g} s of rest",
        f"{Bounds().reading:g} s that answers may",
        f"{Limits().connections} connections (`limits.connections`)",
        f"{Limits().connections_per_address} for one address",
    ],
)
def test_what_it_says_is_so(said: str) -> None:
    assert said in PAGE


def test_commands_exist() -> None:
    assert set(re.findall(r"`alarminati (\w+)", PAGE)) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("limit", "bound"),
    [
        ("body_size", "body"),
        ("total_body_size", "bodies"),
        ("connections", "connections"),
        ("connections_per_address", "per_address"),
    ],
)
def test_the_configuration_has_the_bounds_of_the_door(limit: str, bound: str) -> None:
    read: Callable[[Any, str], int] = getattr
    assert read(Limits(), limit) == read(Bounds(), bound)
