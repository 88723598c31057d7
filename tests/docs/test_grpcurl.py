"""docs/grpcurl.md: every command is run as it stands, and answers what the page says it answers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from alarminati.config.relay import load_relay
from alarminati.relay_server.app import Ports, run
from alarminati.wire.identity import Role
from tests.house.source import ROOT
from tests.relay.stage import TOKEN, post, written
from tests.relay.test_tls import server_certificate
from tests.support.cluster import Cluster, Place
from tests.support.patience import until
from tests.trust.enrolling import give_authority

PAGE = (ROOT / "docs/grpcurl.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(.*?)^```(\w+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
GIVEN = {
    "AGENT",
    "TLS",
    "CURSOR",
    "SILENCE",
    "RELAY",
    "RELAY_TLS",
}  # what the reader has; other variables are as in the page

# What is another thing every time. Everything else is as in the page.
VARYING = {
    *("authority", "certificate", "endsMs"),
    *("alarmId", "bytes", "cluster", "cursor", "destination", "durationMs", "entries", "epoch"),
    *(
        "endsMs",
        "firstId",
        "id",
        "key",
        "idempotencyKey",
        "notificationId",
        "origin",
        "sequence",
        "startTime",
        "lastReportTime",
        "updateTime",
        "createTime",
        "lastDeliveryTime",
        "status",
        "nextEndTime",
        "nextTime",
        "inviteTime",
        "invitationExpireTime",
        "invitationId",
        "privateKey",
        "certificateExpireTime",
        "loadTime",
        "receiveTime",
        "revokeTime",
        "endTimeMs",
        "startTimeMs",
        "timeMs",
        "startsMs",
        "time",
        "timestampMs",
        "usedRatio",
        "version",
    ),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the page."""

    text: str
    ending: int  # exit code
    kind: str  # of the expected answer: json, text, or empty when none is shown
    answer: str


def read(page: str) -> tuple[list[Command], dict[str, str]]:
    """The commands of a page in order, and the variables it tells its reader to set."""
    blocks = BLOCK.findall(page)
    commands: list[Command] = []
    variables: dict[str, str] = {}
    for (before, kind, text), following in zip(blocks, [*blocks[1:], ("-", "", "")], strict=True):
        if kind != "sh":
            continue
        exports = dict(re.findall(r"^export (\w+)=(\S+)", text, re.MULTILINE))
        if exports:
            variables |= exports
            continue
        told = re.search(r"ends\s+with (\d+)", before)
        shown = following[1:] if following[0] == "" and following[1] != "sh" else ("", "")
        commands.append(Command(text, int(told[1]) if told else 0, *shown))
    return commands, variables


def rpcs() -> set[str]:
    """Every call of the public protos."""
    files = FileDescriptorSet.FromString((ROOT / "generated/descriptor.binpb").read_bytes()).file
    return {
        f"{file.package}.{service.name}/{method.name}"
        for file in files
        for service in file.service
        for method in service.method
    }


def like(seen: Any, shown: Any, where: str = "answer") -> None:
    """Check that an answer is what the page shows, but for what varies."""
    assert type(seen) is type(shown), f"{where}: {seen!r} is not like {shown!r}"
    if isinstance(shown, dict):
        # A test message may take less than a millisecond, and zero is left out.
        assert seen.keys() ^ shown.keys() <= {"durationMs"}, f"{where}: {seen} is not like {shown}"
        meanwhile = {"state", "reason"} if ".deliveries[" in where else set()  # the master works
        for key in (seen.keys() & shown.keys()) - VARYING - meanwhile:
            like(seen[key], shown[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert len(seen) == len(shown), f"{where}: {seen} is not like {shown}"
        for index, (one, other) in enumerate(zip(seen, shown, strict=True)):
            like(one, other, f"{where}[{index}]")
    else:
        assert seen == shown, where


def documents(text: str) -> list[Any]:
    """JSON documents, one after the other."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def check(command: Command, ended: subprocess.CompletedProcess[str]) -> None:
    """Check what a command came to."""
    said = f"{command.text}{ended.stdout}{ended.stderr}"
    assert ended.returncode == command.ending, said
    if command.kind == "json":
        like(documents(ended.stdout), documents(command.answer), said)
    elif command.kind == "text":
        lines = [line.strip() for line in (ended.stdout + ended.stderr).splitlines()]
        for line in command.answer.splitlines():
            assert line.strip() in lines, said


def test_every_call_has_a_line() -> None:
    commands, variables = read(PAGE)
    called = {word for command in commands for word in command.text.split()}
    assert rpcs() <= called, f"without a line: {sorted(rpcs() - called)}"
    used = {name for command in commands for name in re.findall(r"\$(\w+)", command.text)}
    assert used == set(variables), "variables are explained, and only those that are used"
    assert used > GIVEN
    assert all(command.kind for command in commands), "each with the kind of answer to expect"


@asynccontextmanager
async def relay(cluster: Cluster) -> AsyncIterator[dict[str, str]]:
    """A relay that keeps one webhook; yields what the reader of the page has of it."""
    folder = cluster.folder / "relay"
    folder.mkdir()
    server_certificate(folder)
    agent = cluster.certificate(Role.AGENT, "puller")
    tls = shutil.copytree(agent, folder / "tls")
    shutil.copy(folder / "cert.pem", tls / "ca.crt")
    config = written(folder, more="pull: {cert: cert.pem, key: key.pem}\n")
    secured = f"    ca: {agent / 'ca.crt'}\n    sources:"
    text = config.read_text().replace("    sources:", secured)
    config.write_text(text.replace("seoul-1", cluster.cluster))
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ports: list[Ports] = []
    running = asyncio.ensure_future(run(load_relay(config), lambda: done, ready=ports.append))
    await until("it is ready", lambda: ports or (running.done() and running.result()))
    status, _ = await post(
        ports[0].http, f"/w/{TOKEN}", b"disk is full", "content-type: text/plain\r\n"
    )
    assert status == 200
    try:
        yield {"RELAY": f"127.0.0.1:{ports[0].pull[cluster.cluster]}", "RELAY_TLS": str(tls)}
    finally:
        done.set_result(None)
        await running


async def test_every_command_does_what_the_page_says(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool("grpcurl")
    commands, variables = read(PAGE)
    cluster = Cluster(tmp_path, [Place()])
    give_authority(cluster, *cluster.agents)
    async with cluster, relay(cluster) as relayed:
        (agent,) = cluster.agents
        # A life before the page, for an empty journal has nothing to show.
        await agent.report("mild", severity="INFO")
        await cluster.settled()
        tls = cluster.certificate(Role.OPERATOR, "me")
        environment = os.environ | variables | {"AGENT": agent.grpc, "TLS": str(tls)} | relayed
        for command in commands:
            ended = await asyncio.to_thread(
                subprocess.run,
                ["sh", "-euc", command.text],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=30,
            )
            print(command.text, ended.stdout, ended.stderr)
            check(command, ended)
            if '"cursor"' in ended.stdout and "Subscribe" in command.text:
                environment["CURSOR"] = documents(ended.stdout)[-1]["cursor"]
            if "SilenceService/CreateSilence" in command.text:
                environment["SILENCE"] = documents(ended.stdout)[0]["silence"]["silence"]["id"]
            if not re.search("(Create|Update|Get)Channel", command.text):  # where nobody listens
                await cluster.settled()  # what was reported is delivered before more is asked
