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
from daraja.result_codes import RESULT_CODES, STK
from gateway.domain.facts import KINDS, Fact
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from tests.simulation.faults import HITS_MIN, MENU, ONCE_IN_A_WORLD, SORTS, At, applies
from tests.simulation.port_calls import port_calls_of_flows, trees
from tests.simulation.stories import STORIES, told_by

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

    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind of fact, Safaricom's result code)."""
    stories: Counter[str] = field(default_factory=Counter)
    """Named orders of events (`stories.py`)."""
    office: Counter[str] = field(default_factory=Counter)
    """What came of what the staff did (`OF_THE_OFFICE`)."""
    log: Counter[str] = field(default_factory=Counter)
    """What came of the audit log (`OF_THE_LOG`)."""

    def learned(self, stood: Mapping[str, Any] | None, facts: Collection[Fact]) -> None:
        """These facts were added to a payment that stood so."""
        status = stood["status"] if stood else NONE
        attempts = {one["number"]: one["status"] for one in stood["attempts"]} if stood else {}
        for fact in facts:
            self.payment_facts[status, fact.KIND] += 1
            number = getattr(fact, "number", None)
            if number:
                self.attempt_facts[attempts.get(number, NONE), fact.KIND] += 1

    def lived(self, facts: Collection[Fact]) -> None:
        """A life is over: which codes it heard, and which of the named orders of events were in it."""
        for fact in facts:
            code = getattr(fact, "result_code", None)
            if code is not None:
                self.codes[fact.KIND, code] += 1
        self.stories.update(told_by(facts))

    def add(self, other: Coverage) -> None:
        """Add another run's."""
        self.codes += other.codes
        self.stories += other.stories
        self.office += other.office
        self.log += other.log
        self.calls += other.calls
        self.payment_facts += other.payment_facts
        self.attempt_facts += other.attempt_facts

    def blind_spots(self, at_calls: Mapping[tuple[str, str, At], int], hits: Mapping[str, int]) -> list[str]:
        """Everything that a long run must have met and this one did not, one sentence each."""
        kinds = kinds_to_meet()
        expected = calls_to_meet()
        hit_anywhere = {(boundary, fault) for _, boundary, fault in at_calls}
        return [
            *_never_met(
                self.payment_facts, PaymentStatus, kinds, IMPOSSIBLE_FOR_PAYMENTS | SELDOM_FOR_PAYMENTS, "a payment"
            ),
            *_never_met(
                self.attempt_facts,
                AttemptStatus,
                kinds & OF_ATTEMPTS,
                IMPOSSIBLE_FOR_ATTEMPTS | SELDOM_FOR_ATTEMPTS,
                "an attempt",
            ),
            *(f"{name} was never called" for name in sorted(expected - {name for _, name in self.calls})),
            *(
                f"{fault} never hit {boundary}"
                for boundary, fault in product(sorted(expected), At)
                if applies(fault, *boundary.split(".")) and (boundary, fault) not in hit_anywhere
            ),
            *(
                f"{fault} never hit {boundary} of {flow}, which was called {times} times"
                for (flow, boundary), times in self.calls.items()
                for fault in At
                if times >= OFTEN
                and is_of_the_storm(boundary)
                and (flow, boundary) not in IN_THE_CALM
                and applies(fault, *boundary.split("."))
                and not at_calls.get((flow, boundary, fault))
            ),
            *(f"{line} never hit" for line in MENU if not hits.get(line)),
            *(f"{kind} never said {code}" for kind, code in codes_to_meet() if not self.codes.get((kind, code))),
            *(f"no life in which: {story}" for story in STORIES if not self.stories.get(story)),
            *(f"no world in which {deed}" for deed in OF_THE_OFFICE if not self.office.get(deed)),
            *(f"no world in which {deed}" for deed in OF_THE_LOG if not self.log.get(deed)),
        ]

    def surprises(self) -> list[str]:
        """What was met although the rules exclude it."""
        return [
            f"{kind} met {what} that stood {status}, {times} times: {impossible[status, kind]}"
            for met, impossible, what in (
                (self.payment_facts, IMPOSSIBLE_FOR_PAYMENTS, "a payment"),
                (self.attempt_facts, IMPOSSIBLE_FOR_ATTEMPTS, "an attempt"),
            )
            for (status, kind), times in met.items()
            if (status, kind) in impossible
        ]


def _never_met(
    met: Mapping[tuple[str, str], int],
    statuses: Iterable[str],
    kinds: Collection[str],
    impossible: Collection[tuple[str, str]],
    what: str,
) -> Iterable[str]:
    for status, kind in product(statuses, sorted(kinds)):
        if (status, kind) not in impossible and not met.get((status, kind)):
            yield f"{kind} never met {what} that stood {status}"


