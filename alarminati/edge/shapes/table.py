"""Table of presets: shapes by the names that configurations and pages have for them."""

from __future__ import annotations

from typing import Final

from alarminati.edge.shapes.inbound import Shape
from alarminati.edge.shapes.plain import read_text

PRESETS: Final[dict[str, Shape]] = {
    "text": read_text,
}
