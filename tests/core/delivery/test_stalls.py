"""What stands still, and for how long that is borne."""

from __future__ import annotations

from alarminati.core.delivery.attempts import Attempt
from alarminati.core.delivery.stalls import PATIENCE, Stalls
from alarminati.core.model.entries import EntryId, Notification

ATTEMPT = Attempt(
    EntryId("aaaaaaaa", 1), Notification("ops", (), "k"), 1, timeout=10.0, started=100.0
)


def test_a_commit_may_take_a_while_and_no_longer() -> None:
    stalls = Stalls()
    assert stalls.next_due(100.0) is None
    stalls.storing(100.0)
    assert stalls.next_due(100.0) == 100.0 + PATIENCE
    assert not stalls.trouble(100.0 + PATIENCE - 0.1)
    assert "disk does not answer" in stalls.trouble(100.0 + PATIENCE)
    assert stalls.next_due(100.0 + PATIENCE) is None
    stalls.stored()
    assert not stalls.trouble(1000.0)


def test_a_send_may_take_its_timeout_and_a_while() -> None:
    stalls = Stalls()
    stalls.sending(100.0, ATTEMPT)
    assert stalls.next_due(100.0) == 110.0 + PATIENCE
    assert not stalls.trouble(110.0 + PATIENCE - 0.1)
    assert "delivery does not end" in stalls.trouble(110.0 + PATIENCE)
    assert not stalls.disk_stands(1000.0)
    stalls.sent(ATTEMPT)
    assert not stalls.trouble(1000.0)
