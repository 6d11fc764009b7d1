"""What customers paid, from M-Pesa's own list: each row is kept in M-Pesa's book, and is a fact of its payment.

The mark moves only once every row of a stretch is kept, so a run that ends early is taken up where it was; a row that
is known already costs a read and nothing more. Absence from the list proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, TokenRejected
from gateway import security
from gateway.domain.days import day_of
from gateway.domain.facts import Fact, MoneyReceived, MoneyReturned, Source
from gateway.domain.policy import MINUTE_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.rows import MpesaRow, PulledRow, RowKind, kind_of
from gateway.domain.reconciliation.windows import (
    AGAIN_AFTER_MS,
    LONGEST_MS,
    SURE_AFTER_MS,
    PullMark,
    Stretch,
    first_mark,
    halved,
    is_time,
    next_ask_ms,
    next_stretch,
)
from gateway.domain.shop import Shortcode
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Ambient, Flow, Keys, PortError, Secrets, Store, call
from gateway.ports.reconciliation import BookPage, Books, Pull, PulledPage
from gateway.ports.repairs import Repairs

TIME_RESERVE_MS = 14_000
"""No page is asked for with less than this left: one question at its slowest, and the writes that follow it."""

ENDING = 3
"""Digits of the payer's number that are kept, for a person to compare."""

PASSES_MAX = 3
"""So often a stretch is read again in one run because its rows shifted under the reader."""


class Read(Enum):
    """How the reading of a stretch ended."""

    WHOLE = auto()
    SHIFTED = auto()
    DOUBTFUL = auto()
    UNFINISHED = auto()


@dataclass(frozen=True, slots=True)
class Pulled:
    """rows: that Safaricom showed. next_ms: when there is something to ask again; None: no shortcode is registered."""

    rows: int
    failed: int
    next_ms: int | None


@dataclass(slots=True)
class Reader:
    """One shortcode that is being read."""

    code: Shortcode
    keys: Keys
    settings: FlowSettings
    after_ms: int = AGAIN_AFTER_MS
    """What is closed is read once it is so long."""

    rows: int = 0
    names: set[tuple[str, str, int | None]] = field(default_factory=set)
    """The rows of the stretch that is being read, whichever pass showed them."""


def pull_due(settings: FlowSettings) -> Flow[Pulled]:
    """Ask about each registered shortcode whose time has come, as far as this invocation's time goes."""
    codes = yield from pulled_shortcodes()
    rows = failed = 0
    upcoming: list[int] = []
    for code in codes:
        reader = Reader(code, (yield from call(Secrets.read_keys)), settings)
        fine, next_ms = yield from _safely(reader)
        rows, failed = rows + reader.rows, failed + (not fine)
        upcoming.append(next_ms)
    return Pulled(rows, failed, min(upcoming, default=None))


def catch_up(code: Shortcode, settings: FlowSettings) -> Flow[bool]:
    """Read what is closed since the last time, for somebody who waits. False: not all of it; what failed is told."""
    reader = Reader(code, (yield from call(Secrets.read_keys)), settings, after_ms=MINUTE_MS)
    fine, _ = yield from _safely(reader)
    return fine


def pulled_shortcodes() -> Flow[tuple[Shortcode, ...]]:
    """Every shortcode that is registered for Pull, whoever's it is, once."""
    shops = yield from call(Repairs.shops)
    found = {code.business_number: code for shop in shops for code in shop.shortcodes if code.pull}
    return tuple(found[number] for number in sorted(found))


def _safely(reader: Reader) -> Flow[tuple[bool, int]]:
    """Whether it went well, and when to ask again; what one shortcode raises holds no other up."""
    number = reader.code.business_number
    now_ms = yield from call(Ambient.now_ms)
    try:
        return True, (yield from _pull(reader))
    except NotSent as error:
        yield from call(Ambient.report, "pull_held_up", {"shortcode": number, "reason": str(error.reason)})
    except (DarajaError, PortError) as error:
        yield from call(Ambient.report, "pull_failed", {"shortcode": number, "error": type(error).__name__})
    return False, now_ms


