"""A relay between senders and masters: nothing acknowledged is lost, nothing is handed in twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from alarminati.agent.master_tasks import queue_intake
from alarminati.agent.relayed import Prepared
from alarminati.cli.i18n.errors import in_korean
from alarminati.config.refusal import ConfigError
from alarminati.config.relay import load_relay
from alarminati.core.model.validation import Invalid
from alarminati.core.monitors.queue_intake import QueueStanding
from alarminati.edge.tokens import hashed
from alarminati.queues.port import Message
from alarminati.relay_server.app import Ports, run
from alarminati.spool.segments import Spool
from tests.queues.test_intake import Journal
from tests.relay.stage import NOW, OTHER, TOKEN, RelayProcess, master, plain, post, written
from tests.support.patience import until
from tests.support.ports import free_port


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try lost relays again at once."""
    monkeypatch.setattr("alarminati.core.monitors.queue_intake.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("alarminati.core.monitors.queue_intake.LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(queue_intake, "LOOK_EVERY", 0.0)


# Every message costs three steps (before write, before and after fsync), every commit two.
@pytest.mark.parametrize("kill_at", [1, 2, 3, 4, 5, 7, 9, 12, 14, 17])
async def test_g1_killed_at_every_step_with_two_masters(kill_at: int, tmp_path: Path) -> None:
    http, pull = free_port(), free_port()
    config = written(tmp_path, http, pull)
    relay = RelayProcess(config, kill_at)
    journal = Journal()
    masters = [master(journal, pull, plain, seed) for seed in range(2)]
    for each in masters:
        each.led(True)
    asked: Counter[str] = Counter()
    try:
        for number in range(12):
            body = f"disk {number} is full"
            while True:  # a sender that tries again until it is answered
                asked[body] += 1
                try:
                    status, _ = await post(http, f"/w/{TOKEN}", body.encode())
                    assert status == 200
                    break
                except OSError:
                    if not relay.alive:
                        relay.kill()
                        relay = RelayProcess(config)
        await until("all are handed in", lambda: len(set(_told(journal))) == 12)
        assert set(_told(journal)) == set(asked)
        told = Counter(_told(journal))
        assert all(told[body] <= asked[body] for body in asked), (told, asked)
        # As often as it was kept: an answer that was lost is a second request of its sender.
        assert sum(told.values()) <= 13
    finally:
        for each in masters:
            await each.stop()
        relay.kill()
    with Spool(tmp_path / "data" / "seoul-1") as spool:
        assert spool.ledger.last == sum(told.values())


def _told(journal: Journal) -> list[str]:
    return [alarm.message for alarm in journal.alarms]


async def test_g1_masters_gone_for_long_find_everything_in_order(tmp_path: Path) -> None:
    relay = RelayProcess(written(tmp_path))
    try:
        for number in range(100):
            status, _ = await post(relay.http, f"/w/{TOKEN}", b"disk %d is full" % number)
            assert status == 200
        journal = Journal()
        journal.replicas = 1
        late = master(journal, relay.pull, plain)
        late.led(True)
        await until("all are handed in", lambda: len(journal.alarms) == 100)
        await late.stop()
        # No second copy: nothing was given up, and the next master repeats what is known.
        journal.replicas = 2
        following = master(journal, relay.pull, plain)
        following.led(True)
        await until("committed", lambda: following.standings["relay"].accepted == 100)
        await until("nothing waits", lambda: following.standings["relay"].pending == 0)
        await following.stop()
        assert _told(journal) == [f"disk {number} is full" for number in range(100)]
    finally:
        relay.kill()


async def test_a_webhook_that_nothing_understands_is_set_aside(tmp_path: Path) -> None:
    relay = RelayProcess(written(tmp_path))
    journal = Journal()

    async def picky(message: Message) -> Prepared:
        if message.body == b"forged":
            raise Invalid("signature", "does not fit")
        return await plain(message)

    intake = master(journal, relay.pull, picky)
    try:
        await post(relay.http, f"/w/{TOKEN}", b"forged")
        await post(relay.http, f"/w/{TOKEN}", b"disk is full")
        intake.led(True)
        await until("the good one", lambda: _told(journal) == ["disk is full"])
        await until("nothing waits", lambda: intake.standings["relay"].pending == 0)
        assert intake.standings["relay"].dead == 1
        _, answer = await post(relay.http, "/metrics", b"", method="GET")
        assert 'alarminati_relay_rejected{cluster="seoul-1"} 1' in answer
        assert 'alarminati_relay_webhooks_total{source="shop"} 2' in answer
    finally:
        await intake.stop()
        relay.kill()
    with Spool(tmp_path / "data" / "seoul-1") as spool:
        [aside] = spool.refused()
        assert (aside.detail, b"forged" in aside.message) == ("signature: does not fit", True)


async def test_the_door_refuses_what_it_must(tmp_path: Path) -> None:
    relay = RelayProcess(written(tmp_path, room=1 << 20))
    try:
        assert (await post(relay.http, "/h", b"", method="GET"))[1].endswith("\r\n\r\n1")
        assert (await post(relay.http, f"/w/{TOKEN}", b"", method="GET"))[0] == 405
        assert (await post(relay.http, f"/w/{'x' * 43}", b"hello"))[0] == 404
        assert (await post(relay.http, "/w/short", b"hello"))[0] == 404
        assert (await post(relay.http, f"/w/{TOKEN}", b"x" * 70_000))[0] == 413
        assert [(await post(relay.http, f"/w/{OTHER}", b"x"))[0] for _ in range(3)] == [
            200,
            200,
            503,
        ]
        full = ""
        for _ in range(30):
            status, full = await post(relay.http, f"/w/{TOKEN}", b"x" * 60_000)
            if status == 503:
                break
        assert "retry-after: 10" in full
        assert "STORAGE_FULL" in full
        for _ in range(1000):  # small ones fit a little longer
            if (await post(relay.http, f"/w/{TOKEN}", b"x" * 2000))[0] == 503:
                break
        while (await post(relay.http, f"/w/{TOKEN}", b"x"))[0] == 200:
            pass
        assert (await post(relay.http, "/healthz", b"", method="GET"))[0] == 503
        journal = Journal()
        intake = master(journal, relay.pull, plain)
        intake.led(True)

        async def well() -> bool:  # without another webhook: a probe keeps senders away
            return (await post(relay.http, "/healthz", b"", method="GET"))[0] == 200

        await until("there is room again", well)
        await intake.stop()
    finally:
        relay.kill()


async def test_a_relay_stops_cleanly_and_speaks_https(tmp_path: Path) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ports: list[Ports] = []
    task = asyncio.ensure_future(
        run(load_relay(written(tmp_path)), lambda: done, ready=ports.append)
    )
    await until("it is ready", lambda: ports)
    assert (await post(ports[0].http, f"/w/{TOKEN}/api/v2/alerts", b"[]"))[0] == 200
    done.set_result(None)
    await task


def test_a_nearly_full_relay_is_an_alarm_until_there_is_room() -> None:
    standing = QueueStanding("relay")
    assert standing.filled(0, NOW, 0.5) is None
    alarm = standing.filled(1, NOW, 0.8)
    assert alarm is not None
    assert not alarm.resolved
    assert standing.filled(2, NOW, 0.9) is None
    assert standing.filled(302, NOW, 0.9) is not None
    over = standing.filled(303, NOW, 0.2)
    assert over is not None
    assert over.resolved
    assert standing.filled(304, NOW, 0.2) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("sha256:", "alm_"), "never the token itself"),
        (("room: 1048576", "room: 10"), "must hold at least 1 MiB"),
        (("listen: 127.0.0.1", "listen: 0.0.0.0"), "ca is missing"),
        (("name: mail", "name: shop"), "shop"),
        (("clusters:", "cluster:"), "did you mean clusters"),
        (("data:", "dat:"), "did you mean data"),
        (("http: {", "http: []  # {"), "expected keys with values, got a list"),
    ],
)
def test_mistakes_in_the_file_are_one_sentence(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ConfigError, match=said):
        load_relay(path)


