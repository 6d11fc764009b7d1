"""A cashier asks a customer to pay: the API's own flow, behind the session, once per form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.staff import person_id
from gateway.flows.settings import FlowSettings
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import Browser, Console, hidden, words
from tests.unit.web.shop import OTHER_SECRET, Answered

RIGHT = {"phone": "0712 345 678", "amount": "KSh 1,500", "order": "inv-77"}


@pytest.fixture
def console() -> Console:
    """A shop with staff."""
    return Console()


def filled(browser: Browser, **changes: str) -> dict[str, str]:
    """The form as somebody fills it in."""
    return {**RIGHT, "nonce": hidden(browser.get("/console/prompt"))["nonce"], **changes}


def asked(browser: Browser, **changes: str) -> Answered:
    """What the form's second page sends."""
    return browser.send("/console/prompt", **filled(browser, **changes))


def failed(console: Console, browser: Browser) -> str:
    """The page of a payment whose first prompt was cancelled, when another may follow."""
    address = asked(browser).headers["Location"]
    console.gateway.callback(address.rpartition("/")[2], 1, "1032")
    console.later(2)
    return address


def test_what_will_be_asked_is_read_back_before_anything_is_sent(console: Console) -> None:
    browser = console.browser("wanjiku")
    page = words(browser.send("/console/prompt/confirm", **filled(browser)))
    assert "Ask 0712 345 678 to pay KSh 1,500 ?" in page
    assert {} == console.world.store.payments


def test_a_sent_request_is_a_payment_with_a_prompt_in_the_persons_name(console: Console) -> None:
    browser = console.browser("wanjiku")
    answer = asked(browser)
    (record,) = console.world.store.payments.values()
    (attempt,) = FlowSettings.state(record).attempts
    assert (303, f"/console/payments/{record.id}") == (answer.status, answer.headers["Location"])
    assert ("254712345678", 1500, "inv-77", "INV-77") == (
        attempt.phone, record.asked.amount_kes, record.asked.order, record.asked.account_reference
    )  # fmt: skip
    assert person_id(ISSUER, "subject-wanjiku") == record.asked.created_by
    assert "NOT KNOWN YET" in words(browser.get(answer.headers["Location"]))


@pytest.mark.parametrize("number", ["174379", "4000001"])
def test_the_customer_is_asked_to_pay_where_the_cashier_chose(console: Console, number: str) -> None:
    """A Till's money must not go to the Paybill."""
    asked(console.browser("wanjiku"), shortcode=number)
    (record,) = console.world.store.payments.values()
    assert number == record.asked.shortcode


def test_the_shops_own_limit_holds_at_the_counter(console: Console) -> None:
    """To the shilling."""
    shop = console.world.store.settings["shop"]
    console.world.store.settings["shop"] = replace(shop, amount_kes_max=1_000)
    statuses = [asked(console.browser("wanjiku"), amount=amount).status for amount in ("1001", "1000")]
    assert ([422, 303], 1) == (statuses, len(console.world.store.payments))


def test_a_payment_of_another_shop_is_prompted_by_nobody_here(console: Console) -> None:
    """Its address is not there, also for a form that is right in all else."""
    named = {"idempotency-key": "theirs"}
    theirs = console.gateway.call("POST", "/v1/payments", {"amount": 1500}, secret=OTHER_SECRET, headers=named)
    payment = theirs.json["id"]
    answer = console.browser("njeri").send(f"/console/payments/{payment}/prompt", number="1", phone="0712345678")
    assert (404, []) == (answer.status, console.world.daraja.pushes)


def test_a_form_that_is_sent_twice_prompts_once(console: Console) -> None:
    browser = console.browser("wanjiku")
    form = filled(browser)
    addresses = {browser.send("/console/prompt", **form).headers["Location"] for _ in range(2)}
    (record,) = console.world.store.payments.values()
    assert ({f"/console/payments/{record.id}"}, 1) == (addresses, len(FlowSettings.state(record).attempts))


