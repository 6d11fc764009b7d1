"""What is told to the operator: one line a report, a count for metrics, and nobody's number."""

from __future__ import annotations

import ast
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import observability
from gateway.observability import METRICS, HandlerFailed, Level, observed, report

FLOWS = Path(__file__).parents[2] / "layers/gateway/gateway"


class Context:
    """Lambda's, as far as it is read."""

    aws_request_id = "req-1"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A logger and metrics of this test's own: Python keeps loggers by name."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "MpesaGateway")
    _forget()
    yield
    _forget()


def _forget() -> None:
    observability._logger.cache_clear()
    observability._metrics.cache_clear()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_report_is_one_line_with_its_request_and_one_count(capsys: pytest.CaptureFixture[str]) -> None:
    with observed(Context()):
        report("callback_queued", {"payment": "pay_1", "attempt": 2})
    line, counts = _lines(capsys)
    told = {name: line[name] for name in ("message", "level", "payment", "attempt", "request")}
    expected = {"message": "callback_queued", "level": "WARNING", "payment": "pay_1", "attempt": 2}
    assert {**expected, "request": "req-1"} == told
    assert [1.0] == counts["callback_queued"]


def test_a_report_that_is_no_metric_is_a_line_and_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    with observed(Context()):
        report("something_else", {"message": "m", "name": "n"})
    assert [("something_else", "m", "n")] == [
        (line["message"], line["message_"], line["name_"]) for line in _lines(capsys)
    ]


def test_no_number_leaves_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {
        "a": "ws_CO_02032026121504123712345678",
        "b": {"254712345678": ["0712 345 678", b"0712345678"]},
        "c": {"+254712345678"},
        "d": object(),
    }
    report("sweep_done", fields)
    assert "12345678" not in capsys.readouterr().out.replace(" ", "")


def test_an_unexpected_error_is_told_by_place_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(HandlerFailed) as ended, observed(Context()):
        raise ValueError("secret")
    line, counts = _lines(capsys)
    assert ("handler_failed", "ERROR", "ValueError") == (line["message"], line["level"], line["error"])
    assert line["place"].startswith("test_observability.py:")
    assert "secret" not in json.dumps([line, counts, "".join(traceback.format_exception(ended.value)[-1:])])


def test_counts_of_one_invocation_do_not_return_in_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with observed(Context()):
            report("token_refreshed", {})
    assert [[1.0], [1.0]] == [line["token_refreshed"] for line in _lines(capsys) if "_aws" in line]


def _reported() -> set[str]:
    """Names in every `call(Ambient.report, "…", …)` and `report("…", …)` of the gateway."""
    calls = [
        node
        for path in FLOWS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    texts = [[arg.value for arg in node.args if isinstance(arg, ast.Constant)] for node in calls if _reports(node)]
    return {str(values[0]) for values in texts if values}


def _reports(node: ast.Call) -> bool:
    names = [ast.unparse(part) for part in (node.func, *node.args[:1])]
    return names[0] == "report" or names[-1] == "Ambient.report"


def test_every_report_of_the_gateway_is_in_the_table() -> None:
    assert set() == _reported() - set(METRICS)


def test_every_metric_says_what_it_counts() -> None:
    assert all(len(metric.meaning.split()) > 4 and metric.level in Level for metric in METRICS.values())
