"""What each page shows and does, through the very handler; and who may see and do it, from the route table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.facts import Cancelled, Noted
from gateway.domain.staff import ROLES_WITH, Right, Role, person_id
from gateway.ports import StoreUnavailable
from gateway.web.console.words import TEXTS
from gateway.web.routes import ROUTES, Credential, Route
from tests.memory_staff import ISSUER
from tests.memory_store import KEYS
from tests.unit.console.staff_stage import OF_ROLE, ORIGIN, SHOP, Browser, Console, words
from tests.unit.web.shop import OTHER_SECRET, Answered
from tests.unit.web.test_claims import money_at_the_till

PAGES = [route for route in ROUTES if route.credential is Credential.SESSION]
FORMS = [route for route in PAGES if route.method == "POST"]


@pytest.fixture
def console() -> Console:
    """A shop with staff."""
    return Console()


def pay(console: Console, key: str = "order-1042", **fields: Any) -> str:
    """A payment of 1,500 shillings that the shop's server asked for; its id."""
    return str(console.gateway.pay(key, **fields).json["id"])


def paid(console: Console) -> str:
    """A payment of order 1042 that was paid by prompt."""
    payment = pay(console, phone="0712345678", order="1042", account_reference="INV1042")
    console.gateway.callback(payment)
    return payment


def path_of(route: Route, payment: str) -> str:
    """The page's address about this payment; of money and payouts, about some that are not there."""
    places = {"payment": payment, "payout": "out_" + "0" * 32, "file": "file_" + "0" * 32}
    places |= {"statement": "stm_" + "0" * 32, "receipt": "SGL31QW9XY", "day": "2026-03-02", "proxy+": "nothing/here"}
    places |= {"endpoint": "whe_" + "0" * 32, "delivery": "dlv_" + "0" * 32, "key": "key_" + "0" * 32}
    return re.sub(r"\{([\w+]+)\}", lambda found: places[found[1]], route.path)


def called(browser: Browser, route: Route, path: str, token: str, **headers: str) -> Answered:
    """The route's page, or its form sent with this token."""
    return browser.get(path, **headers) if route.method == "GET" else browser.post(path, {"token": token}, **headers)


def said_no(answer: Answered) -> bool:
    """Whether the page says that the role does not carry it."""
    return answer.status == 403 and "Your role does not do this" in words(answer)


# --- who may ----------------------------------------------------------------------------------------------------


def test_every_page_names_its_right_and_every_right_has_its_roles() -> None:
    """Nothing is allowed by default; the roles are those of the specification."""
    assert [] == [route.key for route in PAGES if route.right is None]
    assert set(Right) == set(ROLES_WITH)
    everybody, money = set(Role), {Role.ACCOUNTANT, Role.ADMIN}
    assert {
        Right.LOOK: everybody,
        Right.WORK: everybody,
        Right.SEE_PHONES: everybody - {Role.CASHIER},
        Right.ASK_REFUND: everybody - {Role.OPERATOR},
        Right.ASK_PAYOUT: money,
        Right.APPROVE: money,
        Right.RECONCILE: money,
        Right.OPERATE: {Role.OPERATOR, Role.ADMIN},
        Right.MANAGE: {Role.ADMIN},
    } == ROLES_WITH


def test_money_and_books_are_for_those_who_answer_for_them() -> None:
    """What moves money or carries the books away needs its right, whatever else a page needs."""
    right_of = {route.key: route.right for route in PAGES}
    books = [key for key in right_of if "/console/reconciliation" in key or "/console/exports" in key]
    decisions = [key for key in right_of if key.endswith(("/approve", "/reject"))]
    assert ({Right.RECONCILE}, 13) == ({right_of[key] for key in books}, len(books))
    assert {Right.APPROVE} == {right_of[key] for key in decisions if key.endswith("/approve")} != set()
    assert {right_of[key] for key in decisions} <= {Right.APPROVE, Right.ASK_PAYOUT, Right.ASK_REFUND}


