"""The spool: nothing that was appended is lost, wherever its process ends."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from alarminati.core.spool.frames import encode, scan
from alarminati.core.spool.ledger import (
    Bounds,
    InFlight,
    Ledger,
    MessageTooLarge,
    SpoolFull,
    UnknownSequence,
)
from alarminati.spool.segments import Spool, SpoolBusy, read_set_aside

SMALL = Bounds(total=4000, segment=300, message=200)


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Ends the process at a random step."""

    def __init__(self, dice: random.Random, share: float) -> None:
        self.dice, self.share = dice, share

    def __call__(self, name: str) -> None:
        if self.dice.random() < self.share:
            raise Killed(name)


def test_frames_are_read_up_to_the_first_torn_one() -> None:
    frames = [encode(7 + place, b"m" * place) for place in range(5)]
    whole = b"".join(frames)
    for cut in range(len(whole) + 1):
        found = scan(whole[:cut], 7)
        assert whole[: found.size] == b"".join(frames[: len(found.messages)])
        assert found.damaged == (found.size < cut)
    for place in range(len(whole)):
        broken = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        found = scan(broken, 7)
        assert found.damaged
        assert found.messages == scan(whole, 7).messages[: len(found.messages)]


def test_ledger_gives_room_and_counts_on_from_acknowledgements() -> None:
    ledger = Ledger(SMALL)
    with pytest.raises(MessageTooLarge):
        ledger.admit(201)
    ledger.rotate()
    ledger.appended(3, 3700)
    with pytest.raises(SpoolFull):
        ledger.admit(100)
    with pytest.raises(UnknownSequence):
        ledger.acknowledge(4)
    assert ledger.acknowledge(3)
    assert not ledger.acknowledge(2)
    assert (ledger.pending, ledger.removable()) == (0, [])
    assert ledger.rotate().first == 4
    assert [each.first for each in ledger.removable()] == [1]


def test_acknowledgements_are_contiguous_across_holes() -> None:
    flight = InFlight()
    flight.give([3, 4, 9])
    assert flight.finish([4]) == 0
    assert flight.finish([3]) == 4
    assert flight.finish([9]) == 9
    assert len(flight) == 0


@pytest.mark.parametrize("seed", range(12))
def test_g1_nothing_appended_is_lost_and_nothing_acknowledged_returns(
    seed: int, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    safe: dict[int, bytes] = {}  # by sequence, what append returned for
    acknowledged = maybe = 0  # certainly, and perhaps
    for _ in range(6):
        try:
            with Spool(tmp_path, SMALL, Steps(dice, 0.03)) as spool:
                assert spool.ledger.acknowledged in range(acknowledged, maybe + 1)
                read: dict[int, bytes] = {}
                while found := spool.read(max(read, default=0), 500):
                    read |= dict(found)
                missing = [each for each in safe if each > maybe and read.get(each) != safe[each]]
                assert not missing, f"seed {seed}"
                assert all(each > acknowledged for each in read)
                for _ in range(12):
                    if dice.random() < 0.7:
                        some = [
                            dice.randbytes(dice.randrange(60)) for _ in range(dice.randrange(1, 4))
                        ]
                        try:
                            sequences = spool.append(some)
                        except SpoolFull:
                            continue
                        safe |= dict(zip(sequences, some, strict=True))
                    elif spool.ledger.pending:
                        maybe = dice.randint(spool.ledger.acknowledged + 1, spool.ledger.last)
                        spool.acknowledge(maybe)
                        acknowledged = maybe
        except Killed:
            continue


def test_a_damaged_segment_costs_its_own_rest_only(tmp_path: Path) -> None:
    with Spool(tmp_path, SMALL) as spool:
        for place in range(12):
            spool.append([b"%03d" % place * 20])
        first = sorted(tmp_path.glob("*.seg"))[0]
    data = bytearray(first.read_bytes())
    data[90] ^= 1
    first.write_bytes(data)
    with Spool(tmp_path, SMALL) as spool:
        assert spool.damaged == [first]
        read: list[int] = []
        while some := spool.read(read[-1] if read else 0, 100):
            read += [sequence for sequence, _ in some]
        assert read[0] == 1
        assert read[-1] == 12
        assert set(range(5, 13)) <= set(read)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with Spool(tmp_path), pytest.raises(SpoolBusy, match="another process"):
        Spool(tmp_path)
    with Spool(tmp_path) as spool:
        assert spool.ledger.pending == 0


def test_refused_messages_are_kept_visibly_within_a_bound(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        for sequence in range(1, 5):
            spool.set_aside(sequence, b"x" * 400_000, "no alarm in it", 5)
        spool.set_aside(4, b"again", "still none", 6)
        assert [each.sequence for each in spool.refused()] == [3, 4]
        assert spool.refused()[-1].message == b"again"
    assert read_set_aside('{"sequence": 1e999}') is None
    assert read_set_aside("[]") is None


def test_a_full_disk_refuses_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    with Spool(tmp_path) as spool:
        spool.append([b"one"])
        real = os.fsync

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SpoolFull, match="No space left"):
            spool.append([b"two"])
        monkeypatch.setattr(os, "fsync", real)
        assert spool.append([b"three"]) == [2]
    with Spool(tmp_path) as spool:
        assert spool.read(0, 1000) == [(1, b"one"), (2, b"three")]
