"""An imported configuration sends alarms where a real Alertmanager sends them."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from alarminati.config import load_routing
from alarminati.config.alertmanager import convert
from alarminati.core.model.entries import Alarm
from alarminati.core.routing.routes import Router
from alarminati.edge.alertmanager import read_notification

NOW = 1_760_000_000_000
TREES = int(os.environ.get("ALARMINATI_TREES", "60"))
ALERTS = 3  # for each tree
PARTS = 4
ALWAYS = ("project", "source")  # an alarm that names none has one here all the same
VALUES = {
    "severity": [
        *(
            "critical",
            "Critical",
            "CRITICAL",
            "crit",
            "page",
            "emergency",
            "fatal",
            "error",
            "high",
        ),
        *(
            "major",
            "warning",
            "WARNING",
            "warn",
            "info",
            "none",
            "notify",
            "ticket",
            "p1",
            "p3",
            "",
        ),
    ],
    "team": ["web", "db", "web-2", 'q"uo\\te', "한글", "a.b"],
    "env": ["prod", "lab", "a,b", "{x}", "line\nbreak"],
    "instance": ["10.0.0.1:9100", "db1.example.org"],
    "project": ["shop", "bank"],
    "source": ["node", "alertmanager"],
}
PATTERNS = [
    *(
        ".*",
        ".+",
        "web.*",
        "web|db",
        "",
        "[a-z]+",
        "(?i)PROD",
        "critical|p3",
        "page|CRITICAL",
        "w.b",
        r"\w+",
    ),
    *(r"10\.0\..*", "(web|db)-?[0-9]*", "a,b|lab", r"[^\n]+", "c.*", "p.d|^prod$"),
]


def matcher(dice: random.Random) -> tuple[str, str, str]:
    name = dice.choice([*VALUES, "absent"])
    if name == "absent":
        return name, dice.choice(["=", "!=", "=~", "!~"]), dice.choice(["", ".*"])
    op = dice.choice(["=", "!=", "=~", "!~"])
    values = PATTERNS if "~" in op else VALUES[name]
    return name, op, dice.choice(values)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def route(dice: random.Random, depth: int) -> dict[str, Any]:
    """A branch as people write them, old ways and new."""
    made: dict[str, Any] = {"continue": dice.random() < 0.3}
    if dice.random() < 0.8:
        made["receiver"] = dice.choice(["r0", "r1", "r2", "r3", "null"])
    for name, op, value in (matcher(dice) for _ in range(dice.choice([0, 1, 1, 1, 2]))):
        if op == "=" and dice.random() < 0.3:
            made.setdefault("match", {})[name] = value
        elif op == "=~" and dice.random() < 0.3:
            made.setdefault("match_re", {})[name] = value
        else:
            space = dice.choice(["", " "])
            made.setdefault("matchers", []).append(f"{name}{space}{op}{space}{quoted(value)}")
    if depth and dice.random() < 0.6:
        made["routes"] = [route(dice, depth - 1) for _ in range(dice.randint(1, 4))]
    return made


def tree(dice: random.Random) -> dict[str, Any]:
    branches = [route(dice, 2) for _ in range(dice.randint(1, 5))]
    hooks = [
        {"name": f"r{n}", "webhook_configs": [{"url": f"http://r{n}.example/"}]} for n in range(4)
    ]
    return {
        "route": {"receiver": "r0", "routes": branches},
        "receivers": [*hooks, {"name": "null"}],
    }


async def said(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()
    return out.decode().strip()


def alarm_of(labels: dict[str, str]) -> Alarm:
    """What comes of such an alert through the door for Alertmanager."""
    alert = {"status": "firing", "labels": labels, "fingerprint": "f"}
    alert["startsAt"] = "2025-10-09T08:53:20Z"
    (alarm,) = read_notification(msgspec.json.encode({"alerts": [alert]}), NOW)
    assert isinstance(alarm, Alarm)
    return alarm


def ours(path: Path, labels: dict[str, str]) -> list[str]:
    """Where the alert goes by an imported configuration."""
    router = Router(load_routing(path).route.tree())
    return sorted(router.assign(alarm_of(labels), "default").channels)


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_same_alarm_goes_to_the_same_receivers(
    part: int, tool: Callable[[str], str], tmp_path: Path
) -> None:
    amtool = tool("amtool")

    async def one(seed: int) -> None:
        dice = random.Random(seed)
        whole = tree(dice)
        theirs, file = tmp_path / f"{seed}.am.yml", tmp_path / f"{seed}.yaml"
        theirs.write_text(yaml.safe_dump(whole, allow_unicode=True))
        converted = convert(yaml.safe_load(theirs.read_text()), tmp_path)
        assert not [note for note in converted.notes if "JSON" not in note], seed
        file.write_text(yaml.safe_dump(converted.config, allow_unicode=True))
        for _ in range(ALERTS):
            names = [name for name in VALUES if name in ALWAYS or dice.random() < 0.7]
            labels = {name: dice.choice(VALUES[name]) for name in names}
            words = [f"{name}={quoted(value)}" for name, value in labels.items()]
            told = await said(amtool, "config", "routes", "test", f"--config.file={theirs}", *words)
            receivers = {name for name in told.split(",") if name != "null"}
            assert ours(file, labels) == sorted(receivers), f"seed {seed}: {labels}"

    for seed in range(part, TREES, PARTS):
        await one(seed)
