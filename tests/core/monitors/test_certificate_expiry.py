"""Certificates that end are told twice, by one replica, and never again once they are replaced."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.core.monitors.certificate_expiry import (
    DAY,
    RENEWAL_SHARE,
    SPREAD,
    CertificateEnd,
    CertificateExpiryBoard,
    ends_near,
    ends_soon,
    renewal_at,
)
from alarminati.core.monitors.reload_status import SETTLE, ReloadStatus

START = 1_790_000_000_000  # a wall clock


class World:
    """A book that everybody shares, as replicas share a journal."""

    def __init__(self) -> None:
        self.book = AlarmBook()
        self.told: list[Alarm] = []
        self._sequence = count(1)

    def take(self, alarm: Alarm | None) -> None:
        """What is reported is folded."""
        if alarm is not None:
            self.told.append(alarm)
            number = next(self._sequence)
            self.book.apply(Entry("origin00", number, number << 16, alarm))

    def look(self, board: CertificateExpiryBoard, wall: int, *endings: CertificateEnd) -> list[str]:
        """Keys of what a look reports; a minus before those that are over."""
        found = board.look(endings, wall)
        for alarm in found:
            self.take(alarm)
        return [("-" if alarm.resolved else "") + alarm.key for alarm in found]


def own(ends: int, detail: str = "") -> CertificateEnd:
    return CertificateEnd("agent/a1", ends, "Mend it.", detail)


def test_two_alarms_21_and_3_days_before_and_both_are_over_after_the_renewal() -> None:
    world = World()
    board = CertificateExpiryBoard(world.book, "a1")
    ends = START + 100 * DAY
    said = {}
    for hour in range(0, 105 * 24, 7):
        if keys := world.look(board, START + hour * DAY // 24, own(ends)):
            said[hour // 24] = keys
    assert said == {79: ["certificate:agent/a1"], 97: ["certificate:agent/a1:last"]}
    assert [alarm.severity for alarm in world.told] == [Severity.WARNING, Severity.CRITICAL]
    later = own(ends + 300 * DAY)
    over = ["-certificate:agent/a1", "-certificate:agent/a1:last"]
    assert world.look(board, ends, later) == over
    assert world.look(board, ends + DAY, later) == []


def test_what_it_says() -> None:
    world = World()
    board = CertificateExpiryBoard(world.book, "a1")
    world.look(board, START, own(START + 2 * DAY, "a2: it holds no key"))
    assert len(world.told) == 2  # found late: both at once
    alarm = world.told[0]
    assert alarm.message == "The certificate of agent/a1 ends on 2026-09-23 at 14:13 UTC"
    assert dict(alarm.labels) == {"certificate": "agent/a1", "replica": "a1"}
    said = dict(alarm.annotations)
    assert said["mend"] == "Mend it." and said["detail"] == "a2: it holds no key"
    world.look(board, START, own(START + 90 * DAY))
    assert "is good until 2026-12-20" in world.told[-1].message
    dead = World()
    dead.look(CertificateExpiryBoard(dead.book, "a1"), START, own(START - DAY))
    assert "has ended on 2026-09-20" in dead.told[0].message


def test_after_a_restart_nothing_is_told_again() -> None:
    world = World()
    assert world.look(CertificateExpiryBoard(world.book, "a1"), START, own(START + 20 * DAY))
    assert not world.look(
        CertificateExpiryBoard(world.book, "a1"), START + DAY, own(START + 20 * DAY)
    )


def test_replicas_that_share_a_certificate_do_not_quarrel_about_it() -> None:
    """One sees the new file a minute before the others."""
    world = World()
    boards = [CertificateExpiryBoard(world.book, name) for name in ("a1", "a2", "a3")]
    old, new = own(START + 20 * DAY), own(START + 400 * DAY)
    for board in boards:
        world.look(board, START, old)
    assert len(world.told) == 1
    world.look(boards[0], START + 1, new)
    for _ in range(3):
        for board in boards[1:]:
            world.look(board, START + 2, old)
    assert [alarm.resolved for alarm in world.told] == [False, True]
    # The next one ends as well.
    for board in boards:
        world.look(board, START + 390 * DAY, new)
    assert [alarm.resolved for alarm in world.told] == [False, True, False]


def test_different_certificates_are_different_alarms() -> None:
    world = World()
    endings = (own(START + DAY * 20), CertificateEnd("authority", START + DAY * 20, "Replace it."))
    board = CertificateExpiryBoard(world.book, "a1")
    assert world.look(board, START, *endings) == ["certificate:agent/a1", "certificate:authority"]


@pytest.mark.parametrize("seed", range(50))
def test_renewal_begins_at_two_thirds_and_not_for_all_at_once(seed: int) -> None:
    at = renewal_at(1000.0, 2000.0, Random(seed))
    assert 1000 + 1000 * RENEWAL_SHARE <= at <= 1000 + 1000 * (RENEWAL_SHARE + SPREAD)
    assert at != renewal_at(1000.0, 2000.0, Random(seed + 1))


def test_people_renew_when_a_third_is_left() -> None:
    assert renewal_at(0.0, 90.0) == 60.0


def test_failed_renewals_are_told_of_near_the_end_only() -> None:
    day = 86_400.0
    assert not ends_near(0, 90 * day, 86.9 * day)
    assert ends_near(0, 90 * day, 87 * day)
    assert not ends_near(0, 12 * day, 10.9 * day)
    assert ends_near(0, 12 * day, 11 * day)
    assert ends_soon(0, 90 * day, 69 * day) and not ends_soon(0, 90 * day, 68.9 * day)


@pytest.mark.parametrize(
    ("days", "first", "last"), [(825, 21, 3), (90, 21, 3), (30, 7.5, 2.5), (1, 0.25, 1 / 12)]
)
def test_what_renews_itself_every_month_or_day_is_no_alarm_before_it_should_have(
    days: int, first: float, last: float
) -> None:
    world = World()
    board = CertificateExpiryBoard(world.book, "a1")
    ends = START + days * DAY
    ending = CertificateEnd("agent/a1", ends, "Mend it.", begins=START)
    key = "certificate:agent/a1"
    assert world.look(board, int(ends - first * DAY) - 1, ending) == []
    assert renewal_at(START, ends) < ends - first * DAY
    assert world.look(board, int(ends - first * DAY), ending) == [key]
    assert world.look(board, int(ends - last * DAY) - 1, ending) == []
    assert world.look(board, int(ends - last * DAY), ending) == [f"{key}:last"]


def test_half_written_files_are_not_broken_until_they_stay_so() -> None:
    world = World()
    files = ReloadStatus(world.book, "a1")
    files.bad(100.0, "tls.key is not the key of tls.crt")
    assert files.report(100.0 + SETTLE - 0.1, START) is None
    files.good()
    assert files.report(100.0 + SETTLE, START) is None
    files.bad(200.0, "tls.key is not the key of tls.crt")
    files.bad(200.0 + SETTLE, "tls.key is not the key of tls.crt")
    alarm = files.report(200.0 + SETTLE, START)
    assert alarm is not None and alarm.key == "certificate-files:a1" and not alarm.resolved
    assert dict(alarm.annotations)["detail"] == "tls.key is not the key of tls.crt"
    assert files.broken(200.0 + SETTLE)
    world.take(alarm)
    assert files.report(200.0 + 2 * SETTLE, START) is None  # once
    files.good()
    over = files.report(201.0 + 2 * SETTLE, START)
    assert over is not None and over.resolved
    world.take(over)
    assert files.report(300.0, START) is None


def test_files_that_were_broken_before_a_restart_are_settled_after_it() -> None:
    world = World()
    before = ReloadStatus(world.book, "a1")
    before.bad(0.0, "broken")
    world.take(before.report(SETTLE, START))
    after = ReloadStatus(world.book, "a1")
    after.bad(0.0, "broken")
    assert after.report(0.0, START) is None  # not yet sure, so the alarm stays
    after.good()
    over = after.report(1.0, START)
    assert over is not None and over.resolved
