"""The Questions port over Safaricom's client. It loads httpx and pydantic: import it only when a call is due."""

from __future__ import annotations

from pydantic import ValidationError

from daraja.client import DarajaClient
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from gateway.aws.daraja_port import not_ours_to_send
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.questions import StatusQuestion
from gateway.security import ResultUrls

REMARKS = "Gateway check"


class QuestionsPort:
    """Safaricom, or the simulator at the same paths."""

    def __init__(self, client: DarajaClient) -> None:
        self._client = client

    def ask_balance(self, token: str, credential: InitiatorCredential, shortcode: str, urls: ResultUrls, /) -> str:
        """Safaricom's ConversationID. Raises the errors of `daraja.errors`."""
        try:
            request = AccountBalanceRequest(
                initiator=credential.name,
                security_credential=credential.security_credential,
                result_url=urls.result,
                queue_timeout_url=urls.timeout,
                remarks=REMARKS,
                shortcode=shortcode,
            )
        except ValidationError as error:
            raise not_ours_to_send(error) from None
        return self._client.ask_balance(token, request).conversation_id

    def ask_status(
        self, token: str, credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls, /
    ) -> str:
        """Safaricom's ConversationID. Raises the errors of `daraja.errors`."""
        try:
            request = TransactionStatusRequest(
                initiator=credential.name,
                security_credential=credential.security_credential,
                result_url=urls.result,
                queue_timeout_url=urls.timeout,
                remarks=REMARKS,
                party=question.shortcode,
                receipt=question.receipt,
                originator_conversation_id=question.originator_conversation_id,
            )
        except ValidationError as error:
            raise not_ours_to_send(error) from None
        return self._client.ask_status(token, request).conversation_id
