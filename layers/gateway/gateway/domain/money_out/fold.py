"""The fold: what follows from the facts about money that goes out. Pure, total, and blind to their order.

Start here to know when a payout may change its status: `_status`. What a transfer's facts prove: `evidence.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.domain.fact import Fact
from gateway.domain.facts import Corrected
from gateway.domain.money_out import evidence
from gateway.domain.money_out.evidence import Proof, TransferFacts
from gateway.domain.money_out.facts import (
    HEARD_OF,
    Approved,
    ApprovedByPolicy,
    OutDeadline,
    Rejected,
    ResultReceived,
    ResultUnreadable,
    SendAccepted,
    SendBegun,
    StatusAnswered,
)
from gateway.domain.money_out.outgoing import (
    Decision,
    OutgoingAsked,
    OutgoingFlag,
    OutgoingRecord,
    OutgoingState,
    OutgoingStatus,
    Send,
    terms_of,
)
from gateway.domain.money_out.reasons import ALREADY_REVERSED
from gateway.domain.payment import Failure

ROUNDS_MAX = 9
"""So many approvals in a row one payout or refund can take."""


@dataclass(frozen=True, slots=True)
class _Transfer:
    """A transfer with what its facts prove."""

    known: TransferFacts
    method: str
    success: Proof | None
    failure: Failure | None

    @property
    def is_live(self) -> bool:
        """Whether M-Pesa may have it and nobody knows what became of it."""
        return not self.success and not self.failure and bool(self.known.left or _is_known_to_m_pesa(self.known))


@dataclass(frozen=True, slots=True)
class _Round:
    """What one approval allows. is_open: nothing was handed over in it yet, so it may be decided."""

    number: int
    method: str
    terms: str
    is_open: bool


def outgoing_state(record: OutgoingRecord) -> OutgoingState:
    """What follows from the record's facts, whatever order they came in. Any set has an answer."""
    asked, facts = record.asked, tuple(record.facts.values())
    sends = _sends_begun(facts)
    transfers = _transfers(asked, sends, facts)
    rounds = list(_rounds(asked, transfers))
    now_open = rounds[-1] if rounds[-1].is_open else None
    approvals = _decisions(asked, facts, {one.terms for one in rounds})
    status = _status(transfers, now_open, approvals, facts)
    proof = next((one.success for one in transfers if one.success), None)
    last = rounds[-1]
    takes = status in (OutgoingStatus.AWAITING_APPROVAL, OutgoingStatus.APPROVED) or _lives(transfers)
    approved_terms = _approved_terms(now_open, approvals, facts) if takes else ""
    return OutgoingState(
        status=status,
        flags=frozenset(_flags(record, transfers, now_open)),
        approvals=approvals,
        attempts=tuple(_send(one, transfers, facts) for one in sends),
        waiting_for=record.held if approved_terms else None,
        receipt=proof.receipt if proof else None,
        failure=next((one.failure for one in reversed(transfers) if one.failure), None)
        if status is OutgoingStatus.FAILED
        else None,
        recipient_name=proof.recipient_name if proof else "",
        round=last.number,
        method=last.method,
        terms=_offered_terms(now_open, approvals, facts) if takes and not approved_terms else "",
        succeeded_at_ms=proof.at_ms if proof else None,
        approved_terms=approved_terms,
        refusal=transfers[0].failure if asked.fallback else None,
    )


def transfer_of_round(record: OutgoingRecord, method: str) -> int:
    """The number of the transfer that this method is of: 2 for a refund's fallback."""
    return 2 if record.asked.fallback and method == record.asked.fallback else 1


def may_be_sent_again_until_ms(record: OutgoingRecord) -> int | None:
    """Until when a transfer that M-Pesa does not know may be handed over again, with another approval."""
    facts = tuple(record.facts.values())
    live = [one for one in _transfers(record.asked, _sends_begun(facts), facts) if one.is_live]
    return evidence.may_be_sent_again_until_ms(live[-1].known) if live else None


def questions_of(record: OutgoingRecord) -> dict[int, tuple[bool, bool]]:
    """The sends that M-Pesa may be asked about: (the transfer is open, something told waits to be settled)."""
    facts = tuple(record.facts.values())
    found: dict[int, tuple[bool, bool]] = {}
    for one in _transfers(record.asked, _sends_begun(facts), facts):
        if one.known.left:
            found[one.known.left[-1].number] = (one.is_live, evidence.waits_for_a_question(one.known))
    return found


# --- transfers ------------------------------------------------------------------------------------------------


def _sends_begun(facts: Collection[Fact]) -> tuple[SendBegun, ...]:
    """One for each number: the first."""
    begun: dict[int, SendBegun] = {}
    told = (fact for fact in facts if isinstance(fact, SendBegun))
    for fact in sorted(told, key=lambda fact: (fact.said_at_ms, fact.id)):
        begun.setdefault(fact.number, fact)
    return tuple(begun[number] for number in sorted(begun))


