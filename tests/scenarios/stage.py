"""The stage on which a story is played: its acts as words, each a few calls of the simulated world.

Actors: shop, payer, mpesa (what really happens), daraja (what is told of it), pull and statement, table, time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from daraja.errors import NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.facts import MoneyReceived, MoneyReturned, Source
from gateway.domain.payment import Asked
from gateway.flows.check import ask_soon
from gateway.flows.claims import PAYER, claim
from gateway.flows.close import cancel
from gateway.flows.keep import keep
from gateway.flows.read import read_payment
from gateway.flows.reconciliation.pull import pull_due
from gateway.flows.start_payment import start_attempt, start_payment
from gateway.flows.take_money import receive_money
from gateway.ports import Call, StoreUnavailable
from tests.simulation.lives_statement import send
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM, Payer, Push, callback_body
from tests.simulation.world import SHORTCODE, START_MS, World, asked
from tests.statement_files import Entry, portal_file

OTHER_AMOUNT = "amount"
FIRST = "A"


class NotUnderstood(Exception):
    """The line says something for which there are no words here."""


@dataclass
class Stage:
    """The world, the orders by their letter, and what the last act was answered with."""

    world: World = field(default_factory=World)
    orders: dict[str, Asked] = field(default_factory=dict)
    answer: str = ""
    _next_plan: Payer | None = None
    _before_answer: list[str] = field(default_factory=list)
    _next_refusal: Exception | None = None
    _requests: dict[str, tuple[Asked, str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._push = self.world.safaricom.push
        self.world.safaricom.push = self._push_as_planned  # type: ignore[method-assign]  # answers as the story wants
        self.world.safaricom.at_push = self._first_of_all

    def act(self, actor: str, words: str) -> None:
        """Do what the line says, then let news, queues and stream settle."""
        for pattern, method in _ACTS[actor]:
            found = re.fullmatch(pattern, words)
            if found:
                self.answer = ""
                method(self, **found.groupdict())
                self.world.pass_time(0, sweeps=False)
                return
        raise NotUnderstood(f"{actor}: {words}")

    # --- shop and payer ---------------------------------------------------------------------------------------

    def asks(self, amount: str, order: str | None, phone: str | None, reference: str | None) -> None:
        """The shop's first request for an order."""
        key = order or FIRST
        self.orders[key] = asked(key, int(amount), reference=reference or "")
        self._requests[key] = (self.orders[key], _number(phone))
        self.repeats("1", key)

    def repeats(self, times: str | None, order: str | None) -> None:
        """The same request with the same key."""
        request, phone = self._requests[order or FIRST]
        for _ in range(int(times or 1)):
            self._plan(phone)
            flow = start_payment(request, phone, SHORTCODE, "key_test", self.world.settings)
            self.world.attempt("start_payment", flow)

    def tries_again(self, phone: str, order: str | None, not_charged: str | None) -> None:
        """Shop or payer: the next attempt."""
        self._plan(_number(phone))
        request = self.orders[order or FIRST]
        attempts = next(len(p["attempts"]) for p in self.world.payments() if p["id"] == request.id)
        flow = start_attempt(
            request.id, attempts + 1, _number(phone) or "", "payer", self.world.settings, not_charged=bool(not_charged)
        )
        started = self.world.attempt("start_attempt", flow)
        self.answer = str(started.permission.hindrance or "") if started and started.permission else ""

    def cancels(self, order: str | None) -> None:
        """The shop cancels."""
        flow = cancel(self.orders[order or FIRST].id, "key_test", self.world.settings)
        closed = self.world.attempt("cancel", flow)
        self.answer = str(closed.hindrance or "") if closed else ""

    def waits_on_the_page(self) -> None:
        """The payer's page asks once how things stand."""
        found = self.world.attempt("read", read_payment(self.orders[FIRST].id))
        assert found is not None
        self.world.attempt("ask_soon", ask_soon(*found, self.world.settings))

    def types(self, amount: str, reference: str, receipt: str) -> None:
        """Money by hand, at the Paybill."""
        known = self.orders.get(reference)
        self._book(receipt, int(amount), known.account_reference if known else reference.strip('"'), "254722000000")

    def claims(self, receipt: str, order: str | None) -> None:
        """«I have paid»: the payer gives the code of a message."""
        taken = self.world.attempt("claim", claim(self.orders[order or FIRST].id, receipt, PAYER, self.world.settings))
        self.answer = str(taken.refused or taken.told or "") if taken else ""

    # --- what really happens ----------------------------------------------------------------------------------

    def takes_the_money(self, receipt: str, number: str | None, order: str | None) -> None:
        """The payer entered the PIN and M-PESA moved the money."""
        self._end(self._prompt(number, order), "0", receipt)

    def ends_with(self, code: str, number: str | None, order: str | None) -> None:
        """The prompt ended without money."""
        self._end(self._prompt(number, order), code, None)

    def _end(self, push: Push, code: str, receipt: str | None) -> None:
        push.code, push.receipt, push.ended_at_ms = code, receipt, self.world.now
        if receipt is not None:
            self._book(receipt, push.amount, push.reference, push.phone)

    def _book(self, receipt: str, amount: int, reference: str, phone: str) -> None:
        entry = {"phone": phone, "amount": amount, "reference": reference, "at_ms": self.world.now}
        self.world.safaricom.books[receipt] = entry

    def reverses(self, receipt: str, amount: str, order: str | None) -> None:
        """Staff sends money back on Safaricom's portal; the statement tells us."""
        fact = MoneyReturned(
            told_by=Source.STATEMENT,
            receipt=receipt,
            return_receipt=f"REV{receipt}",
            amount_kes=int(amount),
            external=True,
            said_at_ms=self.world.now,
            learned_at_ms=self.world.now,
        )
        self.world.attempt("statement", keep(self.orders[order or FIRST].id, lambda _: (fact,), self.world.settings))

    # --- what is told -----------------------------------------------------------------------------------------

    def calls_back(self, code: str, more: str) -> None:
        """Safaricom's callback, with what the story changes of it."""
        said = {word: value for word, _, value in (part.partition(" ") for part in more.split(", "))}
        push = self._prompt(said.get("attempt"), said.get("order"))
        kept = (push.code, push.receipt, push.amount, push.checkout_request_id)
        push.code = code
        push.receipt = said.get("receipt") or push.receipt
        push.amount = int(said.get(OTHER_AMOUNT) or push.amount)
        push.checkout_request_id = "ws_CO_9999_722000000" if "other" in said else push.checkout_request_id
        body = callback_body(push, Payer())
        push.code, push.receipt, push.amount, push.checkout_request_id = kept
        body = b"{" if "unreadable" in said else body
        path = "/in/" + push.url.split("/in/")[1]
        path = path[:-32] + "0" * 32 if "wrong" in said else path
        self.world.deliver(path, body, FROM_ELSEWHERE if "from" in said else FROM_SAFARICOM)

    def confirms(self, receipt: str) -> None:
        """The C2B confirmation of money that is in the books."""
        self.world.safaricom._confirm(receipt, self.world.now)

    def sends_the_statement(self) -> None:
        """The portal's file of all that is in the books, made now; then its day is compared."""
        world = self.world
        rows = [
            Entry(receipt, one["at_ms"], f"{one['amount']}.00", reference=one["reference"], party=one["phone"])
            for receipt, one in sorted(world.safaricom.books.items(), key=lambda one: one[1]["at_ms"])
        ]
        file = portal_file(rows, day_begins_ms(day_of(START_MS)), world.now - 1_000, made_ms=world.now)
        send(world, file, day_of(START_MS))

    def tells_of(self, by: str, receipt: str, amount: str, reference: str | None) -> None:
        """A row of Pull or a line of the statement."""
        known = self.orders.get(reference or "")
        fact = MoneyReceived(
            told_by=Source(by),
            receipt=receipt,
            amount_kes=int(amount),
            shortcode=SHORTCODE.number,
            reference=known.account_reference if known else "",
            completed_at_ms=self.world.now,
            said_at_ms=self.world.now,
            learned_at_ms=self.world.now,
        )
        self.world.attempt("money", receive_money(fact, self.world.settings))

    def reads_the_list(self) -> None:
        """M-Pesa's own list is asked for, as each hour; the shortcode is registered for it from its beginning."""
        shop = self.world.store.settings["shop"]
        codes = tuple(replace(code, pull=True) for code in shop.shortcodes)
        self.world.store.settings["shop"] = replace(shop, shortcodes=codes)
        self.world.attempt("pull", pull_due(self.world.settings))

    def answers_no_query(self, number: str | None) -> None:
        """Asked about this prompt, M-PESA says that it is not finished."""
        self.world.safaricom.payer_of(self._prompt(number, None)).query_tells = False

    def answers_queries(self, number: str | None) -> None:
        """Asked about this prompt, M-PESA says what really happened."""
        self.world.safaricom.payer_of(self._prompt(number, None)).query_tells = True

    def loses_its_next_answer(self) -> None:
        """The prompt is taken, and nobody tells us."""
        self._next_plan = Payer(code="never", callbacks=(), answer_lost=True)

    def comes_first(self, first: str) -> None:
        """News that overtakes the answer of the next prompt."""
        self._next_plan = Payer(code="never", callbacks=(), callback_before_answer=True)
        self._before_answer = first.split(", then ")

    def refuses_the_next(self, code: str) -> None:
        """Daraja says no to the next prompt."""
        self._next_refusal = Refused(code, "Bad Request - Invalid PhoneNumber", RefusalCause.PHONE_NOT_ON_MPESA)

    def is_down_for_the_next(self) -> None:
        """Daraja takes nothing."""
        self._next_refusal = NotSent(NotSentReason.MAINTENANCE, retryable=False)

    def forgets_the_token(self) -> None:
        """Somebody else with the same consumer key fetched another one."""
        self.world.safaricom.tokens = []

    # --- ours -------------------------------------------------------------------------------------------------

    def goes_away(self) -> None:
        """Every call to the table fails."""

        def away(call: Call) -> Any:
            raise StoreUnavailable("away")

        self.world.port_store = away  # type: ignore[method-assign]  # until it comes back

    def comes_back(self) -> None:
        """The table answers again."""
        del self.world.port_store

    def loses_everything(self) -> None:
        """A restore from before the payment."""
        self.world.store.payments.clear()

    def passes(self) -> None:
        """Nothing but time."""

    # --- prompts ----------------------------------------------------------------------------------------------

    def _plan(self, phone: str | None) -> None:
        if phone is not None:
            self.world.safaricom.payers[phone] = [self._next_plan or Payer(code="never", callbacks=())]
        self._next_plan = None

    def _push_as_planned(self, token: str, prompt: Any, /) -> Any:
        if self._next_refusal is not None:
            refusal, self._next_refusal = self._next_refusal, None
            raise refusal
        return self._push(token, prompt)

    def _first_of_all(self, push: Push) -> None:
        for words in self._before_answer:
            actor, _, act = words.partition(" ")
            found = next((method, match) for pattern, method in _ACTS[actor] if (match := re.fullmatch(pattern, act)))
            found[0](self, **found[1].groupdict())
            self.world._do_agenda()
        assert push in self.world.safaricom.pushes

    def _prompt(self, number: str | None, order: str | None) -> Push:
        """The prompt of an attempt; the last one unless a number is given."""
        hex_id = self.orders[order or FIRST].id.removeprefix("pay_")
        mine = [push for push in self.world.safaricom.pushes if f"/{hex_id}/{number or ''}" in push.url]
        return mine[-1]


