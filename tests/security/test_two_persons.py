"""L11: a key is no second person. Who holds one agrees neither to what it asks for nor to what its offspring does."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from gateway import security
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.shop import ApiKey
from gateway.domain.staff import Role, person_id
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import SHOP, Browser, Console, hidden, member
from tests.unit.web.shop import Answered

OWN_KEY = "sk_test_local_otienos_own_00001"
OTIENO = person_id(ISSUER, "subject-otieno")
CSV = "phone,amount\n0711222333,500\n"


@pytest.fixture
def console() -> Console:
    """A shop that pays out, and a key that is Otieno's."""
    console = Console()
    stored = console.world.store
    stored.settings[SHOP] = replace(stored.settings[SHOP], payout_shortcode="600998")
    scopes = frozenset({"payouts:create", "payouts:read", "keys:write"})
    key = ApiKey(id="key_otieno", owner=SHOP, livemode=False, publishable=False, scopes=scopes, maker=OTIENO)
    stored.keys[security.secret_hash(OWN_KEY)] = key
    return console


def by_key(console: Console, path: str, body: dict[str, Any], secret: str = OWN_KEY) -> Any:
    """What the API answers to this key."""
    return console.gateway.call("POST", path, body, secret=secret, headers={"idempotency-key": "wages"}).json


def asked_for(console: Console, secret: str = OWN_KEY) -> str:
    """A payout that a key asks for; its page."""
    payout = by_key(console, "/v1/payouts", {"amount": 500, "phone": "0711222333"}, secret)
    return f"/console/payouts/{payout['id']}"


def approves(browser: Browser, address: str) -> Answered:
    """Presses "Send", or posts the form that is not shown."""
    terms = hidden(browser.get(address)).get("terms", "")
    return browser.send(f"{address}/approve", terms=terms)


def status_of(console: Console, address: str) -> str:
    """As it stands."""
    return str(outgoing_state(console.world.outgoings.outgoings[address.rpartition("/")[2]]).status)


def test_law_11_whose_the_key_is_cannot_agree_to_what_it_asked_for(console: Console) -> None:
    address = asked_for(console)
    own = approves(console.browser("otieno"), address)
    assert (409, "awaiting_approval") == (own.status, status_of(console, address))


def test_law_11_a_key_that_an_admin_makes_in_the_console_is_the_admins_own(console: Console) -> None:
    """Else one person alone would make what asks, and approve what it asks for."""
    njeri = console.browser("njeri")
    nonce = hidden(njeri.get("/console/keys/new"))["nonce"]
    scopes = {"scope-payouts:create": "yes", "scope-payouts:read": "yes"}
    made = njeri.send("/console/keys", nonce=nonce, name="Wages", kind="secret", **scopes)
    secret = re.findall(r"sk_test_[0-9A-Za-z]{32}", made.body)[0]
    address = asked_for(console, secret)
    own = approves(njeri, address)
    assert (409, "awaiting_approval") == (own.status, status_of(console, address))
    assert 303 == approves(console.browser("achieng"), address).status


def test_law_11_another_person_can(console: Console) -> None:
    address = asked_for(console)
    assert 303 == approves(console.browser("achieng"), address).status
    assert "approved" == status_of(console, address)


def test_law_11_a_key_that_the_key_made_is_no_other_person(console: Console) -> None:
    """Two keys of one person are one person."""
    wanted = {"name": "second", "scopes": ["payouts:create", "payouts:read"]}
    second = by_key(console, "/v1/keys", wanted)["secret"]
    address = asked_for(console, second)
    assert 409 == approves(console.browser("otieno"), address).status
    assert "awaiting_approval" == status_of(console, address)


def test_law_11_a_file_of_payouts_is_as_much_the_keys(console: Console) -> None:
    file = by_key(console, "/v1/payouts/files", {"name": "Wages", "csv": CSV})
    address = f"/console/payouts/{file['payouts'][0]}"
    assert 409 == approves(console.browser("otieno"), address).status
    assert "awaiting_approval" == status_of(console, address)


def test_law_11_nor_are_all_its_lines_together_approved_by_whose_the_key_is(console: Console) -> None:
    """With what another person's page says: his own page offers no such press."""
    file = by_key(console, "/v1/payouts/files", {"name": "Wages", "csv": CSV})
    address = f"/console/payouts/files/{file['id']}"
    shown = hidden(console.browser("achieng").get(address))
    answer = console.browser("otieno").send(f"{address}/approve", terms=shown["terms"], lines=shown["lines"])
    assert (409, "awaiting_approval") == (answer.status, status_of(console, f"/{file['payouts'][0]}"))


