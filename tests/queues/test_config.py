"""Keys of a queue: each mistake is one sentence that says how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from alarminati.config.queues import QueueConfig
from alarminati.config.secret import Secret

URL = "https://sqs.ap-northeast-2.amazonaws.com/123456789012/alarms"
GOOD: dict[str, dict[str, Any]] = {
    "kafka": {"servers": ("kafka:9092",), "topic": "alarms"},
    "nats": {"servers": ("nats:4222",), "stream": "ALARMS"},
    "rabbitmq": {"servers": ("rabbitmq:5672",), "queue": "alarms"},
    "redis": {"servers": ("redis:6379",), "stream": "alarms"},
    "sqs": {"url": URL},
}


def made(type: str, **more: Any) -> QueueConfig:
    return QueueConfig(name="orders", type=type, **{**GOOD[type], **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("type", GOOD)
def test_the_least_that_a_queue_needs(type: str) -> None:
    assert made(type).group == "alarminati"


@pytest.mark.parametrize(
    ("type", "more", "said"),
    [
        ("kafka", {"topic": ""}, "topic is missing; a queue of type kafka needs it"),
        ("kafka", {"stream": "x"}, "stream is nothing that a queue of type kafka takes"),
        ("kafka", {"servers": ("kafka",)}, "write HOST:PORT"),
        ("kafka", {"sasl": "PLAIN"}, "sasl is given without username"),
        ("kafka", {"username": "a"}, "username is given without password"),
        ("rabbitmq", {"queue": ""}, "queue is missing"),
        ("rabbitmq", {"token": Secret("x")}, "token is nothing that a queue of type rabbitmq"),
        ("redis", {"servers": ("a:1", "b:1")}, "a queue of type redis takes one"),
        ("sqs", {"servers": ("a:1",)}, "servers is nothing that a queue of type sqs takes"),
        ("sqs", {"url": "alarms"}, "write the address of the queue"),
        ("sqs", {"dead_letter": "dead"}, "dead_letter has 'dead'; write the address"),
        ("sqs", {"url": "http://localhost:4566/0/a"}, "region is missing"),
        ("nats", {"ca": "ca.pem"}, "set tls: true"),
    ],
)
def test_a_mistake_is_said(type: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made(type, **more)


def test_the_region_is_read_from_the_address_or_given() -> None:
    assert made("sqs").aws_region == "ap-northeast-2"
    assert (
        made("sqs", url="http://localhost:4566/0/a", region="eu-west-1").aws_region == "eu-west-1"
    )
