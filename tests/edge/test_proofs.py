"""Pages of sources, and proofs of who sends that are no header of ours (G7)."""

from __future__ import annotations

from alarminati.edge import tokens
from alarminati.edge.exchange import Request, Response, refusal
from alarminati.edge.gate import Anonymous, Source
from alarminati.edge.inlets import Inlets, SourcePage
from alarminati.edge.shapes.pagerduty import ENQUEUE
from alarminati.edge.shapes.table import PRESETS
from tests.edge.conftest import World


async def test_a_routing_key_is_the_token_of_pagerdutys_senders(world: World) -> None:
    shape = PRESETS["pagerduty"].shape
    world.inlets = Inlets([SourcePage("pagerduty", shape, False, status=202, path=ENQUEUE)])
    world.sources = [Source("monitor", tokens.hashed("the token"))]
    world.anonymous = Anonymous("none")
    event = {"event_action": "trigger", "payload": {"summary": "disk is full"}, "dedup_key": "d"}
    reply = await (await world.client()).ask(event | {"routing_key": "the token"}, path=ENQUEUE)
    assert reply.status == 202
    assert (reply.json()["status"], reply.json()["dedup_key"]) == ("success", "d")
    for body in (event, event | {"routing_key": "other"}, b"{"):
        assert (await (await world.client()).ask(body, path=ENQUEUE)).status == 401
    assert len(world.reception.alarms) == 1


async def test_gitlab_has_a_header_for_its_token(world: World) -> None:
    world.sources = [Source("gitlab", tokens.hashed("the token"))]
    world.anonymous = Anonymous("none")
    client = await world.client()
    assert (await client.ask({"message": "m"}, x_gitlab_token="the token")).status == 200
    assert (await client.ask({"message": "m"}, x_gitlab_token="other")).status == 401


async def test_the_page_of_a_source_is_for_its_token_alone(world: World) -> None:
    world.inlets = Inlets([SourcePage("shop", PRESETS["text"].shape)])
    world.sources = [Source("shop", tokens.hashed("s")), Source("other", tokens.hashed("o"))]
    client = await world.client()
    for token, status in (("s", 200), ("o", 403)):
        reply = await client.ask(
            b"disk is full", path="/webhooks/shop", authorization=f"Bearer {token}"
        )
        assert reply.status == status
    assert (await client.ask(b"disk is full", path="/webhooks/shop")).status == 403


async def test_a_page_whose_bodies_prove_themselves(world: World) -> None:
    async def prove(request: Request) -> Request | Response:
        return request if request.body == b"signed" else refusal(401, "no", "Signature")

    world.inlets = Inlets([SourcePage("aws", PRESETS["text"].shape, prove=prove)])
    world.sources = [Source("aws", page="/webhooks/aws"), Source("other", tokens.hashed("o"))]
    world.anonymous = Anonymous("none")
    client = await world.client()
    assert (await client.ask(b"signed", path="/webhooks/aws")).status == 200
    assert (await client.ask(b"forged", path="/webhooks/aws")).status == 401
    assert (await client.ask(b"signed", path="/v1/alarms")).status == 401
    assert world.witness.counts["refused aws signature"] == 1
