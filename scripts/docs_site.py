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


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the page with links to files outside of `docs/` made absolute."""

    def absolute(match: re.Match[str]) -> str:
        target = (ROOT / "docs" / match[1]).resolve()
        if not target.exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {match[1]}, which is not there")
        return f"]({REPOSITORY}{target.relative_to(ROOT)}{match[2] or ''})"

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