def _number(phone: str | None) -> str | None:
    return f"254{phone[1:]}" if phone else None


_ORDER = r"(?: for (?P<order>[A-Z]))?"
_OF = r"(?:, attempt (?P<number>\d))?"
_ACTS: dict[str, list[tuple[str, Callable[..., None]]]] = {
    "shop": [
        (rf"asks (?P<amount>\d+){_ORDER}(?: under (?P<reference>\S+))?(?: from (?P<phone>0\d+))?", Stage.asks),
        (rf"repeats the request(?: (?P<times>\d+) times)?{_ORDER}", Stage.repeats),
        (r"cancels(?: (?P<order>[A-Z]))?", Stage.cancels),
    ],
    "payer": [
        (rf"tries again from (?P<phone>0\d+){_ORDER}(?P<not_charged>, was not charged)?", Stage.tries_again),
        (r"waits on the page", Stage.waits_on_the_page),
        (rf"claims (?P<receipt>\w+){_ORDER}", Stage.claims),
        (r"types (?P<amount>\d+) for (?P<reference>[A-Z]|\"[^\"]*\"), receipt (?P<receipt>\S+)", Stage.types),
    ],
    "mpesa": [
        (rf"takes the money, receipt (?P<receipt>\w+){_OF}(?:, order (?P<order>[A-Z]))?", Stage.takes_the_money),
        (rf"ends with (?P<code>\w+){_OF}(?:, order (?P<order>[A-Z]))?", Stage.ends_with),
        (rf"reverses (?P<receipt>\w+) of (?P<amount>\d+){_ORDER}", Stage.reverses),
    ],
    "daraja": [
        (r"calls back (?P<code>\w+)(?:, )?(?P<more>.*)", Stage.calls_back),
        (r"confirms (?P<receipt>\w+)", Stage.confirms),
        (rf"answers no query{_OF}", Stage.answers_no_query),
        (rf"answers queries{_OF}", Stage.answers_queries),
        (r"will lose its next answer", Stage.loses_its_next_answer),
        (r"will answer last, first (?P<first>.+)", Stage.comes_first),
        (r"will refuse the next prompt, (?P<code>\S+)", Stage.refuses_the_next),
        (r"will take no prompt", Stage.is_down_for_the_next),
        (r"forgets the token", Stage.forgets_the_token),
    ],
    "pull": [
        (r"is read", Stage.reads_the_list),
        (
            r"shows (?P<receipt>\w+) of (?P<amount>\d+)(?: for (?P<reference>[A-Z]))?",
            lambda stage, **said: stage.tells_of("pull", **said),
        ),
    ],
    "statement": [
        (r"of the day is sent", Stage.sends_the_statement),
        (
            r"shows (?P<receipt>\w+) of (?P<amount>\d+)(?: for (?P<reference>[A-Z]))?",
            lambda stage, **said: stage.tells_of("statement", **said),
        ),
    ],
    "table": [
        (r"goes away", Stage.goes_away),
        (r"comes back", Stage.comes_back),
        (r"loses everything", Stage.loses_everything),
    ],
    "time": [(r"passes", Stage.passes)],
}
