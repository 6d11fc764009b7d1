"""Any two flows at once on one payment: every interleaving with at most two pre-emptions, then rest, and all laws.

One runs some calls, is pre-empted, the other one runs some calls, is pre-empted, the first one ends, the other one
ends. How many calls: every number, so that the list follows from the flows and a new call is in it by itself. Fewer
pre-emptions are among these (no call at first, or all of them).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, count
from typing import Any

from gateway import security
from gateway.domain.facts import Corrected, MoneyReturned, PushAccepted, Source
from gateway.domain.identity import hex_of
from gateway.domain.payment import Asked
from gateway.flows.assign import Person, assign, set_aside
from gateway.flows.check import ask_soon
from gateway.flows.close import cancel
from gateway.flows.drain import drain
from gateway.flows.keep import keep
from gateway.flows.messages import Delivery, facts_message
from gateway.flows.publish import ReceiptChange, mend_receipt
from gateway.flows.read import read_payment
from gateway.flows.start_payment import start_attempt, start_payment
from gateway.flows.sweep import check_payment, sweep
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import Call, Flow, PortError, StoredToken
from tests.simulation.every_processor import everywhere
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import OTHER_PHONE, PHONE, shop_asks
from tests.simulation.safaricom import FROM_SAFARICOM, Payer, Push, callback_body
from tests.simulation.verdicts import broken_now, brought_to_rest
from tests.simulation.world import IN_MEMORY, KEYS, SHORTCODE, World, asked

MINUTE_MS = 60_000
KEY = "order-1"
TOLD_LATE = (40 * MINUTE_MS,)
"""Safaricom's own callback comes in the end, long after the flows: else nobody could know of the receipt."""


@dataclass(frozen=True)
class Verdict:
    """What ran at once on which payment, how the calls were cut, and the laws that broke."""

    moment: str
    flows: tuple[str, str]
    cuts: tuple[int, int]
    broken: tuple[str, ...]


# --- how the payment stands -----------------------------------------------------------------------------------


def _nothing(world: World) -> None:
    world.safaricom.payers[PHONE] = [Payer()]


def _prompted(world: World) -> None:
    """The payer has paid, and nobody has told us yet."""
    world.safaricom.payers[PHONE] = [Payer(after_ms=1, callbacks=TOLD_LATE), Payer()]
    shop_asks(world, asked(KEY))
    world.pass_time(26_000, sweeps=False)


def _answer_lost(world: World) -> None:
    """As above, and of the push we know no id."""
    world.safaricom.payers[PHONE] = [Payer(after_ms=1, callbacks=TOLD_LATE, answer_lost=True), Payer()]
    shop_asks(world, asked(KEY))
    world.pass_time(26_000, sweeps=False)


def _failed(world: World) -> None:
    world.safaricom.payers[PHONE] = [Payer(code="1032", after_ms=1, callbacks=(1,)), Payer()]
    shop_asks(world, asked(KEY))
    world.pass_time(5_000, sweeps=False)


def _paid(world: World) -> None:
    world.safaricom.payers[PHONE] = [Payer(after_ms=1, callbacks=(1,)), Payer()]
    shop_asks(world, asked(KEY))
    world.pass_time(5_000, sweeps=False)


def _told_unmatched(world: World) -> None:
    """The echo lies unmatched, since two payments share the reference; the callback will name its receipt."""
    world.safaricom.payers[PHONE] = [Payer(after_ms=1, callbacks=TOLD_LATE, echo_after_ms=1), Payer()]
    shop_asks(world, asked("order-2", reference="SHARED"), phone=None)
    shop_asks(world, asked(KEY, reference="SHARED"))
    world.pass_time(26_000, sweeps=False)


def _unresolved(world: World) -> None:
    world.safaricom.payers[PHONE] = [Payer(code="never"), Payer()]
    shop_asks(world, asked(KEY))
    world.pass_time(17 * MINUTE_MS)


MOMENTS: dict[str, Callable[[World], None]] = {
    "nothing yet": _nothing,
    "prompted and paid, untold": _prompted,
    "the push's answer lost, paid": _answer_lost,
    "failed": _failed,
    "paid": _paid,
    "its money lies unmatched": _told_unmatched,
    "unresolved": _unresolved,
}


# --- what may run then ----------------------------------------------------------------------------------------


def _request(world: World) -> Asked:
    """The order's request, as it was at first."""
    stored = world.store.payments.get(asked(KEY).id)
    return stored.asked if stored else asked(KEY)


def _push(world: World) -> Push | None:
    return next((push for push in world.safaricom.pushes if hex_of(asked(KEY).id) in push.url), None)


def _same_again(world: World) -> Flow[Any]:
    return start_payment(_request(world), PHONE, SHORTCODE, "key_test", world.settings)


def _other_order(world: World) -> Flow[Any]:
    return start_payment(asked("order-3", 70), PHONE, SHORTCODE, "key_test", world.settings)


