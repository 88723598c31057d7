"""A Teams workflow: what it refuses, and what is then on somebody's screen.

Sources: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors, 28 KB;
https://adaptivecards.io/explorer/. Knows nothing of how a message was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.vendors.door import Posted, Reply

SIZE = 21_000  # bytes that have been refused although 28 KB are documented
STYLES = {"attention", "warning", "good", "accent", "default", "emphasis"}


class Seen:
    """A card on somebody's screen."""

    def __init__(self, body: bytes) -> None:
        self.size = len(body)
        post = msgspec.json.decode(body, type=dict[str, Any])
        assert post["type"] == "message"
        (attachment,) = post["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        self.card: dict[str, Any] = attachment["content"]
        assert self.card["type"] == "AdaptiveCard"

    @property
    def refusal(self) -> str:
        """Why it is not taken; "" and it is."""
        if self.size > SIZE:
            return "RequestEntityTooLarge"
        if any(not re.match("https?://", one["url"]) for one in self.actions):
            return "TriggerInputSchemaMismatch"
        return "" if all(self.texts) else "TriggerInputSchemaMismatch"

    @property
    def actions(self) -> list[dict[str, Any]]:
        """Buttons."""
        return list(self.card.get("actions", []))

    @property
    def texts(self) -> list[str]:
        """Every text, from the top. Fails on an element that would read Markdown in it."""
        return list(_texts(self.card["body"]))

    @property
    def style(self) -> str:
        """The colour of the head."""
        style = self.card["body"][0]["style"]
        assert style in STYLES
        return str(style)

    @property
    def rest(self) -> int:
        """How many alarms are said to be there but not listed."""
        return sum(int(n) for n in re.findall(r"(\d+) more, not listed", self.texts[-1]))


def _texts(elements: list[dict[str, Any]]) -> Iterator[str]:
    for element in elements:
        if element["type"] == "Container":
            yield from _texts(element["items"])
            continue
        assert element["type"] == "RichTextBlock"
        for run in element["inlines"]:
            assert run["type"] == "TextRun"
            yield run["text"]


@dataclass
class Flow:
    """Answers as a flow does; `answers` come first, one a request."""

    answers: list[Reply] = field(default_factory=list)
    posted: list[Seen] = field(default_factory=list)

    def __call__(self, request: Posted) -> Reply:
        """Take a message or refuse it."""
        if self.answers:
            return self.answers.pop(0)
        seen = Seen(request.body)
        if seen.refusal:
            return Reply(400, {"error": {"code": seen.refusal}})
        self.posted.append(seen)
        return Reply(202, b"")
