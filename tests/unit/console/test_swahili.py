"""What a page in Swahili still must not say in English: the timeline, reasons of a compared day, M-PESA's no."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

from gateway.domain import facts
from gateway.domain.reconciliation import compare, news
from gateway.flows.outgoing_shown import MESSAGES
from gateway.web import history
from gateway.web.console import evidence_in_swahili as swahili
from gateway.web.console.reasons_in_swahili import reason_in_swahili
from gateway.web.console.words import TEXTS
from tests.unit.console.staff_stage import Console, words
from tests.unit.console.test_pages import paid
from tests.unit.web.stages import STAGES

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
KINDS = sorted({*history._SENTENCES, *history._SAME}, key=lambda kind: kind.KIND)
SAMPLE = "2026-03-01"


@pytest.fixture
def console() -> Console:
    return Console()


def facts_met() -> list[facts.Fact]:
    """Those of all the stages in which pages are tested."""
    return [fact for stage in STAGES.values() for fact in stage.record.facts.values()]


def reasons() -> Iterator[str]:
    """Every sentence in the code that compares days, but its docstrings; what is filled in is a sample."""
    tree = ast.parse(inspect.getsource(compare) + inspect.getsource(news))
    documented = [node for node in ast.walk(tree) if isinstance(node, DOCUMENTED)]
    documents = {ast.get_docstring(node, clean=False) for node in documented}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else SAMPLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield from [node.value] * (node.value not in documents and " " in node.value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_every_kind_of_fact_is_told(kind: type[facts.Fact]) -> None:
    """A new fact needs its sentence in both languages."""
    assert kind in {*swahili.TELLERS, *swahili.ALWAYS}


def test_no_fact_says_the_same_in_both_languages() -> None:
    """But what a person typed."""
    met = [fact for fact in facts_met() if not isinstance(fact, facts.Noted)]
    assert [] == [fact.KIND for fact in met if swahili.sentence_in_swahili(fact) == history.sentence(fact)]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("0", "0 (imelipwa)"),
        ("4999", "4999 (bado inashughulikiwa)"),
        ("1032", "1032 (Imeghairiwa au muda umeisha)"),
        ("7777", "7777, ambao hauko kwenye orodha yoyote"),
    ],
)
def test_a_result_is_told_by_its_cause(code: str, told: str) -> None:
    """And only what ended it is told as an end."""
    answered = facts.QueryAnswered(
        said_at_ms=0, learned_at_ms=0, number=1, checkout_request_id="ws_CO_1", result_code=code
    )
    assert f"M-PESA ilijibu {told}." in swahili.sentence_in_swahili(answered)


def test_every_reason_of_a_compared_day_is_told() -> None:
    """As the code that compares writes them."""
    told = [reason for reason in reasons() if reason[0].islower() or reason.startswith("M-PESA")]
    assert len(told) > 10
    assert [] == [reason for reason in told if reason_in_swahili(reason) is None]


def test_a_reason_of_a_newer_release_is_left_as_it_is() -> None:
    assert reason_in_swahili("the moon was full") is None


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_no_of_money_out_is_told(code: str) -> None:
    said = [TEXTS[language][f"out_failure_{code}"] for language in ("en", "sw")]
    assert (MESSAGES[code], True) == (said[0], said[1] != said[0])


def test_the_page_of_a_payment_has_its_timeline_in_swahili(console: Console) -> None:
    payment = paid(console)
    shown = words(console.browser("wanjiku").get(f"/console/payments/{payment}?lang=sw"))
    assert "M-PESA imepokea ombi la jaribio la 1. Hii haisemi lolote kuhusu pesa." in shown
    assert "M-PESA took the prompt" not in shown