def test_a_form_that_is_sent_again_with_another_amount_sends_nothing(console: Console) -> None:
    browser = console.browser("wanjiku")
    form = filled(browser)
    browser.send("/console/prompt", **form)
    again = browser.send("/console/prompt", **{**form, "amount": "2000"})
    assert (422, 1) == (again.status, len(console.world.store.payments))
    assert "Nothing was sent now." in words(again)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"phone": "0712"}, "Give a Kenyan mobile number"),
        ({"amount": "0"}, "Give whole shillings from 1 to"),
        ({"amount": "12.50"}, "Give whole shillings from 1 to"),
        ({"amount": "9" * 12}, "Give whole shillings from 1 to"),
        ({"order": "x" * 65}, "An order number has at most 64 characters."),
        ({"nonce": "mine"}, "Ask a customer to pay"),
        ({"shortcode": "999999"}, "The Paybill or Till that was chosen is not the shop's any more."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(console: Console, changes: dict[str, str], told: str) -> None:
    answer = asked(console.browser("wanjiku"), **changes)
    assert told in words(answer)
    assert {} == console.world.store.payments


def test_an_order_that_has_a_payment_already_is_shown_first(console: Console) -> None:
    console.gateway.pay("order-77", order="inv-77", account_reference="FIRST77")
    browser = console.browser("wanjiku")
    page = words(browser.send("/console/prompt/confirm", **filled(browser)))
    assert "There is a payment of this order already." in page
    assert "FIRST77" in page


def test_a_request_that_failed_is_sent_again_to_the_same_number(console: Console) -> None:
    browser = console.browser("wanjiku")
    address = failed(console, browser)
    assert "Send the request again to 07•••••678" in words(browser.get(address))
    answer = browser.send(f"{address}/prompt", number="2", again="yes")
    (record,) = console.world.store.payments.values()
    assert f"{address}?done=prompted" == answer.headers["Location"]
    assert ["254712345678"] * 2 == [one.phone for one in FlowSettings.state(record).attempts]


def test_a_second_tap_on_send_again_prompts_once(console: Console) -> None:
    browser = console.browser("wanjiku")
    address = failed(console, browser)
    places = [browser.send(f"{address}/prompt", number="2", again="yes").headers["Location"] for _ in range(2)]
    (record,) = console.world.store.payments.values()
    assert 2 == len(FlowSettings.state(record).attempts)
    assert [f"{address}?done=prompted"] * 2 == places


def test_another_number_is_read_as_typed_or_said_to_be_wrong(console: Console) -> None:
    browser = console.browser("wanjiku")
    address = failed(console, browser)
    wrong = browser.send(f"{address}/prompt", number="2", phone="0712")
    assert (422, True) == (wrong.status, "Give a Kenyan mobile number" in words(wrong))
    browser.send(f"{address}/prompt", number="2", phone="0733 000 222")
    (record,) = console.world.store.payments.values()
    assert ["254712345678", "254733000222"] == [one.phone for one in FlowSettings.state(record).attempts]


def test_while_a_request_is_on_the_phone_no_other_goes_there(console: Console) -> None:
    browser = console.browser("wanjiku")
    address = asked(browser).headers["Location"]
    answer = browser.send(f"{address}/prompt", number="2", again="yes")
    (record,) = console.world.store.payments.values()
    assert 1 == len(FlowSettings.state(record).attempts)
    assert "Nothing was sent: a request is still on that phone." in words(browser.get(answer.headers["Location"]))


@pytest.mark.parametrize("number", ["", "x", "123", "²"])
def test_a_number_that_is_no_attempts_leads_nowhere(console: Console, number: str) -> None:
    browser = console.browser("wanjiku")
    address = failed(console, browser)
    assert 404 == browser.send(f"{address}/prompt", number=number, again="yes").status