def test_what_runs_the_gateway_is_for_those_who_run_it() -> None:
    """Webhooks and health need their right, keys and settings an admin's, whatever else a page needs."""
    right_of = {route.key: route.right for route in PAGES}
    runs = [key for key in right_of if "/console/webhooks" in key or "/console/health" in key]
    sets = [key for key in right_of if "/console/keys" in key or "/console/settings" in key]
    assert ({Right.OPERATE}, 8) == ({right_of[key] for key in runs}, len(runs))
    assert ({Right.MANAGE}, 5) == ({right_of[key] for key in sets}, len(sets))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.key)
def test_a_page_opens_to_the_roles_that_carry_its_right_and_to_no_other(
    console: Console, route: Route, role: Role
) -> None:
    payment = paid(console)
    browser = console.browser(OF_ROLE[role])
    answer = called(browser, route, path_of(route, payment), browser.token())
    assert route.right is not None
    assert (role not in ROLES_WITH[route.right]) == said_no(answer)


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.key)
def test_a_page_without_a_session_leads_to_the_sign_in_and_changes_nothing(console: Console, route: Route) -> None:
    payment = paid(console)
    token = console.browser("njeri").token()
    before = dict(console.world.store.payments)
    answer = called(console.browser(), route, path_of(route, payment), token)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/console/sign-in?to=/console")
    assert before == console.world.store.payments


SPOILT_FORMS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "no token": lambda _, origin: ("", origin),
    "another sign-in's token": lambda _, origin: (
        security.signature(KEYS.client_token, "console-form", "0" * 64),
        origin,
    ),
    "a token cut short": lambda token, origin: (token[:-1], origin),
    "another origin": lambda token, _: (token, "https://elsewhere.example"),
    "an origin that begins like ours": lambda token, origin: (token, origin + ".elsewhere.example"),
    "a hidden origin": lambda token, _: (token, "null"),
    "no origin": lambda token, _: (token, ""),
}


@pytest.mark.parametrize("spoil", SPOILT_FORMS.values(), ids=SPOILT_FORMS)
@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.key)
def test_a_form_that_is_not_of_this_sign_in_or_not_of_ours_does_nothing(
    console: Console, route: Route, spoil: Callable[[str, str], tuple[str, str]]
) -> None:
    payment = paid(console)
    browser = console.browser("njeri")
    token, origin = spoil(browser.token(), ORIGIN)
    before = dict(console.world.store.payments), dict(console.world.staff.members)
    answer = browser.post(path_of(route, payment), {"token": token}, origin=origin)
    assert 403 == answer.status
    assert "Nothing was done" in words(answer)
    assert before == (console.world.store.payments, console.world.staff.members)


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.key)
def test_another_shops_things_are_not_there(console: Console, route: Route) -> None:
    """404 or nothing of it, and nothing changes."""
    body = {"amount": 1500, "order": "9999", "phone": "0733999888"}
    theirs = str(
        console.gateway.call(
            "POST", "/v1/payments", body, secret=OTHER_SECRET, headers={"idempotency-key": "theirs"}
        ).json["id"]
    )
    before = console.world.store.payments[theirs]
    browser = console.browser("njeri")
    answer = called(browser, route, path_of(route, theirs), browser.token())
    assert ("{payment}" in route.path) <= (answer.status == 404)
    assert "9999" not in words(answer)
    assert before == console.world.store.payments[theirs]


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.key)
def test_a_page_tells_no_whole_number(console: Console, route: Route) -> None:
    """But the one that is there for it, to who may see it."""
    payment = paid(console)
    browser = console.browser("njeri")
    answer = called(browser, route, path_of(route, payment), browser.token())
    assert (route.path == "/console/payments/{payment}/phone") == ("712345678" in answer.body)


