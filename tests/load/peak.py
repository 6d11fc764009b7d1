"""M-PESA's whole peak in one second: callbacks all at once, while the table refuses three requests of ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gateway import security
from gateway.aws.clients import INTAKE
from gateway.domain.identity import hex_of
from gateway.domain.statuses import PaymentStatus
from gateway.flows.intake import take_or_queue
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.flows.take_callback import take_stk_callback
from gateway.ports import Call, Indexed, StoreUnavailable
from tests.gateway_samples import accepted, begun, payment_id, record
from tests.load.virtual import HOUR_MS, MINUTE_MS, START_MS, LoadWorld
from tests.memory_store import KEYS, MemoryStore
from tests.simulation.processes import End, Process, Silence
from tests.simulation.safaricom import FROM_SAFARICOM, Payer, Push, callback_body

REFUSED = 0.3
TRY_AGAIN_MS = 120
"""What the client waits between two tries, on average."""

CALLBACK_TIMEOUT_MS = 10_000
"""As in the template."""


class RefusingWorld(LoadWorld):
    """The table refuses a share of all requests; its client tries as often as that of the functions does."""

    def __init__(self, refused: float, seed: int = 1) -> None:
        super().__init__(seed, MemoryStore(), FlowSettings())
        self.refused = refused
        self.requests = 0

    def port_store(self, process: Process, call: Call) -> Any:
        """The table, by its client."""
        for _ in range(INTAKE.table.tries):
            self.requests += 1
            if self.chance.random() >= self.refused:
                return super().port_store(process, call)
        raise Silence(TRY_AGAIN_MS * INTAKE.table.tries, error=StoreUnavailable("throttled"))


@dataclass(frozen=True, slots=True)
class Peak:
    """What came of it. refused_deliveries: Safaricom was not told 200. empty_after_s: until the retry queue was."""

    callbacks: int
    paid: int
    refused_deliveries: int
    dead_letters: int
    still_waiting: int
    empty_after_s: float
    requests: int
    processes_at_once: int
    queued: int


def peak(callbacks: int, refused: float = REFUSED) -> Peak:
    """So many prompts are paid, and their callbacks come within one second."""
    world = RefusingWorld(refused)
    pushes = callbacks_at_once(world, callbacks)
    world.pass_time(HOUR_MS)
    states = [world.settings.state(one) for one in world.store.payments.values()]
    paid = sum(
        state.status is PaymentStatus.PAID and [push.receipt] == [credit.receipt for credit in state.credits]
        for state, push in zip(states, pushes, strict=True)
    )
    return Peak(
        callbacks=callbacks,
        paid=paid,
        refused_deliveries=world.ends["callback", End.AWAY] + world.ends["callback", End.DEAD],
        dead_letters=len(world.dead_letters),
        still_waiting=world.waiting,
        empty_after_s=(world.queue_empty_at_ms - START_MS) / 1_000,
        requests=world.requests,
        processes_at_once=world.running_most,
        queued=world.reports["callback_queued"],
    )


def callbacks_at_once(world: LoadWorld, count: int) -> list[Push]:
    """So many callbacks of paid prompts that come within one second."""
    pushes = [prompted(world, number) for number in range(1, count + 1)]
    for push in pushes:
        at_ms = START_MS + world.chance.randrange(1_000)
        world.agenda.at(at_ms, partial(arrives, world, push))
    return pushes


def prompted(world: LoadWorld, number: int) -> Push:
    """A payment whose prompt waits, and what its payer does."""
    at_ms = START_MS - MINUTE_MS // 2
    times: dict[str, Any] = {"said_at_ms": at_ms, "learned_at_ms": at_ms}
    checkout, merchant = f"ws_CO_{number:08d}", f"29115-{number:08d}-1"
    facts = [
        replace(begun(), **times, send_before_ms=at_ms + 8_000),
        replace(accepted(), **times, checkout_request_id=checkout, merchant_request_id=merchant),
    ]
    waiting = record(number, facts, created_at_ms=at_ms, expires_at_ms=at_ms + 24 * HOUR_MS)
    world.store.create_payment(waiting, Indexed(due_at_ms=at_ms + 25_000))
    return Push(checkout, merchant, "254712345678", 100, "INV1042", "", at_ms, code="0", receipt=f"UKP{number:07d}")


def arrives(world: LoadWorld, push: Push) -> None:
    payment = payment_id(int(push.checkout_request_id.removeprefix("ws_CO_")))
    delivery = Delivery(
        kind="stk",
        target=hex_of(payment),
        number=1,
        tag=security.stk_tag(KEYS.tags[0], payment, 1),
        source_address=FROM_SAFARICOM,
        body=callback_body(push, Payer()),
        learned_at_ms=world.agenda.now,
    )
    flow = take_or_queue(delivery, lambda one: take_stk_callback(one, world.env, world.settings))
    world.run("callback", flow, timeout_ms=CALLBACK_TIMEOUT_MS)
