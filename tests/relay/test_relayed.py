"""Agents believe what they pull only with its signature, whenever it was taken."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from pathlib import Path

import pytest

from alarminati.agent.http_server import reporters
from alarminati.agent.relayed import RelayedWebhooks
from alarminati.agent.sources import pages_of
from alarminati.config import load
from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import Invalid
from alarminati.edge.shapes.reading import read
from alarminati.queues.port import Message

TAKEN = 1_760_000_000_000
SECRET = "a secret of sixteen"
CONFIG = f"""
tls: {{mode: insecure}}
severity_words: {{p1: CRITICAL}}
sources:
  - name: shop
    hmac: {{secret: "{SECRET}"}}
    map: {{message: "{{{{ title }}}}", severity: {{from: level}}}}
"""


def webhooks(folder: Path) -> RelayedWebhooks:
    path = folder / "agent.yaml"
    path.write_text(CONFIG)
    config = load(path, {}, {})
    return RelayedWebhooks(config, pages_of(config)[0], reporters(config)[0])


def signed(body: bytes, seconds: int, source: str = "shop") -> Message:
    shown = hmac.new(SECRET.encode(), b"%d." % seconds + body, sha256).hexdigest()
    headers = {"x-alarminati-signature": f"t={seconds},v1={shown}"}
    return Message("edge-1/1", body, TAKEN, headers, 1, source=source)


async def test_a_signature_counts_when_the_relay_took_it_or_now(tmp_path: Path) -> None:
    pulled, body = webhooks(tmp_path), b'{"title": "disk is full", "level": "p1"}'
    days = TAKEN + 3 * 86_400_000
    fresh = await pulled.prepare(signed(body, TAKEN // 1000), days)
    [alarm] = [item for item in read(fresh.shape, fresh.inbound) if isinstance(item, Alarm)]
    assert (alarm.message, alarm.severity.name, alarm.source) == (
        "disk is full",
        "CRITICAL",
        "shop",
    )
    # The clock of the relay jumped back by a year; that of the agent is right.
    again = await pulled.prepare(signed(body, days // 1000), days)
    assert again.request != fresh.request
    replayed = await pulled.prepare(signed(body, TAKEN // 1000), days)
    assert replayed.request == fresh.request
    with pytest.raises(Invalid, match="more than 300 s"):
        await pulled.prepare(signed(body, TAKEN // 1000 - 4000), days)
    with pytest.raises(Invalid, match="does not fit"):
        await pulled.prepare(Message("1", b"{}", TAKEN, signed(body, 1).headers, 1, "shop"), days)
    with pytest.raises(Invalid):
        await pulled.prepare(Message("1", body, TAKEN, {}, 1, source="shop"), days)


async def test_paths_presets_and_ids_of_senders(tmp_path: Path) -> None:
    pulled = webhooks(tmp_path)
    body = json.dumps([{"labels": {"alertname": "Disk"}}]).encode()
    headers = {"idempotency-key": "k1", "content-type": "application/json"}
    direct = await pulled.prepare(
        Message("1", body, TAKEN, headers, 1, source="other", path="/api/v2/alerts"), TAKEN
    )
    [alarm] = [item for item in read(direct.shape, direct.inbound) if isinstance(item, Alarm)]
    assert (alarm.message, alarm.source) == ("Disk", "prometheus")
    assert direct.request is not None
    assert (direct.request.caller, direct.request.id) == ("source/other", "k1")
    plain = await pulled.prepare(Message("2", b"disk is full", TAKEN, {}, 2, source="new"), TAKEN)
    [alarm] = [item for item in read(plain.shape, plain.inbound) if isinstance(item, Alarm)]
    assert (alarm.message, alarm.source, plain.request) == ("disk is full", "new", None)
