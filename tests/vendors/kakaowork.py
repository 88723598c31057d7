"""Kakao Work's messages API with one bot.

Knows nothing of how messages are made. Sources: the common guide of its Web API (JSON only,
`success` and `error` in the body) and the page on messages. `longest` stands for a limit that
nobody wrote down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply


def error(code: str, status: int = 200) -> Reply:
    """An answer in Kakao Work's form."""
    return Reply(status, {"success": False, "error": {"code": code, "message": "see canary"}})


@dataclass
class Work:
    """A workspace."""

    longest: int = 10_000
    quota: int = 100
    texts: list[str] = field(default_factory=list)

    def __call__(self, request: Posted) -> Reply:
        """Answer as Kakao Work does."""
        if request.headers.get("authorization") != "Bearer app-canary":
            return error("invalid_authentication")
        if request.headers.get("content-type") != "application/json":
            return error("invalid_content_type")
        document = msgspec.json.decode(request.body, type=dict[str, Any])
        where = {
            "/v1/messages.send": ("conversation_id", "17"),
            "/v1/messages.send_by_email": ("email", "kim@team.example"),
        }[request.path]
        if set(document) != {where[0], "text"} or not document["text"].strip():
            return error("missing_parameter")
        if document[where[0]] != where[1]:
            return error("conversation_not_found")
        if len(document["text"]) > self.longest:
            return error("invalid_parameter")
        if len(self.texts) >= self.quota:
            return error("too_many_requests", 429)
        self.texts.append(document["text"])
        return Reply(200, {"success": True, "message": {"id": str(len(self.texts))}})
