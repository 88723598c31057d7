"""Is the simulator worth anything? Deliberate faults in the core, each of which it must find.

Found is what breaks a rule of the simulator; an exception of the broken core is luck. On the day on
which a fault is found, the core as it is breaks no rule.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alarminati.core.admission import Admission
from alarminati.core.alarms import book
from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery import planner
from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.dead_letters import DeadLetters
from alarminati.core.delivery.early import EarlySends
from alarminati.core.delivery.mentions import Mentions
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.delivery.planner import NotificationPlanner
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.delivery.stalls import Stalls
from alarminati.core.delivery.wake_queue import WakeQueue
from alarminati.core.election.election import Election
from alarminati.core.election.peers import PeerTable
from alarminati.core.journal import acks
from alarminati.core.journal.causal_stamp import CausalStamper
from alarminati.core.journal.commit_queue import Batch, CommitQueue
from alarminati.core.journal.ingest import FiringLimit
from alarminati.core.journal.replication import Link
from alarminati.core.journal.requests import Requests, Taken
from alarminati.core.journal.sides import Sides
from alarminati.core.model.entries import Alarm, Body, DeliveryAttempt, EntryId, RequestKey
from alarminati.core.model.hlc import HybridClock
from alarminati.core.routing.muting import Muting
from tests.sim.campaign import calm, crowd, failover, life, restarts, same_everywhere, stormy_day
from tests.sim.test_moments import (
    frozen_master,
    frozen_with_work,
    full_disk_alone,
    healed_partition,
    hung_disk,
    sends_without_end,
)

Day = Callable[[int], object]
Break = Callable[[pytest.MonkeyPatch], None]

TRIES = 80  # seeds; most faults are found by the first few
SIMULATOR = Path(__file__).parent


def replaced(owner: Any, name: str, fault: Callable[..., Any]) -> Break:
    """A fault that puts `fault` in the place of a method."""
    return lambda patch: patch.setattr(owner, name, fault)


def acknowledge_before_storing(patch: pytest.MonkeyPatch) -> None:
    def advanced(link: Link) -> bool:
        link._stored_count += len(link._received)
        link._received.clear()
        return link._stored_count > link._stored_told

    patch.setattr(Link, "storage_advanced", advanced)


def believe_in_a_silent_master(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sides, "upstream_waiting_since", property(lambda sides: None))


def count_a_copy_too_many(patch: pytest.MonkeyPatch) -> None:
    honest = acks._answer
    patch.setattr(acks, "_answer", lambda waiting, replicas: honest(waiting, replicas + 1))


def know_requests_by_their_ids(patch: pytest.MonkeyPatch) -> None:
    """As it was once: whatever came under an id that was used before was answered like that."""
    honest = Requests.find

    def find(requests: Requests, key: RequestKey) -> Taken | None:
        taken = honest(requests, key)
        return replace(taken, digest=key.digest) if taken else None

    patch.setattr(Requests, "find", find)


def forget_own_business_on_a_full_disk(patch: pytest.MonkeyPatch) -> None:
    def failed(intray: CommitQueue) -> Batch:
        batch, intray.in_flight = intray.in_flight, None
        assert batch is not None
        return batch

    patch.setattr(CommitQueue, "failed", failed)


def keep_what_a_closed_link_sent(patch: pytest.MonkeyPatch) -> None:
    """What was queued from a link that is gone is stored behind what its successor sent."""

    def reverse(intray: CommitQueue, link: int) -> None:
        intray._queue.reverse()

    patch.setattr(CommitQueue, "forget", reverse)


def never_step_down(patch: pytest.MonkeyPatch) -> None:
    honest = Election._adopt

    def adopt(election: Election, now: float, word: Any, address: str) -> None:
        if not election.leading:
            honest(election, now, word, address)

    patch.setattr(Election, "_adopt", adopt)


def miss_an_entry(patch: pytest.MonkeyPatch) -> None:
    honest = Link._next_entries

    def next_entries(link: Link, now: float) -> tuple[Any, ...]:
        entries = honest(link, now)
        return entries[1:] if link._sent_count > 40 else entries

    patch.setattr(Link, "_next_entries", next_entries)


def give_up_at_the_first_failure(patch: pytest.MonkeyPatch) -> None:
    honest = Outbox.finished

    def finished(outbox: Outbox, now: float, attempt: Attempt, verdict: Verdict) -> Any:
        result = verdict if verdict.result.name != "RETRY" else Verdict.dead(verdict.detail)
        return honest(outbox, now, attempt, result)

    patch.setattr(Outbox, "finished", finished)


def lead_without_looking_back(patch: pytest.MonkeyPatch) -> None:
    honest = Outbox.lead

    def lead(outbox: Outbox, now: float, wall: int) -> None:
        honest(outbox, now, wall)
        outbox._lookout._to_look.clear()

    patch.setattr(Outbox, "lead", lead)


def send_while_in_doubt(patch: pytest.MonkeyPatch) -> None:
    def observe(election: Election, now: float) -> None:
        election._last_seen_clock = now

    patch.setattr(Election, "_observe", observe)


FAULTS: dict[str, Break] = {
    "acknowledge before storing": acknowledge_before_storing,
    "count a copy too many": count_a_copy_too_many,
    "forget own business on a full disk": forget_own_business_on_a_full_disk,
    "keep what a closed link sent": keep_what_a_closed_link_sent,
    "never step down": never_step_down,
    "miss an entry": miss_an_entry,
    "give up at the first failure": give_up_at_the_first_failure,
    "lead without looking back": lead_without_looking_back,
    "never dial again": replaced(PeerTable, "dial", lambda roster, now, missing, eager=True: []),
    "ignore others' clocks": replaced(HybridClock, "witness", lambda clock, stamp, wall: None),
    "take reports as they arrive": replaced(
        book, "place", lambda reports, report: reports.append(report) or True
    ),
    "believe in a silent master": believe_in_a_silent_master,
    "know requests by their ids": know_requests_by_their_ids,
    "send while in doubt": send_while_in_doubt,
}


def heed_no_acknowledgement(patch: pytest.MonkeyPatch) -> None:
    honest = NotificationPlanner.reminders

    def reminders(claims: NotificationPlanner, state: AlarmState, *more: Any) -> Any:
        state.actions, known = (), state.actions
        found = honest(claims, state, *more)
        state.actions = known
        return found

    patch.setattr(NotificationPlanner, "reminders", reminders)


def repeat_too_often(patch: pytest.MonkeyPatch) -> None:
    honest = NotificationPlanner._repeated

    def repeated(
        claims: NotificationPlanner,
        state: AlarmState,
        episode: Any,
        lane: ChannelQueue,
        interval: float,
        *times: Any,
    ) -> Any:
        return honest(claims, state, episode, lane, 5.0, *times)

    patch.setattr(NotificationPlanner, "_repeated", repeated)


def let_the_mildest_count(patch: pytest.MonkeyPatch) -> None:
    """As severity is compared the wrong way round."""

    def go_on(episode: Episode, report: Report) -> None:
        episode.told |= report.told
        episode.latest = report
        if report.severity < episode.worst.severity:
            episode.levels.append(report)
            episode.known = report.told

    patch.setattr(Episode, "go_on", go_on)


def take_who_knows_it_for_who_knows_the_worst(patch: pytest.MonkeyPatch) -> None:
    """Whoever was told that it fires counts as told how bad it got."""
    honest = Episode.go_on

    def go_on(episode: Episode, report: Report) -> None:
        known = episode.known
        honest(episode, report)
        episode.known |= known

    patch.setattr(Episode, "go_on", go_on)


def tell_the_newest_instead_of_the_worst(patch: pytest.MonkeyPatch) -> None:
    """A new channel, or master, tells how bad it is now."""
    patch.setattr(Episode, "worst", property(lambda episode: episode.latest))


FAULTS_OF_LIFE: dict[str, Break] = {
    "tell nobody that it got worse": replaced(
        NotificationPlanner, "_worsens", lambda *_: NotifyReason.ALREADY_NOTIFIED
    ),
    "let the mildest count": let_the_mildest_count,
    "take who knows it for who knows the worst": take_who_knows_it_for_who_knows_the_worst,
    "tell the newest instead of the worst": tell_the_newest_instead_of_the_worst,
    "tell what is silenced": replaced(Muting, "alarm", lambda muting, state, wall: None),
    "tell what came and went under a silence": replaced(
        Muting, "hushed", lambda muting, state, episode, way, since: False
    ),
    "forget what is muted": replaced(WakeQueue, "mute", lambda agenda, state, muted: None),
    "escalate at once": replaced(
        planner,
        "_escalated",
        lambda episode, after, wall: planner.Evaluation(
            [planner.DueItem(episode.first, False)], 0, NotifyReason.ESCALATION_DUE
        ),
    ),
    "heed no acknowledgement": heed_no_acknowledgement,
    "repeat too often": repeat_too_often,
    "forget what is dead": replaced(DeadLetters, "add", lambda letters, letter: []),
    "let a stamp years ahead be the last word": replaced(
        CausalStamper, "stamp", lambda succession, body, wall: succession._clock.next(wall)
    ),
    "forget what waits when settings change": replaced(
        Outbox, "_look_at_all", lambda outbox, now, wall: None
    ),
}


def forget_what_is_under_way(patch: pytest.MonkeyPatch) -> None:
    """Nothing waits and nothing is owed, so it may go, though a notice tells it."""

    def settled(outbox: Outbox, state: AlarmState) -> bool:
        waits = any(lane.waits(state) for lane in outbox._lanes)
        return not waits and not outbox._claims.owes(state, outbox._lanes)

    patch.setattr(Outbox, "_settled", settled)


def forget_what_dead_letters_name(patch: pytest.MonkeyPatch) -> None:
    honest = DeadLetters.__init__

    def begin(letters: DeadLetters, mentions: Mentions, *more: Any) -> None:
        honest(letters, Mentions(), *more)

    patch.setattr(DeadLetters, "__init__", begin)


def refuse_ends_where_too_many_fire(patch: pytest.MonkeyPatch) -> None:
    """As it was once: nothing at all got in, also not what would have made room."""
    honest = Admission.admit

    def admit(admission: Admission, alarms: Sequence[Alarm]) -> Any:
        if admission.full:
            raise FiringLimit(range(len(alarms)), "full")
        return honest(admission, alarms)

    patch.setattr(Admission, "admit", admit)


FAULTS_OF_RESTARTS: dict[str, tuple[Break, tuple[int, ...]]] = {
    "count no notice that is being written": (
        replaced(Outbox, "_follows", lambda outbox, state, lane, due: False),
        (11, 37, 41),
    ),
    "leave an end that made light of the alarm": (
        replaced(NotificationPlanner, "_worse_than_said", lambda planner, *more: False),
        (217,),
    ),
}
"""With days on which clocks jump so that it shows."""

FAULTS_OF_CROWDS: dict[str, Break] = {
    "refuse ends where too many fire": refuse_ends_where_too_many_fire,
    "forget what is under way": forget_what_is_under_way,
    "forget what dead letters name": forget_what_dead_letters_name,
    "forget what waits": replaced(
        Outbox, "_settled", lambda outbox, state: state.fingerprint not in outbox._lanes.mentions
    ),
    "take the newest report for one that was thinned out": replaced(
        book, "stand_in", lambda reports, item, stamp: reports[-1]
    ),
}


def broken_rule(day: Day, seed: int) -> str:
    """The rule that is broken on that day; empty when none is, whatever else went wrong."""
    try:
        day(seed)
    except AssertionError as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        by_rule = Path(last.filename).is_relative_to(SIMULATOR)
        return f"{day.__name__} {seed}: {error}" if by_rule else ""
    except Exception:
        return ""
    return ""


def check_worth(fault: Break, days: tuple[Day, ...], seeds: Sequence[int]) -> None:
    """The fault breaks a rule on one of the days, on which nothing is wrong without it."""
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        broken = ((day, seed) for seed in seeds for day in days if broken_rule(day, seed))
        found = next(broken, None)
    assert found is not None, "nobody noticed"
    day, seed = found
    day(seed)


STORM: tuple[Day, ...] = (
    *(frozen_master, frozen_with_work, healed_partition, full_disk_alone),
    lambda seed: same_everywhere(stormy_day(seed)),
)


@pytest.mark.parametrize("fault", FAULTS_OF_LIFE)
def test_a_deliberate_fault_in_the_alarms_life_is_found(fault: str) -> None:
    check_worth(FAULTS_OF_LIFE[fault], (life,), range(TRIES // 4))


@pytest.mark.parametrize("fault", FAULTS_OF_CROWDS)
def test_a_deliberate_fault_that_forgets_is_found(fault: str) -> None:
    check_worth(FAULTS_OF_CROWDS[fault], (crowd,), range(TRIES // 4))


@pytest.mark.parametrize("fault", FAULTS_OF_RESTARTS)
def test_a_deliberate_fault_that_shows_where_clocks_jumped_is_found(fault: str) -> None:
    broken, seeds = FAULTS_OF_RESTARTS[fault]
    check_worth(broken, (restarts,), seeds)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_deliberate_fault_is_found(fault: str) -> None:
    check_worth(FAULTS[fault], STORM, range(TRIES))


def start_again_what_was_tried_early(patch: pytest.MonkeyPatch) -> None:
    """Its notice comes to the disk behind the answer, and looks as if nobody had sent it."""
    honest = EarlySends.written

    def written(early: EarlySends, key: str, id: EntryId) -> None:
        honest(early, key, id)

    patch.setattr(EarlySends, "written", written)


def write_the_outcome_of_an_early_send_alone(patch: pytest.MonkeyPatch) -> None:
    def answered(early: EarlySends, key: str, outcome: DeliveryAttempt) -> list[Body]:
        return [outcome]

    patch.setattr(EarlySends, "answered", answered)


FAULTS_OF_EARLY_SENDS: dict[str, Break] = {
    "start again what was tried early": start_again_what_was_tried_early,
    "write the outcome of an early send alone": write_the_outcome_of_an_early_send_alone,
}


@pytest.mark.parametrize("fault", FAULTS_OF_EARLY_SENDS)
def test_a_deliberate_fault_in_early_sends_is_found(fault: str) -> None:
    check_worth(FAULTS_OF_EARLY_SENDS[fault], (calm, failover), range(TRIES // 4))


FAULTS_OF_STANDSTILL: dict[str, tuple[Break, Callable[[int], Any]]] = {
    "look well while the disk stands": (
        replaced(Stalls, "disk_stands", lambda stalls, now: False),
        hung_disk,
    ),
    "look well while a send does not end": (
        replaced(Stalls, "sending", lambda stalls, now, attempt: None),
        sends_without_end,
    ),
    "stay master though it cannot": (
        replaced(Election, "step_aside", lambda election, now, ready=True: []),
        hung_disk,
    ),
}


@pytest.mark.parametrize("fault", FAULTS_OF_STANDSTILL)
def test_a_deliberate_fault_of_standing_still_is_found(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, moment = FAULTS_OF_STANDSTILL[fault]
    moment(0)  # with nothing broken all is well
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        moment(0)
