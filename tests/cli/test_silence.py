"""`silence`, `silences`, `dead-letters`, and the parts of `channels` that change something."""

from __future__ import annotations

import pytest

from alarminati.cli.output.terminal import Exit
from alarminati.wire.structs import plain
from tests.cli.conftest import Run, StartAgents

LATER = "2027-01-01T00:00:00Z"


async def test_a_silence_is_made_listed_and_ended(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    made = await run(
        *("silence", "severity=WARNING", 'host=~"web.*"', "--until", LATER),
        *("--comment", "new disks", "--agent", agent.address),
    )
    assert made.out == (
        "0000000000000001 silences until 2027-01-01 09:00:00+09:00; 3 alarms that fire now fit.\n"
    )
    (silence,) = agent.silenced.values()
    assert list(silence.matchers) == ["severity=WARNING", 'host=~"web.*"']
    listed = await run("silences", "--json", "--agent", agent.address)
    assert listed.json == [
        {
            "id": "0000000000000001",
            "matchers": ["severity=WARNING", 'host=~"web.*"'],
            "start_time": "2025-09-18T03:42:00.000Z",
            "end_time": "2027-01-01T00:00:00.000Z",
            "created_by": "me",
            "comment": "new disks",
            "intervals": [],
            "state": "active",
            "matched_alarms": 3,
            "next_start_time": None,
            "next_end_time": None,
        }
    ]
    told = await run("silences", "list", "--agent", agent.address)
    assert told.out.splitlines()[0].split() == [
        "ID",
        "STATE",
        "FROM",
        "UNTIL",
        "BY",
        "MATCHERS",
        "COMMENT",
    ]
    ended = await run("silences", "expire", "0000000000000001", "--agent", agent.address)
    assert ended.out == "0000000000000001 is over.\n"
    none = await run("silences", "--agent", agent.address)
    assert none.out == "There are no silences.\n"


async def test_for_counts_from_the_beginning(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    made = await run(
        *("silence", "host=db-1", "--for", "1h30m", "--from", "2026-12-31T22:30:00Z"),
        *("--comment", "x", "--json", "--agent", agent.address),
    )
    assert made.json["end_time"] == "2027-01-01T00:00:00.000Z"
    assert made.json["matched_alarms"] == 3


async def test_what_is_not_given_stays_when_a_silence_is_changed(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    await run("silence", "host=db-1", "--until", LATER, "--comment", "new disks", *address)
    changed = await run(
        *("silences", "update", "0000000000000001", "--until", "2027-02-01T00:00:00Z", "--json"),
        *address,
    )
    assert changed.json["end_time"] == "2027-02-01T00:00:00.000Z"
    (kept,) = agent.silenced.values()
    assert (list(kept.matchers), kept.comment) == (["host=db-1"], "new disks")


async def test_a_silence_comes_again_at_its_times(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    made = await run(
        *("silence", "job=backup", "--weekdays", "sunday", "--times", "22:00-06:00"),
        *("--location", "Asia/Seoul", "--for", "90d", "--comment", "weekly backup"),
        *("--agent", agent.address),
    )
    assert "It silences only at sunday 22:00-06:00 Asia/Seoul; next from now" in made.out
    (kept,) = agent.silenced.values()
    (interval,) = kept.intervals
    assert (list(interval.weekdays), interval.location) == (["sunday"], "Asia/Seoul")
    assert [(each.start_time, each.end_time) for each in interval.times] == [("22:00", "06:00")]
    listed = await run("silences", "--agent", agent.address)
    assert "job=backup (sunday 22:00-06:00 Asia/Seoul)" in listed.out
    shown = await run("silences", "show", kept.id, "--json", "--agent", agent.address)
    assert shown.json["intervals"][0]["times"] == [{"start_time": "22:00", "end_time": "06:00"}]


async def test_a_preview_makes_nothing(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    told = await run("silence", "host=db-1", "--preview", "--agent", agent.address)
    assert told.out == "host=db-1 would silence 3 alarms that fire now.\n  and 3 more\n"
    as_json = await run("silence", "host=db-1", "--preview", "--json", "--agent", agent.address)
    assert as_json.json == {
        "matchers": ["host=db-1"],
        "matched_alarms": 3,
        "alarms": [],
        "equal_silences": [],
    }
    assert not agent.silenced


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "either MATCHER or --alarm ID"),
        (("a=b", "--alarm", "x-1"), "either MATCHER or --alarm ID"),
        (("a=b", "--for", "1h"), "say why with --comment"),
        (("a=b", "--for", "1h", "--comment", " "), "say why with --comment"),
        (("a=b", "--times", "25:00-26:00"), "is not a time of day"),
        (("a=b", "--times", "10:00"), "is not a time of day"),
        (("a=b", "--weekdays", "funday"), "is not one of sunday, monday"),
        (("a=b", "--weekdays", "sunday", "--location", "Mars"), "is not a time zone"),
        (("a=b", "--location", "Asia/Seoul"), "goes with --times or --weekdays"),
    ],
)
async def test_slips_are_named_before_an_agent_is_asked(
    run: Run, options: tuple[str, ...], sentence: str
) -> None:
    ended = await run("silence", *options, "--agent", "127.0.0.1:1")
    assert ended.code == Exit.USAGE
    assert sentence in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["silence", "a=b", "--comment", "x"], Exit.USAGE, "say how long: either --for"),
        (["silence", "a=b", "--for", "2 hours", "--comment", "x"], Exit.USAGE, "not a duration"),
        (["silence", "a=b", "--for", "0s", "--comment", "x"], Exit.USAGE, "more than nothing"),
        (["silence", "a=b", "--for", "2h"], Exit.USAGE, "--comment"),
        (["silence", "--for", "2h", "--comment", "x"], Exit.USAGE, "MATCHER"),
        (["silence", "a=b", "--for", "2h", "--comment", ""], Exit.USAGE, "say why with --comment"),
        (["silence", "add", "a=b"], Exit.USAGE, "No such command 'add'. Did you mean 'silence'?"),
        (["silence", "list"], Exit.USAGE, "Did you mean 'silences list'?"),
        (["silences", "update", "nosuch"], Exit.USAGE, "say what to change"),
        (["silences", "update", "nosuch", "a=b"], Exit.NOT_FOUND, "no silence 'nosuch' is kept"),
        (["silences", "expire", "nosuch"], Exit.NOT_FOUND, "no silence 'nosuch' is kept"),
    ],
)
async def test_mistakes_are_one_sentence(
    arguments: list[str], code: Exit, sentence: str, start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    ended = await run(*arguments, ALARMINATI_AGENT=agent.address)
    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1


async def test_g7_a_secret_is_asked_for_and_never_on_the_command_line(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    add = ("channels", "create", "pager", "--type", "webhook")
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
    assert plain(agent.registered["pager"].settings) == {
        "url": "https://example.com/canary",
        "rate": "2",
        "headers": {"X-Team": "blue"},
    }


async def test_settings_from_a_file(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    add = ("channels", "create", "pager", "--type", "webhook", "--file", "-")
    made = await run(
        *add,
        *("--json", "--agent", agent.address),
        input="url: https://example.com/\nrate: 2\n",
    )
    assert (made.json["definition"], made.json["created_by"]) == ("registered", "me")
    assert plain(agent.registered["pager"].settings)["rate"] == 2
    twice = await run(*add, "--agent", agent.address, input="url: https://example.com/\n")
    assert twice.code == Exit.REFUSED
    assert "registered already; update it" in twice.err
    update = ("channels", "update", "pager", "--file", "-")
    changed = await run(*update, "--agent", agent.address, input="url: https://example.org/\n")
    assert changed.out == "pager is changed; `alarminati channels test pager` tries it.\n"
    assert list(agent.updates[-1].update_mask.paths) == ["settings"]
    bad = await run(*update, "--agent", agent.address, input="url: [canary\n")
    assert bad.code == Exit.USAGE
    assert bad.err.startswith("alarminati: standard input: ")
    assert "canary" not in bad.err
    gone = await run("channels", "delete", "pager", "--agent", agent.address)
    assert gone.out == "pager is deleted.\n"
    none = await run(*update, "--agent", agent.address, input="url: https://example.org/\n")
    assert none.code == Exit.NOT_FOUND
    again = await run("channels", "delete", "pager", "--agent", agent.address)
    assert again.code == Exit.NOT_FOUND


async def test_what_is_not_given_stays(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    add = ("channels", "create", "pager", "--type", "webhook", "--set", "url=-")
    matchers = ("--match", "team=web", "--min-severity", "error")
    made = await run(*add, *matchers, "--json", *address, input="https://example.com/\n")
    assert (made.json["matchers"], made.json["min_severity"]) == (["team=web"], "ERROR")
    listed = await run("channels", "list", *address)
    assert "team=web, ERROR or worse" in listed.out
    update = ("channels", "update", "pager")
    changes: tuple[tuple[tuple[str, ...], list[str]], ...] = (
        (("--set", "rate=2", "--unset", "language"), ["settings"]),
        (("--match", "team=db"), ["matchers"]),
        (("--all",), ["matchers", "min_severity"]),
        (("--fallback", ""), ["fallback"]),
    )
    for more, paths in changes:
        await run(*update, *more, *address)
        assert list(agent.updates[-1].update_mask.paths) == paths
    assert plain(agent.updates[0].channel.settings) == {"rate": "2", "language": None}
    slips: tuple[tuple[tuple[str, ...], str], ...] = (
        ((), "say what to change"),
        (("--all", "--match", "a=b"), "--all drops"),
        (("--set", "url=https://canary"), "url is secret"),
    )
    for more, why in slips:
        refused = await run(*update, *more, *address)
        assert refused.code == Exit.USAGE
        assert why in refused.err


async def test_dead_letters(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    listed = await run("dead-letters", "list", "--json", *address)
    assert listed.json == [
        {
            "id": "aaaaaaaa-7",
            "channel": "ops",
            "fail_time": "2025-09-18T03:42:00.000Z",
            "alarm_count": 2,
            "fingerprints": [],
            "cause": "rejected",
            "detail": "gone",
        }
    ]
    assert (
        "aaaaaaaa-7  2025-09-18 12:42:00+09:00  ops"
        in (await run("dead-letters", "list", *address)).out
    )
    agent.dropped = 7
    assert "dropped for newer ones: 7." in (await run("dead-letters", *address)).out
    agent.dropped = 0
    both = await run("dead-letters", "resend", "aaaaaaaa-7", "--channel", "ops", *address)
    assert both.code == Exit.USAGE
    assert "say which" in both.err
    resent = await run("dead-letters", "resend", "aaaaaaaa-7", *address)
    assert resent.out == "Dead letters told again: 1.\n"
    none = await run("dead-letters", "list", "--channel", "ops", *address)
    assert none.out == "There are no dead letters.\n"


async def test_dead_letters_are_discarded(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    address = ("--agent", agent.address)
    discard = ("dead-letters", "discard")
    neither = await run(*discard, *address)
    assert (neither.code, "say which" in neither.err) == (Exit.USAGE, True)
    gone = await run(*discard, "--channel", "ops", "--comment", "told by phone", *address)
    assert gone.out == "Dead letters discarded: 1.\n"
    none = await run(*discard, "aaaaaaaa-7", *address)
    assert none.code == Exit.NOT_FOUND
