"""M-PESA as an organisation sees it: takes questions about accounts and transactions, and answers later."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.ports.initiator import InitiatorCredential
from gateway.ports.questions import StatusQuestion
from gateway.security import ResultUrls
from tests.simulation.safaricom import FROM_SAFARICOM

ACCOUNTS = "Working Account|KES|1000.00|1000.00|0.00|0.00&Utility Account|KES|25100.50|25100.50|0.00|0.00"
Deliver = Callable[[int, str, bytes, str], None]


@dataclass(frozen=True)
class Story:
    """How one question is answered. code: of the result. times: how often it is told; 0: it got lost."""

    code: str = "0"
    after_ms: int = 2_000
    times: int = 1
    notice: bool = False
    """The notice of a time-out comes as well, before it."""


@dataclass
class Organisation:
    """stories: for the next questions, in order. transactions: what M-PESA knows, by receipt or conversation id."""

    deliver: Deliver
    now_ms: Callable[[], int]
    stories: deque[Story] = field(default_factory=deque)
    transactions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    def ask_balance(self, _token: str, _credential: InitiatorCredential, shortcode: str, urls: ResultUrls, /) -> str:
        """Answered with what is in the accounts."""
        return self._answer("balance", shortcode, urls, {"AccountBalance": ACCOUNTS})

    def ask_status(
        self, _token: str, _credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls, /
    ) -> str:
        """Answered with what is known of the transaction."""
        about = question.receipt or question.originator_conversation_id or ""
        return self._answer("status", about, urls, self.transactions.get(about))

    def _answer(self, command: str, about: str, urls: ResultUrls, told: Mapping[str, Any] | None) -> str:
        story = self.stories.popleft() if self.stories else Story()
        self.asked.append((command, about, self.now_ms()))
        conversation = f"AG_{len(self.asked):04d}"
        code = story.code if told is not None or story.code != "0" else "R000002"
        body = result_body(code, conversation, told if code == "0" else None)
        if story.notice:
            self._send(urls.timeout, result_body("SVC0403", conversation, None), 1)
        for time in range(story.times):
            self._send(urls.result, body, story.after_ms + time * 3_000)
        return conversation

    def _send(self, url: str, body: bytes, after_ms: int) -> None:
        self.deliver(self.now_ms() + after_ms, "/in/" + url.split("/in/")[1], body, FROM_SAFARICOM)


def result_body(code: str, conversation: str, parameters: Mapping[str, Any] | None) -> bytes:
    """A result as Safaricom writes it."""
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": "",
        "OriginatorConversationID": "16917-1-1",
        "ConversationID": conversation,
        "TransactionID": "UKP0000000",
    }
    if parameters is not None:
        items = [{"Key": name, "Value": value} for name, value in parameters.items()]
        result["ResultParameters"] = {"ResultParameter": items}
    return json.dumps({"Result": result}).encode()
