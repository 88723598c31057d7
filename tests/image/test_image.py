"""The Dockerfile: what it promises on paper, and its steps carried out without a Docker engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

from alarminati.cli.main import COMMANDS
from tests.house.source import ROOT
from tests.image.dockerfile import stages

BUILD, FINAL = stages(ROOT / "Dockerfile")


def test_bases_are_exact_and_the_same() -> None:
    assert BUILD.base == FINAL.base
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", BUILD.base)
    assert "@sha256" not in (ROOT / "Dockerfile").read_text()


def test_everything_is_installed_by_hash_or_made_here() -> None:
    installs = re.findall(r"pip\S*(?: --python \S+)? install [^&]*", " && ".join(BUILD.all("RUN")))
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install


def test_the_final_stage_runs_without_root_or_shell() -> None:
    assert FINAL.all("USER") == ["10001:10001"]
    assert FINAL.command("ENTRYPOINT")[0].startswith("/opt/")
    assert set(FINAL.command("CMD")) <= set(COMMANDS)
    assert FINAL.command("HEALTHCHECK")
    assert [words for words in FINAL.all("COPY") if not words.startswith("--from=build ")] == []
    labels = " ".join(FINAL.all("LABEL"))
    for label in ("title", "source", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in labels


def test_the_context_has_what_is_copied_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    let_in = {line[1:] for line in patterns if line.startswith("!")}
    sources = {word for text in BUILD.all("COPY") for word in text.split()[:-1]}
    assert sources == let_in
    assert all((ROOT / source).exists() for source in sources)
    assert any(fnmatch("alarminati/__pycache__", pattern) for pattern in patterns[1:])


def engine(step: str, folder: Path, *namespaces: str) -> str:
    """Run one part of the engine; what it prints."""
    script = str(ROOT / "tests/image/engine.py")
    ended = subprocess.run(
        ["unshare", "--mount", *namespaces, sys.executable, script, step, str(folder)],
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended.stdout


def test_the_image_works(as_root: None, tool: Callable[[str], str], tmp_path: Path) -> None:
    tool("unshare")
    tool("ip")
    engine("build", tmp_path)
    there = sorted(path.name for path in (tmp_path / "final/opt").iterdir())
    assert there == ["alarminati"]
    assert not list((tmp_path / "final/opt").glob("**/site-packages/pip"))
    told = json.loads(engine("run", tmp_path, "--net").splitlines()[-1])
    assert told["healthy"], told["said"]
    assert told["reported"][0] == told["pki"][0] == 0
    assert told["installed"][1].startswith("/opt/alarminati/lib/python3.")
    assert "journal.db" in told["journal"]
    assert (told["root_takes_files"], told["has_a_shell"]) == (False, False)
    assert told["exit"] == 0 and "stopping" in told["said"]
