"""Shapes of tools whose users write the body themselves: the bodies of docs/sources.md. Pure.

Where a tool has a body of its own by default, its members are those.
"""

from __future__ import annotations

from typing import Final

from alarminati.core.model.entries import Severity
from alarminati.edge.shapes.mapping import Mapped, ResolvedRule, Rule, SeverityRule

_C, _E, _W, _I = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO


def _labels(*names: str, **others: str) -> dict[str, Rule]:
    return {name: Rule(name) for name in names} | {k: Rule(v) for k, v in others.items()}


# deploy/zabbix/media_alarminati.yaml
ZABBIX: Final = Mapped(
    message=Rule("{% if host %}[{{ host }}] {% endif %}{{ event_name }}"),
    key=Rule("event_id"),
    severity=SeverityRule(
        Rule("event_nseverity"), {"0": _I, "1": _I, "2": _W, "3": _W, "4": _E, "5": _C}
    ),
    resolved=ResolvedRule(Rule("event_value"), frozenset({"0"})),
    time=Rule("timestamp"),
    labels=_labels("host", trigger="trigger_id", group="host_group"),
    all_labels=Rule("tags"),
    annotations=_labels("opdata", "update", "description"),
    link=Rule("url"),
)
# https://github.com/TwiN/gatus#configuring-custom-alerts
GATUS: Final = Mapped(
    message=Rule(
        "[{{ name }}] {% if description %}{{ description }}{% else %}health check failed{% endif %}"
    ),
    key=Rule("{{ group }}/{{ name }}"),
    severity=SeverityRule(Rule("severity"), {"*": _C}, _C),
    resolved=ResolvedRule(Rule("state"), frozenset({"resolved"})),
    labels=_labels("group", endpoint="name"),
    annotations=_labels("errors"),
    link=Rule("url"),
)
# https://healthchecks.io/docs/configuring_notifications/
HEALTHCHECKS: Final = Mapped(
    message=Rule("[{{ name }}] has not pinged in time"),
    key=Rule("code"),
    severity=SeverityRule(always=_E),
    resolved=ResolvedRule(Rule("status"), frozenset({"up"})),
    time=Rule("now"),
    labels=_labels("tags", check="name"),
    annotations=_labels("exit_status"),
)
# https://docs.datadoghq.com/integrations/webhooks/
DATADOG: Final = Mapped(
    message=Rule("title"),
    key=Rule("{% if alert_cycle_key %}{{ alert_cycle_key }}{% else %}{{ id }}{% endif %}"),
    severity=SeverityRule(
        Rule("{% if priority %}{{ priority }}{% else %}{{ alert_type }}{% endif %}"),
        {"P1": _C, "P2": _E, "P3": _W, "P4": _I, "P5": _I, "success": _I},
    ),
    resolved=ResolvedRule(Rule("alert_transition"), frozenset({"recovered", "success"})),
    time=Rule("date"),
    labels=_labels(host="hostname", monitor="alert_id", org="org.name"),
    all_labels=Rule("tags"),
    annotations=_labels(description="body"),
    link=Rule("link"),
)
# https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook
NEWRELIC: Final = Mapped(
    message=Rule("title"),
    key=Rule("id"),
    severity=SeverityRule(Rule("priority"), {"CRITICAL": _C, "HIGH": _E, "MEDIUM": _W, "LOW": _I}),
    resolved=ResolvedRule(Rule("state"), frozenset({"closed", "resolved"})),
    time=Rule("updatedAt"),
    labels=_labels(
        entity="impactedEntities[0]",
        policy="alertPolicyNames[0]",
        condition="alertConditionNames[0]",
        workflow="workflowName",
    ),
    annotations=_labels(incidents="totalIncidents"),
    link=Rule("issueUrl"),
)
# https://www.elastic.co/docs/reference/kibana/connectors-kibana/webhook-action-type
ELASTIC: Final = Mapped(
    message=Rule("{% if reason %}[{{ rule }}] {{ reason }}{% else %}{{ rule }}{% endif %}"),
    key=Rule("{{ rule_id }}/{{ alert_id }}"),
    severity=SeverityRule(Rule("severity"), {"*": _E}, _E),
    resolved=ResolvedRule(Rule("action_group"), frozenset({"recovered"})),
    time=Rule("date"),
    labels=_labels("rule", alert="alert_id", space="space"),
    annotations=_labels("tags"),
    link=Rule("url"),
)
# https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/
ARGOCD: Final = Mapped(
    message=Rule(
        "[{{ app }}] {% if phase == 'Failed' or phase == 'Error' %}sync {{ phase | lower }}"
        "{% else %}is {{ health | lower }}, {{ sync | lower }}{% endif %}"
    ),
    key=Rule("app"),
    severity=SeverityRule(Rule("health"), {"Degraded": _E, "Missing": _E, "*": _W}, _W),
    resolved=ResolvedRule(
        Rule("{% if health == 'Healthy' and phase != 'Failed' and phase != 'Error' %}ok{% endif %}")
    ),
    labels=_labels("app", "project", "namespace"),
    annotations=_labels("message", "revision", "sync"),
    link=Rule("url"),
)
