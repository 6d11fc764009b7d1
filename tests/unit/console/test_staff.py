"""Who may enter: invited by one admin; rights over money and staff by two; nobody by himself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.staff import Member, Role, agreed, changed, needs_another_admin, normalised_email
from tests.unit.console.staff_stage import SHOP, Browser, Console, email_of, words
from tests.unit.web.shop import Answered


@pytest.fixture
def console() -> Console:
    """A shop with staff."""
    return Console()


def invites(browser: Browser, name: str, *roles: Role) -> Answered:
    """Send the form of the page."""
    chosen = {f"role-{role}": "yes" for role in roles}
    return browser.send("/console/staff", email=email_of(name), name=name.capitalize(), **chosen)


def agrees(browser: Browser, name: str, roles: str) -> Answered:
    """Say yes to these roles."""
    return browser.send("/console/staff/agree", email=email_of(name), roles=roles)


def member_of(console: Console, name: str) -> Member:
    """As stored."""
    return console.world.staff.members[SHOP, email_of(name)]


def test_one_admin_invites_a_cashier(console: Console) -> None:
    answer = invites(console.browser("njeri"), "amina", Role.CASHIER)
    assert "/console/staff?done=saved" == answer.headers["Location"]
    assert 303 == console.browser().sign_in("amina").status


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.ADMIN])
def test_who_may_approve_or_manage_is_let_in_after_a_second_admin_agreed(console: Console, role: Role) -> None:
    first, second = console.browser("njeri"), console.browser("mutua")
    invites(first, "amina", role)
    before = console.browser().sign_in("amina").status
    answer = agrees(second, "amina", role)
    after = console.browser().sign_in("amina").status
    assert (403, 303) == (before, after)
    assert "/console/staff?done=agreed" == answer.headers["Location"]


def test_the_admin_who_proposed_cannot_agree(console: Console) -> None:
    browser = console.browser("njeri")
    invites(browser, "amina", Role.ACCOUNTANT)
    answer = agrees(browser, "amina", "accountant")
    assert 409 == answer.status
    assert "You proposed this. Another admin must agree." in words(answer)
    assert frozenset() == member_of(console, "amina").roles


def test_roles_that_were_not_shown_are_not_agreed_to(console: Console) -> None:
    invites(console.browser("njeri"), "amina", Role.ACCOUNTANT)
    answer = agrees(console.browser("mutua"), "amina", "accountant admin")
    assert 409 == answer.status
    assert frozenset() == member_of(console, "amina").roles


def test_a_raise_keeps_the_roles_from_before_until_it_is_agreed_to(console: Console) -> None:
    invites(console.browser("njeri"), "wanjiku", Role.ADMIN)
    assert {Role.CASHIER} == member_of(console, "wanjiku").roles
    agrees(console.browser("mutua"), "wanjiku", "admin")
    assert {Role.ADMIN} == member_of(console, "wanjiku").roles


def test_a_role_that_adds_no_right_over_money_or_staff_needs_nobody_else(console: Console) -> None:
    """An admin carries an accountant's rights already."""
    invites(console.browser("njeri"), "mutua", Role.ADMIN, Role.ACCOUNTANT)
    standing = member_of(console, "mutua")
    assert standing.proposal is None
    assert {Role.ADMIN, Role.ACCOUNTANT} == standing.roles


def test_who_is_proposed_cannot_agree_for_himself(console: Console) -> None:
    """Also where the person is an admin under another invitation."""
    invites(console.browser("njeri"), "amina", Role.ACCOUNTANT)
    key = (SHOP, email_of("amina"))
    mutua = console.browser("mutua")
    bound = member_of(console, "mutua")
    standing = console.world.staff.members[key]
    console.world.staff.members[key] = replace(standing, issuer=bound.issuer, subject=bound.subject)
    answer = agrees(mutua, "amina", "accountant")
    assert 409 == answer.status
    assert frozenset() == member_of(console, "amina").roles


@pytest.mark.parametrize("act", ["/console/staff", "/console/staff/remove"])
def test_nobody_changes_what_he_may_do_himself(console: Console, act: str) -> None:
    before = console.browser("njeri")
    answer = before.send(act, email=email_of("njeri"), name="Njeri", **{"role-cashier": "yes"})
    assert 409 == answer.status
    assert {Role.ADMIN} == member_of(console, "njeri").roles
    assert not member_of(console, "njeri").removed


def test_less_is_given_by_one_admin_and_holds_at_once(console: Console) -> None:
    other = console.browser("otieno")
    invites(console.browser("njeri"), "otieno", Role.CASHIER)
    assert {Role.CASHIER} == member_of(console, "otieno").roles
    assert 303 == other.get("/console").status


def test_who_is_removed_is_out_and_a_new_invitation_begins_anew(console: Console) -> None:
    """The e-mail may be somebody else's by then: the person is bound with the first sign-in again."""
    browser, admin = console.browser("wanjiku"), console.browser("njeri")
    admin.send("/console/staff/remove", email=email_of("wanjiku"))
    out = browser.get("/console").status
    invites(admin, "wanjiku", Role.CASHIER)
    assert (303, 303) == (out, console.browser().sign_in("wanjiku", sub="subject-of-the-new-one").status)


