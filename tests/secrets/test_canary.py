"""G7: no secret in a log, an error, a metric, a process list, a file others may read, an answer.

Every secret there is is a canary: a text that nothing but this test has ever seen. A cluster lives
through a busy day among vendors that repeat whatever they are sent; then all that anybody could
have seen is searched for the canaries, also in the disguises of common encodings.
"""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from urllib.parse import quote

import pytest

from alarminati.channels.table import configure
from alarminati.cli.main import COMMANDS
from alarminati.config import load
from tests.secrets.canaries import Canaries, holders, key_lines
from tests.secrets.day import Day
from tests.secrets.parrot import Parrot, parrot
from tests.support.cluster import AgentProcess, Cluster
from tests.support.patience import until
from tests.vendors.certificates import server_tls
from tests.vendors.mailserver import MailServer, mail_server

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    "disguise",
    [
        str,
        quote,
        json.dumps,
        repr,
        lambda text: text.encode().hex(),
        lambda text: base64.b64encode(f"user:{text}!".encode()).decode(),
        lambda text: base64.b64encode(f"x{text}".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"xy{text}zzz".encode()).decode(),
    ],
)
def test_a_canary_is_found_in_every_disguise(disguise: object) -> None:
    assert callable(disguise)
    for template in ("{}", 'a"b\\{}%+é/', "p ä{}&="):
        canaries = Canaries()
        secret = canaries.plant("one", template)
        canaries.plant("another")
        assert canaries.within(f"well {disguise(secret)} so") == ["one"]
        assert canaries.within("well so") == []


async def test_g7_no_secret_is_seen_on_a_busy_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALARMINATI_DEBUG", raising=False)
    monkeypatch.setenv("SIGNED_URL", "")  # so that it is taken back afterwards
    canaries = Canaries()
    post = tmp_path / "post"
    post.mkdir(mode=0o700)
    server = MailServer(tls=server_tls(post), from_the_start=True, account="u another")
    async with parrot() as vendor, mail_server(server):
        cluster = Cluster(tmp_path)
        day = Day(cluster, canaries)
        day.plant(vendor.url, {"port": server.port, "ca": str(post / "ca.crt")})
        vendor.tokens = {
            "access_token": canaries.plant("kakao.access"),
            "refresh_token": canaries.plant("kakao.rotated"),
            "expires_in": 21_599,
            "refresh_token_expires_in": 5_184_000,
            "token_type": "bearer",
        }
        async with cluster:
            await _morning(day, vendor)
            await _noon(day)
            await _evening(day)
            for agent in cluster.agents:
                if agent.running:
                    agent.terminate()
                    agent.wait()
    _compare(day)
    _files(day)


async def _morning(day: Day, vendor: Parrot) -> None:
    """Reports, by all doors; every channel is tried and fails."""
    cluster, canaries = day.cluster, day.canaries
    master = await cluster.master()
    bearer = {"Authorization": f"Bearer {canaries['source.token']}"}
    assert await day.report(master, "by token", bearer) == 200
    wrong = canaries.plant("wrong.token", "alm_{}")
    assert await day.report(master, "stranger", {"Authorization": f"Bearer {wrong}"}) == 401
    await day.report(master, "forged", {"X-Alarminati-Signature": f"t=1,v1={'ab' * 32}"})
    names = [
        one["name"]
        for one in day.document(master)["channels"]
        if one["name"] not in ("ops", "h301", "a-apprise")
    ]
    await day.tried(master, names)
    heard = "".join(vendor.heard)
    for name in ("signed.url", "a-telegram.token", "a-pagerduty.routing_key", "h404.url"):
        assert canaries.within(heard).count(name), f"{name} was never sent to its vendor"
    for agent in cluster.agents:
        await day.look(agent)


async def _noon(day: Day) -> None:
    """Operators at work: everything that prints, and what goes wrong in doing so."""
    cluster, canaries = day.cluster, day.canaries
    master = await cluster.master()
    reach = day.reach(master)
    tail = await day.start("tail", "--json", *reach)
    registered = canaries.plant("registered.url")
    settings = f"url=http://127.0.0.1:1/{registered}"
    await day.run("channels", "create", "app", "--type", "webhook", "--set", "url=-", *reach,
                  input=settings.partition("=")[2] + "\n")  # fmt: skip
    listed = await day.run("channels", "list", "--json", *reach)
    assert "app" in [one["name"] for one in json.loads(listed)], "it was not registered"
    alarms = json.loads(await day.run("list", "--json", *reach))
    for arguments in (
        ("channels", "list"),
        ("channels", "test", "signed"),
        ("channels", "test", "a-slack", "--json"),
        ("channels", "test", "letters"),
        ("channels", "test", "app"),
        ("dead-letters", "list", "--json"),
        ("list",),
        ("show", alarms[0]["id"]),
        ("show", alarms[0]["id"], "--json"),
        ("status", "--json"),
        ("status",),
        ("doctor",),
        ("ack", alarms[0]["id"], "--comment", "on it"),
    ):
        await day.run(*arguments, *reach)
    await day.err(master)
    await _invite(day, reach)
    tail.terminate()
    out, err = await tail.communicate()
    assert alarms[0]["message"].encode() in out
    day.seen["tail"] = out + err


