"""The calls of a client about channels and dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from alarminati.client.channel_answers import (
    Channel,
    ChannelTestResult,
    ChannelType,
    DeadLetter,
    DeadLetters,
    channel,
    channel_type,
    dead_letter,
    test_result,
)
from alarminati.client.connection import Connection
from alarminati.client.errors import Refused
from alarminati.client.reporting import new_request_id
from alarminati.core.model.entries import Severity
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2 as cluster
from alarminati.wire.structs import struct_of

_PAGE: Final = 500
_TEST: Final = 35.0  # seconds; the agent answers within 30
_DELETE: Final = 12.0  # seconds; the agent waits up to 5 for dead letters


class ChannelCalls:
    """Part of `Client`. Every method raises AlarminatiError's children."""

    _connection: Connection
    _timeout: float

    async def channels(self) -> Sequence[Channel]:
        """Return all channels, by name."""
        found: list[Channel] = []
        token = ""
        while True:
            answer = await self._connection.call(
                lambda link: link.channels.ListChannels,
                pb.ListChannelsRequest(page_size=_PAGE, page_token=token),
                timeout=self._timeout,
            )
            found += map(channel, answer.channels)
            token = answer.next_page_token
            if not token:
                return found

    async def channel(self, name: str) -> Channel:
        """Return one channel. Raises NotFound."""
        answer = await self._connection.call(
            lambda link: link.channels.GetChannel,
            pb.GetChannelRequest(name=name),
            timeout=self._timeout,
        )
        return channel(answer.channel)

    async def channel_types(self) -> Sequence[ChannelType]:
        """Return the types of channels, each with the schema of its settings."""
        answer = await self._connection.call(
            lambda link: link.channels.ListChannelTypes,
            pb.ListChannelTypesRequest(page_size=1000),
            timeout=self._timeout,
        )
        return [channel_type(one) for one in answer.channel_types]

    async def create_channel(
        self,
        name: str,
        type: str,
        settings: Mapping[str, object],
        *,
        matchers: Sequence[str] = (),
        min_severity: Severity | None = None,
        fallback: str = "",
        validate_only: bool = False,
        request_id: str = "",
    ) -> Channel:
        """Register a channel; `status.pending` counts the firing alarms that it is sent.

        Without matchers and severity it gets every alarm, unless a route of the file names it.
        `validate_only` checks it and changes nothing. Raises Refused when the settings make no
        sense, when there is one of that name, and when the cluster has no key for secrets.
        """
        given = _message(name, type, settings, matchers, min_severity, fallback)
        answer = await self._connection.call(
            lambda link: link.channels.CreateChannel,
            pb.CreateChannelRequest(
                channel=given,
                request_id=request_id or new_request_id(),
                validate_only=validate_only,
            ),
            timeout=self._timeout,
        )
        return channel(answer.channel)

    async def update_channel(
        self,
        name: str,
        *,
        type: str = "",
        settings: Mapping[str, object] | None = None,
        matchers: Sequence[str] | None = None,
        min_severity: Severity | None = None,
        any_severity: bool = False,
        fallback: str | None = None,
        allow_missing: bool = False,
        validate_only: bool = False,
    ) -> Channel:
        """Change what is given of a registered channel.

        `settings` are merged into those it has: what is not named stays, secrets too, and None
        removes. `any_severity` takes back a least severity. `allow_missing` registers it when
        there is none. Raises NotFound, and Refused as `create_channel`.
        """
        given = _message(name, type, settings or {}, matchers or (), min_severity, fallback or "")
        request = pb.UpdateChannelRequest(
            channel=given, allow_missing=allow_missing, validate_only=validate_only
        )
        changes = {
            "type": bool(type),
            "settings": settings is not None,
            "matchers": matchers is not None,
            "min_severity": min_severity is not None or any_severity,
            "fallback": fallback is not None,
        }
        request.update_mask.paths.extend(path for path, changed in changes.items() if changed)
        answer = await self._connection.call(
            lambda link: link.channels.UpdateChannel, request, timeout=self._timeout
        )
        return channel(answer.channel)

    async def delete_channel(self, name: str) -> int:
        """Delete a registered channel; return how many dead letters that made.

        Raises NotFound; Refused when the file has it or names it.
        """
        await self._ping()  # finds a replica that lives: asked twice, it would not be there
        answer = await self._connection.call_once(
            lambda link: link.channels.DeleteChannel,
            pb.DeleteChannelRequest(name=name),
            timeout=max(self._timeout, _DELETE),
        )
        return answer.dead_letters

    async def test_channel(self, name: str) -> ChannelTestResult:
        """Send a test message now and wait up to 30 s for the answer. Raises NotFound.

        Asked of one replica only, so that no more than one message is sent.
        """
        await self._ping()
        answer = await self._connection.call_once(
            lambda link: link.channels.TestChannel,
            pb.TestChannelRequest(name=name),
            timeout=_TEST,
        )
        return test_result(answer.attempt)

    async def dead_letters(self, channel: str = "", *, limit: int = 1000) -> DeadLetters:
        """Return the newest dead letters of a channel, or of all, at most `limit`."""
        found: list[DeadLetter] = []
        dropped, token = 0, ""
        while len(found) < limit:
            answer = await self._connection.call(
                lambda link: link.channels.ListDeadLetters,
                pb.ListDeadLettersRequest(
                    channel=channel, page_size=min(_PAGE, limit - len(found)), page_token=token
                ),
                timeout=self._timeout,
            )
            found += map(dead_letter, answer.dead_letters)
            dropped, token = answer.dropped_count, answer.next_page_token
            if not token:
                break
        return DeadLetters(tuple(found), dropped)

    async def resend_dead_letters(self, ids: Sequence[str] = (), *, channel: str = "") -> int:
        """Send dead letters again: these, or all of a channel; return how many.

        Raises NotFound, and Refused when their channel is gone.
        """
        await self._ping()  # asked twice, they would not be there
        answer = await self._connection.call_once(
            lambda link: link.channels.ResendDeadLetters,
            pb.ResendDeadLettersRequest(ids=ids, channel=channel),
            timeout=self._timeout,
        )
        return answer.resent_count

    async def discard_dead_letters(
        self, ids: Sequence[str] = (), *, channel: str = "", comment: str = ""
    ) -> int:
        """Discard dead letters: these, or all of a channel; return how many. Raises NotFound."""
        await self._ping()
        answer = await self._connection.call_once(
            lambda link: link.channels.DiscardDeadLetters,
            pb.DiscardDeadLettersRequest(ids=ids, channel=channel, comment=comment),
            timeout=self._timeout,
        )
        return answer.discarded_count

    async def _ping(self) -> None:
        """Find a replica that answers."""
        await self._connection.call(
            lambda link: link.cluster.Ping, cluster.PingRequest(), timeout=self._timeout
        )


def _message(
    name: str,
    type: str,
    settings: Mapping[str, object],
    matchers: Sequence[str],
    min_severity: Severity | None,
    fallback: str,
) -> pb.Channel:
    """Return the message of a channel. Raises Refused when it cannot even be written."""
    try:
        return pb.Channel(
            name=name,
            type=type,
            settings=struct_of(settings),
            matchers=matchers,
            min_severity=min_severity.value if min_severity else None,  # type: ignore[arg-type]
            fallback=fallback,
        )
    except (UnicodeEncodeError, ValueError, TypeError) as error:
        raise Refused(f"the settings cannot be sent: {error}") from None
