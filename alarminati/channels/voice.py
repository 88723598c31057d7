"""How a channel speaks: the keys that every type has."""

from __future__ import annotations

from typing import Literal

import msgspec


class MessageStyle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Language and templates. `title` and `template` are Jinja2 (see `template`); empty: ours."""

    language: Literal["en", "ko"] = "en"  # of the fixed words
    title: str = ""  # what stands in place of the state's word and the severity
    template: str = ""  # what stands in place of an alarm's text, labels and annotations
