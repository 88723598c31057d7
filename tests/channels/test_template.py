"""Templates: their own words, escaped and bounded; a broken one costs no alarm (G1, G7, G8)."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.agent.delivery.sender import RenderedMessage, _parcel, worded
from alarminati.channels.canary import tried
from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message
from alarminati.channels.port import Driver, MarkupProfile
from alarminati.channels.slack_text import MRKDWN
from alarminati.channels.table import TYPES
from alarminati.channels.template import TITLE, VARIABLES, check_template, fill
from alarminati.core.model.entries import NotificationReason
from alarminati.templates.bounded import FILTERS, SOURCE, BadTemplate
from tests.channels.drawn import ITEMS
from tests.channels.every import channel, shown
from tests.channels.samples import item, message
from tests.vendors import discord, googlechat, kakao, teams, telegram
from tests.vendors.slack import Seen

DOCS = (Path(__file__).parents[2] / "docs/templates.md").read_text()
TEMPLATES = re.findall(r"```jinja\n(.*?)```", DOCS, re.DOTALL)
ALL = "{% for n, v in labels.items() %}{{ n }}={{ v }} {% endfor %}{{ message }} {{ comment }}"

REFUSALS: dict[str, Callable[[bytes], object]] = {
    "discord": lambda payload: discord.Seen(payload).refusal,
    "googlechat": lambda payload: googlechat.Seen(payload).refusal,
    "kakaotalk": lambda payload: kakao.Seen(payload).refusal,
    "kakaowork": lambda payload: len(payload) > 20_000,
    "slack": lambda payload: Seen(payload).refusal or Seen(payload).broken(),
    "slackbot": lambda payload: Seen(payload).refusal or Seen(payload).broken(),
    "teams": lambda payload: teams.Seen(payload).refusal,
    "telegram": lambda payload: telegram.Seen(payload).refusal,
}


def told(source: str, one: Item | None = None, room: int = 2400, language: str = "en") -> str:
    return fill(source, message(one or item(), late=240), language, MRKDWN, room)


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_every_channel_takes_templates(type_: str) -> None:
    target = channel(type_, title="{{ severity|lower }} here", template="-> {{ message }} <-")
    made, trouble = worded(target, message(item()))
    assert trouble == ""
    text = shown(target, made)
    assert "critical here" in text
    assert "[WS-API] Health check failed" in text
    assert re.search(r"-(>|&gt;) \[WS-API\] Health check failed <-", text)


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_g1_a_broken_template_costs_no_alarm_and_says_so(type_: str) -> None:
    target = channel(type_, template="{{ 1 // 0 }}")
    made, trouble = worded(target, message(item()))
    assert trouble == ("the default text is used instead of the template: it divides by zero")
    text = shown(target, made)
    assert "Health check failed" in text
    document = target.render(made)
    failed = b"template_failed" in document or "the template failed" in text
    assert failed


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_a_digest_keeps_our_own_form(type_: str) -> None:
    target = channel(type_, template="nothing")
    two = message(item(1, "a"), item(2, "b"))
    assert worded(target, two) == (two, "")


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.sampled_from(["en", "ko"]))
def test_whatever_an_alarm_holds_the_vendors_take_it(one: Item, language: str) -> None:
    for type_, refused in REFUSALS.items():
        target = channel(type_, template=ALL, title="{{ message }}", language=language)
        made, _ = worded(target, message(one, late=700))
        assert not refused(target.render(made)), type_


def test_what_is_inserted_is_escaped_and_what_the_template_says_is_not() -> None:
    assert told("*{{ message }}* <!here>", item(1, "<b> & *x*")) == "*&lt;b&gt; &amp; *x** <!here>"


def test_what_is_too_long_is_cut_where_it_is_inserted() -> None:
    text = told("start {{ message }} end", item(1, "&" * 8000), room=300)
    assert text.startswith("start &amp;")
    assert text.endswith("… end")
    assert len(text) <= 300


def test_variables() -> None:
    one = item(
        reason=NotificationReason.ACKNOWLEDGED,
        comment="on it",
        labels={"host": "ws-1", "items": "x"},
    )
    source = (
        "{{ mark }} {{ state }} {{ status }} {{ severity }} {{ project }} {{ cluster }} {{ id }}"
        " {{ labels.host }} {{ labels['items'] }} {{ labels.nope }} {{ late }} {{ by }}"
        " {{ comment|upper }} {{ since }} {{ lasting }}"
    )
    assert told(source, one, language="ko") == (
        "👀 확인됨 firing CRITICAL w-sharing seoul-1 k3v9x2ab-1 ws-1 x  4분 kim ON IT"
        " 2025-09-18T03:42:00Z 2시간 5분"
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ mesage }}", r"line 1: there is no 'mesage' \(there are: annotations, .*message"),
        ("a\n{{ message|join }}", "line 2: there is no filter 'join'"),
        ("{{ message", "line 1: unexpected end of template"),
        ("{% if %}", "line 1: Expected an expression"),
        ("{% set x = message ~ message %}", "line 1: set is not allowed"),
        ("{{ 'x' * 1000000000 }}", r"line 1: \* is not allowed"),
        ("{{ 9 ** 999999 }}", r"line 1: \*\* is not allowed"),
        ("{{ '%1000000000d' % 1 }}", "line 1: % is not allowed"),
        ("{% macro m() %}{% endmacro %}", "line 1: macro is not allowed"),
        ("{% include '/etc/passwd' %}", "line 1: include is not allowed"),
        ("{{ message.upper() }}", r"only .items\(\) and .get\(\) can be called"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "can be called"),
        ("{% for c in message %}{% endfor %}", "goes over labels.items"),
        ("{% for n in labels %}{% for m in labels %}{% endfor %}{% endfor %}", "a loop in a loop"),
        ("{{ range(9) }}", r"only .items\(\)"),
        ("(" * 3000 + "{{ " + "(" * 990 + "1", "line 1|nested too deep"),
        ("x" * (SOURCE + 1), "it has 4001 characters; 4000 are allowed"),
    ],
)
def test_what_a_template_may_not_say(source: str, problem: str) -> None:
    with pytest.raises(BadTemplate, match=problem) as caught:
        check_template(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source", ["{{ ''|replace('', 'xxx') }}", "{{ message + 1 }}", " {{ labels.nope }} ", ""]
)
def test_what_fails_while_it_is_filled(source: str) -> None:
    with pytest.raises(BadTemplate):
        told(source)


def test_no_template_reaches_into_the_program() -> None:
    for source in ("{{ labels.__class__ }}", "{{ message.__init__ }}", "{{ labels.items }}"):
        try:
            text = told(source)
        except BadTemplate:
            continue
        assert text.strip() in ("", "{}")


def test_g8_the_heaviest_template_takes_little_time() -> None:
    body = "{{ message|upper|lower|title|trim }}" * 70
    source = "{% for n, v in labels.items() %}" + body + "{% endfor %}"
    labels = {f"{number}": "가" * 1000 for number in range(64)}
    began = time.process_time()
    silent = source.replace("{{ message", "{% if message").replace("}}", "%}{% endif %}")
    for each in (source, silent):
        with pytest.raises(BadTemplate, match="more than"):
            told(each, item(1, "가" * 8192, labels=labels))
    assert time.process_time() - began < 20  # it takes half a second


@pytest.mark.parametrize(
    "source",
    [
        "{{ 1|round(200000000) }}",
        "{{ 1|round(200000000, 'ceil') }}",
        "{{ 1|round(-200000000, 'floor') }}",
        "{{ began|round(labels|length + 999999999, 'ceil') }}",
        "{{ 1|round(9.5) }}",
        "{{ " + "9" * 3900 + " }}",
        "{{ " + "9" * 1900 + " // " + "3" * 1900 + " }}",
        "{{ 999999999999999 + 999999999999999 }}",
        "{{ 1e308 }}",
        "{{ 1e15|round(9) / 1e-9 }}",
        "{{ message" + " ~ message" * 390 + " }}",
        "{{ (message" + " + message" * 390 + ")|length }}",
        "{% for n, v in labels.items() %}{{ message ~ message ~ message }}" + " x" * 50
        + "{{ (message ~ v)|upper|title|lower }}" * 60 + "{% endfor %}",
        "{{ [" + "annotations, " * 300 + "] }}",
        "{{ " + "annotations|string|length + " * 30 + "1 }}",
        "{{ ''|replace('', message) }}",
        "{{ message|replace('f', message) }}",
        "{{ message|replace('f', 'ff')" + "|replace('f', 'ff')" * 20 + " }}",
        "{% for n, v in labels.items() %}" + "{% if message ~ n == message ~ v %}y{% endif %}" * 90
        + "{% endfor %}",
        "{{ message|truncate(999999999, message) }}" * 90,
    ],
)  # fmt: skip
def test_g8_nothing_that_can_be_said_takes_long_or_much(source: str) -> None:
    pairs = {f"label{place}": "f" * 1024 for place in range(64)}
    one = item(1, "f" * 20_000, labels=pairs, annotations=dict.fromkeys(pairs, "f" * 8192))
    began = time.process_time()
    tracemalloc.start()
    try:
        with suppress(BadTemplate):
            told(source, one)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - began < 10  # under half a second when nothing is traced
    assert most < 60_000_000


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 2.345|round(2) }}", "2.35|2.34"),
        ("{{ 2.1|round(0, 'ceil') }}", "3.0"),
        ("{{ 2.19|round(1, 'floor') }}", "2.1"),
        ("{{ 7|round }}", "7"),
        ("{{ '12'|int + 3 }}", "15"),
        ("{{ '12.7'|int }}", "12"),
        ("{{ 'x'|int(5) }}", "5"),
        ("{{ '1f'|int(0, 16) }}", "31"),
        ("{{ ('f' ~ 'f')|int(-1, 16) - 5 // 2 }}", "253"),
        ("{{ -3 + 1 / 2 }}", "-2.5"),
        ("{{ 'a' + 'b' ~ 1 ~ 2.5 }}", "ab12.5"),
        ("{{ message|truncate(5) }}", r"\[WS-…"),
    ],
)
def test_what_a_template_may_work_out(source: str, text: str) -> None:
    assert re.fullmatch(text, told(source))


def test_a_template_that_is_too_slow_is_refused_when_it_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = channel("slack", template="{{ message|upper }}" * 50)
    assert list(tried(slow)) == []
    monkeypatch.setattr("alarminati.channels.template.PATIENCE", 0.0)
    assert list(tried(slow)) == [("template", "it takes more than 0 s")]


def test_what_needs_a_label_is_not_refused_for_lacking_it() -> None:
    needs = channel("slack", title="{{ labels.count + 1 }}", template="{{ 1 // labels.zero|int }}")
    assert list(tried(needs)) == []
    broken = channel("slack", title="{{ message", template="{{ nothing }}")
    assert [key for key, _ in tried(broken)] == ["title", "template"]


async def test_g4_the_loop_goes_on_while_a_template_is_filled() -> None:
    body = "{{ message|upper|lower|title|trim }}" * 70
    source = "{% for n, v in labels.items() %}{% if message|title == '' %}" + body
    heavy = channel("slack", template=source + "{% endif %}{{ v|title|upper }}{% endfor %}")
    pairs = {f"label{place}": "f" * 1024 for place in range(64)}
    told_ = message(item(1, "f" * 8000, labels=pairs))
    threads: set[int] = set()

    def seen(text: str) -> list[str]:
        threads.add(threading.get_ident())
        return list(text)

    form = MarkupProfile(Markup(seen, len, str, str, lambda address, shown: shown), 2000, MRKDWN)
    watched = replace(heavy, driver=cast(Driver, SimpleNamespace(FORM=form, render=_nothing)))
    parcel = await _parcel(watched, told_)
    assert isinstance(parcel, RenderedMessage)
    assert threads and threading.get_ident() not in threads


def _nothing(settings: object, message: Message) -> bytes:
    return b""


def test_the_docs_name_every_variable_and_filter_and_their_templates_work() -> None:
    for name in VARIABLES | FILTERS:
        assert f"`{name}`" in DOCS
    assert str(SOURCE) in DOCS and str(TITLE) in DOCS
    assert len(TEMPLATES) >= 2
    everything = item(
        reason=NotificationReason.ACKNOWLEDGED, labels={"host": "a"}, link="https://h", began=3
    )
    for source in TEMPLATES:
        assert "[WS-API] Health check failed" in told(source)
        assert "kim" in told(source, everything, language="ko")


def test_jinja_is_loaded_by_those_only_who_have_a_template() -> None:
    code = (
        "import sys; import alarminati.agent.delivery.sender;"
        "from alarminati.channels.table import *;"
        "configure('t', 'slack', {'url': 'https://h/x', 'template': '{{ message }}'});"
        "print('jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_in_slack_a_template_may_call_people_and_is_said_once() -> None:
    target = channel("slack", template="<!here> {{ message }}")
    seen = Seen(target.render(worded(target, message(item(1, "@here down")))[0]))
    assert seen.texts[0].split("\n")[1] == "<!here> @\u2060here down"
    assert seen.text.count("down") == 1
