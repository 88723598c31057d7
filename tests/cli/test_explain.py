"""`explain` with agents: why an alarm was told, or was not, and where one would go."""

from __future__ import annotations

import pytest

from alarminati.cli.output.terminal import Exit
from alarminati.core.model.entries import Alarm, Severity
from tests.cli.conftest import Run, StartAgents


async def test_why_an_alarm_was_not_told(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    id = await agent.add(Alarm("disk", Severity.WARNING, 1, labels=(("team", "web"),)))
    told = await run("explain", str(id), "--agent", agent.address)
    assert told.code == 0, told.err
    first, *lines = told.out.splitlines()
    assert "disk" in first
    until = "2025-09-18 13:42:00+09:00"
    quiet = f"quiet hours (nights) until {until} at least"
    assert lines == [
        "severity=WARNING, at 2025-09-18 12:42:00+09:00",
        'taken by route.routes[0] (team="web")',
        "taken by channels/boss (ERROR or worse)",
        f"not told: silenced by kim until {until}: new disks",
        "  ops (route.routes[0])",
        "    waits 30s for others of its group (host=db-1), then 0s between messages",
        "    told again every 4h until it is over or acknowledged",
        f"    not told: {quiet}",
        "    what it does not take goes to boss, too",
        "  boss, 15m after its start unless acknowledged (channels/boss)",
        "  lab: no route leads there",
        'kept quiet while an alarm fires that fits severity="CRITICAL" and has the same host',
    ]
    found = (await run("explain", str(id), "--json", "--agent", agent.address)).json
    assert found["branches"][1] == {
        "path": "channels/boss",
        "matchers": [],
        "min_severity": "ERROR",
        "channels": ["boss"],
    }
    ops, boss, lab = found["channels"]
    assert ops["delivery"]["reason"] == "muted" and ops["attempts"] == 0
    assert (boss["escalation_delay_seconds"], boss["delivery"]) == (900.0, None)
    assert (lab["path"], lab["group"]) == (None, None)
    assert found["mutes"][0]["reason"] == "silenced"
    assert found["inhibitions"] == [{"source_matchers": ['severity="CRITICAL"'], "equal": ["host"]}]


async def test_where_an_alarm_would_go(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    told = await run("explain", "--label", "team=web", "--agent", agent.address)
    assert told.out.startswith("severity=WARNING team=web, at 2025-09-18 12:42:00+09:00\n")
    assert "    told at 2025-09-18 13:42:00+09:00 at the earliest" in told.out.splitlines()


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ((), Exit.USAGE, "its ID, or --label"),
        (("x-1", "--label", "a=b"), Exit.USAGE, "or --label of one that would fire"),
        (("--label", "source=x"), Exit.USAGE, "add --config FILE"),
        (("7h3kq0zp-42",), Exit.NOT_FOUND, "7h3kq0zp-42"),
    ],
)
async def test_mistakes_are_one_sentence(
    start_agents: StartAgents, run: Run, options: tuple[str, ...], code: int, sentence: str
) -> None:
    (agent,) = await start_agents(1)
    ended = await run("explain", *options, "--agent", agent.address)
    assert ended.code == code
    assert sentence in ended.err
