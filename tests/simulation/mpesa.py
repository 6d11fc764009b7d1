"""Safaricom in bad weather: tokens, prompts, phones, queries, callbacks, and M-PESA's books, which are the truth.

Bodies are written from Safaricom's documents, not from our models. What Safaricom itself tells falsely is noted, since
no gateway can know better: the judge must not ask for more than could be known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NoReturn

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason
from daraja.refusals import HttpAnswer
from gateway.ports import FreshToken, Prompt, PushAnswer, QueryReply
from tests.simulation import answers
from tests.simulation.bodies import c2b_body, changed, stk_body
from tests.simulation.faults import At, Weather
from tests.simulation.processes import Agenda, Process, Silence
from tests.simulation.safaricom import FROM_SAFARICOM, Push

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
READ_TIMEOUT_MS = 15_000
TOKEN_MS = 3_599_000
TILL = "600998"
MAY_STILL_LIVE = frozenset({"1036", "1037", "9999"})
"""Codes after which the prompt may still come up."""

ENDINGS = (
    *["0"] * 60, *["1032"] * 10, *["1037"] * 8, *["2001"] * 5, *["1"] * 4, *["never"] * 3,
    "17", "26", "1001", "1019", "1025", "1036", "9999", "2006", "8006", "SFC_IC0003", "7431", "2", "3", "4", "8",
    "2028",
)  # fmt: skip
"""How prompts end, as often as they do here. 7431 is on no list."""


@dataclass
class Prompted(Push):
    """A prompt with what Safaricom told of it."""

    query_says: str | None = None
    query_blind: bool = False
    failure_told: bool = False
    ended_by_word_ms: int | None = None
    """When Safaricom first said, rightly or not, that the prompt is gone."""

    @property
    def payment(self) -> str:
        """The hex of its payment, as its callback URL has it."""
        return self.url.split("/")[-3]

    @property
    def attempt(self) -> int:
        """Which attempt of it."""
        return int(self.url.split("/")[-2])

    @property
    def path(self) -> str:
        """Where its callbacks go."""
        return "/in/" + self.url.split("/in/")[1]


@dataclass(frozen=True)
class News:
    """A delivery: to which path, what, from where. tells: the receipt that it truly names, with its amount."""

    path: str
    body: bytes
    source: str = FROM_SAFARICOM
    tells: str | None = None


@dataclass
class Mpesa:
    """M-PESA's truth and Safaricom's words. `deliver` brings news to the gateway at a time."""

    agenda: Agenda
    weather: Weather
    chance: Random
    deliver: Callable[[int, News], None]
    c2b_path: str
    till_path: str = ""
    pushes: list[Prompted] = field(default_factory=list)
    paths: list[tuple[Prompt, str]] = field(default_factory=list)
    """Every prompt that Safaricom was asked for, taken or not, and where its callbacks would go."""
    by_id: dict[str, Prompted] = field(default_factory=dict)
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    false_receipts: set[str] = field(default_factory=set)
    """Receipts that Safaricom named for a payment that they do not belong to."""
    misled: set[str] = field(default_factory=set)
    """Payments (hex) of which Safaricom spoke falsely: paid although not, another amount, another payment's ids."""
    oauth_calls: int = 0
    queries: int = 0
    token: str = ""
    token_ends_ms: int = 0

    # --- what the gateway calls -------------------------------------------------------------------------------

    def fetch_token(self, process: Process) -> FreshToken:
        """A new token; the one before is dead."""
        if self.weather.hit("oauth_away"):
            self.weather.note(process.name, "Daraja.fetch_token", At.ERROR)
            raise NotSent(NotSentReason.TOKEN_NOT_OBTAINED, retryable=True)
        self.oauth_calls += 1
        if self.weather.hit("oauth_refused"):
            which = self.chance.randrange(len(answers.OAUTH_REFUSALS))
            self.weather.sort("oauth_refused", which)
            self.weather.note(process.name, "Daraja.fetch_token", At.ERROR)
            raise Silence(self._takes_ms(), error=answers.token_refused(answers.OAUTH_REFUSALS[which]))
        self.token, self.token_ends_ms = f"token-{self.oauth_calls}", self.agenda.now + TOKEN_MS
        if self.weather.hit("token_expires_early"):
            self.token_ends_ms = self.agenda.now + self.chance.randint(5_000, 900_000)
        fresh = answers.token_given(self.token, 3_599)
        if self.weather.hit("oauth_away"):
            self.weather.note(process.name, "Daraja.fetch_token", At.ANSWER_LOST)
            raise Silence(5_000, error=NotSent(NotSentReason.TOKEN_NOT_OBTAINED, retryable=True))
        raise Silence(self._takes_ms(), fresh)

    def push(self, process: Process, token: str, prompt: Prompt) -> PushAnswer:
        """Take the prompt, or not; answer, or not. The client writes nothing after `send_before`."""
        self.paths.append((prompt, "/in/" + prompt.callback_url.split("/in/")[1]))
        before = self._push_not_taken(token)
        if self.agenda.now + process.clock_ms > prompt.send_before_ms:
            before = NotSent(NotSentReason.CONNECT_TIMEOUT, retryable=True)
        if before is not None:
            self.weather.note(process.name, "Daraja.push", At.ERROR)
            raise Silence(self._takes_ms(), error=before)
        lost = self._push_answer_lost()
        if lost is not None:
            taken, after_ms, _ = lost
            if taken:
                self._take(prompt)
            self.weather.note(process.name, "Daraja.push", At.ANSWER_LOST if taken else At.ERROR)
            raise Silence(after_ms, error=lost[2])
        push = self._take(prompt)
        raise Silence(self._takes_ms(), answers.push_taken(push.checkout_request_id, push.merchant_request_id))

    def _push_not_taken(self, token: str) -> Exception | None:
        hit = self.weather.hit
        if hit("push_refused_connection"):
            return NotSent(NotSentReason.UNREACHABLE, retryable=True)
        if hit("push_firewall"):
            return answers.push_not_taken(answers.FIREWALL)
        if hit("push_spike_arrest"):
            return answers.push_not_taken(answers.SPIKE_ARREST)
        if hit("push_token_dead") or not self._lives(token):
            return answers.push_not_taken(answers.DEAD_TOKEN)
        if hit("push_refused"):
            which = self.chance.choice(range(len(answers.REFUSALS)))
            self.weather.sort("push_refused", which)
            return answers.push_not_taken(answers.REFUSALS[which])
        if hit("push_reset_before"):
            return MaybeSent(MaybeSentReason.CONNECTION_CUT)
        return None

    def _push_answer_lost(self) -> tuple[bool, int, DarajaError] | None:
        """(taken, after how many milliseconds the client gives up, with what)."""
        if self.weather.hit("push_reset_after"):
            return True, self._takes_ms(), MaybeSent(MaybeSentReason.CONNECTION_CUT)
        if self.weather.hit("push_500_unknown"):
            return self.chance.random() < 0.5, self._takes_ms(), answers.push_not_taken(answers.UNHEARD_OF)
        if self.weather.hit("push_silence"):
            late = MaybeSent(MaybeSentReason.READ_TIMEOUT)
            return self.chance.random() < 0.7, self.chance.choice((READ_TIMEOUT_MS, 45_000)), late
        return None

    def query(self, process: Process, token: str, checkout_request_id: str) -> QueryReply:
        """What became of a prompt, as far as Safaricom says."""
        self.queries += 1
        hit = self.weather.hit
        if not self._lives(token):
            raise Silence(self._takes_ms(), error=answers.push_not_taken(answers.DEAD_TOKEN))
        if hit("query_429"):
            self.weather.note(process.name, "Daraja.query", At.ERROR)
            self._answer_query(answers.TOO_MANY)
        push = self.by_id.get(checkout_request_id)
        if push is None or hit("query_unknown_id"):
            self._answer_query(answers.NOT_KNOWN)
        said = self._code_said(push)
        if hit("query_no_answer"):
            self.weather.note(process.name, "Daraja.query", At.ANSWER_LOST)
            raise Silence(8_000, error=MaybeSent(MaybeSentReason.SERVER_ERROR))
        if said is not None and hit("query_wrong_http_class"):
            which = self.chance.randrange(len(answers.WRONG_CLASSES))
            self.weather.sort("query_wrong_http_class", which)
            status = answers.WRONG_CLASSES[which]
            self._answer_query(answers.query_told(checkout_request_id, push.merchant_request_id, said, status))
        self._note_word(push, said)
        if said is None and self.queries % 2:
            self._answer_query(answers.PROCESSING)
        self._answer_query(answers.query_told(checkout_request_id, push.merchant_request_id, said or "4999"))

    def _answer_query(self, answer: HttpAnswer) -> NoReturn:
        """The client judges the answer as it always does."""
        judged = answers.query_answer(answer)
        if isinstance(judged, DarajaError):
            raise Silence(self._takes_ms(), error=judged)
        raise Silence(self._takes_ms(), judged)

    def _code_said(self, push: Prompted) -> str | None:
        """The result code that a query is answered with; None: still under processing."""
        hit = self.weather.hit
        storm = bool(self.weather.rates)
        ended = push.ended_at_ms is not None and push.ended_at_ms <= self.agenda.now
        if storm and push.query_blind:
            return None
        if hit("query_unknown_code"):
            return "7431"
        if hit("query_wrong_code"):
            return self.chance.choice(("1032", "1037", "1", "1036", "9999", "2001", "0"))
        if storm and ended and push.query_says is not None:
            return push.query_says
        return push.code if ended else None

    def kill_token(self) -> None:
        """Another system of the shop uses the same consumer key."""
        self.token = "token of another system"

    def lives(self, token: str) -> bool:
        """Whether this is the token of now."""
        return self._lives(token)

    def _lives(self, token: str) -> bool:
        return token == self.token and self.token_ends_ms > self.agenda.now

    def _takes_ms(self) -> int:
        return 30 + int(2_500 * self.chance.random() ** 4)

    # --- the phone --------------------------------------------------------------------------------------------

    def _take(self, prompt: Prompt) -> Prompted:
        number = len(self.pushes) + 1
        push = Prompted(
            checkout_request_id=f"ws_CO_{number:04d}_{prompt.phone[-9:]}",
            merchant_request_id=f"29115-{number:08d}-1",
            phone=prompt.phone,
            amount=prompt.amount_kes,
            reference=prompt.account_reference,
            url=prompt.callback_url,
            at_ms=self.agenda.now,
        )
        self.pushes.append(push)
        self.by_id[push.checkout_request_id] = push
        code = self.chance.choice(ENDINGS)
        push.query_blind = self.weather.hit("query_processing_for_ever")
        if self.weather.hit("query_against_callback"):
            push.query_says = (
                "0" if code != "0" and self.chance.random() < 0.3 else self.chance.choice(("1032", "1", "1037"))
            )
        at_once = self.weather.hit("callback_before_answer")
        after_ms = 1 if at_once else 1_500 + int(110_000 * self.chance.random() ** 3)
        if self.weather.hit("no_answer_then_paid") and code == "0":
            self._say_failure(push, "1037", push.at_ms + after_ms // 2)
        if code != "never":
            self.agenda.at(push.at_ms + after_ms, lambda: self._ends(push, code, at_once=at_once))
        return push

    def _ends(self, push: Prompted, code: str, *, at_once: bool) -> None:
        now = self.agenda.now
        push.code, push.ended_at_ms = code, now
        if code == "0":
            push.receipt = self.book(push.phone, push.amount, push.reference, push)
            self._echo(push)
        self._contradict(push)
        for delay_ms in self._callback_delays(at_once=at_once):
            self._tell(push, now + delay_ms)

    def _callback_delays(self, *, at_once: bool) -> list[int]:
        hit, chance = self.weather.hit, self.chance
        if hit("callback_lost") or hit("echo_alone"):
            return []
        first = 0 if at_once else 100 + int(2_000 * chance.random())
        if hit("callback_late"):
            first = int(1_000 * (3 * 86_400) ** chance.random())
        if not hit("callback_repeated"):
            return [first]
        more = [chance.choice((0, 1, 5, 40, 1_000, 60_000, HOUR_MS)) for _ in range(chance.randint(1, 4))]
        return [first, *(first + delay_ms for delay_ms in more)]

    def _tell(self, push: Prompted, at_ms: int) -> None:
        """The true callback, perhaps damaged on its way."""
        told = stk_body(push, push.code or "", receipt=push.receipt, amount=push.amount)
        body, whole = changed(told, self.weather, self.chance)
        tells = push.receipt if whole else None
        self.agenda.at(at_ms, lambda: self._note_word(push, push.code))
        self.deliver(at_ms, News(push.path, body, tells=tells))

    def _note_word(self, push: Prompted, code: str | None) -> None:
        """Safaricom says now that the prompt ended so."""
        if code == "0" and push.code != "0":
            self.misled.add(push.payment)
        if code in (None, "0"):
            return
        push.failure_told = True
        if code not in MAY_STILL_LIVE and push.ended_by_word_ms is None:
            push.ended_by_word_ms = self.agenda.now

    def _say_failure(self, push: Prompted, code: str, at_ms: int) -> None:
        self.agenda.at(at_ms, lambda: self._note_word(push, code))
        self.deliver(at_ms, News(push.path, changed(stk_body(push, code))[0]))

    # --- what contradicts -------------------------------------------------------------------------------------

    def _contradict(self, push: Prompted) -> None:
        """Words of Safaricom that are not true, beside the true one."""
        hit, now, chance = self.weather.hit, self.agenda.now, self.chance
        soon_ms = now + chance.choice((0, 1, 500, 30_000, HOUR_MS))
        if push.code == "0" and hit("fail_then_success"):
            self._say_failure(push, chance.choice(("1032", "1037", "1", "9999")), now)
        if push.code == "0" and hit("success_then_fail"):
            self._say_failure(push, chance.choice(("1032", "1037", "1")), soon_ms)
        if hit("amount_off_by_one"):
            receipt = push.receipt or self._no_receipt()
            self._say_falsely(push, soon_ms, receipt, push.amount + chance.choice((-1, 1)))
        if hit("other_receipt"):
            self._say_falsely(push, soon_ms, self._no_receipt(), push.amount)
        if self.books and hit("receipt_of_another"):
            self._say_falsely(push, soon_ms, chance.choice(list(self.books)[-chance.choice((4, 1_000)) :]), push.amount)
        if hit("other_ids"):
            other = chance.choice(self.pushes)
            self.misled.add(push.payment)
            told = stk_body(push, push.code or "", receipt=push.receipt, amount=push.amount, ids_of=other)
            self.agenda.at(soon_ms, lambda: self._note_word(push, push.code))
            self.deliver(soon_ms, News(push.path, changed(told)[0]))

    def _no_receipt(self) -> str:
        return f"UKX{len(self.false_receipts) + 1:06d}9"

    def _say_falsely(self, push: Prompted, at_ms: int, receipt: str, amount: int) -> None:
        if receipt != push.receipt:
            self.false_receipts.add(receipt)
        self.misled.add(push.payment)
        self.deliver(at_ms, News(push.path, changed(stk_body(push, "0", receipt=receipt, amount=amount))[0]))

    # --- the books --------------------------------------------------------------------------------------------

    def book(self, phone: str, amount: int, reference: str, push: Prompted | None) -> str:
        """Money moves."""
        receipt = f"UKP{len(self.books) + 1:06d}{'ABCDEFGH'[len(self.books) % 8]}"
        self.books[receipt] = {
            "phone": phone,
            "amount": amount,
            "reference": reference,
            "at_ms": self.agenda.now,
            "payment": push.payment if push else None,
            "attempt": push.attempt if push else None,
            "told": False,
        }
        return receipt

    def menu_payment(self, phone: str, amount: int, reference: str) -> None:
        """A payer types the Paybill payment by hand; its confirmation may be lost or late."""
        receipt = self.book(phone, amount, reference, None)
        if self.weather.hit("c2b_lost"):
            return
        delay_ms = 500 + int(3_000 * self.chance.random())
        if self.weather.hit("c2b_late"):
            delay_ms = int(1_000 * (2 * 86_400) ** self.chance.random())
        self._confirm(receipt, self.agenda.now + delay_ms)

    def _echo(self, push: Prompted) -> None:
        """The C2B confirmation of the prompt's own receipt, where the shop's URLs get them."""
        receipt = push.receipt or ""
        if self.weather.hit("echo_before_callback"):
            self._confirm(receipt, self.agenda.now)
        if self.weather.hit("echo_after_callback") or self.weather.hit("echo_alone"):
            self._confirm(receipt, self.agenda.now + self.chance.choice((150, 2_000, 5_000, 90_000, HOUR_MS)))

    def till_payment(self, phone: str, amount: int) -> None:
        """A payer pays at the till, where nothing can be typed."""
        receipt = self.book(phone, amount, "", None)
        self.books[receipt]["till"] = True
        body = c2b_body(receipt, self.books[receipt], TILL)
        self.deliver(self.agenda.now + 500, News(self.till_path, body, tells=receipt))

    def _confirm(self, receipt: str, at_ms: int) -> None:
        news = News(self.c2b_path, c2b_body(receipt, self.books[receipt]), tells=receipt)
        self.deliver(at_ms, news)
        if self.weather.hit("callback_repeated"):
            self.deliver(at_ms + self.chance.choice((0, 1, 30, 60_000)), news)
