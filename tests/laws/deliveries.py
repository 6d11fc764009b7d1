"""Deliveries in plain values, brought to the gateway by its one way in, by one process or by several at once.

The plain form is the oracle's (`oracle.py`); here it becomes the gateway's facts, and the gateway's state becomes
plain again, so that both can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain import facts as words
from gateway.domain.facts import Fact, MoneyReceived, Source
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.ports import Call, Flow
from tests import gateway_samples as sample
from tests.memory_store import MemoryStore, MemoryWorld

T0_MS = sample.AT_MS
AMOUNT_KES = 100
SHORTCODE = "174379"
REFERENCE = "INV1042"
PHONE = "254712345678"
IDS = ("ws_CO_1_712345678", "29115-1-1")
OTHER_IDS = ("ws_CO_2_712345678", "29115-2-1")
R1, R2 = "SGL31QW9XY", "SGL77AA2BB"
SETTINGS = FlowSettings()

Plain = Mapping[str, Any]


def told(kind: str, said_s: float, name: str = "", **values: Any) -> dict[str, Any]:
    """A delivery `said_s` seconds after the start, learned then unless `learned_s` says otherwise."""
    learned_s = values.pop("learned_s", said_s)
    at, learned = T0_MS + int(said_s * 1000), T0_MS + int(learned_s * 1000)
    return {"name": name or f"{kind}@{said_s}", "kind": kind, "said": at, "learned": learned, **values}


def begun(n: int = 1, said_s: float = 0, amount: int = AMOUNT_KES) -> dict[str, Any]:
    """Attempt n was written."""
    return told("begun", said_s, f"begun {n}", n=n, amount=amount)


def callback(code: str, said_s: float, name: str, **values: Any) -> dict[str, Any]:
    """Safaricom's callback, listed and with the push's ids unless said otherwise. A success names R1 and 100."""
    paid = code == "0"
    usual = {
        "n": 1,
        "ids": IDS,
        "amount": AMOUNT_KES if paid else None,
        "receipt": R1 if paid else None,
        "listed": True,
        "confirm": False,
        "done": T0_MS + 11_000 if paid else None,
    }
    return told("callback", said_s, name, code=code, **(usual | values))


def query(code: str, said_s: float, **values: Any) -> dict[str, Any]:
    """A query asked at `said_s` and answered a second later."""
    usual = {"n": 1, "checkout": IDS[0], "learned_s": said_s + 1}
    return told("query", said_s, f"query {code} @{said_s}", code=code, **(usual | values))


def money(receipt: str, said_s: float, name: str, **values: Any) -> dict[str, Any]:
    """Money under a receipt: a C2B confirmation of 100 with our reference unless said otherwise."""
    usual = {
        "by": "c2b",
        "amount": AMOUNT_KES,
        "shortcode": SHORTCODE,
        "reference": REFERENCE,
        "assigned": False,
        "done": T0_MS + int(said_s * 1000) - 1,
    }
    return told("money", said_s, name, receipt=receipt, **(usual | values))


def accepted(said_s: float = 1, n: int = 1, ids: tuple[str, str] = IDS) -> dict[str, Any]:
    """Daraja took the prompt."""
    return told("accepted", said_s, f"accepted {n}", n=n, ids=ids)


def fact_of(d: Plain) -> Fact:
    """The gateway's fact for a delivery."""
    return _MAKERS[d["kind"]](d, {"said_at_ms": d["said"], "learned_at_ms": d["learned"]})


def _begun(d: Plain, at: Any) -> Fact:
    return words.AttemptBegun(
        number=d["n"],
        phone=PHONE,
        amount_kes=d["amount"],
        sender=f"{d['n']:024d}",
        send_before_ms=d["said"] + 8_000,
        **at,
    )


def _callback(d: Plain, at: Any) -> Fact:
    return words.CallbackReceived(
        number=d["n"],
        result_code=d["code"],
        checkout_request_id=d["ids"][0],
        merchant_request_id=d["ids"][1],
        amount_kes=d["amount"],
        receipt=d["receipt"],
        completed_at_ms=d["done"],
        from_safaricom=d["listed"],
        demands_query=d["confirm"],
        **at,
    )


def _money(d: Plain, at: Any) -> Fact:
    return MoneyReceived(
        told_by=Source(d["by"]),
        receipt=d["receipt"],
        amount_kes=d["amount"],
        shortcode=d["shortcode"],
        reference=d["reference"],
        completed_at_ms=d["done"],
        assigned_by="staff" if d["assigned"] else "",
        **at,
    )


def _returned(d: Plain, at: Any) -> Fact:
    return words.MoneyReturned(
        told_by=Source.STATEMENT,
        receipt=d["receipt"],
        return_receipt=d["under"],
        amount_kes=d["amount"],
        external=d["external"],
        **at,
    )


