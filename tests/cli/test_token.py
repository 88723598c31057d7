"""`alarminati token`."""

from __future__ import annotations

import yaml

from alarminati.cli.output.terminal import Exit
from alarminati.config.edge import HASH
from alarminati.edge.tokens import hashed
from tests.cli.conftest import Run


async def test_a_token_and_the_line_for_the_configuration(run: Run) -> None:
    made = await run("tokens", "create", "--name", "grafana")
    said, token, how, where, line = made.out.splitlines()
    assert said == "The token of grafana, shown this once:"
    assert "Authorization: Bearer" in how
    assert "`sources:`" in where
    assert yaml.safe_load(line) == [{"name": "grafana", "token": hashed(token.strip())}]
    again = await run("tokens", "create", "--name", "grafana")
    assert again.out != made.out


async def test_for_scripts(run: Run) -> None:
    made = (await run("tokens", "create", "--name", "ci", "--json")).json
    assert set(made) == {"name", "token", "hash"}
    assert made["hash"] == hashed(made["token"])
    assert HASH.fullmatch(made["hash"])


async def test_a_name_that_is_none(run: Run) -> None:
    ended = await run("tokens", "create", "--name", "a b")
    assert ended.code == Exit.USAGE
    assert "must be 1 to 64 letters" in ended.err
    assert ended.out == ""
