"""The cache: nothing lost or doubled by kills and damage, bounded, and shared without harm."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Timer

import pytest

from alarminati.client import (
    Acknowledgement,
    Action,
    Alarm,
    Cache,
    CacheUnusable,
    EntryId,
    Filter,
    Gap,
    Record,
    RecordType,
    Severity,
    cache_path,
)
from alarminati.client.errors import Rebuilt
from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import Body
from alarminati.wire.codec import encode
from tests.client.agents import NOW, PROJECT, sample
from tests.client.conftest import MakeClient, StartAgents


def unrolled(sequence: int, body: Body | None = None, origin: str = "aaaaaaaa") -> DecodedRecord:
    body = body or sample(sequence)
    return DecodedRecord(EntryId(origin, sequence), body, encode(body), 0)


def keep(
    cache: Cache, *records: DecodedRecord, position: dict[str, int] | None = None
) -> list[Record]:
    """Keep records, and their last sequences as the position."""
    last = {record.id.origin: record.id.sequence for record in records}
    return cache.keep(records, position or last, project=PROJECT)


@pytest.fixture
def taken(cache: Cache) -> Cache:
    """A cache that is ours to write."""
    assert cache.take()
    cache.resume()
    return cache


class Clock:
    """A wall clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1_758_166_920.0

    def __call__(self) -> float:
        return self.now


# -- contents


def test_what_is_kept_is_read_again(taken: Cache) -> None:
    ack = Action.acknowledge(sample(1).fingerprint(), "jane", "on it")
    written = keep(taken, unrolled(1), unrolled(2), unrolled(5, ack))
    taken.close()
    with Cache(taken.path) as again:
        assert again.after(0) == written
        assert again.after(written[0].received) == written[1:]
        assert again.resume() == {"aaaaaaaa": 5}
        assert again.last() == written[-1].received
        assert len(again) == 3
    assert [record.project for record in written] == [PROJECT, PROJECT, ""]
    assert [record.body for record in written] == [sample(1), sample(2), ack]


def test_an_alarm_of_another_project_keeps_it(taken: Cache) -> None:
    body = Alarm("disk is full", Severity.ERROR, 1, project="billing")
    (record,) = keep(taken, unrolled(1, body))
    assert record.project == "billing"


def test_a_write_is_whole_or_not_at_all(taken: Cache) -> None:
    broken = DecodedRecord(EntryId("aaaaaaaa", 3), sample(3), object(), 0)  # type: ignore[arg-type]
    keep(taken, unrolled(1))
    with pytest.raises(sqlite3.ProgrammingError):
        keep(taken, unrolled(2), broken)
    assert [record.id.sequence for record in taken.after(0)] == [1]
    assert taken.resume() == {"aaaaaaaa": 1}


def test_a_place_that_was_tampered_with_is_not_believed(taken: Cache) -> None:
    """A place too far ahead would lose what lies between, for ever."""
    keep(taken, unrolled(1))
    taken._shelf.do(lambda base: base.execute("update origins set position = 9"))
    assert taken.resume() == {}
    assert taken.set_aside is not None


def test_positions_never_go_back(taken: Cache) -> None:
    keep(taken, position={"aaaaaaaa": 7, "bbbbbbbb": 2})
    keep(taken, position={"aaaaaaaa": 3, "cccccccc": 1})
    assert taken.resume() == {"aaaaaaaa": 7, "bbbbbbbb": 2, "cccccccc": 1}


def test_a_record_twice_means_the_file_cannot_be_trusted(taken: Cache) -> None:
    keep(taken, unrolled(1))
    with pytest.raises(Rebuilt):
        keep(taken, unrolled(2), unrolled(1))
    assert taken.after(0) == []
    assert taken.resume() == {}


def test_what_a_later_version_wrote_is_kept_but_not_told(taken: Cache) -> None:
    later = DecodedRecord(EntryId("aaaaaaaa", 1), None, bytes([0xF2, 0x01, 0x03]) + b"new", 0)
    assert [record.id.sequence for record in keep(taken, later, unrolled(2))] == [2]
    assert [record.id.sequence for record in taken.after(0, limit=1)] == [2]
    assert len(taken) == 2


