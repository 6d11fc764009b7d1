"""What each magic number does on the wire: callbacks, queries, echoes, in virtual time."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.conftest import Simulator


def codes_told(simulator: Simulator) -> list[object]:
    """ResultCode of each callback, in order."""
    return [callback["ResultCode"] for callback in simulator.callbacks()]


def asked(simulator: Simulator, answer: httpx.Response) -> str:
    """What a query says now about an accepted push."""
    return str(simulator.query(answer.json()["CheckoutRequestID"]).json()["ResultCode"])


def names_and_values(callback: dict[str, Any]) -> dict[str, object]:
    """The metadata of a callback."""
    return {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}


@pytest.mark.parametrize("code", [1, 17, 26, 1001, 1019, 1025, 1032, 2001, 2028, 4999, 7777, 8006, 9999])
def test_070000_and_a_code_gives_that_code(simulator: Simulator, code: int) -> None:
    """By callback as a number and by query as text, two seconds after the prompt; unknown codes too."""
    answer = simulator.push(f"25470000{code:04d}")
    simulator.advance(2)
    assert ([code], str(code)) == (codes_told(simulator), asked(simulator, answer))


def test_no_answer_comes_after_sixty_seconds(simulator: Simulator) -> None:
    """0700 001037."""
    simulator.push("254700001037")
    simulator.advance(59)
    assert codes_told(simulator) == []
    simulator.advance(1)
    assert codes_told(simulator) == [1037]


@pytest.mark.parametrize(
    ("phone", "told", "by_query", "receipts", "echoes"),
    [
        ("254700000000", [0], "0", 1, 1),
        ("254700010001", [], "0", 1, 0),
        ("254700010002", [], "1032", 0, 0),
        ("254700010003", [], "4999", 1, 0),
        ("254700010004", [], "4999", 0, 0),
        ("254700010005", [0, 0], "0", 1, 1),
        ("254700010006", [0], "0", 1, 1),
        ("254700010008", [1032, 0], "0", 1, 1),
        ("254700010013", [0], "0", 1, 0),
        ("254700010016", [], "0", 1, 0),
        ("254700010017", [0], "0", 1, 1),
        ("254700010019", [0], "0", 1, 1),
        ("254700010020", [0], "0", 2, 2),
    ],
)
def test_a_story_ends_in_its_own_way(
    simulator: Simulator, phone: str, told: list[int], by_query: str, receipts: int, echoes: int
) -> None:
    """Callbacks, query, receipts in the books and C2B confirmations, two minutes later."""
    simulator.register()
    answer = simulator.push(phone)
    simulator.advance(120)
    entries = simulator.control("GET", "books?shortcode=174379")["entries"]
    assert (told, by_query, receipts, echoes) == (
        codes_told(simulator),
        asked(simulator, answer),
        len(entries),
        len(simulator.confirmations()),
    )


def test_the_callback_may_come_before_the_answer(simulator: Simulator) -> None:
    """0700 010006: no time passes, and the callback is there when the push is answered."""
    simulator.push("254700010006")
    assert codes_told(simulator) == [0]


def test_a_late_callback_comes_after_ten_minutes_of_1037(simulator: Simulator) -> None:
    """0700 010007: the query denies what the callback then tells."""
    answer = simulator.push("254700010007")
    simulator.advance(300)
    assert ([], "1037") == (codes_told(simulator), asked(simulator, answer))
    simulator.advance(302)
    assert ([0], "0") == (codes_told(simulator), asked(simulator, answer))


def test_an_answer_lost_after_acceptance_prompts_once(simulator: Simulator) -> None:
    """0700 010009: the connection breaks, the prompt is out, the callback names the ids."""
    with pytest.raises(httpx.TransportError):
        simulator.push("254700010009")
    simulator.advance(2)
    (push,) = simulator.control("GET", "pushes?phone=0700010009")["pushes"]
    assert (True, [push["checkout_request_id"]]) == (
        push["accepted"],
        [callback["CheckoutRequestID"] for callback in simulator.callbacks()],
    )


def test_a_push_that_never_arrives_leaves_nothing(simulator: Simulator) -> None:
    """0700 010010: broken, not accepted, never called back."""
    with pytest.raises(httpx.TransportError):
        simulator.push("254700010010")
    simulator.advance(1_000)
    (push,) = simulator.control("GET", "pushes?phone=0700010010")["pushes"]
    assert (False, []) == (push["accepted"], codes_told(simulator))


@pytest.mark.parametrize(("phone", "status"), [("254700010011", 429), ("254700010012", 404)])
def test_first_refused_then_fine(simulator: Simulator, phone: str, status: int) -> None:
    """0700 010011 and 010012, each time anew: every other push is refused before M-Pesa sees it."""
    statuses = [simulator.push(phone).status_code for _ in range(4)]
    assert [status, 200, status, 200] == statuses


def test_a_revoked_token_stays_revoked(simulator: Simulator) -> None:
    """0700 010012: the token that was refused opens nothing any more."""
    token = simulator.token()
    path = "/mpesa/stkpush/v1/processrequest"
    simulator.post(path, simulator.push_body("254700010012"), token)
    assert simulator.post(path, simulator.push_body("254710000001"), token).status_code == 404


def test_a_500_with_an_unknown_text(simulator: Simulator) -> None:
    """0700 010015."""
    answer = simulator.push("254700010015")
    assert (500, "An unexpected error occurred") == (answer.status_code, answer.json()["errorMessage"])


def test_another_amount_is_told_than_was_paid(simulator: Simulator) -> None:
    """0700 010013: the callback says 251, the books 250."""
    simulator.push("254700010013")
    simulator.advance(3)
    (entry,) = simulator.control("GET", "books")["entries"]
    assert (251.0, 250) == (names_and_values(simulator.callbacks()[0])["Amount"], entry["amount"])


def test_a_forgery_comes_from_a_stranger_with_another_tag(simulator: Simulator) -> None:
    """0700 010014: then the true callback, from Safaricom's address to the true path."""
    simulator.push("254700010014")
    simulator.advance(3)
    forged, true = simulator.received
    assert ("127.0.0.9", "127.0.0.1", "/stk/tag") == (forged.source, true.source, true.path)
    assert forged.path != true.path
    receipts = [names_and_values(callback)["MpesaReceiptNumber"] for callback in simulator.callbacks()]
    known = [entry["receipt"] for entry in simulator.control("GET", "books")["entries"]]
    assert receipts[1:] == known


