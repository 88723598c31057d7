"""Messages of a queue: the next step for one, and its request."""

from __future__ import annotations

import pytest

from alarminati.core.journal.ingest import (
    FiringLimit,
    Overloaded,
    Receipt,
    Stalled,
    Stopping,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.journal.queue_messages import TOO_FEW_AGAIN, Decision, Step, decide, request_of
from alarminati.core.model.entries import EntryId

IDS = (EntryId("a0000000", 1),)


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [
        (Receipt(IDS, 2), Decision(Step.ACK)),
        (Receipt(IDS, 2, FiringLimit([1], "full")), Decision(Step.WAIT, 60.0)),
        (TooFewReplicas(Receipt(IDS, 1), 2), Decision(Step.AGAIN, TOO_FEW_AGAIN)),
        (Stopping(), Decision(Step.AGAIN)),
        (Overloaded(1.5), Decision(Step.WAIT, 1.5)),
        (FiringLimit([0], "full"), Decision(Step.WAIT, 60.0)),
        (StorageFull(), Decision(Step.WAIT, 5.0)),
        (Stalled(), Decision(Step.WAIT, 5.0)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_a_receipt_with_the_copies_is_acknowledged(
    outcome: Receipt | Exception, decision: Decision
) -> None:
    assert decide(outcome) == decision


def test_what_nobody_foresaw_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        decide(ZeroDivisionError())


def test_the_request_is_the_message_and_its_content() -> None:
    first = request_of("orders", "ALARMS.7", b"disk full")
    assert first == request_of("orders", "ALARMS.7", b"disk full")
    assert first.caller == "queue/orders"
    # The stream was deleted and numbers begin anew: another message, not a repeat.
    assert first.id != request_of("orders", "ALARMS.7", b"disk well").id
