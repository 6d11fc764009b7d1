"""Scripted faults and the rest of the control API, over plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.conftest import Simulator

AUTO = "254710000001"
OTHER = "254710000002"


def order(simulator: Simulator, call: str, fault: str, **more: object) -> Any:
    """Order a fault."""
    return simulator.control("POST", "faults", {"call": call, "fault": fault, **more})


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ("refuse_connection", []),
        ("connection_cut", []),
        ("connection_cut_before", []),
        ("answer_lost", [True]),
    ],
)
def test_a_cut_connection_before_and_after_acceptance(simulator: Simulator, fault: str, accepted: list[bool]) -> None:
    """The caller sees a broken connection either way; only `answer_lost` has acted."""
    order(simulator, "stk_push", fault, count=1)
    with pytest.raises(httpx.TransportError):
        simulator.push(AUTO)
    assert accepted == [push["accepted"] for push in simulator.control("GET", "pushes")["pushes"]]
    assert simulator.push(AUTO).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "content", "pushes"),
    [
        ("http_500", 500, "System error", 0),
        ("http_503", 503, "Incapsula incident ID", 0),
        ("html_403", 403, "Incapsula incident ID", 0),
        ("spike_arrest", 429, "policies.ratelimit.SpikeArrestViolation", 0),
        ("token_revoked", 404, "404.001.03", 0),
        ("unknown_code", 500, "500.001.9999", 0),
        ("malformed", 200, "<html>", 1),
        ("truncated", 200, "MerchantRequestID", 1),
    ],
)
def test_what_a_push_gets_instead(simulator: Simulator, fault: str, status: int, content: str, pushes: int) -> None:
    """Status, body, and whether the push was taken all the same."""
    order(simulator, "stk_push", fault, count=1)
    answer = simulator.push(AUTO)
    assert (status, pushes) == (answer.status_code, len(simulator.control("GET", "pushes")["pushes"]))
    assert content in answer.text


@pytest.mark.parametrize(("fault", "code"), [("still_processing", "4999"), ("unknown_code", "7777")])
def test_a_query_may_say_other_codes(simulator: Simulator, fault: str, code: str) -> None:
    """While it lasts; without the fault it is paid."""
    checkout = simulator.push(AUTO).json()["CheckoutRequestID"]
    simulator.advance(3)
    order(simulator, "stk_query", fault, count=1, phone="0710000001")
    assert [code, "0"] == [simulator.query(checkout).json()["ResultCode"] for _ in range(2)]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("being_processed", "The transaction is being processed"),
        ("does_not_exist", "The transaction does not Exist"),
    ],
)
def test_a_query_may_answer_500_and_not_be_final(simulator: Simulator, fault: str, text: str) -> None:
    """500.001.1001 with the two texts."""
    checkout = simulator.push(AUTO).json()["CheckoutRequestID"]
    order(simulator, "stk_query", fault)
    answer = simulator.query(checkout)
    assert (500, "500.001.1001", text) == (
        answer.status_code,
        answer.json()["errorCode"],
        answer.json()["errorMessage"],
    )


@pytest.mark.parametrize(
    ("fault", "after_3_s", "after_700_s"),
    [("lost", 0, 0), ("late", 0, 1), ("twice", 2, 2), ("reorder", 0, 1)],
)
def test_when_a_callback_comes(simulator: Simulator, fault: str, after_3_s: int, after_700_s: int) -> None:
    """Never, ten minutes late, twice, or held back."""
    order(simulator, "stk_callback", fault, count=1)
    simulator.push(AUTO)
    simulator.advance(3)
    assert after_3_s == len(simulator.received)
    simulator.advance(700)
    assert after_700_s == len(simulator.received)


def test_reordered_means_after_the_next_one(simulator: Simulator) -> None:
    """The first callback waits until another has been delivered."""
    order(simulator, "stk_callback", "reorder", count=1)
    first = simulator.push(AUTO).json()["CheckoutRequestID"]
    simulator.advance(3)
    second = simulator.push(OTHER).json()["CheckoutRequestID"]
    simulator.advance(3)
    assert [second, first] == [callback["CheckoutRequestID"] for callback in simulator.callbacks()]


def test_what_a_distorted_callback_says(simulator: Simulator) -> None:
    """One fault after the other on equal payments; each changes what it says and nothing else."""
    for fault in ("wrong_amount", "masked_phone", "code_as_text", "unknown_code", "missing_items"):
        order(simulator, "stk_callback", fault, count=1)
        simulator.push(AUTO)
        simulator.advance(3)
    amount, phone, text, unknown, missing = simulator.callbacks()
    assert amount["CallbackMetadata"]["Item"][0]["Value"] == 251.0
    assert phone["CallbackMetadata"]["Item"][4]["Value"] == "254710***001"
    assert text["ResultCode"] == "0"
    assert (7777, False) == (unknown["ResultCode"], "CallbackMetadata" in unknown)
    assert ["TransactionDate", "MpesaReceiptNumber", "Amount"] == [
        item["Name"] for item in missing["CallbackMetadata"]["Item"]
    ]


def test_another_receipt_than_the_books_have(simulator: Simulator) -> None:
    """Ten characters, same day, not the true one."""
    order(simulator, "stk_callback", "other_receipt")
    simulator.push(AUTO)
    simulator.advance(3)
    told = simulator.callbacks()[0]["CallbackMetadata"]["Item"][1]["Value"]
    (entry,) = simulator.control("GET", "books")["entries"]
    assert (10, entry["receipt"][:3]) == (len(told), told[:3])
    assert told != entry["receipt"]


@pytest.mark.parametrize(("fault", "source"), [("wrong_source", "127.0.0.9"), ("malformed", "127.0.0.1")])
def test_where_a_callback_comes_from(simulator: Simulator, fault: str, source: str) -> None:
    """Only `wrong_source` changes the address."""
    order(simulator, "stk_callback", fault)
    simulator.push(AUTO)
    simulator.advance(3)
    assert [source] == [one.source for one in simulator.received]


def test_a_fault_keeps_to_its_phone_and_its_count(simulator: Simulator) -> None:
    """Two of three calls of one phone suffer it; another phone does not."""
    order(simulator, "stk_push", "http_500", phone="0710 000 001", count=2)
    statuses = [simulator.push(phone).status_code for phone in (AUTO, OTHER, AUTO, AUTO)]
    assert statuses == [500, 200, 500, 200]
    told = simulator.control("GET", "faults")
    assert ([], [2]) == (told["faults"], [fault["fired"] for fault in told["spent"]])


def test_a_rate_follows_from_its_seed(simulator: Simulator) -> None:
    """The same seed makes the same calls suffer, and the share is about right."""
    runs = []
    for _ in range(2):
        ordered = order(simulator, "oauth", "http_500", rate=0.3, seed=7)
        query = {"grant_type": "client_credentials"}
        calls = [simulator.http.get("/oauth/v1/generate", params=query) for _ in range(60)]
        runs.append([call.status_code == 500 for call in calls])
        simulator.control("DELETE", f"faults/{ordered['id']}")
    assert runs[0] == runs[1]
    assert 8 <= sum(runs[0]) <= 28


def test_a_lost_confirmation_is_never_repeated(simulator: Simulator) -> None:
    """As Safaricom: whatever happens to a message, it is not sent again."""
    simulator.register()
    order(simulator, "c2b_confirmation", "lost", count=1)
    simulator.push(AUTO)
    simulator.advance(3_600)
    assert ["/stk/tag"] == [one.path for one in simulator.received]


@pytest.mark.parametrize(
    ("path", "body", "about"),
    [
        ("faults", {"call": "stk_pushh", "fault": "lost"}, "call"),
        ("faults", {"call": "b2c", "fault": "lost"}, "cannot suffer"),
        ("faults", {"call": "stk_push", "fault": "lost"}, "cannot suffer"),
        ("faults", {"call": "oauth", "fault": "http_500", "count": 0}, "count"),
        ("faults", {"call": "oauth", "fault": "http_500", "phone": "12"}, "phone"),
        ("faults", {"call": "oauth", "fault": "http_500", "extra": 1}, "extra"),
        ("clock", {}, "advance_s"),
        ("clock", {"advance_s": -1}, "advance_s"),
        ("phones", {"number": "0612345678"}, "number"),
        ("phones/0712345678/answer", {}, "pin"),
        ("phones/0712345678/answer", {"pin": "12"}, "pin"),
        ("phones/default", {"answer": "maybe"}, "answer"),
        ("down", {}, "seconds"),
        ("reset", {"what": "universe"}, "what"),
        ("books/receipts", {}, "delete"),
    ],
)
def test_bad_orders_are_refused_in_words(simulator: Simulator, path: str, body: dict[str, object], about: str) -> None:
    """HTTP 400 with `error` naming what is wrong; nothing changes."""
    answer = simulator.http.post(f"/control/api/{path}", json=body)
    assert answer.status_code == 400
    assert about in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'"x"'])
def test_a_body_that_is_no_object_is_refused(simulator: Simulator, body: bytes) -> None:
    """HTTP 400, never 500."""
    assert simulator.http.post("/control/api/faults", content=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "statement", 404),
        ("POST", "phones/0712345678/answer", 400),
        ("GET", "phones/061", 400),
        ("POST", "traffic/99/replay", 404),
        ("DELETE", "faults/99", 404),
        ("GET", "traffic?after=x", 400),
        ("GET", "books?shortcode=1", 404),
        ("GET", "pushes?phone=x", 400),
    ],
)
def test_what_is_not_there_is_told(simulator: Simulator, method: str, path: str, status: int) -> None:
    """4xx with `error`; calls of later capabilities answer 404."""
    answer = simulator.http.request(method, f"/control/api/{path}")
    assert status == answer.status_code
    assert answer.json()["error"]


def test_answering_without_a_prompt_is_a_conflict(simulator: Simulator) -> None:
    """409."""
    answer = simulator.http.post("/control/api/phones/0712345678/answer", json={"pin": "1234"})
    assert answer.status_code == 409


def test_another_website_may_not_steer_this_world(simulator: Simulator) -> None:
    """A browser says where a request comes from."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert simulator.http.post("/control/api/reset", headers=headers).status_code == 403


