"""`alarminati silence` and the parts of `alarminati channels` that change something."""

from __future__ import annotations

import json

import pytest

from alarminati.cli.output.terminal import Exit
from tests.cli.conftest import Run, StartAgents

LATER = "2027-01-01T00:00:00Z"


async def test_a_silence_is_made_listed_and_ended(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    made = await run(
        *("silence", "add", "severity=WARNING", 'host=~"web.*"', "--until", LATER),
        *("--comment", "new disks", "--agent", agent.address),
    )
    assert made.out == (
        "0000000000000001 silences until 2027-01-01 09:00:00+09:00; 3 alarms that fire now fit.\n"
    )
    (silence,) = agent.silenced.values()
    assert list(silence.matchers) == ["severity=WARNING", 'host=~"web.*"']
    listed = await run("silence", "--json", "--agent", agent.address)
    assert listed.json == [
        {
            "id": "0000000000000001",
            "matchers": ["severity=WARNING", 'host=~"web.*"'],
            "starts": "2025-09-18T03:42:00.000Z",
            "ends": "2027-01-01T00:00:00.000Z",
            "by": "me",
            "comment": "new disks",
        }
    ]
    told = await run("silence", "list", "--agent", agent.address)
    assert told.out.splitlines()[0].split() == [
        "ID",
        "STATE",
        "FROM",
        "UNTIL",
        "BY",
        "MATCHERS",
        "COMMENT",
    ]
    ended = await run("silence", "expire", "0000000000000001", "--agent", agent.address)
    assert ended.out == "0000000000000001 is over.\n"
    none = await run("silence", "--agent", agent.address)
    assert none.out == "There are no silences.\n"


async def test_for_counts_from_the_beginning(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    made = await run(
        *("silence", "add", "host=db-1", "--for", "1h30m", "--from", "2026-12-31T22:30:00Z"),
        *("--comment", "x", "--json", "--agent", agent.address),
    )
    assert made.json["ends"] == "2027-01-01T00:00:00.000Z"
    assert made.json["fits"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["add", "a=b", "--comment", "x"], Exit.USAGE, "say how long: either --for DURATION or"),
        (["add", "a=b", "--for", "2 hours", "--comment", "x"], Exit.USAGE, "not a duration"),
        (["add", "a=b", "--for", "0s", "--comment", "x"], Exit.USAGE, "more than nothing"),
        (["add", "a=b", "--for", "2h"], Exit.USAGE, "--comment"),
        (["add", "--for", "2h", "--comment", "x"], Exit.USAGE, "MATCHER"),
        (["add", "a=b", "--for", "2h", "--comment", ""], Exit.REFUSED, "comment: must say why"),
        (["expire", "nosuch"], Exit.NOT_FOUND, "no silence 'nosuch' is kept"),
    ],
)
async def test_mistakes_are_one_sentence(
    arguments: list[str], code: Exit, sentence: str, start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    ended = await run("silence", *arguments, ALARMINATI_AGENT=agent.address)
    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1


async def test_g7_a_secret_is_asked_for_and_never_on_the_command_line(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    add = ("channels", "add", "pager", "--type", "webhook")
    shown = await run(*add, "--set", "url=https://example.com/canary", *address)
    assert shown.code == Exit.USAGE
    assert "url is secret" in shown.err
    assert "canary" not in shown.err
    nothing = await run(*add, "--set", "url=-", *address)
    assert "nothing was given on standard input" in nothing.err
    assert not agent.registered
    made = await run(
        *add,
        *("--set", "url=-", "--set", "rate=2", "--set", "headers.X-Team=-"),
        *address,
        input="https://example.com/canary\nblue\n",
    )
    assert made.out == "pager is registered; `alarminati channels test pager` tries it.\n"
    assert json.loads(agent.registered["pager"].settings) == {
        "url": "https://example.com/canary",
        "rate": "2",
        "headers": {"X-Team": "blue"},
    }


async def test_settings_from_a_file(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    add = ("channels", "add", "pager", "--type", "webhook", "--file", "-")
    made = await run(
        *add,
        *("--json", "--agent", agent.address),
        input="url: https://example.com/\nrate: 2\n",
    )
    assert (made.json["origin"], made.json["by"]) == ("registered", "me")
    assert json.loads(agent.registered["pager"].settings)["rate"] == 2
    bad = await run(*add, "--agent", agent.address, input="url: [canary\n")
    assert bad.code == Exit.USAGE
    assert bad.err.startswith("alarminati: standard input: ")
    assert "canary" not in bad.err
    gone = await run("channels", "remove", "pager", "--agent", agent.address)
    assert gone.out == "pager is removed.\n"
    again = await run("channels", "remove", "pager", "--agent", agent.address)
    assert again.code == Exit.NOT_FOUND


async def test_dead_letters(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    listed = await run("channels", "dead", "--json", *address)
    assert listed.json == [
        {
            "id": "aaaaaaaa-7",
            "channel": "ops",
            "died": "2025-09-18T03:42:00.000Z",
            "alarms": 2,
            "fingerprints": [],
            "detail": "gone",
        }
    ]
    assert (
        "aaaaaaaa-7  2025-09-18 12:42:00+09:00  ops"
        in (await run("channels", "dead", *address)).out
    )
    both = await run("channels", "resend", "aaaaaaaa-7", "--channel", "ops", *address)
    assert both.code == Exit.USAGE
    assert "say which" in both.err
    resent = await run("channels", "resend", "aaaaaaaa-7", *address)
    assert resent.out == "Dead letters told again: 1.\n"
    none = await run("channels", "dead", "--channel", "ops", *address)
    assert none.out == "There are no dead letters.\n"