def _transfers(asked: OutgoingAsked, sends: tuple[SendBegun, ...], facts: tuple[Fact, ...]) -> list[_Transfer]:
    methods = [asked.method, *([asked.fallback] if asked.fallback else [])]
    found = []
    for number, method in enumerate(methods, start=1):
        known = evidence.transfer_facts(asked, number, sends, facts)
        success = evidence.success_proof(known)
        found.append(_Transfer(known, method, success, None if success else evidence.failure_proof(known)))
    return found


def _is_known_to_m_pesa(known: TransferFacts) -> bool:
    """Whether Safaricom speaks of it, be the send known here or not. Its word on the payment says nothing of this."""
    about = (fact for fact in known.facts if not evidence.is_of_the_payment(known.asked, fact))
    return any(evidence.speaks_of_it(fact) and evidence.is_listed(fact) for fact in about)


def _lives(transfers: list[_Transfer]) -> bool:
    return any(one.is_live for one in transfers) and not any(one.success for one in transfers)


def _rounds(asked: OutgoingAsked, transfers: list[_Transfer]) -> Iterator[_Round]:
    """The rounds up to the one that stands now. The next begins where the one before has left room for it."""
    place = 0
    earlier: set[str] = set()
    done = any(one.success for one in transfers)
    for number in range(1, ROUNDS_MAX + 1):
        transfer = transfers[place]
        terms = terms_of(asked, number, transfer.method)
        is_open = all(send.terms in earlier for send in transfer.known.handed_over)
        yield _Round(number, transfer.method, terms, is_open and not done and not transfer.failure)
        earlier.add(terms)
        if done:
            return
        if transfer.failure:
            if place + 1 == len(transfers) or transfer.failure.code == ALREADY_REVERSED:
                return
            place += 1
        elif is_open or not _has_another_round(transfer, earlier):
            return


def _has_another_round(transfer: _Transfer, earlier: Collection[str]) -> bool:
    """Whether the same transfer may be handed over again, or was, by an approval that came after these rounds."""
    was_sent = any(send.terms not in earlier for send in transfer.known.handed_over)
    return was_sent or evidence.may_be_sent_again_until_ms(transfer.known) is not None


def _send(begun: SendBegun, transfers: list[_Transfer], facts: Collection[Fact]) -> Send:
    transfer = next((one for one in transfers if begun in one.known.sends), transfers[0])
    accepted = [f for f in transfer.known.of_send(begun.number) if isinstance(f, SendAccepted)]
    return Send(
        number=begun.number,
        transfer=transfer.known.number,
        method=begun.method,
        status=_send_status(begun, transfer, facts),
        terms=begun.terms,
        sender=begun.sender,
        originator_conversation_id=begun.originator_conversation_id,
        conversation_id=accepted[0].conversation_id if accepted else None,
        gateway_conversation_id=(accepted[0].originator_conversation_id or None) if accepted else None,
        begun_at_ms=begun.said_at_ms,
        send_before_ms=begun.send_before_ms,
        not_found_since_ms=evidence.not_found_since_ms(transfer.known),
    )


def _send_status(begun: SendBegun, transfer: _Transfer, facts: Collection[Fact]) -> OutgoingStatus:
    """The first line that holds."""
    about = transfer.known.of_send(begun.number)
    heard = [fact for fact in about if isinstance(fact, HEARD_OF)]
    if begun not in transfer.known.handed_over:
        return OutgoingStatus.APPROVED
    if begun not in transfer.known.left:
        return OutgoingStatus.FAILED
    if transfer.success:
        return OutgoingStatus.SUCCEEDED
    if transfer.failure:
        return OutgoingStatus.FAILED
    passed = evidence.deadlines_of(begun.number, facts)
    if OutDeadline.ANSWER in passed:
        return OutgoingStatus.UNRESOLVED
    if any(isinstance(fact, SendAccepted) for fact in about):
        return OutgoingStatus.ACCEPTED
    return OutgoingStatus.UNKNOWN if heard or OutDeadline.SEND_WINDOW in passed else OutgoingStatus.SENDING


# --- the whole ------------------------------------------------------------------------------------------------


def _status(
    transfers: list[_Transfer], now_open: _Round | None, approvals: tuple[Decision, ...], facts: Collection[Fact]
) -> OutgoingStatus:
    """The first line that holds."""
    if any(one.success for one in transfers):
        return OutgoingStatus.SUCCEEDED
    live = [one for one in transfers if one.is_live]
    if live:
        return _live_status(live[-1], facts)
    if now_open is None:
        return OutgoingStatus.FAILED
    if any(one.what == "rejected" and one.terms == now_open.terms for one in approvals):
        return OutgoingStatus.REJECTED
    if OutDeadline.LAPSE in evidence.deadlines_of(-now_open.number, facts):
        return OutgoingStatus.LAPSED
    if _approved_terms(now_open, approvals, facts):
        return OutgoingStatus.APPROVED
    return OutgoingStatus.AWAITING_APPROVAL


