"""What a channel sent, as coloured text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

RESET, BOLD, DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"
SEVERITY_COLOURS = {"CRITICAL": "#d00000", "ERROR": "#e8590c", "WARNING": "#f2c744"}


def pretty(body: bytes) -> str:
    """Text for a delivery of a slack or webhook channel; anything else as it came."""
    try:
        message = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return printable(body.decode("utf-8", "replace"))
    lines = _webhook(message) if "alarms" in message else _slack(message)
    return "\n".join(lines)


def printable(text: str) -> str:
    """Without control characters: what is shown must not steer the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _bar(colour: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        return "  "
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"\x1b[38;2;{red};{green};{blue}m▌{RESET} "


def _mrkdwn(text: str) -> str:
    """Bold, dates, links and escapes of mrkdwn."""
    text = printable(text)
    text = re.sub(r"<!date\^(\d{1,11})\^[^|>]*\|[^>]*>", _local, text)
    text = re.sub(r"<(https?:[^|>]*)\|([^>]*)>", r"\2 (\1)", text)
    text = re.sub(r"\*([^*\n]+)\*", rf"{BOLD}\1{RESET}", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _local(token: re.Match[str]) -> str:
    """A moment as the reader's clock shows it, as Slack does."""
    return f"{datetime.fromtimestamp(int(token[1]), UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def _slack(message: dict[str, Any]) -> Iterator[str]:
    yield _mrkdwn(str(message.get("text", "")))
    for attachment in message.get("attachments", []):
        bar = _bar(str(attachment.get("color", "")))
        for block in attachment.get("blocks", []):
            for line in _block(block):
                yield f"{bar}{line}"


def _block(block: dict[str, Any]) -> Iterator[str]:
    dim = DIM if block.get("type") == "context" else ""
    fields = [field["text"].replace("\n", " ") for field in block.get("fields", [])]
    texts = [block["text"]["text"]] if "text" in block else []
    texts += [element["text"] for element in block.get("elements", [])]
    for text in texts + fields:
        for line in _mrkdwn(text).split("\n"):
            yield f"{dim}{line}{RESET if dim else ''}"


def _webhook(message: dict[str, Any]) -> Iterator[str]:
    title = f"{message.get('status', '')} | {message.get('project')} · {message.get('cluster')}"
    yield f"{BOLD}{printable(title)}{RESET}"
    for alarm in message["alarms"]:
        over = alarm.get("status") == "resolved"
        colour = "#2eb67d" if over else SEVERITY_COLOURS.get(alarm.get("severity"), "#439fe0")
        labels = " ".join(f"{name}={value}" for name, value in alarm.get("labels", {}).items())
        text = f"{alarm.get('status')} {alarm.get('severity')} {alarm.get('message')}"
        yield f"{_bar(colour)}{printable(text)} {DIM}{printable(labels)}{RESET}"
