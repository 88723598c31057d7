"""When a channel does not take it: fallback, dead letters, receipts, the peace it asked for."""

from __future__ import annotations

import pytest

from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.model.entries import (
    Action,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    Notification,
    NotificationItem,
    Result,
)
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm, always, outcomes

FREE = Limits(rate=1000.0, burst=1000)
MAIN = Limits(rate=1000.0, burst=1000, fallback="mail", fallback_after=60.0)
BOTH = {"ops": MAIN, "mail": FREE}


def led(size: int = 1, **limits: Limits) -> Stage:
    stage = Stage(Route(("ops",)), {**BOTH, **limits}, size=size)
    stage.one.lead()
    return stage


# Fallback.


def test_g1_what_a_channel_does_not_take_in_time_goes_to_its_fallback() -> None:
    stage = led()
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("disk"))
    stage.one.put(alarm("cpu"))  # waits behind it without a notice of its own
    stage.run(59.0)
    assert stage.lines("mail") == []
    stage.run(3.0)
    assert sorted(stage.lines("mail")) == ["cpu+", "disk+"]
    stage.one.put(alarm("late"))  # it is known by now that ops is out
    stage.run(1.0)
    assert stage.lines("mail")[-1] == "late+"
    stage.answers.clear()
    stage.run(120.0)
    assert sorted(stage.lines("ops")) == ["cpu+", "disk+", "late+"]  # it went on trying
    stage.one.put(alarm("disk", resolved=True), alarm("new"))
    stage.run(10.0)
    assert stage.lines("ops")[3:] == ["disk-", "new+"]
    assert stage.lines("mail")[3:] == ["disk-"]  # who was told it fires is told it is over


def test_what_is_delivered_in_time_goes_nowhere_else() -> None:
    stage = led()
    stage.answers["ops"] = lambda now, attempt: (
        0.01,
        Verdict.retry("500") if now < 1030.0 else Verdict.delivered(),
    )
    stage.one.put(alarm("disk"))
    stage.run(600.0)
    assert (stage.lines("ops"), stage.lines("mail")) == (["disk+"], [])


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict.dead("answered 404"),
        Verdict.quota("no more today", after=3600.0),
        Verdict.retry("token revoked", cause=DeliveryCause.MISCONFIGURED),
    ],
)
def test_the_fallback_is_told_at_once_where_waiting_does_not_help(verdict: Verdict) -> None:
    stage = led()
    stage.answers["ops"] = always(verdict)
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert stage.lines("mail") == ["disk+"]
    assert stage.told["mail"][0].at < 1000.1


def test_an_end_that_a_channel_does_not_take_goes_to_its_fallback_alone() -> None:
    stage = led()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    assert (stage.lines("ops"), stage.lines("mail")) == (["disk+"], ["disk-"])


def test_two_channels_that_stand_in_for_each_other_do_not_go_round_in_circles() -> None:
    stage = led(mail=Limits(rate=1000.0, burst=1000, fallback="ops", fallback_after=60.0))
    for channel in ("ops", "mail"):
        stage.answers[channel] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"))
    stage.run(600.0)
    assert (len(stage.sends["ops"]), len(stage.sends["mail"])) == (1, 1)
    assert stage.one.outbox.dead == 2


def test_a_fallback_of_a_fallback_is_told_when_both_fail() -> None:
    stage = led(mail=Limits(fallback="sms", fallback_after=60.0), sms=FREE)
    stage.answers = {name: always(Verdict.retry("down")) for name in ("ops", "mail")}
    stage.one.put(alarm("disk"))
    stage.run(130.0)
    assert stage.lines("sms") == ["disk+"]


def test_g2_a_new_master_does_not_tell_the_fallback_twice() -> None:
    stage = led(size=2)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.retry("down"))
    one.put(alarm("disk"))
    stage.run(100.0)
    one.crash()
    other.lead()
    stage.run(100.0)
    assert stage.lines("mail") == ["disk+"]


def test_g1_a_new_master_tells_the_fallback_in_time() -> None:
    stage = led(size=2)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.retry("down"))
    one.put(alarm("disk"))
    stage.run(40.0)
    one.crash()
    other.lead()
    stage.run(19.0)
    assert stage.lines("mail") == []
    stage.run(3.0)
    assert stage.lines("mail") == ["disk+"]


