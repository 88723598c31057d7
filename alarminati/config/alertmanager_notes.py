"""What is said of a conversion, and which keys of a file were made use of.

Nothing is lost without a note: what nobody asked `Keys` for is left, and what is left is noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Raw: TypeAlias = dict[str, Any]

DOCS: Final = "https://github.com/dongdorrong/alarminati/blob/main/docs"

SAYINGS: Final[Mapping[str, str]] = {
    "lost": "{key} has no equivalent here",
    "unused": "{key} has no equivalent here, or nothing makes use of it",
    "texts": "{keys}: not converted, templates are Jinja2 here ({page})",
    "templates": "is not converted, templates are Jinja2 here ({page})",
    "proxy": "{key} has no equivalent here; agents use the proxy that HTTPS_PROXY names",
    "file": "{key} is a file without the rest of the header; write the whole header as file:PATH",
    "waits": "its alarms wait in channel {channel} until you register one by that name with"
    " `alarminati channels create`, or choose another type",
    "quiet": "channel {channel}: ends were not told there; register it with resolved: false",
    "method": "its address of Slack's interface does not end in {url_path}, which is added here",
    "no api_url": "{key} has no api_url",
    "no token": "{key} has the api_url of Slack's bots, and no token",
    "no channel": "{key} has no channel, which a bot of Slack needs",
    "channel template": "{key} has a template for its channel, and one channel is one place here",
    "no url": "{key} has no url",
    "no smarthost": "{key} has no smarthost (HOST:PORT) or no sender",
    "no routing_key": "{key} has no routing_key",
    "pager": "{key} has a service_key, of Events API v1; make a routing_key of v2",
    "no bot_token": "{key} has no bot_token or no chat_id",
    "no webhook_url": "{key} has no webhook_url",
    "called": "is called {name} here",
    "webhook": "a webhook gets Alarminati's JSON ({page}), not Alertmanager's",
    "slack webhook": "channel has no equivalent here; an incoming webhook writes to its own",
    "slack header": "{key} has no equivalent here; an incoming webhook takes no header",
    "connector": "its address is one of Office 365 connectors, which Microsoft has ended; make a"
    " workflow in Teams and put its address there ({page})",
    "plain password": "require_tls: false has no equivalent here with a password; it is sent over"
    " TLS only",
    "bounded": "{wanted} is {given} here, the nearest there is",
    "branch": "left out with all below, so its alarms stay above: {problem}",
    "rule": "left out: {problem}",
    "nothing": "left out: without matchers for either side it inhibits nothing",
    "local": "location Local is UTC here, for replicas may differ; name it",
}
"""Every sentence there is, by a word for it; their Korean is the command line's."""
PLACES: Final[Mapping[str, str]] = {
    "receiver": "receiver {name}",
    "receivers": "receivers {name}",
    "interval": "time interval {name}",
    "": "{name}",
}
"""What a sentence is about."""


class Note(str):
    """A sentence, with what it is made of for whoever says it in another language."""

    __slots__ = ("name", "place", "text", "values")

    place: str  # of PLACES
    name: str
    text: str  # of SAYINGS
    values: Mapping[str, str]

    @classmethod
    def of(cls, place: str, name: str, text: str, values: Mapping[str, str]) -> Note:
        """Make one of words for its place and its text."""
        where, said = PLACES[place].format(name=name), SAYINGS[text].format(**values)
        note = cls(f"{where}: {said}")
        note.place, note.name, note.text, note.values = place, name, text, values
        return note


class Notes:
    """Takes notes in order. What is said of several receivers alike is said once."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[str]] = {}

    def say(self, place: str, name: str, text: str, /, **values: str) -> None:
        """Take down a sentence; `text` is of SAYINGS, `place` of PLACES."""
        alike = "" if place == "receiver" else name
        about = self._said.setdefault((f"{place}\n{alike}", text, tuple(values.items())), [])
        if name not in about:
            about.append(name)

    def all(self) -> tuple[Note, ...]:
        """Every note."""
        found = []
        for (key, text, values), names in self._said.items():
            place = key.partition("\n")[0]
            several = "receivers" if len(names) > 1 else place
            found.append(Note.of(several, ", ".join(names), text, dict(values)))
        return tuple(found)


class Keys:
    """A mapping that knows which of its keys were asked for; `a.b` is b within a."""

    def __init__(self, values: object) -> None:
        self._values: Raw = values if isinstance(values, dict) else {}
        self._used: set[str] = set()

    def get(self, path: str, default: Any = None) -> Any:
        """A value, which counts as made use of; the default where there is none."""
        self._used.add(path)
        found: Any = self._values
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return default if found is None else found

    def left(self) -> Iterator[str]:
        """What nobody asked for, each as far up as nobody asked for anything."""
        yield from self._left(self._values, "")

    def _left(self, values: Raw, prefix: str) -> Iterator[str]:
        for key, value in values.items():
            path = f"{prefix}{key}"
            if path in self._used or value is None:
                continue
            if isinstance(value, dict) and any(each.startswith(f"{path}.") for each in self._used):
                yield from self._left(value, f"{path}.")
            else:
                yield path