def test_alarms_as_they_stood(taken: Cache) -> None:
    a, b = sample(1), sample(2)
    over = Alarm(b.message, b.severity, NOW + 60_000, resolved=True)
    ack = Action.acknowledge(a.fingerprint(), "jane")
    bodies: list[Body] = [a, b, a, ack, over]
    keep(taken, *(unrolled(n, body) for n, body in enumerate(bodies, 1)))
    resolved, firing = taken.alarms()
    assert firing.alarm == replace(a, project=PROJECT)
    assert (firing.id, firing.firing, firing.report_count) == (EntryId("aaaaaaaa", 1), True, 2)
    assert (firing.start_time, firing.end_time) == (a.timestamp, 0)
    assert firing.acknowledgement == Acknowledgement("jane", 0)
    assert resolved.alarm == replace(b, project=PROJECT)
    assert (resolved.start_time, resolved.end_time) == (b.timestamp, NOW + 60_000)
    assert (resolved.firing, resolved.acknowledgement) == (False, None)


def test_offsets_only_move_forward_and_survive(taken: Cache) -> None:
    assert taken.offset("tail") == 0
    taken.commit_offset("tail", 10)
    taken.commit_offset("tail", 7)
    taken.commit_offset("ui", 3)
    taken.close()
    with Cache(taken.path) as again:
        assert (again.offset("tail"), again.offset("ui")) == (10, 3)


def test_one_file_for_each_view_of_a_domain(tmp_path: Path) -> None:
    filters = [
        Filter(),
        Filter(Severity.ERROR),
        Filter(matchers=('a="1"',)),
        Filter(types=tuple(RecordType)),
    ]
    domains = ["seoul.example.com:7443", "a/b", "a_b", "가" * 100, "나" * 100]
    paths = {cache_path(tmp_path, d, f) for d in domains for f in filters}
    assert len(paths) == len(domains) * len(filters)
    assert all(path.parent == tmp_path and len(path.name) < 120 for path in paths)
    assert cache_path(tmp_path, "a", Filter()) == cache_path(tmp_path, "a")


def test_a_file_of_another_view_is_not_mixed(tmp_path: Path) -> None:
    with Cache(tmp_path / "d.db") as cache:
        assert cache.take()
        cache.resume()
        keep(cache, unrolled(1))
    with Cache(tmp_path / "d.db", filter=Filter(Severity.ERROR)) as other:
        assert other.resume() == {}
        assert other.set_aside == tmp_path / "d.damaged"


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """G7: alarms may hold what is not for everybody."""
    path = tmp_path / "new" / "d.db"
    with Cache(path) as cache:
        assert cache.take()
        cache.resume()
        keep(cache, unrolled(1))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["d.db", "d.db-wal", "d.db-shm", "d.lock"], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


# -- bounds (G8)


def test_no_more_than_so_many(tmp_path: Path) -> None:
    with Cache(tmp_path / "d.db", max_records=1500) as cache:
        assert cache.take()
        cache.resume()
        for start in range(1, 5001, 100):
            keep(cache, *(unrolled(n) for n in range(start, start + 100)))
            assert len(cache) <= 1500 + 1000
        kept = cache.after(0, limit=10_000)
        assert kept[-1].id.sequence == 5000
        assert cache.resume() == {"aaaaaaaa": 5000}
        before = kept[0].received - 1
        assert cache.floor() == before
        assert cache.missed(before) == 0
        assert cache.missed(before - 10) == 10
        assert cache.missed(0) == 0, "who never read anything misses nothing"


def test_nothing_older_than_so_long(tmp_path: Path) -> None:
    clock = Clock()
    with Cache(tmp_path / "d.db", max_age=3600.0, wall=clock) as cache:
        assert cache.take()
        cache.resume()
        keep(cache, unrolled(1), unrolled(2))
    clock.now += 3601
    with Cache(tmp_path / "d.db", max_age=3600.0, wall=clock) as cache:
        assert cache.take()
        cache.resume()
        keep(cache, unrolled(3))
        assert [record.id.sequence for record in cache.after(0)] == [3]


