"""Handler of each call."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from alarminati.ui.handlers import (
    alarms,
    channels,
    clusters,
    settings,
    silences,
    statistics,
    transfer,
)
from alarminati.ui.handlers.asked import Handler
from alarminati.ui.schema.calls import CALLS

_MODULES: Final[tuple[ModuleType, ...]] = (
    *(alarms, channels, clusters, settings, silences, statistics, transfer),
)


def _find(name: str) -> Handler:
    for module in _MODULES:
        if hasattr(module, name):
            handler: Handler = getattr(module, name)
            return handler
    raise LookupError(f"no handler for {name}")


HANDLERS: Final = {call.name: _find(call.name) for call in CALLS}
"""By operation id; a call without a handler fails at the import."""
