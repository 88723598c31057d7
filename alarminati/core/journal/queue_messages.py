"""Messages of a queue: the next step for one, and the request that its alarms are.

Only the master takes from queues. A message is acknowledged to its queue after its alarms are on as
many replicas as asked for. Its request id comes from the queue's identity of it, so a message that
is delivered again is nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from alarminati.core.journal.ingest import (
    FiringLimit,
    NotAccepted,
    Overloaded,
    Receipt,
    Stopping,
    TooFewReplicas,
)
from alarminati.core.model.entries import RequestKey, digest_of

TOO_FEW_AGAIN: Final = 30.0  # seconds until a message that lacks copies is asked for again


class Step(Enum):
    """Next step for a message."""

    ACK = "ack"  # its alarms are where they should be
    AGAIN = "again"  # let the queue deliver it again
    WAIT = "wait"  # keep it, and try to accept it again


@dataclass(frozen=True, slots=True)
class Decision:
    """Next step, and after how many seconds."""

    step: Step
    after: float = 0.0


def decide(outcome: Receipt | Exception) -> Decision:
    """Return the next step for a message whose alarms were handed in."""
    if isinstance(outcome, Receipt):
        if outcome.refused is not None:
            return Decision(Step.WAIT, outcome.refused.retry_after)
        return Decision(Step.ACK)
    if isinstance(outcome, TooFewReplicas):
        return Decision(Step.AGAIN, TOO_FEW_AGAIN)  # delivered already; a repeat is recognised
    if isinstance(outcome, Stopping):
        return Decision(Step.AGAIN)
    if isinstance(outcome, Overloaded | FiringLimit):
        return Decision(Step.WAIT, outcome.retry_after)
    if isinstance(outcome, NotAccepted):  # the disk: another replica may be master soon
        return Decision(Step.WAIT, 5.0)
    raise outcome


def request_of(queue: str, message: str, body: bytes) -> RequestKey:
    """Return the request key of a message.

    The content is part of the id: a queue that was deleted and created again counts from 1, and
    another message under a known number must not be taken for a repeat.
    """
    digest = digest_of(body)
    return RequestKey(f"queue/{queue}", f"{message}/{digest[:8].hex()}", digest)
