"""Calls into a made-up cluster: acts become records at once, unless it is silent."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Literal, TypeAlias

from alarminati.client.errors import NotFound, Unreachable
from alarminati.core.model.entries import Action, Alarm, Body
from alarminati.core.model.entries import Silence as SilenceBody
from alarminati.ui.app import App
from alarminati.ui.detail import sentence
from alarminati.ui.handlers.silences import kept_silences
from alarminati.ui.live import Live
from alarminati.ui.ports import ClusterFacts
from alarminati.ui.schema.acts import Silence, TargetResult
from alarminati.ui.schema.alarms import Why, WhyChannel
from alarminati.ui.schema.channels import Channel, ChannelRequest, ChannelTest, DeadLetter
from alarminati.ui.schema.clusters import Check, ClusterReplica, Diagnosis, Finding
from alarminati.ui.schema.common import Text
from alarminati.ui.words import STATES

Look: TypeAlias = Literal["ok", "slow", "failed", "unheard"]


class MadeCalls:
    """Answers as a cluster would."""

    def __init__(self, app: App, live: Live) -> None:
        self._app = app
        self._live = live
        self._channels = {
            each.name: each
            for each in (
                Channel(
                    *(live.id, "ops-slack", "slack", "hooks.slack.com", 0, "", "file", ""),
                    {"url": "<secret>", "language": "ko"},
                    fallback="ops-mail",
                    limits="1 a second",
                ),
                Channel(
                    *(live.id, "oncall-kakao", "kakaotalk", "kapi.kakao.com", 2),
                    "calls are limited (429); again in 20 s",
                    *("registered", "minsu"),
                    {"client_id": "<secret>", "link": "https://alarms.example.com"},
                    ['severity="CRITICAL"'],
                    "CRITICAL",
                    left_today=61,
                ),
            )
        }

    async def _reach(self) -> None:
        await asyncio.sleep(0.15)
        if self._live.state in ("silent", "unknown"):
            raise Unreachable("nobody answers at port 7443 within 5 s", "alarms-busan:7443")

    def _tell(self, *bodies: Body) -> None:
        from tests.support.ui_alarms import Story

        story = Story(self._app, self._live)
        for body in bodies:
            story.add(body)
        story.flush()

    async def act(
        self, kind: str, prints: Sequence[str], *, comment: str, assignee: str, id: str
    ) -> list[TargetResult]:
        """Do it."""
        await self._reach()
        me = self._live.known.me
        if kind == "ack":
            self._tell(*(Action.acknowledge(each, me, comment) for each in prints))
        elif kind == "resolve":
            assert self._live.history is not None
            for each in prints:
                last = self._app.base.one(
                    "select last from alarms where cluster = ? and fingerprint = ?",
                    (self._live.known.no, each),
                )
                body = self._live.history.at([last])[0].body
                assert isinstance(body, Alarm)
                told = (("comment", comment), ("resolved_by", me))
                self._tell(
                    Alarm(
                        *(body.message, body.severity, self._app.now(), True, body.labels),
                        *(body.project, body.key, told, "", "operator"),
                    )
                )
        else:
            self._app.base.run(
                "update alarms set ack_by = '', notes = notes + ? where cluster = ?"
                " and fingerprint = ?",
                [(int(kind == "note"), self._live.known.no, each) for each in prints],
            )
            self._app.touch(self._live.known.no, prints)
        return [TargetResult(self._live.id, each, "ok") for each in prints]

    async def silences(self) -> list[Silence]:
        """Return those of the history."""
        return kept_silences(self._app, self._live)

    async def create_silence(
        self, matchers: Sequence[str], *, start: int, end: int, comment: str, id: str
    ) -> Silence:
        """Create one."""
        await self._reach()
        made = secrets.token_hex(8)
        start = start or self._app.now()
        me = self._live.known.me
        self._tell(SilenceBody(made, tuple(matchers), start, end, me, comment))
        return await self._find(made)

    async def _find(self, id: str) -> Silence:
        for each in kept_silences(self._app, self._live):
            if each.id == id:
                return each
        raise NotFound(f"there is no silence {id}")

    async def update_silence(self, id: str, *, end: int, comment: str) -> Silence:
        """Change one."""
        await self._reach()
        was = await self._find(id)
        told = comment or was.comment
        matchers = tuple(was.matchers)
        self._tell(SilenceBody(id, matchers, was.start_ms, end or was.end_ms, was.by, told))
        return await self._find(id)

    async def expire_silence(self, id: str) -> Silence:
        """End one."""
        return await self.update_silence(id, end=self._app.now(), comment="")

    async def count_matching(self, matchers: Sequence[str]) -> int | None:
        """Count nothing that the history has not counted."""
        await self._reach()
        return None

    async def facts(self) -> ClusterFacts:
        """Return three replicas."""
        await self._reach()
        replicas = [
            ClusterReplica("a1", "master", True, "10.30.0.11:7443"),
            ClusterReplica("a2", "standby", True, "10.30.0.12:7443"),
            ClusterReplica("a3", "standby", True, "10.30.0.13:7443"),
        ]
        ok: list[Look] = ["ok"] * 50
        failed: list[Look] = ["failed", "failed"]
        slow: list[Look] = ["slow"] * 5
        checks = [
            Check("ws-api", [*ok[:44], *failed, *ok[:4]]),
            Check("pay-api", [*ok[:30], *slow, *ok[:15]]),
        ]
        return ClusterFacts(
            *(self._app.now(), "a1", "1.6.0", replicas, [], checks, 84_120, 61_000_000, 2, 0, "ok")
        )

    async def why(self, fingerprint: str) -> Why:
        """Explain by a made-up route."""
        await self._reach()
        from alarminati.ui.detail import find

        _, row = find(self._app, self._live.id, fingerprint)
        route = [
            Text("기본 경로", "root"),
            Text("payments: team=payments", "payments: team=payments"),
        ]
        channels = [
            WhyChannel(each.channel, each.state.upper(), STATES[each.state], each.time_ms)
            for each in row.deliveries
        ]
        mutes = [row.mute] if row.mute else []
        return Why("cluster", sentence(row, self._app.now()), route, mutes, channels)

    async def diagnose(self) -> Diagnosis:
        """Say what is wrong with a silent cluster."""
        silent = self._live.state == "silent"
        last = Finding(
            "error" if silent else "ok",
            "NO_ANSWER" if silent else "REACHED",
            Text("7443 포트에서 5초 동안 응답이 없음", "Nobody answers at port 7443 within 5 s")
            if silent
            else Text("에이전트가 응답함", "The agent answers"),
            Text("VPN이나 방화벽을 확인하세요", "Check the VPN or the firewall")
            if silent
            else None,
        )
        findings = [
            Finding("ok", "NETWORK", Text("내 네트워크는 정상", "This computer's network is well")),
            Finding("ok", "NAME", Text("이름 풀이 정상", "The name is resolved")),
            last,
        ]
        return Diagnosis(self._live.id, self._app.now(), last.text, findings)

    async def channels(self) -> list[Channel]:
        """Return the channels."""
        await self._reach()
        return list(self._channels.values())

    async def put_channel(self, name: str, asked: ChannelRequest) -> Channel:
        """Register one."""
        await self._reach()
        made = Channel(
            *(self._live.id, name, asked.type, "hooks.example.com", 0, "", "registered", "minsu"),
            {key: "<secret>" if "url" in key else value for key, value in asked.settings.items()},
            *(asked.matchers, asked.min_severity),
        )
        self._channels[name] = made
        return made

    async def delete_channel(self, name: str) -> None:
        """Delete one."""
        await self._reach()
        if self._channels.pop(name, None) is None:
            raise NotFound(f"there is no channel {name}")

    async def test_channel(self, name: str) -> ChannelTest:
        """Deliver, after a while."""
        await self._reach()
        await asyncio.sleep(0.8)
        return ChannelTest(True, "", 212)

    async def dead_letters(self, channel: str) -> list[DeadLetter]:
        """Return one."""
        await self._reach()
        prints = [
            each
            for (each,) in self._app.base.rows(
                "select fingerprint from alarms where cluster = ? limit 2", (self._live.known.no,)
            )
        ]
        detail = "Slack answered 404 channel_not_found"
        time = self._app.now() - 3_600_000
        return [DeadLetter("made0001-7", "ops-slack", time, 2, detail, prints, [])]

    async def resend(self, ids: Sequence[str], channel: str) -> int:
        """Resend."""
        await self._reach()
        return len(ids) or 1
