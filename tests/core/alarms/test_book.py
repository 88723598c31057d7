"""The book: episodes, counts, acknowledgements, lists, and its bounds."""

from __future__ import annotations

import tracemalloc
from itertools import count

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    Entry,
    EntryId,
    NotificationItem,
    Severity,
)
from tests.core.stage import alarm


class Shelf:
    """A book with entries of one or more origins."""

    def __init__(self, **limits: int) -> None:
        self.book = AlarmBook(Bounds(**limits))
        self.sequences: dict[str, count[int]] = {}

    def put(self, body: Body | None, at: int, origin: str = "aaaa") -> AlarmState | None:
        """Apply an entry of that moment."""
        return self.book.apply(self.entry(body, at, origin))

    def entry(self, body: Body | None, at: int, origin: str = "aaaa") -> Entry:
        sequence = next(self.sequences.setdefault(origin, count(1)))
        return Entry(origin, sequence, at << 16, body)

    def state(self, name: str) -> AlarmState:
        state = self.book.find(alarm(name).fingerprint())
        assert state is not None
        return state


def test_repeats_collapse_into_one_episode() -> None:
    shelf = Shelf()
    shelf.put(alarm("disk"), 1)
    shelf.put(alarm("disk", severity=Severity.CRITICAL, timestamp=5), 2)
    shelf.put(alarm("disk", severity=Severity.WARNING), 3)
    state = shelf.state("disk")
    assert (state.id, state.since >> 16, state.count) == (EntryId("aaaa", 1), 1, 3)
    assert state.alarm == alarm("disk", severity=Severity.WARNING)  # as it stands now
    assert (state.severity, state.peak.severity) == (Severity.WARNING, Severity.CRITICAL)
    assert (state.firing, state.resolved) == (True, 0)


def test_firing_again_is_a_new_episode() -> None:
    shelf = Shelf()
    shelf.put(alarm("disk"), 1)
    shelf.put(alarm("disk", resolved=True), 2)
    over = shelf.state("disk")
    assert (over.firing, over.resolved >> 16, over.count) == (False, 2, 1)
    shelf.put(alarm("disk"), 3)
    again = shelf.state("disk")
    assert (again.firing, again.id, again.since >> 16) == (True, EntryId("aaaa", 3), 3)
    assert (again.resolved, again.count) == (0, 1)


def test_a_repeated_end_changes_nothing() -> None:
    shelf = Shelf()
    shelf.put(alarm("disk"), 1)
    shelf.put(alarm("disk", resolved=True), 2)
    shelf.put(alarm("disk", resolved=True), 9)
    assert shelf.state("disk").resolved >> 16 == 2


def test_over_without_having_fired_is_no_alarm_but_is_remembered() -> None:
    shelf = Shelf()
    assert shelf.put(alarm("disk", resolved=True), 5) is None
    assert shelf.book.find(alarm("disk").fingerprint()) is None
    assert list(shelf.book.newest()) == []
    shelf.put(alarm("disk"), 3, "bbbb")  # it fired earlier, elsewhere: it is over
    assert not shelf.state("disk").firing


def test_a_late_end_splits_an_episode() -> None:
    shelf = Shelf()
    for at in (1, 2, 5, 6):
        shelf.put(alarm("disk"), at)
    shelf.put(alarm("disk", resolved=True), 4, "bbbb")
    state = shelf.state("disk")
    assert (state.firing, state.since >> 16, state.count) == (True, 5, 2)
    assert [episode.close is not None for episode in state.episodes()] == [True, False]


def test_apply_says_what_changed() -> None:
    shelf = Shelf()
    entry = shelf.entry(alarm("disk"), 1)
    assert shelf.book.apply(entry) is shelf.state("disk")
    assert shelf.book.apply(entry) is None
    assert shelf.put(None, 2) is None
    assert shelf.put(Action.acknowledge("0" * 16, "kim"), 3) is None
    acknowledgement = Action.acknowledge(alarm("disk").fingerprint(), "kim")
    assert shelf.put(acknowledgement, 4) is shelf.state("disk")


def test_only_the_last_entry_can_be_asked_what_it_turned() -> None:
    shelf = Shelf()
    first, repeat = shelf.entry(alarm("disk"), 1), shelf.entry(alarm("disk"), 2)
    shelf.book.apply(first)
    assert shelf.book.turned(first) is shelf.state("disk")
    shelf.book.apply(repeat)
    assert shelf.book.turned(repeat) is None
    with pytest.raises(ValueError, match="aaaa-1"):
        shelf.book.turned(first)


