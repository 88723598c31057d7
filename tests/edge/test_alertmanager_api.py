"""What a tool of Alertmanager may post, and how mistakes are answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alarminati.core.model.validation import Invalid
from alarminati.edge.alertmanager_api import read_silence

GOOD: dict[str, Any] = {
    "matchers": [{"name": "a", "value": "b.*", "isRegex": True}],
    "startsAt": "2025-09-18T12:42:00.000Z",
    "endsAt": "2025-09-18T13:42:00+09:00",
    "comment": "c",
    "createdBy": "kim",
}


def test_a_silence_is_read() -> None:
    id, matchers, starts, ends, comment, by = read_silence(json.dumps(GOOD).encode())
    assert (id, matchers, comment, by) == ("", ['a=~"b.*"'], "c", "kim")
    assert ends - starts == -8 * 3_600_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, "matchers"),
        ({"matchers": [{"value": "x"}]}, "name"),
        ({"endsAt": "soon"}, "is not a time"),
        ({"comment": 5}, "comment"),
    ],
)
def test_mistakes_name_the_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_silence(json.dumps(GOOD | change).encode())
    with pytest.raises(Invalid):
        read_silence(b"\xff{")
