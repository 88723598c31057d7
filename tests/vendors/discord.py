"""Discord's rules for messages of a webhook, and a channel that keeps them.

Knows nothing of how messages are made. Sources: the developer documentation on embed limits,
executing webhooks and rate limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply

EMBEDS, TITLE, DESCRIPTION, FOOTER, TOGETHER = 10, 256, 4096, 2048, 6000
OURS = re.compile(r"\*\*|(?<=\s)\*|\*(?=\n|$| ✅)|\[(?=(?:\\.|[^\\\]])*\]\(https?://[^()\s]*\))")
TAIL = re.compile(r"\]\(https?://[^()\s]*\)")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class Seen:
    """A message on somebody's screen."""

    def __init__(self, body: bytes) -> None:
        self.document = msgspec.json.decode(body, type=dict[str, Any])
        self.embeds: list[dict[str, Any]] = self.document["embeds"]
        self.markup = [str(one["description"]) for one in self.embeds]
        self.title = re.sub(r"\\(.)", r"\1", self.embeds[0]["title"])
        self.text = re.sub(r"\\(.)", r"\1", "\n".join(self.markup), flags=re.DOTALL)

    @property
    def refusal(self) -> str:
        """What Discord would find wrong; empty when it takes it."""
        total = 0
        for one in self.embeds:
            footer = one.get("footer", {}).get("text", "")
            parts = ((one.get("title", ""), TITLE), (one["description"], DESCRIPTION))
            for text, limit in (*parts, (footer, FOOTER)):
                total += units(text)
                if units(text) > limit:
                    return f"over {limit}"
        if total > TOGETHER or not 1 <= len(self.embeds) <= EMBEDS or not all(self.markup):
            return f"{total} in {len(self.embeds)} embeds"
        return ""

    @property
    def broken(self) -> list[str]:
        """Texts in which markup of an alarm got through, or an escape was cut in two."""
        bare = [re.sub(r"\\[^0-9A-Za-z\s]", "", one) for one in self.markup]
        bare = [TAIL.sub("", OURS.sub("", one)) for one in bare]
        return [text for text in bare if set(text) & set("\\`~|<>[]@#")]


@dataclass
class Channel:
    """A channel with a webhook."""

    quota: int = 5
    messages: list[Seen] = field(default_factory=list)

    def __call__(self, request: Posted) -> Reply:
        """Answer as Discord does."""
        if request.method == "PATCH":
            return self._edit(request)
        if request.path != "/api/webhooks/1/canary":
            return Reply(404, {"message": "Unknown Webhook", "code": 10015})
        if request.query.get("wait") != "true":
            return Reply(204, b"")
        if len(self.messages) >= self.quota:
            body = {"message": "You are being rate limited.", "retry_after": 0.659, "global": False}
            return Reply(429, body, {"Retry-After": "1", "X-RateLimit-Remaining": "0"})
        seen = Seen(request.body)
        if seen.refusal:
            return Reply(400, {"code": 50035, "message": "Invalid Form Body"})
        self.messages.append(seen)
        left = str(self.quota - len(self.messages))
        headers = {"X-RateLimit-Remaining": left, "X-RateLimit-Reset-After": "1.5"}
        return Reply(200, {"id": str(len(self.messages))}, headers)

    def _edit(self, request: Posted) -> Reply:
        base, _, number = request.path.rpartition("/messages/")
        if base != "/api/webhooks/1/canary" or set(request.query) - {"thread_id"}:
            return Reply(404, {"message": "Unknown Webhook", "code": 10015})
        if not 0 < int(number) <= len(self.messages):
            return Reply(404, {"message": "Unknown Message", "code": 10008})
        seen = Seen(request.body)
        if seen.refusal or set(seen.document) - {"embeds", "allowed_mentions"}:
            return Reply(400, {"code": 50035, "message": "Invalid Form Body"})
        self.messages[int(number) - 1] = seen
        return Reply(200, {"id": number})
