"""Messages of the retry queue: what could not be kept at once, with its first intake times.

Five kinds: facts for a payment, facts for a payout or refund, money under a receipt, an authentic result whose subject
was not there, and a raw delivery that nobody has checked yet.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gateway.domain.facts import Fact, MoneyReceived, as_plain, from_plain

VERSION = 1
DELIVERY_BODY_BYTES_MAX = 180 * 1024
"""A third more in base64, and with its address still within what a queue takes; a real callback has 1 KB."""


class MessageUnreadable(Exception):
    """A message of the retry queue that this release cannot read. It ends in the dead letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What arrived at a callback address, before any judgement.

    kind: stk, c2b_confirmation, result, timeout. target: payment (hex), shortcode, or the request's name as it stands
    in the address. number: the attempt of a payment, else 0.
    """

    kind: str
    target: str
    number: int
    tag: str
    source_address: str
    body: bytes
    learned_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDelivery:
    """Safaricom's answer to a request of ours, its tag checked. Nothing in the body is proof by itself.

    kind: out, status, balance. subject_id: out_…, ref_…, txn_…, bal_…. number: the attempt, else 0. asked_at_ms: when
    the request was made, to the second. listed: it came from Safaricom's published addresses. timed_out: it is no
    result, but the notice that M-Pesa did not take the request in time; whatever its body says, a result may follow.
    """

    kind: str
    subject_id: str
    number: int
    asked_at_ms: int
    timed_out: bool
    listed: bool
    body: bytes
    learned_at_ms: int


@dataclass(frozen=True, slots=True)
class FactsMessage:
    """Facts for a payment."""

    payment_id: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class OutgoingFactsMessage:
    """Facts for a payout or refund."""

    out_id: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class MoneyMessage:
    """Money that M-Pesa told of, not yet matched."""

    fact: MoneyReceived


Message = FactsMessage | OutgoingFactsMessage | MoneyMessage | ResultDelivery | Delivery


def facts_message(payment_id: str, facts: Iterable[Fact]) -> str:
    """Facts for a payment, as text."""
    return _text("facts", {"payment": payment_id, "facts": {fact.id: as_plain(fact) for fact in facts}})


def outgoing_facts_message(out_id: str, facts: Iterable[Fact]) -> str:
    """Facts for a payout or refund, as text."""
    return _text("out_facts", {"out": out_id, "facts": {fact.id: as_plain(fact) for fact in facts}})


def money_message(fact: MoneyReceived) -> str:
    """Money under a receipt, as text."""
    return _text("money", {"id": fact.id, "fact": as_plain(fact)})


def _carried(body: bytes) -> bytes:
    """The body; of one that is too large its beginning and a NUL: a part must not read as if it were the whole."""
    return body if len(body) <= DELIVERY_BODY_BYTES_MAX else body[: DELIVERY_BODY_BYTES_MAX - 1] + b"\0"


def delivery_message(delivery: Delivery) -> str:
    """A raw delivery, as text. Of a body that no queue takes, its beginning: better unreadable than lost."""
    body = base64.b64encode(_carried(delivery.body)).decode()
    return _text("delivery", asdict(delivery) | {"body": body})


def result_message(delivery: ResultDelivery) -> str:
    """A result whose subject may come later, as text."""
    body = base64.b64encode(_carried(delivery.body)).decode()
    return _text("result", asdict(delivery) | {"body": body})


def read_message(text: str) -> Message:
    """What a message carries. Raises MessageUnreadable."""
    try:
        content = json.loads(text)
        message: Message = _READERS[content["v"], content["what"]](content)
    except (ValueError, KeyError, TypeError) as error:
        raise MessageUnreadable(type(error).__name__) from error
    return message


def _text(what: str, content: dict[str, Any]) -> str:
    return json.dumps({"v": VERSION, "what": what, **content}, separators=(",", ":"))


def _read_facts(content: dict[str, Any]) -> FactsMessage:
    facts = tuple(from_plain(fact_id, plain) for fact_id, plain in content["facts"].items())
    return FactsMessage(content["payment"], facts)


def _read_outgoing_facts(content: dict[str, Any]) -> OutgoingFactsMessage:
    from gateway.domain.money_out.facts import OUT_CODEC  # noqa: PLC0415  callbacks of prompts need not load it

    facts = tuple(OUT_CODEC.from_plain(fact_id, plain) for fact_id, plain in content["facts"].items())
    return OutgoingFactsMessage(content["out"], facts)


def _read_money(content: dict[str, Any]) -> MoneyMessage:
    fact = from_plain(content["id"], content["fact"])
    if not isinstance(fact, MoneyReceived):
        raise TypeError(type(fact).__name__)
    return MoneyMessage(fact)


def _read_delivery(content: dict[str, Any]) -> Delivery:
    fields = {name: content[name] for name in ("kind", "target", "number", "tag", "source_address", "learned_at_ms")}
    return Delivery(body=base64.b64decode(content["body"], validate=True), **fields)


def _read_result(content: dict[str, Any]) -> ResultDelivery:
    names = ("kind", "subject_id", "number", "asked_at_ms", "timed_out", "listed", "learned_at_ms")
    fields = {name: content[name] for name in names}
    return ResultDelivery(body=base64.b64decode(content["body"], validate=True), **fields)


_READERS: dict[tuple[int, str], Any] = {
    (VERSION, "facts"): _read_facts,
    (VERSION, "out_facts"): _read_outgoing_facts,
    (VERSION, "money"): _read_money,
    (VERSION, "result"): _read_result,
    (VERSION, "delivery"): _read_delivery,
}
