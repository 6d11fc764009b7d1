"""Every minute: whatever is due. Time asks questions here; facts answer them.

The lease of an item is the conditional move of its `due_at`; when a sweep dies, the item simply comes due again.
Newest payers first, since they are waiting; the oldest keep a share. One shared pace keeps all functions within
what Safaricom allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from daraja.errors import NotSent
from gateway.domain.due import Step, StepKind, due_at_ms, next_step
from gateway.domain.facts import Deadline, Fact, NotSentReason, TimerPassed
from gateway.domain.facts import NotSent as NotSentFact
from gateway.domain.payment import Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.flows.ask import ask_about
from gateway.flows.guards import look_at
from gateway.flows.keep import is_of_a_newer_release, keep_in
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import match_again
from gateway.flows.token import keep_token_fresh
from gateway.ports import Ambient, DueItem, Flow, PortError, Secrets, Store, call
from gateway.security import phone_key

ITEMS_MAX = 50
"""Items of one shard that one sweep reads from each end of the index."""

OLDEST_SHARE = 5
"""Every fifth item is the oldest one that waits."""

TIME_RESERVE_MS = 12_000
"""A sweep begins nothing new with less than this left: one query at its slowest, and its writes."""

PASSES_MAX = 4
SOON_MS = 15_000
"""A sweep that did something waits so long for what is due next."""

FAILED_AGAIN_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Swept:
    """due: items found. done: items handled. failed: items that raised."""

    due: int
    done: int
    failed: int


def sweep(settings: FlowSettings) -> Flow[Swept]:
    """Handle what is due until nothing is left or time runs out.

    What an answer makes due within seconds (a second look) is waited for: the next minute would be late for it.
    """
    yield from _keep_token_fresh()
    due = done = failed = 0
    for _ in range(PASSES_MAX):
        swept = yield from _pass(settings)
        due, done, failed = due + swept.due, done + swept.done, failed + swept.failed
        if not swept.done or not (yield from _wait_for_the_next(settings)):
            break
    yield from call(Ambient.report, "sweep_done", {"due": due, "done": done, "failed": failed})
    return Swept(due, done, failed)


def _pass(settings: FlowSettings) -> Flow[Swept]:
    """Each item that is due now, once."""
    items = yield from _due(settings)
    done = failed = 0
    for item in items:
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            break
        if (yield from handle_safely(item, settings)):
            done += 1
        else:
            failed += 1
    return Swept(len(items), done, failed)


def _wait_for_the_next(settings: FlowSettings) -> Flow[bool]:
    """Wait for the next item if it comes soon and this sweep has the time. False: it is for a later sweep."""
    next_ms = yield from next_due_at_ms(settings)
    now_ms = yield from call(Ambient.now_ms)
    if next_ms is None or not 0 < next_ms - now_ms <= SOON_MS:
        return False
    if (yield from call(Ambient.time_left_ms)) - (next_ms - now_ms) < TIME_RESERVE_MS:
        return False
    yield from call(Ambient.pause, next_ms - now_ms)
    return True


def next_due_at_ms(settings: FlowSettings) -> Flow[int | None]:
    """When the earliest item comes due within a day; None: nothing does. For who wants to know that all is quiet."""
    now_ms = yield from call(Ambient.now_ms)
    earliest: list[int] = []
    for shard in range(settings.due_shards):
        items = yield from call(Store.due_items, shard, now_ms + DAY_MS, 1, False)  # noqa: FBT003  ports take no keywords
        earliest += [item.due_at_ms for item in items]
    return min(earliest, default=None)


def handle_safely(item: DueItem, settings: FlowSettings) -> Flow[bool]:
    """One item; whatever it raises is reported and the item waits, so that it holds nobody else up."""
    try:
        yield from handle(item, settings)
    except PortError as error:
        yield from call(Ambient.report, "sweep_item_failed", {"item": item.key, "error": type(error).__name__})
        return False
    except Exception as error:  # noqa: BLE001  one item that breaks a rule must not stop the others
        yield from call(Ambient.report, "sweep_item_broken", {"item": item.key, "error": type(error).__name__})
        now_ms = yield from call(Ambient.now_ms)
        yield from call(Store.clear_due, item, now_ms + FAILED_AGAIN_MS)
        return False
    return True


def handle(item: DueItem, settings: FlowSettings) -> Flow[None]:
    """Do the next step of one item, if it is really due."""
    kind, _, name = item.key.partition("#")
    if kind == "PAY":
        yield from check_payment(name, settings)
    elif kind == "RCPT":
        record = yield from call(Store.read_receipt, name)
        if record is not None and record.due_at_ms is not None:
            yield from match_again(record, settings)
    else:
        yield from call(Store.clear_due, item, None)


def check_payment(payment_id: str, settings: FlowSettings, *, asked_for: bool = False) -> Flow[None]:
    """Do the next step of a payment. asked_for: somebody waits, so a question may be asked before its time."""
    record = yield from call(Store.read_payment, payment_id)
    if record is None:
        return
    if record.unconcluded and not is_of_a_newer_release(record):
        yield from keep_in(record, (), settings)
        return
    state = settings.state(record)
    now_ms = yield from call(Ambient.now_ms)
    step = next_step(record, state, settings.policy)
    if step is not None and step.at_ms <= now_ms:
        yield from _do(step, record, state, settings)
    elif asked_for:
        yield from ask_about(record, state, settings, early=True)
    elif record.due_at_ms != (step.at_ms if step else None):
        yield from _mend_due(record, state, settings)


def _do(step: Step, record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    if step.kind is StepKind.ASK:
        yield from ask_about(record, state, settings, number=step.number)
        return
    now_ms = yield from call(Ambient.now_ms)
    if step.kind is StepKind.JUDGE_SENDER:
        attempt = next(one for one in state.attempts if one.number == step.number)
        fact = yield from _judge_sender(record, attempt, now_ms, settings)
    elif step.kind is StepKind.MARK_UNRESOLVED:
        fact = _passed(Deadline.ANSWER, step.number, now_ms)
    else:
        fact = _passed(Deadline.EXPIRY, 0, now_ms)
    yield from keep_in(record, (fact,), settings)


def _judge_sender(record: PaymentRecord, attempt: Attempt, now_ms: int, settings: FlowSettings) -> Flow[Fact]:
    """Nobody told what became of the push. If the phone was never taken for it, nothing left; else it may have.

    The guard is evidence only while it could not have been taken over since: up to the end of its own life.
    """
    keys = yield from call(Secrets.read_keys)
    view = yield from look_at(phone_key(keys.phone, attempt.phone))
    guard = view.guard
    mine = guard is not None and (guard.payment_id, guard.number) == (record.id, attempt.number)
    if mine or now_ms > attempt.send_before_ms + settings.policy.guard_ms:
        return _passed(Deadline.SEND_WINDOW, attempt.number, now_ms)
    return NotSentFact(
        number=attempt.number,
        reason=NotSentReason.SENDER_STOPPED,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _passed(deadline: Deadline, number: int, now_ms: int) -> TimerPassed:
    return TimerPassed(deadline=deadline, number=number, said_at_ms=now_ms, learned_at_ms=now_ms)


def _mend_due(record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    """The index shows another time than the rules give: put it right, unless a newer release is called by it."""
    due_ms = due_at_ms(record, state, settings.policy)
    if record.due_at_ms is None or record.unconcluded:
        return
    if due_ms is None:
        yield from call(Store.clear_due, DueItem(f"PAY#{record.id}", record.due_at_ms), None)
    else:
        yield from call(Store.lease_payment, record, due_ms, record.asks)


def _keep_token_fresh() -> Flow[None]:
    try:
        yield from keep_token_fresh()
    except (NotSent, PortError) as error:
        yield from call(Ambient.report, "token_not_refreshed", {"error": type(error).__name__})


def _due(settings: FlowSettings) -> Flow[list[DueItem]]:
    """Due items of all shards, newest first, with every fifth place for the oldest."""
    now_ms = yield from call(Ambient.now_ms)
    found: dict[str, DueItem] = {}
    for shard in range(settings.due_shards):
        oldest = yield from call(Store.due_items, shard, now_ms, ITEMS_MAX, False)  # noqa: FBT003  ports take no keywords
        found |= {item.key: item for item in oldest}
        if len(oldest) == ITEMS_MAX:
            newest = yield from call(Store.due_items, shard, now_ms, ITEMS_MAX, True)  # noqa: FBT003  as above
            found |= {item.key: item for item in newest}
    return _mixed(sorted(found.values(), key=lambda item: (item.due_at_ms, item.key)))


def _mixed(oldest_first: list[DueItem]) -> list[DueItem]:
    """Newest first, every fifth the oldest that is left."""
    mixed: list[DueItem] = []
    left, right = 0, len(oldest_first) - 1
    while left <= right:
        if len(mixed) % OLDEST_SHARE == OLDEST_SHARE - 1:
            mixed.append(oldest_first[left])
            left += 1
        else:
            mixed.append(oldest_first[right])
            right -= 1
    return mixed
