"""Calls of the local API: one table for the server, the document and the page's types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from alarminati.ui.schema import acts, alarms, channels, clusters, events, settings, statistics
from alarminati.ui.schema.common import Done

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query."""

    name: str
    about: str
    type: str = "string"
    many: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `name` is the operation id; the handler has the same name."""

    name: str
    method: str
    path: str
    about: str
    answer: Any = Done
    request: Any = None
    query: tuple[Parameter, ...] = ()
    content: str = JSON
    """Content type of the answer; other than JSON: `answer` is the shape of one line or event."""


_Q: Final = Parameter(
    "q",
    'matchers as in Alertmanager (env="prod", host=~"ws-.*") and words, all of which must fit;'
    " -word excludes",
)
_TAB: Final = Parameter("tab", "todo, firing, acknowledged, muted, resolved or all; default todo")
_CLUSTERS: Final = Parameter("cluster", "id of a cluster; may come often", many=True)
_SEVERITY: Final = Parameter("severity", "least severity, such as ERROR")
_ARCHIVED: Final = Parameter("archived", "1: archived companies, too", "integer")
_LIST: Final = (
    *(_TAB, _Q, _CLUSTERS, _SEVERITY, _ARCHIVED),
    Parameter("order", "severity (default) or time"),
    Parameter("group", "labels by comma, such as alertname,namespace: groups instead of rows"),
    Parameter("after", "cursor of the window before"),
    Parameter("limit", "rows or groups, 1 to 500; default 100", "integer"),
    Parameter("facets", "1: with facets", "integer"),
)
_ONE: Final = "/api/alarms/{cluster}/{fingerprint}"
_FORMAT: Final = Parameter("format", "csv or jsonl")

CALLS: Final = (
    Call("get_summary", "GET", "/api/summary", "What every page shows.", events.Summary),
    Call(
        "list_alarms", "GET", "/api/alarms", "A window of the list.", alarms.AlarmList, None, _LIST
    ),
    Call("get_alarm", "GET", _ONE, "One alarm; the first time it is seen.", alarms.AlarmDetail),
    Call("get_timeline", "GET", _ONE + "/timeline", "What became of it.", alarms.Timeline),
    Call("get_why", "GET", _ONE + "/why", "Why it was delivered as it was.", alarms.Why),
    Call("create_act", "POST", "/api/acts", "Act on alarms.", acts.ActResult, acts.ActRequest),
    Call("list_acts", "GET", "/api/acts", "Acts that wait.", acts.ActList),
    Call("delete_act", "DELETE", "/api/acts/{id}", "Undo or cancel an act.", acts.ActResult),
    Call(
        *("preview_silence", "POST", "/api/silences/preview", "Alarms that a silence would fit."),
        *(acts.SilencePreview, acts.PreviewRequest),
    ),
    Call("list_silences", "GET", "/api/silences", "Silences of all clusters.", acts.SilenceList),
    Call(
        *("create_silence", "POST", "/api/silences", "Create silences."),
        *(acts.SilenceResult, acts.SilenceRequest),
    ),
    Call(
        *("update_silence", "PUT", "/api/silences/{cluster}/{id}", "Extend or comment."),
        *(acts.Silence, acts.SilenceChange),
    ),
    Call(
        *("expire_silence", "DELETE", "/api/silences/{cluster}/{id}", "End a silence now."),
        acts.Silence,
    ),
    Call("list_clusters", "GET", "/api/clusters", "Clusters in full.", clusters.ClusterList),
    Call("get_cluster", "GET", "/api/clusters/{cluster}", "One cluster.", clusters.Cluster),
    Call(
        *("update_cluster", "PUT", "/api/clusters/{cluster}", "Change how it is followed."),
        *(clusters.Cluster, clusters.ClusterChange),
    ),
    Call(
        *("delete_cluster", "DELETE", "/api/clusters/{cluster}", "Stop following it."),
        *(Done, None),
        (Parameter("history", "keep (default) or delete"),),
    ),
    Call(
        *("diagnose_cluster", "GET", "/api/clusters/{cluster}/doctor", "Find what is wrong."),
        clusters.Diagnosis,
    ),
    Call(
        *("join", "POST", "/api/join", "Redeem an invitation; five steps as they are done."),
        *(clusters.JoinStep, clusters.JoinRequest),
        content="application/x-ndjson",
    ),
    Call("get_demo", "GET", "/api/demo", "Whether the demo runs.", clusters.DemoStatus),
    Call(
        *("start_demo", "POST", "/api/demo", "Start the demo's agents."),
        *(clusters.DemoStatus, None),
        (Parameter("language", "of its alarms: ko (default) or en"),),
    ),
    Call("stop_demo", "DELETE", "/api/demo", "End them and forget them.", clusters.DemoStatus),
    Call(
        *("create_company", "POST", "/api/companies", "Create a company."),
        *(clusters.Company, clusters.CompanyChange),
    ),
    Call(
        *("update_company", "PUT", "/api/companies/{id}", "Change or archive a company."),
        *(clusters.Company, clusters.CompanyChange),
    ),
    Call(
        *("delete_company", "DELETE", "/api/companies/{id}", "Delete a company."),
        *(Done, None),
        (Parameter("history", "keep (default) or delete: its clusters and their history, too"),),
    ),
    Call("list_channels", "GET", "/api/channels", "Channels.", channels.ChannelList),
    Call(
        *("list_channel_types", "GET", "/api/channel-types", "Kinds of channels."),
        channels.ChannelTypes,
    ),
    Call(
        *("put_channel", "PUT", "/api/channels/{cluster}/{name}", "Register or change a channel."),
        *(channels.Channel, channels.ChannelRequest),
    ),
    Call("delete_channel", "DELETE", "/api/channels/{cluster}/{name}", "Delete a channel."),
    Call(
        *("test_channel", "POST", "/api/channels/{cluster}/{name}/test", "Send a test message."),
        channels.ChannelTest,
    ),
    Call(
        *("list_dead_letters", "GET", "/api/channels/{cluster}/dead", "Dead letters."),
        *(channels.DeadLetters, None),
        (Parameter("channel", "only of this channel"),),
    ),
    Call(
        *("resend", "POST", "/api/channels/{cluster}/resend", "Send dead letters again."),
        *(channels.Resent, channels.ResendRequest),
    ),
    Call(
        *("get_statistics", "GET", "/api/stats", "Statistics.", statistics.Statistics, None),
        (Parameter("days", "1, 7 or 30; default 7", "integer"), _CLUSTERS),
    ),
    Call(
        *("export_alarms", "GET", "/api/export", "Alarms that fit, as a file.", None, None),
        (*_LIST[:6], _FORMAT, Parameter("days", "only changes of so many days", "integer")),
        content="text/csv",
    ),
    Call(
        *("import_history", "POST", "/api/import", "Take in what `alarminati export` wrote."),
        settings.ImportResult,
    ),
    Call("get_settings", "GET", "/api/settings", "Settings.", settings.Settings),
    Call(
        *("put_settings", "PUT", "/api/settings", "Replace the settings."),
        *(settings.Settings, settings.Settings),
    ),
    Call("get_about", "GET", "/api/about", "The app itself.", settings.About),
    Call(
        *("follow_events", "GET", "/api/events", "What happens, as it happens.", None, None),
        (Parameter("after", "number of the last event seen", "integer"),),
        content="text/event-stream",
    ),
)

EVENTS: Final = {
    "hello": events.Hello,
    "changed": events.Changed,
    "cluster": events.ClusterChanged,
    "act": events.ActChanged,
    "reset": events.Reset,
}

WRITE_HEADER: Final = "X-Alarminati"
"""Header that every call but GET must carry, with any value: no form and no link can send it."""
