"""Table of presets: shapes by the names that configurations and pages have for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from alarminati.edge.alertmanager import read_notification
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.cloudevents import read_cloudevents
from alarminati.edge.shapes.forges import read_github, read_gitlab
from alarminati.edge.shapes.inbound import Inbound, Shape
from alarminati.edge.shapes.pagerduty import read_pagerduty
from alarminati.edge.shapes.plain import read_text
from alarminati.edge.shapes.sentry import read_sentry
from alarminati.edge.shapes.sns import read_sns
from alarminati.edge.shapes.templated import (
    ARGOCD,
    DATADOG,
    ELASTIC,
    GATUS,
    HEALTHCHECKS,
    NEWRELIC,
    ZABBIX,
)
from alarminati.edge.shapes.uptime import read_kuma


@dataclass(frozen=True, slots=True)
class Preset:
    """A known shape. `status` is the answer that its senders take for success."""

    shape: Shape
    status: int = 200
    proven: bool = False  # its bodies carry a proof, without which it has no page


def _notification(inbound: Inbound) -> Iterator[Item]:
    return read_notification(
        inbound.body, inbound.now, inbound.judge, inbound.words, inbound.source
    )


PRESETS: Final[dict[str, Preset]] = {
    "argocd": Preset(ARGOCD),
    "cloudevents": Preset(read_cloudevents),
    "datadog": Preset(DATADOG),
    "elastic": Preset(ELASTIC),
    "gatus": Preset(GATUS),
    "github": Preset(read_github),
    "gitlab": Preset(read_gitlab),
    "grafana": Preset(_notification),
    "healthchecks": Preset(HEALTHCHECKS),
    "newrelic": Preset(NEWRELIC),
    # Its clients take nothing else for success.
    "pagerduty": Preset(read_pagerduty, 202),
    "sentry": Preset(read_sentry),
    "sns": Preset(read_sns, proven=True),
    "text": Preset(read_text),
    "uptimekuma": Preset(read_kuma),
    "zabbix": Preset(ZABBIX),
}
