"""Style of a channel's messages: the keys that every type has."""

from __future__ import annotations

from typing import Literal

import msgspec


class MessageStyle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Language and templates. `title` and `template` are Jinja2 (see `template`); empty: ours."""

    language: Literal["en", "ko"] = "en"  # of the fixed words
    title: str = ""  # replaces the state's word and the severity
    template: str = ""  # replaces an alarm's text, labels and annotations
