"""What tests of channels share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alarminati.channels.http_client import Http


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """The client of all channels."""
    client = Http()
    yield client
    await client.close()
