"""Bill Manager by the client: joining, invoices, what is paid for them, and how the organisation is told."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from daraja.direct_answers import BillPaidNotice, parse_bill_paid
from daraja.errors import Refused
from daraja.requests.bills import (
    DOUBLED_PREFIX,
    PREFIX,
    Bill,
    BillCancelRequest,
    BillChangeRequest,
    BillItem,
    BillManagerRequest,
    BillOptInChangeRequest,
    BillOptInRequest,
    BillReceiptRequest,
    BillRequest,
    BillsCancelRequest,
    BillsChangeRequest,
    BillsRequest,
)
from tests.contract.conftest import Background, Simulator
from tests.contract.outside import SimulatorOutside

PAYBILL, AMINA = "174379", "0712345678"
STRANGER = "Invalid consumer key/shortcode"
PAID_STAY = "partially or fully paid invoices cannot be cancelled."


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


@pytest.fixture
def key(local: SimulatorOutside) -> str:
    """The key of a paybill that has joined."""
    joined = local.client.manage_bills(local.token(), an_opt_in(local), PREFIX)
    return joined.app_key or ""


def an_opt_in(local: SimulatorOutside, **changed: object) -> BillOptInRequest:
    """The paybill joins."""
    return BillOptInRequest.model_validate({**membership(local), **changed})


def membership(local: SimulatorOutside) -> dict[str, object]:
    """What is said when joining."""
    return {
        "shortcode": PAYBILL,
        "email": "shop@example.co.ke",
        "official_contact": "0722000111",
        "sends_reminders": True,
        "callback_url": f"{local.inbox_address}/bills",
    }


def a_bill(**changed: object) -> Bill:
    """800 shillings of Amina's."""
    fields = {
        "external_reference": "INV1042",
        "full_name": "Amina Otieno",
        "phone": AMINA,
        "period": "March 2026",
        "name": "Order",
        "due_date": "2026-03-31",
        "account_reference": "A4",
        "amount_kes": 800,
        "items": (BillItem(name="Food", amount_kes=800),),
    }
    return Bill.model_validate({**fields, **changed})


def managed(local: SimulatorOutside, request: BillManagerRequest) -> str:
    """What Bill Manager says to it."""
    return local.client.manage_bills(local.token(), request, PREFIX).text


def refused(local: SimulatorOutside, request: BillManagerRequest) -> tuple[str, str]:
    """Code and text of its no."""
    with pytest.raises(Refused) as caught:
        managed(local, request)
    return caught.value.code, caught.value.text


def paid(local: SimulatorOutside, amount: int, account: str = "A4") -> str:
    """Typed by hand; gives the receipt."""
    order = {"shortcode": PAYBILL, "account": account, "amount": amount}
    receipt = local.simulator.control("POST", f"phones/{AMINA}/pay", order)["receipt"]
    local.simulator.advance(2)
    return str(receipt)


def invoices(local: SimulatorOutside) -> list[dict[str, Any]]:
    """As the control API shows them."""
    found: list[dict[str, Any]] = local.simulator.control("GET", "bills")["invoices"]
    return found


def notices(local: SimulatorOutside) -> list[BillPaidNotice]:
    """What was posted to the callback address, as the client reads it."""
    return [parse_bill_paid(one.text.encode()) for one in local.simulator.received if one.path == "/bills"]


def test_a_paybill_joins_once(local: SimulatorOutside, key: str) -> None:
    """The answer has the key of all other calls."""
    assert key.startswith("AG_")
    assert ("409", "Biller already Registered") == refused(local, an_opt_in(local))


def test_nobody_elses_shortcode_joins(local: SimulatorOutside) -> None:
    """In its own form."""
    assert ("409", STRANGER) == refused(local, an_opt_in(local, shortcode="999999"))


