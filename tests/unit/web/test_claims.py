"""«I have paid» over the API and on the page: what is answered, what is stored, and what nobody learns."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from gateway import security
from gateway.domain.facts import Claimed, MoneyReceived, Source
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.ports import StoreUnavailable, run
from tests.memory_store import KEYS
from tests.unit.web.shop import HOST, SECRET, Answered, Gateway

CODE = "SGL31QW9XY"
PHONE = "0712345678"
MESSAGE = (
    "SGL31QW9XY Confirmed. Ksh1,500.00 sent to CORNER SHOP TILL on 2/3/26 at 12:15 PM. New M-PESA balance is "
    "Ksh3,204.10. Transaction cost, Ksh0.00."
)
NO_CODE = ["", "SGL31QW9X", "SGL31QW9XYZ", "0712345678", "I have paid!", "1234567890", "X" * 501]


def till_payment(gateway: Gateway, key: str = "order-1", *, entered: bool = True) -> str:
    """A payment at the till; with `entered`, a prompt to PHONE was cancelled before."""
    payment = str(gateway.pay(key, shortcode="4000001", **({"phone": PHONE} if entered else {})).json["id"])
    if entered:
        gateway.callback(payment, code="1032")
    return payment


def money_at_the_till(
    gateway: Gateway, receipt: str = CODE, amount_kes: int = 1500, phone: str = "254712345678"
) -> None:
    """M-PESA confirms money that a payer typed at the till."""
    now_ms = gateway.world.ambient.at_ms
    fact = MoneyReceived(
        told_by=Source.C2B,
        receipt=receipt,
        amount_kes=amount_kes,
        shortcode="4000001",
        reference="",
        completed_at_ms=now_ms,
        payer_key=security.payer_key(KEYS.phone, phone),
        told_under="4000000",
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )
    run(receive_money(fact, FlowSettings(), by_reference=False), gateway.world)


def claim(gateway: Gateway, payment: str, receipt: Any = CODE, *, secret: str = SECRET) -> Answered:
    """The shop's server claims."""
    return gateway.call("POST", f"/v1/payments/{payment}/claims", {"receipt": receipt}, secret=secret)


def claim_as_payer(gateway: Gateway, payment: str, receipt: Any = CODE, query: str = "") -> Answered:
    """The payer's browser claims."""
    path = f"/v1/checkout/{payment}/claims{query}"
    return gateway.call("POST", path, {"receipt": receipt}, secret=gateway.token(payment))


def send(gateway: Gateway, payment: str, receipt: str = CODE, *, query: str = "", **changes: str) -> Answered:
    """The page's form."""
    fields = {"receipt": receipt, "token": security.claim_token(KEYS.client_token, payment), **changes}
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": f"http://{HOST}"}
    code = security.page_code(KEYS.client_token, payment)
    body = urlencode(fields).encode()
    return gateway.call("POST", f"/pay/{code}/claim{query}", body, secret=None, headers=headers)


def page(gateway: Gateway, address: str) -> str:
    """What a browser shows there."""
    return gateway.call("GET", address, secret=None).body


def stored(gateway: Gateway, payment: str) -> list[str]:
    """Codes that were claimed for the payment."""
    facts = gateway.world.store.payments[payment].facts.values()
    return [fact.receipt for fact in facts if isinstance(fact, Claimed)]


@pytest.mark.parametrize("typed", [CODE, "sgl31qw9xy", " SGL 31Q W9XY ", MESSAGE, MESSAGE.replace(" ", "\n", 1)])
def test_the_code_is_found_in_what_is_typed_or_pasted(gateway: Gateway, typed: str) -> None:
    """A whole message, lower case, blanks: the money at the till is this payment's, and it is paid."""
    payment = till_payment(gateway)
    money_at_the_till(gateway)
    answer = claim_as_payer(gateway, payment, typed)
    assert (202, CODE, "attached", "paid") == (
        answer.status,
        answer.json["receipt"],
        answer.json["state"],
        answer.json["checkout"]["screen"],
    )


@pytest.mark.parametrize("typed", [*NO_CODE, None, 5])
def test_what_holds_no_code_is_refused_and_not_kept(gateway: Gateway, typed: Any) -> None:
    payment = till_payment(gateway)
    answer = claim(gateway, payment, typed)
    assert (422, "field_invalid", []) == (answer.status, answer.code, stored(gateway, payment))


