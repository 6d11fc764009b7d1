"""The samples in events/reconciliation: each gets the answer that lies beside it. And what the routes must not do."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings
from gateway.web.reconciliation_csv import harmless
from gateway.web.routes import ROUTES
from tests.unit.web import reconciliation_sample
from tests.unit.web.shop import ENVIRONMENT, OTHER_SECRET, READER, TOP, Context, Gateway, HandlerWorld

FOLDER = TOP / "events" / "reconciliation"
CASES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".expected.json"))


class TickWorld(HandlerWorld):
    """As the schedule finds it."""

    settings = Settings(ENVIRONMENT)


def with_a_compared_day() -> Gateway:
    """The samples' world."""
    made = Gateway(world=TickWorld())
    reconciliation_sample.store(made)
    return made


@pytest.fixture
def gateway() -> Gateway:
    """With a compared day."""
    return with_a_compared_day()


def answered(gateway: Gateway, event: dict[str, Any]) -> Any:
    """What the function answers: of a route the status and the body, of a tick all of it."""
    with gateway.inside("reconciliation") as app:
        answer = app.handler(event, Context())
    if "routeKey" not in event:
        return answer
    body = answer["body"]
    kind = answer["headers"]["Content-Type"]
    return {"status": answer["statusCode"], "body": body if kind.startswith("text/csv") else json.loads(body)}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_sample_event_gets_its_expected_answer(path: Path, gateway: Gateway) -> None:
    """As the file beside it says, to the letter."""
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert expected == answered(gateway, json.loads(path.read_text(encoding="utf-8")))


def test_every_route_has_a_sample_and_the_schedule_has_one() -> None:
    shown = {json.loads(path.read_text(encoding="utf-8")).get("routeKey", "tick") for path in CASES}
    of_the_api = {route.key for route in ROUTES if route.function == "reconciliation" and not route.is_of_console}
    assert of_the_api | {"tick"} == shown


def test_a_day_of_another_shop_is_not_shown(gateway: Gateway) -> None:
    """The same shortcode, another owner."""
    answer = gateway.call("GET", "/v1/reconciliation/days/2026-03-02", secret=OTHER_SECRET)
    assert ("not_run", []) == (answer.json["state"], answer.json["lines"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/reconciliation/runs", {"day": "2026-03-02"}),
        ("GET", "/v1/reconciliation/days", None),
        ("GET", "/v1/reconciliation/days/2026-03-02", None),
        ("POST", "/v1/reconciliation/days/2026-03-02/close", {}),
        ("POST", "/v1/reconciliation/days/2026-03-01/reopen", {"reason": "why not"}),
        ("POST", "/v1/reconciliation/days/2026-03-02/lines/1/resolve", {"line": "line_" + "0" * 16, "note": "x"}),
    ],
)
def test_a_key_without_the_scope_reads_and_runs_nothing(method: str, path: str, body: Any, gateway: Gateway) -> None:
    before = len(gateway.world.bus.published)
    answer = gateway.call(method, path, body, secret=READER)
    assert (403, "scope_missing", before) == (answer.status, answer.code, len(gateway.world.bus.published))


RESOLVE = "/v1/reconciliation/days/2026-03-02/lines/{}/resolve"


def resolved(gateway: Gateway, note: str = "paid in by the owner", place: str = "1") -> Any:
    """The day's one difference, explained."""
    line = gateway.call("GET", "/v1/reconciliation/days/2026-03-02").json["lines"][0]["id"]
    return gateway.call("POST", RESOLVE.format(place), {"line": line, "note": note})


def test_a_phone_number_in_a_note_is_masked(gateway: Gateway) -> None:
    answer = resolved(gateway, "0712345678 paid for her sister")
    assert "07•••••678 paid for her sister" == answer.json["lines"][0]["resolution"]["note"]


def test_a_line_is_the_one_that_is_named_wherever_it_stands(gateway: Gateway) -> None:
    assert (200, 0) == ((answer := resolved(gateway, place="7")).status, answer.json["open_count"])


@pytest.mark.parametrize("place", ["0", "x", "1234567"])
def test_a_number_that_no_line_has_is_not_there(gateway: Gateway, place: str) -> None:
    assert 404 == resolved(gateway, place=place).status