def test_what_was_said_when_joining_is_mended(local: SimulatorOutside, key: str) -> None:
    """The key stays."""
    change = {**membership(local), "email": "other@example.co.ke", "sends_reminders": False}
    managed(local, BillOptInChangeRequest.model_validate(change))

    (member,) = local.simulator.control("GET", "bills")["members"]
    assert ("other@example.co.ke", False, key) == (member["email"], member["sends_reminders"], member["app_key"])


def test_who_has_not_joined_mends_nothing(local: SimulatorOutside) -> None:
    """Refused."""
    assert ("409", STRANGER) == refused(local, BillOptInChangeRequest.model_validate(membership(local)))


def test_an_invoice_reaches_its_customer_by_sms(local: SimulatorOutside, key: str) -> None:
    """With all that is needed to pay."""
    assert "Invoice sent successfully" == managed(local, BillRequest(app_key=key, bill=a_bill()))

    text = "INKLESS IS MORE: invoice Order, March 2026: Ksh800.00 due on 31/3/26. Pay Bill 174379, account A4."
    assert [text] == [sms["text"] for sms in local.simulator.control("GET", f"phones/{AMINA}")["sms"]]
    assert ["sent"] == [one["state"] for one in invoices(local)]


def test_the_doubled_prefix_of_production_is_served_too(local: SimulatorOutside, key: str) -> None:
    """Some have been sent it."""
    request = BillRequest(app_key=key, bill=a_bill())

    assert "Invoice sent successfully" == local.client.manage_bills(local.token(), request, DOUBLED_PREFIX).text


@pytest.mark.parametrize("header", ["appKey", "app_key"])
def test_either_name_of_the_keys_header_is_read(local: SimulatorOutside, key: str, header: str) -> None:
    """The portal writes both."""
    headers = {"Authorization": f"Bearer {local.token()}", header: key}

    answer = local.simulator.http.post(f"{PREFIX}/single-invoicing", json=a_bill().body(), headers=headers)

    assert "200" == answer.json()["rescode"]


def test_another_key_sends_no_invoice(local: SimulatorOutside, key: str) -> None:
    """Nor does none."""
    assert ("409", STRANGER) == refused(local, BillRequest(app_key=key[::-1], bill=a_bill()))
    assert [] == invoices(local)


def test_a_reference_is_used_once(local: SimulatorOutside, key: str) -> None:
    """So that an invoice that is sent again after a lost answer is not two."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))

    assert ("409", "Duplicate externalReference") == refused(local, BillRequest(app_key=key, bill=a_bill()))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"billedPhoneNumber": "12345"}, "billedPhoneNumber"),
        ({"dueDate": "31-03-2026"}, "dueDate"),
        ({"amount": "8.00"}, "amount"),
        ({"billedFullName": ""}, "billedFullName"),
        ({"invoiceItems": [{"itemName": "Food"}]}, "invoiceItems"),
    ],
)
def test_a_wrong_field_of_an_invoice_is_named(
    local: SimulatorOutside, key: str, changed: dict[str, object], field: str
) -> None:
    """409, as for all that Bill Manager refuses."""
    headers = {"Authorization": f"Bearer {local.token()}", "appKey": key}
    body = {**a_bill().body(), **changed}

    answer = local.simulator.http.post(f"{PREFIX}/single-invoicing", json=body, headers=headers)

    assert ("409", f"Invalid {field}") == (answer.json()["rescode"], answer.json()["Status_Message"])


def test_a_list_is_sent_whole_or_not_at_all(local: SimulatorOutside, key: str) -> None:
    """One reference is there twice in the first."""
    twice = BillsRequest(app_key=key, bills=(a_bill(), a_bill()))
    both = BillsRequest(app_key=key, bills=(a_bill(), a_bill(external_reference="INV1043")))

    assert ("409", "Duplicate externalReference") == refused(local, twice)
    assert "Invoice sent successfully" == managed(local, both)
    assert ["INV1042", "INV1043"] == [one["external_reference"] for one in invoices(local)]


def test_a_list_is_asked_for_where_lists_are_taken(local: SimulatorOutside, key: str) -> None:
    """An object is no list."""
    headers = {"Authorization": f"Bearer {local.token()}", "appKey": key}

    answer = local.simulator.http.post(f"{PREFIX}/bulk-invoicing", json={}, headers=headers)

    assert (400, "400.002.05") == (answer.status_code, answer.json()["errorCode"])


def test_what_a_customer_pays_is_told_and_counted(local: SimulatorOutside, key: str) -> None:
    """In parts, whatever case the account was typed in."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    receipts = [paid(local, 300), paid(local, 500, "a4 ")]

    assert [(receipts[0], 300, "A4"), (receipts[1], 500, "a4 ")] == [
        (one.receipt, one.amount_kes, one.account_reference) for one in notices(local)
    ]
    assert [("paid", 800, receipts)] == [(one["state"], one["paid"], one["receipts"]) for one in invoices(local)]


