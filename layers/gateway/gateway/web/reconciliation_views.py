"""A compared day as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Line, Side
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import (
    Decision,
    explanations,
    former_explanation,
    line_id,
    took_effect,
)
from gateway.flows.reconciliation.tell import day_shown, side_shown
from gateway.web.views import rfc3339

SET_ASIDE = "set_aside"


def day_object(book: DayBook) -> dict[str, Any]:
    """A compared day with its lines, what came since it was closed, and what people decided."""
    record = book.record
    summary = day_shown(record)
    news = summary["news"]
    return {
        **summary,
        "news": {**news, "lines": _lines(book.news, ())} if news else None,
        "lines": _lines(book.lines, book.decisions),
        "history": [_decision(one, took_effect(one, record.closings)) for one in book.decisions],
    }


def not_compared(shortcode: str, day: str) -> dict[str, Any]:
    """A day without its lines that nobody compared yet."""
    nothing = side_shown(Side(0, 0))
    return {
        "object": "reconciliation_day",
        "day": day,
        "shortcode": shortcode,
        "state": str(DayState.NOT_RUN),
        "source": None,
        "complete": False,
        "run_at": None,
        "ours": nothing,
        "mpesa": nothing,
        "both": nothing,
        "not_judged": nothing,
        "difference": 0,
        "fees": 0,
        "line_count": 0,
        "open_count": 0,
        "explained_count": 0,
        "outcome": None,
        "closed_by": None,
        "closed_at": None,
        "news": None,
    }


def _lines(lines: Sequence[Line], decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    explained = explanations(decisions)
    return [
        _line(number, line, explained.get(line_id(line)), former_explanation(line, lines, explained))
        for number, line in enumerate(lines, 1)
    ]


def _line(number: int, line: Line, said: Decision | None, said_before: Decision | None) -> dict[str, Any]:
    proposed = line.proposed
    return {
        "n": number,
        "id": line_id(line),
        "kind": str(line.kind),
        "receipt": line.receipt,
        "payment": line.payment,
        "ours": line.ours_kes,
        "mpesa": line.mpesa_kes,
        "at": rfc3339(line.at_ms),
        "certain": line.certain,
        "proposed": {"action": str(proposed.action), "payment": proposed.payment, "why": list(proposed.why)},
        "resolution": _resolution(line, said),
        "explained_before": _said(said_before) if said_before else None,
    }


def _resolution(line: Line, said: Decision | None) -> dict[str, Any] | None:
    """By what the line is explained. None: somebody must look."""
    if said is not None:
        return {"what": str(said.kind), **_said(said)}
    return {"what": SET_ASIDE, "note": line.settled, "by": None, "at": None} if line.settled else None


def _said(decision: Decision) -> dict[str, Any]:
    return {"note": decision.note, "by": decision.by, "at": rfc3339(decision.at_ms)}


def _decision(decision: Decision, held: bool) -> dict[str, Any]:  # noqa: FBT001  a column of the history
    line = decision.line
    of = None
    if line is not None:
        of = {
            "id": line.id,
            "kind": str(line.kind),
            "receipt": line.receipt,
            "payment": line.payment,
            "ours": line.ours_kes,
            "mpesa": line.mpesa_kes,
        }
    return {"what": str(decision.kind), **_said(decision), "line": of, "took_effect": held}
