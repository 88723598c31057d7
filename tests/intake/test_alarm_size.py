"""`limits.alarm_size`: every door keeps to it; who writes by hand is refused, tools are cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.agent.rpc.batches import Batch
from alarminati.config.quantities import Size
from alarminati.config.schema import Limits
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import Invalid
from alarminati.edge.fitting import within
from alarminati.edge.inlets import INLETS, SourcePage
from alarminati.edge.shapes.inbound import Inbound
from alarminati.edge.shapes.table import PRESETS
from alarminati.v1 import alarm_pb2
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire.intake_proto import report_from_proto

NOW = 1_760_000_000_000
SIZE = 16 * 1024
NOTES = {f"note {n}": "x" * 4096 for n in range(8)}


def test_who_reports_by_hand_is_told_which_field_is_too_large() -> None:
    body = json.dumps([{"message": "small"}, {"message": "large", "annotations": NOTES}]).encode()
    (page,) = (inlet for inlet in INLETS if inlet.path == "/v1/alarms")
    small, large = page.read(Inbound(body, NOW, size=SIZE))
    assert isinstance(small, Alarm)
    assert isinstance(large, Invalid) and large.field == "alarms[1].annotations"
    assert "at most 16384 in all are allowed (limits.alarm_size)" in large.problem
    assert all(isinstance(each, Alarm) for each in page.read(Inbound(body, NOW)))


def test_grpc_refuses_it_alone_and_in_a_batch() -> None:
    large = alarm_pb2.Alarm(message="large", annotations=NOTES)
    assert report_from_proto(large, NOW, "grpc").size() > SIZE
    with pytest.raises(Invalid, match=r"limits\.alarm_size"):
        report_from_proto(large, NOW, "grpc", SIZE)
    request = rpc.ReportStreamRequest(alarms=[alarm_pb2.Alarm(message="small"), large])
    batch = Batch.read(request, NOW, SIZE)
    assert (batch.places, list(batch.bad)) == ([0], [1])


@pytest.mark.parametrize("path", ["/webhooks/alertmanager", "/api/v2/alerts"])
def test_what_alertmanager_and_prometheus_send_is_cut(path: str) -> None:
    alert = {"status": "firing", "labels": {"alertname": "Large"}, "annotations": NOTES}
    body = json.dumps([alert] if path.startswith("/api") else {"alerts": [alert]}).encode()
    (page,) = (inlet for inlet in INLETS if inlet.path == path)
    (made,) = page.read(Inbound(body, NOW, size=SIZE))
    assert isinstance(made, Alarm)
    assert SIZE // 2 < made.size() <= SIZE


def test_what_a_source_of_its_own_shape_sends_is_cut() -> None:
    alert = {"status": "firing", "labels": {"alertname": "Large"}, "annotations": NOTES}
    page = SourcePage("grafana", PRESETS["grafana"].shape).route
    body = json.dumps({"alerts": [alert], "status": "firing"}).encode()
    (made,) = page.read(Inbound(body, NOW, source="grafana", size=SIZE))
    assert isinstance(made, Alarm) and made.size() <= SIZE


texts = st.text(max_size=400)


@given(st.dictionaries(texts, texts, max_size=64), st.dictionaries(texts, texts, max_size=64))
def test_whatever_it_holds_is_cut_to_size(labels: dict[str, str], notes: dict[str, str]) -> None:
    pairs = (tuple(sorted(labels.items())), tuple(sorted(notes.items())))
    alarm = Alarm("m" * 4096, Severity.ERROR, NOW, False, pairs[0], "", "k", pairs[1])
    (made,) = within([alarm], SIZE)
    assert made.size() <= SIZE
    assert made.message and made.key == "k"


@pytest.mark.parametrize("size", [0, SIZE - 1, 64 * 1024 + 1])
def test_the_setting_has_bounds_of_its_own(size: int) -> None:
    with pytest.raises(ValueError, match=r"alarm_size \(\d+B?\) must be 16KiB to 64KiB"):
        Limits(alarm_size=Size(size))