NO_RESULT = {"4999"}
"""It says that there is none yet, and is no fact."""

UNLISTED_CODE = "7431"

BESIDE_THE_STORM = {
    "Links": "a payment link's own item moves no money",
    "Counts": "as above",
    "Outgoings": "payouts have a storm of their own, storm_money_out.py",
    "Transfers": "as above",
    "Webhooks": "deliveries to shops have a world of their own, tests/webhook_world.py",
    "Names": "as above",
    "Sender": "as above",
    "Feed.read_event": "read by the API and by a redelivery",
    "Feed.events_after": "as above",
    "Days.count": "a batch of the stream is counted in the crash matrix",
    "Reconciliations.read_uncounted": "a decision that a process kept and did not count is met in the crash matrix",
    "Balances": "what M-Pesa answers to questions moves no money",
    "Questions": "as above",
    "Transactions": "as above",
    "MpesaQr": "as above",
    "Initiator": "as payouts: storm_money_out.py",
    "Identity": "people and their pages move no money by themselves",
    "Staff": "as above",
    "KeyUses": "as above",
    "Received.read_receipts": "read by pages",
    "Received.waiting_entries": "as above",
    "PublicAddress": "addresses are registered once, by hand",
    "Registrar": "as above",
    "Registrations": "as above",
}
"""Ports, or single calls, that no flow of a storm makes, and why. The crash matrix has them all."""

KINDS_BESIDE_THE_STORM = {
    "noted": "nothing follows from a remark",
    "edited": "no money follows from the shop's own fields",
    "claimed": "by itself it proves nothing; tests/laws/test_claims.py",
    "claim_answered": "as above",
    "refund_reserved": "refunds have a storm of their own, storm_refunds.py",
    "refund_released": "as above",
}
"""Kinds of facts that a storm does not bring, and why."""

IN_THE_CALM = {
    ("reconciliation", name)
    for name in (
        "Books.rows_of_day",
        "Reconciliations.keep_lines",
        "Reconciliations.read_day",
        "Reconciliations.read_decisions",
        "Reconciliations.save_day",
        "Repairs.receipts_of_day",
        "Statements.read_proven",
        "Store.list_payments",
    )
} | {
    ("audit_check", name)
    for name in (
        "AuditLog.append_page",
        "AuditLog.list_pages",
        "AuditLog.read_newest",
        "AuditLog.read_page",
        "Audited.list_day",
        "Audited.list_standing",
        "Audited.read_audit_progress",
        "Audited.read_items",
        "Audited.save_audit_progress",
        "Secrets.read_keys",
    )
}
"""(flow, call): of the morning's comparison and of the nightly check, mostly after the storm. The fault must hit the
call all the same, in whatever flow: staff has days compared in the storm, and the log's weather may last for a night.
"""

OF_THE_OFFICE = (
    "a statement was taken in",
    "a statement was refused",
    "a statement told money of which nobody else had told",
    "a difference was explained",
    "a day was closed",
    "a day was opened again",
    "a closed day had news",
    "closing ended with a closed day",
    "closing ended with open_lines",
    "closing ended with not_complete",
)
"""What must come of statements that are sent and of days that are closed."""

OF_THE_LOG = (
    "a page was hung behind another writer's",
    "a batch came again that was told",
    "a check came to its end",
    "a log was whole",
    "a night found what was altered",
    "what a restore set back was found",
    "what the stream lost was added",
)
"""What must come of the audit log."""

OFTEN = 2_000
"""A flow that made a call at least so often must have met every fault there: it meets each some nine times."""

KINDS_OF_PERSONS = {"corrected", "review_asked", "money_returned"}
"""No flow makes them yet; in a storm they come by the same door."""

OF_ATTEMPTS = {kind for kind, made in KINDS.items() if "number" in made.__dataclass_fields__}


def _excluded(why: str, kinds: str, statuses: str) -> dict[tuple[str, str], str]:
    return {(status, kind): why for kind in kinds.split() for status in statuses.split()}


IMPOSSIBLE_FOR_PAYMENTS: dict[tuple[str, str], str] = {
    **_excluded("none may begin then", "attempt_begun", "pending paid cancelled expired refunded partially_refunded"),
    **_excluded(
        "it is said with the next attempt, while the last one is unresolved",
        "not_charged", "open pending paid failed cancelled expired refunded partially_refunded",
    ),
    **_excluded(
        "only what is open or failed can be cancelled",
        "cancelled", "pending unresolved paid cancelled expired refunded partially_refunded",
    ),
    **_excluded("no deadline runs then", "timer", "unresolved cancelled expired"),
    **_excluded("nothing else can have ended what Daraja refused", "push_refused", "open failed cancelled expired"),
    **_excluded("its attempt is an open question until then", "not_on_statement", "open failed cancelled expired"),
}  # fmt: skip
"""(status before, kind) → the rule that keeps them apart. A run that meets one of these has found something."""