_MAKERS: dict[str, Callable[[Plain, Any], Fact]] = {
    "begun": _begun,
    "accepted": lambda d, at: words.PushAccepted(
        number=d["n"], checkout_request_id=d["ids"][0], merchant_request_id=d["ids"][1], **at
    ),
    "refused": lambda d, at: words.PushRefused(number=d["n"], code="400.002.02", cause=d["cause"], **at),
    "not_sent": lambda d, at: words.NotSent(number=d["n"], reason=words.NotSentReason(d["cause"]), **at),
    "lost": lambda d, at: words.PushLost(number=d["n"], why="connection_cut", **at),
    "callback": _callback,
    "unreadable": lambda d, at: words.CallbackUnreadable(number=d["n"], digest="d" * 32, why="not_json", **at),
    "query": lambda d, at: words.QueryAnswered(
        number=d["n"], result_code=d["code"], checkout_request_id=d["checkout"], **at
    ),
    "money": _money,
    "returned": _returned,
    "cancelled": lambda _, at: words.Cancelled(actor="key_1", **at),
    "not_charged": lambda d, at: words.NotCharged(number=d["n"], actor="payer", **at),
    "unlisted": lambda d, at: words.NotOnStatement(number=d["n"], statement="stm_1", **at),
    "review": lambda _, at: words.ReviewAsked(reason="ids", **at),
    "contested": lambda d, at: words.ReceiptContested(receipt=d["receipt"], **at),
    "given": lambda d, at: words.MoneyAssigned(receipt=d["receipt"], payment=sample.payment_id(1), actor="amina", **at),
    "aside": lambda d, at: words.MoneySetAside(
        receipt=d["receipt"], turn=d["turn"], aside=d["aside"], actor="amina", **at
    ),
    "elsewhere": lambda d, at: words.MoneyGivenElsewhere(
        receipt="SGL99ZZ9ZZ", payment=sample.payment_id(2), amount_kes=d["amount"], actor="amina", **at
    ),
    "taken": lambda d, at: words.ReceiptTaken(number=d["n"], receipt=d["receipt"], **at),
    "corrected": lambda d, at: words.Corrected(lifts=d["ids"], actor="person", note="looked", **at),
    "timer": lambda d, at: words.TimerPassed(deadline=words.Deadline(d["deadline"]), number=d["n"], **at),
}


# --- the gateway ----------------------------------------------------------------------------------------------


def payment(store: MemoryStore, *beginning: Plain, number: int = 1, **asked: Any) -> PaymentRecord:
    """A stored payment that holds these deliveries already."""
    record = sample.record(number, [fact_of(d) for d in beginning], **asked)
    state = SETTINGS.state(record)
    assert store.create_payment(record, SETTINGS.indexed(record, state)) is None
    return record


def bring(payment_id: str, d: Plain) -> Flow[Any]:
    """The flow that takes this delivery: money by its receipt, all else to its payment (`to`: another one's number)."""
    fact = fact_of(d)
    payment_id = sample.payment_id(d["to"]) if "to" in d else payment_id
    if isinstance(fact, MoneyReceived) and not fact.assigned_by and not d.get("direct"):
        return receive_money(fact, SETTINGS)
    return keep(payment_id, lambda _: (fact,), SETTINGS)


def shown(record: PaymentRecord) -> dict[str, Any]:
    """The payment as the gateway has it, in the oracle's form."""
    return plain_state(state_of(record.asked, record.facts))


def plain_state(state: PaymentState) -> dict[str, Any]:
    """A state in the oracle's form."""
    return {
        "status": str(state.status),
        "flags": sorted(str(flag) for flag in state.flags),
        "credits": sorted((credit.receipt or "", credit.amount_kes) for credit in state.credits),
        "attempts": {attempt.number: str(attempt.status) for attempt in state.attempts},
        "failures": {attempt.number: attempt.failure.code for attempt in state.attempts if attempt.failure},
        "safe": state.safe_to_fulfil,
    }


# --- processes that run at once -------------------------------------------------------------------------------


@dataclass
class Process:
    """A process with flows to run one after the other. Each `step` carries out one call that leaves it."""

    world: MemoryWorld
    flows: list[Flow[Any]]
    results: list[Any] = field(default_factory=list)
    _next: Call | None = None

    @property
    def done(self) -> bool:
        """Nothing left to do."""
        return self._next is None and not self.flows

    def step(self) -> None:
        """One call to store, queue or Daraja; what does not leave the process costs no step."""
        if self._next is None:
            self._go_on(None, None)
        while self._next is not None:
            asked, answer, error = self._next, None, None
            try:
                answer = self.world.perform(asked)
            except Exception as raised:  # noqa: BLE001  the flow decides what it means
                error = raised
            self._go_on(answer, error)
            if asked.port != "Ambient":
                return

    def _go_on(self, answer: Any, error: Exception | None) -> None:
        """Up to the flow's next call, or its end."""
        flow = self.flows[0]
        try:
            self._next = flow.throw(error) if error is not None else flow.send(answer)
        except StopIteration as stop:
            self.results.append(stop.value)
            self._next = None
            self.flows.pop(0)


def run_together(processes: Sequence[Process], schedule: Iterable[int]) -> None:
    """Step the processes in the order of the schedule (indices), then in turn until all are done."""
    for index in schedule:
        if not processes[index].done:
            processes[index].step()
    while not all(process.done for process in processes):
        for process in processes:
            if not process.done:
                process.step()
