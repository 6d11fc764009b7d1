"""A cashier asks for a refund on the payment's page; it holds its money at once and goes when another has approved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.money_out.facts import SendBegun, SendRefused
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingStatus, originator_conversation_id
from gateway.domain.staff import person_id
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import SHOP, Browser, Console, hidden, words
from tests.unit.web.shop import Answered
from tests.unit.web.test_claims import money_at_the_till

FORM = {"amount": "1,500", "why": "Sent back"}


@pytest.fixture
def console() -> Console:
    """A shop that pays out, so that a part can go back."""
    console = Console()
    settings = console.world.store.settings
    settings[SHOP] = replace(settings[SHOP], payout_shortcode="600998")
    return console


def paid(console: Console) -> str:
    """The page of a payment of 1,500 shillings that was paid by prompt."""
    payment = str(console.gateway.pay("order-1042", phone="0712345678", order="1042").json["id"])
    console.gateway.callback(payment)
    return f"/console/payments/{payment}"


def confirms(browser: Browser, page: str, **changes: str) -> Answered:
    """Fill in the form and go on: what is shown before it is asked for."""
    nonce = hidden(browser.get(f"{page}/refund"))["nonce"]
    return browser.send(f"{page}/refund", **{**FORM, "nonce": nonce, **changes})


def sends(browser: Browser, page: str, confirmed: Answered, **changes: str) -> Answered:
    """Press the button of the confirmation."""
    fields = {name: value for name, value in hidden(confirmed).items() if name not in ("token", "change")}
    return browser.send(f"{page}/refund", **{**fields, **changes})


def asks(browser: Browser, page: str, **changes: str) -> str:
    """Ask for a refund the whole way; its address."""
    answer = sends(browser, page, confirms(browser, page, **changes))
    assert answer.status == 303
    return answer.headers["Location"].partition("?")[0]


def record_of(console: Console, address: str) -> OutgoingRecord:
    """As it is stored."""
    return console.world.outgoings.outgoings[address.rpartition("/")[2]]


def refused(console: Console, address: str) -> None:
    """M-Pesa does not take the reversal."""
    record = record_of(console, address)
    now_ms = console.now_ms
    begun = SendBegun(
        number=1, method="reversal", terms=outgoing_state(record).approved_terms, sender="s",
        originator_conversation_id=originator_conversation_id(record.id, 1), asked_at_s=now_ms // 1000,
        send_before_ms=now_ms + 8_000, said_at_ms=now_ms, learned_at_ms=now_ms,
    )  # fmt: skip
    answered = SendRefused(
        number=1, code="400.002.02", cause="insufficient_balance", said_at_ms=now_ms, learned_at_ms=now_ms
    )
    console.world.outgoings.outgoings[record.id] = record.with_facts((begun, answered))


def test_what_a_cashier_asks_for_waits_and_holds_its_money(console: Console) -> None:
    page = paid(console)
    address = asks(console.browser("wanjiku"), page)
    asked = record_of(console, address).asked
    payment = console.gateway.call("GET", page.replace("/console", "/v1"))
    assert ("refund", 1500, "reversal", "Sent back", person_id(ISSUER, "subject-wanjiku")) == (
        asked.kind, asked.amount_kes, asked.method, asked.remarks, asked.maker,
    )  # fmt: skip
    assert OutgoingStatus.AWAITING_APPROVAL is outgoing_state(record_of(console, address)).status
    assert 0 == payment.json["amount_refunded"]


def test_the_confirmation_says_how_it_goes_back_and_stores_nothing(console: Console) -> None:
    shown = words(confirms(console.browser("wanjiku"), paid(console)))
    assert "Ask for KSh 1,500 to be given back?" in shown
    assert "M-PESA takes the payment back" in shown
    assert "Nothing is sent by this. Another person must approve it first." in shown
    assert {} == console.world.outgoings.outgoings


def test_a_part_is_paid_out_to_the_number_that_paid(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    assert "Paid out to the number that paid" in words(confirms(browser, page, amount="500"))
    asked = record_of(console, asks(browser, page, amount="500")).asked
    assert (500, "b2c", "254712345678", "600998") == (asked.amount_kes, asked.method, asked.phone, asked.shortcode)


def test_who_asked_for_a_refund_cannot_approve_it_and_another_can(console: Console) -> None:
    page = paid(console)
    maker, checker = console.browser("otieno"), console.browser("achieng")
    address = asks(maker, page)
    terms = hidden(checker.get(address))["terms"]
    own = maker.send(f"{address}/approve", terms=terms)
    standing = outgoing_state(record_of(console, address)).status
    other = checker.send(f"{address}/approve", terms=terms)
    assert (409, OutgoingStatus.AWAITING_APPROVAL, 303) == (own.status, standing, other.status)
    assert OutgoingStatus.APPROVED is outgoing_state(record_of(console, address)).status


def test_a_cashier_sees_it_and_cannot_approve_it(console: Console) -> None:
    address = asks(console.browser("otieno"), paid(console))
    browser = console.browser("wanjiku")
    shown = browser.get(address)
    answer = browser.send(f"{address}/approve", terms=outgoing_state(record_of(console, address)).terms)
    assert (200, 403) == (shown.status, answer.status)
    assert "terms" not in hidden(shown)


def test_what_m_pesa_does_not_take_back_is_decided_anew_before_it_is_paid_out(console: Console) -> None:
    """The earlier yes does not stand for the other way, and no banner says that it does."""
    address = asks(console.browser("wanjiku"), paid(console))
    browser = console.browser("achieng")
    browser.send(f"{address}/approve", terms=hidden(browser.get(address))["terms"])
    refused(console, address)
    shown = browser.get(f"{address}?done=approved")
    assert "M-PESA did not take the payment back." in words(shown)
    assert "M-PESA payout to a customer" in words(shown)
    assert "Account that pays 600998" in words(shown)
    assert "Approved. It goes out" not in words(shown)
    assert "terms" in hidden(shown)


def test_a_form_that_is_sent_twice_is_one_refund(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    confirmed = confirms(browser, page, amount="500")
    answers = [sends(browser, page, confirmed).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert 1 == len(console.world.outgoings.outgoings)


def test_a_form_that_is_sent_again_with_another_amount_stores_nothing(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    confirmed = confirms(browser, page, amount="500")
    sends(browser, page, confirmed)
    answer = sends(browser, page, confirmed, amount="600")
    assert 409 == answer.status
    assert "This form was sent before, with other fields." in words(answer)
    assert [500] == [one.asked.amount_kes for one in console.world.outgoings.outgoings.values()]


def test_what_a_refund_holds_cannot_be_asked_for_twice(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    asks(browser, page, amount="1,000")
    answer = confirms(browser, page, amount="600")
    assert 422 == answer.status
    assert "KSh 500 can be given back now; another refund of this payment holds the rest." in words(answer)


def test_two_that_confirmed_at_once_cannot_both_take_the_money(console: Console) -> None:
    page = paid(console)
    first, second = console.browser("wanjiku"), console.browser("otieno")
    confirmed = confirms(first, page), confirms(second, page)
    answers = sends(first, page, confirmed[0]), sends(second, page, confirmed[1])
    assert [303, 422] == [answer.status for answer in answers]
    assert 1 == len(console.world.outgoings.outgoings)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "1501"}, "KSh 1,500 can be given back now."),
        ({"amount": "0"}, "Give whole shillings"),
        ({"amount": "12.50"}, "Give whole shillings"),
        ({"amount": ""}, "Give whole shillings"),
        ({"amount": "9"}, "M-PESA pays out KSh 10 and more."),
        ({"why": "x"}, "Say why in 2 to 100 characters."),
        ({"of": "SGX99QQ9ZZ"}, "This payment has no money under that code."),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_asked_for_is_said_in_words_beside_what_was_typed(
    console: Console, changes: dict[str, str], told: str
) -> None:
    answer = confirms(console.browser("wanjiku"), paid(console), **changes)
    assert 422 == answer.status
    assert told in words(answer)
    assert f'value="{changes.get("why", FORM["why"])}"' in answer.body
    assert {} == console.world.outgoings.outgoings


def test_a_shop_without_payouts_is_told_what_it_can_do_instead(console: Console) -> None:
    settings = console.world.store.settings
    settings[SHOP] = replace(settings[SHOP], payout_shortcode="")
    answer = confirms(console.browser("wanjiku"), paid(console), amount="500")
    assert "Ask for the whole of one code, or give cash and note it." in words(answer)


def test_change_it_leads_back_with_what_was_typed(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    answer = browser.send(f"{page}/refund", **FORM, nonce="a" * 32, change="yes")
    assert (200, True) == (answer.status, 'value="Sent back"' in answer.body)
    assert {} == console.world.outgoings.outgoings


def test_a_sum_that_goes_without_a_second_person_is_not_called_safe(console: Console) -> None:
    console.gateway.environment["APPROVE_ABOVE"] = "2000"
    shown = words(confirms(console.browser("wanjiku"), paid(console)))
    assert "without a second person" in shown
    assert "Nothing is sent by this" not in shown


def test_money_of_two_codes_lets_choose_which(console: Console) -> None:
    page = paid(console)
    money_at_the_till(console.gateway, "SGL41QW9XZ")
    browser = console.browser("wanjiku")
    assigned = browser.send("/console/unmatched/SGL41QW9XZ/assign", payment=page.rpartition("/")[2])
    assert 303 == assigned.status, words(assigned)
    assert 'value="SGL41QW9XZ"' in browser.get(f"{page}/refund").body
    asked = record_of(console, asks(browser, page, amount="1,500", of="SGL41QW9XZ")).asked
    assert "SGL41QW9XZ" == asked.original_receipt


def test_the_payment_leads_to_the_form_while_money_is_left_and_to_its_refunds(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    assert f'href="{page}/refund"' in browser.get(page).body
    address = asks(browser, page)
    after = browser.get(page).body
    assert "KSh 1,500 is to be given back: a refund is asked for or on its way" in words(browser.get(page))
    assert f'href="{address}"' in after
    assert f'href="{page}/refund"' not in after


def test_what_is_to_be_given_back_whole_is_not_called_safe(console: Console) -> None:
    """Goods that went out now would be given away."""
    page = paid(console)
    browser = console.browser("wanjiku")
    asks(browser, page)
    shown = browser.get(page)
    assert 'class="plate person"' in shown.body
    assert "The order may go out." not in words(shown)


def test_a_part_that_is_to_be_given_back_holds_the_goods_too(console: Console) -> None:
    """What is left does not cover the price."""
    page = paid(console)
    browser = console.browser("wanjiku")
    asks(browser, page, amount="500")
    shown = browser.get(page)
    assert 'class="plate person"' in shown.body
    assert "KSh 500 is to be given back" in words(shown)


def test_what_was_paid_twice_is_green_while_one_of_it_goes_back(console: Console) -> None:
    page = paid(console)
    money_at_the_till(console.gateway, "SGL41QW9XZ")
    browser = console.browser("wanjiku")
    browser.send("/console/unmatched/SGL41QW9XZ/assign", payment=page.rpartition("/")[2])
    asks(browser, page, amount="1,500", of="SGL41QW9XZ")
    shown = browser.get(page)
    assert 'class="plate paid"' in shown.body
    assert "But KSh 1,500 of it is to be given back" in words(shown)


def test_a_cashier_withdraws_what_she_asked_for(console: Console) -> None:
    page = paid(console)
    browser = console.browser("wanjiku")
    address = asks(browser, page)
    shown = browser.get(address)
    answer = browser.send(f"{address}/reject", terms=hidden(shown)["terms"])
    assert ("Withdraw it" in words(shown), 303) == (True, answer.status)
    assert OutgoingStatus.REJECTED is outgoing_state(record_of(console, address)).status
    assert "Withdrawn. Nothing is sent." in words(browser.get(answer.headers["Location"]))


def test_a_cashier_withdraws_nothing_that_another_asked_for(console: Console) -> None:
    address = asks(console.browser("otieno"), paid(console))
    browser = console.browser("wanjiku")
    shown = browser.get(address)
    answer = browser.send(f"{address}/reject", terms=outgoing_state(record_of(console, address)).terms)
    assert ("Withdraw it" in words(shown), 403) == (False, answer.status)
    assert OutgoingStatus.AWAITING_APPROVAL is outgoing_state(record_of(console, address)).status


def test_a_reversal_is_named_by_the_payment_that_it_takes_back(console: Console) -> None:
    address = asks(console.browser("wanjiku"), paid(console))
    shown = words(console.browser("achieng").get(address))
    assert "Give back KSh 1,500 by reversal of SGL 31Q W9XY ?" in shown
    assert "Purpose" not in shown


def test_everything_that_is_wrong_is_said_at_once(console: Console) -> None:
    shown = words(confirms(console.browser("wanjiku"), paid(console), amount="1501", why="x"))
    assert "KSh 1,500 can be given back now." in shown
    assert "Say why in 2 to 100 characters." in shown


def test_that_it_is_approved_is_said_as_long_as_it_stands_so(console: Console) -> None:
    address = asks(console.browser("wanjiku"), paid(console))
    browser = console.browser("achieng")
    before = words(browser.get(f"{address}?done=approved"))
    browser.send(f"{address}/approve", terms=hidden(browser.get(address))["terms"])
    after = words(browser.get(f"{address}?done=approved"))
    assert (False, True) == tuple("Approved. It goes out" in shown for shown in (before, after))


def test_a_payment_without_money_has_nothing_to_give_back(console: Console) -> None:
    payment = str(console.gateway.pay("open", order="1043").json["id"])
    browser = console.browser("wanjiku")
    assert "Ask for a refund" not in words(browser.get(f"/console/payments/{payment}"))
    answer = browser.get(f"/console/payments/{payment}/refund")
    assert 422 == answer.status
    assert "There is no money of this payment to give back." in words(answer)


def test_an_operator_is_not_led_there(console: Console) -> None:
    page = paid(console)
    assert "Ask for a refund" not in words(console.browser("kiprono").get(page))


def test_a_cashier_may_read_it_in_swahili(console: Console) -> None:
    page = paid(console)
    answer = console.browser("wanjiku").get(f"{page}/refund?lang=sw")
    assert "Omba kurudisha pesa" in words(answer)
