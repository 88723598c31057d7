"""The local API's document is what its shapes say."""

from __future__ import annotations

import re

from alarminati.ui.schema.calls import CALLS
from alarminati.ui.schema.openapi import document, text
from tests.house.source import ROOT


def test_the_document_in_the_tree_is_fresh() -> None:
    kept = (ROOT / "docs" / "ui-api.json").read_text(encoding="utf-8")
    assert kept == text(), "run python -m alarminati.ui.schema.openapi docs/ui-api.json"


def test_every_reference_leads_somewhere() -> None:
    shapes = document()["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text()))
    assert named and named <= set(shapes)


def test_answers_leave_nothing_out_and_requests_may() -> None:
    shapes = document()["components"]["schemas"]
    assert set(shapes["AlarmRow"]["required"]) == set(shapes["AlarmRow"]["properties"])
    assert shapes["ActRequest"]["required"] == ["id", "kind"]


def test_calls_have_names_and_places_of_their_own() -> None:
    assert len({call.name for call in CALLS}) == len(CALLS)
    assert len({(call.method, call.path) for call in CALLS}) == len(CALLS)
