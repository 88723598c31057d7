"""Real agents: an alarm's life in one Slack thread, whoever is master when (G1, G2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alarminati.v1 import alarm_service_pb2, alarm_service_pb2_grpc
from tests.support.cluster import Cluster
from tests.support.patience import until
from tests.vendors.door import open_door
from tests.vendors.slack_api import Api


async def test_a_thread_goes_on_under_the_next_master(tmp_path: Path) -> None:
    slack = Api()
    async with open_door(slack) as door:
        settings = {"token": "xoxb-canary", "channel": "C0ALARMS", "api": f"{door.url}/api"}
        team = {"name": "team", "type": "slackbot", "language": "ko"} | settings
        async with Cluster(tmp_path, keys={"channels": [team]}) as cluster:
            first = await cluster.master()
            reply = await first.report("down", key="down")
            await until("it is told", lambda: len(slack.messages) == 1, 20)
            async with cluster.dial(first) as channel:
                stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
                await stub.Acknowledge(
                    alarm_service_pb2.AcknowledgeRequest(
                        ids=[reply.json["ids"][0]], comment="보고 있음"
                    )
                )
            await until("that is told", lambda: len(slack.messages) == 2, 20)
            await cluster.settled()
            first.kill()
            second = await cluster.agreed()
            await second.report("up", key="down", resolved=True)
            await until("its end is told", lambda: len(slack.messages) == 3, 20)
            assert "canary" not in cluster.story()
    root, *answers = slack.messages
    assert slack.threads == dict.fromkeys(answers, root)
    states = [seen.texts[0].split(" ")[1] for seen in slack.messages.values()]
    assert states == ["*발생*", "*확인됨*", "*해소*"]
    assert "tester 님이 확인: 보고 있음" in slack.messages[answers[0]].text