def test_an_unreadable_callback_is_half_a_body(simulator: Simulator) -> None:
    """0700 010016."""
    simulator.push("254700010016")
    simulator.advance(3)
    assert [None] == [one.json for one in simulator.received]
    assert simulator.received[0].text.startswith('{"Body"')


def test_the_confirmation_may_come_before_the_callback(simulator: Simulator) -> None:
    """0700 010017: same receipt, both ways, in that order."""
    simulator.register()
    simulator.push("254700010017")
    simulator.advance(3)
    assert ["/c2b/confirmation", "/stk/tag"] == [one.path for one in simulator.received]
    receipt = names_and_values(simulator.callbacks()[0])["MpesaReceiptNumber"]
    assert receipt == simulator.confirmations()[0]["TransID"]


def test_the_first_query_releases_the_callback(simulator: Simulator) -> None:
    """0700 010018: 1037 by query, and five seconds later paid by callback; without a query after 3 minutes."""
    answer = simulator.push("254700010018")
    simulator.advance(25)
    assert ("1037", []) == (asked(simulator, answer), codes_told(simulator))
    simulator.advance(5)
    assert ("0", [0]) == (asked(simulator, answer), codes_told(simulator))
    simulator.advance(300)
    assert codes_told(simulator) == [0]


def test_two_receipts_of_one_payer(simulator: Simulator) -> None:
    """0700 010020: the second one is typed on the menu, with the push's reference."""
    simulator.push("254700010020")
    simulator.advance(3)
    entries = simulator.control("GET", "books")["entries"]
    assert [("stk", "INV1042"), ("c2b", "INV1042")] == [(entry["kind"], entry["reference"]) for entry in entries]
    assert len({entry["receipt"] for entry in entries}) == 2


def test_magic_numbers_never_run_dry(simulator: Simulator) -> None:
    """Three times the largest amount, at once: an outcome follows from the number, never from a price."""
    for _ in range(3):
        simulator.push("254700000000", Amount=250_000)
    simulator.advance(2)
    assert codes_told(simulator) == [0, 0, 0]


def test_the_table_has_every_row_and_says_what_is_missing(simulator: Simulator) -> None:
    """Each row is data with its whole end; rows that need sources not simulated yet name them."""
    rows = {row["phone"]: row["expected"] for row in simulator.control("GET", "magic")["rows"]}
    assert {f"07000100{number:02d}" for number in range(1, 21)} <= set(rows)
    needs = {phone: end["needs"] for phone, end in rows.items() if end["needs"]}
    assert {"0700010003": ["pull", "statement"], "0700010004": ["statement"]} == needs
    assert ("failed", "failed", "mpesa_declined", 0) == (
        rows["0700007777"]["payment_status"],
        rows["0700007777"]["attempt_status"],
        rows["0700007777"]["failure_code"],
        rows["0700007777"]["credits"],
    )
