"""The audit log is read back, page by page, and compared with the table: each night, and whenever somebody asks.

What the log lacks is named, told of by an alarm, and added to the log as a late entry, so that it stands there with the
moment at which it was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.domain.audit.check import OF_THE_TABLE, Check, Finding, Found, differences, late_entries, strange_pages
from gateway.domain.audit.entry import Entry
from gateway.domain.audit.page import opened
from gateway.domain.audit.progress import WAITS_MS, AuditProgress, next_check_ms, since_ms
from gateway.flows.audit.key import read_log_key
from gateway.flows.audit.newest import Newest, listed_newest
from gateway.flows.audit.pages import compare, first_page_since, go_through, history_of, look_for_untold
from gateway.flows.audit.write import append_late
from gateway.ports import Ambient, Flow, call
from gateway.ports.audit import Audited, AuditLog

TIME_RESERVE_MS = 15_000
"""No pages are begun with less than this left."""

LOOKS_APART_MS = 5_000
NAMED_MAX = 20
"""Items of which one asks which part differs; of more, only the items are named."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the log came to. newest: number of the last page. late: entries that had to be added before."""

    pages: int
    entries: int
    items: int
    newest: int
    findings: tuple[Finding, ...]


def verify(first_ms: int | None, last_ms: int | None, patience_ms: int) -> Flow[Verified]:
    """Go through the pages that were written from first_ms to before last_ms (None: from the first, to the last).

    What stands otherwise in the table may be a change that the log is about to tell of: that is waited for, so long.
    Changes nothing. Raises PortError.
    """
    key = yield from read_log_key()
    end = yield from listed_newest(key)
    newest = end.number
    first = 1 if first_ms is None else (yield from first_page_since(key, first_ms, newest))
    last = newest if last_ms is None else (yield from first_page_since(key, last_ms, newest)) - 1
    check = Check(key, first, "" if first == 1 else None)
    while check.at <= last:
        yield from go_through(check, last)
    begun_ms = yield from call(Ambient.now_ms)
    yield from look_for_untold(check, first, first_ms or 0, begun_ms if last_ms is None else last_ms)
    while check.waiting:
        while check.at <= newest and check.waiting:
            yield from go_through(check, newest, compared=False)
        now_ms = yield from call(Ambient.now_ms)
        if not check.waiting or now_ms - begun_ms >= patience_ms:
            break
        yield from call(Ambient.pause, LOOKS_APART_MS)
        newest = (yield from listed_newest(key)).number
        yield from compare(check)
    found = yield from _held_against_the_table(check)
    findings = (*check.findings, *found, *strange_pages(end.strange))
    return Verified(check.pages, check.entries, check.items, newest, findings)


def _held_against_the_table(check: Check) -> Flow[list[Finding]]:
    """What differs of the items that still wait, part by part; the item alone where no part of it is to blame."""
    found: list[Finding] = []
    for number, item in enumerate(sorted(check.waiting)):
        whole = [Finding(what=Found.DIFFERS, item=item)]
        if number >= NAMED_MAX:
            found += whole
            continue
        history = yield from history_of(check.key, item)
        named = differences(check.key, item, history.parts, {**history.seen, **check.waiting[item]})
        gone = [Finding(what=Found.REMOVED, item=item)]
        found += named or ((whole if history.parts else gone) if check.mark_of(item) else [])
    return found


# --- each night -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What a tick did. found: in this run so far. next_ms: when there is something to do; 0: with the next tick."""

    pages: int
    found: int
    next_ms: int


def verify_due() -> Flow[Checked]:
    """Go on with the nightly check as long as there is time, or begin one where it is time for it. Raises PortError."""
    before = yield from call(Audited.read_audit_progress)
    now_ms = yield from call(Ambient.now_ms)
    if not before.is_due(now_ms):
        return Checked(0, before.found, next_check_ms(before))
    key = yield from read_log_key()
    end = yield from listed_newest(key)
    newest = end.number
    progress = before if before.at else (yield from _begun(key, before, end, now_ms))
    check = Check(key, progress.at, progress.before)
    for one in progress.waiting:
        check.wait_for(one.item, one.mark, one.shard, one.place)
    yield from compare(check)
    while check.at <= newest and (yield from call(Ambient.time_left_ms)) >= TIME_RESERVE_MS:
        yield from go_through(check, newest)
    if check.at > newest and not before.at:
        yield from look_for_untold(check, progress.at, since_ms(now_ms), now_ms)
    found = (yield from _judged(check, progress)) if _is_at_its_end(check, progress, newest, now_ms) else None
    after = _went_on(check, progress, newest, now_ms).with_findings(found or ())
    yield from _tell(after.findings[len(before.findings) if before.at else 0 :])
    if found is None:
        yield from call(Audited.save_audit_progress, before, after)
    else:
        after = yield from _end(check, before, after, found, newest, now_ms)
    return Checked(check.pages, after.found, 0 if after.at else next_check_ms(after))


