"""What retention must keep stays right while it is worked out, and while it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.journal.alive import AliveEntries
from alarminati.core.model.entries import Entry, EntryId
from tests.core.stage import Stage, alarm, always

FREE = Limits(rate=1000.0, burst=1000)


def gathered(alive: AliveEntries, bite: int = 7) -> AliveEntries:
    while alive.gather(bite):
        pass
    return alive


def alive_of(stage: Stage) -> AliveEntries:
    return AliveEntries(stage.one.outbox.alive_parts(), stage.one.outbox.ledger)


def told(names: Iterable[str]) -> Stage:
    """Alarms that began and ended, and of which all is told."""
    stage = Stage(limits={"ops": FREE})
    stage.one.lead()
    for name in names:
        stage.one.put(alarm(name))
        stage.one.put(alarm(name, resolved=True))
    stage.run(100.0)
    return stage


def test_it_is_the_same_whatever_the_bites() -> None:
    stage = told("abcdef")
    stage.one.put(*(alarm(f"x{n}") for n in range(50)))
    wanted = set(stage.one.outbox.alive_ids())
    for bite in (1, 7, 1000):
        alive = gathered(alive_of(stage), bite)
        assert {one.id for one in stage.one.entries if one.id in alive} == wanted


def test_one_bite_is_little_work_however_much_is_over() -> None:
    stage = told(map(str, range(300)))
    asked: list[int] = []

    def parts() -> Iterator[Iterable[EntryId]]:
        for part in stage.one.outbox.alive_parts():
            asked.append(1)
            yield part

    assert AliveEntries(parts(), stage.one.outbox.ledger).gather(10)
    assert len(asked) == 10


def test_g1_what_a_late_report_brings_back_is_kept_from_then_on() -> None:
    stage = told("a")
    first, last = stage.one.entries[0], stage.one.entries[-1]
    alive = gathered(alive_of(stage))
    assert first.id not in alive
    # From the other side of a partition: it began again, long before we heard of it.
    late = Entry("late0000", 1, last.stamp + 1, alarm("a"))
    stage.one.take(late)
    alive.folded([late])
    assert stage.one.book.firing_count == 1
    assert all(id in alive for id in stage.one.outbox.ledger(alarm("a").fingerprint()))


def test_g1_the_alarms_of_a_letter_that_is_told_again_are_kept() -> None:
    stage = Stage(limits={"ops": FREE})
    stage.answers["ops"] = always(Verdict.dead("400"))
    stage.one.lead()
    stage.one.put(alarm("a"))
    stage.one.put(alarm("a", resolved=True))
    stage.run(10.0)
    alive = AliveEntries(iter(()), stage.one.outbox.ledger)  # as if all of it were over
    notice = next(each.again() for each in stage.one.outbox.queries.dead_letters())
    assert notice is not None
    alive.folded(stage.one.put(notice))
    report = stage.one.entries[0].id
    assert report in alive


def test_where_other_settings_count_nothing_more_goes() -> None:
    alive = AliveEntries(iter(()), lambda fingerprint: ())
    assert EntryId("a", 1) not in alive
    alive.keep_everything()
    assert EntryId("a", 1) in alive