async def test_a_reader_is_told_what_the_bounds_took(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    (agent,) = await start_agents(1)
    with Cache(tmp_path / "d.db", max_records=500) as cache:
        assert cache.take()
        cache.resume()
        first = keep(cache, *(unrolled(n) for n in range(1, 11)))
        keep(cache, *(unrolled(n) for n in range(11, 2000)))
        floor = cache.floor()
        async with aclosing(
            make_client(agent).subscribe(cache, after=first[3].received)
        ) as following:
            assert await anext(following) == Gap(floor - first[3].received)
            record = await anext(following)
        assert isinstance(record, Record)
        assert record.received == floor + 1


# -- damage


def damage(path: Path, dice: Random) -> None:
    """Overwrite some bytes anywhere, or cut the file."""
    content = bytearray(path.read_bytes())
    if dice.random() < 0.2:
        del content[dice.randrange(len(content)) :]
    else:
        for _ in range(dice.randint(1, 40)):
            content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)


@pytest.mark.parametrize("seed", range(60))
def test_damage_never_shows_a_wrong_record(seed: int, tmp_path: Path) -> None:
    """What is read is what was written, or the file is begun anew and the place with it."""
    print(f"seed {seed}")
    dice = Random(seed)
    path = tmp_path / "d.db"
    with Cache(path) as cache:
        assert cache.take()
        cache.resume()
        written = keep(cache, *(unrolled(n) for n in range(1, 301)))
    damage(path, dice)
    with Cache(path) as cache:
        assert cache.take()
        position, records = cache.resume(), cache.after(0, limit=1000)
        position = cache.resume()
        if records:
            assert records == written
            assert position == {"aaaaaaaa": 300}
        else:
            assert position == {}
            assert cache.set_aside is not None
        start = position.get("aaaaaaaa", 0) + 1
        assert len(keep(cache, unrolled(start))) == 1


def test_keeping_into_a_file_begun_anew_would_leave_a_hole(taken: Cache) -> None:
    keep(taken, unrolled(1))
    taken.path.unlink()
    with pytest.raises(Rebuilt):
        keep(taken, unrolled(2))
    assert taken.resume() == {}
    first = keep(taken, unrolled(1))[0]
    assert taken.after(0) == [first]


def test_numbers_of_a_new_file_follow_those_of_the_old(tmp_path: Path) -> None:
    clock = Clock()
    with Cache(tmp_path / "d.db", wall=clock) as cache:
        assert cache.take()
        cache.resume()
        (old,) = keep(cache, unrolled(1))
        clock.now += 5
        cache.path.unlink()
        cache.resume()
        (new,) = keep(cache, unrolled(1))
    assert new.received > old.received


def test_a_damaged_file_in_use_is_not_taken_away(taken: Cache) -> None:
    keep(taken, unrolled(1))
    taken._shelf.do(lambda base: base.execute("pragma wal_checkpoint(truncate)").fetchall())
    content = bytearray(taken.path.read_bytes())
    content[:16] = bytes(16)
    taken.path.write_bytes(content)
    with pytest.raises(CacheUnusable, match="another process"):
        Cache(taken.path)
    assert not taken.path.with_suffix(".damaged").exists()


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheUnusable, match="cannot be used"):
        Cache(tmp_path / "file" / "d.db")
    (tmp_path / "d.db").mkdir()
    with pytest.raises(CacheUnusable, match="cannot be used"):
        Cache(tmp_path / "d.db")


