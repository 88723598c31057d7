"""Read side of Alertmanager's API v2, and its silences, for amtool, karma and Grafana.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. Labels are those that
matchers see, so a silence of one of these tools mutes what it shows. Errors are a JSON text, as
there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

import msgspec

from alarminati.core.model.entries import Silence
from alarminati.core.model.matchers import Matcher, parse_matchers
from alarminati.core.model.validation import Invalid, parse_timestamp
from alarminati.edge.exchange import Request, Response, answer_json
from alarminati.edge.nearness import distance

BASE: Final = "/api/v2/"
ALERTS_LIMIT: Final = 20_000  # alerts of one answer
FILTERS_LIMIT: Final = 100
ENDS_AFTER: Final = 300_000  # milliseconds from now: when an alert ends unless it is reported again
_OPERATORS: Final = {
    (False, True): "=",
    (False, False): "!=",
    (True, True): "=~",
    (True, False): "!~",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One alarm that fires. Times are milliseconds since 1970."""

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: int
    updated: int
    link: str
    receivers: Sequence[str]
    silenced_by: Sequence[str] = ()
    inhibited_by: Sequence[str] = ()
    muted_by: Sequence[str] = ()

    @property
    def suppressed(self) -> bool:
        """Whether something keeps it from being sent."""
        return bool(self.silenced_by or self.inhibited_by or self.muted_by)


class Cluster(Protocol):
    """What this agent knows, and silences."""

    async def alerts(self, fits: Callable[[Mapping[str, str]], bool], most: int) -> list[Shown]:
        """Return alarms that fire and whose labels fit; one more than `most` where there are."""
        ...

    def silences(self) -> Iterable[Silence]:
        """Return silences, those that are over included."""
        ...

    async def put_silence(
        self, id: str, matchers: Sequence[str], starts: int, ends: int, comment: str, by: str
    ) -> str:
        """Create a silence, or change the one with that id; return its id.

        Raises Invalid, LookupError, NotAccepted, TooFewReplicas.
        """
        ...

    async def expire_silence(self, id: str, by: str) -> None:
        """Expire a silence. Raises LookupError, NotAccepted, TooFewReplicas."""
        ...

    def receivers(self) -> Sequence[str]:
        """Return the names of the channels."""
        ...

    def status(self) -> Mapping[str, Any]:
        """Return name, peers, version and start time."""
        ...


class _Matcher(msgspec.Struct):
    name: str
    value: str
    regex: bool = msgspec.field(default=False, name="isRegex")
    equal: bool = msgspec.field(default=True, name="isEqual")


class _Posted(msgspec.Struct):
    matchers: list[_Matcher]
    starts: str = msgspec.field(name="startsAt")
    ends: str = msgspec.field(name="endsAt")
    comment: str
    id: str = ""
    by: str = msgspec.field(default="", name="createdBy")


_posted = msgspec.json.Decoder(_Posted)


