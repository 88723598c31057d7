"""The documentation site: pages in both languages, and what browsers fetch for it.

`make docs` checks the links.
"""

from __future__ import annotations

import re

import yaml

from scripts.docs_site import anchors, with_anchors
from tests.house.source import ROOT

DOCS = ROOT / "docs"


def pages() -> set[str]:
    """Names of the English pages."""
    return {path.name for path in DOCS.glob("*.md") if not path.name.endswith(".ko.md")}


def navigation() -> list[str]:
    """Pages in the order of the menu."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n", 1)[1]
    tree = yaml.safe_load(text)
    return [
        page
        for entry in tree
        for page in ([entry] if isinstance(entry, str) else next(iter(entry.values())))
    ]


def test_every_page_is_in_the_menu_once() -> None:
    assert sorted(navigation()) == sorted(pages())


def test_pages_are_in_both_languages() -> None:
    twins = {path.name.replace(".ko.md", ".md") for path in DOCS.glob("*.ko.md")}
    assert twins == pages()


def test_twins_have_the_same_sections_commands_and_settings() -> None:
    for path in DOCS.glob("*.ko.md"):
        korean = path.read_text(encoding="utf-8")
        english = path.with_name(path.name.replace(".ko.md", ".md")).read_text(encoding="utf-8")
        assert re.findall(r"^#+ ", korean, re.M) == re.findall(r"^#+ ", english, re.M), path.name
        fences = re.compile(r"^```\w+\n.*?^```", re.M | re.S)
        assert fences.findall(korean) == fences.findall(english), path.name


def test_links_lead_to_sections_in_both_languages() -> None:
    known = {name: anchors((DOCS / name).read_text(encoding="utf-8")) for name in pages()}
    for path in DOCS.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        for page, anchor in re.findall(r"\]\(([\w-]*\.md|)#([\w-]+)\)", text):
            assert anchor in known[page or path.name.replace(".ko.md", ".md")], path.name


def test_korean_headings_get_the_anchors_of_the_english_ones() -> None:
    assert anchors("# A `b` (c)\n```sh\n# no\n```\n## D, e") == ["a-b-c", "d-e"]
    page = with_anchors("# 가\n```sh\n# no\n```\n## 나\n", ["a-b-c", "d-e"])
    assert page == "# 가 { #a-b-c }\n```sh\n# no\n```\n## 나 { #d-e }\n"


def table(page: str) -> list[list[str]]:
    """Cells of the terms in a glossary, row by row."""
    terms = (DOCS / page).read_text(encoding="utf-8").split("| former |")[0].split("| 이전 |")[0]
    rows = re.findall(r"^\| (.+) \|$", terms, re.M)
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def test_both_glossaries_have_the_same_terms() -> None:
    squeezed = [(row[0], row[-1].replace(" (", "(")) for row in table("glossary.md")]
    pairs = [(english, korean) for english, korean in squeezed if english != "word"]
    assert pairs == [(row[-1], row[0]) for row in table("glossary.ko.md") if row[0] != "말"]


def test_pictures_fetch_nothing_and_run_nothing() -> None:
    for path in DOCS.glob("images/*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "<title>" in text, path.name
        assert not re.search(r"<script|href=|url\((?!#)|@import", text), path.name