def test_a_removed_admin_comes_back_by_two_admins_only(console: Console) -> None:
    admin = console.browser("njeri")
    admin.send("/console/staff/remove", email=email_of("mutua"))
    answer = invites(admin, "mutua", Role.ADMIN)
    assert "/console/staff?done=proposed" == answer.headers["Location"]
    assert 403 == console.browser().sign_in("mutua").status


@pytest.mark.parametrize(
    ("email", "roles", "told"),
    [
        ("amina", [Role.CASHIER], "Give an e-mail address"),
        ("amina@shop.example#x", [Role.CASHIER], "Give an e-mail address"),
        ("amina@shop.example", [], "Choose at least one role"),
    ],
)
def test_an_invitation_that_is_not_right_stays_in_its_form(
    console: Console, email: str, roles: list[Role], told: str
) -> None:
    browser = console.browser("njeri")
    before = dict(console.world.staff.members)
    answer = browser.send("/console/staff", email=email, name="Amina", **{f"role-{role}": "yes" for role in roles})
    assert 422 == answer.status
    assert told in words(answer)
    assert f'value="{email}"' in answer.body
    assert before == console.world.staff.members


def test_the_page_shows_who_waits_for_whom(console: Console) -> None:
    invites(console.browser("njeri"), "amina", Role.ACCOUNTANT)
    mine, others = (words(console.browser(name).get("/console/staff")) for name in ("njeri", "mutua"))
    assert "Njeri wants Amina to be: Accountant." in others
    assert "Agree: Amina becomes Accountant" in others
    assert "Agree: Amina" not in mine


def test_a_change_that_lost_a_race_is_made_again_on_what_stands_there(console: Console) -> None:
    browser = console.browser("njeri")
    token = browser.token()

    def somebody_was_faster() -> None:
        key = (SHOP, email_of("wanjiku"))
        standing = console.world.staff.members[key]
        console.world.staff.members[key] = replace(standing, name="Wanjiku W.", version=standing.version + 1)

    console.world.after["Staff.read_member"] = somebody_was_faster
    fields = {"token": token, "email": email_of("wanjiku"), "name": "x", "role-operator": "yes"}
    answer = browser.post("/console/staff", fields)
    assert 303 == answer.status
    assert ("Wanjiku W.", {Role.OPERATOR}) == (
        member_of(console, "wanjiku").name,
        set(member_of(console, "wanjiku").roles),
    )


def test_every_change_is_reported_with_who_made_it(console: Console) -> None:
    invites(console.browser("njeri"), "amina", Role.CASHIER)
    told = [fields for name, fields in console.world.ambient.reports if name == "staff_changed"]
    assert [member_of(console, "njeri").person] == [fields["by"] for fields in told]
    assert email_of("amina") not in repr(told)


@pytest.mark.parametrize(
    ("before", "after", "two"),
    [
        ({Role.CASHIER}, {Role.OPERATOR}, False),
        ({Role.CASHIER}, {Role.ACCOUNTANT}, True),
        ({Role.ACCOUNTANT}, {Role.ADMIN}, True),
        ({Role.ADMIN}, {Role.ACCOUNTANT}, False),
        ({Role.ACCOUNTANT}, {Role.ACCOUNTANT, Role.OPERATOR}, False),
        (set(), {Role.ADMIN}, True),
    ],
)
def test_only_more_rights_over_money_or_staff_take_two(before: set[Role], after: set[Role], two: bool) -> None:
    one = Member(owner="s", email="a@b.example", name="", roles=frozenset(before), added_by="x", added_at_ms=0)
    assert two == needs_another_admin(before, after)
    assert two == (changed(one, frozenset(after), "person_a", 1).proposal is not None)


def test_a_wish_for_more_rights_ends_with_the_next_change() -> None:
    """Nobody can agree any more to what another admin has taken back meanwhile."""
    one = Member(owner="s", email="a@b.example", name="", roles=frozenset({Role.CASHIER}), added_by="x", added_at_ms=0)
    wished = changed(one, frozenset({Role.ADMIN}), "person_a", 1)
    assert {Role.CASHIER} == agreed(changed(wished, frozenset({Role.CASHIER}), "person_b", 2)).roles


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" Amina@Shop.Example ", "amina@shop.example"),
        ("a.b+c@mail.shop.example", "a.b+c@mail.shop.example"),
        ("a#b@shop.example", None),
        ("a@b@shop.example", None),
        ("amina@shop", None),
        ("a" * 250 + "@shop.example", None),
        ("\N{KELVIN SIGN}amau@shop.example", None),
        ("amina@shop.example\n", "amina@shop.example"),
        ("", None),
    ],
)
def test_an_address_has_one_form_and_never_parts_a_key(typed: str, email: str | None) -> None:
    assert email == normalised_email(typed)
