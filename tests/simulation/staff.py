"""The shop's staff in a storm: they send M-Pesa's statement, explain what differs, close days and open them again.

Whoever gets no answer tries again, as people do; some give up, and what was begun is gone on with by the ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from random import Random
from typing import Any

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import DecisionKind, explanations, line_id, open_lines
from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState
from gateway.flows.reconciliation.decide import Refusal, Wish, close_day, decide, read_book
from gateway.flows.reconciliation.plan import plan_days, plan_statement
from gateway.flows.reconciliation.run import reconcile_now
from gateway.flows.reconciliation.statement import NoFile, begin_statement, take_in
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, call
from gateway.ports.statements import StatementFiles, Statements
from tests.simulation.office import HOUR_MS, OPENS_MS
from tests.simulation.portal import SPOILERS, Sheet, spoilt
from tests.simulation.processes import End
from tests.simulation.script import Actor, Script
from tests.simulation.storm import Storm
from tests.simulation.world import SHOP, SHORTCODE

NUMBER = SHORTCODE.business_number
TRIES, EXPLAINED_AT_ONCE = 6, 12
WAITS_MS = (500, 20_000, 200_000)

Asked = Generator[Any, None, Any]
"""A part of a script that comes to an answer; None: nobody answered."""


def staff_comes(storm: Storm) -> None:
    """In some worlds; each person has a script of their own."""
    office, chance = storm.office, storm.office.chance
    sends, closes = storm.weather.comes("statement_sent"), storm.weather.comes("day_closed")
    if not (sends or closes):
        return
    office.opens()
    for number in range(chance.randint(1, 3) if sends else 0):
        Actor(storm, _bookkeeper(storm, chance, number))
    day = office.first_day
    for number in range(chance.choice((1, 1, 2)) if closes else 0):
        Actor(storm, _accountant(storm, chance, day, f"accountant {number}"))


# --- statements ---------------------------------------------------------------------------------------------------


def _bookkeeper(storm: Storm, chance: Random, number: int) -> Script:
    """Fetches a file from the portal and sends it: at once or tomorrow, alone or with a colleague, or a wrong one."""
    begins_ms = storm.start_ms + chance.randrange(20 * 60_000, 30 * HOUR_MS)
    yield max(0, begins_ms - storm.agenda.now)
    sheet = _fetched(storm, chance)
    who = f"bookkeeper {number}"
    how = chance.choice(HOW)
    _count(storm, how, sheet)
    if how == "old":
        yield chance.randrange(20 * HOUR_MS)
    if how == "by two persons":
        Actor(storm, _sends(storm, chance, sheet, f"colleague of {who}", at_once=1, patient=True))
    times, at_once = (2 if how == "twice" else 1), (2 if how == "read by two at once" else 1)
    for _ in range(times):
        yield from _sends(storm, chance, sheet, who, at_once=at_once, patient=how != "left to the ticks")


HOW = ("alone", "twice", "old", "by two persons", "read by two at once", "left to the ticks")
OTHER = "of another account"


def _count(storm: Storm, how: str, sheet: Sheet) -> None:
    for name in (how, sheet.sort, "" if storm.weather.rates else "in the calm"):
        if name:
            storm.weather.sort("statement_sent", name)


def _fetched(storm: Storm, chance: Random) -> Sheet:
    """Of a day, which may not be over, or up to now; one of three is not as it should be."""
    now_ms = storm.agenda.now
    first_ms, today_ms = day_begins_ms(storm.office.first_day), day_begins_ms(day_of(now_ms))
    some_time_ms = (now_ms - chance.randrange(60_000, 2 * DAY_MS)) // 1_000 * 1_000
    from_ms = chance.choice((first_ms, first_ms, first_ms, today_ms, today_ms - DAY_MS, some_time_ms))
    until_ms = chance.choice((day_begins_ms(day_of(from_ms)) + DAY_MS - 1_000, now_ms))
    sort = chance.choice((*[""] * 2 * len(SPOILERS), *SPOILERS, OTHER))
    if sort == OTHER:
        return storm.office.portal.of_another_account(from_ms, until_ms, now_ms)
    sheet = storm.office.portal.sheet(from_ms, until_ms // 1_000 * 1_000 + 999, now_ms)
    return spoilt(sheet, sort, chance) if sort else sheet


def _sends(storm: Storm, chance: Random, sheet: Sheet, who: str, *, at_once: int, patient: bool) -> Script:
    """As the command does: a place, the file, and read it until all of it is taken in."""
    began_ms = storm.agenda.now
    made = yield from _answered(storm, chance, "statement", lambda: begin_statement(SHOP.owner, who))
    if made is None:
        return
    yield from _answered(storm, chance, "statement", lambda: _address(made.id))
    put = yield from _answered(storm, chance, "statement", lambda: _put(made.id, sheet.content))
    if put is None:
        return
    storm.office.handed_over(sheet)
    for _ in range(TRIES if patient else 1):
        reads = [storm.run("statement", _read(made.id, storm.settings)) for _ in range(at_once)]
        yield from reads
        records = [read.value for read in reads if read.end is End.DONE and read.value is not None]
        ended = [one for one in records if one.state in (StatementState.READ, StatementState.REFUSED)]
        if ended:
            _note_the_end(storm, sheet, ended[0], lost=began_ms <= storm.office.restored_at_ms)
            return
        yield chance.choice(WAITS_MS)


def _note_the_end(storm: Storm, sheet: Sheet, record: StatementRecord, *, lost: bool) -> None:
    """lost: the table was restored meanwhile, so that it must be sent once more."""
    if record.state is StatementState.REFUSED:
        storm.coverage.office["a statement was refused"] += 1
        if not sheet.refused:
            storm.auditor.broken.append(f"L16 a statement was refused that adds up: {record.problem}")
    elif not lost:
        storm.coverage.office["a statement was taken in"] += 1
        storm.office.taken_in(sheet)


def _answered(storm: Storm, chance: Random, name: str, flow: Callable[[], Flow[Any]]) -> Asked:
    """Tried again while nobody answers."""
    for _ in range(TRIES):
        process = storm.run(name, flow())
        yield process
        if process.end is End.DONE:
            return process.value
        yield chance.choice(WAITS_MS)
    return None


def _address(statement: str) -> Flow[str]:
    return (yield from call(StatementFiles.upload_address, SHOP.owner, statement, 100, 900))


def _put(statement: str, file: bytes) -> Flow[bool]:
    yield from call(StatementFiles.put_file, SHOP.owner, statement, file)
    return True


def _read(statement: str, settings: FlowSettings) -> Flow[StatementRecord | None]:
    """As `web/statements.py` does it."""
    record: StatementRecord | None = yield from call(Statements.read_statement, SHOP.owner, statement)
    if record is not None and record.state in (StatementState.WAITING, StatementState.READING):
        yield from plan_statement(record)
        try:
            record = yield from take_in(SHOP.owner, statement, settings)
        except NoFile:
            return None
    if record is not None and record.state is StatementState.READ:
        yield from plan_days(record)
    return record


# --- days ---------------------------------------------------------------------------------------------------------


def _accountant(storm: Storm, chance: Random, day: str, who: str) -> Script:
    """The morning after a day, or later: looks at it, explains what differs, closes it; perhaps opens it again."""
    opens_ms = day_begins_ms(day) + DAY_MS + OPENS_MS
    yield max(0, opens_ms - 8 * HOUR_MS + chance.randrange(12 * HOUR_MS) - storm.agenda.now)
    yield from _closes(storm, chance, day, who)
    if chance.random() < 0.5:
        yield chance.randrange(8 * HOUR_MS)
        opened = Wish(kind=DecisionKind.REOPENED, by=who, note="once more")
        yield from _decides(storm, chance, day, opened)
        yield chance.randrange(2 * HOUR_MS)
        yield from _closes(storm, chance, day, who)


def _closes(storm: Storm, chance: Random, day: str, who: str) -> Script:
    closed = Wish(kind=DecisionKind.CLOSED, by=who, note="as the bank", accepts_incomplete=chance.random() < 0.9)
    yield from _answered(storm, chance, "day", lambda: reconcile_now(SHOP.owner, SHORTCODE, day, storm.settings))
    hasty = chance.random() < 0.3
    for number in range(TRIES):
        if number or not hasty:
            yield from _explains(storm, chance, day, who)
        decided = yield from _answered(
            storm, chance, "day", lambda: close_day(SHOP.owner, SHORTCODE, day, closed, storm.settings)
        )
        if decided is not None:
            storm.coverage.office[f"closing ended with {decided.refused or 'a closed day'}"] += 1
            if decided.refused is not Refusal.OPEN_LINES:
                return
        yield chance.choice(WAITS_MS)


def _explains(storm: Storm, chance: Random, day: str, who: str) -> Script:
    """What somebody must look at still, some lines of it at once."""
    book = yield from _answered(storm, chance, "day", lambda: read_book(SHOP.owner, NUMBER, day))
    if book is None or book.record.state is not DayState.DIFFERENCES:
        return
    for line in open_lines(book.lines, explanations(book.decisions))[:EXPLAINED_AT_ONCE]:
        wish = Wish(kind=DecisionKind.EXPLAINED, by=who, note="of the owner", line=line_id(line))
        decided = yield from _decides(storm, chance, day, wish)
        if decided is not None and decided.refused is None:
            storm.coverage.office["a difference was explained"] += 1


def _decides(storm: Storm, chance: Random, day: str, wish: Wish) -> Asked:
    return (yield from _answered(storm, chance, "day", lambda: decide(SHOP.owner, SHORTCODE, day, wish)))