IMPOSSIBLE_FOR_ATTEMPTS: dict[tuple[str, str], str] = {
    **_excluded(
        "a number is begun once",
        "attempt_begun", "sending prompted unknown refused succeeded failed unresolved",
    ),
    **_excluded(
        "only of an unresolved one", "not_charged", "sending prompted unknown refused succeeded failed"
    ),
    **_excluded("an id to ask with comes with news of it", "query", "sending refused"),
    **_excluded("no receipt is credited before the prompt is known", "receipt_taken", "sending refused"),
    **_excluded("a push has one answer", "not_sent push_lost push_refused", "prompted"),
    **_excluded("no deadline runs then", "timer", "refused succeeded failed unresolved"),
    **_excluded("it was never sent", "push_accepted push_lost push_refused", "refused"),
    **_excluded("Safaricom took it", "push_refused", "succeeded failed"),
    **_excluded("Safaricom took it", "not_sent", "failed"),
    **_excluded(
        "silence ends only what nobody answered for",
        "not_on_statement", "sending prompted unknown refused succeeded failed",
    ),
}  # fmt: skip

SELDOM_FOR_ATTEMPTS: dict[tuple[str, str], str] = {
    **_excluded("told of the prompt whose number a restore of the table gave anew", "not_sent", "succeeded"),
    **_excluded("as above", "push_accepted", "prompted"),
}  # fmt: skip

SELDOM_FOR_PAYMENTS: dict[tuple[str, str], str] = {
    **_excluded(
        "the owner of a receipt loses its money only where Safaricom names two receipts for one prompt",
        "receipt_contested", "failed cancelled expired",
    ),
    **_excluded("who assigns is refused then, unless the money goes back meanwhile", "money_assigned", "refunded"),
    **_excluded("a day must be compared in the minutes of another prompt", "not_on_statement", "pending"),
}  # fmt: skip
"""Not excluded, and too seldom to be asked for."""


def codes_to_meet() -> list[tuple[str, str]]:
    """Every result code of an STK push that is on the list, from callbacks and from queries; and one on no list."""
    codes = [*(row.code for row in RESULT_CODES if row.family == STK and row.code not in NO_RESULT), UNLISTED_CODE]
    return [(kind, code) for kind in ("callback", "query") for code in codes]


def too_seldom(hits: Mapping[str, int], sorts: Mapping[tuple[str, str], int]) -> list[str]:
    """Lines that did not hit often enough for a long run, and sorts of faults that never did."""
    return [
        *(f"{line} hit {hits.get(line, 0)} times, wanted {hits_wanted(line)}" for line in MENU if is_short(line, hits)),
        *(f"{line} was never {name}" for line, names in SORTS.items() for name in names if not sorts.get((line, name))),
    ]


def hits_wanted(line: str) -> int:
    """How often a line must hit in a long run."""
    return HITS_MIN["once in a world" if line in ONCE_IN_A_WORLD else "at each step"]


def is_short(line: str, hits: Mapping[str, int]) -> bool:
    """Whether it hit less often than that."""
    return hits.get(line, 0) < hits_wanted(line)


def calls_to_meet() -> set[str]:
    """Calls to ports that a long run must make, and meet with every fault."""
    return {name for name in port_calls_of_flows() if is_of_the_storm(name)}


def is_of_the_storm(name: str) -> bool:
    """Whether a storm must make this call, and meet it with every fault."""
    return name not in BESIDE_THE_STORM and name.partition(".")[0] not in BESIDE_THE_STORM


def kinds_to_meet() -> set[str]:
    """Kinds of facts that a long run must meet in every status."""
    return kinds_made_by_flows() - set(KINDS_BESIDE_THE_STORM) | KINDS_OF_PERSONS


def kinds_made_by_flows() -> set[str]:
    """Kinds of facts that some flow constructs."""
    names = {kind.__name__: name for name, kind in KINDS.items()}
    aliases = {"NotSentFact": "not_sent"}
    called = {node.func.id for node in _nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {names[name] for name in called if name in names} | {aliases[name] for name in called if name in aliases}


def _nodes() -> Iterable[ast.AST]:
    for folder in gateway.flows.__path__:
        for tree in trees(Path(folder)):
            yield from ast.walk(tree)


DOUBTS = {
    "receipt_taken",
    "receipt_contested",
    "review_asked",
    "corrected",
    "money_returned",
    "callback_unreadable",
    "unknown",
}
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
