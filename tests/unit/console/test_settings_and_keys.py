"""Settings as they stand, and keys: made by a person as his own, shown once, ended; never more than the API gives."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.domain.staff import Role, person_id
from gateway.ports import StoreUnavailable
from gateway.web.console.keys import SCOPES
from gateway.web.console.words import TEXTS
from tests.house.deployed import functions, variables
from tests.memory_staff import ISSUER
from tests.memory_store import START_MS
from tests.unit.console import webhook_stage as stage
from tests.unit.console.staff_stage import SHOP, Browser, Console, hidden, member, words
from tests.unit.web.shop import OTHER_SECRET, Answered

NJERI = person_id(ISSUER, "subject-njeri")
DAY_MS = 86_400_000
READS = {"name": "Web", "kind": "secret", "scope-payments:read": "yes"}


@pytest.fixture
def console() -> Console:
    """A shop with staff, and a key that can make keys."""
    console = Console()
    stage.store(console, "pay_1")
    return console


def asked(browser: Browser, **fields: str) -> Answered:
    """Open the form and send it with these fields."""
    form = hidden(browser.get("/console/keys/new"))
    return browser.send("/console/keys", nonce=form["nonce"], **(READS | fields))


def secret_in(answer: Answered) -> str:
    """The secret that a page shows; empty: none."""
    found = re.search(r"[sp]k_test_[0-9A-Za-z]{32}", words(answer))
    return found[0] if found else ""


def keys_of(console: Console, owner: str = SHOP) -> list[ApiKey]:
    """All of a shop's keys."""
    return [key for key in console.world.store.keys.values() if key.owner == owner]


def reports(console: Console, name: str) -> list[dict[str, Any]]:
    """What was reported under this name."""
    return [dict(fields) for told, fields in console.world.ambient.reports if told == name]


# --- what is set ----------------------------------------------------------------------------------------------


def test_settings_are_shown_as_they_stand_with_where_they_are_changed(console: Console) -> None:
    standing = console.world.store.settings[SHOP]
    console.world.store.settings[SHOP] = replace(standing, amount_kes_max=70_000, support_phone="0700 000 000")
    shown = words(console.browser("njeri").get("/console/settings"))
    for said in (
        "Paybill 174379, Corner Shop",
        "Till 4000001, Corner Shop Till, store 4000000",
        "Most in one payment KSh 70,000",
        "Help for payers 0700 000 000",
        "Changed by mpesa-gateway settings put",
        "Requests to one phone 3 in 10 minutes, 10 a day",
        "A second person approves always",
        "Money tests only",
    ):
        assert said in shown


def test_limits_are_those_of_the_stack_and_its_function_is_told_them(console: Console) -> None:
    """Else the page would show defaults that do not hold."""
    limits = {
        "PROMPTS_PER_10_MINUTES": "7",
        "PROMPTS_PER_DAY": "2000",
        "ANSWER_DEADLINE_S": "600",
        "PAYOUTS_KES_PER_DAY": "90000",
        "PAYOUTS_KES_PER_RECIPIENT": "8000",
        "APPROVE_ABOVE": "300",
    }
    console.gateway.environment |= limits
    shown = words(console.browser("njeri").get("/console/settings"))
    said = ("7 in 10 minutes, 2,000 a day", "10 min", "KSh 90,000", "KSh 8,000", "above KSh 300 to one recipient")
    assert [] == [one for one in said if one not in shown]
    assert limits.keys() <= variables(functions()["admin_api"])


def test_a_shop_without_settings_still_has_its_page(console: Console) -> None:
    browser = console.browser("njeri")
    del console.world.store.settings[SHOP]
    answer = browser.get("/console/settings")
    assert (200, True) == (answer.status, "This shop has no settings" in words(answer))


def test_keys_that_cannot_be_read_hide_no_settings(console: Console) -> None:
    browser = console.browser("njeri")
    console.world.fail_next["ApiKeys.list_keys"].append(StoreUnavailable("away"))
    shown = words(browser.get("/console/settings"))
    assert "This cannot be read just now." in shown
    assert "Most in one payment" in shown