def test_a_message_with_a_true_code_and_a_false_sum_is_judged_by_the_money(gateway: Gateway) -> None:
    """The screenshot says 1,500, M-PESA says 15: nothing is paid, and a person looks."""
    payment = till_payment(gateway)
    money_at_the_till(gateway, amount_kes=15)
    answer = claim(gateway, payment, MESSAGE)
    shown = answer.json["payment"]
    told = {"amount": 15, "at": "2026-03-02T09:15:04Z", "shortcode": "4000001", "account_reference_typed": None}
    assert told == answer.json["money"]
    assert ("to_shop", "failed", 0, ["claim_open"]) == (
        answer.json["state"],
        shown["status"],
        shown["amount_received"],
        shown["flags"],
    )


def test_a_code_of_another_payment_is_told_to_the_shop_and_not_to_the_payer(gateway: Gateway) -> None:
    """409 for the key; for the payer the same answer as for money that is not proven."""
    owner, payment = till_payment(gateway), till_payment(gateway, "order-2", entered=False)
    money_at_the_till(gateway)
    claim(gateway, owner)
    money_at_the_till(gateway, "SGK77PQ1AB", phone="254712345679")
    used, unproven = claim_as_payer(gateway, payment), claim_as_payer(gateway, payment, "SGK77PQ1AB")
    by_shop = claim(gateway, till_payment(gateway, "order-3", entered=False))
    assert [(202, "to_shop"), (202, "to_shop")] == [(one.status, one.json["state"]) for one in (used, unproven)]
    assert (409, "receipt_taken") == (by_shop.status, by_shop.code)
    assert set(used.json) == set(unproven.json)


def test_money_of_another_shops_shortcode_is_shown_to_nobody(gateway: Gateway) -> None:
    """The other shop has no till: what came to this one's reads there like a code that nobody knows."""
    money_at_the_till(gateway)
    other = "sk_test_local_other_shop_00001"
    headers = {"idempotency-key": "theirs"}
    payment = gateway.call("POST", "/v1/payments", {"amount": 1500}, secret=other, headers=headers).json["id"]
    answer = claim(gateway, payment, secret=other)
    assert (202, "not_found", None) == (answer.status, answer.json["state"], answer.json["money"])


def test_an_unknown_code_is_not_found_and_stays_listed(gateway: Gateway) -> None:
    """The shop finds it by the flag, and in the payment's history."""
    payment = till_payment(gateway, entered=False)
    answer = claim(gateway, payment)
    listed = gateway.call("GET", "/v1/payments?flag=claim_open&include=history").json["data"]
    assert (202, "not_found", [payment]) == (answer.status, answer.json["state"], [one["id"] for one in listed])
    assert "claimed" in [entry["what"] for entry in listed[0]["history"]]


def test_while_a_prompt_is_asked_about_a_code_is_being_checked(gateway: Gateway) -> None:
    """And M-PESA is asked now, by the queue of checks."""
    payment = str(gateway.pay(phone=PHONE).json["id"])
    gateway.world.ambient.at_ms += 15_000
    answer = claim_as_payer(gateway, payment)
    assert ("checking", True) == (answer.json["state"], "Queues.send_check" in gateway.world.boundaries)


def test_a_look_of_the_payer_has_the_code_looked_for_again(gateway: Gateway) -> None:
    """Not at once, but when that is due: five seconds after the claim; until then a look asks for nothing."""
    payment = till_payment(gateway, entered=False)
    claim_as_payer(gateway, payment)
    sent = []
    for seconds in (4, 2):
        gateway.world.ambient.at_ms += seconds * 1000
        gateway.call("GET", f"/v1/checkout/{payment}", secret=gateway.token(payment))
        sent.append(len(gateway.world.queues.checks))
    assert [0, 1] == sent


def test_what_is_told_of_a_claim_changes_the_etag(gateway: Gateway) -> None:
    """Checking becomes not found by the clock alone, and a page that looks must learn it."""
    payment = str(gateway.pay(phone=PHONE).json["id"])
    gateway.world.ambient.at_ms += 15_000
    claim_as_payer(gateway, payment)
    etags = []
    for seconds in (1, 60):
        gateway.world.ambient.at_ms += seconds * 1000
        answer = gateway.call("GET", f"/v1/checkout/{payment}", secret=gateway.token(payment))
        etags.append(answer.headers["ETag"].partition(".")[2])
    assert ['check_phone.checking"', 'waiting.not_found"'] == etags


def test_the_sixth_code_is_refused(gateway: Gateway) -> None:
    payment = till_payment(gateway)
    for number in range(5):
        claim_as_payer(gateway, payment, f"SGL31QW9X{number}")
    answer = claim_as_payer(gateway, payment, "SGL31QW9X9")
    assert (429, "too_many_claims", 5) == (answer.status, answer.code, len(stored(gateway, payment)))


def test_a_paid_payment_takes_no_other_code(gateway: Gateway) -> None:
    payment = str(gateway.pay(phone=PHONE).json["id"])
    gateway.callback(payment, receipt="SGM11AA1AA")
    assert (409, "already_paid") == ((answer := claim(gateway, payment)).status, answer.code)


