"""The samples in events/console/: each gets the answer that lies beside it, in a shop with staff, payments and money.

`<case>.expected.json` holds `status`, some `headers`, and pieces that the page `contains`. The cookies of the samples
are those of an admin (Njeri) and of a cashier (Wanjiku) who signed in this moment.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import security
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord
from gateway.domain.sessions import Session
from gateway.domain.staff import Proposal, Role
from gateway.flows.money_out.keep import out_indexed
from gateway.flows.settings import FlowSettings
from gateway.web.console.closing import CLOSING_PAGES
from gateway.web.console.days import DAY_PAGES
from gateway.web.console.operating import OPERATING_PAGES
from gateway.web.console.pages import PAGES
from gateway.web.console.prompting import PROMPT_PAGES
from gateway.web.console.statements import STATEMENT_PAGES
from gateway.web.routes import ROUTES
from tests.memory_staff import ISSUER
from tests.memory_store import START_MS
from tests.unit.console import webhook_stage
from tests.unit.console.file_stage import keep_file
from tests.unit.console.staff_stage import SHOP, Console, email_of, member
from tests.unit.web import reconciliation_sample
from tests.unit.web.shop import TOP
from tests.unit.web.test_claims import money_at_the_till

FOLDER = TOP / "events" / "console"
CASES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".expected.json"))
ADMIN, CASHIER = "5e55" * 16, "ca54" * 16
"""What the samples' cookies hold."""
PAYOUT = "out_" + "7" * 32


def stage() -> Console:
    """What the samples speak of."""
    console = Console()
    world = console.world
    world.store.settings[SHOP] = replace(world.store.settings[SHOP], payout_shortcode="600998")
    console.gateway.pay("pending", phone="0722000111", account_reference="PEND1", order="1001")
    paid = console.gateway.pay("paid", phone="0733000222", account_reference="PAID1", order="1002").json["id"]
    console.gateway.callback(paid)
    console.gateway.pay("open", account_reference="OPEN1", order="1003")
    money_at_the_till(console.gateway, "SGL41QW9XZ")
    for name, secret in (("njeri", ADMIN), ("wanjiku", CASHIER)):
        one = replace(world.staff.members[SHOP, email_of(name)], issuer=ISSUER, subject=f"subject-{name}")
        console.invite(one)
        world.staff.create_session(
            Session(
                hash=security.secret_hash(secret), owner=SHOP, email=one.email, person=one.person, member_version=1,
                started_at_ms=START_MS, seen_at_ms=START_MS, signed_in_at_ms=START_MS,
            )
        )  # fmt: skip
    wish = Proposal(frozenset({Role.ACCOUNTANT}), "person_" + "0" * 32, START_MS)
    console.invite(member("amina", proposal=wish))
    asked = OutgoingAsked(
        id=PAYOUT, kind="payout", owner=SHOP, livemode=False, shortcode="600998", method="b2c",
        command="SalaryPayment", amount_kes=500, remarks="Wages of Monday", created_by="key_shop",
        created_at_ms=START_MS, lapses_at_ms=START_MS + 259_200_000, fingerprint="1:sample", phone="254711222333",
    )  # fmt: skip
    record = OutgoingRecord(asked, {}, version=1)
    world.outgoings.create_outgoing(record, out_indexed(record, outgoing_state(record), FlowSettings()))
    keep_file(console)
    reconciliation_sample.store(console.gateway)
    webhook_stage.store(console, str(paid))
    return console


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_sample_event_gets_its_expected_answer(path: Path) -> None:
    """Status, headers and pieces of the page as the file beside it says."""
    event = json.loads(path.read_text(encoding="utf-8"))
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    answer = stage().gateway.replay(event)
    assert expected["status"] == answer.status
    assert expected.get("headers", {}).items() <= answer.headers.items()
    assert [] == [piece for piece in expected.get("contains", []) if piece not in answer.body]


def test_every_page_has_its_route_and_its_sample() -> None:
    """So that a reader finds one for each."""
    shown = {json.loads(path.read_text(encoding="utf-8"))["routeKey"] for path in CASES}
    pages = {*PAGES, *PROMPT_PAGES, *DAY_PAGES, *CLOSING_PAGES, *STATEMENT_PAGES, *OPERATING_PAGES}
    assert {route.key for route in ROUTES if route.is_of_console} == pages == shown
