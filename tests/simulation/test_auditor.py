"""The judge of the storms is no law by itself: what it took for broken, and was not."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.policy import Policy
from tests.simulation.auditor import Auditor, Rest, Words

RECEIPT, OTHER = "UKP000007G", "UKP000004D"


def auditor() -> Auditor:
    """Of a world in which M-PESA moved no money that anybody was told of."""
    return Auditor({}, Words({RECEIPT, OTHER}, set()), Policy())


def shown(number: int, credited: str | None, *, unconcluded: bool = False, **changed: Any) -> dict[str, Any]:
    """A payment as the judge sees it, in plain values."""
    credits = [{"receipt": credited, "amount": 100, "attempt": 1}] if credited else []
    usual = {"version": 1, "amount": 100, "reference": "A", "status": "open", "flags": [], "safe": False, "taken": []}
    usual |= {"id": f"pay_{number}", "credits": credits, "attempts": [], "due_at_ms": None, "unconcluded": unconcluded}
    return usual | changed


def at_rest(judge: Auditor, claims: Mapping[str, str | None]) -> list[str]:
    """What L2 says of who owns and who credits, in the end."""
    told = judge.close(Rest(claims=claims, days={}, apart="", waiting={}, events=[], now_ms=0))
    return [sentence for sentence in told if sentence.startswith("L2")]


def test_what_an_older_release_left_unconcluded_is_no_credit_after_a_restore_either() -> None:
    """The release that concludes may come to another receipt, when more was told in the meantime."""
    judge = auditor()
    judge.restored(0, 1, [shown(1, RECEIPT, unconcluded=True)], lost="")
    judge.look(shown(1, OTHER, unconcluded=True, version=2))
    judge.look(shown(1, None, flags=["contradicted"], version=3))
    assert [] == at_rest(judge, {})


def test_a_receipt_that_was_never_its_own_leaves_no_other_payment_without_it() -> None:
    """An item that is not concluded shows what its facts say, also a receipt that another payment owns."""
    judge = auditor()
    judge.look(shown(1, RECEIPT))
    judge.look(shown(2, RECEIPT, unconcluded=True))
    judge.look(shown(2, None, flags=["receipt_taken"], version=2))
    assert [] == at_rest(judge, {RECEIPT: "pay_1"})


def test_a_failure_told_of_the_second_prompt_of_a_number_counts() -> None:
    """A restore took the first one away, so the next attempt got its number."""
    judge = auditor()
    first, second = (
        SimpleNamespace(payment="1", attempt=1, at_ms=at_ms, failure_told=at_ms > 5) for at_ms in (5, 70_000)
    )
    judge.prompted(first)
    judge.restored(0, 6, [], lost="")
    judge.prompted(second)
    judge.look(shown(1, None, attempts=[{"number": 1, "status": "failed"}]))
    assert [] == judge.broken


@pytest.mark.parametrize(
    ("flags", "decided", "lost"),
    [
        (["needs_review"], set(), []),
        ([], {"1"}, []),
        ([], set(), [f"L1 {RECEIPT} is in M-PESA's books and shown nowhere (told: True)"]),
    ],
)
def test_money_told_of_a_forgotten_attempt_is_shown_where_a_person_is_asked_to_look(
    flags: list[str], decided: set[str], lost: list[str]
) -> None:
    """The payment keeps what it was told of an attempt that the table does not know any more, until a person looked."""
    entry = {"payment": "1", "attempt": 2, "amount": 100, "told": True, "told_at_ms": 80_000}
    judge = Auditor({RECEIPT: entry}, Words(set(), set(), decided), Policy())
    judge.prompted(SimpleNamespace(payment="1", attempt=2, at_ms=5, failure_told=False, phone="254700000001"))
    judge.restored(0, 6, [shown(1, None)], lost="")
    entry["told"] = True
    judge.look(shown(1, None, flags=flags, version=2))
    told = judge.close(Rest(claims={}, days={}, apart="", waiting={}, events=[], now_ms=0))
    assert lost == [sentence for sentence in told if sentence.startswith("L1 ")]
