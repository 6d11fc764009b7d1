"""Samples of what Safaricom sends, and of queues and schedules: the answer, and what is left of it.

Beside each event lies `<case>.expected.json`: `answer`, and `after`: the money state of two payments, what was set
apart, queued, left unmatched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.ports import QueueUnavailable, SecretsUnavailable, StoreUnavailable
from tests.memory_store import START_MS
from tests.unit.intake_world import Intake, answer_of, fail
from tests.unit.web.shop import TOP

FUNCTIONS = ("callback_intake", "c2b_intake", "status_sweep", "publish_events")
CASES = sorted(
    path
    for function in FUNCTIONS
    for path in (TOP / "events" / function).glob("*.json")
    if not path.name.endswith(".expected.json")
)
STORE = tuple(f"Store.{name}" for name in ("read_payment", "create_receipt", "payments_by_reference", "keep_orphan"))


def _event(function: str, case: str) -> Any:
    return json.loads((TOP / "events" / function / f"{case}.json").read_text())


@pytest.fixture
def intake() -> Intake:
    """Two payments, twenty seconds later."""
    made = Intake()
    made.world.ambient.at_ms = START_MS + 20_000
    return made


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_leaves_what_is_expected(path: Path, intake: Intake) -> None:
    """The answer and the money state, as the file beside the event says."""
    expected = json.loads(path.with_suffix(".expected.json").read_text())

    answer = answer_of(intake.invoke(path.parent.name, json.loads(path.read_text())))

    assert expected == {"answer": answer, "after": intake.after()}


def test_strangers_cost_no_read_and_no_write(intake: Intake) -> None:
    """A wrong tag from an unlisted address is refused before anything is asked of table or queue."""
    intake.world.boundaries.clear()

    intake.invoke("callback_intake", _event("callback_intake", "forged_tag"))

    assert [] == _leaving(intake.world.boundaries)


def test_a_hundred_repetitions_of_one_callback_are_one_credit(intake: Intake) -> None:
    """Facts form a set."""
    for _ in range(100):
        intake.invoke("callback_intake", _event("callback_intake", "paid"))

    assert [["UC2SGL31QW", 1500]] == intake.shown(intake.prompted)["credits"]


@pytest.mark.parametrize(("function", "case"), [("callback_intake", "paid"), ("c2b_intake", "typed_at_the_paybill")])
def test_a_delivery_waits_in_the_queue_while_the_table_is_away(function: str, case: str, intake: Intake) -> None:
    """200 for Safaricom, and the drain keeps it with its first intake time."""
    fail(intake.world, *STORE, error=StoreUnavailable("away"))
    answer = answer_of(intake.invoke(function, _event(function, case)))
    intake.world.fail_next.clear()
    waiting = list(intake.world.queues.retries)
    intake.world.ambient.at_ms += 600_000

    drained = intake.invoke("callback_intake", _batch(waiting))

    assert (200, []) == (answer["status"], drained["batchItemFailures"])
    paid = [intake.shown(payment)["status"] for payment in (intake.prompted, intake.typed)]
    assert "paid" in paid
    assert START_MS + 20_000 in _learned(intake)


@pytest.mark.parametrize(("function", "case"), [("callback_intake", "paid"), ("c2b_intake", "typed_at_the_paybill")])
def test_a_delivery_waits_unverified_while_the_keys_are_away(function: str, case: str, intake: Intake) -> None:
    """The tag is checked when the keys are back."""
    fail(intake.world, "Secrets.read_keys", error=SecretsUnavailable("away"))

    answer = answer_of(intake.invoke(function, _event(function, case)))

    assert (200, 1) == (answer["status"], len(intake.world.queues.retries))


@pytest.mark.parametrize(("function", "case"), [("callback_intake", "paid"), ("c2b_intake", "typed_at_the_paybill")])
def test_only_with_table_and_queue_away_is_a_delivery_refused(function: str, case: str, intake: Intake) -> None:
    """503, so that whoever repeats may repeat."""
    fail(intake.world, *STORE, error=StoreUnavailable("away"))
    fail(intake.world, "Queues.send_retry", error=QueueUnavailable("away"))

    answer = answer_of(intake.invoke(function, _event(function, case)))

    assert 503 == answer["status"]
    assert "delivery_lost" in [name for name, _ in intake.world.ambient.reports]


def test_money_told_from_elsewhere_is_looked_at_until_safaricom_tells_it_too(intake: Intake) -> None:
    """The C2B tag never expires, so it alone lets no goods go out."""
    event = _event("c2b_intake", "typed_at_the_paybill")
    event["requestContext"]["http"]["sourceIp"] = "203.0.113.9"
    intake.invoke("c2b_intake", event)
    from_elsewhere = intake.shown(intake.typed)
    intake.invoke("c2b_intake", _event("c2b_intake", "typed_at_the_paybill"))

    assert ("paid", ["needs_review"]) == (from_elsewhere["status"], from_elsewhere["flags"])
    assert ("paid", [], [["UC2SGK77PQ", 300]]) == tuple(
        intake.shown(intake.typed)[name] for name in ("status", "flags", "credits")
    )


def test_validation_asks_nobody(intake: Intake) -> None:
    """With everything away, M-PESA still gets its yes at once."""
    intake.world.boundaries.clear()

    answer = answer_of(intake.invoke("c2b_intake", _event("c2b_intake", "validation")))

    assert ({"ResultCode": "0", "ResultDesc": "Accepted"}, []) == (answer["body"], intake.world.boundaries)


def _leaving(boundaries: Iterable[str]) -> list[str]:
    """Calls to table and queues; keys come from memory once they were read."""
    return [name for name in boundaries if name.startswith(("Store.", "Queues."))]


def _batch(messages: list[str]) -> dict[str, Any]:
    records = [
        {"messageId": str(number), "body": body, "eventSource": "aws:sqs"} for number, body in enumerate(messages)
    ]
    return {"Records": records}


def _learned(intake: Intake) -> set[int]:
    facts = [
        fact
        for payment in (intake.prompted, intake.typed)
        for fact in intake.world.store.payments[payment].facts.values()
    ]
    return {fact.learned_at_ms for fact in facts}