def test_down_means_503_until_time_has_passed(simulator: Simulator) -> None:
    """Every Daraja call; the control API stays."""
    token = simulator.token()
    simulator.control("POST", "down", {"seconds": 60})
    path = "/mpesa/stkpush/v1/processrequest"
    assert simulator.post(path, simulator.push_body(AUTO), token).status_code == 503
    simulator.advance(61)
    assert simulator.post(path, simulator.push_body(AUTO), token).status_code == 200


def test_default_answers_are_those_of_ordinary_phones(simulator: Simulator) -> None:
    """pay, then cancel, after the seconds said."""
    for answer, amount in (("pay", 1), ("cancel", 2)):
        simulator.control("POST", "phones/default", {"answer": answer, "after_s": 5})
        simulator.push("254712345678", Amount=amount)
        simulator.advance(6)
    assert [0, 1032] == [callback["ResultCode"] for callback in simulator.callbacks()]


def test_traffic_shows_calls_in_and_out_and_replays_them(simulator: Simulator) -> None:
    """A replayed callback comes again, byte for byte; a replayed push is another push."""
    simulator.push(AUTO)
    simulator.advance(3)
    traffic = simulator.control("GET", "traffic")["traffic"]
    assert ["oauth", "stk_push", "stk_callback"] == [entry["call"] for entry in traffic]
    callback = traffic[2]
    assert (200, "out", 250.0) == (
        callback["status"],
        callback["direction"],
        callback["request_json"]["Body"]["stkCallback"]["CallbackMetadata"]["Item"][0]["Value"],
    )
    simulator.control("POST", f"traffic/{callback['id']}/replay")
    assert simulator.received[0].text == simulator.received[1].text
    assert {"status": 200} == simulator.control("POST", f"traffic/{traffic[1]['id']}/replay")
    assert len(simulator.control("GET", "pushes")["pushes"]) == 2