def test_a_key_says_what_it_may_whose_it_is_and_when_it_was_used(console: Console) -> None:
    console.browser("otieno")
    keys = console.world.store.keys
    hash_ = security.secret_hash(stage.KEY_SECRET)
    otieno = person_id(ISSUER, "subject-otieno")
    keys[hash_] = replace(keys[hash_], maker=otieno, expires_at_ms=START_MS + 5 * DAY_MS)
    console.world.keyuses.note_use(stage.KEY, "2026-03-01")
    shown = words(console.browser("njeri").get(f"/console/keys/{stage.KEY}"))
    assert "holds until 7 March 2026, 12:15 May keys:write payments:read" in shown
    assert "Whose Otieno" in shown
    assert "Last used Sunday 1 March 2026" in shown


def test_ended_keys_stand_apart(console: Console) -> None:
    body = console.browser("njeri").get("/console/settings").body
    open_ones, _, ended = body.partition("<details><summary>Keys that ended")
    assert ("/console/keys/key_old" in ended, "/console/keys/key_old" in open_ones) == (True, False)


def test_every_scope_has_its_words() -> None:
    assert {"scope_" + scope.replace(":", "_") for scope in SCOPES} <= TEXTS["sw"].keys()


# --- a key is made --------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_is_the_persons_who_made_it(console: Console) -> None:
    browser = console.browser("njeri")
    answer = asked(browser)
    secret = secret_in(answer)
    (made,) = [key for key in keys_of(console) if key.name == "Web"]
    assert 200 == answer.status
    assert ({"payments:read"}, NJERI, False, None) == (set(made.scopes), made.maker, made.livemode, made.expires_at_ms)
    assert made == console.world.store.keys[security.secret_hash(secret)]
    assert 200 == console.gateway.call("GET", "/v1/payments", secret=secret).status
    later = browser.get("/console/settings").body + browser.get(f"/console/keys/{made.id}").body
    assert secret not in later + json.dumps(console.world.ambient.reports, default=str)


def test_what_is_made_is_reported_with_the_person(console: Console) -> None:
    asked(console.browser("njeri"))
    (made,) = [key for key in keys_of(console) if key.name == "Web"]
    assert [{"key": made.id, "by": NJERI}] == reports(console, "api_key_made")


def test_the_same_form_again_is_the_same_key_and_tells_no_secret(console: Console) -> None:
    browser = console.browser("njeri")
    form = hidden(browser.get("/console/keys/new"))
    first, second = (browser.send("/console/keys", nonce=form["nonce"], **READS) for _ in range(2))
    (made,) = [key for key in keys_of(console) if key.name == "Web"]
    assert ("sk_test_", 303) == (secret_in(first)[:8], second.status)
    assert f"/console/keys/{made.id}" == second.headers["Location"]


def test_the_same_form_with_other_fields_makes_nothing(console: Console) -> None:
    browser = console.browser("njeri")
    form = hidden(browser.get("/console/keys/new"))
    browser.send("/console/keys", nonce=form["nonce"], **READS)
    answer = browser.send("/console/keys", nonce=form["nonce"], **(READS | {"name": "Other"}))
    assert (422, "") == (answer.status, secret_in(answer))
    assert "This form has made another key already." in words(answer)


def test_another_admins_form_with_the_same_mark_is_another_key(console: Console) -> None:
    for name in ("njeri", "mutua"):
        console.browser(name).send("/console/keys", nonce="n" * 32, **READS)
    assert 2 == len([key for key in keys_of(console) if key.name == "Web"])


def test_a_key_for_a_browser_has_no_scopes(console: Console) -> None:
    fields = {"name": "Page", "kind": "publishable", "scope-payments:read": ""}
    answer = asked(console.browser("njeri"), **fields)
    (made,) = [key for key in keys_of(console) if key.name == "Page"]
    assert ("pk_test_", True, frozenset()) == (secret_in(answer)[:8], made.publishable, made.scopes)


def test_a_last_day_ends_with_the_day_in_nairobi(console: Console) -> None:
    asked(console.browser("njeri"), last_day="2026-03-05")
    (made,) = [key for key in keys_of(console) if key.name == "Web"]
    assert 1_772_744_400_000 == made.expires_at_ms


