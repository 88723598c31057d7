"""The demo as people run it: the story, sabotage, every way of ending, nothing left behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="only Linux tells whose child a process is"
)

STEPS = {
    "en": ("find each other", "a standby", "application breaks", "mended", "kill -9", "again"),
    "ko": ("서로를 찾아", "스탠바이", "고장", "복구", "kill -9", "다시 시작"),
}


class Demo:
    """A running demo, read line by line. Its folder lies in `place`."""

    def __init__(
        self, place: Path, *arguments: str, before: tuple[str, ...] = (), language: str = "en"
    ) -> None:
        self.place = place
        self.lines: list[str] = []
        self.children: set[int] = set()
        self._errors = place / "errors"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "alarminati", "demo", *arguments],
                env=os.environ | {"ALARMINATI_LANG": language, "TMPDIR": str(place)},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """All that was read."""
        return "".join(self.lines)

    def read(self, words: str) -> str:
        """Read on to the line that has these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if words in line:
                self.children |= children_of(self.process.pid)
                return line
        pytest.fail(f"never said {words!r}: {self.text} {self.end()[1]}")

    def child(self, words: str) -> int:
        """The process with these words in its command line."""
        (found,) = (pid for pid in self.children if words in command(pid))
        return found

    def end(self) -> tuple[int, str]:
        """Wait for the end; exit code and standard error."""
        assert self.process.stdout is not None
        with self.process.stdout as rest:
            self.lines += rest
        return self.process.wait(), self._errors.read_text()

    def close(self) -> None:
        """End it now."""
        for group in (self.process.pid, *self.children):  # each is one of its own
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process.wait()

    @property
    def folders(self) -> list[Path]:
        """What is there of its folder."""
        return list(self.place.glob("alarminati-demo-*"))

    def leaves_nothing(self) -> bool:
        """Whether every process is gone; none is given more than a moment."""
        deadline = time.monotonic() + 10
        while any(map(command, self.children)) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not any(map(command, self.children))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start demos; they are ended after the test."""
    started: list[Demo] = []

    def begin(*arguments: str, before: tuple[str, ...] = (), language: str = "en") -> Demo:
        place = tmp_path / str(len(started))
        place.mkdir()
        started.append(Demo(place, *arguments, before=before, language=language))
        return started[-1]

    yield begin
    for one in started:
        one.close()


def command(pid: int) -> str:
    """What a process runs; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def children_of(pid: int) -> set[int]:
    """Processes started by one."""
    listings = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for listing in listings for child in listing.read_text().split()}


def assert_whole(told: Demo, language: str) -> None:
    """Every step was told in order, and nothing is left."""
    assert told.end() == (0, ""), told.text
    places = [told.text.find(words) for words in STEPS[language]]
    assert places == sorted(places) and places[0] > 0, told.text
    for message in ("Disk is full", "Health check failed", "Payments time out"):
        assert message in told.text
    assert "✅" in told.text
    assert "\x1b" not in told.text, "colours where nobody sees them"
    assert_nothing_left(told)


def assert_nothing_left(told: Demo) -> None:
    """No process and no folder."""
    assert told.children
    assert told.leaves_nothing()
    assert told.folders == []


def test_two_at_once_tell_the_whole_story_in_two_languages(start: Callable[..., Demo]) -> None:
    english, korean = start("--once"), start("--once", language="ko")
    english.read("a3  process")
    korean.read("a3  프로세스")
    assert english.folders and korean.folders
    assert_whole(korean, "ko")
    assert_whole(english, "en")


def test_without_multicast_the_agents_are_told_of_each_other(
    start: Callable[..., Demo], as_root: None, tool: Callable[[str], str]
) -> None:
    hold = "import socket, os, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    hold += "s.bind(('', 5353)); s.set_inheritable(True); os.execv(sys.argv[1], sys.argv[1:])"
    inside = (tool("unshare"), "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    alone = start("--once", before=(*inside, sys.executable, "-c", hold))
    alone.read("Multicast does not work here")
    alone.read("a3  process")
    assert_whole(alone, "en")


@pytest.mark.parametrize(
    ("victim", "name"), [("demo.sink", "sink"), ("demo.app", "app"), ("a3.yaml", "a3")]
)
def test_sabotage_is_found_out(start: Callable[..., Demo], victim: str, name: str) -> None:
    sabotaged = start("--once")
    sabotaged.read("a3  process")
    os.kill(sabotaged.child(victim), signal.SIGKILL)
    code, errors = sabotaged.end()
    assert code == 1
    assert "alarminati: this did not come true: They find each other" in errors
    assert errors.rstrip().endswith(f"({name} has ended)")
    assert "a1:\n" in errors and "ready: gRPC on" in errors, "the logs are shown"
    assert_nothing_left(sabotaged)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_half_way_it_leaves_nothing(
    start: Callable[..., Demo], number: signal.Signals
) -> None:
    stopped = start()
    stopped.read("a3  process")
    assert len(stopped.folders) == 1
    os.kill(stopped.process.pid, number)
    code, errors = stopped.end()
    assert (code, errors.strip()) == (130, "")
    assert_nothing_left(stopped)


def test_killed_it_leaves_no_process(start: Callable[..., Demo]) -> None:
    killed = start()
    killed.read("a3  process")
    assert len(killed.children) == 5
    os.kill(killed.process.pid, signal.SIGKILL)
    assert killed.leaves_nothing()


def test_it_stays_up_to_be_played_with(start: Callable[..., Demo]) -> None:
    up = start()
    tail = shlex.split(up.read("alarminati tail "))
    up.read("# a3")
    (folder,) = up.folders
    script = f""". {folder}/env && alarminati report "the tea is cold" &&
        for agent in $(echo $ALARMINATI_AGENT | tr , " ")
        do alarminati status --json --agent $agent; done"""
    typed = subprocess.run(
        ["sh", "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    up.read("the tea is cold")
    seen = [json.loads(line) for line in typed.stdout.splitlines()[1:]]
    assert [one["replica"] for one in seen] == ["a1", "a2", "a3"]
    for one in seen:  # whoever is asked, all are there
        assert [(each["name"], each["connected"]) for each in one["replicas"]] == [
            ("a1", True), ("a2", True), ("a3", True)
        ]  # fmt: skip
    assert_prints_what_was_reported(tail)
    master = seen[0]["master"]
    os.kill(up.child(f"{master}.yaml"), signal.SIGKILL)
    up.read(f"{master} has ended")
    assert not up.read("is master").strip().startswith(master)
    os.kill(up.process.pid, signal.SIGINT)
    assert up.end() == (0, "")
    assert_nothing_left(up)


def assert_prints_what_was_reported(tail: list[str]) -> None:
    """The command that the demo shows."""
    with subprocess.Popen(tail, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        try:
            assert any("the tea is cold" in line for line in following.stdout)
        finally:
            following.send_signal(signal.SIGINT)
