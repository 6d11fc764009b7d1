"""A day of ours against the same day of M-Pesa's book, both ways; every difference with a cause and a proposal. Pure.

A day is Nairobi's, by M-Pesa's completion. Ours counts by the time that other news told (callback, confirmation,
query), since that is what the shop has in its own books; so money that was told after midnight shows on both days.
Absence from Pull proves nothing: what only we have is "not seen", and certain once a statement says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.claims import EARLIER_MS
from gateway.domain.days import day_of
from gateway.domain.facts import CallbackReceived, Fact, MoneyReceived, MoneyReturned, Source
from gateway.domain.payment import Credit, PaymentRecord, PaymentState
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.sent import Outgoing
from gateway.domain.statuses import Flag

LISTS = frozenset({Source.PULL, Source.STATEMENT})
"""Sources that are M-Pesa's own book, and so no second opinion about it."""


class LineKind(StrEnum):
    """What differs. The values are part of the API."""

    MISSING_HERE = "missing_here"
    MISSING_AT_MPESA = "missing_at_mpesa"
    AMOUNT_DIFFERS = "amount_differs"
    STATUS_DIFFERS = "status_differs"
    DUPLICATE = "duplicate"
    UNASSIGNED = "unassigned"
    CROSSES_MIDNIGHT = "crosses_midnight"
    PAID_OUT = "paid_out"
    """M-Pesa paid somebody, and no payout or refund of ours has its code."""

    PAYOUT_NOT_IN_STATEMENT = "payout_not_in_statement"
    """M-Pesa said that a payout or refund of ours had succeeded, and the statement that shows others lacks it."""

    LATE = "late"
    """Only beside a closed day: it came, or was settled, after that."""


