"""Imported files lead where amtool says, whatever word the severity is.

The files are ours, in the shapes that public ones have: old and new matchers mixed, nesting with
`continue`, words of a team's own, several words for one level.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from alarminati.cli.commands.explain import _seen
from alarminati.config import load_routing
from alarminati.config.alertmanager import convert
from alarminati.core.model.entries import Severity
from alarminati.core.routing.routes import Router
from tests.real.test_routing import alarm_of, quoted, said

LABELS = 25  # sets of them for each file
WORDS = (
    *("critical", "Critical", "CRITICAL", "page", "emergency", "fatal", "error", "ERROR", "high"),
    *("major", "warning", "Warning", "warn", "info", "INFO", "none", "notify", "ticket", "p1", ""),
    None,
)
SHAPES = {
    "page beside critical": """
route:
  receiver: irc
  routes:
  - {receiver: pager, match: {severity: page}, continue: true}
  - match_re: {team: "web|db"}
    receiver: team
    routes:
    - {receiver: pager, match: {severity: critical}}
    - {receiver: mail, match_re: {severity: "warning|ticket|info"}}
  - {receiver: mail, match: {severity: ticket}}
  - {receiver: nobody, match: {severity: none}}
""",
    "matchers and negations": """
route:
  receiver: irc
  routes:
  - {receiver: nobody, matchers: ['severity!~"critical|page|error"', team!="db"]}
  - {receiver: pager, matchers: [severity="critical", 'team=~"w.*"'], continue: true}
  - {receiver: team, matchers: ['severity=~"(crit|p).*"'], continue: true}
  - {receiver: mail, matchers: ['severity=~".+"', severity!=""]}
""",
    "no severity": """
route:
  receiver: irc
  routes:
  - {receiver: nobody, matchers: [severity=""]}
  - {receiver: mail, match_re: {severity: "|none|info"}}
  - {receiver: pager, match: {severity: high}}
  - {receiver: team, match: {severity: warning}}
""",
    "levels in capitals": """
route:
  receiver: irc
  routes:
  - {receiver: pager, match: {severity: CRITICAL}}
  - {receiver: team, matchers: ['severity=~"ERROR|WARNING"'], continue: true}
  - {receiver: mail, matchers: ['severity!="INFO"', team="web"]}
""",
    "팀과 시간": """
route:
  receiver: irc
  routes:
  - receiver: 당직
    matchers: ['service="결제"']
    mute_time_intervals: [야간]
    routes:
    - {receiver: pager, matchers: [severity=page]}
  - {receiver: team, matchers: [team=web]}
time_intervals: [{name: 야간, time_intervals: [{weekdays: [sunday]}]}]
""",
}


def whole(shape: str) -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(shape)
    receivers = sorted(set(re.findall(r"receiver: (\w+)", shape)) - {"nobody"})
    made["receivers"] = [{"name": "nobody"}] + [
        {"name": name, "webhook_configs": [{"url": "http://127.0.0.1:9/"}]} for name in receivers
    ]
    return made


@pytest.mark.parametrize("name", SHAPES)
async def test_every_word_leads_where_amtool_says(
    name: str, tool: Callable[[str], str], tmp_path: Path
) -> None:
    dice, amtool = random.Random(name), tool("amtool")
    theirs, file = tmp_path / "am.yml", tmp_path / "agent.yaml"
    theirs.write_text(yaml.safe_dump(whole(SHAPES[name]), allow_unicode=True))
    converted = convert(yaml.safe_load(theirs.read_text()), tmp_path)
    file.write_text(yaml.safe_dump(converted.config, allow_unicode=True))
    router = Router(load_routing(file).route.tree())
    for number in range(max(LABELS, len(WORDS))):
        labels = {"alertname": "x", "team": dice.choice(["web", "db", "ops"])}
        if dice.random() < 0.4:
            labels["service"] = "결제"
        word = WORDS[number % len(WORDS)]
        if word is not None:
            labels["severity"] = word
        pairs = [f"{key}={quoted(value)}" for key, value in labels.items()]
        told = await said(amtool, "config", "routes", "test", f"--config.file={theirs}", *pairs)
        right = sorted({each for each in told.split(",") if each != "nobody"})
        alarm = alarm_of(labels)
        assert sorted(router.assign(alarm, "p").channels) == right, labels
        # Likewise what `explain` is asked; the name of a level in capitals is a level there.
        sources = [alarm.source] if word in Severity.__members__ else ["", alarm.source]
        for source in sources:
            asked = labels | ({"source": source} if source else {})
            seen, severity = _seen(asked, "", "p")
            found = sorted(router.assign_labels(seen, severity).channels)
            assert found == right, (source, labels)
