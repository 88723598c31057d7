"""docs/operations.md, in both languages, names every alarm that agents raise about themselves."""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, python_files

OWN = (
    "alarminati/core/admission.py",
    "alarminati/core/monitors/",
    "alarminati/agent/rpc/access.py",
    "alarminati/agent/reload.py",
    "alarminati/agent/tls/",
)
"""Files that raise such alarms."""
KEY = re.compile(r"""(?:\bkey=f?|^KEY(?:: Final)? = |Subject\(\s*)"([a-z-]+)(?=[:"])""", re.M)


def keys() -> set[str]:
    """First words of their keys."""
    texts = ((ROOT / path).read_text(encoding="utf-8") for path in python_files(*OWN))
    return {key for text in texts for key in KEY.findall(text)}


def test_keys_are_found() -> None:
    assert {"agent", "check", "config", "certificate-files", "peer", "queue", "trust"} <= keys()


@pytest.mark.parametrize("page", ["docs/operations.md", "docs/operations.ko.md"])
def test_every_own_alarm_is_named(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert sorted(key for key in keys() if f"`{key}:" not in text) == []
