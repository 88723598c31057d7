"""The calls of a client about silences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alarminati.client import messages
from alarminati.client.answers import SilencePreview, SilenceStatus
from alarminati.client.connection import Connection
from alarminati.client.reporting import new_request_id
from alarminati.core.model.entries import IntervalText, Silence
from alarminati.v1 import silence_pb2
from alarminati.v1 import silence_service_pb2 as silences
from alarminati.wire.codec import silence_to_proto

_PAGE: Final = 500


class SilenceCalls:
    """Part of `Client`. Every method raises AlarminatiError's children."""

    _connection: Connection
    _timeout: float

    async def create_silence(
        self,
        matchers: Sequence[str],
        *,
        ends: int,
        comment: str,
        starts: int = 0,
        intervals: Sequence[IntervalText] = (),
        request_id: str | None = None,
    ) -> SilenceStatus:
        """Keep alarms that match all `matchers` (as in Alertmanager) from being told for a while.

        `starts` and `ends` are milliseconds since 1970 UTC, 0 meaning now; with `intervals` it
        mutes within those only. Retries at other replicas create no second silence. Raises
        Refused.
        """
        silence = _message("", matchers, starts, ends, comment, intervals)
        answer = await self._connection.call(
            lambda link: link.silences.CreateSilence,
            silences.CreateSilenceRequest(
                silence=silence, request_id=request_id or new_request_id()
            ),
            timeout=self._timeout,
        )
        return messages.silence_status(answer.silence)

    async def update_silence(
        self,
        id: str,
        *,
        matchers: Sequence[str] = (),
        starts: int = 0,
        ends: int = 0,
        comment: str = "",
        intervals: Sequence[IntervalText] = (),
    ) -> SilenceStatus:
        """Change what is given of a silence that is pending or active. Raises NotFound, Refused."""
        silence = _message(id, matchers, starts, ends, comment, intervals)
        answer = await self._connection.call(
            lambda link: link.silences.UpdateSilence,
            silences.UpdateSilenceRequest(silence=silence),
            timeout=self._timeout,
        )
        return messages.silence_status(answer.silence)

    async def expire_silence(self, id: str) -> SilenceStatus:
        """Expire a silence now. Raises NotFound."""
        answer = await self._connection.call(
            lambda link: link.silences.ExpireSilence,
            silences.ExpireSilenceRequest(id=id),
            timeout=self._timeout,
        )
        return messages.silence_status(answer.silence)

    async def silences(self, *, include_expired: bool = False) -> Sequence[SilenceStatus]:
        """Return silences to come and in force, those that end first first."""
        found: list[SilenceStatus] = []
        token = ""
        while True:
            request = silences.ListSilencesRequest(
                page_size=_PAGE, page_token=token, include_expired=include_expired
            )
            answer = await self._connection.call(
                lambda link: link.silences.ListSilences, request, timeout=self._timeout
            )
            found += map(messages.silence_status, answer.silences)
            token = answer.next_page_token
            if not token:
                return found

    async def silence(self, id: str) -> SilenceStatus:
        """Return one silence. Raises NotFound."""
        answer = await self._connection.call(
            lambda link: link.silences.GetSilence,
            silences.GetSilenceRequest(id=id),
            timeout=self._timeout,
        )
        return messages.silence_status(answer.silence)

    async def preview_silence(
        self,
        matchers: Sequence[str],
        *,
        ends: int = 0,
        starts: int = 0,
        intervals: Sequence[IntervalText] = (),
    ) -> SilencePreview:
        """Return what a silence would mute, without creating it. Raises Refused."""
        answer = await self._connection.call(
            lambda link: link.silences.PreviewSilence,
            silences.PreviewSilenceRequest(
                silence=_message("", matchers, starts, ends, "", intervals)
            ),
            timeout=self._timeout,
        )
        return SilencePreview(
            answer.matched_alarms,
            tuple(map(messages.alarm_status, answer.alarms)),
            tuple(map(messages.silence_status, answer.equal_silences)),
        )


def _message(
    id: str,
    matchers: Sequence[str],
    starts: int,
    ends: int,
    comment: str,
    intervals: Sequence[IntervalText],
) -> silence_pb2.Silence:
    silence = Silence(id, tuple(matchers), starts, ends, "", comment, tuple(intervals))
    return silence_to_proto(silence)
