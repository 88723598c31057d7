"""Figures: what was counted is what a scrape tells, and counting costs next to nothing."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from alarminati.agent.metrics import (
    CAUSES,
    RESULTS,
    USUAL,
    AgentStatus,
    CertificateStatus,
    ConfigStatus,
    Counters,
    Durations,
    Metrics,
    families,
)
from alarminati.core.model.entries import DeliveryCause, Result, Severity
from alarminati.edge.app import RequestObserver
from alarminati.edge.exchange import Request
from alarminati.edge.health import FRESH, Health
from tests.house.source import ROOT

STANDING = AgentStatus(
    version="0.1.0",
    master=True,
    epoch=7,
    connected=True,
    peers=2,
    entries=1000,
    journal_bytes=4096,
    subscribers=5,
    channels=("mail", "ops"),
    pending={"ops": 3},
    dead={"ops": 1},
    firing={Severity.ERROR: 4},
    silences=2,
    heartbeats={"up": 2},
    forgotten=6,
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
    tally.attempted("ops", Result.RETRY, DeliveryCause.UNREACHABLE, 0.2, 1.8e9)
    tally.keepalive("sent")
    tally.master_changes += 1
    samples = scrape(tally)
    assert samples["alarminati_alarms_accepted_total{source=http}"] == 7
    assert samples["alarminati_requests_refused_total{reason=invalid,source=grpc}"] == 1
    attempts = "alarminati_delivery_attempts_total"
    assert samples[f"{attempts}{{cause=unreachable,channel=ops,result=retry}}"] == 1
    assert samples["alarminati_keepalives_total{direction=sent}"] == 1
    assert samples["alarminati_master_changes_total"] == 1
    assert samples["alarminati_dead_letters_forgotten_total"] == 6
    assert "alarminati_channel_last_delivery_timestamp_seconds{channel=ops}" not in samples


def test_what_became_of_attempts() -> None:
    """Words of the API by the numbers of the proto, whatever the core calls them."""
    tally = Counters()
    tally.attempted("ops", Result(1), DeliveryCause(0), 0.2, 1.8e9)
    tally.attempted("ops", Result(2), DeliveryCause(4), 0.2, 1.9e9)
    tally.attempted("ops", Result(3), DeliveryCause(5), 0.2, 1.9e9)
    samples = scrape(tally)
    name = "alarminati_delivery_attempts_total"
    counted = {sample for sample, value in samples.items() if sample.startswith(name) and value}
    assert counted == {
        f"{name}{{cause=,channel=ops,result=delivered}}",
        f"{name}{{cause=misconfigured,channel=ops,result=retry}}",
        f"{name}{{cause=rejected,channel=ops,result=failed}}",
    }
    assert samples["alarminati_channel_last_delivery_timestamp_seconds{channel=ops}"] == 1.8e9


def test_every_cause_has_a_word() -> None:
    assert all(CAUSES[cause] for cause in DeliveryCause if cause)
    assert all(RESULTS[result] for result in Result)


def test_what_has_not_happened_yet_is_zero() -> None:
    """`rate()` does not see the step from nothing to 1."""
    samples = scrape(Counters())
    name = "alarminati_delivery_attempts_total"
    for result, cause in USUAL:
        assert samples[f"{name}{{cause={cause},channel=mail,result={result}}}"] == 0
    assert samples["alarminati_keepalives_total{direction=received}"] == 0
    assert samples["alarminati_notifications_pending{channel=mail}"] == 0
    assert samples["alarminati_dead_letters{channel=mail}"] == 0
    assert samples["alarminati_alarms_firing{severity=CRITICAL}"] == 0


def test_certificates() -> None:
    """Of a replica without TLS nothing is said, rather than that all is well."""
    ok = "alarminati_certificate_last_reload_successful"
    end = "alarminati_certificate_expiration_timestamp_seconds"
    authority = "alarminati_authority_expiration_timestamp_seconds"
    assert not {ok, end, authority} & set(scrape(Counters()))
    standing = replace(STANDING, certificate=CertificateStatus(False, 1.8e9, 2.1e9))
    samples = scrape(Counters(), standing)
    assert (samples[ok], samples[end], samples[authority]) == (0, 1.8e9, 2.1e9)


def test_an_authority_whose_end_is_not_known_has_none() -> None:
    """Zero would be the year 1970: an alert on what expires soon would fire."""
    standing = replace(STANDING, certificate=CertificateStatus(True, 1.8e9, 0.0))
    samples = scrape(Counters(), standing)
    assert samples["alarminati_certificate_expiration_timestamp_seconds"] == 1.8e9
    assert "alarminati_authority_expiration_timestamp_seconds" not in samples


def test_configuration() -> None:
    name = "alarminati_config_last_reload_success"
    assert not any("_config_" in sample for sample in scrape(Counters()))
    samples = scrape(Counters(), replace(STANDING, config=ConfigStatus(True, True, 1.8e9)))
    assert samples[f"{name}ful"] == samples["alarminati_config_restart_required"] == 1
    assert samples[f"{name}_timestamp_seconds"] == 1.8e9
    never = scrape(Counters(), replace(STANDING, config=ConfigStatus(False, False)))
    assert never[f"{name}ful"] == 0
    assert f"{name}_timestamp_seconds" not in never


def test_gauges() -> None:
    samples = scrape(Counters())
    assert samples["alarminati_build_info{version=0.1.0}"] == 1
    assert samples["alarminati_master"] == 1
    assert samples["alarminati_election_epoch"] == 7
    assert samples["alarminati_connected_to_master"] == 1
    assert samples["alarminati_peers_connected"] == 2
    assert samples["alarminati_journal_entries"] == 1000
    assert samples["alarminati_journal_bytes"] == 4096
    assert samples["alarminati_notifications_pending{channel=ops}"] == 3
    assert samples["alarminati_dead_letters{channel=ops}"] == 1
    assert samples["alarminati_alarms_firing{severity=ERROR}"] == 4
    assert samples["alarminati_silences_active"] == 2
    assert samples["alarminati_subscribers"] == 5
    assert scrape(Counters(), replace(STANDING, master=False))["alarminati_master"] == 0
    assert samples["process_resident_memory_bytes"] > 0


def test_the_page_has_every_figure() -> None:
    tally = Counters()
    certificate, config = CertificateStatus(True, 1, 1), ConfigStatus(True, False, 1)
    standing = replace(STANDING, certificate=certificate, config=config)
    named = {family.name for family in families(tally, standing)}
    counters = {family.name for family in families(tally, standing) if family.type == "counter"}
    exported = (named - counters) | {f"{name}_total" for name in counters}
    for name in ("docs/metrics.md", "docs/metrics.ko.md"):
        page = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"^\| `(alarminati_\w+)", page, re.MULTILINE)) == exported, name


def test_durations() -> None:
    tally = Counters()
    for seconds in (0.0005, 0.001, 0.002, 99.0):
        tally.answered("/v1/alarms", seconds)
    samples = scrape(tally)
    name = "alarminati_http_request_duration_seconds"
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
        "from alarminati.agent.metrics import Counters, Metrics\n"
        "Counters().accepted('http', 1)\n"
        "assert 'prometheus_client' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


async def test_g8_figures_are_made_and_compressed_once_a_second_whoever_asks() -> None:
    made, now = list[int](), 0.0

    def figures() -> tuple[bytes, str]:
        made.append(1)
        return b"figure %d\n" % len(made), "text/plain"

    health = Health(lambda: "", figures, ticks=lambda: now)
    asked = Request("GET", "/metrics", "", {"accept-encoding": "gzip"}, b"")
    first = await health.figures(asked)
    again = await health.figures(asked)
    assert gzip.decompress(first.body) == b"figure 1\n"
    assert again.body is first.body  # not the like of it: nobody compressed it anew
    now = FRESH
    assert gzip.decompress((await health.figures(asked)).body) == b"figure 2\n"
    assert len(made) == 2
