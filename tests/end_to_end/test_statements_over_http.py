"""A statement over real HTTP: sent where the gateway says, and what it shows and does not show decides payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.person import decides

MINUTE_S = 60
DAY_S = 24 * 60 * MINUTE_S
ALL_TESTS_S = 180 * MINUTE_S
"""These tests together let less time pass: none of them crosses midnight, where a portal's file of today ends."""

NAIROBI = timezone(timedelta(hours=3))
STATEMENTS = "/v1/reconciliation/statements"


@pytest.fixture(scope="module")
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    """A world of its own: of a day on which something else came to differ a statement is no judge."""
    started = LocalWorld.start(tmp_path_factory.mktemp("statements"))
    started.control("POST", "clock", {"frozen": True})
    left_s = left_of_the_day_s(started)
    started.advance(left_s + MINUTE_S if left_s < ALL_TESTS_S else 1)
    yield started
    started.stop()


def left_of_the_day_s(world: LocalWorld) -> int:
    """Until midnight in Nairobi."""
    now = datetime.fromisoformat(world.control("GET", "clock")["now"]).astimezone(NAIROBI)
    return DAY_S - (now.hour * 3600 + now.minute * 60 + now.second)


def portal_file(world: LocalWorld, **asked: str) -> bytes:
    """Today's statement of the Paybill, or of another account, as the portal gives it."""
    address = f"{world.outside}/control/api/statement"
    return httpx.get(address, params={"shortcode": "174379", **asked}, trust_env=False).content


def sent(world: LocalWorld, content: bytes) -> dict[str, Any]:
    """A statement whose file lies where the gateway said: put there without any key of the shop's."""
    made: dict[str, Any] = world.api("POST", STATEMENTS, {"bytes": len(content)}).json()
    assert 200 == httpx.put(made["upload"]["url"], content=content, trust_env=False).status_code
    return made


def test_a_statement_pays_what_nobody_told_of_and_ends_what_nobody_paid(own_world: LocalWorld) -> None:
    """The two magic numbers that wait for it. A file that does not add up changes neither."""
    own_world.control("POST", "faults", {"call": "pull", "fault": "http_503"})
    paid = own_world.pay("statement-paid", phone="0700010003", amount=103)
    silent = own_world.pay("statement-silent", phone="0700010004", amount=104)
    own_world.advance(40 * MINUTE_S)
    file = portal_file(own_world)
    before = [own_world.payment(one["id"])["status"] for one in (paid, silent)]

    spoilt = sent(own_world, file.replace(b",103.00,,", b",113.00,,"))
    refused = own_world.api("POST", f"{STATEMENTS}/{spoilt['id']}/read")
    unchanged = [own_world.payment(one["id"])["status"] for one in (paid, silent)]
    good = sent(own_world, file)
    read = own_world.api("POST", f"{STATEMENTS}/{good['id']}/read")
    day = own_world.api("GET", "/v1/reconciliation/days").json()["data"][0]["day"]
    own_world.api("POST", "/v1/reconciliation/runs", {"day": day, "source": "statement"})

    assert (422, "statement_unreadable", before) == (refused.status_code, refused.json()["code"], unchanged)
    assert (200, "read", True) == (read.status_code, read.json()["state"], read.json()["proves"])
    assert read.json() == own_world.api("GET", f"{STATEMENTS}/{good['id']}").json()
    after = [own_world.payment(one["id"]) for one in (paid, silent)]
    assert (["unresolved"] * 2, ["paid", "failed"]) == (before, [one["status"] for one in after])
    assert ("not_paid", [(103, "statement")]) == (
        after[1]["failure"]["code"], [(one["amount"], one["source"]) for one in after[0]["credits"]]
    )  # fmt: skip


def test_a_file_is_put_by_its_address_alone_and_only_for_some_minutes(own_world: LocalWorld) -> None:
    made = own_world.api("POST", STATEMENTS, {"bytes": 1}).json()
    address = made["upload"]["url"]
    bare = address.partition("?")[0]
    answers = [httpx.put(bare, content=b"x", trust_env=False), httpx.get(bare, trust_env=False)]
    own_world.advance(16 * MINUTE_S)

    late = httpx.put(address, content=b"x", trust_env=False)

    assert ([403, 403], 403) == ([one.status_code for one in answers], late.status_code)
    assert "statement_not_sent" == own_world.api("POST", f"{STATEMENTS}/{made['id']}/read").json()["code"]


def test_an_address_takes_a_file_of_the_length_that_was_named_and_no_other(own_world: LocalWorld) -> None:
    made = own_world.api("POST", STATEMENTS, {"bytes": 4}).json()
    address = made["upload"]["url"]

    answers = [httpx.put(address, content=content, trust_env=False) for content in (b"12345", b"123", b"1234")]

    assert [403, 403, 200] == [one.status_code for one in answers]


def test_what_was_paid_out_by_nobody_here_is_listed_and_what_we_paid_out_and_it_lacks_as_well(
    own_world: LocalWorld,
) -> None:
    """The second payout's row stands under a code that no payout has: as if somebody had sent it on the portal."""
    first, second = (_wages(own_world, key) for key in ("stated-wages", "lacked-wages"))
    file = portal_file(own_world, shortcode="600998", account="utility")

    found = _differences(own_world, file.replace(second.encode(), b"SGLPORTAL1"))
    after = _differences(own_world, file)

    assert {("paid_out", "SGLPORTAL1", None, 1200), ("payout_not_in_statement", second, 1200, None)} == found
    assert {("paid_out", "SGLPORTAL1", None, 1200)} == after
    assert first not in {receipt for _, receipt, _, _ in found | after}


def _wages(world: LocalWorld, key: str) -> str:
    """A payout that went out twenty minutes ago: M-Pesa's code."""
    wanted = {"amount": 1200, "phone": "0722000661", "purpose": "salary", "remarks": "February"}
    out_id = world.api("POST", "/v1/payouts", wanted, key=key).json()["id"]
    decides(world.data, out_id)
    world.advance(20 * MINUTE_S)
    return str(world.api("GET", f"/v1/payouts/{out_id}").json()["receipt"])


def _differences(world: LocalWorld, content: bytes) -> set[tuple[str, str, int | None, int | None]]:
    """What differs on the day once this statement is taken in: kinds, codes, both amounts."""
    made = sent(world, content)
    read = world.api("POST", f"{STATEMENTS}/{made['id']}/read").json()
    asked = {"day": read["days"][-1], "shortcode": read["shortcode"], "source": "statement"}
    found = world.api("POST", "/v1/reconciliation/runs", asked).json()
    return {(line["kind"], line["receipt"], line["ours"], line["mpesa"]) for line in found["lines"]}