def test_no_token_and_no_secret_stands_in_the_traffic(simulator: Simulator) -> None:
    """Headers are not kept; the answer of OAuth is."""
    token = simulator.token()
    simulator.post("/mpesa/stkpush/v1/processrequest", simulator.push_body(AUTO), token)
    entries = simulator.control("GET", "traffic")["traffic"]
    assert not any("local-secret" in str(entry) for entry in entries)
    assert token not in str(entries[1:])


def test_reset_forgets(simulator: Simulator) -> None:
    """Books, phones, faults and prompts; the next receipt is a new one all the same."""
    simulator.push(AUTO)
    simulator.advance(2)
    order(simulator, "oauth", "html_403", phone=AUTO)
    simulator.control("POST", "reset", {"what": "all"})
    assert [] == simulator.control("GET", "books")["entries"]
    assert [] == simulator.control("GET", "faults")["faults"]
    assert [] == simulator.control("GET", "pushes")["pushes"]
    assert simulator.control("GET", "clock")["frozen"] is False


def test_drills_add_and_delete_receipts(simulator: Simulator) -> None:
    """A receipt that nobody was told of; and one that the books lose, with its balance."""
    added = simulator.control("POST", "books/receipts", {"shortcode": "174379", "amount": 70})
    assert 25_070 == simulator.control("GET", "books")["balances"]["174379"]["utility"]
    simulator.control("POST", "books/receipts", {"delete": added["receipt"]})
    assert 25_000 == simulator.control("GET", "books")["balances"]["174379"]["utility"]
    assert [] == simulator.received


def test_a_day_plays_what_is_due_in_order_while_time_stands_still(simulator: Simulator) -> None:
    """Callbacks of three prompts come at their own virtual times."""
    start = simulator.control("GET", "clock")
    for phone in ("254700001037", "254700010019", "254700000000"):
        simulator.push(phone)
    simulator.advance(86_400)
    assert [0, 0, 1037] == [callback["ResultCode"] for callback in simulator.callbacks()]
    pushes = simulator.control("GET", "pushes")["pushes"]
    assert start["now"][:10] == pushes[0]["ended_at"][:10]
    assert simulator.control("GET", "clock")["offset_s"] > start["offset_s"] + 86_000
