"""Who gets in, who does not, and that no trick of an issuer, a link or a neighbour opens the console."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.id_tokens import Flaw
from gateway.domain.staff import Role, person_id
from gateway.flows.sign_in import Refusal, our_page
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import Browser, Console, member, words

COOKIE = "console-session"


@pytest.fixture
def console() -> Console:
    """A shop with staff."""
    return Console()


def refusals(console: Console) -> list[str]:
    """Why people were not let in."""
    return [str(fields["why"]) for name, fields in console.world.ambient.reports if name == "console_sign_in_refused"]


def test_a_member_signs_in_and_comes_to_the_page_that_was_wanted(console: Console) -> None:
    browser = console.browser()
    wanted = browser.get("/console/today")
    answer = browser.sign_in("wanjiku", "?" + wanted.headers["Location"].partition("?")[2])
    assert (303, "/console/sign-in?to=/console/today") == (wanted.status, wanted.headers["Location"])
    assert (303, "/console/today") == (answer.status, answer.headers["Location"])
    assert 200 == browser.get("/console/today").status


def test_what_is_asked_of_the_issuer_is_the_code_flow_with_all_its_guards(console: Console) -> None:
    asked = console.browser().start_sign_in()
    assert {
        "response_type": "code",
        "client_id": "gateway-console",
        "redirect_uri": "http://localhost:7070/console/signed-in",
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }.items() <= asked.items()
    assert 43 == len(asked["code_challenge"])
    assert 3 == len({asked["state"], asked["nonce"], asked["code_challenge"]})


def test_a_fresh_sign_in_asks_for_proof_within_five_minutes(console: Console) -> None:
    asked = console.browser("otieno").start_sign_in("?fresh=yes&to=/console/today")
    assert ("300", "login") == (asked["max_age"], asked["prompt"])


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"nonce": "another"}, Flaw.NONCE),
        ({"nonce": None}, Flaw.NONCE),
        ({"aud": "another-client"}, Flaw.AUDIENCE),
        ({"aud": ["gateway-console", "another-client"]}, Flaw.AUDIENCE),
        ({"aud": ["gateway-console"], "azp": "another-client"}, Flaw.AUDIENCE),
        ({"aud": None}, Flaw.AUDIENCE),
        ({"iss": "https://elsewhere.example"}, Flaw.ISSUER),
        ({"iss": ISSUER + "/"}, Flaw.ISSUER),
        ({"exp": 1_772_442_904 - 61}, Flaw.EXPIRED),
        ({"exp": 1_772_442_904 - 60}, Flaw.EXPIRED),
        ({"exp": None}, Flaw.EXPIRED),
        ({"exp": True}, Flaw.EXPIRED),
        ({"iat": 1_772_442_904 + 3_600}, Flaw.NOT_YET),
        ({"iat": None}, Flaw.NOT_YET),
        ({"auth_time": 1_772_442_904 + 3_600}, Flaw.NOT_YET),
        ({"sub": ""}, Flaw.SUBJECT),
        ({"sub": 7}, Flaw.SUBJECT),
        ({"sub": "x" * 256}, Flaw.SUBJECT),
        ({"email": None}, Flaw.EMAIL),
        ({"email_verified": None}, Flaw.EMAIL),
        ({"email_verified": False}, Flaw.EMAIL),
        ({"email_verified": 1.5}, Flaw.EMAIL),
        ({"email": "nobody@shop.example"}, Refusal.UNKNOWN),
        ({"email": "wanjiku@shop.example#"}, Refusal.UNKNOWN),
        ({"email": "WANJI\N{KELVIN SIGN}U@shop.example"}, Refusal.UNKNOWN),
    ],
)
def test_an_id_token_that_is_not_right_lets_nobody_in(console: Console, changes: dict[str, Any], flaw: str) -> None:
    browser = console.browser()
    answer = browser.sign_in("wanjiku", **changes)
    assert ([str(flaw)], {}) == (refusals(console), console.world.staff.sessions)
    assert answer.status in (400, 403)
    assert COOKIE not in browser.cookies
    assert "Wanjiku" not in answer.body


@pytest.mark.parametrize(
    "changes", [{}, {"aud": ["gateway-console"]}, {"email": "Wanjiku@Shop.Example"}, {"name": None}]
)
def test_an_id_token_that_is_right_in_another_form_lets_in(console: Console, changes: dict[str, Any]) -> None:
    assert 303 == console.browser().sign_in("wanjiku", **changes).status


def test_who_is_unknown_reads_whom_to_ask_and_nothing_else(console: Console) -> None:
    answer = console.browser().sign_in("stranger")
    assert "Ask your admin" in words(answer)
    assert "Corner Shop" not in answer.body


def test_a_code_opens_once(console: Console) -> None:
    browser = console.browser()
    asked = browser.start_sign_in()
    ticket = dict(browser.cookies)
    browser.come_back("wanjiku", asked)
    thief = Browser(console, ticket)
    answer = thief.back("code-1", asked["state"])
    assert (400, [str(Refusal.CODE)]) == (answer.status, refusals(console))


def test_a_code_of_another_browsers_sign_in_opens_nothing(console: Console) -> None:
    """An attacker's own code in a victim's browser, and the other way round: the verifier does not fit."""
    attacker, victim = console.browser(), console.browser()
    asked_by_attacker, asked_by_victim = attacker.start_sign_in(), victim.start_sign_in()
    first = victim.come_back("otieno", asked_by_attacker)
    second = victim.come_back("otieno", asked_by_attacker, state=asked_by_victim["state"])
    assert (400, 400) == (first.status, second.status)
    assert {} == console.world.staff.sessions


@pytest.mark.parametrize("state", ["", "0" * 32, "é"])
def test_a_state_that_is_not_this_sign_ins_opens_nothing(console: Console, state: str) -> None:
    browser = console.browser()
    answer = browser.come_back("wanjiku", browser.start_sign_in(), state=state)
    assert (400, [str(Refusal.TICKET)]) == (answer.status, refusals(console))


SPOILT = {
    "gone": lambda _: "",
    "cut short": lambda ticket: ticket[:-1],
    "to another page": lambda ticket: ticket.replace("|/console|", "|/consolf|"),
    "nonsense": lambda _: "a|b",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_ticket_that_is_not_ours_opens_nothing(console: Console, spoil: Any) -> None:
    browser = console.browser()
    asked = browser.start_sign_in()
    browser.cookies["console-sign-in"] = spoil(browser.cookies["console-sign-in"])
    assert 400 == browser.come_back("wanjiku", asked).status
    assert {} == console.world.staff.sessions


def test_a_ticket_holds_ten_minutes(console: Console) -> None:
    browser = console.browser()
    asked = browser.start_sign_in()
    console.later(10)
    assert 400 == browser.come_back("wanjiku", asked).status


def test_an_issuer_that_says_no_leads_to_a_page(console: Console) -> None:
    browser = console.browser()
    browser.start_sign_in()
    answer = browser.get("/console/signed-in?error=access_denied")
    assert 400 == answer.status
    assert "sign in again" in words(answer)


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/console/../../elsewhere",
        "/\\elsewhere.example",
        "/console//elsewhere.example",
        "/console@elsewhere.example",
        "/console.elsewhere.example",
        "/console/today?next=https://elsewhere.example",
        "/console/today\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/v1/payments",
    ],
)
def test_nobody_is_sent_elsewhere_after_a_sign_in(console: Console, to: str) -> None:
    browser = console.browser()
    asked = browser.start_sign_in(f"?to={to.replace('?', '%3F').replace(chr(13), '%0D').replace(chr(10), '%0A')}")
    answer = browser.come_back("wanjiku", asked)
    assert (303, "/console") == (answer.status, answer.headers["Location"])
    assert "/console" == our_page(to)


def test_a_sign_in_makes_another_session_and_ends_the_one_before(console: Console) -> None:
    """A cookie that somebody planted before is worth nothing afterwards."""
    browser = console.browser("wanjiku")
    before = browser.cookies[COOKIE]
    browser.sign_in("wanjiku")
    planted = Browser(console, {COOKIE: before})
    assert before != browser.cookies[COOKIE]
    assert (200, 303) == (browser.get("/console").status, planted.get("/console").status)


def test_a_planted_cookie_is_never_taken_up(console: Console) -> None:
    browser = console.browser()
    browser.cookies[COOKIE] = "a" * 64
    browser.sign_in("wanjiku")
    assert "a" * 64 != browser.cookies[COOKIE]
    assert 303 == Browser(console, {COOKIE: "a" * 64}).get("/console").status


def test_a_session_ends_after_an_hour_without_any_page(console: Console) -> None:
    browser = console.browser("wanjiku")
    statuses = []
    for minutes in (59, 59, 60):
        console.later(minutes)
        statuses.append(browser.get("/console").status)
    assert [200, 200, 303] == statuses


def test_a_session_ends_after_twelve_hours_however_busy_it_was(console: Console) -> None:
    browser = console.browser("wanjiku")
    statuses = []
    for _ in range(25):
        console.later(30)
        statuses.append(browser.get("/console").status)
    assert [200] * 23 + [303] * 2 == statuses


def test_the_cookie_is_nowhere_and_its_hash_opens_nothing(console: Console) -> None:
    browser = console.browser("wanjiku")
    (stored,) = console.world.staff.sessions.values()
    secret = browser.cookies[COOKIE]
    assert 64 == len(secret)
    assert secret not in repr(console.world.staff.sessions) + repr(console.world.ambient.reports)
    assert 303 == Browser(console, {COOKIE: stored.hash}).get("/console").status


def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(console: Console) -> None:
    """Over HTTPS, or where money is real, with the prefix that ties it to the host."""
    plain = console.browser().sign_in("wanjiku").cookies[0]
    console.gateway.environment["SHOP_BASE_URL"] = "https://pay.example"
    browser = console.browser()
    asked = browser.get("/console/sign-in", host="pay.example", x_forwarded_proto="https").cookies[0]
    assert plain.startswith(f"{COOKIE}=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} <= set(plain.split("; "))
    assert asked.startswith("__Host-sign-in=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600"} <= set(asked.split("; "))
    assert "Domain" not in plain + asked


def test_a_change_of_roles_ends_the_sessions_of_the_member(console: Console) -> None:
    browser = console.browser("otieno")
    key = ("shop", "otieno@shop.example")
    standing = console.world.staff.members[key]
    console.world.staff.members[key] = replace(standing, roles=frozenset({Role.CASHIER}), version=standing.version + 1)
    assert 303 == browser.get("/console").status


def test_who_is_removed_is_out_at_once(console: Console) -> None:
    browser = console.browser("otieno")
    key = ("shop", "otieno@shop.example")
    console.world.staff.members[key] = replace(console.world.staff.members[key], removed=True)
    assert (303, 403) == (browser.get("/console").status, browser.sign_in("otieno").status)


def test_the_first_who_comes_keeps_the_invitation(console: Console) -> None:
    console.browser("otieno")
    bound = console.world.staff.members["shop", "otieno@shop.example"]
    other = console.browser().sign_in("otieno", sub="subject-of-somebody-else")
    assert (ISSUER, "subject-otieno") == (bound.issuer, bound.subject)
    assert (403, [str(Refusal.TAKEN)]) == (other.status, refusals(console))


def test_one_subject_is_one_person_under_two_invitations(console: Console) -> None:
    """Two e-mail addresses of one account, two roles, two browsers: one person's id."""
    console.invite(member("boss", Role.ADMIN))
    console.browser().sign_in("otieno", sub="subject-one")
    console.browser().sign_in("boss", sub="subject-one")
    persons = {session.person for session in console.world.staff.sessions.values()}
    assert {person_id(ISSUER, "subject-one")} == persons


