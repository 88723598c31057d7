"""Amazon SNS: only messages that it signed come in, and only its own hosts are asked (G7)."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from alarminati.agent.sns import SnsProof
from alarminati.edge.exchange import Request, Response
from alarminati.edge.shapes.sns import is_of_aws, signed

PAYLOADS = Path(__file__).parents[1] / "edge" / "payloads"
KEY = rsa.generate_private_key(65537, 2048)
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alarms"


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, KEY.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(KEY, SHA256()).public_bytes(Encoding.PEM)


PEM = certificate()


class Aws:
    """Answers with a certificate, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: OSError | None = None

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.error:
            raise self.error
        return PEM


def message(file: str = "sns_text", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{file}.json").read_text()) | changes
    digest = SHA1() if found["SignatureVersion"] == "1" else SHA256()
    made = KEY.sign(signed(found), padding.PKCS1v15(), digest)
    return found | {"Signature": b64encode(made).decode()}


async def proven(document: Any, aws: Aws | None = None) -> Request | Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request = Request("POST", "/webhooks/aws", "", {}, body)
    return await SnsProof(aws or Aws())(request, {TOPIC})


@pytest.mark.parametrize("file", ["sns_text", "sns_cloudwatch"])
@pytest.mark.parametrize("version", ["1", "2"])
async def test_what_sns_signed_comes_in_once(file: str, version: str) -> None:
    aws = Aws()
    found = await proven(message(file, SignatureVersion=version), aws)
    assert isinstance(found, Request)
    assert found.headers["idempotency-key"] == "sns-22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert aws.asked == [message()["SigningCertURL"]]


async def test_a_subscription_is_confirmed_and_the_certificate_kept() -> None:
    aws = Aws()
    proof = SnsProof(aws)
    document = message("sns_subscribe")
    for body in (document, message()):
        request = Request("POST", "/webhooks/aws", "", {}, json.dumps(body).encode())
        assert isinstance(await proof(request, {TOPIC}), Request)
    assert aws.asked == [document["SigningCertURL"], document["SubscribeURL"]]


@pytest.mark.parametrize(
    ("document", "status", "said"),
    [
        (message() | {"Message": "other"}, 401, "the signature does not fit"),
        (message() | {"Signature": "no"}, 401, "cannot be read"),
        (message(TopicArn="arn:aws:sns:x:1:other"), 403, "is not in `topics`"),
        (message(SigningCertURL="https://sns.evil.example/x.pem"), 400, "SigningCertURL"),
        (message(SignatureVersion="3"), 400, "SignatureVersion"),
        (message("sns_subscribe", SubscribeURL="https://sns.us-east-1.amazonaws.com.evil.example/"),
         400, "SubscribeURL"),
        ({"Type": "Notification"}, 400, "SignatureVersion"),
        (b"no json", 400, "not JSON"),
        (b"[]", 400, "must be an object"),
    ],
)  # fmt: skip
async def test_g7_anything_else_stays_outside(document: Any, status: int, said: str) -> None:
    aws = Aws()
    found = await proven(document, aws)
    assert isinstance(found, Response)
    assert found.status == status
    assert said in found.body.decode()
    assert all(is_of_aws(url) for url in aws.asked)


async def test_while_sns_cannot_be_asked_it_shall_come_again() -> None:
    aws = Aws()
    aws.error = OSError("no route")
    found = await proven(message(), aws)
    assert isinstance(found, Response)
    assert (found.status, found.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://sns.ap-northeast-2.amazonaws.com/x.pem", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", True),
        ("http://sns.ap-northeast-2.amazonaws.com/x.pem", False),
        ("https://sns.ap-northeast-2.amazonaws.com.evil.example/x.pem", False),
        ("https://evil.example/sns.ap-northeast-2.amazonaws.com", False),
        ("https://sns.x@evil.example/", False),
        ("https://sns.ap-northeast-2.amazonaws.com:8443/x.pem", False),
        ("https://u:p@sns.ap-northeast-2.amazonaws.com/", False),
        ("https://s3.amazonaws.com/x.pem", False),
        ("https://[", False),
    ],
)
def test_g7_hosts_of_sns(url: str, good: bool) -> None:
    assert is_of_aws(url) is good
