"""The sender's spool: what no agent takes is kept, and sent once, in its order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from alarminati.cli.main import main
from alarminati.client import Alarm, Client, Refused, SpoolProblem, Unreachable, alarm
from alarminati.client.answers import Receipt
from alarminati.client.spooling import SenderSpool
from alarminati.core.model.entries import EntryId
from alarminati.spool.segments import Spool
from alarminati.v1 import alarm_service_pb2 as service
from tests.client.agents import NOW, Agent

pytestmark = pytest.mark.filterwarnings("error::ResourceWarning")


async def _agent() -> Agent:
    agent = Agent("a", Random(1))
    await agent.start()
    return agent


async def test_g1_what_no_agent_takes_is_kept_and_sent_in_order(tmp_path: Path) -> None:
    agent = await _agent()
    address = agent.address
    await agent.stop()
    async with Client([address], timeout=0.2, waits=(0.01, 0.05), spool=tmp_path) as client:
        for number in range(3):
            receipt = await client.report(alarm(f"disk {number}", timestamp=NOW))
            assert (receipt.replicas, str(receipt.id)) == (0, f"spool-{number + 1}")
        with pytest.raises(Refused, match="message"):
            await client.report(alarm(""))
        flushed = await client.flush_spool()
        assert (flushed.sent, flushed.pending) == (0, 3)
        assert flushed.problem
    agent = await _agent()
    async with Client([agent.address], timeout=5, spool=tmp_path) as client:
        flushed = await client.flush_spool()
        assert (flushed.sent, flushed.refused, flushed.pending, flushed.problem) == (3, 0, 0, "")
        assert (await client.report(alarm("disk 3", timestamp=NOW))).replicas > 0
        assert (await client.flush_spool()).sent == 0
    await agent.stop()


async def test_what_waits_is_sent_by_itself_when_an_agent_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarminati.client.spooling.PAUSES", (0.02, 0.05))
    sent: list[str] = []
    down = True

    async def send(request: service.ReportRequest) -> Receipt:
        if down:
            raise Unreachable("down")
        if request.alarm.message == "bad":
            raise Refused("it is bad")
        assert request.alarm.timestamp_ms == 1_700_000_000_000
        sent.append(request.alarm.message)
        return Receipt(EntryId("a", 1), 1, "f")

    spool = SenderSpool(tmp_path, send, lambda: 1_700_000_000_000)
    for message in ("one", "bad", "two"):
        await spool.report(_request(message))
    assert [each.alarm.message for each in await spool.waiting() if each.alarm] == [
        "one",
        "bad",
        "two",
    ]
    down = False
    async with asyncio.timeout(10):
        while sent != ["one", "two"]:
            await asyncio.sleep(0.01)
    await spool.close()
    [aside] = await spool.waiting() if not (await spool.flush()).pending else []
    assert (aside.refused, aside.alarm and aside.alarm.message) == ("it is bad", "bad")


async def test_a_report_sends_what_waits_and_then_itself(tmp_path: Path) -> None:
    agent = await _agent()
    address = agent.address
    await agent.stop()
    for number in range(3):  # each one a process of its own
        async with Client([address], timeout=0.2, waits=(0.01, 0.05), spool=tmp_path) as client:
            receipt = await client.report(alarm(f"disk {number}", timestamp=NOW))
            assert (receipt.replicas, str(receipt.id)) == (0, f"spool-{number + 1}")
    agent = await _agent()
    async with Client([agent.address], timeout=5, spool=tmp_path) as client:
        assert (await client.report(alarm("disk 3", timestamp=NOW))).replicas > 0
        assert (await client.flush_spool()).sent == 0
    assert [fact.body.message for fact in agent.stored if isinstance(fact.body, Alarm)] == [
        "disk 0",
        "disk 1",
        "disk 2",
        "disk 3",
    ]
    await agent.stop()


async def test_a_report_behind_an_agent_that_hangs_is_kept_when_its_time_is_up(
    tmp_path: Path,
) -> None:
    async def send(request: service.ReportRequest) -> Receipt:
        sent.append(request.request_id)
        if request.request_id != "0":
            await asyncio.Event().wait()
        return Receipt(EntryId("a", 1), 1, "f")

    async def refuse(request: service.ReportRequest) -> Receipt:
        raise Unreachable("down")

    for number in range(3):
        spool = SenderSpool(tmp_path, refuse, lambda: NOW)
        await spool.report(_request(str(number)))
        await spool.close()
    sent: list[str] = []
    spool = SenderSpool(tmp_path, send, lambda: NOW, timeout=0.2)
    assert str((await spool.report(_request("3"))).id) == "spool-4"
    await spool.close()
    assert sent == ["0", "1"]
    assert [each.sequence for each in await spool.waiting()] == [2, 3, 4]


async def test_a_folder_that_cannot_be_used_holds_no_alarm_back(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def send(request: service.ReportRequest) -> Receipt:
        if request.request_id == "down":
            raise Unreachable("down")
        return Receipt(EntryId("a", 1), 1, "f")

    spool = SenderSpool(tmp_path / "file", send, lambda: NOW)
    assert (await spool.report(_request("up"))).replicas == 1
    with pytest.raises(SpoolProblem):
        await spool.report(_request("down"))


def _request(name: str) -> service.ReportRequest:
    request = service.ReportRequest(request_id=name)
    request.alarm.message = name
    return request


def test_commands_keep_list_and_refuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "spool")
    nowhere = ["--agent", "127.0.0.1:9", "--timeout", "0.2"]
    assert main(["report", "disk is full", "--spool", folder, *nowhere]) == 0
    shown = capsys.readouterr()
    assert shown.out == "spool-1\n"
    assert "spool flush" in shown.err
    assert main(["spool", "list", "--spool", folder, "--json"]) == 0
    [line] = json.loads(capsys.readouterr().out)
    assert (line["state"], line["message"]) == ("waiting", "disk is full")
    assert main(["spool", "flush", "--spool", folder, *nowhere]) == 3
    assert "1 still wait" in capsys.readouterr().out
    assert main(["spool", "flush", "--spool", folder + "x", *nowhere]) == 2
    assert "is not a folder" in capsys.readouterr().err
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    assert main(["spool", "list", "--spool", folder]) == 0
    assert capsys.readouterr().out.endswith("disk is full  (대기 중)\n")
    assert main(["spool", "list", "--spool", folder + "x"]) == 2
    assert "폴더가 아닙니다" in capsys.readouterr().err
    assert main(["spool", "flush", "--spool", folder, *nowhere]) == 3
    assert "연결할 수 없습니다" in capsys.readouterr().err
    assert main(["report", "disk is full", "--spool", folder, *nowhere]) == 0
    assert "다음 보고" in capsys.readouterr().err
    with Spool(tmp_path / "spool"):
        monkeypatch.setattr("alarminati.client.spooling.LOCK_PATIENCE", 0.01)
        assert main(["spool", "list", "--spool", folder]) == 1
    assert "다른 프로세스" in capsys.readouterr().err
