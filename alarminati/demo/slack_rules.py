"""Slack's documented limits on a webhook's message, for a sink that refuses as Slack does.

Kept apart from `channels/slack_blocks` on purpose: what renders must not be its own judge.
Sources: https://docs.slack.dev/reference/block-kit/blocks, .../composition-objects/text-object,
https://docs.slack.dev/changelog/2018-truncating-really-long-messages; the limit over all blocks is
as seen in github.com/slackapi/bolt-js/issues/2509.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

TEXT = 40_000
BLOCKS = 50
SECTION = 3000
FIELD = 2000
FIELDS = 10
ELEMENTS = 10
TOGETHER = 13_000
ATTACHMENTS = 100


def refusal(body: bytes) -> str | None:
    """Slack's error code for a message it does not take; None when it takes it."""
    try:
        message = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "invalid_payload"
    attachments = message.get("attachments", [])
    if len(attachments) > ATTACHMENTS:
        return "too_many_attachments"
    groups = [message.get("blocks", [])] + [one.get("blocks", []) for one in attachments]
    if not message.get("text") and not any(groups):
        return "no_text"
    blocks = [block for group in groups for block in group]
    if len(blocks) > BLOCKS or not all(map(_block_fits, blocks)):
        return "invalid_blocks"
    return _length_refusal(str(message.get("text", "")), blocks)


def _length_refusal(text: str, blocks: list[dict[str, Any]]) -> str | None:
    if units(text) > TEXT:
        return "msg_too_long"
    if units(text) + sum(units(part) for block in blocks for part in texts(block)) > TOGETHER:
        return "msg_blocks_too_long"
    return None


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def texts(block: dict[str, Any]) -> Iterator[str]:
    """Every text in a block."""
    for part in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]:
        if isinstance(part, dict):
            yield str(part.get("text", ""))


def _block_fits(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "section":
            fields = block.get("fields", [])
            if not ("text" in block or fields) or len(fields) > FIELDS:
                return False
            if any(not 1 <= units(field["text"]) <= FIELD for field in fields):
                return False
            return "text" not in block or 1 <= units(block["text"]["text"]) <= SECTION
        case "context":
            parts = block.get("elements", [])
            return 1 <= len(parts) <= ELEMENTS and all(
                1 <= units(part["text"]) <= SECTION for part in parts
            )
        case "divider":
            return True
        case _:
            return False
