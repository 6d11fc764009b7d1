"""What an adversary, a mistyped setting or a slow table can do to a delivery: it is kept, or waits, and is not lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import NotSent, NotSentReason, Source, UnknownFact, as_plain, from_plain
from gateway.domain.fold import state_of
from gateway.ports import QueueUnavailable
from gateway.settings import Settings
from tests import gateway_samples as sample
from tests.memory_store import START_MS
from tests.unit.intake_world import CALLBACK_ENVIRONMENT, SAFARICOM, Intake, answer_of, fail
from tests.unit.web.shop import TOP

BOTH = pytest.mark.parametrize(
    ("function", "case"), [("callback_intake", "paid"), ("c2b_intake", "typed_at_the_paybill")]
)
STRANGER = "203.0.113.9"


def _event(function: str, case: str) -> Any:
    return json.loads((TOP / "events" / function / f"{case}.json").read_text())


@pytest.fixture
def intake() -> Intake:
    """Two payments, twenty seconds later."""
    made = Intake()
    made.world.ambient.at_ms = START_MS + 20_000
    return made


@pytest.fixture
def broken_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing can be kept: a rule of ours raises what nobody foresaw."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("gateway.flows.keep.keep_in", broken)
        yield


def _drained(intake: Intake) -> Any:
    records = [
        {"messageId": str(number), "body": body, "eventSource": "aws:sqs"}
        for number, body in enumerate(intake.world.queues.retries)
    ]
    return intake.invoke("callback_intake", {"Records": records})


def _asked_of_the_table(intake: Intake) -> list[str]:
    return [name for name in intake.world.boundaries if name.startswith("Store.")]


@BOTH
def test_a_delivery_that_breaks_a_rule_of_ours_waits_in_the_queue_and_counts_once_we_are_mended(
    function: str, case: str, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 and one message; the drain fails with it as long as the rule does, and keeps it afterwards."""
    with monkeypatch.context() as patched:
        patched.setattr("gateway.flows.keep.keep_in", lambda *_: 1 // 0)
        answer = answer_of(intake.invoke(function, _event(function, case)))
        failed = _drained(intake)["batchItemFailures"]
    kept = _drained(intake)["batchItemFailures"]

    assert (200, 1, 0) == (answer["status"], len(failed), len(kept))
    assert "paid" in [intake.shown(intake.prompted)["status"], intake.shown(intake.typed)["status"]]


@pytest.mark.usefixtures("broken_rule")
@BOTH
def test_a_delivery_that_breaks_a_rule_while_the_queue_is_away_is_refused_and_told(
    function: str, case: str, intake: Intake
) -> None:
    """503, and a line in the log."""
    fail(intake.world, "Queues.send_retry", error=QueueUnavailable("away"))

    answer = answer_of(intake.invoke(function, _event(function, case)))

    assert 503 == answer["status"]
    assert "delivery_lost" in [name for name, _ in intake.world.ambient.reports]


@BOTH
def test_a_slow_table_is_not_waited_for_until_the_function_is_ended(function: str, case: str, intake: Intake) -> None:
    """With too little time left for a slow call and the queue, the delivery is queued and the table is not asked."""
    intake.world.ambient.left_ms = 5_000
    intake.world.boundaries.clear()

    answer = answer_of(intake.invoke(function, _event(function, case)))

    assert (200, 1, []) == (answer["status"], len(intake.world.queues.retries), _asked_of_the_table(intake))


@BOTH
def test_a_setting_that_is_no_number_loses_no_delivery(function: str, case: str, intake: Intake) -> None:
    """The function cannot judge, so the delivery waits for a mended setting."""
    intake.world.settings = Settings({**CALLBACK_ENVIRONMENT, "ANSWER_DEADLINE_S": "15 min"})

    answer = answer_of(intake.invoke(function, _event(function, case)))

    assert (200, 1) == (answer["status"], len(intake.world.queues.retries))


@pytest.mark.parametrize(
    "confirm", ["alwasy", "above", "above:", "above:1,000", "above:1e3", "above:-1", "above:\u0661"]
)
def test_a_mistyped_confirm_believes_less_and_not_more(confirm: str) -> None:
    """Whatever cannot be read asks a query of every callback."""
    assert Settings({"CONFIRM": confirm}).demands_query(1)


@pytest.mark.parametrize(
    ("confirm", "asked"), [("unknown_source", False), ("above:100", False), ("above:99", True), ("always", True)]
)
def test_confirm_as_documented(confirm: str, asked: bool) -> None:
    """Which callbacks over 100 shillings a query must confirm."""
    assert asked is Settings({"CONFIRM": confirm}).demands_query(100)


@pytest.mark.parametrize("listed", ["196.201.214.300", "safaricom", f"nonsense,{STRANGER}/99", "::/x", ","])
def test_a_mistyped_address_believes_nobody_and_loses_nothing(listed: str) -> None:
    """The other addresses of the list still count."""
    settings = Settings({"SOURCE_ADDRESSES": f"{listed},{SAFARICOM}"})

    assert [True, False] == [settings.is_safaricom(SAFARICOM), settings.is_safaricom(STRANGER)]


@pytest.mark.parametrize(
    "changed",
    [{"reason": "by_a_newer_release"}, {"reason": "phone_busy", "told_by": "satellite"}, {"kind": "not_sent_at_all"}],
)
def test_a_value_that_only_a_newer_release_knows_is_kept_unread(changed: Mapping[str, str]) -> None:
    """The payment can still be read, and the fact is written back as it was."""
    fact = NotSent(number=1, reason=NotSentReason.PHONE_BUSY, said_at_ms=5, learned_at_ms=5)
    stored = {**as_plain(fact), **changed}

    read = from_plain("not_sent:ab", stored)

    assert isinstance(read, UnknownFact)
    assert ("not_sent:ab", stored) == (read.id, as_plain(read))


def test_money_told_by_a_source_of_a_newer_release_is_kept_unread() -> None:
    """No reader stumbles over it."""
    stored = {**as_plain(sample.money()), "told_by": "bill_manager"}

    assert isinstance(from_plain("money_received:ab", stored), UnknownFact)
    assert Source.C2B is sample.money().source


def _confirmation(intake: Intake, **changes: str) -> dict[str, Any]:
    """The sample confirmation of 300 shillings with reference TYPED1, with other fields."""
    event = _event("c2b_intake", "typed_at_the_paybill")
    event["body"] = json.dumps({**json.loads(event["body"]), **changes})
    event["isBase64Encoded"] = False
    return dict(event)


def test_money_of_another_shortcode_finds_no_payment_at_this_address(intake: Intake) -> None:
    """The tag speaks for the shortcode in the address. The money is kept and listed, also by the next sweeps."""
    event = _confirmation(intake, BusinessShortCode="600998")

    answer = answer_of(intake.invoke("c2b_intake", event))

    assert (200, "open", 1) == (
        answer["status"], intake.after()["typed"]["status"], len(intake.after()["unmatched"]),
    )  # fmt: skip
    assert [None] == [record.due_at_ms for record in intake.world.store.receipts.values()]


def test_a_receipt_of_another_shortcode_does_not_find_the_payment_through_the_queue_either(intake: Intake) -> None:
    """While the table is away it waits as it came, so that the address is judged again."""
    intake.world.ambient.left_ms = 5_000
    intake.invoke("c2b_intake", _confirmation(intake, BusinessShortCode="600998"))
    intake.world.ambient.left_ms = 28_000

    assert [] == _drained(intake)["batchItemFailures"]
    assert ("open", 1) == (intake.after()["typed"]["status"], len(intake.after()["unmatched"]))


@pytest.mark.parametrize("amount", ["0", "0.00", "-300", "299.99", "9e99", "1" + "0" * 19, ""])
def test_a_confirmation_without_an_amount_of_money_credits_nothing_and_is_kept_apart(
    amount: str, intake: Intake
) -> None:
    """Nothing, a fraction, and numbers that no table can hold."""
    answer = answer_of(intake.invoke("c2b_intake", _confirmation(intake, TransAmount=amount)))

    assert (200, ["unreadable"]) == (answer["status"], intake.after()["set_apart"])
    assert ("open", {}) == (intake.after()["typed"]["status"], intake.world.store.receipts)


def test_one_receipt_in_capitals_and_in_small_letters_is_one_credit(intake: Intake) -> None:
    """Credited twice for a matter of spelling: no."""
    receipts = ["UKPLETTERS", "ukpletters", " UkPletTers "]
    for receipt in receipts:
        intake.invoke("c2b_intake", _confirmation(intake, TransID=receipt))

    assert [["UKPLETTERS", 300]] == intake.after()["typed"]["credits"]


@pytest.mark.parametrize("number", ["4000001", "5000002"])
def test_money_at_a_till_is_nobodys_doubt_whichever_of_its_two_numbers_m_pesa_names(number: str) -> None:
    """The store's number or the till's: both are ours."""
    money = replace(sample.money(), shortcode=number, reference="")
    record = sample.record(
        1,
        [sample.begun(), sample.accepted(), sample.success(), money],
        shortcode="5000002", shortcode_kind="till", store_number="4000001",
    )  # fmt: skip

    state = state_of(record.asked, record.facts)

    assert (True, frozenset()) == (state.safe_to_fulfil, state.flags)


def test_money_at_a_third_number_is_looked_at_by_a_person() -> None:
    """It is kept, credited to the receipt's owner, and holds the goods back."""
    money = replace(sample.money(), shortcode="600998", reference="")
    record = sample.record(1, [money], shortcode="5000002", shortcode_kind="till", store_number="4000001")

    assert not state_of(record.asked, record.facts).safe_to_fulfil
