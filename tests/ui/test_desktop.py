"""Desktops: WSL opens the browser of Windows, locks without fcntl, caches of earlier versions."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from alarminati.client.cache import Cache, cache_path
from alarminati.client.history import WHOLE, adopt, data_folder, history_path
from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import Alarm, EntryId, Severity
from alarminati.core.model.filter import Filter
from alarminati.ui.opening import in_wsl, open_browser
from alarminati.wire import locking
from alarminati.wire.codec import encode
from alarminati.wire.locking import lock

ADDRESS = "http://alarminati.localhost:7480/?token=x&y=1"


def test_wsl_is_known_by_its_kernel() -> None:
    assert in_wsl("5.15.153.1-microsoft-standard-WSL2") and in_wsl("4.4.0-19041-Microsoft")
    assert not in_wsl("6.1.0-18-amd64")


@pytest.mark.parametrize(
    ("there", "fails", "ran", "opened"),
    [
        (("wslview", "rundll32.exe"), (), ["wslview"], True),
        (("rundll32.exe",), (), ["rundll32.exe"], True),
        (("wslview", "rundll32.exe"), ("wslview",), ["wslview", "rundll32.exe"], True),
        (("wslview",), ("wslview",), ["wslview"], False),
        ((), (), [], False),
    ],
)
def test_from_wsl_the_browser_of_windows_is_opened(
    there: Sequence[str], fails: Sequence[str], ran: Sequence[str], opened: bool
) -> None:
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> bool:
        commands.append(command)
        return command[0] not in fails

    def which(name: str) -> str | None:
        return name if name in there else None

    def browse(address: str) -> bool:
        raise AssertionError("a browser of Linux")

    assert open_browser(ADDRESS, wsl=True, which=which, run=run, browse=browse) is opened
    assert [command[0] for command in commands] == list(ran)
    assert all(command[-1] == ADDRESS for command in commands), "one argument, and no shell"


def test_without_a_desktop_the_address_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not open_browser(ADDRESS, wsl=False, browse=lambda address: True)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert open_browser(ADDRESS, wsl=False, browse=lambda address: True)


class Msvcrt(ModuleType):
    """What Windows has in place of fcntl."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: set[int] = set()

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        """Lock a byte; a second time is refused as Windows does."""
        assert (mode, count) == (self.LK_NBLCK, 1)
        place = os.fstat(descriptor).st_ino
        if place in self.held:
            raise PermissionError(13, "Permission denied")
        self.held.add(place)


def test_windows_locks_by_msvcrt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(sys, "platform", "win32")
        windows.setitem(sys.modules, "msvcrt", Msvcrt())
        windows.setitem(sys.modules, "fcntl", None)  # importing it fails
        importlib.reload(locking)
        first = locking.lock(tmp_path / "a.lock")
        assert first is not None and locking.lock(tmp_path / "a.lock") is None
        os.close(first)
    importlib.reload(locking)
    held = lock(tmp_path / "b.lock")
    assert held is not None
    os.close(held)


def test_windows_keeps_histories_where_programs_keep_theirs() -> None:
    environ = {"LOCALAPPDATA": "/users/minsu/local", "XDG_DATA_HOME": "/xdg"}
    assert data_folder(environ, "win32") == Path("/users/minsu/local/alarminati")
    assert data_folder(environ, "linux") == Path("/xdg/alarminati")
    assert data_folder({**environ, "ALARMINATI_DATA": "/d"}, "win32") == Path("/d")


def _cache(path: Path, filter: Filter, count: int) -> None:
    with Cache(path, filter=filter) as cache:
        assert cache.take()
        cache.resume()
        page = []
        for sequence in range(1, count + 1):
            alarm = Alarm(f"결제 {sequence}", Severity.ERROR, 1_000 * sequence)
            page.append(DecodedRecord(EntryId("old", sequence), alarm, encode(alarm), 1_000))
        cache.keep(page, {"old": count}, project="w-sharing")


@pytest.mark.parametrize("filter", [Filter(), Filter(min_severity=Severity.ERROR), WHOLE])
def test_a_cache_of_an_earlier_version_becomes_the_history(tmp_path: Path, filter: Filter) -> None:
    earlier = cache_path(tmp_path / "cache", "alarms.example.com:7443", filter)
    earlier.parent.mkdir()
    _cache(earlier, filter, 300)
    path = history_path(tmp_path / "data", "seoul-1", "ab" * 32, filter)
    assert adopt(earlier, path) and not adopt(earlier, path)
    assert not list(earlier.parent.iterdir()), "nothing is left where cleaners look"
    with Cache(path, filter=filter) as history:
        assert history.resume() == {"old": 300} if history.take() else False
        assert len(history.after(0, 1000)) == 300 and len(history.alarms()) == 300


def test_a_cache_in_use_or_a_history_that_is_there_is_left_alone(tmp_path: Path) -> None:
    earlier, path = tmp_path / "old.db", tmp_path / "data" / "new.db"
    _cache(earlier, Filter(), 3)
    with Cache(earlier) as used:
        assert used.take()
        assert not adopt(earlier, path) and not path.exists()
    path.parent.mkdir()
    _cache(path, Filter(), 2)
    assert not adopt(earlier, path)
    with Cache(path) as history:
        assert len(history) == 2
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 100)
    assert not adopt(damaged, tmp_path / "data" / "third.db") or damaged.exists() is False
