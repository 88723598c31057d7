"""Time zone of this computer, by its name in the IANA database."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def local_zone(link: Path = Path("/etc/localtime")) -> str:
    """Return the name of the time zone here; UTC where it cannot be found out."""
    named = os.environ.get("TZ", "").removeprefix(":")
    for name in (named, str(link.resolve()).rpartition("/zoneinfo/")[2]):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if name:
                return ZoneInfo(name).key
    return "UTC"