def test_a_relay_for_nobody_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "relay.yaml"
    path.write_text("data: d\nclusters: []\n")
    with pytest.raises(ConfigError, match="clusters: must have at least 1"):
        load_relay(path)
    path.write_text("data: d\nclusters: [{name: a, listen: '127.0.0.1:1', sources: []}]\n")
    with pytest.raises(ConfigError, match=r"clusters\[0\]\.sources: must have at least 1"):
        load_relay(path)


def test_the_hash_of_a_token_may_lie_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    hash = hashed(TOKEN)
    (tmp_path / "token").write_text(f"{hash}\n")
    monkeypatch.setenv("HASH", hash)
    text = path.read_text()
    for place in ("file:token", "env:HASH"):
        path.write_text(text.replace(hash, place))
        assert load_relay(path).clusters[0].sources[0].token == hash
    path.write_text(text.replace(hash, "file:gone"))
    with pytest.raises(
        ConfigError, match=r"clusters\[0\]\.sources\[0\]\.token: the file"
    ) as refused:
        load_relay(path)
    place, said = in_korean(str(refused.value)).rsplit("token: ", 1)
    assert place.endswith("clusters[0].sources[0].")
    assert said.startswith(f"{tmp_path / 'gone'} 파일을 읽을 수 없습니다")