def _next_attempt(world: World, phone: str = PHONE) -> Flow[Any]:
    return start_attempt(asked(KEY).id, 2, phone, "payer", world.settings, not_charged=True)


def _attempt_elsewhere(world: World) -> Flow[Any]:
    return _next_attempt(world, OTHER_PHONE)


def _callback(world: World, code: str) -> Flow[Any]:
    push = _push(world)
    if push is None:
        return _page(world)
    said, receipt = push.code, push.receipt
    push.code, push.receipt = code, receipt if code == "0" else None
    body = callback_body(push, Payer())
    push.code, push.receipt = said, receipt
    parts = push.url.split("/in/")[1].split("/")
    delivery = Delivery(
        kind="stk",
        target=parts[1],
        number=int(parts[2]),
        tag=parts[3],
        source_address=FROM_SAFARICOM,
        body=body,
        learned_at_ms=world.now,
    )
    if code != "0":
        world.failures_told.add(push.checkout_request_id)
    return take_stk_callback(delivery, world.env, world.settings)


def _success(world: World) -> Flow[Any]:
    """What M-PESA's books have; of a prompt that took nothing, its failure."""
    push = _push(world)
    return _callback(world, (push.code if push else None) or "1032")


def _failure(world: World) -> Flow[Any]:
    return _callback(world, "1037")


def _money(world: World, *, echo: bool) -> Flow[Any]:
    """The C2B confirmation of the prompt's own money, or of a payment typed by hand."""
    push = _push(world)
    reference = _request(world).account_reference
    receipt = push.receipt if push and echo else None
    if receipt is None:
        receipt = world.safaricom.menu_payment(OTHER_PHONE, 100, reference, confirmation_after_ms=None)
    delivery = Delivery(
        kind="c2b_confirmation",
        target=SHORTCODE.number,
        number=0,
        tag=security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE.number),
        source_address=FROM_SAFARICOM,
        body=world.safaricom.confirmation(receipt),
        learned_at_ms=world.now,
    )
    return take_c2b_confirmation(delivery, world.env, world.settings)


def _echo(world: World) -> Flow[Any]:
    return _money(world, echo=True)


def _typed(world: World) -> Flow[Any]:
    return _money(world, echo=False)


def _sweep(world: World) -> Flow[Any]:
    return sweep(world.settings)


def _check(world: World) -> Flow[Any]:
    return check_payment(asked(KEY).id, world.settings, asked_for=True)


def _page(world: World) -> Flow[Any]:
    found = yield from read_payment(asked(KEY).id)
    if found is not None:
        yield from ask_soon(*found, world.settings, forced=True)


def _cancel(world: World) -> Flow[Any]:
    return cancel(asked(KEY).id, "key_test", world.settings)


def _answer_from_the_queue(world: World) -> Flow[Any]:
    """The push's answer, whose write had failed."""
    push = _push(world)
    if push is None:
        return _page(world)
    at_ms = push.at_ms
    fact = PushAccepted(
        number=1,
        checkout_request_id=push.checkout_request_id,
        merchant_request_id=push.merchant_request_id,
        said_at_ms=at_ms,
        learned_at_ms=at_ms,
    )
    return drain(facts_message(asked(KEY).id, (fact,)), world.env, world.settings)


def _stream(world: World) -> Flow[Any]:
    """The stream tells once more of every receipt that has an owner."""
    for record in list(world.store.receipts.values()):
        yield from mend_receipt(ReceiptChange(None, record))


def _corrects(world: World) -> Flow[Any]:
    fact = Corrected(lifts=(), actor="person", note="looked", said_at_ms=world.now, learned_at_ms=world.now)
    return keep(asked(KEY).id, lambda _: (fact,), world.settings)


def _returns(world: World) -> Flow[Any]:
    push = _push(world)
    fact = MoneyReturned(
        told_by=Source.STATEMENT,
        receipt=(push.receipt if push else None) or "UKP0000001",
        return_receipt="UKR0000001",
        amount_kes=100,
        external=True,
        said_at_ms=world.now,
        learned_at_ms=world.now,
    )
    return keep(asked(KEY).id, lambda _: (fact,), world.settings)


def _waiting(world: World) -> str:
    """A receipt that has no payment; one that nobody was told of, where all have."""
    return next(iter(sorted(world.unmatched())), "UKP0000002")


def _assigns(world: World) -> Flow[Any]:
    return assign(_waiting(world), asked(KEY).id, Person("key_amina"), world.settings)


def _sets_aside(world: World) -> Flow[Any]:
    return set_aside(_waiting(world), "not ours", Person("key_brian"), aside=True)


