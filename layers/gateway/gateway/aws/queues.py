"""SQS: facts that the table did not take, and payments that somebody waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gateway.ports import QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from gateway.settings import Settings

MESSAGE_BYTES_MAX = 256 * 1024
"""What every queue takes, whatever newer limits an account has."""


class SqsQueues:
    """The Queues port. A queue's address is asked of the settings when it is first needed."""

    def __init__(self, client: Callable[[], SQSClient], settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def send_retry(self, message: str, delay_s: int = 0, /) -> None:
        """A fact or a raw delivery as JSON text; nobody receives it before `delay_s`, 900 at most.

        Raises QueueUnavailable, also for a message that no queue takes.
        """
        size = len(message.encode())
        if size > MESSAGE_BYTES_MAX:
            raise QueueUnavailable(f"The message has {size} bytes; a queue takes {MESSAGE_BYTES_MAX}.")
        url = self._settings.text("RETRY_QUEUE_URL")
        _sent(lambda client: client.send_message(QueueUrl=url, MessageBody=message, DelaySeconds=delay_s), self._client)

    def send_check(self, payment_id: str, bucket: int, /) -> None:
        """Ask the sweep to look now. The body is the payment's id. Raises QueueUnavailable."""
        url = self._settings.text("CHECKS_QUEUE_URL")
        _sent(
            lambda client: client.send_message(
                QueueUrl=url,
                MessageBody=payment_id,
                MessageGroupId=payment_id,
                MessageDeduplicationId=f"{payment_id}:{bucket}",
            ),
            self._client,
        )


def _sent(send: Callable[[SQSClient], object], client: Callable[[], SQSClient]) -> None:
    try:
        send(client())
    except ClientError as error:
        raise QueueUnavailable(f"SendMessage: {error.response.get('Error', {}).get('Code', '')}") from None
    except BotoCoreError as error:
        raise QueueUnavailable(type(error).__name__) from None