def test_g1_a_dead_letter_of_the_last_master_goes_to_the_fallback() -> None:
    stage = led(size=2)
    one, other = stage.replicas
    stage.answers = {"ops": always(Verdict.dead("404")), "mail": always(Verdict.retry("down"))}
    one.put(alarm("disk"))
    stage.run(0.01)
    one.crash()
    stage.answers.clear()
    other.lead()
    stage.run(60.0)
    assert stage.lines("mail") == ["disk+"]


@pytest.mark.parametrize("cause", [DeliveryCause.REJECTED, DeliveryCause.QUOTA_EXCEEDED])
def test_g1_a_new_master_sees_at_once_what_the_old_one_did_not_come_to_pass_on(
    cause: DeliveryCause,
) -> None:
    """It wrote that the channel will not take it, and was gone."""
    stage = Stage(Route(("ops",)), BOTH)
    one = stage.one
    (report,) = one.put(alarm("disk"))
    item = NotificationItem(report.id, alarm("disk").fingerprint(), False)
    (notice,) = one.put(Notification("ops", (item,), "key"))
    result = Result.FAILED if cause is DeliveryCause.REJECTED else Result.RETRY
    one.put(DeliveryAttempt(notice.id, result, 1, "r9", 5, retry_after=3_600_000, cause=cause))
    one.lead()
    stage.run(10.0)
    assert stage.lines("mail") == ["disk+"]


def test_the_fallback_of_whoever_is_told_later_is_told_later_too() -> None:
    limits = {"ops": FREE, "boss": MAIN, "mail": FREE}
    stage = Stage(Route(("ops",), escalate=(Escalation(300.0, ("boss",)),)), limits)
    stage.one.lead()
    stage.answers["boss"] = always(Verdict.retry("down"))
    stage.one.put(alarm("first"))
    stage.run(400.0)
    assert stage.lines("mail") == ["first+"]
    stage.one.put(alarm("disk"), alarm("seen"))  # the boss is out, but not yet to be told
    stage.run(290.0)
    assert stage.lines("mail") == ["first+"]
    stage.one.put(Action.acknowledge(alarm("seen").fingerprint(), "kim"))
    stage.run(12.0)
    assert stage.lines("mail") == ["first+", "disk+"]


def test_a_fallback_that_is_not_there_is_none() -> None:
    stage = led(ops=Limits(fallback="gone"))
    stage.answers["ops"] = always(Verdict.dead("404"))
    stage.one.put(alarm("disk"))
    stage.run(10.0)
    assert stage.lines("mail") == []


# Dead letters.


def dead(stage: Stage) -> list[str]:
    return [
        stage.text(item) for each in stage.one.outbox.queries.dead_letters() for item in each.items
    ]


def test_g1_dead_letters_are_listed_and_told_again() -> None:
    stage = Stage(Route(("ops", "mail")), {"ops": FREE, "mail": FREE})
    stage.one.lead()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"), alarm("cpu"))
    stage.run(1.0)
    letters = list(stage.one.outbox.queries.dead_letters("ops"))
    assert [letter.channel for letter in letters] == ["ops", "ops"]
    assert {letter.detail for letter in letters} == {"answered 404"}
    assert letters[0].stamp >> 16 == pytest.approx(stage.wall, abs=1100)
    assert list(stage.one.outbox.queries.dead_letters("mail")) == []
    again = letters[0].again()
    assert again is not None
    stage.answers.clear()
    stage.one.put(again)
    stage.run(1.0)
    assert (stage.lines("ops"), dead(stage)) == (["disk+"], ["cpu+"])
    assert stage.one.outbox.queries.dead_letter(letters[0].id) is None
    assert stage.one.outbox.queries.dead_letter(EntryId("nobody", 1)) is None


def test_g2_a_dead_letter_asked_for_twice_is_told_once() -> None:
    stage = Stage(Route(("ops",)), {"ops": FREE}, size=2)
    stage.one.lead()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.answers.clear()
    for replica in stage.replicas:
        (letter,) = replica.outbox.queries.dead_letters()
        again = letter.again()
        assert again is not None
        replica.put(again)
    stage.run(10.0)
    assert stage.lines() == ["disk+"]


