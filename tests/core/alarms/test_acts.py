"""What people do about alarms, folded in any order."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.model.entries import Action, ActionKind, Body, Entry, Severity
from tests.core.stage import alarm

DISK = alarm("disk").fingerprint()


def act(kind: ActionKind, by: str = "kim", assignee: str = "") -> Action:
    return Action(kind, (DISK, alarm("other").fingerprint()), by, "why", assignee)


SEEN, UNSEEN = act(ActionKind.ACKNOWLEDGE), act(ActionKind.UNACKNOWLEDGE)
NOTE, LATER = act(ActionKind.NOTE), act(ActionKind.UNSPECIFIED)
LEE, NOBODY = act(ActionKind.ASSIGN, assignee="lee"), act(ActionKind.ASSIGN)
FIRES, OVER = alarm("disk"), alarm("disk", resolved=True)


def fold(entries: list[Entry], bounds: Bounds | None = None) -> AlarmState:
    book = AlarmBook(bounds or Bounds())
    for entry in entries:
        book.apply(entry)
    state = book.find(DISK)
    assert state is not None
    return state


def entries(bodies: list[Body]) -> list[Entry]:
    return [Entry("aaaa", n, n << 16, body) for n, body in enumerate(bodies, 1)]


@pytest.mark.parametrize(
    ("bodies", "seen", "assignee", "notes"),
    [
        ([FIRES, SEEN], True, "", 0),
        ([FIRES, SEEN, UNSEEN], False, "", 0),
        ([FIRES, SEEN, UNSEEN, SEEN], True, "", 0),
        ([FIRES, UNSEEN, LEE, NOTE, LATER], False, "lee", 2),
        ([FIRES, LEE, NOBODY], False, "", 0),
        ([FIRES, LEE, SEEN, OVER, NOTE], True, "lee", 1),
        ([FIRES, OVER, LEE, SEEN], False, "", 0),
        ([FIRES, LEE, SEEN, NOTE, OVER, FIRES], False, "", 0),
        ([FIRES, LEE, SEEN, alarm("disk", severity=Severity.CRITICAL)], False, "lee", 0),
    ],
)
def test_actions_count_in_whatever_order_they_come(
    bodies: list[Body], seen: bool, assignee: str, notes: int
) -> None:
    made = entries(bodies)
    orders = list(permutations(made))
    for order in Random(1).sample(orders, min(60, len(orders))):
        state = fold(list(order))
        found = (state.acknowledgement is not None, state.assignee, state.note_count)
        assert found == (seen, assignee, notes), [entry.sequence for entry in order]


def test_retention_keeps_what_decides() -> None:
    bodies: list[Body] = [LEE, FIRES, SEEN, UNSEEN, LEE, NOTE]
    made = entries(bodies)
    alive = set(fold(made).alive_ids())
    again = fold([entry for entry in made if entry.id in alive])
    assert (again.acknowledgement, again.assignee, again.note_count) == (None, "lee", 1)
    assert made[0].id not in alive
    assert set(fold([*made, Entry("aaaa", 9, 9 << 16, OVER)]).alive_ids()) == set()


def test_g8_many_notes_push_out_no_acknowledgement() -> None:
    made = entries([FIRES, SEEN, LEE, *[NOTE] * 50])
    Random(2).shuffle(made)
    state = fold(made, Bounds(actions=2, notes=5))
    assert (state.acknowledgement, state.assignee, state.note_count) == (SEEN, "lee", 5)
    assert len(state.actions) == 7
