"""Files of the page: built ahead, compressed ahead, named by their content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_HASHED: Final = re.compile(r"assets/.*[-.][A-Za-z0-9_-]{8,}\.\w+$")
_PACKED: Final = (("br", ".br"), ("gzip", ".gz"))

LOCKED: Final = """<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Alarminati</title>
<h1>Alarminati</h1>
<p>터미널에서 <code>alarminati ui</code>로 여세요. 이 창은 이 PC의 주인만 볼 수 있습니다.</p>
<p lang="en">Open the app by <code>alarminati ui</code> in a terminal: only the owner of this
computer may look.</p></html>
"""
UNBUILT: Final = """<!doctype html><html lang="ko"><meta charset="utf-8"><title>Alarminati</title>
<h1>Alarminati</h1>
<p>페이지가 빌드되지 않았습니다. 로컬 API는 <code>/api/summary</code>에 있습니다.</p>
<p lang="en">The page is not built; the local API is at <code>/api/summary</code>.</p></html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A file to send."""

    body: bytes
    type: str
    encoding: str = ""
    forever: bool = False
    """The name changes with the content."""


class Pages:
    """Files below one folder; read at once, since they are few and small."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, bytes] = {}
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    self._files[path.relative_to(folder).as_posix()] = path.read_bytes()

    @property
    def build(self) -> str:
        """Return a name of these files together."""
        digest = blake2b(digest_size=6)
        for name, body in self._files.items():
            digest.update(name.encode() + b"\0" + body)
        return digest.hexdigest()

    def get(self, path: str, accepted: str) -> Page | None:
        """Return a file; the start page for addresses within the app; None: there is none."""
        name = path.strip("/")
        suffix = Path(name).suffix if "/" not in name or name.startswith("assets/") else ""
        if name not in self._files:
            if suffix in TYPES:
                return None
            name = "index.html"
        if name not in self._files:
            return Page(UNBUILT.encode(), TYPES[".html"])
        type = TYPES.get(Path(name).suffix, "application/octet-stream")
        forever = bool(_HASHED.search(name))
        codings = {each.split(";")[0].strip() for each in accepted.split(",")}
        for coding, ending in _PACKED:
            if coding in codings and name + ending in self._files:
                return Page(self._files[name + ending], type, coding, forever)
        return Page(self._files[name], type, "", forever)
