"""Every code of the error table has a call that provokes it: none is only a promise. A new row needs a case here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daraja.errors import NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.circuit import Circuit, Opening
from gateway.domain.claims import CLAIMS_MAX
from gateway.domain.facts import Deadline, TimerPassed
from gateway.domain.webhooks import ENDPOINTS_MAX
from gateway.flows.annotate import NOTES_MAX
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.ports import StoreUnavailable, run
from gateway.web.errors import ERRORS
from tests.memory_initiator import MemoryInitiator
from tests.memory_store import START_MS
from tests.unit.web import c2b_sample, questions_sample, reconciliation_sample, refund_sample
from tests.unit.web.shop import ORIGIN, OTHER_PUBLISHABLE, READER, REVOKED, Answered, Gateway
from tests.unit.web.test_claims import claim, money_at_the_till, till_payment
from tests.unit.web.test_keys import MASTER, keep_master, revoke
from tests.unit.web.test_links import begin, make
from tests.unit.web.test_webhook_endpoints import Hooks

PHONE = {"phone": "0712345678"}
DAY_MS = 86_400_000
Case = Callable[[Gateway], Answered]
CASES: dict[str, Case] = {}


def provokes(code: str) -> Callable[[Case], Case]:
    """The case of a code."""

    def keep_case(case: Case) -> Case:
        assert code not in CASES
        CASES[code] = case
        return case

    return keep_case


def asked(code: str, body: Any, **more: Any) -> None:
    """A code that a bad body or header of `POST /v1/payments` provokes."""
    headers = {"idempotency-key": "order-1042"} | more.pop("headers", {})
    CASES[code] = lambda gateway: gateway.call("POST", "/v1/payments", body, headers=headers, **more)


asked("body_not_json", b"{")
asked("body_not_utf8", b"\xff")
asked("body_too_deep", b"[" * 11)
asked("body_too_large", b" " * 65_537)
asked("duplicate_field", b'{"amount":1,"amount":2}')
asked("media_type_not_supported", b"x", headers={"content-type": "multipart/form-data"})
asked("idempotency_key_invalid", {"amount": 1}, headers={"idempotency-key": " "})
asked("key_missing", {"amount": 1}, secret=None)
asked("key_invalid", {"amount": 1}, secret="sk_test_nobody_knows_it")
asked("key_revoked", {"amount": 1}, secret=REVOKED)
asked("key_wrong_mode", {"amount": 1}, secret="sk_live_local_corner_shop_0001")
asked("scope_missing", {"amount": 1}, secret=READER)
asked("field_missing", {})
asked("field_invalid", {"amount": 1, "order": ""})
asked("unknown_field", {"amount": 1, "amout": 1})
asked("phone_invalid", {"amount": 1, "phone": "0712"})
asked("amount_invalid", {"amount": "1"})
asked("amount_too_small", {"amount": 0})
asked("amount_too_large", {"amount": 250_001})
asked("reference_invalid", {"amount": 1, "account_reference": "no blanks"})
asked("shortcode_unknown", {"amount": 1, "shortcode": "1"})


@provokes("idempotency_key_missing")
def _no_key(gateway: Gateway) -> Answered:
    return gateway.call("POST", "/v1/payments", {"amount": 1})


@provokes("idempotency_key_reused")
def _reused(gateway: Gateway) -> Answered:
    gateway.pay()
    return gateway.pay(amount=7)


@provokes("idempotency_key_expired")
def _expired_key(gateway: Gateway) -> Answered:
    gateway.pay()
    gateway.world.ambient.at_ms += 31 * DAY_MS
    return gateway.pay()


@provokes("token_expired")
def _old_token(gateway: Gateway) -> Answered:
    payment = gateway.pay().json["id"]
    gateway.world.ambient.at_ms += 3 * DAY_MS
    return gateway.call("GET", f"/v1/checkout/{payment}", secret=gateway.token(payment))


@provokes("token_wrong_payment")
def _other_token(gateway: Gateway) -> Answered:
    one, other = gateway.pay("one").json["id"], gateway.pay("other").json["id"]
    return gateway.call("GET", f"/v1/checkout/{one}", secret=gateway.token(other))


@provokes("origin_not_allowed")
def _stranger(gateway: Gateway) -> Answered:
    payment = gateway.pay().json["id"]
    headers = {"origin": ORIGIN.replace("shop", "evil")}
    return gateway.call("GET", f"/v1/checkout/{payment}", secret=gateway.token(payment), headers=headers)


@provokes("not_found")
def _nowhere(gateway: Gateway) -> Answered:
    return begin(gateway, make(gateway).json, secret=OTHER_PUBLISHABLE)


@provokes("method_not_allowed")
def _wrong_method(gateway: Gateway) -> Answered:
    return gateway.call("DELETE", "/v1/payments")


@provokes("cursor_invalid")
def _made_up_cursor(gateway: Gateway) -> Answered:
    return gateway.call("GET", "/v1/payments?cursor=x.y")


def next_attempt(gateway: Gateway, payment: str, number: int = 2) -> Answered:
    """Another prompt."""
    return gateway.call("PUT", f"/v1/payments/{payment}/attempts/{number}", PHONE)


@provokes("prompt_live")
def _live(gateway: Gateway) -> Answered:
    return next_attempt(gateway, gateway.pay(**PHONE).json["id"])


@provokes("attempt_out_of_order")
def _out_of_order(gateway: Gateway) -> Answered:
    return next_attempt(gateway, gateway.pay().json["id"])


@provokes("already_paid")
def _paid(gateway: Gateway) -> Answered:
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment)
    return next_attempt(gateway, payment)


@provokes("already_final")
def _final(gateway: Gateway) -> Answered:
    payment = till_payment(gateway)
    money_at_the_till(gateway, amount_kes=500)
    claim(gateway, payment)
    gateway.world.ambient.at_ms += 3 * DAY_MS
    said = {"said_at_ms": gateway.world.ambient.at_ms, "learned_at_ms": gateway.world.ambient.at_ms}
    ended = TimerPassed(deadline=Deadline.EXPIRY, number=0, **said)
    run(keep(payment, lambda _: (ended,), FlowSettings()), gateway.world)
    return gateway.call("POST", f"/v1/payments/{payment}/cancel")


@provokes("attempt_unresolved")
def _unresolved(gateway: Gateway) -> Answered:
    payment = gateway.pay(**PHONE).json["id"]
    gateway.world.ambient.at_ms += 900_000
    said = {"said_at_ms": gateway.world.ambient.at_ms, "learned_at_ms": gateway.world.ambient.at_ms}
    silent = TimerPassed(deadline=Deadline.ANSWER, number=1, **said)
    run(keep(payment, lambda _: (silent,), FlowSettings()), gateway.world)
    return next_attempt(gateway, payment)


@provokes("payment_expired")
def _expired(gateway: Gateway) -> Answered:
    payment = gateway.pay().json["id"]
    gateway.world.ambient.at_ms += 2 * DAY_MS
    return next_attempt(gateway, payment, 1)


@provokes("payment_cancelled")
def _cancelled(gateway: Gateway) -> Answered:
    payment = gateway.pay().json["id"]
    gateway.call("POST", f"/v1/payments/{payment}/cancel")
    return next_attempt(gateway, payment, 1)


@provokes("too_many_prompts")
def _too_many_prompts(gateway: Gateway) -> Answered:
    for number in range(3):
        gateway.callback(gateway.pay(f"order-{number}", **PHONE).json["id"], code="1", receipt=None)
    return next_attempt(gateway, gateway.pay("fourth").json["id"], 1)


@provokes("version_conflict")
def _conflict(gateway: Gateway) -> Answered:
    payment = gateway.pay(**PHONE).json["id"]
    return gateway.call("PATCH", f"/v1/payments/{payment}", {"order": "1"}, headers={"if-match": '"1"'})


@provokes("field_read_only")
def _read_only(gateway: Gateway) -> Answered:
    return gateway.call("PATCH", f"/v1/payments/{gateway.pay().json['id']}", {"amount": 1})


def refund(gateway: Gateway, amount: int, key: str = "another") -> Answered:
    """Of a payment of 1,500 shillings that has a refund of 50."""
    paid = gateway.pay(**PHONE).json["id"]
    gateway.callback(paid)
    refund_sample.store(gateway, paid)
    headers = {"idempotency-key": key}
    return gateway.call(
        "POST", f"/v1/payments/{paid}/refunds", {"amount": amount}, secret=refund_sample.REFUND_KEY, headers=headers
    )


CASES["refund_live"] = lambda gateway: refund(gateway, 1_480)
CASES["refund_too_large"] = lambda gateway: refund(gateway, 1_501)
CASES["refund_not_possible"] = lambda gateway: refund(gateway, 5)


@provokes("payment_full")
def _full(gateway: Gateway) -> Answered:
    path = f"/v1/payments/{gateway.pay().json['id']}/notes"
    return [gateway.call("POST", path, {"text": "x"}) for _ in range(NOTES_MAX + 1)][-1]


@provokes("link_closed")
def _closed(gateway: Gateway) -> Answered:
    link = make(gateway).json
    gateway.call("PATCH", f"/v1/payment-links/{link['id']}", {"active": False})
    return begin(gateway, link)


@provokes("link_used_up")
def _used_up(gateway: Gateway) -> Answered:
    link = make(gateway, max_payments=1).json
    return [begin(gateway, link, number) for number in range(2)][-1]


@provokes("too_many_requests")
def _too_many_requests(gateway: Gateway) -> Answered:
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    link = make(gateway).json
    return [begin(gateway, link, number) for number in range(2)][-1]


@provokes("last_key")
def _last_key(gateway: Gateway) -> Answered:
    keep_master(gateway, MASTER, "shop")
    return revoke(gateway, "key_master_shop")


@provokes("receipt_taken")
def _taken(gateway: Gateway) -> Answered:
    gateway.callback(gateway.pay("paid", **PHONE).json["id"])
    return claim(gateway, till_payment(gateway))


@provokes("too_many_claims")
def _too_many_claims(gateway: Gateway) -> Answered:
    payment = till_payment(gateway)
    return [claim(gateway, payment, f"SGL31QW9{number:02d}") for number in range(CLAIMS_MAX + 1)][-1]


@provokes("receipt_ignored")
def _ignored_money(gateway: Gateway) -> Answered:
    c2b_sample.store(gateway)
    return gateway.call("POST", f"/v1/c2b/{c2b_sample.ASIDE}/assign", {"new_payment": {}})


@provokes("receipt_may_be_anothers")
def _somebodys_money(gateway: Gateway) -> Answered:
    c2b_sample.store(gateway)
    gateway.pay("prompted", phone="0722000111")
    return gateway.call("POST", f"/v1/c2b/{c2b_sample.WAITING}/assign", {"new_payment": {}})


def refresh(gateway: Gateway, *errors: Exception) -> Answered:
    """Ask M-PESA for the balances, which answers with these errors."""
    gateway.world.questions.errors += errors
    return gateway.call("POST", "/v1/balance/refresh")


@provokes("initiator_missing")
def _no_operator(gateway: Gateway) -> Answered:
    questions_sample.store(gateway)
    gateway.world.initiator = MemoryInitiator()
    return refresh(gateway)


@provokes("initiator_stopped")
def _stopped_operator(gateway: Gateway) -> Answered:
    questions_sample.store(gateway)
    stopped = Circuit(shortcode=questions_sample.PAYBILL, openings={"*": Opening("8006", "pay_out", START_MS)})
    gateway.world.initiator.circuits[questions_sample.PAYBILL] = stopped
    return refresh(gateway)


@provokes("mpesa_refused")
def _m_pesa_says_no(gateway: Gateway) -> Answered:
    questions_sample.store(gateway)
    return refresh(gateway, Refused("400.002.02", "Invalid PartyA", RefusalCause.SHOP_SETUP))


@provokes("mpesa_unavailable")
def _m_pesa_is_away(gateway: Gateway) -> Answered:
    questions_sample.store(gateway)
    return refresh(gateway, NotSent(NotSentReason.UNREACHABLE, retryable=True))


@provokes("pull_not_registered")
def _no_list(gateway: Gateway) -> Answered:
    day = {"day": "2026-03-01", "shortcode": "174379"}
    return gateway.call("POST", "/v1/reconciliation/runs", day)


@provokes("day_too_big")
def _no_time_for_a_day(gateway: Gateway) -> Answered:
    reconciliation_sample.store(gateway)
    gateway.world.ambient.left_ms = 3_999
    return gateway.call("POST", "/v1/reconciliation/runs", {"day": "2026-03-02"})


@provokes("day_closed")
def _compared_though_closed(gateway: Gateway) -> Answered:
    reconciliation_sample.store(gateway)
    return gateway.call("POST", "/v1/reconciliation/runs", {"day": reconciliation_sample.CLOSED_DAY})


@provokes("day_not_ready")
def _closed_before_it_is_over(gateway: Gateway) -> Answered:
    reconciliation_sample.store(gateway)
    return gateway.call("POST", "/v1/reconciliation/days/2026-03-02/close", {})


@provokes("line_changed")
def _explained_as_it_was(gateway: Gateway) -> Answered:
    reconciliation_sample.store(gateway)
    body = {"line": "line_" + "0" * 16, "note": "the owner's own money"}
    return gateway.call("POST", "/v1/reconciliation/days/2026-03-02/lines/1/resolve", body)


@provokes("statement_not_sent")
def _no_file(gateway: Gateway) -> Answered:
    made = gateway.call("POST", "/v1/reconciliation/statements", {"bytes": 100}).json
    return gateway.call("POST", f"/v1/reconciliation/statements/{made['id']}/read")


@provokes("statement_unreadable")
def _no_statement(gateway: Gateway) -> Answered:
    made = gateway.call("POST", "/v1/reconciliation/statements", {"bytes": 100}).json
    gateway.world.statementfiles.files["shop", made["id"]] = b"<html>Sign in</html>"
    return gateway.call("POST", f"/v1/reconciliation/statements/{made['id']}/read")


@provokes("webhook_url_refused")
def _refused_url(_: Gateway) -> Answered:
    return Hooks().call("POST", body={"url": "http://shop.example/"})


@provokes("too_many_endpoints")
def _too_many_endpoints(_: Gateway) -> Answered:
    hooks = Hooks()
    urls = [f"https://shop.example/{number}" for number in range(ENDPOINTS_MAX + 1)]
    return [hooks.call("POST", body={"url": url}) for url in urls][-1]


@provokes("endpoint_disabled")
def _disabled(_: Gateway) -> Answered:
    hooks = Hooks()
    made = hooks.make()
    hooks.call("PATCH", f"/{made['id']}", {"enabled": False})
    return hooks.call("POST", f"/{made['id']}/test")


@provokes("internal_error")
def _our_fault(gateway: Gateway) -> Answered:
    gateway.world.fail_next["Store.read_key"].append(RuntimeError("a mistake"))
    return gateway.call("GET", "/v1/payments")


@provokes("storage_unavailable")
def _away(gateway: Gateway) -> Answered:
    gateway.world.fail_next["Store.read_key"].append(StoreUnavailable("throttled"))
    return gateway.call("GET", "/v1/payments")


def test_every_row_of_the_table_has_a_case() -> None:
    """And no case is of a code that there is not."""
    assert set(ERRORS) == set(CASES)


@pytest.mark.parametrize("code", sorted(CASES))
def test_the_code_can_be_provoked_and_has_the_promised_form(gateway: Gateway, code: str) -> None:
    """Code, status, title and whether to repeat are the table's; the answer fits the OpenAPI of its route."""
    answer = CASES[code](gateway)
    kind = ERRORS[code]
    assert (kind.status, code, kind.title, kind.retryable) == (
        answer.status,
        answer.code,
        answer.json["title"],
        answer.json["retryable"],
    )
    assert answer.json["type"].endswith(f"/docs/errors#{code}")
    assert "712345678" not in answer.body