def test_an_acknowledgement_counts_for_the_episode_it_was_made_in() -> None:
    shelf = Shelf()
    mine = alarm("disk").fingerprint()
    shelf.put(Action.acknowledge(mine, "too early"), 1)
    shelf.put(alarm("disk"), 2)
    assert shelf.state("disk").acknowledgement is None
    shelf.put(Action.acknowledge(mine, "kim"), 3)
    shelf.put(Action.acknowledge(mine, "lee", "on it"), 4)
    assert shelf.state("disk").acknowledgement == Action.acknowledge(mine, "lee", "on it")
    shelf.put(alarm("disk", resolved=True), 5)
    shelf.put(Action.acknowledge(mine, "too late"), 6)
    state = shelf.state("disk")
    assert state.acknowledgement is not None and state.acknowledgement.created_by == "lee"
    shelf.put(alarm("disk"), 7)
    assert shelf.state("disk").acknowledgement is None


def test_what_must_be_kept_folds_to_the_same_alarm() -> None:
    shelf = Shelf()
    bodies: list[Body] = [
        alarm("disk"),
        alarm("disk", resolved=True),
        alarm("disk", severity=Severity.INFO),
        alarm("disk"),
        Action.acknowledge(alarm("disk").fingerprint(), "kim"),
        alarm("disk", severity=Severity.WARNING),
        alarm("disk", severity=Severity.INFO),
    ]
    entries = [shelf.entry(body, at) for at, body in enumerate(bodies, start=1)]
    for entry in entries:
        shelf.book.apply(entry)
    alive = set(shelf.state("disk").alive_ids())
    assert alive == {EntryId("aaaa", n) for n in (3, 4, 5, 7)}  # 4 made it as bad as it was
    again = AlarmBook()
    for entry in entries:
        if entry.id in alive:
            again.apply(entry)
    (state,) = again.firing()
    was = shelf.state("disk")
    assert (state.id, state.since, state.severity) == (was.id, was.since, was.severity)
    assert state.acknowledgement == was.acknowledgement is not None
    assert state.peak.severity is was.peak.severity
    shelf.put(alarm("disk", resolved=True), 9)
    assert list(shelf.state("disk").alive_ids()) == []


def test_firing_and_newest_are_in_order_everywhere() -> None:
    shelf = Shelf()
    for at, name in enumerate(("a", "b", "c", "d"), start=1):
        shelf.put(alarm(name), at)
    shelf.put(alarm("b", resolved=True), 9)
    shelf.put(alarm("a"), 10)
    assert [state.alarm.key for state in shelf.book.firing()] == ["a", "c", "d"]
    assert [state.alarm.key for state in shelf.book.newest()] == ["b", "d", "c", "a"]
    assert [s.alarm.key for s in shelf.book.newest(resolved=False)] == ["d", "c", "a"]
    assert [s.alarm.key for s in shelf.book.remembered()] == ["a", "b", "c", "d"]
    assert (len(shelf.book), shelf.book.firing_count) == (4, 3)


def test_g8_the_oldest_that_are_over_are_forgotten() -> None:
    shelf = Shelf(closed=5)
    gone: list[str] = []
    for n in range(20):
        shelf.put(alarm(f"a{n}"), 2 * n)
        shelf.put(alarm(f"a{n}", resolved=True), 2 * n + 1)
        shed = shelf.book.shed(lambda state: state.alarm.key != "a3", looks=1)
        gone += [state.alarm.key for state in shed]
    assert gone[:5] == ["a0", "a1", "a2", "a4", "a5"]
    kept = {state.alarm.key for state in shelf.book.newest()}
    assert kept >= {"a3", "a19"}
    assert len(kept) <= 7  # looking at the one that must stay costs a turn now and then


def test_g8_one_alarm_repeated_for_ever_stays_small() -> None:
    shelf = Shelf()
    shelf.put(alarm("disk"), 0)
    for n in range(1, 5000):
        shelf.put(alarm("disk", severity=list(Severity)[n % 4]), n)
    state = shelf.state("disk")
    assert len(state.reports) <= 257
    assert (state.count, state.since, state.id) == (5000, 0, EntryId("aaaa", 1))
    assert state.severity is list(Severity)[4999 % 4]
    assert shelf.book.collapsed == 0


def test_g8_a_flapping_alarm_forgets_its_oldest_episodes_and_says_how_many() -> None:
    shelf = Shelf()
    for n in range(2000):
        shelf.put(alarm("flap", resolved=n % 2 == 1), n)
    state = shelf.state("flap")
    episodes = state.episodes()
    assert len(state.reports) <= 257
    assert shelf.book.collapsed == 1000 - len(episodes)
    assert not episodes[0].first.alarm.resolved
    assert (state.since >> 16, state.resolved >> 16) == (1998, 1999)


