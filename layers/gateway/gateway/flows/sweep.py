"""Every minute: whatever is due. Time asks questions here; facts answer them.

The lease of an item is the conditional move of its `due_at`; when a sweep dies, the item simply comes due again.
What needs no question is done first. Then questions: newest payers first, since they are waiting; the oldest keep a
share. One shared pace keeps all functions within what Safaricom allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from daraja.errors import NotSent
from gateway.domain.due import Step, StepKind, due_at_ms, next_deadline, next_step
from gateway.domain.facts import Deadline, Fact, NotSentReason, TimerPassed
from gateway.domain.facts import NotSent as NotSentFact
from gateway.domain.money_out.outgoing import is_outgoing_id
from gateway.domain.payment import Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.flows.ask import TURN_WAIT_MS_MAX, ask_about
from gateway.flows.balance import refresh_balance
from gateway.flows.claims import look_for_claims
from gateway.flows.guards import look_at
from gateway.flows.keep import is_of_a_newer_release, keep_in
from gateway.flows.mend_claim import see_it_kept
from gateway.flows.money_out.file import sweep_file
from gateway.flows.money_out.refund_settle import look_after_refunds
from gateway.flows.money_out.work import sweep_outgoing, work_on_outgoing
from gateway.flows.rematch import match_orphan
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import match_again
from gateway.flows.token import keep_token_fresh
from gateway.flows.untold import see_it_told
from gateway.flows.webhook_due import bring_due_deliveries, next_delivery_due_at_ms
from gateway.ports import Ambient, DueItem, Flow, PortError, Secrets, Store, T, call
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
    """due: items found. done: items handled. failed: items that raised. The others wait for a turn to ask."""

    due: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class Question:
    """A payment about which M-PESA is to be asked. number: the attempt; None: the first that may be asked about now."""

    item: DueItem
    record: PaymentRecord
    state: PaymentState
    number: int | None

    @property
    def since_ms(self) -> int:
        """Since when its last payer waits. The index cannot say it: hourly questions come due anew all the time."""
        return max(attempt.begun_at_ms for attempt in self.state.attempts)


def sweep(settings: FlowSettings) -> Flow[Swept]:
    """Handle what is due until nothing is left or time runs out.

    What an answer makes due within seconds (a second look) is waited for: the next minute would be late for it.
    """
    yield from _keep_token_fresh()
    due = done = failed = 0
    for _ in range(PASSES_MAX):
        swept = yield from _pass(settings)
        yield from bring_due_deliveries(settings.due_shards)
        due, done, failed = due + swept.due, done + swept.done, failed + swept.failed
        if not swept.done or not (yield from _wait_for_the_next(settings)):
            break
    yield from call(Ambient.report, "sweep_done", {"due": due, "done": done, "failed": failed})
    return Swept(due, done, failed)


def _pass(settings: FlowSettings) -> Flow[Swept]:
    """Each item that is due now, once; then the questions among them, as long as turns come in time."""
    items = yield from _due(settings)
    questions: list[Question] = []
    done = failed = 0
    half_ms = ((yield from call(Ambient.time_left_ms)) + TIME_RESERVE_MS) // 2
    for item in items:
        left_ms = yield from call(Ambient.time_left_ms)
        if left_ms < TIME_RESERVE_MS or (questions and left_ms < half_ms):
            break
        fine, question = yield from _safely(item, handle(item, settings))
        if question is not None:
            questions.append(question)
        done += fine and question is None
        failed += not fine
    now_ms = yield from call(Ambient.now_ms)
    questions.sort(key=lambda one: (one.since_ms, one.item.key))
    swept = yield from _ask_all(_mixed(questions, now_ms), settings)
    return Swept(len(items), done + swept.done, failed + swept.failed)


def _ask_all(questions: list[Question], settings: FlowSettings) -> Flow[Swept]:
    """Ask them in this order. Once no turn comes in time, the others are only told that their time is up."""
    done = failed = 0
    turns = True
    for question in questions:
        left_ms = (yield from call(Ambient.time_left_ms)) - TIME_RESERVE_MS
        if left_ms < 0:
            break
        work = _ask(question, settings, left_ms) if turns else _give_up(question, settings)
        fine, handled = yield from _safely(question.item, work)
        turns = turns and handled is not False
        done += handled is True
        failed += not fine
    return Swept(len(questions), done, failed)


def _ask(question: Question, settings: FlowSettings, patience_ms: int) -> Flow[bool]:
    """Ask; False: no turn came in time."""
    record, state = question.record, question.state
    early = question.number is None
    if (yield from ask_about(record, state, settings, number=question.number, early=early, patience_ms=patience_ms)):
        return True
    yield from _give_up(question, settings)
    return False


def _give_up(question: Question, settings: FlowSettings) -> Flow[bool]:
    """Nobody can be asked now: a deadline that has passed counts all the same. Whether one had."""
    now_ms = yield from call(Ambient.now_ms)
    step = next_deadline(question.record, question.state, settings.policy)
    if step is None or step.at_ms > now_ms:
        return False
    yield from _do(step, question.record, question.state, settings)
    return True


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
    delivery_ms = yield from next_delivery_due_at_ms(settings.due_shards)
    earliest += [delivery_ms] if delivery_ms is not None else []
    return min(earliest, default=None)


def _safely(item: DueItem, work: Flow[T]) -> Flow[tuple[bool, T | None]]:
    """Whether the work on an item went well, and what came of it.

    Whatever it raises is reported and the item waits, so that it holds nobody else up.
    """
    try:
        return True, (yield from work)
    except PortError as error:
        yield from call(Ambient.report, "sweep_item_failed", {"item": item.key, "error": type(error).__name__})
    except Exception as error:  # noqa: BLE001  one item that breaks a rule must not stop the others
        yield from call(Ambient.report, "sweep_item_broken", {"item": item.key, "error": type(error).__name__})
        now_ms = yield from call(Ambient.now_ms)
        yield from call(Store.clear_due, item, now_ms + FAILED_AGAIN_MS)
    return False, None


def handle(item: DueItem, settings: FlowSettings) -> Flow[Question | None]:
    """Do the next step of one item, if it is really due. A question is not asked yet, but given back."""
    kind, _, name = item.key.partition("#")
    if kind == "PAY":
        return (yield from _look_at(item, name, settings, asked_for=False))
    if kind == "RCPT":
        record = yield from call(Store.read_receipt, name)
        if record is not None and record.due_at_ms is not None:
            yield from see_it_kept(record) if record.owner is not None else match_again(record, settings)
    elif kind == "ORPHAN":
        yield from match_orphan(name, settings)
    elif kind == "BAL":
        yield from refresh_balance(name, settings)
    elif kind == "OUT":
        yield from sweep_outgoing(name, settings)
    elif kind == "OUTFILE":
        yield from sweep_file(name, settings)
    else:
        yield from _leave_to_a_newer_release(item)
    return None


def _leave_to_a_newer_release(item: DueItem) -> Flow[None]:
    """A kind that this release does not know stays in the index, where the release that knows it finds it again."""
    yield from call(Ambient.report, "sweep_item_unknown", {"item": item.key.partition("#")[0]})
    now_ms = yield from call(Ambient.now_ms)
    yield from call(Store.clear_due, item, now_ms + HOUR_MS)


def check_payment(payment_id: str, settings: FlowSettings, *, asked_for: bool = False) -> Flow[None]:
    """Do the next step of a payment, payout or refund.

    asked_for: somebody waits for a payment, so a question about it may be asked before its time.
    """
    if is_outgoing_id(payment_id):
        yield from work_on_outgoing(payment_id, settings)
        return
    item = DueItem(f"PAY#{payment_id}", 0)
    question = yield from _look_at(item, payment_id, settings, asked_for=asked_for)
    if question is not None:
        yield from _ask(question, settings, TURN_WAIT_MS_MAX)


def _look_at(item: DueItem, payment_id: str, settings: FlowSettings, *, asked_for: bool) -> Flow[Question | None]:
    """Do the next step of a payment, if it is due, or give back the question that it is."""
    record = yield from call(Store.read_payment, payment_id)
    if record is None:
        return None
    if record.unconcluded and not is_of_a_newer_release(record):
        yield from keep_in(record, (), settings)
        return None
    state = settings.state(record)
    now_ms = yield from call(Ambient.now_ms)
    step = next_step(record, state, settings.policy)
    if step is not None and step.at_ms <= now_ms:
        if step.kind is StepKind.ASK:
            return Question(item, record, state, step.number)
        yield from _do(step, record, state, settings)
    elif asked_for:
        return Question(item, record, state, None)
    elif record.due_at_ms != (step.at_ms if step else None):
        yield from _mend_due(record, state, settings)
    return None


def _do(step: Step, record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    if step.kind is StepKind.LOOK_FOR_CLAIM:
        yield from look_for_claims(record, state, settings)
        return
    if step.kind is StepKind.LOOK_AFTER_REFUNDS:
        yield from look_after_refunds(record, state, settings)
        return
    if step.kind is StepKind.SEE_IT_TOLD:
        yield from see_it_told(record, state, settings)
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
    """Due items of all shards, from both ends of the index, newest first."""
    now_ms = yield from call(Ambient.now_ms)
    found: dict[str, DueItem] = {}
    for shard in range(settings.due_shards):
        oldest = yield from call(Store.due_items, shard, now_ms, ITEMS_MAX, False)  # noqa: FBT003  ports take no keywords
        found |= {item.key: item for item in oldest}
        if len(oldest) == ITEMS_MAX:
            newest = yield from call(Store.due_items, shard, now_ms, ITEMS_MAX, True)  # noqa: FBT003  as above
            found |= {item.key: item for item in newest}
    return sorted(found.values(), key=lambda item: (item.due_at_ms, item.key), reverse=True)


def _mixed(oldest_first: list[Question], now_ms: int) -> list[Question]:
    """Newest payers first, every fifth place for the oldest that is left.

    Which of the places is the first such one goes round with the minutes: where Safaricom takes only a few questions
    in a sweep, the fifth place would never have its turn.
    """
    mixed: list[Question] = []
    left, right = 0, len(oldest_first) - 1
    place = now_ms // MINUTE_MS % OLDEST_SHARE
    while left <= right:
        if place % OLDEST_SHARE == OLDEST_SHARE - 1:
            mixed.append(oldest_first[left])
            left += 1
        else:
            mixed.append(oldest_first[right])
            right -= 1
        place += 1
    return mixed