@pytest.mark.parametrize("path", ["/v1/payments/{}/claims", "/v1/checkout/{}/claims"])
def test_nobody_claims_for_somebody_elses_payment(gateway: Gateway, path: str) -> None:
    """The other shop's key, another payment's token."""
    payment, other = till_payment(gateway), till_payment(gateway, "order-2")
    secret = "sk_test_local_other_shop_00001" if "payments" in path else gateway.token(other)
    answer = gateway.call("POST", path.format(payment), {"receipt": CODE}, secret=secret)
    assert ({404, 403} >= {answer.status}, []) == (True, stored(gateway, payment))


# --- the page -------------------------------------------------------------------------------------------------------


def test_on_the_page_a_proven_code_leads_to_paid(gateway: Gateway) -> None:
    """303 to the page's own address, which holds no code of M-PESA."""
    payment = till_payment(gateway)
    money_at_the_till(gateway)
    answer = send(gateway, payment, MESSAGE)
    assert (303, False) == (answer.status, CODE in answer.headers["Location"])
    assert 'class="plate paid"' in page(gateway, answer.headers["Location"])


@pytest.mark.parametrize("typed", ["", "SGL31QW9X", "I have paid"])
def test_on_the_page_what_is_no_code_is_told_at_the_field(gateway: Gateway, typed: str) -> None:
    """422, on top and at the field; what was typed stays."""
    answer = send(gateway, till_payment(gateway), typed)
    assert (422, 2) == (answer.status, answer.body.partition("<main")[2].count("10 letters and digits at the start"))
    assert f'value="{typed}"' in answer.body
    assert "<title>Problem: " in answer.body


def test_on_the_page_an_unknown_code_is_asked_for_again(gateway: Gateway) -> None:
    """Doubt, never red and never green; the code as it was read stands in the field, to be mended."""
    body = page(gateway, send(gateway, till_payment(gateway, entered=False)).headers["Location"])
    assert "does not know this code yet" in body
    assert ('class="plate doubt"' in body, f'value="{CODE}"' in body) == (True, True)


def test_on_the_page_a_code_left_to_the_shop_asks_for_no_second_payment(gateway: Gateway) -> None:
    """Also where the payer comes back to the page's own address; the way to pay is still there, one tap further."""
    payment = till_payment(gateway, entered=False)
    money_at_the_till(gateway)
    address = send(gateway, payment, query="?lang=en").headers["Location"]
    for body in (page(gateway, address), page(gateway, address.partition("?")[0])):
        assert "will check this payment. Do not pay again before they tell you." in body
        assert 'name="phone"' not in body
    assert 'name="phone"' in page(gateway, address.partition("?")[0] + "?way=number")


def test_on_the_page_the_sixth_code_is_told_and_the_field_is_gone(gateway: Gateway) -> None:
    payment = till_payment(gateway)
    for number in range(5):
        send(gateway, payment, f"SGL31QW9X{number}")
    answer = send(gateway, payment, "SGL31QW9X9")
    assert (422, False) == (answer.status, 'name="receipt"' in answer.body)
    assert "You have entered 5 codes." in answer.body


@pytest.mark.parametrize(
    ("changes", "origin"), [({"token": "0" * 32}, f"http://{HOST}"), ({}, "https://elsewhere.example")]
)
def test_only_a_form_of_ours_claims(gateway: Gateway, changes: dict[str, str], origin: str) -> None:
    payment = till_payment(gateway)
    fields = {"receipt": CODE, "token": security.claim_token(KEYS.client_token, payment), **changes}
    code = security.page_code(KEYS.client_token, payment)
    answer = gateway.call(
        "POST", f"/pay/{code}/claim", urlencode(fields).encode(), secret=None, headers={"origin": origin}
    )
    assert (403, []) == (answer.status, stored(gateway, payment))


def test_a_code_in_the_address_that_is_not_ours_reads_no_payment(gateway: Gateway) -> None:
    answer = gateway.call("POST", f"/pay/{'0' * 32}.{'0' * 32}/claim", b"", secret=None)
    assert (404, ["Secrets.read_keys"]) == (answer.status, gateway.world.boundaries)


def test_a_table_that_does_not_answer_is_told_as_a_page(gateway: Gateway) -> None:
    payment = till_payment(gateway)
    gateway.world.fail_next["Store.save_payment"].append(StoreUnavailable("throttled"))
    assert 503 == send(gateway, payment).status


def test_what_is_typed_for_a_code_cannot_become_markup(gateway: Gateway) -> None:
    answer = send(gateway, till_payment(gateway), '"><script>pay()</script>')
    assert "<script>pay" not in answer.body
