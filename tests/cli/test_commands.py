"""Commands that ask and answer: what they print, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from alarminati.cli.output.rendering import iso
from alarminati.cli.output.terminal import Exit
from alarminati.client import Action, Alarm, Severity
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.credentials import Tls, bind
from alarminati.wire.identity import Role
from tests.cli.conftest import Run, StartAgents
from tests.client.agents import NOW, Agent, sample, tell_whole_story


def reported(agent: Agent) -> Alarm:
    (fact,) = agent.stored
    assert isinstance(fact.body, Alarm)
    return fact.body


# -- report


async def test_report_prints_the_id(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    ended = await run("report", "disk is full", "--severity", "CRITICAL", "--agent", agent.address)
    assert ended == type(ended)(0, f"{agent.origin}-1\n", "")
    assert (reported(agent).message, reported(agent).severity) == ("disk is full", 50)


async def test_report_takes_everything_an_alarm_has(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    options = {
        "--severity": "crit",
        "--project": "billing",
        "--key": "disk:db-1",
        "--timestamp": "2025-09-18T12:42:00+09:00",
        "--link": "https://example.com/db-1",
        "--annotation": "runbook=page=4",
        "--request-id": "r-1",
    }
    words = [word for pair in options.items() for word in pair]
    labels = ["--label", "host=db-1", "--label", "disk=/var"]
    ended = await run(
        "report", "-", *words, *labels, "--resolved", "--json",
        input="disk is\nfull\n",
        ALARMINATI_AGENT=agent.address,
    )  # fmt: skip
    assert ended.json == {
        "id": f"{agent.origin}-1",
        "replicas": 1,
        "fingerprint": reported(agent).fingerprint(),
        "effect": None,
    }
    assert reported(agent) == Alarm(
        "disk is\nfull",
        Severity.CRITICAL,
        NOW,
        True,
        (("disk", "/var"), ("host", "db-1")),
        "billing",
        "disk:db-1",
        (("runbook", "page=4"),),
        "https://example.com/db-1",
    )


async def test_report_survives_the_loss_of_an_agent(start_agents: StartAgents, run: Run) -> None:
    """G3, with a list from one option, several, or the environment."""
    a, b = await start_agents(2)
    await a.stop()
    both = f"{a.address},{b.address}"
    assert (await run("report", "one", "--agent", both)).code == Exit.OK
    ended = await run("report", "two", "--agent", a.address, "--agent", b.address)
    assert ended.code == Exit.OK
    assert (await run("report", "three", ALARMINATI_AGENT=both)).code == Exit.OK
    assert len(b.stored) == 3


# -- failures


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["report", ""], Exit.REFUSED, "message: is empty; say what happened"),
        (["report", "x", "--severity", "bad"], Exit.USAGE, "'bad' is not one of CRITICAL"),
        (["report", "x", "--label", "host"], Exit.USAGE, "'host' is not of the form NAME=VALUE"),
        (["report", "x", "--timestamp", "noon"], Exit.USAGE, "'noon' is not a time"),
        (["report", "x", "--min-replicas", "3", "--timeout", "0.3"], Exit.UNREACHABLE, "3 were"),
        (["show", "nosuch-1"], Exit.NOT_FOUND, "no alarm nosuch-1 is kept"),
        (["ack", "nosuch-1"], Exit.NOT_FOUND, "no alarm nosuch-1 is kept"),
        (["resolve"], Exit.USAGE, "Give ids, or --source"),
        (["resolve", "a-1", "--source", "web"], Exit.USAGE, "Give ids, or --source"),
        (["resolve", "nosuch-1"], Exit.NOT_FOUND, "no alarm nosuch-1 is kept"),
        (["channels", "test", "nosuch"], Exit.NOT_FOUND, "no channel is named nosuch"),
        (["list", "--offline"], Exit.NOT_FOUND, "there is no cache of"),
        (["status", "--agent", "a b"], Exit.USAGE, "'a b' is not of the form HOST:PORT"),
        (["status", "--agent", "x:99999"], Exit.USAGE, "not of the form HOST:PORT"),
        (["status", "--agent", "192.0.2.1:7443"], Exit.USAGE, "without certificates only this"),
        (["status", "--agent", "127.0.0.1:1", "--timeout", "1"], Exit.UNREACHABLE, "refused"),
        (
            ["status", "--agent", "127.0.0.1:1", "--timeout", "1"],
            Exit.UNREACHABLE,
            "nothing listens there (connection refused); to find out why: alarminati doctor",
        ),
        (["status", "--tls", "/nosuch"], Exit.USAGE, "'/nosuch' does not exist"),
    ],
)
async def test_failures_are_one_sentence_and_a_code(
    arguments: list[str], code: Exit, sentence: str, start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    ended = await run(*arguments, ALARMINATI_AGENT=agent.address)
    assert ended.code == code
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("alarminati: ")
    assert sentence in ended.err


async def test_certificates_that_cannot_be_used_are_said(run: Run, tmp_path: Path) -> None:
    ended = await run("status", "--tls", str(tmp_path))
    assert ended.code == Exit.FAILED
    assert "ca.crt: cannot read the certificate" in ended.err


async def test_who_has_no_certificate_is_told_where_to_get_one(run: Run, tmp_path: Path) -> None:
    authority, folder = Authority.create(), tmp_path / "agent"
    save_issued(authority.issue(Role.AGENT, "a", days=9), folder)
    tls = Tls.load(folder)
    server = grpc.aio.server()
    port = bind(server, "127.0.0.1:0", lambda: tls)
    await server.start()
    try:
        ended = await run("status", "--agent", f"127.0.0.1:{port}", "--timeout", "2")
    finally:
        await server.stop(None)
    assert ended.code == Exit.UNREACHABLE
    assert "perhaps it demands TLS" in ended.err
    assert "alarminati doctor; to get a certificate: alarminati join" in ended.err


# -- list, show, ack


async def test_list_shows_what_fires(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    alarm = Alarm("bell \x07 and\nmore", Severity.ERROR, NOW, labels=(("host", "db-1"),))
    id = await agent.add(alarm)
    await agent.add(sample(2, resolved=True))
    await agent.add(Action.acknowledge(alarm.fingerprint(), "jane"))
    ended = await run("list", "--agent", agent.address)
    assert ended.out == (
        "2025-09-18 12:42:00+09:00 ERROR    w-sharing bell � and more host=db-1"
        f"  acknowledged by jane  {id}\n"
    )
    everything = await run("list", "--all", "--json", "--agent", agent.address)
    assert [one["state"] for one in everything.json] == ["resolved", "firing"]
    assert everything.json[1] == {
        "id": str(id),
        "fingerprint": alarm.fingerprint(),
        "timestamp": "2025-09-18T03:42:00.000Z",
        "severity": "ERROR",
        "state": "firing",
        "project": "w-sharing",
        "message": "bell \x07 and\nmore",
        "labels": {"host": "db-1"},
        "annotations": {},
        "key": "",
        "link": "",
        "source": "",
        "worst_severity": "ERROR",
        "start_time": "2025-09-18T03:42:00.000Z",
        "end_time": None,
        "last_report_time": None,
        "report_count": 1,
        "daily_start_count": 0,
        "acknowledgement": {"created_by": "jane", "create_time": iso(NOW), "comment": ""},
        "assignee": None,
        "note_count": 0,
        "mutes": [],
        "deliveries": [],
        "end_reason": None,
    }


async def test_list_searches_for_words_in_messages_and_labels(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    one = Alarm("결제 API 5xx 비율", Severity.ERROR, NOW, labels=(("host", "ws-1"),))
    other = Alarm("Redis is full", Severity.CRITICAL, NOW, labels=(("host", "ws-2"),))
    for each in (one, other):
        await agent.add(each)
    for search, messages in (
        ("api 결제", [one.message]),
        ("HOST=ws-2", [other.message]),
        ("ws- 결제", [one.message]),
        ("nothing", []),
    ):
        ended = await run("list", "--json", "--search", search, "--agent", agent.address)
        assert [each["message"] for each in ended.json] == messages, search
    said = await run("list", "--search", "nothing", "--agent", agent.address)
    assert said.out == "No alarm is firing.\n"


async def test_nothing_to_list_is_said_in_the_readers_language(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    assert (await run("list", "--agent", agent.address)).out == "No alarm is firing.\n"
    korean = await run("list", "--agent", agent.address, ALARMINATI_LANG="ko")
    assert korean.out == "발생 중인 알람이 없습니다.\n"
    assert (await run("list", "--json", "--agent", agent.address)).json == []


async def test_show_tells_the_story(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    id = await tell_whole_story(agent)
    told = (await run("show", str(id), "--agent", agent.address)).out.splitlines()
    assert [line.split("  ")[0].split(" ", 2)[2] for line in told[-4:]] == [
        f"to be sent to ops: {id} firing",
        "ops: retry (attempt 1, a, 12 ms): it answered 500",
        "ops: delivered (attempt 2, a, 9 ms)",
        f"acknowledged by jane: on it ({sample(1).fingerprint()})",
    ]
    story = (await run("show", str(id), "--json", "--agent", agent.address)).json
    own = sample(1).fingerprint()
    assert story["alarm"]["fingerprint"] == story["history"][0]["fingerprint"] == own
    assert [one["type"] for one in story["history"]] == [
        "alarm",
        "notification",
        "delivery_attempt",
        "delivery_attempt",
        "action",
    ]
    assert story["history"][1]["items"] == [
        {
            "alarm_id": str(id),
            "fingerprint": sample(1).fingerprint(),
            "state": "firing",
            "reason": "state_changed",
            "reminder_number": 0,
        }
    ]
    assert story["history"][2] | {"id": ""} == {
        "type": "delivery_attempt",
        "id": "",
        "time": "2025-09-18T03:42:00.002Z",
        "notification_id": story["history"][1]["id"],
        "result": "retry",
        "cause": None,
        "attempt": 1,
        "replica": "a",
        "duration_ms": 12,
        "retry_after_ms": None,
        "detail": "it answered 500",
        "message_id": None,
    }


async def test_ack_says_who_is_on_it(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    id = await agent.add(sample(1))
    ended = await run("ack", str(id), "--comment", "on it", "--json", "--agent", agent.address)
    assert ended.json["alarms"][0]["acknowledgement"] == {
        "created_by": "anonymous",
        "create_time": iso(NOW),
        "comment": "on it",
    }
    assert agent.stored[-1].body == Action.acknowledge(
        sample(1).fingerprint(), "anonymous", "on it"
    )


# -- channels, completion


async def test_channels(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    listed = await run("channels", "list", "--json", "--agent", agent.address)
    assert listed.json == [
        {
            "name": "ops",
            "type": "webhook",
            "settings": {},
            "secret_settings": [],
            "matchers": [],
            "min_severity": None,
            "fallback": None,
            "destination": "127.0.0.1",
            "definition": "unknown",
            "created_by": None,
            "update_time": None,
            "status": {
                "state": "ok",
                "pending": 1,
                "dead_letters": 0,
                "last_delivery_time": None,
                "last_error": None,
                "last_error_cause": None,
                "last_error_time": None,
                "resume_time": None,
                "quotas": [],
                "last_test_time": None,
            },
        },
        listed.json[1],
    ]
    team = listed.json[1]["status"]
    assert (team["state"], team["last_error"]) == ("failing", "it answered 500")
    shown = (await run("channels", "list", "--agent", agent.address)).out
    assert "! team: it answered 500" in shown
    one = await run("channels", "show", "ops", "--agent", agent.address)
    assert "state: ok" in one.out
    types = await run("channels", "types", "webhook", "--agent", agent.address)
    assert "url" in types.out
    assert "(needed)" in types.out
    none = await run("channels", "types", "nosuch", "--agent", agent.address)
    assert none.code == Exit.USAGE
    good = await run("channels", "test", "ops", "--agent", agent.address)
    assert good == type(good)(0, "ops took it in 12 ms.\n", "")
    bad = await run("channels", "test", "team", "--agent", agent.address)
    assert (bad.code, bad.out) == (Exit.FAILED, "")
    assert "team did not take it: it answered 500" in bad.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_completion_scripts(shell: str, run: Run) -> None:
    ended = await run("completion", shell)
    assert ended.code == Exit.OK
    assert f"_ALARMINATI_COMPLETE={shell}_complete" in ended.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [("alarminati rep", "plain,report"), ("alarminati report x --severity c", "plain,CRITICAL")],
)
def test_completion_knows_commands_and_severities(words: str, offered: str) -> None:
    number = str(len(words.split()) - 1)
    ended = subprocess.run(
        [sys.executable, "-m", "alarminati"],
        env=os.environ
        | {"_ALARMINATI_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": number},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == offered + "\n", ended.stderr
