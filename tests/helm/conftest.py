"""Helm, both majors."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session", params=["helm3", "helm4"])
def program(request: pytest.FixtureRequest, tool: Callable[[str], str]) -> str:
    """Each Helm in turn, for what may differ."""
    return tool(request.param)


@pytest.fixture(scope="session")
def helm4(tool: Callable[[str], str]) -> str:
    """The newest Helm, for what the chart alone decides."""
    return tool("helm4")
