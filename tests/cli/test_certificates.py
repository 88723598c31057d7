"""G7: commands with certificates, and plain words when they do not fit."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alarminati.cli.output.terminal import Exit
from alarminati.pki.authority import Authority
from alarminati.wire.identity import Role
from tests.cli.conftest import Start
from tests.client.test_wire import issue, secured


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_command_with_certificates(start: Start, tmp_path: Path) -> None:
    authority = Authority.create()
    jane = issue(authority, Role.REPORTER, tmp_path / "jane")
    async with secured(tmp_path, authority) as agent:
        line = ("report", "disk is full", "--agent", agent.address, "--tls", str(jane))
        assert await ended(await start(*line)) == (Exit.OK, f"{agent.origin}-1\n", "")


async def test_certificates_of_another_authority_are_one_sentence(
    start: Start, tmp_path: Path
) -> None:
    """Nothing of what gRPC logs by itself gets between."""
    stranger = issue(Authority.create(), Role.OPERATOR, tmp_path / "stranger")
    async with secured(tmp_path, Authority.create()) as agent:
        line = ("status", "--timeout", "0.5", "--agent", agent.address, "--tls", str(stranger))
        code, out, err = await ended(await start(*line))
    assert (code, out) == (Exit.UNREACHABLE, "")
    assert err == (
        f"alarminati: {agent.address} cannot be reached:"
        " the agent's certificate is of another authority than ours;"
        " to find out why: alarminati doctor; to get a certificate: alarminati join\n"
    )
