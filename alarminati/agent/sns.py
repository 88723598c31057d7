"""Proof of messages of Amazon SNS: their signature, and the confirmation of subscriptions."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.validation import Invalid
from alarminati.edge.exchange import Request, Response, refusal
from alarminati.edge.shapes.sns import message_of, signed

Fetch = Callable[[str], Awaitable[bytes]]
"""GET of an address of SNS. Raises OSError with one sentence."""

log = logging.getLogger(__name__)


class SnsProof:
    """Lets messages of some topics in: their certificate is fetched from SNS itself, once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._certificates: BoundedMap[str, bytes] = BoundedMap(16)

    async def __call__(self, request: Request, topics: Collection[str]) -> Request | Response:
        """The request under an id of its own, which is the same for a retry; or a refusal."""
        try:
            message = message_of(request.body)
            topic = message.get("TopicArn")
            if topic not in topics:
                return refusal(403, f"the topic {topic!a:.200} is not in `topics`", "TopicArn")
            content = signed(message)
            pem = await self._certificate(message["SigningCertURL"])
            await asyncio.to_thread(_verify, message, content, pem)
            if message["Type"] == "SubscriptionConfirmation":
                await self._fetch(message["SubscribeURL"])
                log.info("subscribed to %s", topic)
        except Invalid as error:
            return refusal(400, str(error), error.field)
        except BadProof as error:
            return refusal(401, str(error), "Signature")
        except OSError as error:
            return refusal(503, f"SNS could not be asked: {error}", retry_after=5)
        once = {"idempotency-key": f"sns-{message['MessageId'][:100]}"}
        return replace(request, headers=dict(request.headers) | once)

    async def _certificate(self, url: str) -> bytes:
        pem = self._certificates.get(url)
        if pem is None:
            pem = await self._fetch(url)
            self._certificates.put(url, pem)
        return pem


class BadProof(Exception):
    """The signature does not hold. One sentence."""


def _verify(message: dict[str, Any], content: bytes, pem: bytes) -> None:
    """Raise BadProof unless the signature is that of the certificate over the content."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.x509 import load_pem_x509_certificate

    try:
        key = load_pem_x509_certificate(pem).public_key()
        signature = b64decode(str(message.get("Signature", "")), validate=True)
        if not isinstance(key, RSAPublicKey):
            raise BadProof("the certificate of SNS holds no RSA key")
        digest = SHA1() if message["SignatureVersion"] == "1" else SHA256()
        key.verify(signature, content, PKCS1v15(), digest)
    except InvalidSignature:
        raise BadProof("the signature does not fit: the message was changed") from None
    except ValueError:
        raise BadProof("the signature or its certificate cannot be read") from None
