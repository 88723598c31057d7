"""Google Chat's rules for messages of a webhook, and a space that keeps them.

Knows nothing of how messages are made. Sources: the reference of spaces.messages.create and of
cards v2, and the page on usage limits.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply

MESSAGE = 32_000  # bytes
WIDGETS = 100
THREAD_KEY = 4000
TAG = re.compile(r'</?(?:b|i)>|<br>|<a href="https?://[^"<>\s]*">|</a>')


class Seen:
    """A message on somebody's screen."""

    def __init__(self, body: bytes) -> None:
        self.size = len(body)
        self.message = msgspec.json.decode(body, type=dict[str, Any])
        card = self.message["cardsV2"][0]["card"]
        self.title = f"{card['header']['title']} | {card['header']['subtitle']}"
        self.widgets = card["sections"][0]["widgets"]
        self.markup = [str(widget["textParagraph"]["text"]) for widget in self.widgets]
        self.texts = [
            html.unescape(TAG.sub("", text.replace("<br>", "\n"))) for text in self.markup
        ]
        self.text = "\n".join(self.texts)

    @property
    def refusal(self) -> str:
        """What Google would say against it; empty when it takes it."""
        if self.size > MESSAGE:
            return "message too long"
        if set(self.message) - {"fallbackText", "cardsV2", "thread"}:
            return "unknown name"
        if not 1 <= len(self.widgets) <= WIDGETS or not all(self.markup):
            return "widgets"
        if len(self.message.get("thread", {}).get("threadKey", "")) > THREAD_KEY:
            return "thread key too long"
        return ""

    @property
    def broken(self) -> list[str]:
        """Texts in which markup of an alarm got through, or an escape was cut in two."""
        bare = [re.sub("&(?:amp|lt|gt|quot);", "", TAG.sub("", text)) for text in self.markup]
        return [text for text in bare if set(text) & set('<>&"')]


def error(status: int, word: str, message: str = "") -> Reply:
    """An answer in Google's form."""
    return Reply(status, {"error": {"code": status, "status": word, "message": message}})


@dataclass
class Space:
    """A space with a webhook. `plain`: its webhook knows neither threads nor request ids."""

    quota: int = 60
    plain: bool = False
    messages: list[Seen] = field(default_factory=list)
    known: dict[str, Reply] = field(default_factory=dict)

    def __call__(self, request: Posted) -> Reply:
        """Answer as Google does."""
        if request.path != "/v1/spaces/S/messages":
            return error(404, "NOT_FOUND")
        if request.query.get("key") != "k":
            return error(400, "INVALID_ARGUMENT", "API key not valid.")
        identity = request.query.get("requestId", "")
        if self.plain and identity:
            return error(400, "INVALID_ARGUMENT", "requestId")
        if identity in self.known:
            return self.known[identity]
        if len(self.messages) >= self.quota:
            return error(429, "RESOURCE_EXHAUSTED")
        seen = Seen(request.body)
        if seen.refusal:
            return error(400, "INVALID_ARGUMENT", seen.refusal)
        self.messages.append(seen)
        reply = Reply(200, {"name": f"spaces/S/messages/{len(self.messages)}"})
        if identity:
            self.known[identity] = reply
        return reply
