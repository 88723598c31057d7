"""Recordings of a terminal become pictures that show every line at its time."""

from __future__ import annotations

from xml.etree import ElementTree

from scripts.record_demo import COLUMNS, Line, drawn, record, shortened, spans
from tests.house.source import ROOT


def test_colours_become_classes_and_text_stays_text() -> None:
    assert spans("\x1b[1mbold\x1b[0m <a> & b") == '<tspan class="b">bold</tspan> &lt;a&gt; &amp; b'


def test_pauses_are_bounded_and_long_lines_cut() -> None:
    paced = shortened([Line(0.0, "a"), Line(60.0, "b" * 200), Line(60.0, f"{ROOT}/x")])
    assert [line.seconds for line in paced] == [0.2, 1.7, 1.9]
    assert len(paced[1].text) == COLUMNS
    assert paced[2].text == "x"


def test_a_recording_is_a_picture_without_scripts() -> None:
    lines = record(["printf", "one\\n\\033[32mtwo\\033[0m\\n"], "en")
    assert [line.text for line in lines][1:] == ["one", "\x1b[32mtwo\x1b[0m"]
    picture = drawn(shortened(lines), "A & B")
    root = ElementTree.fromstring(picture)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[1:] == ["one", "two"]
    assert "prefers-reduced-motion" in picture
