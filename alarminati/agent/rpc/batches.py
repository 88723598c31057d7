"""Batches of ReportStream: the good alarms are accepted, and the answer names the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from alarminati.core.journal.ingest import Receipt
from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import ALARM_SIZE, Invalid
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.error_reason_pb2 import ErrorReason
from alarminati.wire.intake_proto import report_from_proto
from alarminati.wire.status import Problem, problem_of

SOURCE: Final = "grpc"
MOST: Final = 1000  # alarms in a batch


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of which one alarm at least is good."""

    alarms: list[Alarm]
    places: list[int]  # of these alarms, in the batch
    bad: dict[int, Invalid]  # by place

    @classmethod
    def read(cls, request: rpc.ReportStreamRequest, now: int, size: int = ALARM_SIZE) -> Batch:
        """Check each alarm, of at most `size` bytes. Raises Invalid when none is good."""
        if not 1 <= len(request.alarms) <= MOST:
            raise Invalid("alarms", f"has {len(request.alarms)}; send 1 to {MOST} in a batch")
        batch = cls([], [], {})
        for place, message in enumerate(request.alarms):
            try:
                batch.alarms.append(report_from_proto(message, now, SOURCE, size))
                batch.places.append(place)
            except Invalid as error:
                batch.bad[place] = Invalid(f"alarms[{place}].{error.field}", error.problem)
        if not batch.alarms:
            raise next(iter(batch.bad.values()))
        return batch

    def refusals(self, receipt: Receipt) -> Iterator[Exception]:
        """Yield why alarms were not accepted, the first reason first: one for each alarm."""
        yield from self.bad.values()
        if receipt.refused is not None:
            yield from (receipt.refused for _ in receipt.refused.places)

    def refusal(self, receipt: Receipt) -> rpc.Refusal | None:
        """Return the answer's word on the alarms that were not accepted; None: all were."""
        limited = receipt.refused.places if receipt.refused is not None else ()
        first = next(self.refusals(receipt), None)
        if first is None:
            return None
        answer = refusal_of(first)
        answer.indexes.extend(sorted([*self.bad, *(self.places[place] for place in limited)]))
        return answer


def refusal_of(error: Exception) -> rpc.Refusal:
    """Return the message of an error: what the call would fail with for that alarm alone."""
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    return _message(problem)


def _message(problem: Problem) -> rpc.Refusal:
    answer = rpc.Refusal(
        reason=ErrorReason.Value(f"ERROR_REASON_{problem.reason}"),
        message=problem.message,
        field=problem.fields[0][0] if problem.fields else "",
    )
    if problem.retry_after is not None:
        answer.retry_after.FromMilliseconds(round(problem.retry_after * 1000))
    return answer
