"""The end of the log's chain. The highest name is not asked for it: whoever may write into the bucket can make one.

A page is of the chain if it lies under the number that its own head tells, and that head fits. The next number follows
from the last such page; what somebody put just behind it keeps its number, and the log goes on behind that. What lies
further away is strange: the check tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.domain.audit.page import Opened, opened
from gateway.ports import Flow, call
from gateway.ports.audit import Audited, AuditLog, LogUnavailable

LISTED_MAX = 1_000
TRIED_MAX = 20
"""So many of the highest numbers are looked at one by one; then the chain is followed from where the last check ended.
"""

OCCUPIED_MAX = 1_000
"""Pages of somebody else just behind the chain's last one that are stepped over."""


@dataclass(frozen=True, slots=True)
class Newest:
    """number: of the last page, 0 for an empty log. page: on whose mark the next one hangs, with the chain's last head.

    strange: numbers that lie beyond it; 0 stands for names that no page has.
    """

    page: Opened | None
    number: int
    strange: tuple[int, ...] = ()


def newest_page(key: bytes) -> Flow[Newest]:
    """May be one that this process remembers, and another has passed. Raises PortError."""
    stored = yield from call(AuditLog.read_newest)
    if stored is None:
        return Newest(None, 0)
    page = opened(key, stored.data)
    if _is_of_the_chain(page, stored.number):
        return Newest(page, stored.number)
    return (yield from _followed(key))


def listed_newest(key: bytes) -> Flow[Newest]:
    """Asked for anew. Raises PortError."""
    listed = yield from call(AuditLog.list_pages, 1)
    if not listed.numbers and not listed.others:
        return Newest(None, 0)
    page = (yield from _opened(key, listed.numbers[0])) if listed.numbers else None
    if page is not None and _is_of_the_chain(page, listed.numbers[0]):
        return Newest(page, listed.numbers[0])
    return (yield from _followed(key))


def _is_of_the_chain(page: Opened, number: int) -> bool:
    return page.head is not None and page.head.page == number


def _opened(key: bytes, number: int) -> Flow[Opened | None]:
    data = yield from call(AuditLog.read_page, number)
    return opened(key, data) if data is not None else None


def _of_the_chain(key: bytes, number: int) -> Flow[Opened | None]:
    """The page of this number, if it is the chain's."""
    page = yield from _opened(key, number)
    return page if page is not None and _is_of_the_chain(page, number) else None


def _followed(key: bytes) -> Flow[Newest]:
    """Where something else lies under the highest name."""
    listed = yield from call(AuditLog.list_pages, LISTED_MAX)
    last = 0
    for number in listed.numbers[:TRIED_MAX]:
        if (yield from _of_the_chain(key, number)) is not None:
            last = number
            break
    if not last:
        last = yield from _from_the_last_check(key)
    page, number = yield from _over_what_is_occupied(key, last)
    beyond = [one for one in listed.numbers if one > number]
    strange = [0] if listed.others else []
    for one in beyond[:TRIED_MAX]:
        just_written = (yield from _of_the_chain(key, one)) is not None
        strange += [] if just_written else [one]
    return Newest(page, number, tuple(strange))


def _from_the_last_check(key: bytes) -> Flow[int]:
    """The chain's last page, from where the last nightly check ended. 0: nothing of a chain is there."""
    progress = yield from call(Audited.read_audit_progress)
    begins = progress.newest or 1
    page = yield from _opened(key, begins)
    if page is None and progress.newest:
        raise LogUnavailable("Neither the newest pages nor that of the last check are there.")
    if page is None or not _is_of_the_chain(page, begins):
        return 0 if page is None else begins
    return (yield from _last_from(key, begins))


def _last_from(key: bytes, begins: int) -> Flow[int]:
    """The last page of the chain behind one of it: pages have no gaps."""
    low, step = begins, 1
    while (yield from _of_the_chain(key, low + step)) is not None:
        low, step = low + step, step * 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        stands = (yield from _of_the_chain(key, middle)) is not None
        low, high = (middle, high) if stands else (low, middle)
    return low


def _over_what_is_occupied(key: bytes, last: int) -> Flow[tuple[Opened | None, int]]:
    """The last number that is taken without a gap behind the chain's last page, and on what the next page hangs."""
    page = (yield from _opened(key, last)) if last else None
    head, number = (page.head if page is not None else None), last
    for _ in range(OCCUPIED_MAX):
        behind = yield from _opened(key, number + 1)
        if behind is None:
            return (replace(page, head=head) if page is not None else None), number
        number += 1
        page = behind
        if _is_of_the_chain(behind, number):
            number = yield from _last_from(key, number)
            page = yield from _opened(key, number)
            head = page.head if page is not None else head
    raise LogUnavailable("Too many pages that are not the log's own lie behind its last one.")