@pytest.mark.parametrize("note", ["", " ", "x" * 301, "two\nlines"])
def test_a_note_is_a_text_in_one_line(gateway: Gateway, note: str) -> None:
    assert (422, "field_invalid") == ((answer := resolved(gateway, note)).status, answer.code)


def test_an_explained_line_that_changed_says_what_was_said_before(gateway: Gateway) -> None:
    """M-PESA's list tells another amount now."""
    resolved(gateway)
    books, day = gateway.world.books, "2026-03-02"
    page = next(one for one in books.pages.values() if one.day == day)
    rows = tuple(replace(one, amount_kes=50) if one.receipt == "SGK77PQ1AB" else one for one in page.rows)
    books.keep_page(replace(page, rows=rows))

    line = gateway.call("POST", "/v1/reconciliation/runs", {"day": day}).json["lines"][0]

    assert (None, 50, "paid in by the owner", "key_shop") == (
        line["resolution"], line["mpesa"], line["explained_before"]["note"], line["explained_before"]["by"]
    )  # fmt: skip


def test_a_day_that_came_out_otherwise_than_it_was_seen_is_not_closed(gateway: Gateway) -> None:
    resolved(gateway)
    gateway.world.ambient.at_ms += 24 * 3_600_000
    body = {"outcome": "0" * 16, "accept_incomplete": True, "note": "seen"}
    answer = gateway.call("POST", "/v1/reconciliation/days/2026-03-02/close", body)
    assert (409, "version_conflict") == (answer.status, answer.code)


def test_a_day_without_the_whole_list_says_what_it_takes_to_close_it(gateway: Gateway) -> None:
    resolved(gateway)
    gateway.world.ambient.at_ms += 24 * 3_600_000
    place = "/v1/reconciliation/days/2026-03-02/close"
    refused = gateway.call("POST", place, {})
    closed = gateway.call("POST", place, {"accept_incomplete": True, "note": "the statement agrees"})
    assert ("day_not_ready", True, "closed", "the statement agrees") == (
        refused.code, "accept_incomplete" in refused.json["detail"], closed.json["state"],
        closed.json["history"][-1]["note"],
    )  # fmt: skip


def test_the_file_tells_who_explained_a_line_and_when(gateway: Gateway) -> None:
    resolved(gateway, "=1+1")
    event = json.loads((FOLDER / "day_as_csv.json").read_text(encoding="utf-8"))
    (row,) = csv.DictReader(io.StringIO(answered(gateway, event)["body"].removeprefix("\ufeff")))
    assert ("'=1+1", "key_shop", "2026-03-02 12:15:04", "no") == (
        row["resolution"], row["resolved_by"], row["resolved_at_nairobi"], row["since_closing"]
    )  # fmt: skip


def test_a_file_for_a_spreadsheet_has_a_row_for_each_difference(gateway: Gateway) -> None:
    """Its heading, Nairobi's time, and a mark by which spreadsheets know UTF-8."""
    event = json.loads((FOLDER / "day_as_csv.json").read_text(encoding="utf-8"))
    text = answered(gateway, event)["body"]
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    assert text.startswith("\ufeff")
    assert [("missing_here", "SGK77PQ1AB", "", "500", "2026-03-02 12:15:04")] == [
        (row["kind"], row["receipt"], row["ours_kes"], row["mpesa_kes"], row["at_nairobi"]) for row in rows
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+254", "-5", "@sum", "\tx", "\rx", "\nx", "\N{FULLWIDTH EQUALS SIGN}1+1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A payer types what it likes; Safaricom's word for a row is not ours either."""
    assert f"'{cell}" == harmless(cell)


@pytest.mark.parametrize(("cell", "safe"), [("A;=1+1", "A;'=1+1"), ("A; -5", "A;' -5"), ("A\n@sum", "A\n'@sum")])
def test_no_part_of_a_cell_is_a_formula_where_a_spreadsheet_separates_otherwise(cell: str, safe: str) -> None:
    assert safe == harmless(cell)


@pytest.mark.parametrize("cell", ["SGL31QW9XY", 500, -5, "a-b", "A; 5"])
def test_other_cells_stay_as_they_are(cell: str | int) -> None:
    assert cell == harmless(cell)
