"""Reads a message as Slack would, knowing nothing of how it was made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from alarminati.demo.slack_rules import refusal

MARKUP = re.compile(r"<!date\^\d+\^[^|<>]*\|[^|<>]*>|<https?://[^|<>]*\|[^<>|]*>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")
MENTION = re.compile(r"@(?:channel|here|everyone)", re.IGNORECASE)


class Seen:
    """A message on somebody's screen."""

    def __init__(self, body: bytes) -> None:
        self.refusal = refusal(body)
        self.message = msgspec.json.decode(body, type=dict[str, Any])

    @property
    def texts(self) -> list[str]:
        """Every text that is shown, as mrkdwn."""
        return list(self._texts())

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.texts)

    @property
    def colours(self) -> list[str]:
        """Colours of the bars, from the top."""
        return [one["color"] for one in self.message["attachments"] if "color" in one]

    @property
    def rest(self) -> int:
        """How many alarms are said to be there but not listed."""
        return sum(int(count) for count in re.findall(r"\*(\d+) more, not listed\*", self.text))

    def _texts(self) -> Iterator[str]:
        yield self.message["text"]
        for attachment in self.message["attachments"]:
            for block in attachment["blocks"]:
                parts = [*block.get("fields", []), *block.get("elements", [])]
                for part in parts + ([block["text"]] if "text" in block else []):
                    assert part["type"] == "mrkdwn"
                    assert part["verbatim"] is True  # else Slack looks for names to mention
                    yield part["text"]

    def broken(self) -> list[str]:
        """Texts in which markup of an alarm got through, or an escape was cut in two."""
        assert self.message["parse"] == "none"
        assert self.message["link_names"] is False
        return [text for text in self.texts if _is_broken(text)]


def _is_broken(text: str) -> bool:
    bare = ENTITY.sub("", MARKUP.sub("", text))
    return bool(set(bare) & set("<>&")) or MENTION.search(text) is not None
