"""What a run went through, and what a long run must have gone through: a counter at zero is a blind spot.

What is expected is not written down but read: statuses and kinds of facts from the domain, port calls and the facts
that flows make from the flows' source. So a new one is expected from its first day on.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import gateway.flows
from gateway.domain.facts import KINDS, Fact
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from tests.simulation.faults import MENU, At, applies
from tests.simulation.processes import IN_MEMORY

NONE = "none"
"""The payment or attempt did not exist before the fact."""


@dataclass
class Coverage:
    """Counters of one run or of many."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(flow, boundary)."""
    payment_facts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(payment status before, kind of fact)."""
    attempt_facts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(attempt status before, kind of fact)."""

    def learned(self, stood: Mapping[str, Any] | None, facts: Collection[Fact]) -> None:
        """These facts were added to a payment that stood so."""
        status = stood["status"] if stood else NONE
        attempts = {one["number"]: one["status"] for one in stood["attempts"]} if stood else {}
        for fact in facts:
            self.payment_facts[status, fact.KIND] += 1
            number = getattr(fact, "number", None)
            if number:
                self.attempt_facts[attempts.get(number, NONE), fact.KIND] += 1

    def add(self, other: Coverage) -> None:
        """Add another run's."""
        self.calls += other.calls
        self.payment_facts += other.payment_facts
        self.attempt_facts += other.attempt_facts

    def blind_spots(self, at_calls: Mapping[tuple[str, str, At], int], hits: Mapping[str, int]) -> list[str]:
        """Everything that a long run must have met and this one did not, one sentence each."""
        made = kinds_made_by_flows() | {"unknown", *KINDS_OF_PERSONS}
        payment = [pair for pair in product(PaymentStatus, made) if pair not in IMPOSSIBLE_FOR_PAYMENTS]
        attempt = [
            pair for pair in product(AttemptStatus, made & KINDS_OF_ATTEMPTS) if pair not in IMPOSSIBLE_FOR_ATTEMPTS
        ]
        return [
            *(
                f"no {kind} met a payment that stood {status}"
                for status, kind in payment
                if not self.payment_facts[status, kind]
            ),
            *(
                f"no {kind} met an attempt that stood {status}"
                for status, kind in attempt
                if not self.attempt_facts[status, kind]
            ),
            *(f"{name} was never called" for name in port_calls_of_flows() - {name for _, name in self.calls}),
            *(
                f"{fault} never hit {boundary} of {flow}"
                for flow, boundary in self.calls
                for fault in At
                if applies(fault, *boundary.split(".")) and not at_calls.get((flow, boundary, fault))
            ),
            *(f"{line} never hit" for line in MENU if not hits.get(line)),
        ]


KINDS_OF_PERSONS = {"corrected", "review_asked", "money_returned"}
"""No flow makes them yet; in a storm they come by the same door."""

KINDS_OF_ATTEMPTS = {kind for kind, made in KINDS.items() if "number" in made.__dataclass_fields__}

IMPOSSIBLE_FOR_PAYMENTS: dict[tuple[str, str], str] = {}
IMPOSSIBLE_FOR_ATTEMPTS: dict[tuple[str, str], str] = {}


def kinds_made_by_flows() -> set[str]:
    """Kinds of facts that some flow constructs."""
    names = {kind.__name__: name for name, kind in KINDS.items()}
    aliases = {"NotSentFact": "not_sent"}
    called = {node.func.id for node in _nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {names[name] for name in called if name in names} | {aliases[name] for name in called if name in aliases}


def port_calls_of_flows() -> set[str]:
    """`Port.method` of every call to a port in the flows, but for what does not leave the process."""
    found = {
        ast.unparse(node.args[0])
        for node in _nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "call"
    }
    return {name for name in found if not name.startswith("Ambient.") and name.split(".")[1] not in IN_MEMORY}


def _nodes() -> Iterable[ast.AST]:
    for folder in gateway.flows.__path__:
        for file in sorted(Path(folder).glob("*.py")):
            yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


DOUBTS = {"receipt_taken", "receipt_contested", "review_asked", "corrected", "money_returned", "callback_unreadable", "unknown"}
NO_ANSWER_OF_THE_PUSH = {"push_lost", "not_sent", "push_refused"}


def in_conflict(facts: Collection[Fact]) -> bool:
    """Whether two or more facts of a life do not say the same: about a prompt, a receipt, or whether it is over."""
    kinds = {fact.KIND for fact in facts}
    words: dict[int, set[str]] = {}
    receipts = set()
    for fact in facts:
        receipts |= {getattr(fact, "receipt", None)}
        if fact.KIND in ("callback", "query"):
            words.setdefault(getattr(fact, "number", 0), set()).add(getattr(fact, "result_code", ""))
        if fact.KIND in NO_ANSWER_OF_THE_PUSH:
            words.setdefault(getattr(fact, "number", 0), set()).add("")
    money = receipts - {None} or any("0" in said for said in words.values())
    over = kinds & {"cancelled", "timer"} and (money or kinds & {"callback", "query"})
    return bool(len(receipts - {None}) > 1 or any(len(said) > 1 for said in words.values()) or over or kinds & DOUBTS)
