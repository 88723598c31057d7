"""Checker: holds guarantees G1, G2, G4 and G5 over the history of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.laboratory.history import Delivery, History, Trouble

RIVALRY = 2.0  # seconds for which two that hear each other may both lead
LOOK = 0.5  # seconds between two looks at who leads
RECOVERY = 8.0  # seconds after the end of a trouble in which its effects go on
COPIED = 20.0  # seconds after which what one disk had is on others, too
SETTLING = 30.0  # seconds after a delivery in which a failover may still repeat it
HARMLESS = frozenset({"channel answers 500", "channel hangs", "channel resets"})
"""Kinds that make no other replica lead, so that nothing may be repeated for them."""


def violations(history: History) -> list[str]:
    """Return a sentence for each guarantee that was broken."""
    return [*_lost(history), *_repeated(history), *_rivals(history), *_unseen(history)]


def _lost(history: History) -> Iterator[str]:
    told = {delivery.message for delivery in history.deliveries}
    wiped = [trouble for trouble in history.troubles if trouble.kind == "disk wiped"]
    for report in history.reports:
        if not report.answered or report.message in told:
            continue
        if report.copies == 1 and any(
            trouble.agents == (report.agent,)
            and report.began < trouble.ended < report.answered + COPIED
            for trouble in wiped
        ):
            continue  # the receipt said that one disk had it, and that disk was lost
        yield f"G1: {report.message} was acknowledged by {report.copies} and never told"


def _repeated(history: History) -> Iterator[str]:
    """At most one repeat for each failover or partition, under the key of the first."""
    began = {report.message: report.began for report in history.reports}
    for message, deliveries in _by_message(history.deliveries).items():
        if message not in began:
            yield f"G2: {message} was told and never reported"
            continue
        first, last = deliveries[0].at, deliveries[-1].at
        causes = [
            trouble
            for trouble in history.troubles
            if trouble.kind not in HARMLESS
            and trouble.began <= last
            and trouble.ended + SETTLING >= min(began[message], first)
        ]
        # Each trouble may take the lead from one and give it back: two failovers.
        allowed = sum(1 + len(trouble.agents) for trouble in causes)
        if len(deliveries) - 1 > allowed:
            yield f"G2: {message} was told {len(deliveries)} times with {len(causes)} troubles"


def _by_message(deliveries: list[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda each: each.at):
        found[delivery.message].append(delivery)
    return found


def _rivals(history: History) -> Iterator[str]:
    """Two that lead at each of several looks in a row, with no trouble near."""
    since: float | None = None
    for look in sorted(history.looks, key=lambda each: each.at):
        if len(look.leaders) < 2 or _troubled(history.troubles, look.at):
            since = None
            continue
        since = look.at if since is None else since
        if look.at - since > RIVALRY + LOOK:
            yield f"G4: {' and '.join(look.leaders)} lead for {look.at - since:.1f} s"
            return


def _troubled(troubles: list[Trouble], at: float) -> bool:
    return any(each.began - LOOK <= at <= each.ended + RECOVERY for each in troubles)


def _unseen(history: History) -> Iterator[str]:
    """Every follower saw every acknowledged alarm once, and each origin's in order."""
    seen: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    order: dict[tuple[str, str], list[int]] = defaultdict(list)
    for sight in history.sights:
        seen[sight.follower][f"{sight.origin}-{sight.sequence}"] += 1
        order[sight.follower, sight.origin].append(sight.sequence)
    for follower, records in seen.items():
        for record, times in records.items():
            if times > 1:
                yield f"G5: {follower} saw {record} {times} times"
    for (follower, origin), sequences in order.items():
        if any(later < earlier for earlier, later in pairwise(sequences)):
            yield f"G5: {follower} saw records of {origin} out of order"
    lost = {sentence.split()[1] for sentence in _lost(history)}
    for follower in seen:
        messages = {each.message for each in history.sights if each.follower == follower}
        for report in history.reports:
            if report.answered and report.message not in messages and report.message not in lost:
                yield f"G5: {follower} never saw {report.message}"


def repeats(history: History) -> int:
    """Return how many deliveries were repeats."""
    return sum(len(each) - 1 for each in _by_message(history.deliveries).values())
