"""The source as data, for the guards: which files there are and what each module imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
GENERATED = (
    "alarminati/v1/",
    "alarminati/mesh/v1/",
    "alarminati/journal/v1/",
    "alarminati/relay/v1alpha1/",
    "generated/",
)
STUBS = (
    "alarminati.v1.",
    "alarminati.mesh.v1.",
    "alarminati.journal.v1.",
    "alarminati.relay.v1alpha1.",
)


class Import(NamedTuple):
    """One import statement's target, wherever it stands: top, function or TYPE_CHECKING."""

    module: str  # ours: the module, not a name in it
    name: str  # what is taken from it; empty for the module as a whole
    line: int


@cache
def tracked() -> tuple[str, ...]:
    """Paths of the files git tracks or would add, relative to the root; links left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = sorted(set(listing.split("\0")) - {""})
    return tuple(p for p in paths if (ROOT / p).is_file() and not (ROOT / p).is_symlink())


def python_files(*folders: str) -> list[str]:
    """Our own Python files below these folders, generated ones left out."""
    return [
        path
        for path in tracked()
        if path.endswith(".py") and path.startswith(folders) and not path.startswith(GENERATED)
    ]


@cache
def tree(path: str) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def module_name(path: str) -> str:
    """The dotted name of a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def modules() -> dict[str, str]:
    """Our modules by dotted name, with their paths; generated ones left out."""
    return {module_name(path): path for path in python_files("alarminati/")}


@cache
def imports(module: str) -> tuple[Import, ...]:
    """All that a module imports."""
    return tuple(_imports(tree(modules()[module])))


def _imports(root: ast.Module) -> Iterator[Import]:
    for node in ast.walk(root):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(name.name, "", node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and node.level == 0, "relative imports are not used"
            for name in node.names:
                full = f"{node.module}.{name.name}"
                if full in modules() or full.startswith(STUBS):
                    yield Import(full, "", node.lineno)
                else:
                    yield Import(node.module, name.name, node.lineno)