def test_law_11_nobodys_key_is_no_person_in_the_way(console: Console) -> None:
    """The shop's own server asks; any one person who may approve does."""
    key = replace(console.world.store.keys[security.secret_hash(OWN_KEY)], maker="")
    console.world.store.keys[security.secret_hash(OWN_KEY)] = key
    address = asked_for(console)
    assert 303 == approves(console.browser("otieno"), address).status


# --- a second account of one admin ------------------------------------------------------------------------------


def asked_by(console: Console, maker: str) -> str:
    """Something that this person asked for; its page."""
    address = asked_for(console)
    outgoings = console.world.outgoings.outgoings
    record = outgoings[address.rpartition("/")[2]]
    outgoings[record.id] = replace(record, asked=replace(record.asked, maker=maker, created_by=maker))
    return address


def a_cashier_of(console: Console, admin: str, name: str = "amina") -> str:
    """Whom this admin alone invited, and who has signed in; the person's id."""
    fields = {"email": f"{name}@shop.example", "name": name, "role-cashier": "yes"}
    assert 303 == console.browser(admin).send("/console/staff", **fields).status
    console.browser(name)
    return person_id(ISSUER, f"subject-{name}")


def test_law_11_an_admin_does_not_approve_what_his_own_guest_asks_for(console: Console) -> None:
    """Else he would be both, by a second account at the sign-in service."""
    console.browser("mutua")
    address = asked_by(console, a_cashier_of(console, "njeri"))
    answer = approves(console.browser("njeri"), address)
    assert (409, "awaiting_approval") == (answer.status, status_of(console, address))
    assert "You alone let in who asked for this" in answer.body


@pytest.mark.parametrize("name", ["mutua", "achieng"])
def test_law_11_somebody_else_approves_it(console: Console, name: str) -> None:
    address = asked_by(console, a_cashier_of(console, "njeri"))
    assert 303 == approves(console.browser(name), address).status


@pytest.mark.parametrize("again", [False, True])
def test_law_11_a_guest_who_is_gone_is_still_a_guest(console: Console, again: bool) -> None:
    """Removed, or invited anew and nobody yet: what was asked for stays asked for by that guest."""
    console.browser("mutua")
    guest = a_cashier_of(console, "njeri")
    address = asked_by(console, guest)
    njeri = console.browser("njeri")
    njeri.send("/console/staff/remove", email="amina@shop.example")
    fields = {"email": "amina@shop.example", "name": "amina", "role-cashier": "yes"}
    njeri.send(("/console/staff/remove", "/console/staff")[again], **fields)
    assert 409 == approves(console.browser("njeri"), address).status
    assert 303 == approves(console.browser("mutua"), address).status


def test_law_11_where_nobody_else_could_the_admin_decides(console: Console) -> None:
    """A shop of two: else nothing could ever be given back."""
    members = console.world.staff.members
    for name in ("otieno", "achieng", "mutua"):
        del members[SHOP, f"{name}@shop.example"]
    address = asked_by(console, a_cashier_of(console, "njeri"))
    assert 303 == approves(console.browser("njeri"), address).status


def test_law_11_who_was_appointed_by_the_command_is_nobodys_guest(console: Console) -> None:
    address = asked_by(console, person_id(ISSUER, "subject-wanjiku"))
    for name in ("wanjiku", "mutua"):
        console.browser(name)
    assert 303 == approves(console.browser("njeri"), address).status


# --- what a person may choose about himself ---------------------------------------------------------------------


def test_a_name_from_the_issuer_hides_nothing(console: Console) -> None:
    """No character that turns a line round, hides, or can be neither stored nor sent."""
    standing = member("zawadi", Role.CASHIER)
    console.invite(replace(standing, name=""))
    browser = console.browser()
    asked = browser.start_sign_in()
    browser.come_back("zawadi", asked, name="Ann\u202e gnihtyna\ud800\x00 <b>")
    assert "Ann gnihtyna <b>" == console.world.staff.members[SHOP, standing.email].name
    assert "&lt;b&gt;" in browser.get("/console").body


@pytest.mark.parametrize(
    "claim", [{"sub": "\ud800"}, {"nonce": "\ud800"}, {"exp": float("inf")}, {"iat": float("nan")}], ids=str
)
def test_a_claim_that_cannot_be_is_a_no_and_no_mistake_of_ours(claim: dict[str, Any], console: Console) -> None:
    assert 400 == console.browser().sign_in("wanjiku", **claim).status
