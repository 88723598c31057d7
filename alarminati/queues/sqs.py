"""Amazon SQS: long polls, and messages that stay hidden while they are worked on.

Credentials are those of the configuration, or AWS's own chain: environment, IRSA, instance.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as TransportError
from botocore.exceptions import BotoCoreError, ClientError

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Backlog, Message, QueueLost

HIDDEN = 12  # seconds until a message of a master that died is delivered again
LONG_POLL = 20  # seconds, SQS's own limit
TIMEOUT = 10.0  # seconds for one answer, beyond a long poll
AT_ONCE = 10  # messages of one request, SQS's own limit
REQUESTS = 10  # requests at the same time while messages wait
_LOST = (BotoCoreError, ClientError, TransportError, OSError, TimeoutError)


def open_queue(config: QueueConfig) -> SqsQueue:
    """Return the driver; nothing is connected yet."""
    return SqsQueue(config)


class SqsQueue:
    """One queue, which must exist."""

    def __init__(self, config: QueueConfig) -> None:
        self._config = config
        self._context: Any = None
        self._client: Any = None

    async def open(self) -> None:
        config = self._config
        place = urlsplit(config.url)
        try:
            self._context = get_session().create_client(
                "sqs",
                region_name=config.aws_region,
                endpoint_url=f"{place.scheme}://{place.netloc}",
                aws_access_key_id=config.username or None,
                aws_secret_access_key=config.password.reveal() if config.password else None,
                verify=str(config.ca) if config.ca else None,
                config=AioConfig(
                    connect_timeout=TIMEOUT,
                    read_timeout=LONG_POLL + TIMEOUT,
                    retries={"total_max_attempts": 1},  # the caller tries again
                    max_pool_connections=REQUESTS + 2,
                ),
            )
            self._client = await self._context.__aenter__()
            await self.backlog()
        except QueueLost:
            await self.close()
            raise
        except _LOST as error:
            raise _lost(error) from None

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        found = await self._receive(most, min(int(patience), LONG_POLL))
        if len(found) == AT_ONCE and most > AT_ONCE:  # more wait
            ways = min(REQUESTS, (most - AT_ONCE) // AT_ONCE)
            for more in await _all(self._receive(AT_ONCE, 0) for _ in range(ways)):
                found += more
        return [_message(each) for each in found]

    async def _receive(self, most: int, wait: int) -> list[Any]:
        answer = await self._ask(
            self._client.receive_message(
                QueueUrl=self._config.url,
                MaxNumberOfMessages=min(most, AT_ONCE),
                WaitTimeSeconds=wait,
                VisibilityTimeout=HIDDEN,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            ),
            wait + TIMEOUT,
        )
        return list(answer.get("Messages", ()))

    async def ack(self, messages: Sequence[Message]) -> None:
        await self._in_batches(self._client.delete_message_batch, messages, {})

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        await self._hide(messages, int(delay))

    async def hold(self, messages: Sequence[Message]) -> None:
        await self._hide(messages, HIDDEN)

    async def _hide(self, messages: Sequence[Message], seconds: int) -> None:
        call = self._client.change_message_visibility_batch
        await self._in_batches(call, messages, {"VisibilityTimeout": seconds}, strict=False)

    async def _in_batches(
        self, call: Any, messages: Sequence[Message], more: dict[str, int], strict: bool = True
    ) -> None:
        batches = [
            [
                {"Id": str(number), "ReceiptHandle": message.handle, **more}
                for number, message in enumerate(messages[start : start + AT_ONCE])
            ]
            for start in range(0, len(messages), AT_ONCE)
        ]
        answers = await _all(
            self._ask(call(QueueUrl=self._config.url, Entries=batch)) for batch in batches
        )
        failed = [each for answer in answers for each in answer.get("Failed", ())]
        if failed and strict:
            raise QueueLost(f"SQS: {failed[0].get('Message') or failed[0].get('Code')}"[:500])

    async def bury(self, message: Message, reason: str) -> bool:
        if not self._config.dead_letter:
            return False
        attribute = {"StringValue": reason[:500] or "-", "DataType": "String"}
        await self._ask(
            self._client.send_message(
                QueueUrl=self._config.dead_letter,
                MessageBody=message.body.decode(errors="replace") or "-",
                MessageAttributes={"alarminati-reason": attribute},
            )
        )
        return True

    async def backlog(self) -> Backlog:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = await self._ask(
            self._client.get_queue_attributes(QueueUrl=self._config.url, AttributeNames=names)
        )
        found = answer.get("Attributes", {})
        return Backlog(sum(int(found.get(name, 0)) for name in names))

    async def close(self) -> None:
        if self._client is not None:
            self._client = None
            await self._context.__aexit__(None, None, None)

    async def _ask(self, call: Awaitable[Any], timeout: float = TIMEOUT) -> Any:
        try:
            return await asyncio.wait_for(call, timeout)
        except _LOST as error:
            raise _lost(error) from None


def _message(found: dict[str, Any]) -> Message:
    sent = found.get("Attributes", {}).get("SentTimestamp", "0")
    headers = {
        name.lower(): value["StringValue"]
        for name, value in found.get("MessageAttributes", {}).items()
        if "StringValue" in value
    }
    id, handle = found["MessageId"], found["ReceiptHandle"]
    return Message(id, found.get("Body", "").encode(), int(sent), headers, handle)


async def _all(calls: Any) -> list[Any]:
    """Return all answers; raise the first error once every call has ended."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return list(answers)


def _lost(error: BaseException) -> QueueLost:
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return QueueLost(f"SQS: {said.get('Code')}: {said.get('Message')}"[:500])
    return QueueLost(f"SQS: {str(error) or type(error).__name__}"[:500])
