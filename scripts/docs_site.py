"""Hooks of the documentation site: links out of `docs/`, and a copy of Mermaid.

Pages are read on GitHub as well, where `../charts/alarminati/README.md` is a file. On the site
it is a link to the repository. https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/dongdorrong/alarminati/blob/main/"
_LINK = re.compile(r"\]\((\.\./[^)\s#]+)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(r"[`*_]|\[([^\]]*)\]\([^)]*\)")


def anchors(markdown: str) -> list[str]:
    """Return the anchor of each heading of an English page, in order, as the site makes them."""
    titles = _HEADING.findall(_FENCE.sub("", markdown))
    plain = (re.sub(r"[^\w\s-]", "", _MARKUP.sub(r"\1", title)) for title in titles)
    return [re.sub(r"[-\s]+", "-", title.strip().lower()) for title in plain]


def with_anchors(korean: str, names: list[str]) -> str:
    """Return a Korean page whose headings have the anchors of its English twin.

    A link to a section is then the same in both languages.
    """
    left = iter(names)
    pieces = re.split(f"({_FENCE.pattern})", korean, flags=_FENCE.flags)
    return "".join(
        piece
        if piece.startswith("```")
        else _HEADING.sub(lambda heading: f"{heading[0]} {{ #{next(left)} }}", piece)
        for piece in pieces
    )


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the page with absolute links out of `docs/` and the same anchors in both languages."""

    def absolute(match: re.Match[str]) -> str:
        target = (ROOT / "docs" / match[1]).resolve()
        if not target.exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {match[1]}, which is not there")
        return f"]({REPOSITORY}{target.relative_to(ROOT)}{match[2] or ''})"

    name = Path(page.file.src_uri).name
    if name.endswith(".ko.md"):
        english = (ROOT / "docs" / name.replace(".ko.md", ".md")).read_text(encoding="utf-8")
        markdown = with_anchors(markdown, anchors(english))
    return _LINK.sub(absolute, markdown)


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Return the page with the site's own copy of Mermaid, where the page has a diagram.

    The theme fetches Mermaid from a stranger's server otherwise, out of reach of closed networks.
    """
    if 'class="mermaid"' not in output:
        return output
    root = "../" * page.url.count("/")
    script = f'<script src="{root}mermaid.min.js"></script>'
    return output.replace("</article>", f"</article>{script}", 1)
