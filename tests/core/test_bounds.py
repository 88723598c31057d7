"""G8: a replica's memory has a bound, and who goes beyond it is told when to come back."""

from __future__ import annotations

from alarminati.core.bounded.bounds import Bounds
from alarminati.core.journal.acks import Reject
from alarminati.core.journal.ingest import Overloaded
from alarminati.core.model.entries import Alarm, Severity
from tests.core.desk import Desk, of
from tests.sim.channels import CHANNELS
from tests.sim.world import Node, World


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
    assert node.replica.admission.refusing
    assert "channels are behind with them" in node.replica.admission.sentence
    for name, resolved in (("it fires", False), ("it fires", True), ("one more", True)):
        assert refusals(node, name, resolved) == []  # this adds nothing to remember
    world.run(120.0)
    assert [refusals(node, "one more") for _ in range(3)][-1] == []
    assert (node.replica.admission.refusing, node.replica.admission.sentence) == (False, "")


def refusals(node: Node, name: str, resolved: bool = False) -> list[Exception]:
    """Hand one in, as `World.report` does."""
    assert node.replica is not None
    now, report = node.world.now, Alarm(name, Severity.CRITICAL, node.wall(), resolved)
    _, effects = node.replica.accept(now, node.wall(), [report], None, 0)
    node.do(effects)
    return [effect.error for effect in effects if isinstance(effect, Reject)]