def test_who_works_at_two_shops_is_asked_which(console: Console) -> None:
    console.invite(member("wanjiku", Role.OPERATOR, owner="other"))
    browser = console.browser()
    asked = browser.sign_in("wanjiku")
    chosen = browser.sign_in("wanjiku", "?shop=other")
    assert 200 == asked.status
    assert "Which shop?" in words(asked)
    assert 303 == chosen.status
    assert "Other Shop" in browser.get("/console").body


def test_signing_out_ends_the_session_everywhere(console: Console) -> None:
    browser = console.browser("wanjiku")
    copied = dict(browser.cookies)
    answer = browser.send("/console/sign-out")
    assert (303, "/console/signed-out") == (answer.status, answer.headers["Location"])
    assert COOKIE not in browser.cookies
    assert 303 == Browser(console, copied).get("/console").status


def test_signing_out_leads_on_to_the_issuer(console: Console) -> None:
    body = console.browser().get("/console/signed-out").body
    assert f"{ISSUER}/logout?client_id=gateway-console" in body


def test_another_site_cannot_sign_anybody_out(console: Console) -> None:
    browser = console.browser("wanjiku")
    token = browser.token()
    answer = browser.post("/console/sign-out", {"token": token}, origin="https://elsewhere.example")
    assert (403, 200) == (answer.status, browser.get("/console").status)


def test_a_stack_without_an_issuer_says_so(console: Console) -> None:
    console.gateway.environment["OIDC_CLIENT_ID"] = ""
    answer = console.browser().get("/console/sign-in")
    assert 503 == answer.status
    assert "Nobody can sign in here yet" in words(answer)


def test_a_page_from_another_name_of_this_machine_comes_under_the_right_one(console: Console) -> None:
    """The issuer sends people back to our address, so the ticket must lie in that address's browser cookies."""
    answer = console.browser().get("/console/sign-in", host="127.0.0.1:7070")
    assert (303, "http://localhost:7070/console/sign-in?to=/console") == (answer.status, answer.headers["Location"])
