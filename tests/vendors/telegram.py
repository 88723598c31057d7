"""Telegram's rules for sendMessage, and a Bot API server with a few chats.

Knows nothing of how messages are made. Sources: the Bot API's reference (sendMessage, HTML style,
ResponseParameters) and the FAQ on limits.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply

TEXT = 4096
TAG = re.compile(r'<(/?)(b|i|code|a)((?: href="https?://[^"<>\s]*")?)>')
SEND = "/bot123:canary/sendMessage"
EDIT = "/bot123:canary/editMessageText"


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class Seen:
    """A message on somebody's screen."""

    def __init__(self, body: bytes) -> None:
        self.document = msgspec.json.decode(body, type=dict[str, Any])
        self.markup = str(self.document["text"])
        self.html = self.document.get("parse_mode") == "HTML"
        self.text = html.unescape(TAG.sub("", self.markup)) if self.html else self.markup

    @property
    def refusal(self) -> str:
        """What Telegram would say against it; empty when it takes it."""
        if self.html and not self._parses():
            return "Bad Request: can't parse entities: Unsupported start tag"
        if not self.text.strip():
            return "Bad Request: message text is empty"
        return "Bad Request: message is too long" if units(self.text) > TEXT else ""

    def _parses(self) -> bool:
        opened: list[str] = []
        for closing, name, _ in TAG.findall(self.markup):
            if not closing:
                opened.append(name)
            elif not opened or opened.pop() != name:
                return False
        bare = re.sub("&(?:amp|lt|gt|quot);", "", TAG.sub("", self.markup))
        return not opened and not set(bare) & set("<>&")


def error(code: int, description: str, **parameters: object) -> Reply:
    """An answer in Telegram's form."""
    body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    return Reply(code, body | ({"parameters": parameters} if parameters else {}))


@dataclass
class Server:
    """Chats by id, `moved` ones under their new id. `plain`: it parses no HTML at all."""

    chats: tuple[int | str, ...] = (-100,)
    moved: dict[int, int] = field(default_factory=dict)
    quota: int = 20
    plain: bool = False
    gone: set[int] = field(default_factory=set)  # deleted
    messages: list[Seen] = field(default_factory=list)

    def __call__(self, request: Posted) -> Reply:
        """Answer as Telegram does."""
        if request.path not in (SEND, EDIT):
            return error(401, "Unauthorized")
        seen = Seen(request.body)
        chat = seen.document["chat_id"]
        if chat in self.moved:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            return error(400, text, migrate_to_chat_id=self.moved[chat])
        if chat not in self.chats:
            return error(400, "Bad Request: chat not found")
        if len(self.messages) >= self.quota:
            return error(429, "Too Many Requests: retry after 35", retry_after=35)
        if self.plain and seen.html:
            return error(400, "Bad Request: can't parse entities: no")
        if seen.refusal:
            return error(400, seen.refusal)
        if request.path == EDIT:
            return self._edit(seen)
        self.messages.append(seen)
        result: dict[str, object] = {"message_id": len(self.messages), "chat": {"id": -100}}
        answered = seen.document.get("reply_parameters", {}).get("message_id", 0)
        if 0 < answered < len(self.messages) and answered not in self.gone:
            result["reply_to_message"] = {"message_id": answered, "chat": {"id": -100}}
        return Reply(200, {"ok": True, "result": result})

    def _edit(self, seen: Seen) -> Reply:
        number = seen.document["message_id"]
        if number > len(self.messages) or number in self.gone:
            return error(400, "Bad Request: message to edit not found")
        if self.messages[number - 1].markup == seen.markup:
            return error(400, "Bad Request: message is not modified: specified new message content")
        self.messages[number - 1] = seen
        return Reply(200, {"ok": True, "result": {"message_id": number, "chat": {"id": -100}}})