def _live_status(transfer: _Transfer, facts: Collection[Fact]) -> OutgoingStatus:
    """Of its last send that may have been taken; unknown where M-Pesa speaks of a send that we do not know."""
    if not transfer.known.left:
        return OutgoingStatus.UNKNOWN
    return _send_status(transfer.known.left[-1], transfer, facts)


def _offered_terms(now_open: _Round | None, approvals: tuple[Decision, ...], facts: Collection[Fact]) -> str:
    """What may be approved now: not what somebody has rejected, or what waited too long."""
    if now_open is None or OutDeadline.LAPSE in evidence.deadlines_of(-now_open.number, facts):
        return ""
    rejected = any(one.what == "rejected" and one.terms == now_open.terms for one in approvals)
    return "" if rejected else now_open.terms


def _approved_terms(now_open: _Round | None, approvals: tuple[Decision, ...], facts: Collection[Fact]) -> str:
    """The terms of the open round, where somebody who may has agreed to them and nobody has rejected them."""
    if now_open is None or OutDeadline.LAPSE in evidence.deadlines_of(-now_open.number, facts):
        return ""
    about = [one for one in approvals if one.terms == now_open.terms and one.valid]
    said = {one.what for one in about}
    return now_open.terms if said == {"approved"} else ""


def _decisions(asked: OutgoingAsked, facts: Collection[Fact], terms: Collection[str]) -> tuple[Decision, ...]:
    """In the order in which they were made. One by the maker, or of other terms, counts for nothing."""
    told = [fact for fact in facts if isinstance(fact, Approved | ApprovedByPolicy | Rejected)]
    told.sort(key=lambda fact: (fact.said_at_ms, fact.id))
    return tuple(_decision(asked, fact, terms) for fact in told)


def _decision(asked: OutgoingAsked, fact: Approved | ApprovedByPolicy | Rejected, terms: Collection[str]) -> Decision:
    subject = getattr(fact, "subject", "")
    own = isinstance(fact, Approved) and bool(asked.maker) and subject == asked.maker
    return Decision(
        what="rejected" if isinstance(fact, Rejected) else "approved",
        subject=subject,
        shown_as=getattr(fact, "shown_as", "policy"),
        at_ms=fact.said_at_ms,
        note=getattr(fact, "note", ""),
        terms=fact.terms,
        valid=fact.terms in terms and not own,
    )


# --- flags ----------------------------------------------------------------------------------------------------


def _flags(record: OutgoingRecord, transfers: list[_Transfer], now_open: _Round | None) -> set[OutgoingFlag]:
    """Each from the set alone. Facts that a person let go no longer count."""
    facts = tuple(record.facts.values())
    lifted = {fact_id for fact in facts if isinstance(fact, Corrected) for fact_id in fact.lifts}
    doubts: dict[OutgoingFlag, list[Fact]] = {
        OutgoingFlag.CONTRADICTED: [fact for one in transfers for fact in _contradictions(one)],
        OutgoingFlag.AMOUNT_MISMATCH: [fact for one in transfers for fact in _other_amounts(one)],
        OutgoingFlag.NEEDS_REVIEW: [*_strange(facts, transfers), *_paid_twice(transfers)],
    }
    flags = {flag for flag, found in doubts.items() if any(fact.id not in lifted for fact in found)}
    if now_open is not None and _lives(transfers):
        flags.add(OutgoingFlag.MAY_BE_SENT_AGAIN)
    return flags


def _contradictions(transfer: _Transfer) -> list[Fact]:
    if transfer.success is None:
        return []
    failures = [fact for fact in transfer.known.facts if evidence.is_valid_failure(transfer.known, fact)]
    receipts = {fact.receipt for fact in transfer.success.facts}
    return [*failures, *(transfer.success.facts if len(receipts) > 1 else ())]


def _other_amounts(transfer: _Transfer) -> list[Fact]:
    told = evidence.invalid_tellings(transfer.known)
    asked_kes = transfer.known.asked.amount_kes
    return [fact for fact in told if getattr(fact, "amount_kes", None) not in (None, asked_kes)]


def _strange(facts: Collection[Fact], transfers: list[_Transfer]) -> list[Fact]:
    """What fits nothing, what cannot be read while nothing else is known, and doubtful news against what is."""
    of_transfers = {fact.id for one in transfers for fact in one.known.facts}
    told = (fact for fact in facts if isinstance(fact, ResultReceived | StatusAnswered | ResultUnreadable))
    found: list[Fact] = [fact for fact in told if fact.id not in of_transfers]
    for one in transfers:
        found += evidence.invalid_tellings(one.known)
        unlisted = [fact for fact in one.known.facts if not evidence.is_listed(fact)]
        found += [fact for fact in unlisted if one.failure and evidence.says_success(fact)]
        found += [] if one.success or one.failure else [f for f in one.known.facts if isinstance(f, ResultUnreadable)]
    return found


def _paid_twice(transfers: list[_Transfer]) -> list[Fact]:
    """A refund whose reversal and whose payout both went through."""
    done = [one.success for one in transfers if one.success]
    return [fact for proof in done for fact in proof.facts] if len(done) > 1 else []
