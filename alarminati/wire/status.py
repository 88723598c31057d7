"""Status of failed calls: one way to write it, and to read it at the other end.

Servers `abort` with a Problem, or let `problem_of` make one from an error of the core. It travels
as google.rpc.Status with ErrorInfo, BadRequest and RetryInfo in the trailer
`grpc-status-details-bin` (https://google.aip.dev/193). Clients `read` it. Messages are for people
and hold no secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Never

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

from alarminati.core.journal.ingest import (
    FiringLimit,
    Overloaded,
    RequestIdReused,
    Stalled,
    Stopping,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.model.validation import Invalid
from alarminati.wire.reasons import CODES, ErrorReason

DOMAIN: Final = "alarminati"
_TRAILER: Final = "grpc-status-details-bin"

_UNREACHED: Final = (
    (
        "Hostname Verification Check failed",
        "the server there is not an agent of this cluster",
        "WRONG_CLUSTER",
    ),
    ("unsupported certificate purpose", "the server there is not an agent", "NO_TRUST"),
    ("certificate has expired", "the agent's certificate has expired", "NO_TRUST"),
    (
        "certificate is not yet valid",
        "the agent's certificate is not valid yet: check the clocks",
        "NO_TRUST",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "the agent's certificate is of another authority than ours",
        "NO_TRUST",
    ),
    ("WRONG_VERSION_NUMBER", "the server there does not speak TLS", "NO_TRUST"),
    (
        "failed to connect to all addresses; last error: UNAVAILABLE",
        "it hung up at once; perhaps it demands TLS, or refuses our certificate (expired, or of"
        " another authority)",
        "NO_TRUST",
    ),
    ("Domain name not found", "the host has no address; is it spelled right?", "NO_ADDRESS"),
    ("Misformatted domain name", "the host has no address; is it spelled right?", "NO_ADDRESS"),
    (
        "errors resolving",
        "no name server said what address the host has; is this computer on a network?",
        "NO_ADDRESS",
    ),
    ("Connection refused", "nothing listens there (connection refused)", "REFUSED"),
)
"""Text of gRPC when there was no connection, its meaning for people, and for programs."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Reason of a failed call: a stable `reason` for programs, one sentence for people."""

    code: grpc.StatusCode
    message: str
    reason: str = ""  # UPPER_SNAKE_CASE; empty when the other side gave none
    fields: tuple[
        tuple[str, str], ...
    ] = ()  # path of a field of the request, what is wrong with it
    retry_after: float | None = None  # seconds; None when a retry was not suggested
    facts: tuple[tuple[str, str], ...] = ()  # by name, such as ("role", "operator")


def refusal(
    reason: ErrorReason,
    message: str,
    *,
    fields: tuple[tuple[str, str], ...] = (),
    retry_after: float | None = None,
    facts: tuple[tuple[str, str], ...] = (),
) -> Problem:
    """Return a Problem with the code of its reason, and a hint to retry where that can help."""
    codes = CODES[reason]
    after = codes.retry_after if retry_after is None else retry_after
    return Problem(codes.grpc, message, reason, fields, after, facts)


def invalid(field: str, problem: str) -> Problem:
    """Return a Problem for a wrong field of the request (empty: all of it); retries cannot help."""
    reason = ErrorReason.CURSOR_INVALID if field == "cursor" else ErrorReason.INVALID_FIELD
    message = f"{field}: {problem}" if field else problem
    return refusal(reason, message, fields=((field, problem),))


def not_found(message: str) -> Problem:
    """Return a Problem for a name in the request that does not exist."""
    return refusal(ErrorReason.NOT_FOUND, message)


def problem_of(error: Exception) -> Problem | None:
    """Return the Problem of a core error; None for errors that callers cannot cause."""
    said = str(error)
    match error:
        case Invalid():
            return invalid(error.field, error.problem)
        case Overloaded():
            return refusal(ErrorReason.OVERLOADED, said, retry_after=error.retry_after)
        case FiringLimit():
            return refusal(ErrorReason.FIRING_LIMIT, said, retry_after=error.retry_after)
        case StorageFull():
            return refusal(ErrorReason.STORAGE_FULL, said, retry_after=error.retry_after)
        case Stalled():
            return refusal(ErrorReason.STALLED, said, retry_after=error.retry_after)
        case Stopping():
            return refusal(ErrorReason.STOPPING, said)
        case RequestIdReused():
            return refusal(ErrorReason.REQUEST_ID_REUSED, said, fields=(("request_id", said),))
        case TooFewReplicas():
            facts = (
                ("replicas", str(error.receipt.replicas)),
                ("wanted", str(error.wanted)),
                ("ids", ",".join(str(id_) for id_ in error.receipt.ids)),
            )
            return refusal(ErrorReason.TOO_FEW_REPLICAS, said, facts=facts)
    return None


async def abort(context: grpc.aio.ServicerContext[Any, Any], problem: Problem) -> Never:
    """End the call with a problem."""
    details = _status(problem).SerializeToString()
    await context.abort(problem.code, problem.message, ((_TRAILER, details),))


def read(error: grpc.aio.AioRpcError) -> Problem:
    """Return the Problem of a failed call, as the other side sent it, or as gRPC found."""
    message = error.details() or error.code().name
    for name, value in error.trailing_metadata() or ():
        if name == _TRAILER and isinstance(value, bytes):
            try:
                return _problem(error.code(), message, status_pb2.Status.FromString(value))
            except DecodeError:  # not ours, then: go by code and message alone
                break
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        for said, meaning, reason in _UNREACHED:
            if said in message:
                return Problem(error.code(), meaning, reason)
        message = message.rpartition("Failed to connect to remote host: ")[2]
    return Problem(error.code(), message)


def _status(problem: Problem) -> status_pb2.Status:
    number, _ = problem.code.value
    status = status_pb2.Status(code=number, message=problem.message)
    if problem.reason:
        status.details.add().Pack(
            error_details_pb2.ErrorInfo(
                reason=problem.reason, domain=DOMAIN, metadata=dict(problem.facts)
            )
        )
    if problem.fields:
        wrong = [
            error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
            for field, description in problem.fields
        ]
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=wrong))
    if problem.retry_after is not None:
        hint = error_details_pb2.RetryInfo()
        hint.retry_delay.FromMilliseconds(round(problem.retry_after * 1000))
        status.details.add().Pack(hint)
    return status


def _problem(code: grpc.StatusCode, message: str, status: status_pb2.Status) -> Problem:
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    hint = error_details_pb2.RetryInfo()
    retry_after = None
    for detail in status.details:
        if detail.Is(hint.DESCRIPTOR):
            detail.Unpack(hint)
            retry_after = hint.retry_delay.ToMilliseconds() / 1000
        elif not detail.Unpack(info):
            detail.Unpack(request)
    return Problem(
        code,
        message,
        info.reason,
        tuple((wrong.field, wrong.description) for wrong in request.field_violations),
        retry_after,
        tuple(sorted(info.metadata.items())),
    )
