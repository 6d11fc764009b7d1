"""One box for whatever a cashier has in hand: found, with why; or said plainly that it is not here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.guard import RECENT_MAX
from gateway.flows.keep import claim_record
from gateway.ports import PushAnswer
from gateway.web.clues import clues_in
from tests.gateway_samples import due, money, record
from tests.memory_store import KEYS
from tests.unit.web.shop import OTHER_SECRET, Answered, Gateway

PHONE = "0712345678"
RECEIPT = "SGL31QW9XY"
ENGLISH = (
    f"{RECEIPT} Confirmed. Ksh1,500.00 sent to Corner Shop for account INV1042 on 2/3/26 at 12:15 PM. "
    "New M-PESA balance is Ksh3,210.55. Transaction cost, Ksh0.00."
)
SWAHILI = (
    f"{RECEIPT} Imethibitishwa. Ksh1,500.00 imetumwa kwa Corner Shop kwa akaunti ya INV1042 tarehe 2/3/26 saa 12:15 "
    "PM. Salio lako jipya la M-PESA ni Ksh3,210.55."
)
DAY_MS = 86_400_000


def search(gateway: Gateway, text: Any = None, **more: Any) -> Answered:
    """`POST /v1/payments/search`."""
    body = {"text": text} if text is not None else {}
    secret = {"secret": more.pop("secret")} if "secret" in more else {}
    return gateway.call("POST", "/v1/payments/search", {**body, **more}, **secret)


def found(answer: Answered) -> list[tuple[str, list[str]]]:
    """Which payments, and why."""
    return [(match["payment"]["id"], match["why"]) for match in answer.json["data"]]


def paid(gateway: Gateway, key: str = "order-1042", **fields: Any) -> str:
    """A payment that is paid under RECEIPT."""
    asked = {"phone": PHONE, "order": "1042", "account_reference": "INV1042", **fields}
    payment = str(gateway.pay(key, **asked).json["id"])
    gateway.callback(payment, receipt=RECEIPT)
    return payment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (RECEIPT, "receipt"),
        (f" {RECEIPT.lower()} ", "receipt"),
        ("SGL 31Q W9XY", "receipt"),
        (ENGLISH, "receipt"),
        (SWAHILI, "receipt"),
        ("1042", "order"),
        ("INV1042", "account_reference"),
        ("inv 1042", "account_reference"),
        (PHONE, "phone"),
        ("+254 712 345 678", "phone"),
        ("712345678", "phone"),
        ("678", "phone_last3"),
    ],
)
def test_whatever_is_in_hand_leads_to_the_payment(gateway: Gateway, text: str, why: str) -> None:
    """Each says why it was found; a paid one says whether goods may go."""
    payment = paid(gateway)
    gateway.pay("another", phone="0722000111", order="1043", account_reference="INV1043")
    answer = search(gateway, text)
    assert [(payment, [why])] == found(answer)
    assert answer.json["data"][0]["payment"]["safe_to_fulfil"] is True


def test_the_id_and_safaricoms_id_lead_to_the_payment(gateway: Gateway) -> None:
    """Safaricom's holds the phone's last nine digits, by which it is found, and is then held against the attempt's."""
    payment = paid(gateway)
    state = gateway.call("GET", f"/v1/payments/{payment}?include=phone").json
    ours = state["attempts"][0]["checkout_request_id"]
    assert [(payment, ["payment_id"])] == found(search(gateway, payment.upper().replace("PAY", "pay")))
    assert "ws_CO_00000001" == ours
    assert [] == found(search(gateway, "ws_CO_02032026121504123712345678"))


def test_safaricoms_id_is_found_through_its_phone(gateway: Gateway) -> None:
    """As Safaricom makes them; another prompt of the same phone is not it."""
    ids = ("ws_CO_02032026121504123712345678", "ws_CO_02032026123504123712345678")
    gateway.world.daraja.push_answers.extend(PushAnswer(one, f"29115-{one[-3:]}-1") for one in ids)
    first = paid(gateway)
    gateway.pay("second", phone=PHONE)
    assert [(first, ["checkout_request_id"])] == found(search(gateway, f"id {ids[0]}."))


def test_a_text_may_be_several_things(gateway: Gateway) -> None:
    """All are looked for; a payment that two of them lead to says both, newest first."""
    by_phone = gateway.pay("one", phone="0712345104").json["id"]
    gateway.world.ambient.at_ms += 1000
    both = gateway.pay("two", order="104", account_reference="104").json["id"]
    assert [(both, ["order", "account_reference"]), (by_phone, ["phone_last3"])] == found(search(gateway, "104"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SGK77PQ1AB", "There is no such payment at this shop: none has M-PESA code SGK77PQ1AB"),
        (PHONE, "none has phone 07•••••678"),
        ("ws_CO_02032026121504123712345678", "none has CheckoutRequestID ws_CO_02032026121504123"),
        ("no such thing!" * 10, "This has the form of nothing that a payment is found by."),
        ("999", "phone ending (today and yesterday) 999"),
    ],
)
def test_what_is_not_here_is_said_plainly(gateway: Gateway, text: str, words: str) -> None:
    """200, nothing, and one sentence, which names no number."""
    answer = search(gateway, text)
    assert (200, []) == (answer.status, answer.json["data"])
    assert words in answer.json["message"]
    assert "712345678" not in answer.body


