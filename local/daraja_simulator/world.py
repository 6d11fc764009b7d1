"""The simulated world: everything that exists in it, in one place, and what runs in the background."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator.asks import Asks
from local.daraja_simulator.books import Books
from local.daraja_simulator.conversations import Conversations
from local.daraja_simulator.faults import Faults
from local.daraja_simulator.initiators import Initiators
from local.daraja_simulator.invoices import Bills
from local.daraja_simulator.oauth import Tokens
from local.daraja_simulator.outbox import Outbox
from local.daraja_simulator.phones import Answering, Phones
from local.daraja_simulator.pushes import Pushes
from local.daraja_simulator.receipts import Ids, Receipts
from local.daraja_simulator.shortcodes import Shortcodes
from local.daraja_simulator.standing_orders import StandingOrders
from local.daraja_simulator.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from local.clock import Clock
    from local.daraja_simulator.options import SimulatorOptions
    from local.daraja_simulator.ussd_push import UssdPush

logger = logging.getLogger(__name__)

ResetWhat = Literal["all", "phones", "faults", "clock", "books"]


@dataclass(slots=True)
class DefaultAnswer:
    """What ordinary phones do with a prompt; `wait` means: a person answers."""

    answer: Answering
    after_s: float


class World:
    """State of the simulator. Belongs to one event loop."""

    def __init__(self, clock: Clock, options: SimulatorOptions) -> None:
        self.clock = clock
        self.options = options
        self.ids = Ids(options.seed)
        self.receipts = Receipts(options.seed)
        self.tokens = Tokens(clock, options, self.ids)
        self.shortcodes = Shortcodes()
        self.books = Books(self.shortcodes.all)
        self.phones = Phones()
        self.pushes = Pushes()
        self.conversations = Conversations()
        self.asks = Asks()
        self.standing_orders = StandingOrders()
        self.ussd_pushes: list[UssdPush] = []
        self.bills = Bills()
        self.initiators = Initiators(options.initiator_password)
        self.faults = Faults()
        self.traffic = Traffic()
        self.outbox = Outbox(clock, options, self.traffic, self.faults)
        self.down_until_s = 0.0
        self.last_query_s = float("-inf")
        self.default_answer = self._default_answer()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_down(self) -> bool:
        """Whether Daraja answers nothing but 503 at the moment."""
        return self.clock.now() < self.down_until_s

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run something in the background; its errors are logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Stop everything that runs and close connections."""
        self._stop_tasks()
        await self.outbox.close()

    def reset(self, what: ResetWhat) -> None:
        """Forget: everything, or one part. Given receipts and ids stay given, registered addresses stay registered."""
        if what in ("all", "phones"):
            self.phones = Phones()
            self.default_answer = self._default_answer()
        if what in ("all", "faults"):
            self.faults.all.clear()
            self.down_until_s = 0.0
        if what in ("all", "books"):
            self.books = Books(self.shortcodes.all)
        if what in ("all", "clock"):
            self.clock.reset()
            self.last_query_s = float("-inf")
        if what == "all":
            self._stop_tasks()
            self.pushes = Pushes()
            self.conversations = Conversations()
            self.asks = Asks()
            self.standing_orders = StandingOrders()
            self.ussd_pushes = []
            self.bills = Bills()

    def _default_answer(self) -> DefaultAnswer:
        return DefaultAnswer("pay" if self.options.auto else "wait", self.options.answer_after_s)

    def _stop_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background work of the simulator failed", exc_info=error)
