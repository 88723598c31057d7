"""A busy day of a cluster full of canaries, and everything anybody could have seen of it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import httpcore
import msgspec

from alarminati.client import Client
from alarminati.pki.folder import save_authority
from alarminati.v1 import access_service_pb2 as access_pb
from alarminati.v1 import access_service_pb2_grpc, channel_service_pb2_grpc
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import channel_service_pb2 as channel_pb
from alarminati.wire.sealing import CLUSTER_KEY, new_key
from alarminati.wire.structs import struct_of
from tests.secrets.canaries import Canaries, key_lines
from tests.secrets.planted import channels
from tests.support.cluster import AgentProcess, Cluster
from tests.support.patience import until
from tests.support.ports import free_port

COMMAND = (sys.executable, "-m", "alarminati")


class Day:
    """Runs things and keeps what they said under a name."""

    def __init__(self, cluster: Cluster, canaries: Canaries) -> None:
        self.cluster = cluster
        self.canaries = canaries
        self.seen: dict[str, bytes] = {}
        self.home = cluster.folder / "home"
        self.home.mkdir()

    # Before it begins.

    def plant(self, url: str, mail: dict[str, Any]) -> None:
        """Put canaries wherever an agent keeps a secret; see `planted.channels`."""
        cluster, canaries = self.cluster, self.canaries
        save_authority(cluster.authority, cluster.folder / "ca")
        canaries.know("ca.key", key_lines(cluster.authority.key))
        key = canaries.know("cluster.key", new_key())
        canaries.know("tester.key", key_lines((cluster.tls / "tls.key").read_bytes()))
        configured = channels(canaries, url, f"127.0.0.1:{free_port()}", mail)
        configured[0]["url"] = "env:SIGNED_URL"
        os.environ["SIGNED_URL"] = f"{url}/401/{canaries['signed.url']}"
        hidden = cluster.folder / "header"
        hidden.write_text(canaries["signed.headers"])
        hidden.chmod(0o600)
        configured[0]["headers"] = {"Authorization": f"file:{hidden}"}
        sources = [
            {"name": "known", "token": _hash(canaries.plant("source.token", "alm_{}"))},
            {"name": "billing", "hmac": {"secret": canaries.plant("source.hmac")}},
        ]
        for agent in cluster.agents:
            folder = cluster.folder / "tls" / agent.name
            (folder / CLUSTER_KEY).write_text(key)
            (folder / CLUSTER_KEY).chmod(0o600)
            canaries.know(f"{agent.name}.key", key_lines((folder / "tls.key").read_bytes()))
            document = self.document(agent)
            document["channels"] += configured
            document["log"] = {"level": "debug"}
            document["sources"] = sources
            document["http"] = {"anonymous": "loopback"}
            document["tls"]["ca_key"] = str(cluster.folder / "ca" / "ca.key")
            self.write(agent, document)

    def document(self, agent: AgentProcess) -> dict[str, Any]:
        """Its configuration."""
        return msgspec.json.decode(agent.config.read_bytes(), type=dict[str, Any])

    def write(self, agent: AgentProcess, document: dict[str, Any]) -> None:
        """Change its configuration."""
        agent.config.write_bytes(msgspec.json.encode(document))
        agent.config.chmod(0o600)

    # What people do.

    async def run(self, *arguments: str, input: str = "", name: str = "", **more: str) -> str:
        """A command to its end; both its outputs are kept and come back."""
        process = await self.start(*arguments, **more)
        async with asyncio.timeout(60):
            out, err = await process.communicate(input.encode())
        what = f"{name or ' '.join(arguments)[:60]} ({len(self.seen)})"
        self.seen[what] = out + b"\n" + err
        return out.decode(errors="replace")

    async def start(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        """A command in the background."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("ALARM")}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            env=kept | {"HOME": str(self.home), "LC_ALL": "C.UTF-8"} | more,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )

    def reach(self, agent: AgentProcess) -> tuple[str, ...]:
        """Options by which commands find an agent."""
        return ("--agent", agent.grpc, "--tls", str(self.cluster.tls))

    async def look(self, agent: AgentProcess) -> None:
        """Every page of an agent, and what the system tells of its process."""
        ports = {"http": agent.place.ports[1], "health": agent.place.ports[2]}
        async with httpcore.AsyncConnectionPool() as pool:
            for which, port in ports.items():
                for page in ("/metrics", "/healthz", "/h", "/", "/v1/alarms", "/%2e%2e/x"):
                    with suppress(httpcore.NetworkError, httpcore.RemoteProtocolError):
                        answer = await pool.request("GET", f"http://127.0.0.1:{port}{page}")
                        said = repr(answer.headers).encode() + answer.content
                        self.seen[f"{agent.name} {which} {page} ({len(self.seen)})"] = said
        for what in ("cmdline", "comm", "status"):
            found = Path(f"/proc/{agent.pid}/{what}")
            self.seen[f"{agent.name} /proc/{what} ({len(self.seen)})"] = found.read_bytes()

    async def tried(self, agent: AgentProcess, names: list[str]) -> None:
        """Wait until each of these channels was tried and failed there."""

        async def failed() -> bool:
            async with Client([agent.grpc], self.cluster.tls) as client:
                found = {one.name: one.status for one in await client.channels()}
            return all((status := found[name]) and status.last_error for name in names)

        await until("every channel was tried", failed, 40)

    # What attackers and the careless do.

    async def err(self, agent: AgentProcess) -> None:
        """Calls that are refused, with secrets where they do not belong."""
        secret = self.canaries.plant("mislaid")
        async with self.cluster.dial(agent) as dialled:
            alarms: Any = dialled.unary_unary
            registry: Any = channel_service_pb2_grpc.ChannelServiceStub(dialled)
            access: Any = access_service_pb2_grpc.AccessServiceStub(dialled)
            settings = (
                {"url": f"http://127.0.0.1:1/{secret}", "rate": "many"},
                {"url": f"http://user:{secret}@127.0.0.1:1/"},
                {"url": secret},
                {"url": f"ftp://{secret}", "secret": secret},
                {"url": [secret]},
                {"url": "http://127.0.0.1:1/", "headers": {"A": f"{secret}\u0001"}},
                {"url": "http://127.0.0.1:1/", "timeout": secret},
                {"url": {"a": secret}},
            )
            wanted = [
                registry.CreateChannel(
                    channel_pb.CreateChannelRequest(
                        channel=channel_pb.Channel(
                            name="bad", type=type_, settings=struct_of(given)
                        )
                    )
                )
                for given in settings
                for type_ in ("webhook", "slack", "apprise", "kakaotalk")
            ]
            wanted += [
                access.RenewCertificate(access_pb.RenewCertificateRequest()),
                alarms("/alarminati.v1.AlarmService/GetAlarm")(
                    rpc.GetAlarmRequest(id="nothing").SerializeToString()
                ),
            ]
            for number, call in enumerate(wanted):
                try:
                    said = repr(await call).encode()
                except grpc.aio.AioRpcError as error:
                    said = repr(error).encode() + repr(error.trailing_metadata()).encode()
                self.seen[f"call {number}"] = said

    async def report(self, agent: AgentProcess, message: str, headers: Mapping[str, str]) -> int:
        """An alarm by HTTP; the status. The answer is kept."""
        body = msgspec.json.encode({"message": message, "severity": "CRITICAL"})
        reply = await agent.post(body, headers=dict(headers))
        said = f"{reply.json} {reply.headers}".encode()
        self.seen[f"report {message} ({len(self.seen)})"] = said
        return reply.status

    # In the evening.

    def outputs(self) -> dict[str, bytes]:
        """All that was said, by whom."""
        logs = {path.name: path.read_bytes() for path in self.cluster.folder.glob("a*.log")}
        disks = {
            str(path.relative_to(self.cluster.folder)): path.read_bytes()
            for agent in self.cluster.agents
            for path in sorted(agent.data.rglob("*"))
            if path.is_file()
        }
        return self.seen | logs | disks


def _hash(token: str) -> str:
    from alarminati.edge.tokens import hashed

    return hashed(token)
