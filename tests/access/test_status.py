"""Problems survive the wire: what one side says is what the other reads."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from alarminati.core.journal.ingest import (
    Overloaded,
    Receipt,
    Stopping,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.model.entries import EntryId
from alarminati.core.model.validation import Invalid
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire import status
from alarminati.wire.credentials import Tls, bind, dial
from alarminati.wire.identity import Role
from alarminati.wire.options import SERVER
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem

Code = grpc.StatusCode


async def reading(problem: Problem) -> Problem:
    """Send a problem over a real connection and read it."""

    async def fail(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        await status.abort(context, problem)

    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(fail)
    server = grpc.aio.server(options=SERVER)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t", {"f": handler}),))
    port = bind(server, "127.0.0.1:0", None)
    await server.start()
    try:
        return await asking(f"127.0.0.1:{port}", None)
    finally:
        await server.stop(0)


async def asking(address: str, tls: Tls | None, cluster: str = "") -> Problem:
    """Why a call fails."""
    async with dial(address, tls, cluster) as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/t/f")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(b"", timeout=5)
    return status.read(refused.value)


RECEIPT = Receipt((EntryId("aaaaaaaa", 7),), 1)


@pytest.mark.parametrize(
    ("error", "code", "reason", "retry_after"),
    [
        (Invalid("severity", "unknown"), Code.INVALID_ARGUMENT, "INVALID_FIELD", None),
        (Overloaded(2.5), Code.RESOURCE_EXHAUSTED, "OVERLOADED", 2.5),
        (StorageFull(), Code.RESOURCE_EXHAUSTED, "STORAGE_FULL", 5.0),
        (Stopping(), Code.UNAVAILABLE, "STOPPING", 1.0),
        (TooFewReplicas(RECEIPT, 3), Code.UNAVAILABLE, "TOO_FEW_REPLICAS", 1.0),
    ],
)
async def test_errors_of_the_core_reach_the_caller(
    error: Exception, code: grpc.StatusCode, reason: str, retry_after: float | None
) -> None:
    problem = status.problem_of(error)
    assert problem is not None
    read = await reading(problem)
    assert (read.code, read.reason, read.retry_after) == (code, reason, retry_after)
    assert read.message == str(error)


async def test_fields_and_facts_reach_the_caller() -> None:
    problem = status.problem_of(Invalid("alarms[3].labels.host", "목록이 너무 길다"))
    assert problem is not None
    assert await reading(problem) == problem
    kept = status.problem_of(TooFewReplicas(RECEIPT, 3))
    assert kept is not None
    assert dict((await reading(kept)).facts) == {
        "replicas": "1",
        "wanted": "3",
        "ids": "aaaaaaaa-7",
    }


async def test_the_plain_ones() -> None:
    for problem in (
        status.not_found("no such alarm: x-1"),
        status.refusal(ErrorReason.ALARM_RESOLVED, "the alarm is over"),
        Problem(Code.INTERNAL, "a failure of ours"),
    ):
        assert await reading(problem) == problem


def test_a_failure_of_our_own_is_no_problem_of_the_caller() -> None:
    assert status.problem_of(RuntimeError("secret")) is None


@pytest.mark.parametrize(
    "trailer",
    [(), (("grpc-status-details-bin", b"\xff\xff\xff"),), (("other-bin", b"x"), ("text", "x"))],
)
def test_answers_of_other_servers_are_read_as_far_as_they_go(
    trailer: tuple[tuple[str, str | bytes], ...],
) -> None:
    error = grpc.aio.AioRpcError(
        Code.ABORTED, grpc.aio.Metadata(), grpc.aio.Metadata(*trailer), details="so it is"
    )
    assert status.read(error) == Problem(Code.ABORTED, "so it is")


async def test_why_there_is_no_trust_is_told_in_words(tmp_path: Path) -> None:
    ours, other = Authority.create(), Authority.create()
    for name, issued in {
        "agent": ours.issue(Role.AGENT, "a1", "seoul-1", days=1),
        "viewer": ours.issue(Role.VIEWER, "v", days=1),
        "stranger": other.issue(Role.VIEWER, "v", days=1),
        "operator": ours.issue(Role.OPERATOR, "o", days=1),
    }.items():
        save_issued(issued, tmp_path / name)
    tls = {path.name: Tls.load(path) for path in tmp_path.iterdir()}
    agent, operator, plain = (grpc.aio.server(options=SERVER) for _ in range(3))
    there = bind(agent, "127.0.0.1:0", lambda: tls["agent"])
    posing = bind(operator, "127.0.0.1:0", lambda: tls["operator"])
    open_ = bind(plain, "127.0.0.1:0", None)
    for server in (agent, operator, plain):
        await server.start()
    for port, who, cluster, meaning in (
        (there, tls["viewer"], "busan-1", "not an agent of this cluster"),
        (there, tls["stranger"], "", "of another authority than ours"),
        (posing, tls["viewer"], "", "not an agent"),
        (open_, tls["viewer"], "", "does not speak TLS"),
        (there, None, "", "perhaps it demands TLS"),
    ):
        problem = await asking(f"127.0.0.1:{port}", who, cluster)
        assert problem.code is Code.UNAVAILABLE
        assert problem.reason == ("WRONG_CLUSTER" if cluster else "NO_TRUST"), (meaning, problem)
        assert meaning in problem.message
    for server in (agent, operator, plain):
        await server.stop(0)
    assert (await asking(f"127.0.0.1:{there}", tls["viewer"])).reason == "REFUSED"


async def test_a_host_that_has_no_address_is_told_in_words(tmp_path: Path) -> None:
    save_issued(Authority.create().issue(Role.VIEWER, "v", days=9), tmp_path / "v")
    problem = await asking("no-such-host.invalid:7443", Tls.load(tmp_path / "v"))
    assert problem.reason == "NO_ADDRESS"
    assert "address" in problem.message and "lookup" not in problem.message
