"""The example programs, built once and kept in .tools until what they are made of changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import ROOT, tracked

CACHE = ROOT / ".tools/.cache/examples"
LANGUAGES = ("go", "typescript")
BUILD = 300.0  # seconds for a first build on a small machine

Tool = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Programs:
    """What to type for either program of a language."""

    report: Sequence[str]
    subscribe: Sequence[str]


def build(language: str, tool: Tool) -> Programs:
    """Build if need be. The test is skipped where tools or packages cannot be had."""
    return _go(tool("go")) if language == "go" else _typescript(tool("node"), tool("npm"))


def _go(go: str) -> Programs:
    # Go itself knows what has changed.
    out = CACHE / "go"
    out.mkdir(parents=True, exist_ok=True)
    folder = ROOT / "examples/go"
    _fetch("modules", [go, "list", "-deps", "./..."], folder)
    _made([go, "vet", "./..."], folder)
    _made([go, "build", "-buildvcs=false", "-o", f"{out}{os.sep}", "./..."], folder)
    return Programs([str(out / "report")], [str(out / "subscribe")])


def _typescript(node: str, npm: str) -> Programs:
    # Away from the tree, where checks would walk through thousands of files of others.
    out = CACHE / "typescript"
    folder = out / "examples/typescript"
    sources = [path for path in tracked() if path.startswith(_TYPESCRIPT)]
    stamp, state = out / "stamp", _digest(sources)
    if not stamp.exists() or stamp.read_text() != state:
        shutil.rmtree(out, ignore_errors=True)
        for path in sources:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, out / path)
        _fetch("packages", [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        _made([npm, "run", "build"], folder)
        stamp.write_text(state)
    return Programs(
        [node, str(folder / "dist/report.js")], [node, str(folder / "dist/subscribe.js")]
    )


_TYPESCRIPT = ("generated/typescript/", "examples/typescript/")


def _digest(paths: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.encode() + b"\0" + (ROOT / path).read_bytes() + b"\0")
    return digest.hexdigest()


def _fetch(what: str, command: Sequence[str], folder: Path) -> None:
    ended = _run(command, folder)
    if ended.returncode != 0:
        pytest.skip(f"`{' '.join(command[1:])}` could not get the {what}: {ended.stderr[-500:]}")


def _made(command: Sequence[str], folder: Path) -> None:
    ended = _run(command, folder)
    assert ended.returncode == 0, f"{command}:\n{ended.stdout}\n{ended.stderr}"


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=BUILD)