def test_while_the_table_is_away_a_page_says_that_nothing_is_known(console: Console) -> None:
    payment = paid(console)
    browser = console.browser("wanjiku")
    console.world.fail_next["Store.read_payment"].append(StoreUnavailable("away"))
    answer = browser.get(f"/console/payments/{payment}")
    assert 503 == answer.status
    assert "neither paid nor not paid" in words(answer)
    assert "req_" in words(answer)


def test_a_mistake_of_ours_is_a_page_with_a_number_and_no_text_of_the_error(console: Console) -> None:
    browser = console.browser("wanjiku")
    console.world.fail_next["Days.read_day"].append(RuntimeError("0712345678 secret"))
    answer = browser.get("/console/today")
    assert 500 == answer.status
    assert "The gateway made a mistake" in words(answer)
    assert "secret" not in answer.body + repr(console.world.ambient.reports)


def test_both_languages_say_everything() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["sw"])
    places = {key: re.findall(r"\{\w+\}", text) for key, text in TEXTS["en"].items()}
    assert places == {key: re.findall(r"\{\w+\}", text) for key, text in TEXTS["sw"].items()}


def test_a_language_is_chosen_once_and_kept(console: Console) -> None:
    browser = console.browser("wanjiku")
    browser.get("/console?lang=sw")
    assert "Imelipwa?" in words(browser.get("/console"))


# --- has it been paid? ------------------------------------------------------------------------------------------

TYPED = ["SGL31QW9XY", "sgl31qw9xy", "1042", "INV1042", "inv 1042", "0712345678", "678",
         "SGL31QW9XY Confirmed. Ksh1,500.00 sent to CORNER SHOP"]  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_whatever_somebody_has_in_hand_leads_to_the_green_answer(console: Console, typed: str) -> None:
    payment = paid(console)
    browser = console.browser("wanjiku")
    found = browser.send("/console/search", q=typed)
    assert (303, f"/console/payments/{payment}") == (found.status, found.headers["Location"])
    answer = browser.get(found.headers["Location"])
    assert '<section class="plate paid"' in answer.body
    assert "PAID KSh 1,500" in words(answer)
    assert "The order may go out." in words(answer)


def test_a_code_that_nobody_knows_is_never_green(console: Console) -> None:
    paid(console)
    answer = console.browser("wanjiku").send("/console/search", q="SGX99QQ9ZZ")
    assert "NO SUCH PAYMENT" in words(answer)
    assert "A message on a phone is no proof" in words(answer)
    assert '"plate paid"' not in answer.body


