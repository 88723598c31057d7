"""Notices that are sent while they are written: which, how often, and what is written when."""

from __future__ import annotations

import pytest

from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.delivery.early import HOLD
from alarminati.core.model.entries import Alarm, Body, DeliveryAttempt, Entry, EntryId, Notification
from alarminati.core.routing.routes import Route
from tests.core.stage import Replica, Stage, alarm

FREE = Limits(rate=1000.0, burst=1000)


class Sends:
    """A master whose entries are written when the test says so."""

    def __init__(self, **limits: Limits) -> None:
        self.stage = Stage(Route(tuple(limits or {"ops": FREE})), limits or {"ops": FREE})
        self.one: Replica = self.stage.one
        self.outbox = self.one.outbox
        self.outbox.lead(self.stage.now, self.stage.wall)
        self.unwritten: list[Body] = []

    def report(self, *alarms: Alarm) -> list[Attempt]:
        """These are on disk; the attempts that begin before their notices are."""
        for each in alarms:
            self.one.store(self.one.make(each))
        now = self.stage.now
        early, notices = self.outbox.send_early(self.outbox.plan(now, self.stage.wall), now)
        self.unwritten += notices
        return early

    def answer(self, attempt: Attempt, verdict: Verdict) -> None:
        outcome = self.outbox.finished(self.stage.now, attempt, verdict)
        self.unwritten += self.outbox.early.answered(attempt.notice.key, outcome)

    def pass_time(self, seconds: float) -> None:
        self.stage.now += seconds
        self.unwritten += self.outbox.early.due(self.stage.now)

    def write(self) -> list[Entry]:
        """All that waits is on disk, in one commit."""
        bodies, self.unwritten = self.unwritten, []
        entries: list[Entry] = []
        for body in bodies:
            if isinstance(body, DeliveryAttempt) and not body.notification.sequence:
                fields = {name: getattr(body, name) for name in body.__slots__}
                body = DeliveryAttempt(**{**fields, "notification": entries[-1].id})
            entries.append(self.one.make(body))
        for entry in entries:
            self.one.store(entry)
        self.unwritten += self.outbox.early.due(self.stage.now)
        return entries

    def later(self) -> list[Attempt]:
        return self.outbox.attempts(self.stage.now)


def kinds(bodies: list[Body]) -> list[str]:
    return [type(body).__name__ for body in bodies]


def test_one_commit_has_notice_and_outcome_of_a_quick_answer() -> None:
    sends = Sends()
    (attempt,) = sends.report(alarm("disk"))
    assert (sends.unwritten, sends.later()) == ([], [])
    sends.answer(attempt, Verdict.delivered())
    assert kinds(sends.unwritten) == ["Notification", "DeliveryAttempt"]
    sends.write()
    assert (sends.later(), sends.outbox.pending, len(sends.outbox.early)) == ([], 0, 0)


def test_a_slow_answer_finds_its_notice_written() -> None:
    sends = Sends()
    (attempt,) = sends.report(alarm("disk"))
    sends.pass_time(HOLD)
    (notice,) = sends.write()
    assert sends.later() == []  # it is in flight
    sends.answer(attempt, Verdict.delivered())
    (outcome,) = sends.unwritten
    assert isinstance(outcome, DeliveryAttempt)
    assert outcome.notification == notice.id
    sends.write()
    assert sends.outbox.pending == 0


@pytest.mark.parametrize("verdict", [Verdict.delivered(), Verdict.dead("no"), Verdict.retry("no")])
def test_g2_an_attempt_that_ends_while_its_notice_is_written_is_not_made_again(
    verdict: Verdict,
) -> None:
    sends = Sends()
    (attempt,) = sends.report(alarm("disk"))
    sends.pass_time(HOLD)
    sends.answer(attempt, verdict)
    assert kinds(sends.unwritten) == ["Notification"]  # an outcome never precedes its notice
    (notice,) = sends.write()
    assert sends.later() == []
    (outcome,) = sends.unwritten
    assert isinstance(outcome, DeliveryAttempt)
    assert outcome.notification == notice.id
    sends.write()
    assert len(sends.outbox.early) == 0
    if verdict.result.name == "RETRY":
        sends.stage.now += 2.0
        (again,) = sends.later()
        assert (again.number, again.notice.key) == (2, attempt.notice.key)


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("seconds", [0.0, HOLD])
def test_a_twin_of_another_master_does_not_stop_the_queue(ended: bool, seconds: float) -> None:
    sends = Sends()
    (attempt,) = sends.report(alarm("disk"))
    sends.pass_time(seconds)
    stamp = sends.stage.stamp()
    sends.one.store(Entry("other", 1, stamp, attempt.notice))
    if ended:
        outcome = sends.outbox.finished(sends.stage.now, attempt, Verdict.delivered())
        twin = DeliveryAttempt(EntryId("other", 1), outcome.result, 1, "r9", 5)
        sends.one.store(Entry("other", 2, stamp + 1, twin))
    sends.answer(attempt, Verdict.delivered())
    sends.write()
    sends.write()
    assert (sends.later(), sends.outbox.pending, len(sends.outbox.early)) == ([], 0, 0)
    assert len(sends.report(alarm("cpu"))) == 1


def test_the_next_notice_of_a_channel_is_written_behind_the_one_sent_early() -> None:
    """Otherwise a retry of the first would come after the second: it would seem to fire."""
    sends = Sends()
    sends.report(alarm("disk"))
    assert sends.report(alarm("disk", resolved=True)) == []
    told = [each.items[0].resolved for each in sends.unwritten if isinstance(each, Notification)]
    assert told == [False, True]


def test_a_notice_sent_early_is_written_though_its_replica_leads_no_longer() -> None:
    sends = Sends()
    (attempt,) = sends.report(alarm("disk"))
    sends.outbox.rest(sends.stage.now)
    sends.pass_time(HOLD)
    assert sends.unwritten == [attempt.notice]


def test_no_digest_and_nothing_for_a_failing_channel_is_sent_early() -> None:
    sends = Sends()
    assert sends.report(alarm("disk"), alarm("cpu")) == []
    assert len(sends.unwritten) == 2
    sends.write()
    (attempt,) = sends.later()
    sends.answer(attempt, Verdict.retry("down"))
    sends.write()
    assert sends.report(alarm("fan")) == []


def test_an_early_send_takes_a_token_of_the_shared_limit() -> None:
    one = Limits(rate=0.001, burst=1, shares="account")
    sends = Sends(ops=one, team=one)
    assert len(sends.report(alarm("disk"))) == 1
    assert sends.later() == []


def test_a_successor_sends_an_early_notice_under_the_same_key() -> None:
    stage = Stage(size=2)
    for replica in stage.replicas:
        replica.store(Entry("origin", 1, stage.stamp(), alarm("disk")))
        replica.outbox.lead(stage.now, stage.wall)
    keys = [
        attempt.notice.key
        for replica in stage.replicas
        for attempt in replica.outbox.send_early(
            replica.outbox.plan(stage.now, stage.wall), stage.now
        )[0]
    ]
    assert len(keys) == 2
    assert len(set(keys)) == 1