def read_silence(body: bytes) -> tuple[str, list[str], int, int, str, str]:
    """Return id, matchers, start, end (milliseconds), comment and author. Raises Invalid."""
    try:
        given = _posted.decode(body)
        matchers = [
            str(Matcher(each.name, _OPERATORS[each.regex, each.equal], each.value))
            for each in given.matchers
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("", str(error)[:200]) from None
    except ValueError as error:
        raise Invalid("matchers", str(error)[:200]) from None
    starts, ends = parse_timestamp(given.starts), parse_timestamp(given.ends)
    return given.id, matchers, max(starts, 0), max(ends, 0), given.comment, given.by[:100]


class AlertmanagerPages:
    """Pages below /api/v2 that read, and those of silences.

    `readers` and `silencers` are names of sources that may; this machine may where it may report
    without a token. `wall` is milliseconds since 1970.
    """

    def __init__(
        self,
        cluster: Cluster,
        readers: Callable[[], Collection[str]],
        silencers: Callable[[], Collection[str]],
        wall: Callable[[], int],
    ) -> None:
        self._cluster = cluster
        self._readers, self._silencers = readers, silencers
        self._wall = wall

    @staticmethod
    def is_one(request: Request) -> bool:
        """Return whether it is a request for these pages; POST of alerts is none."""
        if not request.path.startswith(BASE):
            return False
        page = request.path.removeprefix(BASE)
        reads = request.method in ("GET", "HEAD")
        return reads or page.partition("/")[0] in ("silence", "silences")

    async def __call__(self, request: Request) -> Response:
        """Answer. Raises NotAccepted and TooFewReplicas."""
        reads = request.method in ("GET", "HEAD")
        if refused := self._forbidden(request, reads):
            return refused
        page, _, rest = request.path.removeprefix(BASE).partition("/")
        try:
            if reads:
                return await self._read(request, page, rest)
            return await self._write(request, page, rest)
        except Invalid as error:
            return answer_json(400, str(error))
        except LookupError as error:
            return answer_json(404, str(error.args[0]))

    def _forbidden(self, request: Request, reads: bool) -> Response | None:
        kind, _, name = request.caller.partition("/")
        key = "readers" if reads else "silencers"
        allowed = self._readers() if reads else self._silencers()
        if (kind == "source" and name in allowed) or (kind != "source" and not distance(request)):
            return None
        return answer_json(403, f"name the source in http.{key} of the configuration to allow this")

    async def _read(self, request: Request, page: str, rest: str) -> Response:
        if page == "alerts" and rest in ("", "groups"):
            found = await self._alerts(request)
            if isinstance(found, Response):
                return found
            return answer_json(200, _groups(found, self._wall()) if rest else self._listed(found))
        if page == "silences" and not rest:
            matchers = _matchers(request)
            every = sorted(self._cluster.silences(), key=lambda each: each.end_time)
            shown = [_silence(each, self._wall()) for each in every]
            return answer_json(200, [each for each in shown if _named(each, matchers)])
        if page == "silence":
            return answer_json(200, _silence(self._find(rest), self._wall()))
        if page == "receivers" and not rest:
            return answer_json(200, [{"name": name} for name in self._cluster.receivers()])
        if page == "status" and not rest:
            return answer_json(200, _status(self._cluster.status()))
        raise LookupError("there is nothing here")

    async def _write(self, request: Request, page: str, rest: str) -> Response:
        kind, _, name = request.caller.partition("/")
        if page == "silences" and not rest and request.method == "POST":
            id, matchers, starts, ends, comment, by = read_silence(request.body)
            by = ": ".join(part for part in (name if kind == "source" else "", by) if part)
            made = await self._cluster.put_silence(id, matchers, starts, ends, comment, by or "api")
            return answer_json(200, {"silenceID": made})
        if page == "silence" and request.method == "DELETE":
            await self._cluster.expire_silence(rest, name if kind == "source" else "api")
            return Response(200)
        return answer_json(405, "use POST at /api/v2/silences, DELETE at /api/v2/silence/ID")

    def _find(self, id: str) -> Silence:
        for each in self._cluster.silences():
            if each.id == id:
                return each
        raise LookupError(f"no silence {id[:40]!r} is kept here")

    async def _alerts(self, request: Request) -> list[Shown] | Response:
        matchers = _matchers(request)
        receiver = request.parameter("receiver")
        name = Matcher("receiver", "=~", receiver) if receiver else None

        def fits(labels: Mapping[str, str]) -> bool:
            return all(matcher.fits(labels) for matcher in matchers)

        found = await self._cluster.alerts(fits, ALERTS_LIMIT)
        if len(found) > ALERTS_LIMIT:
            return answer_json(400, f"more than {ALERTS_LIMIT} alerts fit; give a filter")
        hidden = {key for key in ("active", "silenced", "inhibited") if _off(request, key)}
        return [each for each in found if _wanted(each, hidden, name)]

    def _listed(self, found: Sequence[Shown]) -> list[dict[str, Any]]:
        now = self._wall()
        return [_alert(each, now) for each in found]


def _off(request: Request, name: str) -> bool:
    return request.parameter(name).lower() == "false"


def _wanted(each: Shown, hidden: Collection[str], receiver: Matcher | None) -> bool:
    if "silenced" in hidden and each.silenced_by:
        return False
    if "inhibited" in hidden and each.inhibited_by:
        return False
    if "active" in hidden and not each.suppressed:
        return False
    return receiver is None or any(receiver.fits({"receiver": name}) for name in each.receivers)


def _matchers(request: Request) -> list[Matcher]:
    """Return the matchers of a query. Raises Invalid."""
    try:
        texts = parse_qs(request.query, max_num_fields=1000).get("filter", [])
        if len(texts) > FILTERS_LIMIT:
            raise ValueError(f"{len(texts)} filters; at most {FILTERS_LIMIT} are taken")
        return [matcher for text in texts for matcher in parse_matchers(text)]
    except ValueError as error:
        raise Invalid("filter", str(error)[:200]) from None


def _named(silence: Mapping[str, Any], filters: Sequence[Matcher]) -> bool:
    """Return whether the matchers of a silence fit, as Alertmanager compares them: as labels."""
    labels = {each["name"]: each["value"] for each in silence["matchers"]}
    return all(matcher.fits(labels) for matcher in filters)


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _alert(each: Shown, now: int) -> dict[str, Any]:
    return {
        "annotations": dict(each.annotations),
        "endsAt": _time(now + ENDS_AFTER),
        "fingerprint": each.fingerprint,
        "receivers": [{"name": name} for name in each.receivers],
        "startsAt": _time(each.starts),
        "status": {
            "inhibitedBy": list(each.inhibited_by),
            "mutedBy": list(each.muted_by),
            "silencedBy": list(each.silenced_by),
            "state": "suppressed" if each.suppressed else "active",
        },
        "updatedAt": _time(each.updated),
        "generatorURL": each.link,
        "labels": dict(each.labels),
    }


def _groups(found: Sequence[Shown], now: int) -> list[dict[str, Any]]:
    """Return alerts by channel and by name, or by project where they have no name."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for each in found:
        label = "alertname" if each.labels.get("alertname") else "project"
        for receiver in each.receivers or ("",):
            place = (receiver, label, each.labels.get(label, ""))
            groups.setdefault(place, []).append(_alert(each, now))
    return [
        {"labels": {label: value}, "receiver": {"name": receiver}, "alerts": alerts}
        for (receiver, label, value), alerts in sorted(groups.items())
    ]


def _silence(silence: Silence, now: int) -> dict[str, Any]:
    over, begun = silence.end_time <= now, silence.start_time <= now
    parsed = [matcher for text in silence.matchers for matcher in parse_matchers(text)]
    return {
        "id": silence.id,
        "status": {"state": "expired" if over else "active" if begun else "pending"},
        "updatedAt": _time(silence.start_time),
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "endsAt": _time(silence.end_time),
        "startsAt": _time(silence.start_time),
        "matchers": [
            {
                "name": each.name,
                "value": each.value,
                "isRegex": "~" in each.op,
                "isEqual": not each.op.startswith("!"),
            }
            for each in parsed
        ],
    }


def _status(known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cluster": {
            "name": known["name"],
            "status": "ready",
            "peers": [{"name": name, "address": address} for name, address in known["peers"]],
        },
        "config": {"original": ""},
        "uptime": _time(known["start"]),
        "versionInfo": {
            "branch": "",
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
            "revision": "",
            "version": known["version"],
        },
    }