def test_what_is_typed_is_shown_as_text_and_never_as_markup(console: Console) -> None:
    answer = console.browser("wanjiku").send("/console/search", q='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.body
    assert "&lt;script&gt;alert(1)" in answer.body


def test_a_waiting_payment_is_not_known_yet_and_says_when_we_ask(console: Console) -> None:
    payment = pay(console, phone="0712345678", order="1051")
    answer = console.browser("wanjiku").get(f"/console/payments/{payment}")
    assert "NOT KNOWN YET" in words(answer)
    assert "Keep the goods. Do not ask the customer to pay again." in words(answer)
    assert "We ask M-PESA again at" in words(answer)
    assert 'data-every="5000"' in answer.body


def test_a_failed_payment_says_why(console: Console) -> None:
    payment = pay(console, phone="0712345678")
    console.gateway.callback(payment, 1, "1032")
    answer = console.browser("wanjiku").get(f"/console/payments/{payment}")
    assert "NOT PAID" in words(answer)
    assert "Cancelled or timed out" in words(answer)
    assert 'data-every="' not in answer.body


def test_money_under_a_code_without_a_payment_is_not_known_yet(console: Console) -> None:
    money_at_the_till(console.gateway, "SGL31QW9XZ")
    answer = console.browser("wanjiku").send("/console/search", q="SGL31QW9XZ")
    assert "NOT KNOWN YET" in words(answer)
    assert "nobody has said yet for which order" in words(answer)


# --- what may be done -------------------------------------------------------------------------------------------


def test_a_note_is_kept_with_who_wrote_it_and_without_numbers(console: Console) -> None:
    payment = paid(console)
    browser = console.browser("wanjiku")
    answer = browser.send(f"/console/payments/{payment}/notes", text="Came by, phone 0722111222")
    (fact,) = [one for one in console.world.store.payments[payment].facts.values() if isinstance(one, Noted)]
    assert (303, person_id(ISSUER, "subject-wanjiku")) == (answer.status, fact.actor)
    assert "0722111222" not in fact.remark
    assert "Wanjiku" in words(browser.get(f"/console/payments/{payment}"))


def test_what_happened_on_another_day_stands_under_its_day(console: Console) -> None:
    payment = paid(console)
    console.later(26 * 60)
    browser = console.browser("wanjiku")
    browser.send(f"/console/payments/{payment}/notes", text="Came by")
    page = browser.get(f"/console/payments/{payment}").body
    assert [day_of(console.now_ms)] == re.findall(r'<li class="day">([^<]*)</li>', page)


@pytest.mark.parametrize("typed", ["", "   ", "x" * 301])
def test_a_note_that_is_no_note_stays_in_its_field(console: Console, typed: str) -> None:
    payment = paid(console)
    before = console.world.store.payments[payment]
    answer = console.browser("wanjiku").send(f"/console/payments/{payment}/notes", text=typed)
    assert 422 == answer.status
    assert typed.strip() in answer.body
    assert before == console.world.store.payments[payment]


def test_a_cancelled_payment_names_the_person(console: Console) -> None:
    payment = pay(console)
    console.browser("wanjiku").send(f"/console/payments/{payment}/cancel")
    (fact,) = [one for one in console.world.store.payments[payment].facts.values() if isinstance(one, Cancelled)]
    assert person_id(ISSUER, "subject-wanjiku") == fact.actor


def test_a_payment_with_a_live_prompt_is_not_cancelled(console: Console) -> None:
    payment = pay(console, phone="0712345678")
    answer = console.browser("wanjiku").send(f"/console/payments/{payment}/cancel")
    assert 422 == answer.status
    assert "It cannot be cancelled" in words(answer)


def test_asking_again_queues_one_question(console: Console) -> None:
    payment = pay(console, phone="0712345678")
    console.later(0.5)
    console.world.queues.checks.clear()
    answer = console.browser("wanjiku").send(f"/console/payments/{payment}/check")
    assert f"/console/payments/{payment}?done=asked" == answer.headers["Location"]
    assert [payment] == [asked for asked, _ in console.world.queues.checks]


def test_who_sees_a_whole_number_is_reported(console: Console) -> None:
    payment = paid(console)
    answer = console.browser("otieno").send(f"/console/payments/{payment}/phone")
    told = [fields for name, fields in console.world.ambient.reports if name == "phone_read"]
    assert "254712345678" in words(answer)
    assert [{"payment": payment, "person": person_id(ISSUER, "subject-otieno")}] == told


def test_the_day_says_its_sums_and_what_needs_a_person(console: Console) -> None:
    answer = words(console.browser("wanjiku").get("/console/today"))
    assert "NEEDS A PERSON 0" in answer
    assert "Nothing waits for a person." in answer


def test_a_days_payments_are_listed_by_day(console: Console) -> None:
    payment = paid(console)
    browser = console.browser("wanjiku")
    assert payment in browser.get("/console/payments").body
    assert "No payments on this day" in words(browser.get("/console/payments?day=2026-03-01"))


def test_a_place_in_the_list_that_is_not_ours_leads_nowhere(console: Console) -> None:
    assert 404 == console.browser("wanjiku").get("/console/payments?after=abc.def").status


def test_the_shop_of_the_session_is_the_shop_of_every_page(console: Console) -> None:
    assert SHOP == console.browser("wanjiku").console.world.staff.members[SHOP, "wanjiku@shop.example"].owner
    assert "Corner Shop" in console.browser("wanjiku").get("/console").body
