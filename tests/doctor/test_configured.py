"""`alarminati doctor --config`: sources of a configuration, and real relays that it pulls from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alarminati.cli.main import main
from alarminati.config.relay import load_relay
from alarminati.doctor.findings import Sign
from alarminati.relay_server.app import Ports, run
from tests.relay.stage import written
from tests.relay.test_tls import issued, server_certificate
from tests.support.patience import until
from tests.support.ports import free_port


@asynccontextmanager
async def relay(folder: Path, *, ca: str = "") -> AsyncIterator[int]:
    """Run a relay; give the port where agents pull."""
    file = written(folder, more="pull: {cert: cert.pem, key: key.pem}\n" if ca else "")
    if ca:
        file.write_text(file.read_text().replace("    sources:", f"    ca: {ca}\n    sources:"))
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ports: list[Ports] = []
    task = asyncio.ensure_future(run(load_relay(file), lambda: done, ready=ports.append))
    await until("it is ready", lambda: ports or (task.done() and task.result()))
    yield ports[0].pull["seoul-1"]
    done.set_result(None)
    await task


def agent(folder: Path, address: str, more: str = "", tls: str = "{mode: insecure}") -> Path:
    """Write the configuration of an agent that pulls from there."""
    path = folder / "agent.yaml"
    path.write_text(
        f"project: p\ncluster: seoul-1\nname: a\ndata: {folder}/a\ntls: {tls}\n"
        'listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0", health: "127.0.0.1:0"}\n'
        f"queues:\n  - {{name: edge, type: relay, servers: ['{address}']{more}}}\n"
    )
    return path


async def examined(
    path: Path, capsys: pytest.CaptureFixture[str], code: int = 0
) -> list[tuple[str, dict[str, object]]]:
    """Return signs and facts; hold the exit code."""
    capsys.readouterr()
    line = ["doctor", "--config", str(path), "--json", "--timeout", "2"]
    assert await asyncio.to_thread(main, line) == code
    return [(each["code"], each["facts"]) for each in json.loads(capsys.readouterr().out)]


async def test_a_relay_that_lets_us_pull_says_how_full_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with relay(tmp_path) as port:
        path = agent(tmp_path, f"127.0.0.1:{port}")
        (knock, _), (sign, facts) = await examined(path, capsys)
        assert (knock, sign) == (Sign.PORT_WELL, Sign.RELAY_WELL)
        assert (facts["relay"], facts["pending"], facts["percent"]) == ("edge-1", 0, 0)


@pytest.mark.parametrize(
    ("used", "sign", "code"),
    [(0.8, Sign.RELAY_NEARLY_FULL, 0), (0.96, Sign.RELAY_FULL, 3)],
)
async def test_a_relay_without_room_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], used: float, sign: Sign, code: int
) -> None:
    async with relay(tmp_path) as port:
        with pytest.MonkeyPatch.context() as patch:
            ledger = "alarminati.core.spool.ledger.Ledger.used_ratio"
            patch.setattr(ledger, property(lambda self: used))
            found = await examined(agent(tmp_path, f"127.0.0.1:{port}"), capsys, code)
    assert found[-1][0] == sign


async def test_who_is_not_believed_is_told_on_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server_certificate(tmp_path)
    issued(tmp_path, "ours", "agent", "--cluster", "seoul-1")
    issued(tmp_path, "busan", "agent", "--cluster", "seoul-1")
    more = f", tls: true, ca: {tmp_path}/cert.pem"
    async with relay(tmp_path, ca="ours/ca.crt") as port:
        address = f"127.0.0.1:{port}"
        for files, ca, sign, code in (
            ("ours-agent", "cert.pem", Sign.RELAY_WELL, 0),
            ("busan-agent", "cert.pem", Sign.RELAY_NO_ANSWER, 3),
            ("ours-agent", "ours/ca.crt", Sign.RELAY_UNTRUSTED, 3),
        ):
            path = agent(tmp_path, address, more.replace("cert.pem", ca), str(tmp_path / files))
            found = await examined(path, capsys, code)
            assert found[-1][0] == sign, found
    async with relay(tmp_path) as port:
        path = agent(tmp_path, f"127.0.0.1:{port}", more, str(tmp_path / "ours-agent"))
        assert (await examined(path, capsys, 3))[-1][0] == Sign.RELAY_NO_TLS


async def test_a_relay_that_is_away_is_told_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = agent(tmp_path, f"127.0.0.1:{free_port()}")
    [(sign, facts)] = await examined(path, capsys, 3)
    assert (sign, facts["relay"]) == (Sign.RELAY_UNREACHABLE, "edge")
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    assert await asyncio.to_thread(main, ["doctor", "--config", str(path)]) == 3
    assert "릴레이에 연결할 수 없습니다: 그 포트에서" in capsys.readouterr().out


async def test_sources_say_how_they_are_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = agent(tmp_path, "127.0.0.1:1")
    text = path.read_text().partition("queues:")[0]
    path.write_text(text)
    assert [sign for sign, _ in await examined(path, capsys)] == [Sign.NO_SOURCES]
    sources = (
        "sources:\n"
        f"  - {{name: ci, token: 'sha256:{'0' * 64}', hmac: {{secret: {'s' * 40}}}}}\n"
        "  - {name: erp, map: {message: '{{ body.text }}'}}\n"
    )
    path.write_text(text + sources)
    (first, said), (second, _) = await examined(path, capsys)
    assert (first, said["how"]) == (Sign.SOURCE_WELL, "token, hmac")
    assert second == Sign.SOURCE_OPEN
    path.write_text(text + sources.replace("{{ body.text }}", "{{ body. }}"))
    assert await asyncio.to_thread(main, ["doctor", "--config", str(path)]) == 2
    assert "sources[1].map" in capsys.readouterr().err
