"""Slack's Web API with one channel: chat.postMessage and chat.update, with their refusals.

Knows nothing of how messages are made. Sources: the reference of both methods and the page on rate
limits: 200 with `ok: false` for nearly everything, 429 with Retry-After for too many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from alarminati.demo.slack_rules import refusal
from tests.vendors.door import Posted, Reply
from tests.vendors.slack import Seen

ARGUMENTS = {
    "channel", "text", "attachments", "parse", "link_names", "unfurl_links", "unfurl_media",
    "thread_ts", "reply_broadcast", "ts",
}  # fmt: skip


def error(code: str) -> Reply:
    """An answer in Slack's form."""
    return Reply(200, {"ok": False, "error": code})


@dataclass
class Api:
    """A workspace. `gone`: messages that somebody deleted. `locked`: nothing can be edited."""

    channels: tuple[str, ...] = ("C0ALARMS",)
    quota: int = 50
    locked: bool = False
    gone: set[str] = field(default_factory=set)
    messages: dict[str, Seen] = field(default_factory=dict)  # by ts, as they stand now
    threads: dict[str, str] = field(default_factory=dict)  # ts of an answer -> of the first
    broadcast: set[str] = field(default_factory=set)
    calls: int = 0

    def __call__(self, request: Posted) -> Reply:
        """Answer as Slack does."""
        self.calls += 1
        if request.headers.get("authorization") != "Bearer xoxb-canary":
            return error("invalid_auth")
        if self.calls > self.quota:
            return Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"})
        document = msgspec.json.decode(request.body, type=dict[str, Any])
        if document.keys() - ARGUMENTS:
            return error("invalid_arguments")
        if document["channel"] not in self.channels:
            return error("channel_not_found")
        if code := refusal(request.body):
            return error(code)
        methods = {"/api/chat.postMessage": self._post, "/api/chat.update": self._update}
        return methods[request.path](document, Seen(request.body))

    def _post(self, document: dict[str, Any], seen: Seen) -> Reply:
        thread = document.get("thread_ts")
        if thread is not None and (thread not in self.messages or thread in self.gone):
            return error("thread_not_found")
        if thread in self.threads:
            return error("invalid_arguments")  # an answer has no answers
        ts = f"1503435956.{len(self.messages):06d}"
        self.messages[ts] = seen
        message = {"ts": ts}
        if thread is not None:
            self.threads[ts] = message["thread_ts"] = thread
            if document.get("reply_broadcast"):
                self.broadcast.add(ts)
        return Reply(200, {"ok": True, "channel": "C0ALARMS", "ts": ts, "message": message})

    def _update(self, document: dict[str, Any], seen: Seen) -> Reply:
        if self.locked:
            return error("edit_window_closed")
        if document["ts"] not in self.messages or document["ts"] in self.gone:
            return error("message_not_found")
        self.messages[document["ts"]] = seen
        return Reply(200, {"ok": True, "channel": "C0ALARMS", "ts": document["ts"]})
