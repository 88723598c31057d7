"""What tests of channels share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alarminati.channels.http_client import HttpClient


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """The client of all channels."""
    client = HttpClient()
    yield client
    await client.close()
