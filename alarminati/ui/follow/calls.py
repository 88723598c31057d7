"""Calls into a real cluster, by the client library."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from alarminati.client.answers import Mute as ClientMute
from alarminati.client.answers import MuteReason, SilenceState, SilenceStatus
from alarminati.client.channel_answers import Channel as ClientChannel
from alarminati.client.channel_answers import ChannelHealth
from alarminati.client.client import Client
from alarminati.client.errors import AlarminatiError, Overloaded, Refused, Unreachable
from alarminati.core.model.entries import Severity
from alarminati.doctor.examination import examine, examine_files
from alarminati.doctor.findings import Finding as Found
from alarminati.doctor.findings import Grade
from alarminati.ui.live import Live
from alarminati.ui.ports import ClusterFacts
from alarminati.ui.problems import Problem, of_cluster
from alarminati.ui.schema.acts import Silence, TargetResult
from alarminati.ui.schema.alarms import Mute, Why, WhyChannel
from alarminati.ui.schema.channels import Channel, ChannelRequest, ChannelTest, DeadLetter
from alarminati.ui.schema.clusters import ClusterReplica, Diagnosis, Finding
from alarminati.ui.schema.common import Text

Translate: TypeAlias = Callable[[str, Mapping[str, Any]], Text]
"""Sentence of a finding of the doctor, by its sign and facts."""

SECRET: Final = "<secret>"
_PATIENCE: Final = 5.0
_GRADES: Final = {Grade.WELL: "ok", Grade.WARNING: "warning"}
_MUTES: Final[dict[MuteReason, Literal["silenced", "inhibited", "interval", "flapping"]]] = {
    MuteReason.SILENCED: "silenced",
    MuteReason.INHIBITED: "inhibited",
    MuteReason.TIME_INTERVAL: "interval",
    MuteReason.FLAPPING: "flapping",
}
_STATES: Final[dict[SilenceState, Literal["pending", "active", "expired"]]] = {
    SilenceState.PENDING: "pending",
    SilenceState.EXPIRED: "expired",
}
_OK: Final = Text("문제를 찾지 못했습니다.", "No fault was found.")
_REASONS: Final = {
    "first_notification": Text("처음 알릴 차례", "a first notification is due"),
    "state_changed": Text("상태가 바뀌어 알릴 차례", "the state changed"),
    "severity_raised": Text("심각도가 올라 알릴 차례", "the severity was raised"),
    "acknowledged": Text("확인을 알릴 차례", "an acknowledgement is due"),
    "reminder_due": Text("다시 알릴 차례", "a reminder is due"),
    "escalation_due": Text("에스컬레이션할 차례", "an escalation is due"),
    "fallback": Text("대체 채널로 보냄", "as the fallback of another channel"),
    "group_wait": Text("같은 그룹의 알람을 기다림", "waits for others of its group"),
    "queued": Text("호출 제한 때문에 기다림", "waits for the rate limit"),
    "sending": Text("보내는 중", "is being sent"),
    "channel_failing": Text("채널이 받지 못해 다시 시도함", "the channel fails; retried"),
    "channel_paused": Text("채널이 쉬어 달라고 함", "the channel asked for a pause"),
    "muted": Text("알림이 꺼져 있음", "muted"),
    "already_notified": Text("이미 알림", "already notified"),
    "given_up": Text("전송 실패함", "given up"),
}

_SKIPPED: Final = {
    "ALARM_RESOLVED": Problem(
        409, "ALARM_RESOLVED", "이미 해소된 알람입니다.", "It is resolved already."
    ),
    "NOT_FOUND": Problem(
        404, "NOT_FOUND", "클러스터에 없는 알람입니다.", "The cluster has no such alarm."
    ),
}


class ClientCalls:
    """One cluster, asked over its replicas in turn."""

    def __init__(self, client: Client, live: Live, folder: Path, translate: Translate) -> None:
        self._client = client
        self._live = live
        self._folder = folder
        self._translate = translate

    # -- acts

    async def act(
        self, kind: str, prints: Sequence[str], *, comment: str, assignee: str, id: str
    ) -> list[TargetResult]:
        """Do something to alarms; one result for each."""
        try:
            skipped = await self._act(kind, prints, comment, assignee, id)
        except (Unreachable, Overloaded) as error:
            return self._all(prints, "queued", of_cluster(error))
        except AlarminatiError as error:
            return self._all(prints, "refused", of_cluster(error))
        return [
            TargetResult(self._live.id, each, "refused", _SKIPPED[skipped[each]].error)
            if each in skipped
            else TargetResult(self._live.id, each, "ok")
            for each in prints
        ]

    async def _act(
        self, kind: str, prints: Sequence[str], comment: str, assignee: str, id: str
    ) -> dict[str, str]:
        """Return the alarms that were left as they are, and why. Raises AlarminatiError."""
        client = self._client
        # One act may be sent in parts, and each part again: the same alarms, the same request.
        id = blake2b("\n".join([id, *prints]).encode(), digest_size=16).hexdigest()
        match kind:
            case "ack":
                done = await client.acknowledge(prints, comment, request_id=id)
            case "unack":
                done = await client.unacknowledge(prints, comment, request_id=id)
            case "note":
                done = await client.add_note(prints, comment, request_id=id)
            case "assign":
                done = await client.assign(prints, assignee, comment, request_id=id)
            case "resolve":
                return dict((await client.resolve(prints, comment=comment)).skipped)
            case _:
                raise Refused(f"clusters of this version do not know the act {kind!r}")
        return dict(done.skipped)

    def _all(
        self, prints: Sequence[str], state: Literal["queued", "refused"], problem: Problem
    ) -> list[TargetResult]:
        return [TargetResult(self._live.id, each, state, problem.error) for each in prints]

    # -- silences

    async def silences(self) -> list[Silence]:
        """Return all silences, ended ones, too."""
        return [self._silence(each) for each in await self._client.silences(include_expired=True)]

    async def create_silence(
        self, matchers: Sequence[str], *, start: int, end: int, comment: str, id: str
    ) -> Silence:
        """Create a silence."""
        made = await self._client.create_silence(
            matchers, starts=start, ends=end, comment=comment, request_id=id
        )
        return self._silence(made)

    async def update_silence(self, id: str, *, end: int, comment: str) -> Silence:
        """Change the end or the comment."""
        return self._silence(await self._client.update_silence(id, ends=end, comment=comment))

    async def expire_silence(self, id: str) -> Silence:
        """End a silence now."""
        return self._silence(await self._client.expire_silence(id))

    def _silence(self, told: SilenceStatus) -> Silence:
        one = told.silence
        state = _STATES.get(told.state, "active")
        return Silence(
            *(self._live.id, one.id, list(one.matchers), one.start_time, one.end_time),
            *(one.created_by, one.comment),
            state,
            *(told.matched_alarms, one.created_by == self._live.known.me),
        )

    async def count_matching(self, matchers: Sequence[str]) -> int | None:
        """Return how many firing alarms a silence with these matchers would mute."""
        return (await self._client.preview_silence(matchers)).matched_alarms

    # -- the cluster

    async def facts(self) -> ClusterFacts:
        """Return what the cluster says of itself."""
        told = await self._client.cluster()
        replicas = [
            ClusterReplica(each.name, each.role.value, each.connected, each.address)
            for each in told.replicas
        ]
        missing = [
            Text(f"{each.address}: {each.last_error}", f"{each.address}: {each.last_error}")
            for each in told.unreachable_peers
        ]
        return ClusterFacts(
            *(int(time.time() * 1000), told.master, told.version, replicas, missing, []),
            *(told.entries, told.bytes, told.pending, told.dead_letters, told.health.name.lower()),
        )

    async def why(self, fingerprint: str) -> Why:
        """Return for each channel why it was notified or was not."""
        status = (await self._client.get(fingerprint)).alarm
        channels, mutes = [], [_mute(each) for each in status.mutes]
        for each in status.deliveries:
            reason = each.reason.value if each.reason is not None else "unknown"
            text = _REASONS.get(reason, Text(reason, reason.replace("_", " ")))
            moment = each.next_time or each.update_time
            channels.append(WhyChannel(each.channel, reason.upper(), text, moment))
            if each.mute is not None:
                mutes.append(_mute(each.mute))
        count = len(channels)
        said = Text(f"채널 {count}개의 판단", f"decisions for {count} channels")
        return Why("cluster", said, [], mutes, channels)

    async def diagnose(self) -> Diagnosis:
        """Find what keeps this computer from the cluster, one step after the other."""
        return await asyncio.to_thread(self._diagnose)

    def _diagnose(self) -> Diagnosis:
        known = self._live.known
        files = examine_files(self._folder)
        found = [files.finding]
        for address in known.agents:
            found += examine(address, files, _PATIENCE)
        told = [self._finding(each) for each in found]
        bad = [each for each in told if each.grade == "error"]
        return Diagnosis(known.id, int(time.time() * 1000), bad[0].text if bad else _OK, told)

    def _finding(self, found: Found) -> Finding:
        grade = _GRADES.get(found.grade, "error")
        text = self._translate(found.sign, found.facts)
        return Finding(grade, str(found.sign).upper(), text)  # type: ignore[arg-type]

    # -- channels

    async def channels(self) -> list[Channel]:
        """Return the channels."""
        return [self._channel(each) for each in await self._client.channels()]

    async def put_channel(self, name: str, asked: ChannelRequest) -> Channel:
        """Register or change a channel."""
        made = await self._client.update_channel(
            name,
            type=asked.type,
            settings=_given(asked.settings),
            matchers=asked.matchers,
            min_severity=Severity[asked.min_severity] if asked.min_severity else None,
            any_severity=not asked.min_severity,
            allow_missing=True,
        )
        return self._channel(made)

    async def delete_channel(self, name: str) -> None:
        """Delete a channel that was registered."""
        await self._client.delete_channel(name)

    async def test_channel(self, name: str) -> ChannelTest:
        """Send a test message."""
        told = await self._client.test_channel(name)
        return ChannelTest(told.delivered, told.detail, told.duration)

    async def dead_letters(self, channel: str) -> list[DeadLetter]:
        """Return dead letters, newest first."""
        return [
            DeadLetter(
                *(str(each.id), each.channel, each.fail_time, each.alarm_count, each.detail),
                *(list(each.fingerprints), []),
            )
            for each in (await self._client.dead_letters(channel)).letters
        ]

    async def resend(self, ids: Sequence[str], channel: str) -> int:
        """Send dead letters again."""
        return await self._client.resend_dead_letters(ids, channel=channel)

    def _channel(self, told: ClientChannel) -> Channel:
        status, settings = told.status, dict(told.settings)
        for name in told.secret_settings:
            _put(settings, name.split("."))
        definition = told.definition.value
        well = status is None or status.state in (ChannelHealth.OK, ChannelHealth.UNUSED)
        return Channel(
            *(self._live.id, told.name, told.type, told.destination),
            *(status.pending if status else 0, status.last_error if status and not well else ""),
            definition if definition != "expected" else "unknown",  # type: ignore[arg-type]
            told.created_by,
            settings,
            matchers=list(told.matchers),
            min_severity=told.min_severity.name if told.min_severity else "",
            fallback=told.fallback,
            left_today=status.quotas[0].remaining if status and status.quotas else -1,
            paused_until_ms=status.resume_time if status else 0,
            last_delivered_ms=status.last_delivery_time if status else 0,
        )


def _put(settings: dict[str, Any], path: Sequence[str]) -> None:
    """Show that a secret is set."""
    *outer, last = path
    for name in outer:
        settings = settings.setdefault(name, {})
    settings[last] = SECRET


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without the secrets that come back unchanged: those stay."""
    return {
        name: _given(value) if isinstance(value, dict) else value
        for name, value in settings.items()
        if value != SECRET
    }


def _mute(told: ClientMute) -> Mute:
    return Mute(
        _MUTES.get(told.reason, "silenced"),
        told.created_by or told.subject,
        told.end_time,
        told.comment or told.summary,
        told.subject if told.reason is MuteReason.SILENCED else "",
    )