@pytest.fixture
def small_disk(tmp_path: Path, as_root: None) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_mends(small_disk: Path) -> None:
    with Cache(small_disk / "d.db") as cache:
        assert cache.take()
        cache.resume()
        keep(cache, unrolled(1))
        filler = small_disk / "filler"
        free = os.statvfs(small_disk)
        filler.write_bytes(bytes(free.f_bavail * free.f_bsize))
        big = [unrolled(n, Alarm("x" * 5000, Severity.INFO, 1)) for n in range(2, 200)]
        with pytest.raises(CacheUnusable, match=r"full|I/O"):
            [keep(cache, record) for record in big]
        held = cache.resume()["aaaaaaaa"]
        assert [record.id.sequence for record in cache.after(0)] == list(range(1, held + 1))
        filler.unlink()
        keep(cache, unrolled(held + 1))
        assert len(cache) == held + 1


# -- several processes


MARKER = """
import sys
from pathlib import Path
from alarminati.client import Cache

for line in sys.stdin:
    with Cache(Path(line.strip())) as cache:
        cache.commit_offset(sys.argv[1], 1)
        cache.take()
    print(cache.set_aside, flush=True)
"""


def test_many_processes_may_open_it_at_once(tmp_path: Path) -> None:
    """A new file too, which SQLite by itself would refuse to all but one."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MARKER, f"reader {n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    try:
        for number in range(60):
            path = tmp_path / f"{number // 2}.db"  # new, then not
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{path}\n")
                process.stdin.flush()
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "None\n"
    finally:
        for process in processes:
            process.communicate()
    with Cache(path) as cache:
        assert [cache.offset(f"reader {n}") for n in range(4)] == [1] * 4


def test_a_new_file_that_another_begins_is_waited_for(tmp_path: Path) -> None:
    """To turn a file to WAL, SQLite needs it alone, and does not wait for that by itself."""
    path = tmp_path / "d.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("create table other (x)")
    other.execute("begin immediate")
    timer = Timer(0.2, other.rollback)
    timer.start()
    Cache(path).close()
    timer.join()
    other.close()


def test_only_one_takes_it(cache: Cache) -> None:
    with Cache(cache.path) as other:
        assert cache.take()
        assert not other.take()
        cache.release()
        assert other.take()
        assert not cache.take()


READER = """
import asyncio, sys
from pathlib import Path
from alarminati.client import Cache, Client

async def main():
    async with Client([sys.argv[1]], waits=(0.01, 0.05)) as client:
        with Cache(Path(sys.argv[2])) as cache:
            async for _ in client.subscribe(cache):
                pass

asyncio.run(main())
"""


async def test_kill_in_the_middle_loses_and_doubles_nothing(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    """G5: kill -9 at any moment; the cache is whole and the resume exact."""
    (agent,) = await start_agents(1)
    agent.script.batch = lambda: 3
    path = tmp_path / "d.db"
    dice = Random(5)
    expected = [await agent.add(sample(n)) for n in range(50)]
    ends = []
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", READER, agent.address, str(path)
        )
        try:
            start = len(agent.requests)
            async with asyncio.timeout(20):
                while len(agent.requests) == start:
                    expected.append(await agent.add(sample(len(expected))))
                    await asyncio.sleep(0.01)
                for _ in range(dice.randint(5, 200)):
                    expected.append(await agent.add(sample(len(expected))))
                    await asyncio.sleep(0)
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        with Cache(path) as cache:
            held = [record.id for record in cache.after(0, limit=10_000)]
            position = cache.resume()
            assert cache.set_aside is None
        assert held == expected[: len(held)]
        assert position == ({agent.origin: len(held)} if held else {})
        ends.append(len(held))
    with Cache(path) as cache:
        async with aclosing(make_client(agent).subscribe(cache)) as subscription:
            told: list[EntryId] = []
            async with asyncio.timeout(20):
                while len(told) < len(expected):
                    event = await anext(subscription)
                    if isinstance(event, Record):
                        told.append(event.id)
        assert told == expected
        assert [record.id for record in cache.after(0, limit=10_000)] == expected
    assert ends == sorted(ends)
    assert ends[-1] > 0


def test_the_file_is_plain_sqlite(taken: Cache) -> None:
    """So that people can look into it with the tools they have."""
    keep(taken, unrolled(1))
    base = sqlite3.connect(taken.path)
    assert base.execute("select count(*) from records").fetchone() == (1,)
    base.close()