def test_a_letter_that_dies_again_is_a_dead_letter_again() -> None:
    stage = Stage(Route(("ops",)), {"ops": FREE})
    stage.one.lead()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"))
    keys = set()
    for _ in range(3):
        stage.run(1.0)
        (letter,) = stage.one.outbox.queries.dead_letters()
        keys.add(letter.notice.key)
        again = letter.again()
        assert again is not None
        stage.one.put(again)
    stage.run(1.0)
    assert (stage.one.outbox.dead, len(keys)) == (1, 3)


def test_a_letter_told_again_stays_told_whatever_order_entries_come_in() -> None:
    stage = Stage(Route(("ops",)), {"ops": FREE}, size=2)
    one, other = stage.replicas
    stage.cut = True
    one.lead()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    one.put(alarm("disk"))
    stage.run(1.0)
    stage.answers.clear()
    (letter,) = one.outbox.queries.dead_letters()
    again = letter.again()
    assert again is not None
    one.put(again)
    stage.run(1.0)
    last = [
        entry
        for entry in one.entries
        if isinstance(entry.body, Notification) and entry.body.dead_letter
    ]
    for entry in last + one.entries:
        other.take(entry)
    assert (one.outbox.dead, other.outbox.dead) == (0, 0)


# Receipts.


def test_the_newest_message_about_an_alarm_alone_is_known_by_its_receipt() -> None:
    stage = Stage(Route(("ops",)), {"ops": Limits(rate=1.0, burst=2)})
    number = iter(range(100))
    stage.answers["ops"] = lambda now, attempt: (0.01, Verdict.delivered(f"m{next(number)}"))
    stage.one.lead()
    outbox, disk = stage.one.outbox, alarm("disk").fingerprint()
    assert outbox.queries.receipt("ops", disk) == ""
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert (outbox.queries.receipt("ops", disk), outbox.queries.receipt("mail", disk)) == ("m0", "")
    stage.one.put(alarm("a"), alarm("b"), alarm("c"), alarm("d"))
    stage.run(10.0)
    assert outbox.queries.receipt("ops", alarm("d").fingerprint()) == ""  # it was told in a digest
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    assert outbox.queries.receipt("ops", disk) not in ("", "m0")
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert outbox.queries.receipt("ops", disk) == ""  # of the episode before


# What a channel asked for.


def test_a_new_master_leaves_a_channel_in_peace_as_long_as_it_asked() -> None:
    stage = led(size=2, ops=FREE)
    one, other = stage.replicas
    busy = Verdict.busy("answered 429", after=100.0)
    stage.answers["ops"] = always(busy)
    one.put(alarm("disk"))
    stage.run(10.0)
    one.crash()
    stage.answers.clear()
    other.lead()
    stage.run(200.0)  # the stage itself checks that nobody sends too early
    assert stage.lines() == ["disk+"]
    assert stage.told["ops"][0].at == pytest.approx(1100.0, abs=1.0)
    assert [outcome.result for outcome in outcomes(other)] == [Result.RETRY, Result.DELIVERED]


def test_peace_asked_for_by_a_clock_that_was_years_ahead_is_bounded() -> None:
    stage = led(size=2, ops=FREE)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.busy("answered 429", after=100.0))
    stage.last_stamp = (stage.wall + 10**11) << 16
    one.put(alarm("disk"))
    stage.run(10.0)
    one.crash()
    stage.answers.clear()
    other.lead()
    stage.run(101.0)
    assert stage.lines() == ["disk+"]


def test_an_attempt_names_what_it_sends() -> None:
    seen: list[Attempt] = []

    def answer(now: float, attempt: Attempt) -> tuple[float, Verdict]:
        seen.append(attempt)
        return 0.01, Verdict.retry("token revoked", cause=DeliveryCause.MISCONFIGURED)

    stage = led()
    stage.answers["ops"] = answer
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    first = outcomes(stage.one)[0]
    assert (first.notification, first.cause, first.attempt) == (
        seen[0].id,
        DeliveryCause.MISCONFIGURED,
        1,
    )


# A channel that is not told ends.