@pytest.mark.parametrize(
    ("wrong", "place", "said"),
    [
        ({"name": " "}, "name", "Give a name of at most 60 characters."),
        ({"name": "x" * 61}, "name", "Give a name of at most 60 characters."),
        ({"name": "a\x00b"}, "name", "Give a name of at most 60 characters."),
        ({"scope-payments:read": "no"}, "scopes", "Tick what it may do"),
        ({"kind": "publishable"}, "scopes", "for a browser's key nothing"),
        ({"kind": "other"}, "kind-secret", "Say where it is used."),
        ({"last_day": "2026-03-01"}, "last_day", "Give today or a later day"),
        ({"last_day": "never"}, "last_day", "Give today or a later day"),
        ({"scope-payouts:approve": "yes", "scope-payments:read": ""}, "scopes", "Tick what it may do"),
    ],
)
def test_a_wish_that_is_not_right_stays_in_its_form(
    console: Console, wrong: dict[str, str], place: str, said: str
) -> None:
    before = keys_of(console)
    answer = asked(console.browser("njeri"), **wrong)
    assert (422, before) == (answer.status, keys_of(console))
    assert f'<a href="#{place}">' in answer.body
    assert said in words(answer)


def test_a_form_without_its_mark_makes_nothing(console: Console) -> None:
    before = keys_of(console)
    answer = console.browser("njeri").send("/console/keys", **READS)
    assert (422, before) == (answer.status, keys_of(console))


@pytest.mark.parametrize("page", ["form", "posted"])
def test_a_key_is_made_only_soon_after_a_sign_in(console: Console, page: str) -> None:
    browser = console.browser("njeri")
    token = browser.token()
    console.later(6)
    before = keys_of(console)
    sent = {"token": token, "nonce": "n" * 32, **READS}
    answer = {"form": lambda: browser.get("/console/keys/new"), "posted": lambda: browser.post("/console/keys", sent)}[
        page
    ]()
    assert (403, before) == (answer.status, keys_of(console))
    assert "A key is made only within five minutes of a sign-in." in words(answer)
    assert 'href="/console/sign-in?fresh=yes&amp;to=/console/keys/new"' in answer.body


# --- a key is ended -------------------------------------------------------------------------------------------


def test_a_key_is_ended_from_its_page_and_the_person_is_named(console: Console) -> None:
    browser = console.browser("njeri")
    console.later(60 * 0.5)
    assert "Whoever uses it is refused within a minute." in words(browser.get("/console/keys/key_reader"))
    answer = browser.send("/console/keys/key_reader/end")
    assert "/console/settings?done=key_ended" == answer.headers["Location"]
    assert [True] == [key.revoked for key in keys_of(console) if key.id == "key_reader"]
    assert [{"key": "key_reader", "by": NJERI}] == reports(console, "api_key_revoked")
    assert "End the key" not in words(browser.get("/console/keys/key_reader"))


def test_the_last_key_that_makes_keys_stays(console: Console) -> None:
    answer = console.browser("njeri").send(f"/console/keys/{stage.KEY}/end")
    assert 409 == answer.status
    assert "Nothing was done: it is the last key that can make keys" in words(answer)
    assert [False] == [key.revoked for key in keys_of(console) if key.id == stage.KEY]


@pytest.mark.parametrize("key", ["key_other", "key_unknown"])
def test_another_shops_key_is_not_there(console: Console, key: str) -> None:
    browser = console.browser("njeri")
    statuses = [browser.get(f"/console/keys/{key}").status, browser.send(f"/console/keys/{key}/end").status]
    assert [404, 404] == statuses
    assert 200 == console.gateway.call("GET", "/v1/payments", secret=OTHER_SECRET).status


def test_an_admin_of_another_shop_makes_keys_of_that_shop(console: Console) -> None:
    console.invite(member("zuri", Role.ADMIN, owner="other"))
    browser = console.browser("zuri")
    asked(browser)
    assert (["Web"], []) == tuple(
        [key.name for key in keys_of(console, owner) if key.name == "Web"] for owner in ("other", SHOP)
    )
