"""What a configuration says of where and when, on a living agent: every key reaches who decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.cluster import Cluster, Place
from tests.support.sink import Sink


def keys(sink: Sink) -> dict[str, Any]:
    def hook(name: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "type": "webhook", "url": f"{sink.url}/{name}"} | more

    nowhere = {"url": "http://127.0.0.1:9/", "fallback": "spare", "fallback_after": "1s"}
    return {
        "channels": [
            *(hook("ops"), hook("boss"), hook("spare")),
            hook("broken") | nowhere,
        ],
        "route": {
            "channels": ["ops"],
            "routes": [
                {"matchers": ["case=quiet"], "mute_time_intervals": ["always"]},
                {"matchers": ["case=never"], "channels": []},
                {
                    "matchers": ['case=~"escalate|ack"'],
                    "escalate": [{"after": "2s", "channels": ["boss"]}],
                },
                {"matchers": ["case=fallback"], "channels": ["broken"]},
            ],
        },
        "time_intervals": [{"name": "always", "time_intervals": [{"years": "2000:2999"}]}],
        "inhibit_rules": [
            {
                "source_matchers": ["case=cause"],
                "target_matchers": ["case=effect"],
                "equal": ["host"],
            }
        ],
        "resolve_timeouts": {"http": "10s"},
    }


async def test_the_keys_of_routing_on_a_living_agent(tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    async with Cluster(tmp_path, [Place()], sink=sink, keys=keys(sink)) as cluster:
        (agent,) = cluster.agents

        async def report(case: str, **labels: str) -> None:
            await agent.report(f"this is {case}", labels={"case": case} | labels)

        for case in ("quiet", "never", "escalate", "fallback"):
            await report(case)
        await report("cause", host="db")
        await report("effect", host="db")
        await agent.report("this is another effect", labels={"case": "effect", "host": "web"})

        def told(case: str) -> list[str]:
            return [each.body["channel"] for each in sink.delivered(f"this is {case}")]

        assert (await sink.first("this is escalate")).body["channel"] == "ops"
        assert (await sink.first("this is fallback")).body["channel"] == "spare"
        await sink.first("this is another effect")
        await sink.first('"boss"')  # two seconds after its start
        assert "boss" in told("escalate")
        assert told("quiet") == told("never") == told("effect") == []
        await sink.first("resolved", within=40)  # nobody reported any of them again
        assert told("quiet") == told("never") == []
