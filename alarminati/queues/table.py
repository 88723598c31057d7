"""Table of queue types; a driver is imported when a configuration names its type."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from alarminati.config.copies import CopyConfig
from alarminati.config.queues import QueueConfig
from alarminati.queues.port import DriverMissing, JournalStore, Queue
from alarminati.wire.credentials import Tls

_EXTRAS = {  # modules that an extra installs
    "kafka": ("aiokafka",),
    "nats": ("nats",),
    "rabbitmq": ("aiormq",),
    "redis": ("redis",),
    "sqs": ("aiobotocore", "aiohttp", "botocore"),
}


def driver(config: QueueConfig, own: Tls | None = None) -> Queue:
    """Return the driver of a queue; `own` is what this agent shows. Raises DriverMissing."""
    if config.type == "relay":
        from alarminati.queues.relay import open_queue

        return open_queue(config, own)
    made: Queue = _module(config.type, config.type).open_queue(config)
    return made


def journal_store(config: CopyConfig, project: str, cluster: str) -> JournalStore:
    """Return the driver of a copy of the journal. Raises DriverMissing."""
    made: JournalStore = _module("journal_stream", config.type).JournalStream(
        config, project, cluster
    )
    return made


def _module(name: str, type: str) -> Any:
    try:
        return import_module(f"alarminati.queues.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in _EXTRAS[type]:
            raise
        raise DriverMissing(
            f"queues of type {type} need another library; pip install 'alarminati[{type}]'"
        ) from None