def test_money_that_is_no_payments_is_told(gateway: Gateway) -> None:
    """Under a shortcode of the shop: how much, and that it belongs to nobody. Elsewhere it is not here."""
    mine, elsewhere = money("SGK77PQ1AB"), money("SGK77PQ1CD")
    store = gateway.world.store
    store.create_receipt(claim_record(mine.receipt, None, "174379", [mine]))
    store.create_receipt(claim_record(elsewhere.receipt, None, "999999", [elsewhere]))
    messages = [search(gateway, text).json["message"] for text in (mine.receipt, elsewhere.receipt)]
    assert "KES 100 came in under SGK77PQ1AB, and belongs to no payment yet." == messages[0]
    assert messages[1].startswith("There is no such payment at this shop")


def test_another_shops_money_at_the_same_shortcode_is_not_told(gateway: Gateway) -> None:
    """Two shops may share one: what the other one was paid reads like a code of nobody's."""
    theirs = money("SGK77PQ1EF")
    others = record(7, owner="other-shop")
    gateway.world.store.create_payment(others, due())
    gateway.world.store.create_receipt(claim_record(theirs.receipt, others.id, "174379", [theirs]))
    assert search(gateway, theirs.receipt).json["message"].startswith("There is no such payment at this shop")


@pytest.mark.parametrize("text", [RECEIPT, "1042", "INV1042", PHONE, "678", "payment"])
def test_another_shop_finds_nothing_of_it(gateway: Gateway, text: str) -> None:
    """Whatever it knows of the payment, its id too."""
    payment = paid(gateway)
    answer = search(gateway, payment if text == "payment" else text, secret=OTHER_SECRET)
    assert [] == answer.json["data"]


def test_a_phone_finds_its_newest_payments_and_no_strangers(gateway: Gateway) -> None:
    """Ten of them. A hint that the payment itself does not bear out is dropped."""
    gateway.environment |= {"PROMPTS_PER_10_MINUTES": "99", "PROMPTS_PER_DAY": "99"}
    made = []
    for number in range(RECENT_MAX + 1):
        gateway.world.ambient.at_ms += 1000
        made.append(paid_once(gateway, number))
    stranger = gateway.pay("stranger", phone="0722000111").json["id"]
    (key,) = [one for one, guard in gateway.world.store.guards.items() if guard.payment_id == made[-1]]
    guard = gateway.world.store.guards[key]
    gateway.world.store.guards[key] = replace(guard, recent=(("shop", stranger), *guard.recent))
    answer = gateway.call("POST", "/v1/payments/search", {"phone": "+254712345678"})
    assert made[:0:-1] == [payment for payment, _ in found(answer)]


def paid_once(gateway: Gateway, number: int) -> str:
    """A payment of PHONE under a receipt of its own."""
    payment = str(gateway.pay(f"order-{number}", phone=PHONE).json["id"])
    gateway.callback(payment, receipt=f"SGL31QW9{number:02d}")
    return payment


def test_the_last_digits_find_todays_and_yesterdays(gateway: Gateway) -> None:
    """Not those of the day before."""
    payment = paid(gateway)
    found_after_days = []
    for _ in range(3):
        found_after_days.append(found(search(gateway, "678")))
        gateway.world.ambient.at_ms += DAY_MS
    assert [[(payment, ["phone_last3"])], [(payment, ["phone_last3"])], []] == found_after_days


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "field_missing"),
        ({"text": "1", "phone": PHONE}, "field_invalid"),
        ({"text": ""}, "field_invalid"),
        ({"text": 5}, "field_invalid"),
        ({"text": "x" * 1001}, "field_invalid"),
        ({"phone": "0201234567"}, "phone_invalid"),
    ],
)
def test_a_search_for_nothing_is_told(gateway: Gateway, body: dict[str, Any], code: str) -> None:
    """422."""
    assert code == gateway.call("POST", "/v1/payments/search", body).code


def test_a_search_writes_nothing_and_names_no_number(gateway: Gateway) -> None:
    """Only reads leave the process; neither answer nor report holds the number."""
    paid(gateway)
    gateway.world.boundaries.clear()
    gateway.world.ambient.reports.clear()
    bodies = [search(gateway, text).body for text in (PHONE, RECEIPT, "678", "1042")]
    asked = set(gateway.world.boundaries) - {"KeyUses.note_use"}
    assert {"read", "list", "now"} >= {one.partition(".")[2].split("_")[0] for one in asked}
    assert "712345678" not in "".join(bodies) + repr(gateway.world.ambient.reports)


def test_what_has_a_form_of_its_own_is_nothing_else() -> None:
    """An id is no order; a message is no reference."""
    assert ["payment_id"] == [str(kind) for kind in clues_in("pay_" + "0" * 32)]
    assert ["receipt"] == [str(kind) for kind in clues_in(ENGLISH)]
    assert KEYS.phone not in repr(clues_in(PHONE)).encode()