def test_a_channel_may_be_told_no_ends() -> None:
    limits = {"ops": FREE, "log": Limits(rate=1000.0, burst=1000, resolved=False)}
    stage = Stage(Route(("ops", "log"), repeat_interval=60.0), limits, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("disk"))
    stage.run(70.0)
    one.put(alarm("disk", resolved=True))
    stage.run(3.0)
    one.put(alarm("disk"), alarm("cpu"))
    stage.run(3.0)
    assert stage.lines("ops") == ["disk+", "disk*1", "disk-", "disk+", "cpu+"]
    assert stage.lines("log") == ["disk+", "disk*1", "disk+", "cpu+"]
    one.put(alarm("cpu", resolved=True))
    one.crash()
    other.lead()
    stage.run(30.0)
    assert "cpu-" in stage.lines("ops")
    assert "cpu-" not in stage.lines("log")


def test_a_fallback_is_told_the_end_of_what_it_was_told() -> None:
    stage = led(ops=Limits(1000.0, 1000, fallback="mail", fallback_after=60.0, resolved=False))
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"))
    stage.run(3.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(3.0)
    assert (stage.lines("ops"), stage.lines("mail")) == ([], ["disk+", "disk-"])


def test_g1_a_channel_that_is_removed_leaves_all_it_owed_as_dead_letters_at_once() -> None:
    """Also what waited for it and was in no notice yet; not what is told it already."""
    stage = Stage(limits={"ops": FREE, "team": Limits(rate=0.5, burst=2)}, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("told"))
    stage.run(1.0)
    stage.answers["team"] = always(Verdict.retry("down"))
    for n in range(5):
        one.put(alarm(f"a{n}"))
    stage.run(3.0)
    assert one.outbox.queries.waiting()["team"] == 5
    assert sum(some["team"] for some in other.outbox.queries.owed(stage.now, stage.wall)) == 4
    for replica in stage.replicas:
        replica.reconfigure(Route(("ops",)), {"ops": FREE})
    stage.run(0.01)
    assert sorted(dead(stage)) == [f"a{n}+" for n in range(5)]
    assert (one.outbox.pending, other.outbox.pending) == (0, 0)
    stage.run(10.0)
    assert one.outbox.dead == other.outbox.dead
    limits = {"ops": FREE, "team": FREE}
    stage.answers.clear()
    one.reconfigure(Route(("ops", "team")), limits)
    for letter in list(one.outbox.queries.dead_letters()):
        again = letter.again()
        assert again is not None
        one.put(again)
    stage.run(30.0)
    assert sorted(stage.lines("team")) == [*(f"a{n}+" for n in range(5)), "told+"]


def test_g1_a_master_that_dies_with_a_removed_channel_leaves_the_rest_to_the_next() -> None:
    stage = Stage(limits={"ops": FREE, "team": FREE}, size=2)
    one, other = stage.replicas
    one.lead()
    stage.answers["team"] = always(Verdict.retry("down"))
    for n in range(5):
        one.put(alarm(f"a{n}"))
        one.put(alarm(f"a{n}", resolved=True))
    stage.run(3.0)
    one.crash()
    other.reconfigure(Route(("ops",)), {"ops": FREE})
    assert not any(map(other.outbox._settled, other.book.remembered()))
    other.lead()
    letters = [item for each in other.outbox.queries.dead_letters() for item in each.items]
    assert sorted(map(stage.text, letters)) == sorted(
        f"a{n}{sign}" for n in range(5) for sign in "+-"
    )


@pytest.mark.parametrize("retained", [False, True])
def test_g1_a_channel_removed_while_no_agent_ran_leaves_its_dead_letters_at_the_start(
    retained: bool,
) -> None:
    """All that notices name: what waited without one follows the new routes."""
    stage = Stage(limits={"ops": FREE, "team": FREE})
    stage.one.lead()
    stage.answers["team"] = always(Verdict.retry("down"))
    for n in range(3):
        stage.one.put(alarm(f"a{n}"))
        stage.one.put(alarm(f"a{n}", resolved=True))
    stage.run(3.0)
    alive = set(stage.one.outbox.alive_ids())
    later = Stage(limits={"ops": FREE})
    later.now, later.one.origin = stage.now, "later"
    for entry in stage.one.entries:
        if entry.id in alive or not retained:
            later.one.store(entry)
    assert later.one.outbox.pending == 6
    later.one.lead()
    assert (later.one.outbox.pending, later.one.outbox.dead) == (0, 6)
    assert sorted(dead(later)) == sorted(f"a{n}{sign}" for n in range(3) for sign in "+-")
    assert later.lines("ops") == []