def _pull(reader: Reader) -> Flow[int]:
    """Read stretch after stretch until all that is closed is known; when to ask again."""
    number = reader.code.business_number
    stored = yield from call(Books.read_pull_mark, number)
    now_ms = yield from call(Ambient.now_ms)
    mark = stored or first_mark(number, now_ms)
    if mark.is_late(now_ms):
        behind = {"shortcode": number, "hours": (now_ms - mark.complete_until_ms) // 3_600_000}
        yield from call(Ambient.report, "pull_late", behind)
    longest_ms: int | None = LONGEST_MS
    while longest_ms is not None and is_time(mark, now_ms, reader.after_ms):
        stretch = next_stretch(mark, now_ms, longest_ms)
        if stretch is None:
            break
        try:
            read = yield from read_stretch(reader, stretch)
        except MaybeSent as error:
            if error.reason is not MaybeSentReason.ANSWER_TOO_LARGE:
                raise
            longest_ms = halved(stretch.until_ms - stretch.from_ms)
            continue
        if read is not Read.WHOLE and not (read is Read.DOUBTFUL and now_ms - stretch.until_ms >= SURE_AFTER_MS):
            break
        moved = mark.after(stretch)
        if not (yield from call(Books.save_pull_mark, stored, moved)):
            break
        yield from _tell_of_gap(mark, moved)
        stored = mark = moved
        now_ms = yield from call(Ambient.now_ms)
    return next_ask_ms(mark)


def _tell_of_gap(before: PullMark, after: PullMark) -> Flow[None]:
    """Rows went out of reach before anybody asked for them: only a statement shows them now."""
    if after.gaps != before.gaps:
        gap = after.gaps[-1]
        minutes = (gap.until_ms - gap.from_ms) // 60_000
        yield from call(Ambient.report, "pull_gap", {"shortcode": after.shortcode, "minutes": minutes})


# --- reading ------------------------------------------------------------------------------------------------------


def read_stretch(reader: Reader, stretch: Stretch) -> Flow[Read]:
    """Every row of a stretch, kept. Read once more while rows shift. Raises DarajaError, PortError.

    What the last pass shows nothing new of is whole, even if its pages did not meet: nobody knows how Safaricom counts.
    """
    before = 0
    reader.names.clear()
    for _ in range(PASSES_MAX):
        before = len(reader.names)
        read = yield from _one_pass(reader, stretch)
        if read is not Read.SHIFTED:
            return read
    yield from call(Ambient.report, "pull_rows_shift", {"shortcode": reader.code.business_number})
    return Read.WHOLE if len(reader.names) == before else Read.SHIFTED


def _one_pass(reader: Reader, stretch: Stretch) -> Flow[Read]:
    """Page after page until one brings nothing. Each begins with the last row of the page before: else rows shifted.

    Behind a page with a row that cannot be read nothing tells whether they did.
    """
    last: PulledRow | None = None
    seen = 0
    while True:
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            return Read.UNFINISHED
        again = 0 if last is None else 1
        page = yield from _ask(reader, stretch, seen - again)
        if seen == 0 and page.doubtful:
            return Read.DOUBTFUL
        if last is not None and (not page.rows or _name(page.rows[0]) != _name(last)):
            return Read.SHIFTED
        if page.told <= again:
            return Read.WHOLE
        rows = page.rows[again:]
        yield from _keep(reader, stretch, seen, rows)
        seen += page.told - again
        last = rows[-1] if len(page.rows) == page.told else None
        reader.rows += len(rows)
        reader.names |= {_name(row) for row in rows}
        if last is None:
            unreadable = {"shortcode": reader.code.business_number, "rows": page.told - len(page.rows)}
            yield from call(Ambient.report, "pull_row_unreadable", unreadable)


def _name(row: PulledRow) -> tuple[str, str, int | None]:
    return row.receipt, row.word, row.amount_kes


def _ask(reader: Reader, stretch: Stretch, offset: int) -> Flow[PulledPage]:
    """One page; once more with another token if the first is refused."""
    asked = (reader.code.business_number, stretch.from_ms, stretch.until_ms, offset)
    token = yield from access_token()
    try:
        return (yield from call(Pull.rows, token.value, *asked))
    except TokenRejected:
        token = yield from replace_rejected(token)
    return (yield from call(Pull.rows, token.value, *asked))


# --- keeping ------------------------------------------------------------------------------------------------------


def keep_in_book(book: str, source: Source, part: str, rows: Sequence[MpesaRow], now_ms: int) -> Flow[None]:
    """Keep rows as M-Pesa told them, a page for each day. part: names what they came with, the same each time."""
    by_day: defaultdict[str, list[MpesaRow]] = defaultdict(list)
    for row in rows:
        by_day[day_of(row.completed_at_ms)].append(row)
    for day, of_day in by_day.items():
        page = BookPage(shortcode=book, day=day, source=source, part=part, rows=tuple(of_day), learned_at_ms=now_ms)
        yield from call(Books.keep_page, page)


def _keep(reader: Reader, stretch: Stretch, place: int, pulled: Sequence[PulledRow]) -> Flow[None]:
    """First M-Pesa's book, as it was told; then what follows for payments."""
    now_ms = yield from call(Ambient.now_ms)
    rows = [row.as_row(stretch.from_ms, stretch.until_ms) for row in pulled]
    part = f"{stretch.from_ms}.{place:06d}"
    yield from keep_in_book(reader.code.business_number, Source.PULL, part, rows, now_ms)
    facts = [fact for row in pulled if (fact := money_fact(row, reader.code, stretch, reader.keys, now_ms))]
    yield from take_rows(rows, facts, reader.settings)


def take_rows(rows: Iterable[MpesaRow], facts: Sequence[MoneyReceived], settings: FlowSettings) -> Flow[None]:
    """What follows for payments from rows of one of M-Pesa's lists. facts: of those that customers paid."""
    for fact in (yield from _not_known(facts)):
        yield from receive_money(fact, settings)
    for row in rows:
        if row.kind is RowKind.REVERSAL:
            yield from _take_reversal(row, settings)


def money_fact(row: PulledRow, code: Shortcode, stretch: Stretch, keys: Keys, now_ms: int) -> MoneyReceived | None:
    """The row as a fact; None when it is no customer's payment, or not in whole shillings."""
    if kind_of(row.word) is not RowKind.PAYMENT or not row.amount_kes:
        return None
    return MoneyReceived(
        told_by=Source.PULL,
        receipt=row.receipt,
        amount_kes=row.amount_kes,
        shortcode=code.number,
        reference=row.reference,
        completed_at_ms=row.completed_at_ms(stretch.from_ms, stretch.until_ms),
        payer_name=row.payer_name or "",
        payer_key=security.payer_key(keys.phone, row.payer_phone or ""),
        phone_ending=(row.payer_phone or "")[-ENDING:],
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _not_known(facts: Sequence[MoneyReceived]) -> Flow[list[MoneyReceived]]:
    """Those that are not where they belong yet: lists overlap, so most rows come twice."""
    if not facts:
        return []
    records = yield from call(Books.read_receipts, tuple(fact.receipt for fact in facts))
    receipts = {record.receipt: record for record in records}
    owners = tuple(dict.fromkeys(record.owner for record in records if record.owner is not None))
    payments = (yield from call(Store.read_payments, owners)) if owners else ()
    known = {payment.id: payment.facts for payment in payments}
    return [fact for fact in facts if fact.id not in _facts_at_place(receipts.get(fact.receipt), known)]


def _facts_at_place(receipt: ReceiptRecord | None, payments: Mapping[str, Mapping[str, Fact]]) -> Mapping[str, Fact]:
    """The facts of whoever owns the receipt: its payment, or, while nobody does, the receipt's own item."""
    if receipt is None:
        return {}
    return receipt.facts if receipt.owner is None else payments.get(receipt.owner, {})


def _take_reversal(row: MpesaRow, settings: FlowSettings) -> Flow[None]:
    """Money went back on Safaricom's side: its payment gets the fact, if the row says which receipt it was."""
    reversed_ = (yield from call(Store.read_receipt, row.linked)) if row.linked else None
    if reversed_ is None or reversed_.owner is None or not row.amount_kes:
        yield from call(Ambient.report, "reversal_unmatched", {"receipt": row.receipt})
        return
    now_ms = yield from call(Ambient.now_ms)
    fact = MoneyReturned(
        told_by=row.told_by,
        receipt=row.linked,
        return_receipt=row.receipt,
        amount_kes=row.amount_kes,
        external=True,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    yield from keep(
        reversed_.owner, lambda record: () if _knows_return(record.facts.values(), row.receipt) else (fact,), settings
    )


def _knows_return(facts: Iterable[Fact], return_receipt: str) -> bool:
    """Whether this return is known already: by the list itself, or since we made it."""
    return any(isinstance(fact, MoneyReturned) and fact.return_receipt == return_receipt for fact in facts)
