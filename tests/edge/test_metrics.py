"""Figures: what was counted is what a scrape tells, and counting costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from alarminati.agent.metrics import (
    AgentStatus,
    CertificateStatus,
    Counters,
    Durations,
    Metrics,
)
from alarminati.edge.app import RequestObserver

STANDING = AgentStatus(
    version="0.1.0",
    master=True,
    epoch=7,
    linked=True,
    peers=2,
    entries=1000,
    journal_bytes=4096,
    pending=3,
    dead=1,
    subscribers=5,
)


def scrape(tally: Counters, standing: AgentStatus = STANDING) -> dict[str, float]:
    """Every sample by name and labels, read the way Prometheus does."""
    text, kind = Metrics(tally, lambda: standing)()
    assert kind.startswith("text/plain; version=")
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_counters() -> None:
    tally = Counters()
    witness: RequestObserver = tally  # the edge counts with it
    witness.accepted("http", 3)
    witness.accepted("http", 4)
    witness.refused("grpc", "invalid")
    tally.delivered("ops", "retry", 0.2)
    tally.beat("sent")
    samples = scrape(tally)
    assert samples["alarminati_alarms_accepted_total{source=http}"] == 7
    assert samples["alarminati_requests_refused_total{reason=invalid,source=grpc}"] == 1
    assert samples["alarminati_delivery_attempts_total{channel=ops,result=retry}"] == 1
    assert samples["alarminati_beats_total{direction=sent}"] == 1


def test_certificates() -> None:
    """Of a replica without TLS nothing is said, rather than that all is well."""
    names = {
        "alarminati_certificate_reload_ok",
        "alarminati_certificate_end_timestamp_seconds",
        "alarminati_authority_end_timestamp_seconds",
    }
    assert not names & set(scrape(Counters()))
    standing = replace(STANDING, certificate=CertificateStatus(False, 1.8e9, 2.1e9))
    samples = scrape(Counters(), standing)
    assert [samples[name] for name in sorted(names)] == [2.1e9, 1.8e9, 0]


def test_gauges() -> None:
    samples = scrape(Counters())
    assert samples["alarminati_build_info{version=0.1.0}"] == 1
    assert samples["alarminati_master"] == 1
    assert samples["alarminati_epoch"] == 7
    assert samples["alarminati_linked"] == 1
    assert samples["alarminati_peers_connected"] == 2
    assert samples["alarminati_journal_entries"] == 1000
    assert samples["alarminati_journal_bytes"] == 4096
    assert samples["alarminati_outbox_pending"] == 3
    assert samples["alarminati_outbox_dead"] == 1
    assert samples["alarminati_subscribers"] == 5
    assert scrape(Counters(), replace(STANDING, master=False))["alarminati_master"] == 0
    assert samples["process_resident_memory_bytes"] > 0


def test_durations() -> None:
    tally = Counters()
    for seconds in (0.0005, 0.001, 0.002, 99.0):
        tally.answered("/v1/alarms", seconds)
    samples = scrape(tally)
    name = "alarminati_request_duration_seconds"
    assert samples[f"{name}_bucket{{le=0.001,route=/v1/alarms}}"] == 2
    assert samples[f"{name}_bucket{{le=0.0025,route=/v1/alarms}}"] == 3
    assert samples[f"{name}_bucket{{le=30.0,route=/v1/alarms}}"] == 3
    assert samples[f"{name}_bucket{{le=+Inf,route=/v1/alarms}}"] == 4
    assert samples[f"{name}_count{{route=/v1/alarms}}"] == 4
    assert abs(samples[f"{name}_sum{{route=/v1/alarms}}"] - 99.0035) < 1e-9
    assert sum(Durations().counts) == 0


def test_every_scrape_is_fresh() -> None:
    tally = Counters()
    metrics = Metrics(tally, lambda: STANDING)
    metrics()
    tally.accepted("http", 1)
    assert b'alarminati_alarms_accepted_total{source="http"} 1.0' in metrics()[0]


def test_prometheus_is_loaded_when_somebody_asks() -> None:
    """An agent nobody scrapes does not pay for it."""
    code = (
        "import sys\n"
        "from alarminati.agent.metrics import Tally, Metrics\n"
        "Tally().accepted('http', 1)\n"
        "assert 'prometheus_client' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
