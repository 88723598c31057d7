"""Tab of an alarm after its person put it aside or took it back."""

from __future__ import annotations

from collections.abc import Sequence

from alarminati.ui.store.database import Database
from alarminati.ui.store.folding import ASIDE, TODO


def settle(base: Database, now: int, keys: Sequence[tuple[int, str]]) -> None:
    """Set the tab of alarms by what is done or snoozed; keys: cluster number and fingerprint."""
    base.run(
        f"update alarms set tab = case when snoozed > {now} or (done > 0 and done >= changed)"
        f" then {ASIDE} else {TODO} end"
        f" where cluster = ? and fingerprint = ? and tab in ({TODO}, {ASIDE})",
        keys,
    )
