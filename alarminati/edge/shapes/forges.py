"""Shapes of GitHub and GitLab: failed pipelines, and alerts about dependencies and secrets. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
https://docs.gitlab.com/user/project/integrations/webhook_events/

GitLab turns a webhook off after some answers of 4xx, so an event of which no alarm is made is no
mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarminati.core.model.entries import Severity
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, Node

_FAILED: Final = ("failure", "timed_out", "startup_failure")
_ALERTS: Final = {
    "dependabot_alert": "security_advisory.summary",
    "code_scanning_alert": "rule.description",
    "secret_scanning_alert": "secret_type_display_name",
}
"""GitHub's alerts, and where each says what it is about."""


def read_github(inbound: Inbound) -> Iterator[Item]:
    """Read an event: a run of a workflow that ended, or an alert. Raises Invalid."""
    root = inbound.document()
    event = inbound.headers.get("x-github-event", "")
    if root.at("workflow_run").value is not None:
        yield from _workflow(root, root.at("workflow_run"), inbound)
    elif event in _ALERTS and root.at("alert").value is not None:
        yield _alert(root, root.at("alert"), event, inbound)
    else:
        what = event or root.text("action") or "this event"
        inbound.note(f"{what[:40]!r} makes no alarm; choose workflow runs and alerts in GitHub")


def read_gitlab(inbound: Inbound) -> Iterator[Item]:
    """Read an event: a pipeline that ended. Raises Invalid."""
    root = inbound.document()
    kind, pipeline = root.text("object_kind", "event_name"), root.at("object_attributes")
    status = pipeline.text("status") if kind == "pipeline" else ""
    if status not in ("failed", "success"):
        what = f"{kind} {status}".strip() or "this event"
        inbound.note(f"{what[:40]!r} makes no alarm; choose pipeline events in GitLab")
        return
    project, ref = root.need("project.path_with_namespace"), pipeline.text("ref")
    yield inbound.alarm(
        f"[{project}] pipeline failed on {ref}",
        severity=Severity.ERROR,
        time=pipeline.time("finished_at", "created_at"),
        resolved=status == "success",
        key=f"pipeline/{project}/{ref}",
        labels={"project": project, "ref": ref},
        annotations={
            "commit": root.text("commit.title", "commit.message"),
            "author": root.text("user.name", "user.username"),
        },
        link=pipeline.text("url") or root.text("project.web_url"),
    )


def _workflow(root: Node, run: Node, inbound: Inbound) -> Iterator[Item]:
    conclusion = run.text("conclusion")
    if root.text("action") != "completed" or conclusion not in (*_FAILED, "success"):
        inbound.note(f"the run is {conclusion or run.text('status')!r}: no alarm changes")
        return
    repository, branch = root.need("repository.full_name"), run.text("head_branch")
    name = run.need("name", "display_title")
    yield inbound.alarm(
        f"[{repository}] {name} failed on {branch}",
        severity=Severity.ERROR,
        time=run.time("updated_at"),
        resolved=conclusion == "success",
        key=f"workflow/{repository}/{run.text('workflow_id') or name}/{branch}",
        labels={"repository": repository, "workflow": name, "branch": branch},
        annotations={
            "commit": run.text("head_commit.message", "display_title"),
            "author": root.text("sender.login"),
        },
        link=run.text("html_url"),
    )


def _alert(root: Node, alert: Node, event: str, inbound: Inbound) -> Item:
    repository = root.need("repository.full_name")
    kind = event.removesuffix("_alert")
    word = alert.text("security_advisory.severity", "rule.security_severity_level", "rule.severity")
    return inbound.alarm(
        f"[{repository}] {alert.text(_ALERTS[event]) or kind.replace('_', ' ')}",
        severity=inbound.words.guess(word, Severity.ERROR),
        time=alert.time("updated_at", "created_at"),
        resolved=alert.text("state") in ("fixed", "dismissed", "resolved", "auto_dismissed"),
        key=f"{kind}/{repository}/{alert.need('number')}",
        labels={"repository": repository, "kind": kind},
        annotations={"package": alert.text("dependency.package.name")},
        link=alert.text("html_url"),
    )
