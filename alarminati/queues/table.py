"""Table of queue types; a driver is imported when a configuration names its type."""

from __future__ import annotations

from importlib import import_module

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import DriverMissing, Queue

_EXTRAS = {  # modules that an extra installs
    "kafka": ("aiokafka",),
    "nats": ("nats",),
    "rabbitmq": ("aiormq",),
    "redis": ("redis",),
    "sqs": ("aiobotocore", "aiohttp", "botocore"),
}


def driver(config: QueueConfig) -> Queue:
    """Return the driver of a queue. Raises DriverMissing."""
    try:
        module = import_module(f"alarminati.queues.{config.type}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in _EXTRAS[config.type]:
            raise
        raise DriverMissing(
            f"queues of type {config.type} need another library;"
            f" pip install 'alarminati[{config.type}]'"
        ) from None
    made: Queue = module.open_queue(config)
    return made
