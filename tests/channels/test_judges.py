"""Whatever a vendor answers, every channel makes a verdict of it that tells no secret (G1, G7)."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import kakao_login
from alarminati.channels.table import TYPES, driver
from alarminati.core.model.entries import DeliveryCause, Result

CANARY = "canary-7d1f"
WORDS = st.sampled_from(
    [CANARY, "ok", "invalid_auth", "ratelimited", "too_many_requests", "invalid_grant", "1", "-5"]
)
KEYS = st.sampled_from(
    [
        "ok", "error", "code", "message", "id", "parameters", "retry_after", "description",
        "result", "success", "failure_info", "successful_receiver_uuids", "chat",
        "message_id", "status", "ts", "channel", "name", "result_code", "reply_to_message",
        "migrate_to_chat_id",
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), WORDS, st.text(max_size=5)
)
ANSWERS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
BODIES = st.one_of(
    st.binary(max_size=40),
    st.dictionaries(KEYS, ANSWERS, max_size=6).map(msgspec.json.encode),
    ANSWERS.map(msgspec.json.encode),
    st.just(b"[" * 60_000),
    st.just(b"<html>" + CANARY.encode()),
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "date", "x-ratelimit-remaining", "x-ratelimit-reset-after"]),
    st.sampled_from(["0", "1.5", "-1", "nan", "inf", "9" * 400, CANARY, "Thu, 18 Sep 2025", "é"]),
)
STATUSES = st.one_of(st.integers(200, 599), st.sampled_from([200, 400, 401, 403, 429]))


@pytest.mark.parametrize("type_", sorted(TYPES))
@settings(max_examples=200, deadline=None)
@given(status=STATUSES, headers=HEADERS, body=BODIES)
def test_any_answer_is_understood(
    type_: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    verdict = driver(type_).judge(status, headers, body)
    assert CANARY not in f"{verdict}"
    assert len(verdict.receipt) <= 256
    assert len(verdict.detail) <= 300 and "\n" not in verdict.detail
    assert verdict.after is None or (math.isfinite(verdict.after) and verdict.after >= 0)
    if verdict.result is Result.DELIVERED:
        assert status < 300 or type_ == "telegram"
    else:
        assert verdict.detail
        assert verdict.cause is not DeliveryCause.NONE
    if status == 429 and type_ != "mail":
        assert verdict.result is Result.RETRY


@settings(max_examples=200, deadline=None)
@given(STATUSES, HEADERS, BODIES)
def test_any_answer_of_the_login_is_understood(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    verdict = kakao_login.judge(status, headers, body)
    assert verdict.result is Result.RETRY
    assert CANARY not in f"{verdict}"


@pytest.mark.parametrize(
    ("type_", "status", "body"),
    [
        ("discord", 200, b'{"message": "canary", "code": 50006}'),
        ("discord", 200, b"<html>"),
        ("googlechat", 200, b'{"error": {"status": "RESOURCE_EXHAUSTED"}}'),
        ("googlechat", 200, b"<html>"),
        ("kakaotalk", 200, b'{"result_code": -1}'),
        ("kakaotalk", 200, b'{"result_code": 7}'),
        ("kakaotalk", 200, b'{"code": -402}'),
        ("kakaotalk", 200, b'{"successful_receiver_uuids": []}'),
        ("kakaotalk", 200, b'{"failure_info": [{"code": -532, "receiver_uuids": ["u"]}]}'),
        ("kakaotalk", 200, b"<html>"),
        ("kakaowork", 200, b'{"success": false}'),
        ("kakaowork", 200, b'{"success": false, "error": {"code": "too_many_requests"}}'),
        ("kakaowork", 200, b"{}"),
        ("pagerduty", 202, b'{"status": "invalid event"}'),
        ("pagerduty", 200, b"{}"),
        ("slack", 200, b'{"ok": false, "error": "channel_is_archived"}'),
        ("slack", 200, b"<html>"),
        ("slackbot", 200, b'{"ok": false, "error": "ratelimited"}'),
        ("slackbot", 200, b"{}"),
        ("teams", 200, b"<html>"),
        ("teams", 202, b"Microsoft Teams endpoint returned HTTP error 429"),
        ("telegram", 200, b'{"ok": false, "error_code": 429}'),
        ("telegram", 200, b"{}"),
    ],
)
def test_a_2xx_that_says_no_is_not_delivered(type_: str, status: int, body: bytes) -> None:
    verdict = driver(type_).judge(status, {}, body)
    assert verdict.result is not Result.DELIVERED
    assert "canary" not in verdict.detail