def test_a_prompt_pays_an_invoice_as_well(local: SimulatorOutside, key: str) -> None:
    """By its account reference."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    local.simulator.push("254710000001", Amount=800, AccountReference="A4")
    local.simulator.advance(10)

    assert ["paid"] == [one["state"] for one in invoices(local)]


def test_money_for_something_else_is_not_told(local: SimulatorOutside, key: str) -> None:
    """It is no invoice's."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    paid(local, 800, "B7")

    assert ([], "sent") == (notices(local), invoices(local)[0]["state"])


def test_an_invoice_is_called_off(local: SimulatorOutside, key: str) -> None:
    """Once; and only those that were sent."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    request = BillCancelRequest(app_key=key, external_reference="INV1042")

    assert "Invoice cancelled successfully." == managed(local, request)
    assert ("409", "Invalid externalReference") == refused(local, request)
    assert ["cancelled"] == [one["state"] for one in invoices(local)]


def test_a_paid_invoice_cannot_be_called_off(local: SimulatorOutside, key: str) -> None:
    """Not even a part of it was: all of the list stays."""
    managed(local, BillsRequest(app_key=key, bills=(a_bill(), a_bill(external_reference="B", account_reference="B7"))))
    paid(local, 1)
    both = BillsCancelRequest(app_key=key, external_references=("INV1042", "B"))

    assert ("409", PAID_STAY) == refused(local, BillCancelRequest(app_key=key, external_reference="INV1042"))
    assert ("409", PAID_STAY) == refused(local, both)
    assert ["part_paid", "sent"] == [one["state"] for one in invoices(local)]


def test_several_invoices_are_called_off(local: SimulatorOutside, key: str) -> None:
    """In one call."""
    managed(local, BillsRequest(app_key=key, bills=(a_bill(), a_bill(external_reference="INV1043"))))
    managed(local, BillsCancelRequest(app_key=key, external_references=("INV1042", "INV1043")))

    assert ["cancelled", "cancelled"] == [one["state"] for one in invoices(local)]


def test_an_invoice_is_mended(local: SimulatorOutside, key: str) -> None:
    """What was sent no longer counts; the new one does."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    managed(local, BillChangeRequest(app_key=key, bill=a_bill(amount_kes=700, items=())))
    managed(local, BillsChangeRequest(app_key=key, bills=(a_bill(amount_kes=600, items=()),)))
    paid(local, 600)

    assert [("cancelled", 800), ("cancelled", 700), ("paid", 600)] == [
        (one["state"], one["amount"]) for one in invoices(local)
    ]


def test_an_invoice_that_was_never_sent_is_not_mended(local: SimulatorOutside, key: str) -> None:
    """Refused."""
    request = BillChangeRequest(app_key=key, bill=a_bill())

    assert ("409", "Invalid externalReference") == refused(local, request)


def a_receipt(key: str, receipt: str) -> BillReceiptRequest:
    """300 shillings were booked."""
    fields = {
        "app_key": key,
        "paid_on": "2027-03-15",
        "amount_kes": 300,
        "account_reference": "A4",
        "receipt": receipt,
        "phone": AMINA,
        "full_name": "Amina Otieno",
        "invoice_name": "Order",
        "external_reference": "INV1042",
    }
    return BillReceiptRequest.model_validate(fields)


