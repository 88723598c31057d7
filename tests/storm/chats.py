"""Five channels with vendors behind them that know their limits, and what they were told in all.

Alarms are told apart by a token at the start of their message. An alarm counts as told when its
token stands in a message, or when a digest counts it under "N more, not listed", by group.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.vendors import discord, googlechat, slack, telegram
from tests.vendors.door import Posted, Reply, open_door
from tests.vendors.pace import Paced, Window

TOKEN = re.compile(r"t\d{6}")
REST = re.compile(r"(\d+) more, not listed(.*)")
GROUP = re.compile(r"(?:CRITICAL|ERROR|WARNING|INFO) .*? (\d+)")
PLENTY = 10**9


@dataclass
class Room:
    """A Slack channel: takes what Slack would take."""

    messages: list[slack.Seen] = field(default_factory=list)

    def __call__(self, request: Posted) -> Reply:
        """Answer as Slack does."""
        seen = slack.Seen(request.body)
        if seen.refusal:
            return Reply(400, seen.refusal.encode())
        self.messages.append(seen)
        return Reply(200, b"ok")


@dataclass
class Chat:
    """One channel: its settings, its vendor and the pace that vendor documents."""

    name: str
    type: str
    vendor: Callable[[Posted], Reply]
    windows: Sequence[Window]
    settings: Callable[[str], dict[str, Any]]  # from the vendor's address
    paced: Paced = field(init=False)
    told: set[str] = field(default_factory=set)
    counted: int = 0
    messages: int = 0
    unnamed: int = 0  # counted, but under no group

    def __post_init__(self) -> None:
        self.paced = Paced(self.vendor, self.windows)

    def look(self) -> int:
        """How many alarms were told by now; messages are read once."""
        seen: list[Any] = self.vendor.messages  # type: ignore[attr-defined]
        for message in seen[self.messages :]:
            text = message.text
            self.told.update(TOKEN.findall(text))
            for count, groups in REST.findall(text):
                named = sum(int(one) for one in GROUP.findall(groups))
                self.counted += int(count)
                self.unnamed += int(count) - named
        self.messages = len(seen)
        return len(self.told) + self.counted


def chats() -> list[Chat]:
    """Four chats; sources of the windows are in the channels' own modules."""
    return [
        Chat(
            "slack",
            "slack",
            Room(),
            ((4, 1.0), (64, 60.0)),
            lambda url: {"url": f"{url}/services/T/B/x"},
        ),
        Chat(
            "discord",
            "discord",
            discord.Channel(PLENTY),
            ((5, 2.0), (30, 60.0)),
            lambda url: {"url": f"{url}/api/webhooks/1/canary"},
        ),
        Chat(
            "telegram",
            "telegram",
            telegram.Server(quota=PLENTY),
            ((20, 60.0),),
            lambda url: {"token": "123:canary", "chat_id": -100, "api": url},
        ),
        Chat(
            "space",
            "googlechat",
            googlechat.Space(PLENTY),
            ((60, 60.0),),
            lambda url: {"url": f"{url}/v1/spaces/S/messages?key=k&token=t"},
        ),
    ]


@contextlib.asynccontextmanager
async def opened(all_: Sequence[Chat]) -> AsyncIterator[list[dict[str, Any]]]:
    """The chats' doors are open within; their configuration."""
    async with AsyncExitStack() as stack:
        channels = []
        for chat in all_:
            door = await stack.enter_async_context(open_door(chat.paced))
            channels.append({"name": chat.name, "type": chat.type} | chat.settings(door.url))
        yield channels
