"""Nothing runs in the background unseen: all of it is begun by `wire.background`."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import modules, tree

HOME = "alarminati.wire.background"
TASKS = {"create_task", "ensure_future", "run_coroutine_threadsafe", "TaskGroup"}
TIMERS = {"call_at", "call_later", "call_soon"}
HARMLESS = {"discard", "_seen", "_look_at", "written", "_broken", "<lambda>"}
"""What is done when a future is, and only tidies up; more than that is `when_done`."""


def called(node: ast.Call) -> tuple[str, str]:
    """The owner and the name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value), node.func.attr
    return "", ast.unparse(node.func)


def faults(module: str) -> list[str]:
    """What is begun past `wire.background`."""
    agents = module.startswith("alarminati.agent.")
    found = []
    for node in ast.walk(tree(modules()[module])):
        if not isinstance(node, ast.Call):
            continue
        owner, name = called(node)
        if name in TASKS or (agents and owner and name in TIMERS):
            found.append(f"{modules()[module]}:{node.lineno} {owner}.{name}")
        if name == "add_done_callback":
            (what,) = node.args
            last = "<lambda>" if isinstance(what, ast.Lambda) else ast.unparse(what).split(".")[-1]
            if last not in HARMLESS:
                found.append(f"{modules()[module]}:{node.lineno} does {last} when done")
    return found


@pytest.mark.parametrize("module", sorted(set(modules()) - {HOME}))
def test_nothing_is_begun_past_the_supervisor(module: str) -> None:
    assert not faults(module)


def test_the_rule_sees_what_it_is_for() -> None:
    assert len(faults(HOME)) >= 3
