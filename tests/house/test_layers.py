"""The shape of docs/architecture.md: arrows only point down, and the core touches nothing."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.source import imports, modules, tree

# What the core may know of the standard library. All of it computes; none of it looks around.
CORE_MAY_IMPORT = {
    "array",
    "__future__",
    "abc",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "fnmatch",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "json",
    "marshal",  # bytes within this process
    "math",
    "operator",
    "re",
    "re2",  # expressions in bounded time; a library, but one that only computes
    "statistics",
    "string",
    "struct",
    "typing",
    "unicodedata",
    "zlib",
    "zoneinfo",
}
# Of these only that; the module's own dice have no seed, so its name serves for annotations only.
CORE_MAY_TAKE = {"random": {"", "Random"}, "sys": {"intern"}}
# What reads a clock or touches the world without an import.
CORE_MAY_NOT_CALL = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("open", "print", "input", "exec", "eval", "__import__"),
}

# Who may import whom, besides itself and the package, which is empty.
STUBS = {"v1", "journal", "mesh", "relay"}
GROUND = STUBS | {"core", "wire", "config"}
SHELLS = {
    "agent",
    "channels",
    "client",
    "demo",
    "doctor",
    "edge",
    "pki",
    "queues",
    "spool",
    "relay_server",
}
BELOW: dict[str, set[str]] = {
    "core": set(),
    "v1": set(),
    "journal": {"v1"},
    "mesh": set(),
    "relay": set(),
    "wire": STUBS | {"core"},
    "config": {"core", "wire"},
    "templates": set(),
    "channels": GROUND | {"templates"},
    "spool": {"core", "wire"},
    "relay_server": GROUND | {"edge", "spool"},
    "client": GROUND | {"spool"},
    "edge": GROUND | {"templates"},
    "pki": GROUND,
    "queues": GROUND,
    "agent": GROUND | {"channels", "edge", "pki", "queues", "templates"},
    "doctor": GROUND | {"pki"},
    "demo": GROUND | SHELLS,
    "ui": GROUND | SHELLS,
    "cli": GROUND | SHELLS | {"ui"},
    "__main__": {"cli"},
    "": set(),
}


# The same within the core. What stands right in it (replica, effects) puts all of it together.
BASE = {"model", "bounded"}
CORE_BELOW: dict[str, set[str]] = {
    "bounded": set(),
    "model": {"bounded"},
    "alarms": BASE,
    "election": BASE,
    "journal": BASE | {"alarms"},
    "access": BASE,
    "spool": set(),
    "routing": BASE | {"alarms"},
    "delivery": BASE | {"alarms", "routing", "journal"},
    "monitors": BASE | {"alarms", "routing", "delivery", "access", "election"},
}


def room(module: str) -> str:
    """Room of a module of the core; empty for what stands right in it."""
    parts = module.split(".")
    return parts[2] if layer(module) == "core" and len(parts) > 3 else ""


def layer(module: str) -> str:
    """Folder below `alarminati`; empty for the package itself and for what is not ours."""
    return module.split(".")[1] if module.startswith("alarminati.") else ""


def core() -> list[str]:
    """Modules of the core."""
    return [module for module in modules() if layer(module) == "core"]


@pytest.mark.parametrize("module", core())
def test_core_imports_nothing_that_touches_the_world(module: str) -> None:
    for target, name, line in imports(module):
        if layer(target) != "core":
            allowed = target.split(".")[0] in CORE_MAY_IMPORT or name in CORE_MAY_TAKE.get(
                target, ()
            )
            assert allowed, f"{modules()[module]}:{line} imports {target} {name}"


@pytest.mark.parametrize("module", core())
def test_core_is_handed_time_and_dice(module: str) -> None:
    for node in ast.walk(tree(modules()[module])):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            refused = called in CORE_MAY_NOT_CALL or called.startswith("random.")
            assert not refused, f"{modules()[module]}:{node.lineno} calls {called}"


@pytest.mark.parametrize("module", modules())
def test_arrows_point_down(module: str) -> None:
    own = layer(module)
    assert own in BELOW, f"{own} is a new layer: say in BELOW what it may import"
    for target, _, line in imports(module):
        if target.startswith("alarminati"):
            to = layer(target)
            allowed = to in ("", own) or to in BELOW[own]
            assert allowed, f"{modules()[module]}:{line} imports {target}"


@pytest.mark.parametrize("module", core())
def test_arrows_point_down_within_the_core(module: str) -> None:
    own = room(module)
    if own:
        for target, _, line in imports(module):
            if layer(target) == "core" and room(target) != own:
                where = f"{modules()[module]}:{line} imports {target}"
                assert room(target) in CORE_BELOW[own], where


def test_no_cycles() -> None:
    graph = {
        module: {target for target, _, _ in imports(module) if target in modules()} - {module}
        for module in modules()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_the_package_itself_imports_nothing() -> None:
    assert imports("alarminati") == ()
