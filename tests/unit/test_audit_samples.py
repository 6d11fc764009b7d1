"""Samples of what the stream and the schedule hand to `audit_log`: the answer, and what the log then tells.

Beside each event lies `<case>.expected.json`: `answer`, and `log`: what each page tells, without its marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from gateway.domain.audit.page import opened
from tests.audit_stage import KEY, AuditStage
from tests.unit.web.shop import TOP, Context, app_of

CASES = sorted(path for path in (TOP / "events/audit_log").glob("*.json") if not path.name.endswith(".expected.json"))


def invoked(stage: AuditStage, event: dict[str, Any]) -> Any:
    """Call the function's handler."""
    app = app_of("audit_log")
    begun = type("Begun", (), {"begin": lambda _, __: stage})()
    with patch.object(app, "world", lambda: begun):
        return app.handler(event, Context())


def told(stage: AuditStage) -> list[list[list[str | int | None]]]:
    """Each page's entries: what changed, who says so, who did it, of which sum."""
    pages = [opened(KEY, data) for _, data in sorted(stage.auditlog.pages.items())]
    return [
        [[one.item, one.kind, one.source, one.actor, one.receipt, one.amount_kes] for one in page.entries.values()]
        for page in pages
    ]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_sample_event_is_written_down_as_expected(path: Path) -> None:
    """An empty log; the event comes twice, as the stream may bring it."""
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    stage = AuditStage()
    answer = invoked(stage, json.loads(path.read_text()))
    again = invoked(stage, json.loads(path.read_text()))
    assert (expected, answer) == ({"answer": answer, "log": told(stage)}, again)