FLOWS: dict[str, Callable[[World], Flow[Any]]] = {
    "the request again": _same_again,
    "another order of the phone": _other_order,
    "attempt 2": _next_attempt,
    "attempt 2 on another phone": _attempt_elsewhere,
    "success told": _success,
    "failure told": _failure,
    "echo": _echo,
    "typed by hand": _typed,
    "sweep": _sweep,
    "check": _check,
    "page": _page,
    "cancel": _cancel,
    "the push's answer from the queue": _answer_from_the_queue,
    "stream": _stream,
    "a person corrects": _corrects,
    "money goes back": _returns,
    "a cashier gives what waits": _assigns,
    "a cashier sets it aside": _sets_aside,
}

QUICK_MOMENT = "prompted and paid, untold"
QUICK = ("success told", "failure told", "echo", "attempt 2", "check", "cancel")
"""What `make test` runs at once, all pairs of them."""


# --- at once --------------------------------------------------------------------------------------------------


@dataclass
class _Running:
    """A flow in a process of its own: its memory, and how many of its calls left it."""

    flow: Flow[Any]
    token: StoredToken | None = None
    done: bool = False
    _pending: Call | None = None
    _answer: Any = field(default=None)
    _error: Exception | None = None

    def step(self, world: World) -> None:
        """Carry out one call that leaves the process."""
        world.memory_token, kept = self.token, world.memory_token
        try:
            if self._pending is None:
                self._go_on(world)
            if self._pending is not None:
                self._carry_out(world, self._pending)
                self._go_on(world)
        finally:
            self.token, world.memory_token = world.memory_token, kept

    def _go_on(self, world: World) -> None:
        """Up to the next call that leaves the process."""
        while True:
            error, answer = self._error, self._answer
            self._error = self._answer = None
            try:
                asked_for = self.flow.throw(error) if error is not None else self.flow.send(answer)
            except (StopIteration, PortError):
                self.done, self._pending = True, None
                return
            if asked_for.port != "Ambient" and asked_for.method not in IN_MEMORY:
                self._pending = asked_for
                return
            self._carry_out(world, asked_for)

    def _carry_out(self, world: World, asked_for: Call) -> None:
        try:
            self._answer = world.perform(asked_for)
        except Exception as error:  # noqa: BLE001  the flow decides what each error means
            self._error = error


def interleaved(moment: str, flows: tuple[str, str], cuts: tuple[int, int]) -> tuple[Verdict, bool, bool]:
    """The first makes cuts[0] calls, the other one cuts[1], then both end. Also: who had ended at its cut."""
    world = World()
    MOMENTS[moment](world)
    first, other = (_Running(FLOWS[name](world)) for name in flows)
    ended = [_steps(one, world, calls) for one, calls in zip((first, other), cuts, strict=True)]
    for one in (first, other):
        _steps(one, world, None)
    broken = [*broken_now(world), *brought_to_rest(world)]
    return Verdict(moment, flows, cuts, tuple(broken)), ended[0], ended[1]


def _steps(one: _Running, world: World, calls: int | None) -> bool:
    """So many calls, or all that are left. True: it has ended."""
    made = 0
    while not one.done and (calls is None or made < calls):
        one.step(world)
        made += 1
    return one.done


def every_cut(moment: str, flows: tuple[str, str]) -> list[Verdict]:
    """Every number of calls before the first and before the second pre-emption."""
    with remembered_folds():
        return list(_every_cut(moment, flows))


def _every_cut(moment: str, flows: tuple[str, str]) -> Iterator[Verdict]:
    for before_first in count():
        first_ended = False
        for before_second in count(1):
            verdict, first_ended, other_ended = interleaved(moment, flows, (before_first, before_second))
            yield verdict
            if other_ended or first_ended:
                break
        if first_ended:
            return


def all_pairs(moment: str, names: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Any two of these flows, a flow beside itself among them, each of them as the first."""
    for one, other in combinations_with_replacement(names, 2):
        yield moment, (one, other)
        if one != other:
            yield moment, (other, one)


def _work(task: tuple[str, tuple[str, str]]) -> list[Verdict]:
    return every_cut(*task)


def report(processes: int) -> tuple[list[str], bool]:
    """Run them all; lines that tell what ran, and whether every law held."""
    tasks = [task for moment in MOMENTS for task in all_pairs(moment, list(FLOWS))]
    runs: Counter[str] = Counter()
    broken: list[Verdict] = []
    for done, verdicts in enumerate(everywhere(_work, tasks, processes), 1):
        runs.update(verdict.moment for verdict in verdicts)
        broken += [verdict for verdict in verdicts if verdict.broken]
        if done % 200 == 0:
            sys.stderr.write(f"{done} of {len(tasks)} pairs of flows\n")
    lines = [f"{times:8d}  {moment}" for moment, times in runs.items()]
    lines += [
        f"BROKEN  {' and '.join(one.flows)}, cut at {one.cuts}, {one.moment}: {'; '.join(one.broken)}" for one in broken
    ]
    lines += [f"{runs.total()} interleavings of {len(tasks)} pairs of flows, {len(broken)} runs with broken laws"]
    return lines, bool(runs) and not broken
