"""Channels of the clusters, and their dead letters."""

from __future__ import annotations

import asyncio

from alarminati.client.errors import AlarminatiError
from alarminati.ui.app import App
from alarminati.ui.handlers.asked import Asked
from alarminati.ui.live import Live
from alarminati.ui.ports import Calls
from alarminati.ui.problems import of_cluster
from alarminati.ui.schema.channels import (
    Channel,
    ChannelList,
    ChannelTest,
    ChannelTypes,
    ClusterChannels,
    DeadLetters,
    ResendRequest,
    Resent,
)
from alarminati.ui.schema.common import Done
from alarminati.ui.store.folding import DAY

_WEEK = 7


async def list_channels(app: App, asked: Asked) -> ChannelList:
    """Return the channels of all clusters; one that does not answer does not hold up the rest."""
    lives = [live for live in app.live.values() if live.state != "archived"]
    return ChannelList(list(await asyncio.gather(*(_channels(app, live) for live in lives))))


async def _channels(app: App, live: Live) -> ClusterChannels:
    writable = live.calls is not None and live.known.role == "operator"
    if live.calls is None:
        return ClusterChannels(live.id, False, [])
    try:
        channels = await live.calls.channels()
    except AlarminatiError as error:
        return ClusterChannels(live.id, writable, [], of_cluster(error).error)
    for each in channels:
        _figures(app, live, each)
    return ClusterChannels(live.id, writable, channels)


def _figures(app: App, live: Live, channel: Channel) -> None:
    since = app.now() // DAY - _WEEK
    row = app.base.rows(
        "select coalesce(sum(delivered), 0), coalesce(sum(failed), 0) from sent"
        " where cluster = ? and channel = ? and day > ?",
        (live.known.no, channel.name, since),
    )[0]
    channel.delivered_7d, channel.failed_7d = row
    if not channel.last_delivered_ms:
        last = app.base.one(
            "select max(time) from deliveries where cluster = ? and channel = ?"
            " and state = 'delivered'",
            (live.known.no, channel.name),
        )
        channel.last_delivered_ms = last or 0


async def list_channel_types(app: App, asked: Asked) -> ChannelTypes:
    """Return the kinds of channels with what they are set by."""
    from alarminati.ui.channel_types import channel_types

    return ChannelTypes(channel_types())


def _calls(app: App, asked: Asked, *, writable: bool = True) -> Calls:
    return app.reach(asked.path["cluster"], writable=writable)


async def put_channel(app: App, asked: Asked) -> Channel:
    """Register or change a channel."""
    return await _calls(app, asked).put_channel(asked.path["name"], asked.body)


async def delete_channel(app: App, asked: Asked) -> Done:
    """Delete a channel that was registered."""
    await _calls(app, asked).delete_channel(asked.path["name"])
    return Done()


async def test_channel(app: App, asked: Asked) -> ChannelTest:
    """Send a test message."""
    return await _calls(app, asked).test_channel(asked.path["name"])


async def list_dead_letters(app: App, asked: Asked) -> DeadLetters:
    """Return dead letters with the messages of their first alarms."""
    live = app.cluster(asked.path["cluster"])
    letters = await _calls(app, asked, writable=False).dead_letters(asked.text("channel"))
    for letter in letters:
        for each in letter.fingerprints[:3]:
            sql = "select message from alarms where cluster = ? and fingerprint = ?"
            message = app.base.one(sql, (live.known.no, each))
            if message:
                letter.messages.append(message)
    return DeadLetters(letters)


async def resend(app: App, asked: Asked) -> Resent:
    """Send dead letters again."""
    request: ResendRequest = asked.body
    return Resent(await _calls(app, asked).resend(request.ids, request.channel))