def test_a_payment_is_acknowledged_and_the_customer_gets_a_receipt(local: SimulatorOutside, key: str) -> None:
    """One SMS however often it is said."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    receipt = paid(local, 300)
    told = [managed(local, a_receipt(key, receipt)) for _ in range(2)]

    texts = [sms["text"] for sms in local.simulator.control("GET", f"phones/{AMINA}")["sms"]]
    assert ["Success", "Success"] == told
    assert 1 == texts.count(f"INKLESS IS MORE: received Ksh300.00 for Order, {receipt}.")
    assert [[receipt]] == [one["acknowledged"] for one in invoices(local)]


def test_a_payment_that_never_was_is_not_acknowledged(local: SimulatorOutside, key: str) -> None:
    """No customer gets a receipt for nothing."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))

    assert ("409", "Invalid transactionId") == refused(local, a_receipt(key, "UKTN0THERE"))


def test_a_customer_is_reminded_seven_and_three_days_before_and_on_the_day(local: SimulatorOutside, key: str) -> None:
    """Until it is paid."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    local.simulator.advance(30 * 86_400)

    texts = [sms["text"] for sms in local.simulator.control("GET", f"phones/{AMINA}")["sms"]]
    assert 3 == len([text for text in texts if "reminds you of Order" in text])


def failing_times(count: int, taken: list[str]) -> web.Application:
    """An address that answers 500 so many times, and 200 from then on."""

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.text())
        return web.json_response({"rescode": "200"}, status=500 if len(taken) <= count else 200)

    app = web.Application()
    app.router.add_post("/bills", take)
    return app


@pytest.mark.parametrize(("failures", "tries", "told"), [(0, 1, True), (2, 3, True), (9, 5, False)])
def test_a_payment_is_told_up_to_five_times(
    local: SimulatorOutside,
    failures: int,
    tries: int,
    told: bool,
) -> None:
    """Until the other side takes it: the one message that Safaricom repeats."""
    taken: list[str] = []
    background = Background()
    try:
        address = background.serve(failing_times(failures, taken))
        opt_in = an_opt_in(local, callback_url=f"{address}/bills")
        key = local.client.manage_bills(local.token(), opt_in, PREFIX).app_key or ""
        managed(local, BillRequest(app_key=key, bill=a_bill()))
        paid(local, 800)
        local.simulator.advance(600)
        (telling,) = local.simulator.control("GET", "bills")["tellings"]
    finally:
        background.stop()

    assert (tries, tries, told) == (len(taken), len(telling["tries"]), telling["told"])


@pytest.mark.parametrize(
    ("fault", "amounts"), [("lost", [800]), ("twice", [800, 800]), ("wrong_amount", [801]), ("truncated", [])]
)
def test_the_notice_suffers_what_is_ordered(local: SimulatorOutside, key: str, fault: str, amounts: list[int]) -> None:
    """A lost one is sent again a minute later, as one that nobody has taken."""
    local.simulator.control("POST", "faults", {"call": "bill_payment", "fault": fault, "count": 1})
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    paid(local, 800)
    local.simulator.advance(70)

    readable = [one for one in local.simulator.received if one.path == "/bills" and one.json]
    assert amounts == [parse_bill_paid(one.text.encode()).amount_kes for one in readable]


def test_a_call_of_bill_manager_can_be_repeated_from_the_log(local: SimulatorOutside, key: str) -> None:
    """With the key that it carried: the second is a duplicate, and no stranger's."""
    managed(local, BillRequest(app_key=key, bill=a_bill()))
    (sent,) = [one for one in local.simulator.control("GET", "traffic")["traffic"] if "single" in one["url"]]
    local.simulator.control("POST", f"traffic/{sent['id']}/replay")

    answers = [one["answer_json"] for one in local.simulator.control("GET", "traffic")["traffic"]]
    assert "Duplicate externalReference" == answers[-1]["Status_Message"]
