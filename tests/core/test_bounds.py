"""G8: a replica's memory has a bound, and who goes beyond it is told when to come back."""

from __future__ import annotations

from alarminati.core.admission import Admission
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.journal.acks import AckTracker, Reject
from alarminati.core.journal.commit_queue import CommitQueue, PendingReport
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.ingest import FiringLimit, Overloaded
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.core.model.hlc import HybridClock
from tests.sim.channels import CHANNELS
from tests.sim.world import Node, World


class Desk:
    """Admission to a book that knows what was taken."""

    def __init__(self, firing: int, **more: int) -> None:
        bounds = Bounds(firing=firing, **more)
        self.book = AlarmBook(bounds)
        self.admission = Admission(
            Journal("own"), self.book, AckTracker(1.0), bounds, lambda alarms: None
        )
        self.count = 0

    def hand_in(self, *alarms: Alarm) -> FiringLimit | None:
        """What was refused of them; the others are folded."""
        try:
            taken, refused = self.admission.admit(alarms)
        except FiringLimit as error:
            return error
        for each in taken:
            self.count += 1
            self.book.apply(Entry("own", self.count, self.count << 16, each))
        return refused


def of(
    source: str, *names: str, severity: Severity = Severity.WARNING, over: bool = False
) -> list[Alarm]:
    return [Alarm(name, severity, 1, over, source=source) for name in names]


def full_desk() -> Desk:
    """Ten may fire, nine do, of two sources."""
    desk = Desk(10)
    assert desk.hand_in(*of("http", "a", "b", "c", "d", "e")) is None
    assert desk.hand_in(*of("prometheus", "f", "g", "h", "i")) is None
    return desk


def test_g8_one_source_gets_half_of_what_may_fire() -> None:
    desk = Desk(10)
    refused = desk.hand_in(*of("http", *"abcdefgh"))
    assert refused is not None and refused.places == (5, 6, 7)
    assert "half of limits.firing_alarms (10)" in str(refused)
    assert desk.hand_in(*of("prometheus", "z")) is None
    assert desk.hand_in(*of("http", "y", severity=Severity.CRITICAL)) is not None


def test_g8_the_last_tenth_is_for_what_is_critical() -> None:
    desk = full_desk()
    refused = desk.hand_in(*of("grpc", "new"))
    assert refused is not None
    assert str(refused).startswith("1 alarm that is new could not be taken: 9 fire already")
    assert desk.hand_in(*of("grpc", "worse", severity=Severity.CRITICAL)) is None
    assert desk.hand_in(*of("grpc", "worst", severity=Severity.CRITICAL)) is not None


def test_g8_what_fires_already_and_what_is_over_is_always_taken() -> None:
    """A group of an Alertmanager: its ends get in though the news of it does not."""
    desk = full_desk()
    desk.hand_in(*of("grpc", "worse", severity=Severity.CRITICAL))
    refused = desk.hand_in(*of("http", "a", "new"), *of("http", "b", "c", over=True))
    assert refused is not None and refused.places == (1,)
    assert desk.book.firing_count == 8
    assert desk.hand_in(*of("http", "a")) is None
    assert desk.hand_in(*of("http", "never heard of", over=True)) is None


def test_g8_the_same_new_alarm_twice_in_a_batch_counts_once() -> None:
    desk = Desk(10)
    assert desk.hand_in(*of("http", *"aabbccddee")) is None
    assert desk.book.firing_count == 5


def test_g8_what_an_agent_says_itself_is_not_held_back() -> None:
    assert full_desk().hand_in(*of("certificate", *"klmnop")) is None


def test_g8_the_bytes_of_what_fires_are_bounded() -> None:
    desk = Desk(1000, firing_bytes=10_000)
    taken = 0
    while desk.hand_in(*of("http", f"{taken} {'x' * 1000}")) is None:
        taken += 1
    assert 5 < taken < 10
    (over,) = of("http", f"0 {'x' * 1000}", over=True)
    assert desk.hand_in(over) is None
    assert desk.hand_in(*of("http", "y" * 100)) is None