async def _invite(day: Day, reach: tuple[str, ...]) -> None:
    """A newcomer joins; the invitation may be seen by who invites, and by nobody else."""
    made = await day.run("invite", "--name", "laptop", "--domain", reach[1], *reach, name="invite")
    text = max(made.split(), key=len)
    del day.seen[next(name for name in day.seen if name.startswith("invite "))]
    day.canaries.know("invitation", text)
    await day.run("join", "-", input=text + "\n", name="join")
    await day.run("join", "-", input=text + "\n", name="join again")
    await day.run("join", "-", input=text[:-5] + "\n", name="join with half a text")
    keys = [path for path in day.home.rglob("tls.key") if not path.is_symlink()]
    assert keys, "nobody joined"
    day.canaries.know("laptop.key", key_lines(keys[0].read_bytes()))
    await day.run("profiles", "list", "--json")
    await day.run("list", "--json")


async def _evening(day: Day) -> None:
    """Bad files, a crash, a new master."""
    cluster = day.cluster
    master = await cluster.master()
    for number, broken in enumerate(_broken(day, master)):
        path = cluster.folder / f"bad-{number}.yaml"
        path.write_text(broken)
        path.chmod(0o600)
        await day.run("config", "check", str(path), name=f"config check {number}")
        await day.run("agent", "--config", str(path), name=f"agent {number}")
    good = master.config.read_text()
    marker = len(master.said)
    master.config.write_text(_broken(day, master)[0])
    await until("the bad file is refused", lambda: len(master.said) > marker, 30)
    master.config.write_text(good)
    for name in COMMANDS:
        await day.run(name, "--help")
    await day.run("tail", "--tls", str(cluster.folder / "nowhere"), "--agent", "127.0.0.1:1")
    master.kill()
    other = await cluster.agreed()
    assert await day.report(other, "after the crash", {}) == 200
    await cluster.sink.first("after the crash")
    await day.look(other)


def _broken(day: Day, agent: AgentProcess) -> list[str]:
    """Configurations that are refused, each close to a secret."""
    good = agent.config.read_text()
    secret = day.canaries["signed.secret"]
    quoted = json.dumps(secret, ensure_ascii=False)
    assert quoted in good, "the secret is not where mistakes are made"
    key = day.canaries["cluster.key"]
    return [
        good.replace(quoted, f"[{quoted}]"),
        good.replace(quoted, f'{quoted}, "sekret": {quoted}'),
        good.replace(quoted, quoted + quoted),
        good.replace(quoted, quoted[:-1]),
        good.replace(quoted, f"{quoted}: {quoted}"),
        good.replace('"type":"slackbot"', f'"type":{quoted}'),
        good.replace('"project":"w-sharing"', f'"cluster_key":"{key}!"'),
        good.replace('"project":"w-sharing"', f'"cluster_key":["{key[:-4]}"]'),
        good.replace("env:SIGNED_URL", "env:NO_SUCH_VARIABLE"),
        good.replace("file:", "file:/nowhere"),
    ]


def _compare(day: Day) -> None:
    """Nothing that was said holds a canary."""
    outputs = day.outputs()
    assert len(outputs) > 100 and sum(map(len, outputs.values())) > 200_000, "a quiet day"
    told = b"".join(outputs.values())
    assert b"after the crash" in told and b"by token" in told
    leaks = {
        where: found for where, said in outputs.items() if (found := day.canaries.within(said))
    }
    # An agent's own renewed key is its own secret in its own folder.
    assert not leaks, "\n".join(f"{where}: {names}" for where, names in leaks.items())


def _files(day: Day) -> None:
    """Whatever holds a secret is its owner's alone, and so are journals and caches."""
    found = holders([day.cluster.folder], day.canaries)
    assert found
    for path in [*found, *day.cluster.folder.rglob("*.db")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & 0o077, f"{path} ({found.get(path)}) has mode {mode:o}"
    for agent in day.cluster.agents:
        assert not stat.S_IMODE(agent.data.stat().st_mode) & 0o077


def test_g7_what_holds_a_secret_does_not_say_it(tmp_path: Path) -> None:
    canaries = Canaries()
    secret = canaries.plant("one")
    path = tmp_path / "agent.yaml"
    path.write_text(
        f"""
name: a1
tls: {{mode: insecure}}
listen: {{grpc: "127.0.0.1:0", http: "127.0.0.1:0", health: off}}
channels: [{{name: ops, type: webhook, url: "http://h/{secret}", secret: {secret}}}]
sources: [{{name: s, hmac: {{secret: {secret}}}}}]
"""
    )
    config = load(path, {}, {})
    channel = configure("ops", "webhook", config.channels[0].settings)
    for thing in (config, config.channels, channel, channel.settings, config.sources):
        assert not canaries.within(f"{thing!r} {thing!s} {thing}")
    with pytest.raises(TypeError):
        json.dumps(config.channels[0].settings)
