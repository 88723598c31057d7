"""Moving to another computer: a backup taken there is what was here, and damage is survived."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from alarminati.cli.main import main
from alarminati.client.profile import Profiles
from alarminati.ui.app import App
from alarminati.ui.backup import backup, imported
from alarminati.ui.offline import opened
from alarminati.ui.problems import Problem
from alarminati.ui.schema.acts import ActRequest
from alarminati.ui.schema.common import AlarmKey
from alarminati.ui.store.listing import Query
from tests.support.ui_fixture import made_app


@contextmanager
def here(folder: Path) -> Iterator[App]:
    """An app with history, triage and settings of its own."""
    folder.mkdir()
    app = made_app(folder, 11, size=40)
    app.settings.theme = "dark"
    app.base.keep_setting("settings", {"theme": "dark"})
    try:
        yield app
    finally:
        for live in app.live.values():
            assert live.history is not None
            live.history.close()
        app.base.close()


def told(app: App) -> list[tuple[object, ...]]:
    """What a person sees of all alarms."""
    query = Query(tab="all", archived=True, limit=1000)
    rows = app.listing(lambda listing: listing.answer(query)).rows
    return sorted(
        (
            *(row.cluster, row.fingerprint, row.message, row.firing, row.start_ms, row.end_ms),
            *(row.ack, row.report_count, row.done, row.snoozed_until_ms, row.note_count),
        )
        for row in rows
    )


def put_aside(app: App) -> None:
    """Let the person do something of their own."""
    rows = app.listing(lambda listing: listing.answer(Query(tab="todo"))).rows[:3]
    keys = [AlarmKey(row.cluster, row.fingerprint) for row in rows]
    app.outbox.do(ActRequest("one", "done", keys[:2]))
    later = app.now() + 3_600_000
    app.outbox.do(ActRequest("two", "snooze", keys[2:], until_ms=later))


def test_all_of_it_arrives_and_a_second_time_adds_nothing(tmp_path: Path) -> None:
    with here(tmp_path / "old") as app:
        put_aside(app)
        lines, before = list(backup(app)), told(app)
        companies = {id: each.name for id, each in app.directory.companies.items()}
    assert not any("PRIVATE" in line or "BEGIN" in line for line in lines)
    with opened(tmp_path / "new", Profiles(tmp_path / "none")) as app:
        result = imported(app, lines)
        assert not result.problems and result.clusters == 4 and result.records
        assert told(app) == before
        assert {id: each.name for id, each in app.directory.companies.items()} == companies
        assert app.settings.theme == "dark"
        aside = "select count(*) from alarms where tab = 3"
        assert app.base.one(aside) == 3
        again = imported(app, lines)
        assert not again.problems and not again.records and again.skipped == result.records
    with opened(tmp_path / "new", Profiles(tmp_path / "none")) as app:  # and it lasts
        assert told(app) == before


def test_damaged_lines_are_named_and_the_others_are_taken(tmp_path: Path) -> None:
    with here(tmp_path / "old") as app:
        lines = list(backup(app))
    whole = sum('{"r"' in line for line in lines)
    at = next(number for number, line in enumerate(lines) if '{"r"' in line)
    lines[at] = lines[at][:30] + "\n"
    lines[at + 1] = '{"r": ["nowhere", "x", 1, "p", 0, ""]}\n'
    lines[at + 2] = json.dumps({"r": ["old", "x", 1, "", 0, base64.b64encode(b"\xff").decode()]})
    lines.insert(at, "[[[[\n")
    with opened(tmp_path / "new", Profiles(tmp_path / "none")) as app:
        result = imported(app, lines)
    assert result.records == whole - 3
    assert [each.split(":")[0] for each in result.problems] == [
        f"line {at + number}" for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize("first", ["", "{}", "route:\n  receiver: x\n", "\x00\xff", "[" * 5000])
def test_another_file_is_refused(tmp_path: Path, first: str) -> None:
    with opened(tmp_path / "new", Profiles(tmp_path / "none")) as app:
        with pytest.raises(Problem) as refused:
            imported(app, [first])
        assert refused.value.error.ko and not app.live


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the program in this process."""
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with history, and no profiles."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ALARMINATI_LANG", "en")
    monkeypatch.delenv("ALARMINATI_DATA", raising=False)
    with opened(tmp_path / "data", Profiles(tmp_path / "none")) as app:
        with here(tmp_path / "made") as made:
            lines = list(backup(made))
        imported(app, lines)
    return tmp_path / "data"


def test_commands_move_a_history(moved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, other = moved.parent / "all.jsonl.gz", moved.parent / "other"
    code, out, err = run(capsys, "export", "--all", str(file), "--data", str(moved))
    assert code == 0 and "without keys" in out and not err
    assert file.stat().st_mode & 0o077 == 0
    with closing(gzip.open(file)) as lines:
        assert json.loads(next(iter(lines)))["alarminati"] == 1
    code, out, _ = run(capsys, "import", str(file), "--data", str(other))
    assert code == 0 and "alarminati join" in out
    code, out, _ = run(capsys, "stats", "--data", str(other), "--days", "30")
    assert code == 0 and "acknowledged by nobody" in out and "CLUSTER" in out
    code, there, _ = run(capsys, "export", "--format", "jsonl", "--data", str(other))
    assert there == run(capsys, "export", "--format", "jsonl", "--data", str(moved))[1]
    assert {json.loads(line)["state"] for line in there.splitlines()} == {"firing", "resolved"}
    table = moved.parent / "table.csv"
    code, out, _ = run(capsys, "export", str(table), "--search", "redis", "--data", str(moved))
    rows = table.read_text("utf-8-sig").splitlines()
    assert code == 0 and len(rows) > 1 and all("Redis" in row for row in rows[1:])


def test_mistakes_at_the_commands_are_a_sentence(
    moved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(moved))
    code, _, err = run(capsys, "export", "--all", *data)
    assert code == 2 and "alarminati export --all alarminati.jsonl.gz" in err
    code, _, err = run(capsys, "export", "--all", "x", "--format", "csv", *data)
    assert code == 2 and "--format" in err
    code, _, err = run(capsys, "export", "--data", str(moved.parent / "empty"))
    assert code == 5 and "join" in err
    wrong = moved.parent / "alertmanager.yml"
    wrong.write_text("route: {receiver: x}\n")
    code, _, err = run(capsys, "import", str(wrong), *data)
    assert code == 4 and "config import" in err
    cut = moved.parent / "cut.gz"
    cut.write_bytes(gzip.compress(b'{"alarminati":1}\n' * 9000)[:40])
    code, _, err = run(capsys, "import", str(cut), *data)
    assert code == 1 and "cut.gz" in err
    code, _, err = run(capsys, "export", str(moved / "no" / "where.csv"), *data)
    assert code == 1 and "where.csv" in err
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    assert "백업" not in run(capsys, "import", str(wrong), *data)[2]
    assert "만든 파일이 아닙니다" in run(capsys, "import", str(wrong), *data)[2]
