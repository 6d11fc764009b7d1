"""What a shop changes of a payment, and what it notes on it: nothing about money."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.flows.annotate import EDITS_MAX, NOTES_BYTES_MAX, NOTES_MAX
from gateway.web.models import Payment
from gateway.web.patching import READ_ONLY
from gateway.web.requests import NOTE_MAX, PaymentChange, PaymentRequest
from tests.unit.web.shop import OTHER_SECRET, READER, Answered, Gateway

PHONE = {"phone": "0712345678"}


def patch(gateway: Gateway, payment: str, body: Any, **more: Any) -> Answered:
    """`PATCH /v1/payments/{payment}`."""
    return gateway.call("PATCH", f"/v1/payments/{payment}", body, **more)


def note(gateway: Gateway, payment: str, text: Any, **more: Any) -> Answered:
    """`POST /v1/payments/{payment}/notes`."""
    return gateway.call("POST", f"/v1/payments/{payment}/notes", {"text": text}, **more)


def notes_of(answer: Answered) -> list[str]:
    """The notes in a history."""
    return [entry["text"] for entry in answer.json["history"] if entry["what"] == "noted"]


def test_only_what_is_sent_changes(gateway: Gateway) -> None:
    """Order and return_url stay while metadata is replaced as a whole; null empties."""
    address = "https://shop.example/done"
    payment = gateway.pay(order="1", return_url=address, metadata={"a": "1", "b": "2"}).json["id"]
    patch(gateway, payment, {"metadata": {"c": "3"}})
    read = patch(gateway, payment, {"return_url": None}).json
    assert ("1", {"c": "3"}, None) == (read["order"], read["metadata"], read["return_url"])


def test_the_list_by_order_follows(gateway: Gateway) -> None:
    """Found under the new number, not under the old one; also when it is paid already."""
    payment = gateway.pay(order="old", **PHONE).json["id"]
    gateway.callback(payment)
    assert 200 == patch(gateway, payment, {"order": "new"}).status
    found = [gateway.call("GET", f"/v1/payments?order={order}").json["data"] for order in ("old", "new")]
    assert [[], [payment]] == [[one["id"] for one in data] for data in found]


def test_every_other_field_stays(gateway: Gateway) -> None:
    """Each field of a payment or of its request is refused by name, with all other bad fields."""
    payment = gateway.pay().json["id"]
    answer = patch(gateway, payment, {"amount": 5, "status": "paid", "ordre": "1", "order": ""})
    told = [(field["param"], field["code"]) for field in answer.json["errors"]]
    assert "field_read_only" == answer.code
    assert [
        ("amount", "field_read_only"),
        ("status", "field_read_only"),
        ("order", "field_invalid"),
        ("ordre", "unknown_field"),
    ] == sorted(told, key=lambda field: (field[1] != "field_read_only", field))


def test_the_fields_that_stay_are_all_others() -> None:
    """A new field of a payment must be put on one side or the other."""
    known = set(Payment.model_fields) | set(PaymentRequest.model_fields)
    assert known - set(PaymentChange.model_fields) == READ_ONLY


def test_a_change_of_nothing_writes_nothing(gateway: Gateway) -> None:
    """Neither an empty object nor the values that stand there already make a version."""
    payment = gateway.pay(order="1").json
    same = [patch(gateway, payment["id"], body).json["version"] for body in ({}, {"order": "1"})]
    assert [payment["version"]] * 2 == same


def test_the_change_stands_in_the_history_with_who_made_it(gateway: Gateway) -> None:
    """Names of fields, not their values."""
    payment = gateway.pay().json["id"]
    patch(gateway, payment, {"order": "1", "metadata": {"a": "1"}})
    history = gateway.call("GET", f"/v1/payments/{payment}?include=history").json["history"]
    told = [(entry["text"], entry["actor"]) for entry in history if entry["what"] == "edited"]
    assert [("The shop changed metadata and order.", "key_shop")] == told


def test_a_repeat_does_not_undo_a_later_change(gateway: Gateway) -> None:
    """A repeat under the same key changes nothing and shows what stands there now; another body is refused."""
    payment = gateway.pay().json["id"]
    key = {"idempotency-key": "p-1"}
    patch(gateway, payment, {"order": "first"}, headers=key)
    patch(gateway, payment, {"order": "second"})
    again = patch(gateway, payment, {"order": "first"}, headers=key)
    assert ("second", "true") == (again.json["order"], again.headers["Idempotency-Replayed"])
    assert "idempotency_key_reused" == patch(gateway, payment, {"order": None}, headers=key).code


def test_a_change_of_what_was_read_fails_once_it_is_old(gateway: Gateway) -> None:
    """`If-Match` with the ETag of the read."""
    payment = gateway.pay().json["id"]
    etag = gateway.call("GET", f"/v1/payments/{payment}").headers["ETag"]
    first = patch(gateway, payment, {"order": "1"}, headers={"if-match": etag})
    second = patch(gateway, payment, {"order": "2"}, headers={"if-match": etag})
    assert (200, "version_conflict", "field_invalid") == (
        first.status,
        second.code,
        patch(gateway, payment, {"order": "2"}, headers={"if-match": "3"}).code,
    )


def test_a_change_that_loses_a_race_is_made_on_what_stands_there_then(gateway: Gateway) -> None:
    """A note that comes between read and write stays."""
    payment = gateway.pay().json["id"]
    gateway.world.after["Store.read_payment"] = lambda: note_between(gateway, payment)
    assert 200 == patch(gateway, payment, {"order": "1"}).status
    assert ["between"] == notes_of(gateway.call("GET", f"/v1/payments/{payment}?include=history"))


def note_between(gateway: Gateway, payment: str) -> None:
    """Somebody else writes a note now."""
    note(gateway, payment, "between")


def test_a_change_that_never_wins_says_so(gateway: Gateway) -> None:
    """409 with nothing written, after eight races."""
    payment = gateway.pay().json["id"]
    gateway.world.store.save_payment = lambda *_: False  # type: ignore[method-assign]  # somebody else is always faster
    answer = patch(gateway, payment, {"order": "1"})
    assert ("version_conflict", True) == (answer.code, answer.json["retryable"])


def test_changes_leave_what_is_due_and_the_fold_alone(gateway: Gateway) -> None:
    """The schedule of questions and the stored summary are those of before."""
    payment = gateway.pay(**PHONE).json["id"]
    store = gateway.world.store
    before = (store.payments[payment].due_at_ms, store.summaries[payment])
    patch(gateway, payment, {"order": "1"})
    note(gateway, payment, "the payer came by")
    assert before == (store.payments[payment].due_at_ms, store.summaries[payment])


def test_changes_have_an_end(gateway: Gateway) -> None:
    """Room in the item belongs to money."""
    payment = gateway.pay().json["id"]
    answers = [patch(gateway, payment, {"order": str(number)}) for number in range(EDITS_MAX + 1)]
    assert ([200] * EDITS_MAX, "payment_full") == ([answer.status for answer in answers[:-1]], answers[-1].code)


def test_a_note_stands_in_the_history_with_its_writer_and_without_numbers(gateway: Gateway) -> None:
    """Blanks and lines are made one; a phone number is masked before it is stored."""
    payment = gateway.pay().json["id"]
    answer = note(gateway, payment, "  called 0722 000 111,\n or +254722000111 ")
    assert 201 == answer.status
    assert ["called 07•• ••• 111, or +2547•••••111"] == notes_of(answer)
    assert "key_shop" == answer.json["history"][-1]["actor"]
    assert "722000111" not in repr(gateway.world.store.payments[payment])


def test_a_note_that_is_sent_again_is_one_note(gateway: Gateway) -> None:
    """With a key: 200 and no second note; other words under it are refused. Without a key: two notes."""
    payment = gateway.pay().json["id"]
    key = {"idempotency-key": "n-1"}
    answers = [note(gateway, payment, "once", headers=key) for _ in range(2)]
    assert [201, 200] == [answer.status for answer in answers]
    assert "idempotency_key_reused" == note(gateway, payment, "other", headers=key).code
    note(gateway, payment, "once")
    assert ["once", "once"] == notes_of(note(gateway, payment, "once", headers=key))


def test_notes_have_an_end(gateway: Gateway) -> None:
    """By number, and by their size together."""
    many, large = gateway.pay("many").json["id"], gateway.pay("large").json["id"]
    short = [note(gateway, many, f"note {number}") for number in range(NOTES_MAX + 1)]
    long = [note(gateway, large, "é" * NOTE_MAX) for _ in range(NOTES_BYTES_MAX // (2 * NOTE_MAX) + 1)]
    assert "payment_full" == short[-1].code == long[-1].code
    assert {201} == {answer.status for answer in (*short[:-1], *long[:-1])}


@pytest.mark.parametrize("text", ["", "   ", 5, None, "x" * (NOTE_MAX + 1), "bell\x07"])
def test_a_note_that_is_none_is_told(gateway: Gateway, text: Any) -> None:
    """422, with the field."""
    payment = gateway.pay().json["id"]
    answer = note(gateway, payment, text)
    assert ("field_invalid", "text") == (answer.code, answer.json["param"])


def test_a_note_cannot_make_a_payment_paid(gateway: Gateway) -> None:
    """Whatever it says, status, flags and credits follow from other facts."""
    payment = gateway.pay(**PHONE).json
    noted = note(gateway, payment["id"], "PAID SGL31QW9XY Ksh1,500").json
    unchanged = ("status", "flags", "credits", "safe_to_fulfil", "amount_received")
    assert [payment[name] for name in unchanged] == [noted[name] for name in unchanged]


@pytest.mark.parametrize(("secret", "code"), [(OTHER_SECRET, "not_found"), (READER, "scope_missing")])
def test_nobody_else_changes_or_notes(gateway: Gateway, secret: str, code: str) -> None:
    """Another shop finds nothing; a key for reading reads."""
    payment = gateway.pay().json["id"]
    answers = (patch(gateway, payment, {"order": "1"}, secret=secret), note(gateway, payment, "x", secret=secret))
    assert [code, code] == [answer.code for answer in answers]
