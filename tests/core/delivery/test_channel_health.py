"""How a channel fares by the journal, and dead letters that people discard."""

from __future__ import annotations

from random import Random

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.delivery.channel_health import AttemptRecord, ChannelHealth, ChannelStatus
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    Result,
)
from alarminati.core.routing.routes import Route, Router
from tests.core.stage import Stage, alarm, always

FREE = Limits(rate=1000.0, burst=1000, quota=20)
NOTICE = EntryId("a0000000", 1)


def attempt(result: Result, cause: DeliveryCause = DeliveryCause.NONE) -> DeliveryAttempt:
    return DeliveryAttempt(NOTICE, result, 1, "a", 5, "why" if cause else "", cause=cause)


def test_the_newest_attempt_decides_in_whatever_order_attempts_come() -> None:
    delivered, failed = attempt(Result.DELIVERED), attempt(Result.RETRY, DeliveryCause.UNREACHABLE)
    for first, second in (((5, failed), (9, delivered)), ((9, delivered), (5, failed))):
        health = AttemptRecord()
        for moment, each in (first, second):
            health.note(moment, each)
        assert (health.delivered, health.failed, health.detail) == (9, 5, "why")
        assert ChannelStatus(health).state(usable=True, routed=True) is ChannelHealth.OK
    health.note(12, failed)
    health.note(11, attempt(Result.FAILED, DeliveryCause.REJECTED))
    health.note(13, attempt(Result.FAILED, DeliveryCause.CHANNEL_REMOVED))  # says nothing of it
    assert (health.failed, health.cause) == (12, DeliveryCause.UNREACHABLE)


def test_states() -> None:
    def state(health: AttemptRecord, resume: int = 0, since: int = 0) -> ChannelHealth:
        return ChannelStatus(health, resume).state(usable=True, routed=True, since=since)

    assert state(AttemptRecord()) is ChannelHealth.UNUSED
    assert ChannelStatus().state(usable=True, routed=False) is ChannelHealth.UNROUTED
    assert ChannelStatus().state(usable=False, routed=True) is ChannelHealth.MISCONFIGURED
    failing = AttemptRecord(delivered=5, failed=9, cause=DeliveryCause.UNREACHABLE)
    assert state(failing) is ChannelHealth.FAILING
    assert state(failing, since=10) is ChannelHealth.OK, "the settings changed since"
    assert state(AttemptRecord(5), resume=20) is ChannelHealth.PAUSED
    spent = AttemptRecord(failed=9, cause=DeliveryCause.QUOTA_EXCEEDED)
    assert state(spent, resume=20) is ChannelHealth.QUOTA_EXCEEDED
    assert state(spent) is ChannelHealth.FAILING
    refused = AttemptRecord(failed=9, cause=DeliveryCause.MISCONFIGURED)
    assert state(refused, resume=20) is ChannelHealth.MISCONFIGURED
    tested = refused.tested(11, Result.DELIVERED, "", DeliveryCause.NONE)
    assert state(tested) is ChannelHealth.OK
    assert refused.delivered == 0, "a test is of its replica alone"
    worse = tested.tested(12, Result.RETRY, "it hung up", DeliveryCause.UNREACHABLE)
    assert (state(worse), worse.detail) == (ChannelHealth.FAILING, "it hung up")


def test_every_replica_knows_what_the_journal_knows() -> None:
    stage = Stage(limits={"ops": FREE, "team": FREE}, route=Route(("ops",)), size=2)
    one, other = stage.replicas
    one.lead()
    for text in ("disk", "cpu", "net"):
        one.put(alarm(text))
        stage.run(1)
    for replica in (one, other):
        status = replica.outbox.queries.status("ops", stage.wall)
        assert status.health.delivered
        assert status.quota
        assert (status.quota.limit, status.quota.remaining) == (20, 17)
        assert stage.wall < status.quota.reset <= stage.wall + 86_400_000
    day = stage.wall + 86_400_000
    later = one.outbox.queries.status("ops", day).quota
    assert later
    assert (later.remaining, later.reset) == (20, 0)
    stage.answers["ops"] = always(Verdict.quota("used up", 600.0))
    one.put(alarm("more"))
    stage.run(1)
    for replica in (one, other):
        status = replica.outbox.queries.status("ops", stage.wall)
        assert status.state(usable=True, routed=True) is ChannelHealth.QUOTA_EXCEEDED
        assert 0 < status.resume - stage.wall <= 600_000
    assert one.outbox.queries.status("team", stage.wall) == ChannelStatus(
        quota=one.outbox.queries.status("team", stage.wall).quota
    )
    assert one.outbox.queries.status("nobody", stage.wall) == ChannelStatus()


def test_a_discarded_dead_letter_is_gone_everywhere_and_for_good() -> None:
    stage = Stage(limits={"ops": FREE}, size=2)
    one, other = stage.replicas
    one.lead()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    one.put(alarm("disk"), alarm("cpu"))
    stage.run(1)
    letters = list(one.outbox.queries.dead_letters())
    assert {letter.cause for letter in letters} == {DeliveryCause.REJECTED}
    assert one.outbox.queries.dead_letter(letters[0].id) is letters[0]
    (discard,) = one.put(DeadLetterDiscard(tuple(each.id for each in letters), "jane"))
    stage.run(1)
    assert (one.outbox.dead, other.outbox.dead) == (0, 0)
    assert discard.id in set(one.outbox.alive_ids()), "else it came back, while the alarm fires"
    fresh = Outbox(AlarmBook(), Router(Route(("ops",))), {"ops": FREE}, Random(1), "r9", "p")
    for entry in sorted(one.entries, key=lambda entry: entry is not discard):
        fresh._book.apply(entry)
        fresh.apply(entry, stage.now)
    assert fresh.dead == 0, "nor when it is known before its letters"
