"""The command line says the same in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from alarminati.channels.wording import WORDS
from alarminati.cli.commands.doctor import SENTENCES
from alarminati.cli.i18n import korean_agent, korean_click, korean_files, korean_help
from alarminati.cli.i18n.errors import TABLES, in_korean
from alarminati.cli.i18n.korean import TEXTS
from alarminati.cli.main import COMMANDS
from alarminati.cli.output import screen
from alarminati.cli.output.ages import UNITS
from alarminati.cli.output.channels import DEFINITIONS, STATES
from alarminati.cli.output.deliveries import REASONS
from alarminati.config.alertmanager_notes import PLACES, SAYINGS
from tests.house.source import ROOT, python_files, tree

SPEAKERS = ("tell", "translated")


def spoken() -> Iterator[str]:
    """Every text that the command line hands over for translation."""
    for _, _, summary in COMMANDS.values():
        yield summary
    yield from SENTENCES.values()
    yield from REASONS.values()
    yield from {*DEFINITIONS.values(), *STATES.values()}
    yield from SAYINGS.values()
    yield from screen.STATES.values()
    yield from (text for _, text in UNITS)
    yield from (place for place in PLACES.values() if place != "{name}")
    for path in python_files("alarminati/cli/"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SPEAKERS:
                text = node.args[0]
                if isinstance(text, ast.Constant):
                    yield str(text.value)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "headings":
                names = {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
                yield from names - {"", "ID"}


def fields(text: str) -> list[str]:
    """Names of the placeholders."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_text_has_its_korean_and_none_is_left_behind() -> None:
    assert sorted(set(spoken()) - set(TEXTS)) == []
    assert sorted(set(TEXTS) - set(spoken())) == []


@pytest.mark.parametrize("english", TEXTS)
def test_both_have_the_same_placeholders(english: str) -> None:
    assert fields(english) == fields(TEXTS[english])
    assert re.search("[가-힣]", TEXTS[english])


# Old word: what is said now. See docs/glossary.md.
NO_MORE = {
    "복제본": "레플리카",
    "해제": "해소",
    "지문": "식별값",
    "조용한 시간": "알림 제한 시간",
    "무음": "사일런스",
    "배달 불가": "전송 실패함, 전송 불가",
    "전송하지 못한 알림": "전송 실패함",
    "알림을 끈 것": "사일런스",
    "폐기": "접근 차단",
    "초대 글": "초대장",
    "초대 코드": "초대장",
    "들여보": "접속, 접근",
    "말없이": "응답 없이",
    "까닭": "이유, 원인",
    "각본": "시나리오",
    "분단": "네트워크 단절",
    "기본이 닫힘": "기본적으로 모두 차단",
    "하십시오": "하세요",
    "보십시오": "보세요",
    "은(는)": "a noun after the name",
    "이(가)": "a noun after the name",
    "을(를)": "a noun after the name",
    "과(와)": "a noun after the name",
    "(으)로": "a noun after the name",
}


def korean_lines() -> Iterator[tuple[str, str]]:
    """Every line in Korean that people read, with its place."""
    for table in (
        TEXTS,
        korean_agent.OPTIONS,
        korean_click.SENTENCES,
        *TABLES,
        korean_help.BODIES,
        korean_help.OPTIONS,
    ):
        yield from table.items()
    for key, word in WORDS["ko"].items():
        yield f"WORDS[{key!r}]", word
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("charts/**/*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search("[가-힣]", line) and path.name not in ("CHANGELOG.md", "glossary.md"):
                yield f"{path.relative_to(ROOT)}:{number}", line


def test_one_idea_has_one_korean_word() -> None:
    wrong = [
        f"{place}: {old} -> {new}"
        for place, line in korean_lines()
        for old, new in NO_MORE.items()
        if old in line
    ]
    assert wrong == []


def templates() -> Iterator[str]:
    """Every text in the code, with {} for what is filled in."""
    for path in python_files("alarminati/"):
        if "/i18n/" in path:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
                yield node.value.replace("HOST", "{}")


def unnamed(sentence: str) -> str:
    """A sentence of a catalogue as `templates` has it."""
    without = re.sub(r"(?<!{){\w+}", "{}", sentence)
    return without.replace("{{", "{").replace("}}", "}") if "{{" in sentence else without


def test_no_sentence_of_an_error_is_left_behind() -> None:
    """Who words one anew words its Korean anew."""
    known = [sentence for table in TABLES for sentence in table if table is not korean_files.PARTS]
    said = set(templates())
    gone = [s for s in known if unnamed(s) not in said]
    assert gone == []


PEOPLE = (
    "alarminati/agent/delivery/",
    "alarminati/agent/rpc/",
    "alarminati/channels/",
    "alarminati/config/",
    "alarminati/core/model/",
    "alarminati/core/routing/",
    "alarminati/edge/shapes/",
    "alarminati/pki/",
    "alarminati/templates/",
    "alarminati/wire/credentials.py",
    "alarminati/wire/filters.py",
)
"""Files that refuse what people write."""
INTERNAL = ("AssertionError", "NotImplementedError", "OSError", "RuntimeError", "TypeError")
"""Errors that mean a fault of the program, or that are worded again."""
SHORT = {
    "the name {} {}",
    "the template {}: {}",
    "{} ended on {}{}",
    "{} is not an agent's{}",
    "{} is not known{}",
}
"""Sentences that are made of other sentences, or too short to be known again."""


def raised() -> Iterator[str]:
    """Sentences of the errors that these files raise, with {} for what is filled in."""
    for path in python_files(*PEOPLE):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            if not ast.unparse(node.exc.func).endswith(INTERNAL):
                yield from filter(None, map(sentence_of, node.exc.args))


def sentence_of(node: ast.expr) -> str:
    """The text of a constant or an f-string; empty for all else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
    return ""


def test_what_people_write_wrong_is_refused_in_korean() -> None:
    worded = {text for text in raised() if re.search("[a-z]{2,} [a-z]{2,}", text)} - SHORT
    assert len(worded) > 150
    filled = {text: in_korean(text.replace("{}", "x1")) for text in worded}
    assert sorted(text for text, korean in filled.items() if not re.search("[가-힣]", korean)) == []