class Action(StrEnum):
    """What is proposed. Nothing of it is done by itself."""

    ASSIGN = "assign"
    REFUND = "refund"
    TAKE_IN = "take_in"
    WAIT_FOR_STATEMENT = "wait_for_statement"
    BOOK_ON_OTHER_DAY = "book_on_other_day"
    BOOK_ON_OPEN_DAY = "book_on_open_day"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do, with which payment if any, and why."""

    action: Action
    why: tuple[str, ...]
    payment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One difference. ours_kes, mpesa_kes: None where that side does not have it.

    certain False: it may only look so (a list that proves nothing by silence). settled: by what it is explained
    already, empty while somebody must look.
    """

    kind: LineKind
    receipt: str | None
    payment: str | None
    ours_kes: int | None
    mpesa_kes: int | None
    at_ms: int
    proposed: Proposal
    certain: bool = True
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """How many, and how much."""

    count: int
    sum_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OurMoney:
    """A credit of a payment. told_kes, told_at_ms: by others than M-Pesa's lists; None where only lists tell of it."""

    payment: str
    receipt: str | None
    credited_kes: int
    told_kes: int | None
    told_at_ms: int | None
    at_ms: int
    returns: frozenset[str] = frozenset()
    """Receipts under which it went back, as far as we know."""

    surplus: bool = False
    """The payment was covered without it, and it has not gone back."""

    learned_at_ms: int = 0
    """When we first learned of it, from whomever."""

    @property
    def ours_kes(self) -> int:
        """What our own books have."""
        return self.credited_kes if self.told_kes is None else self.told_kes

    @property
    def day(self) -> str:
        """The day on which our own books have it."""
        return day_of(self.at_ms if self.told_at_ms is None else self.told_at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBooks:
    """Everything that a comparison looks at.

    ours: all our money that the day concerns, by whichever side. rows: M-Pesa's of the day. elsewhere: M-Pesa's rows of
    the days beside it, by receipt. receipts: those of the rows that nobody's payment has. foreign: receipts of another
    owner's payments and payouts, which are no matter of this one. covers: whether M-Pesa's book is known for a moment.
    proven: whether statements that add up tell everything of a time, which Pull never does. sent: our payouts and
    refunds by M-Pesa's code. unanswered: those that nobody has answered for. not_looked_for: codes that were too
    many, and may be ours. not_shown: those that succeeded, and that the statement which shows others lacks.
    """

    day: str
    ours: Sequence[OurMoney]
    rows: Sequence[MpesaRow]
    covers: Callable[[int], bool]
    elsewhere: Mapping[str, MpesaRow]
    receipts: Mapping[str, ReceiptRecord]
    proposed: Mapping[str, Proposal]
    foreign: Collection[str] = frozenset()
    proven: Callable[[int, int], bool] = lambda _from_ms, _until_ms: False
    sent: Mapping[str, Outgoing] = field(default_factory=dict)
    unanswered: Sequence[Outgoing] = ()
    not_looked_for: Collection[str] = frozenset()
    not_shown: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of it. not_judged: our money of hours that M-Pesa's book does not cover. fees: what M-Pesa charged."""

    day: str
    ours: Side
    mpesa: Side
    both: Side
    not_judged: Side
    fees_kes: int
    lines: tuple[Line, ...]

    @property
    def difference_kes(self) -> int:
        """M-Pesa's sum without ours."""
        return self.mpesa.sum_kes - self.ours.sum_kes

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """Lines that somebody must look at."""
        return tuple(line for line in self.lines if not line.settled)


# --- our side -----------------------------------------------------------------------------------------------------


def our_money(record: PaymentRecord, state: PaymentState) -> list[OurMoney]:
    """Each credit of a payment as our own books have it."""
    covered_by = 0
    found = []
    for credit in sorted(state.credits, key=lambda one: (one.at_ms, one.receipt or "")):
        facts = [record.facts[fact_id] for fact_id in credit.facts if fact_id in record.facts]
        returns = _returns(record.facts.values(), credit.receipt)
        told = [fact for fact in facts if fact.source not in LISTS]
        found.append(
            OurMoney(
                payment=record.id,
                receipt=credit.receipt,
                credited_kes=credit.amount_kes,
                told_kes=_told_kes(told, credit) if told else None,
                told_at_ms=_told_at_ms(told),
                at_ms=credit.at_ms,
                returns=frozenset(returns),
                surplus=Flag.DUPLICATE_PAYMENT in state.flags
                and covered_by >= record.asked.amount_kes
                and sum(returns.values()) < credit.amount_kes,
                learned_at_ms=min((fact.learned_at_ms for fact in facts), default=0),
            )
        )
        covered_by += credit.amount_kes
    return found


def _returns(facts: Iterable[Fact], receipt: str | None) -> dict[str, int]:
    """What went back of a receipt, by the receipt of its return."""
    return {
        fact.return_receipt: fact.amount_kes
        for fact in facts
        if isinstance(fact, MoneyReturned) and fact.receipt == receipt
    }


def _told_kes(told: Iterable[Fact], credit: Credit) -> int:
    """The amount in other news; a query tells none, so its credit's own."""
    amounts = [
        fact.amount_kes
        for fact in told
        if isinstance(fact, CallbackReceived | MoneyReceived) and fact.amount_kes is not None
    ]
    return amounts[0] if amounts else credit.amount_kes


def _told_at_ms(told: Iterable[Fact]) -> int | None:
    """M-Pesa's time in other news, where one tells it; else when the first of it was learned."""
    facts = list(told)
    completed = [at for fact in facts if (at := getattr(fact, "completed_at_ms", None))]
    return min(completed or [fact.learned_at_ms for fact in facts], default=None)


# --- the comparison -----------------------------------------------------------------------------------------------


def compare(books: DayBooks) -> Comparison:
    """Both sides of a day, and what differs."""
    payments = _payments(books)
    ours = {money.receipt: money for money in books.ours if money.receipt is not None}
    mine = [money for money in books.ours if money.day == books.day]
    both = [receipt for receipt, row in payments.items() if receipt in ours and _agree(ours[receipt], row, books.day)]
    not_judged = [money for money in mine if _is_out_of_sight(money, payments, books)]
    lines = [
        *(line for receipt, row in payments.items() if (line := _of_row(receipt, row, ours.get(receipt), books))),
        *(line for money in books.ours if (line := _of_ours(money, payments, books))),
        *(_surplus(money) for money in mine if money.surplus),
        *_told_twice(_judging(books)),
        *_taken_back(books),
        *_paid_out(books),
        *(_not_in_statement(one) for one in books.not_shown),
        *_not_understood(books),
    ]
    return Comparison(
        day=books.day,
        ours=Side(len(mine), sum(money.ours_kes for money in mine)),
        mpesa=Side(len(payments), sum(row.amount_kes or 0 for row in payments.values())),
        both=Side(len(both), sum(ours[receipt].ours_kes for receipt in both)),
        not_judged=Side(len(not_judged), sum(money.ours_kes for money in not_judged)),
        fees_kes=_charged_kes(books),
        lines=tuple(sorted(lines, key=lambda line: (line.at_ms, line.receipt or "", str(line.kind)))),
    )


def _distinct(rows: Iterable[MpesaRow]) -> list[MpesaRow]:
    """Each row once: lists overlap. In an order of their own, so that no other one matters; statements come last."""
    ordered = sorted(rows, key=lambda row: (row.told_by is Source.STATEMENT, str(row.key), row.completed_at_ms))
    return list({row.key: row for row in ordered}.values())


def _judging(books: DayBooks) -> list[MpesaRow]:
    """The rows that count: of a time that a statement tells everything of, that statement's alone."""
    return [
        row
        for row in _distinct(books.rows)
        if row.told_by is Source.STATEMENT or not books.proven(row.completed_at_ms, row.completed_at_ms)
    ]


def _payments(books: DayBooks) -> dict[str, MpesaRow]:
    """Customers' payments by receipt, but those that another owner's payments have. A statement outranks Pull."""
    paid = [row for row in _judging(books) if row.kind is RowKind.PAYMENT and row.receipt not in books.foreign]
    return {row.receipt: row for row in sorted(paid, key=lambda row: row.told_by is Source.STATEMENT)}


def _charged_kes(books: DayBooks) -> int:
    """What M-Pesa's rows of charges add up to, to the nearest shilling."""
    return (sum(row.cents or 0 for row in _judging(books) if row.kind is RowKind.FEE) + 50) // 100


def _agree(money: OurMoney, row: MpesaRow, day: str) -> bool:
    return money.day == day and money.ours_kes == row.amount_kes


def _is_out_of_sight(money: OurMoney, payments: Mapping[str, MpesaRow], books: DayBooks) -> bool:
    """Whether nobody can say if M-Pesa has it: its hour is in no list that we have."""
    return money.receipt not in payments and money.receipt not in books.elsewhere and not books.covers(money.at_ms)


def _of_row(receipt: str, row: MpesaRow, money: OurMoney | None, books: DayBooks) -> Line | None:
    """What differs about a payment that M-Pesa has on this day."""
    if money is None:
        return _without_payment(receipt, row, books)
    line = _Draft(receipt, money.payment, row.completed_at_ms)
    if money.day != books.day:
        why = f"told on {money.day}, completed by M-PESA on {books.day}"
        return line.of(LineKind.CROSSES_MIDNIGHT, None, row.amount_kes, Action.BOOK_ON_OTHER_DAY, why)
    if money.ours_kes != row.amount_kes:
        why = "M-PESA's list outranks other news about an amount"
        return line.of(LineKind.AMOUNT_DIFFERS, money.ours_kes, row.amount_kes, Action.LOOK, why)
    return None


def _without_payment(receipt: str, row: MpesaRow, books: DayBooks) -> Line:
    known = books.receipts.get(receipt)
    line = _Draft(receipt, None, row.completed_at_ms)
    if known is None:
        cents = "its amount is no whole shillings" if row.amount_kes is None else "M-PESA has it and nothing told us"
        return line.of(LineKind.MISSING_HERE, None, row.amount_kes, Action.TAKE_IN, cents)
    proposed = books.proposed.get(receipt) or Proposal(Action.LOOK, ("no payment fits it",))
    settled = "set aside by a person" if known.standing is Standing.IGNORED else ""
    return Line(
        kind=LineKind.UNASSIGNED,
        receipt=receipt,
        payment=None,
        ours_kes=None,
        mpesa_kes=row.amount_kes,
        at_ms=row.completed_at_ms,
        proposed=proposed,
        settled=settled,
    )


def _of_ours(money: OurMoney, payments: Mapping[str, MpesaRow], books: DayBooks) -> Line | None:
    """What differs about money that we have on this day and M-Pesa has not."""
    if money.day != books.day or money.receipt in payments:
        return None
    line = _Draft(money.receipt, money.payment, money.at_ms)
    there = books.elsewhere.get(money.receipt or "")
    if there is not None:
        why = f"told on {books.day}, completed by M-PESA on {day_of(there.completed_at_ms)}"
        return line.of(LineKind.CROSSES_MIDNIGHT, money.ours_kes, None, Action.BOOK_ON_OTHER_DAY, why)
    if _is_out_of_sight(money, payments, books):
        return None
    if books.proven(money.at_ms - EARLIER_MS, money.at_ms + EARLIER_MS) and money.receipt is not None:
        why = "the statement of this time adds up and does not have it"
        return line.of(LineKind.MISSING_AT_MPESA, money.ours_kes, None, Action.LOOK, why)
    why = (
        "M-PESA said that it was paid, and told no code" if money.receipt is None else "no list of M-PESA shows it yet"
    )
    return line.of(
        LineKind.MISSING_AT_MPESA,
        money.ours_kes,
        None,
        Action.WAIT_FOR_STATEMENT,
        why,
        "absence from Pull proves nothing",
        certain=False,
    )


def _surplus(money: OurMoney) -> Line:
    return _Draft(money.receipt, money.payment, money.at_ms).of(
        LineKind.DUPLICATE, money.ours_kes, money.ours_kes, Action.REFUND, "the payment was covered without it"
    )


def _told_twice(rows: Iterable[MpesaRow]) -> list[Line]:
    """A receipt that M-Pesa lists with two amounts."""
    amounts: dict[str, MpesaRow] = {}
    found = []
    for row in _distinct(rows):
        if row.kind is RowKind.PAYMENT and amounts.setdefault(row.receipt, row).amount_kes != row.amount_kes:
            draft = _Draft(row.receipt, None, row.completed_at_ms)
            why = f"M-PESA lists it with {amounts[row.receipt].amount_kes} as well"
            found.append(draft.of(LineKind.DUPLICATE, None, row.amount_kes, Action.LOOK, why))
    return found


def _taken_back(books: DayBooks) -> list[Line]:
    """Reversals that none of our payments knows of."""
    known = {returned for money in books.ours for returned in money.returns}
    by_receipt = {money.receipt: money for money in books.ours}
    found = []
    for row in _judging(books):
        if row.kind is RowKind.REVERSAL and row.receipt not in known and row.linked not in books.foreign:
            money = by_receipt.get(row.linked) if row.linked else None
            why = f"M-PESA took back {row.linked}" if row.linked else "M-PESA took money back and does not say which"
            draft = _Draft(row.receipt, money.payment if money else None, row.completed_at_ms)
            ours_kes = money.ours_kes if money else None
            found.append(draft.of(LineKind.STATUS_DIFFERS, ours_kes, row.amount_kes, Action.LOOK, why))
    return found


def _paid_out(books: DayBooks) -> list[Line]:
    """Money that went to somebody's phone by nobody's payout of ours, or with another amount than its payout."""
    found = []
    for row in _judging(books):
        if not row.may_be_sent_by_us or row.receipt in books.foreign:
            continue
        draft = _Draft(row.receipt, None, row.completed_at_ms)
        sent = books.sent.get(row.receipt)
        if sent is not None and sent.amount_kes != row.amount_kes:
            why = f"{sent.id} asked for another amount"
            found.append(draft.of(LineKind.AMOUNT_DIFFERS, sent.amount_kes, row.amount_kes, Action.LOOK, why))
        elif sent is None and row.is_to_a_person:
            told = _why_paid_out(row, books)
            certain = row.receipt not in books.not_looked_for
            found.append(draft.of(LineKind.PAID_OUT, None, row.amount_kes, Action.LOOK, *told, certain=certain))
    return found


def _why_paid_out(row: MpesaRow, books: DayBooks) -> Iterable[str]:
    """With payouts of the same amount that nobody answered for."""
    if row.receipt in books.not_looked_for:
        yield f"M-PESA calls it {row.word}; too many went out on this day to look for each"
        return
    yield f"M-PESA calls it {row.word}, and no payout or refund here has its code"
    yield from (
        f"it may be {one.id}, of the same amount, which nobody has answered for"
        for one in books.unanswered
        if one.amount_kes == row.amount_kes
    )


def _not_in_statement(one: Outgoing) -> Line:
    """Nothing is concluded from it: neither that it failed, nor that it may be sent again."""
    why = (
        f"M-PESA said that {one.id} had succeeded",
        "the statement of this time adds up, shows other payouts of the day, and has no row with its code",
    )
    draft = _Draft(one.receipt, one.payment, one.from_ms)
    return draft.of(LineKind.PAYOUT_NOT_IN_STATEMENT, one.amount_kes, None, Action.LOOK, *why)


def _not_understood(books: DayBooks) -> list[Line]:
    """Rows whose word says nothing to us, and that are no payout's: never credited, always shown."""
    return [
        _Draft(row.receipt, None, row.completed_at_ms).of(
            LineKind.UNASSIGNED, None, row.amount_kes, Action.LOOK, f"M-PESA calls it {row.word}: no payment we know of"
        )
        for row in _judging(books)
        if row.kind is RowKind.OTHER and not row.is_to_a_person
        if row.receipt not in books.sent and row.receipt not in books.foreign
    ]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A line before anybody knows what differs."""

    receipt: str | None
    payment: str | None
    at_ms: int

    def of(
        self,
        kind: LineKind,
        ours_kes: int | None,
        mpesa_kes: int | None,
        action: Action,
        *why: str,
        certain: bool = True,
    ) -> Line:
        return Line(
            kind=kind,
            receipt=self.receipt,
            payment=self.payment,
            ours_kes=ours_kes,
            mpesa_kes=mpesa_kes,
            at_ms=self.at_ms,
            proposed=Proposal(action, why, self.payment),
            certain=certain,
        )