def _begun(key: bytes, before: AuditProgress, end: Newest, now_ms: int) -> Flow[AuditProgress]:
    """A new run. The page with which the last one ended must still be there, and the same.

    A strange page is told of once: with a lock on the bucket nobody can take it away.
    """
    found = strange_pages(set(end.strange) - set(before.strange))
    if before.newest:
        data = yield from call(AuditLog.read_page, before.newest)
        if data is None:
            found.append(Finding(what=Found.PAGE_MISSING, page=before.newest))
        elif opened(key, data).last != before.newest_mark:
            found.append(Finding(what=Found.PAGE_REPLACED, page=before.newest))
    first = yield from first_page_since(key, since_ms(now_ms), end.number)
    return replace(before, strange=end.strange).begun(now_ms, first, found)


def _is_at_its_end(check: Check, progress: AuditProgress, newest: int, now_ms: int) -> bool:
    """Whether all is gone through, and nothing waits for the stream, or has waited long enough."""
    return check.at > newest and (not check.waiting or 0 < progress.judged_ms <= now_ms)


def _went_on(check: Check, progress: AuditProgress, newest: int, now_ms: int) -> AuditProgress:
    """How far the run is now: on its way, or waiting for the stream."""
    waits = check.at > newest and check.waiting and not progress.judged_ms
    return replace(progress.after(check), judged_ms=now_ms + WAITS_MS) if waits else progress.after(check)


def _judged(check: Check, progress: AuditProgress) -> Flow[list[Finding]]:
    """What differs still of what has waited."""
    check.judge_only({one.item: one.mark for one in progress.waiting})
    return (yield from _held_against_the_table(check))


def _end(
    check: Check, before: AuditProgress, after: AuditProgress, found: list[Finding], newest: int, now_ms: int
) -> Flow[AuditProgress]:
    """The run came to the last page. What it found is kept before the log gets it: from then on nothing differs.

    That it ended is told before it is kept: an alarm rings where nobody has told of it for long.
    """
    if found:
        if not (yield from call(Audited.save_audit_progress, before, after)):
            return after  # another run is at work
        before = replace(after, version=before.version + 1)
        yield from _add_late(check, found, now_ms)
    last = (yield from call(AuditLog.read_page, newest)) if newest else None
    ended = after.ended(now_ms, newest, opened(check.key, last or b"").last)
    yield from call(Ambient.report, "audit_checked", {"newest": ended.newest, "found": ended.found})
    yield from call(Audited.save_audit_progress, before, ended)
    return ended


def _add_late(check: Check, findings: Iterable[Finding], now_ms: int) -> Flow[None]:
    """Write into the log what it lacked."""
    by_item: dict[str, list[Finding]] = {}
    for one in findings:
        if one.what in OF_THE_TABLE:
            by_item.setdefault(one.item, []).append(one)
    entries: list[Entry] = []
    for item, found in by_item.items():
        stands = yield from call(Audited.read_items, check.key, (item,))
        entries += late_entries(check.key, item, check.mark_of(item), stands.get(item), found, now_ms)
    if entries:
        yield from append_late(check.key, entries)


def _tell(findings: Iterable[Finding]) -> Flow[None]:
    """One line for each thing that was found, before it is kept: whoever dies in between tells of it again."""
    for one in findings:
        fields = {"what": str(one.what), "page": one.page, "line": one.line, "item": one.item, "part": one.part}
        name = "audit_entry_late" if one.what is Found.LATE else "audit_broken"
        yield from call(Ambient.report, name, fields)