def test_g8_all_alarms_together_keep_no_more_reports_than_allowed() -> None:
    shelf = Shelf(spare=300)
    for n in range(5000):
        shelf.put(alarm(f"a{n % 50}"), n)
    states = list(shelf.book.firing())
    assert sum(len(state.reports) for state in states) <= 300 + 2 * 50
    assert {state.count for state in states} == {100}


def test_a_mark_survives_the_thinning_of_its_report() -> None:
    shelf = Shelf()
    telling = DeliveryState("ops", (EntryId("aaaa", 9999),))
    for n in range(200):
        shelf.put(alarm("disk"), n)
    item = NotificationItem(EntryId("aaaa", 100), alarm("disk").fingerprint(), False)
    shelf.book.tell(item, 1, telling, 200 << 16)
    for n in range(200, 3000):
        shelf.put(alarm("disk"), n)
    state = shelf.state("disk")
    assert all(report.id != item.alarm for report in state.reports)
    assert [episode.told for episode in state.episodes()] == [1]
    shelf.book.tell(item, 2, telling, 200 << 16)  # and one that comes when it is gone
    assert [episode.told for episode in state.episodes()] == [3]
    assert telling.alarms == 1


def test_g1_no_end_of_a_forgotten_episode_counts_for_one_that_fires() -> None:
    """A dead letter sent again names the end of an episode that was thinned out meanwhile."""
    shelf = Shelf(reports=2)
    shelf.put(alarm("disk"), 1)
    shelf.put(alarm("disk", resolved=True), 2)
    shelf.put(alarm("disk"), 3, origin="bbbb")
    state = shelf.state("disk")
    assert [report.id for report in state.reports] == [EntryId("bbbb", 1)]
    item = NotificationItem(EntryId("aaaa", 2), state.fingerprint, resolved=True)
    telling = DeliveryState("ops", (EntryId("aaaa", 9),))
    assert shelf.book.tell(item, 2, telling, stamp=4 << 16) == 0
    assert state.reports[0].told == 0


@pytest.mark.parametrize("text", ["ASCII", "한국어 경보", "🔥" * 50, "\u0000\n\t", "x" * 8192])
def test_entries_are_kept_as_they_are_though_packed(text: str) -> None:
    report = Alarm(
        message=text,
        severity=Severity.INFO,
        timestamp=2**62,
        labels=((text, text), ("zone", "eu")),
        project=text,
        key=text,
        annotations=((text, ""),),
        link=text,
        source=text,
    )
    state = Shelf().put(report, 1)
    assert state is not None and state.alarm == report
    assert state.alarm is state.alarm  # the router remembers the last by its identity


def test_g8_many_open_alarms_fit_in_memory() -> None:
    """Everything a report leaves behind, its own unique texts included."""
    shelf = Shelf()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for n in range(10_000):
            shelf.put(_pod(n), n)
        each = (tracemalloc.get_traced_memory()[0] - before) / 10_000
    finally:
        tracemalloc.stop()
    assert each < 700, f"{each:.0f} bytes an alarm"


def _pod(n: int) -> Alarm:
    pairs = {"namespace": "shop", "pod": f"api-{n:06d}", "service": "api"}
    fresh = [("".join([name[:1], name[1:]]), value) for name, value in pairs.items()]
    return Alarm(
        message=f"Pod api-{n:06d} is not ready",
        severity=Severity.ERROR,
        timestamp=1_760_000_000_000 + n,
        labels=tuple(fresh),
        project="".join(["w", "-sharing"]),
        source="".join(["alert", "manager"]),
    )


def test_alarms_from_a_source_are_found_by_their_first_or_last_report() -> None:
    shelf = Shelf()
    shelf.put(alarm("a", source="check"), 1)
    shelf.put(alarm("b", source="grpc"), 2)
    shelf.put(alarm("b", source="check"), 3)
    shelf.put(alarm("c", source="check"), 4)
    shelf.put(alarm("c", source="grpc"), 5)
    shelf.put(alarm("d", source="check"), 6)
    shelf.put(alarm("d", source="check", resolved=True), 7)
    shelf.put(alarm("e", source="grpc"), 8)
    found = [state.alarm.key for state in shelf.book.firing_from({"check"})]
    assert found == ["a", "b", "c"]
    assert not list(shelf.book.firing_from({}))
