"""Actions of people on one alarm: who acknowledged it, whose it is, and how many notes it has.

Of each group of kinds the newest actions count, in the order of entries. So actions may arrive in
any order, and a bound on their number forgets the same ones on every replica.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from alarminati.core.bounded.bounds import Bounds
from alarminati.core.model.entries import Action, ActionKind, Order

ACKNOWLEDGING: Final = frozenset({ActionKind.ACKNOWLEDGE, ActionKind.UNACKNOWLEDGE})
"""Kinds that decide whether an alarm is acknowledged: the last one counts."""
ASSIGNING: Final = frozenset({ActionKind.ASSIGN})
NOTING: Final = frozenset({ActionKind.NOTE, ActionKind.UNSPECIFIED})
"""Kinds that count as notes: a kind of a later version does, too."""

Acts: TypeAlias = tuple[tuple[Order, Action], ...]
"""Actions on one alarm with their places in the order of entries, oldest first."""


def with_action(acts: Acts, order: Order, action: Action, bounds: Bounds) -> Acts:
    """Add an action; of its group only the newest are kept."""
    for group, most in (
        (ACKNOWLEDGING, bounds.actions),
        (ASSIGNING, bounds.actions),
        (NOTING, bounds.notes),
    ):
        if action.kind in group:
            both = sorted([*acts, (order, action)], key=lambda each: each[0])
            excess = sum(each.kind in group for _, each in both) - most
            if excess > 0:
                oldest = next(each for each in both if each[1].kind in group)
                both.remove(oldest)
            return tuple(both)
    return acts


def last_of(
    acts: Acts, group: frozenset[ActionKind], after: Order, until: Order | None
) -> tuple[Order, Action] | None:
    """Return the last action of a group behind `after`, and up to `until` if that is given."""
    for order, action in reversed(acts):
        if action.kind in group and (until is None or order <= until):
            return (order, action) if order > after else None
    return None