def test_g8_the_book_counts_the_bytes_it_holds_and_forgets_old_ones() -> None:
    desk = Desk(100, closed_bytes=50_000)
    for number in range(200):
        desk.hand_in(*of("http", f"{number} {'x' * 1000}"))
        desk.hand_in(*of("http", f"{number} {'x' * 1000}", over=True))
        while desk.book.shed(lambda state: True, 100):
            pass
    assert desk.book.firing_bytes == desk.book.firing_count == 0
    assert 10 <= len(desk.book) <= 50
    held = sum(report.size for state in desk.book.remembered() for report in state.reports)
    assert held <= 50_000


def test_g8_repeats_go_first_when_bytes_run_out() -> None:
    desk = Desk(100, firing_bytes=50_000)
    for _ in range(200):
        desk.hand_in(*of("http", "x" * 1000))
    assert desk.book.firing_bytes < 60_000
    (state,) = desk.book.firing()
    assert state.count == 200


def test_g8_people_are_told_before_it_is_full_and_when_it_is_over() -> None:
    desk = Desk(10)
    desk.hand_in(*of("http", *"abcd"))
    assert desk.admission.sentence == ""
    assert list(desk.admission.crowding(1)) == []
    desk.hand_in(*of("grpc", *"efgh"))
    assert str(desk.admission.sentence).startswith("8 alarms fire, of at most 10")
    (begun,) = desk.admission.crowding(1)
    assert not begun.resolved and begun.key == "agent:firing"
    desk.hand_in(begun)
    assert list(desk.admission.crowding(1)) == []
    desk.hand_in(*of("http", *"abcd", over=True))
    (over,) = desk.admission.crowding(2)
    assert over.resolved and over.fingerprint() == begun.fingerprint()


def test_g8_what_waits_for_the_disk_is_bounded_in_bytes() -> None:
    tray = CommitQueue(Journal("own"), HybridClock(), lambda body, request: b"")
    large = [Alarm("m", Severity.INFO, 1, annotations=(("a", "x" * 3000),))]
    assert tray.has_room(large, 1)  # alone it always may
    tray.add(large, PendingReport({1: 0}, large))
    assert not tray.has_room(large, 5)
    assert tray.has_room(large, 6)
    tray.next_batch(1)
    tray.done()
    assert tray.has_room(large, 1)


def test_g8_what_is_over_and_untold_is_kept_and_nothing_more_may_begin() -> None:
    """Where memory ends, who reports is told to come back; once it was told, he gets in."""
    world = World(1, size=1, bounds=Bounds(closed=2, unsaid=3))
    world.run(5.0)
    (node,) = world.nodes
    for channel in CHANNELS:
        world.channel.down_until[channel] = world.now + 60.0
    for number in range(6):
        world.report(node, f"alarm {number}")
    for number in range(6):
        world.report(node, f"alarm {number}", True)
    world.report(node, "it fires")
    world.run(1.0)
    (refused,) = refusals(node, "one more")
    assert isinstance(refused, Overloaded)
    mixed = [
        Alarm(name, Severity.CRITICAL, node.wall(), name != "more") for name in ("over", "more")
    ]
    assert node.replica is not None
    taken, limit = node.replica.admission.admit(mixed)
    assert (list(taken), limit and limit.places) == (mixed[:1], (1,))
    for name, resolved in (("it fires", False), ("it fires", True), ("one more", True)):
        assert refusals(node, name, resolved) == []  # this adds nothing to remember
    world.run(120.0)
    assert [refusals(node, "one more") for _ in range(3)][-1] == []


def refusals(node: Node, name: str, resolved: bool = False) -> list[Exception]:
    """Hand one in, as `World.report` does."""
    assert node.replica is not None
    now, report = node.world.now, Alarm(name, Severity.CRITICAL, node.wall(), resolved)
    _, effects = node.replica.accept(now, node.wall(), [report], None, 0)
    node.do(effects)
    return [effect.error for effect in effects if isinstance(effect, Reject)]
