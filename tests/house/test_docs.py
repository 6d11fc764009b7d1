"""Documents are tested: what they say of the code is what the code says, and what they name is there."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.__main__ import _parser
from cli.shop_settings import read_settings
from gateway.observability import METRICS
from gateway.web.key_models import KeyRequest
from gateway.web.link_requests import LinkPaymentRequest, LinkRequest
from gateway.web.models import Payment
from gateway.web.payout_requests import PayoutFileRequest, PayoutRequest
from gateway.web.refund_requests import RefundRequest
from gateway.web.requests import AttemptRequest, NoteRequest, PaymentChange, PaymentRequest
from gateway.web.search import SearchRequest
from gateway.web.webhook_requests import WebhookEndpointChange, WebhookEndpointRequest
from local.daraja_simulator.control import ClockOrder, DownOrder, FaultOrder
from local.daraja_simulator.control_money import PortalPayout
from local.daraja_simulator.control_phones import AnswerOrder, PayOrder, SwitchOrder
from local.scenes.app import SceneOrder
from tests.house.deployed import of_type
from tests.house.doc_tables import TABLES, DocTable
from tests.house.markdown import (
    Row,
    anchors_of,
    code_blocks,
    documents,
    links_in,
    prose_of,
    resolved,
    rows_of,
    tables_in,
    text_of,
    typed_commands,
)
from tests.house.tree import TOP, names_of_functions

MEND = "Write it anew: PYTHONPATH=layers/daraja:layers/gateway:. .venv/bin/python -m tests.house.doc_tables"
OPERATIONS = "docs/operations.md"
DECISIONS = sorted(path.relative_to(TOP).as_posix() for path in (TOP / "docs/decisions").glob("[0-9]*.md"))
ROOTS = ("", "layers/gateway", "layers/daraja")
"""Where a path that a decision names may begin."""

each_document = pytest.mark.parametrize("document", documents())
each_decision = pytest.mark.parametrize("document", DECISIONS)


def standing(table: DocTable) -> list[Row]:
    """The table in its document, head first. Fails when it is not there."""
    found = tables_in(table.document)
    assert table.name in found, f"{table.document} has no <!-- table: {table.name} --> … <!-- end -->."
    return found[table.name]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_says_what_the_code_says(table: DocTable) -> None:
    """Settings, errors, codes, events, routes, statuses, flags: the same rows in the same order."""
    leading = len(table.head)
    wanted = [(*table.head, *table.by_hand), *table.rows()]
    assert [row[:leading] for row in wanted] == [row[:leading] for row in standing(table)], MEND
    assert wanted[0] == standing(table)[0]


@pytest.mark.parametrize("table", [one for one in TABLES if one.by_hand], ids=lambda table: table.name)
def test_each_row_is_explained(table: DocTable) -> None:
    """Where people write the rest of a row, they have written it."""
    width = len(table.head)
    assert [row[0] for row in standing(table) if not row[width]] == []


def test_no_table_is_left_over() -> None:
    """Every marked table is one that the code makes, in its document."""
    marked = {(document, name) for document in documents() for name in tables_in(document)}
    assert {(table.document, table.name) for table in TABLES} == marked


def test_the_readme_names_every_function() -> None:
    """Each folder of functions/ has its row."""
    rows = tables_in("README.md")["functions"][1:]
    assert names_of_functions() == {row[0].strip("`") for row in rows}


@each_document
def test_every_link_leads_somewhere(document: str) -> None:
    """Files, folders and headings that a document links to are there."""
    broken = []
    for target in links_in(document):
        path, anchor = resolved(document, target)
        headings = anchors_of(path.resolve().relative_to(TOP).as_posix()) if anchor and path.is_file() else {anchor}
        broken += [target] if not path.exists() or anchor not in headings else []
    assert broken == []


def test_every_document_is_linked_from_the_readme() -> None:
    """Nobody has to guess that a document exists."""
    linked = {resolved("README.md", target)[0].resolve() for target in links_in("README.md")}
    pages = {path.resolve() for path in (TOP / "docs").glob("*.md")}
    assert pages - linked == set()


@each_document
def test_make_knows_every_target_that_is_named(document: str) -> None:
    """`make run` and its like are targets of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {words[0] for words in typed_commands(document, "make")} - targets == set()


@each_document
def test_the_command_line_knows_what_is_typed(document: str) -> None:
    """Every `mpesa-gateway …` names a command, and options that this command has."""
    problems = [
        f"{' '.join(words)}: {problem}"
        for words in typed_commands(document, "mpesa-gateway")
        for problem in unknown_words(_parser(), words)
    ]
    assert problems == []


def unknown_words(parser: argparse.ArgumentParser, words: list[str]) -> Iterator[str]:
    """What the parser would not take: commands and options; values are not judged."""
    while words:
        word, words = words[0].rstrip(",.:"), words[1:]
        commands = _commands_of(parser)
        if word.startswith("--"):
            option = parser._option_string_actions.get(word)
            if option is None:
                yield f"no option {word}"
            words = words[1:] if option is not None and option.nargs != 0 else words
        elif commands:
            if word not in commands:
                yield f"no command {word}"
                return
            parser = commands[word]


def _commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(actions[0].choices) if actions else {}


READERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "python": ast.parse}


@each_document
@pytest.mark.parametrize("language", sorted(READERS))
def test_an_example_can_be_read(language: str, document: str) -> None:
    """JSON is JSON and Python is Python."""
    blocks = code_blocks(document, language)
    assert len(blocks) == len([READERS[language](text) for text in blocks])


BODIES: dict[str, Any] = {
    r"\$GATEWAY/v1/payments|http://localhost:7070/v1/payments": PaymentRequest,
    r"\$GATEWAY/v1/payouts|http://localhost:7070/v1/payouts": PayoutRequest,
    r"\$GATEWAY/v1/payouts/files": PayoutFileRequest,
    r"\$GATEWAY/v1/payments/\$PAYMENT/refunds": RefundRequest,
    r"\S+/attempts/[0-9]": AttemptRequest,
    r"\$GATEWAY/v1/payments/search": SearchRequest,
    r"\$GATEWAY/v1/payments/\$\w+": PaymentChange,
    r"\$GATEWAY/v1/payments/\$\w+/notes": NoteRequest,
    r"\$GATEWAY/v1/payment-links": LinkRequest,
    r"\$GATEWAY/v1/checkout/links/\$CODE/payments": LinkPaymentRequest,
    r"\$GATEWAY/v1/keys": KeyRequest,
    r"\$GATEWAY(_URL)?/v1/webhook-endpoints": WebhookEndpointRequest,
    r"\$GATEWAY(_URL)?/v1/webhook-endpoints/\$\w+": WebhookEndpointChange,
    r"\$CONTROL/faults": FaultOrder,
    r"\$CONTROL/clock": ClockOrder,
    r"\$CONTROL/down": DownOrder,
    r"\$CONTROL/scenes": SceneOrder,
    r"\$WORLD/control/api/books/payouts": PortalPayout,
    r"\$CONTROL/phones/[0-9]+/answer": AnswerOrder,
    r"\$CONTROL/phones/[0-9]+/pay": PayOrder,
    r"\$CONTROL/phones/[0-9]+/switch": SwitchOrder,
}
"""What each address takes."""


def sent_bodies(document: str) -> Iterator[tuple[str, str]]:
    """(address, body) of each curl line that sends one."""
    for block in code_blocks(document, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"curl [^|]*?([$\w:/.]*(?:\$\w+|localhost:\d+)/\S+) .*-d '([^']*)'", line)


@each_document
def test_the_gateway_takes_what_curl_sends(document: str) -> None:
    """Each body in an example is one that its address accepts."""
    for address, body in sent_bodies(document):
        models = [model for pattern, model in BODIES.items() if re.fullmatch(pattern, address)]
        assert len(models) == 1, f"{address} is not an address with a known body"
        models[0].model_validate(json.loads(body))


def test_the_examples_are_seen() -> None:
    """The rule above looks at something."""
    assert len(list(sent_bodies("docs/quick_start.md"))) > 10


def test_the_example_of_shop_settings_would_be_stored() -> None:
    """`settings put` takes the file that the documents show."""
    (example,) = code_blocks("docs/settings.md", "json")
    assert read_settings(json.loads(example)).owner == "corner-shop"


def test_the_example_of_a_payment_is_one() -> None:
    """It has the fields of the API's object, all of them."""
    example = json.loads(code_blocks("docs/api.md", "json")[0])
    Payment.model_validate(example)
    assert set(Payment.model_fields) - set(example) == {"history", "refunds"}


def test_the_glossary_is_in_order() -> None:
    """One finds a word where one looks for it."""
    lines = re.findall(r"^\|.*\n", text_of("docs/glossary.md"), re.MULTILINE)
    words = [row[0].lower() for row in rows_of("".join(lines))[1:]]
    assert sorted(set(words)) == words


def test_every_metric_is_in_the_operators_document() -> None:
    """Each metric that the code counts or the template draws has a row there, and no others have."""
    assert (TOP / OPERATIONS).is_file(), f"{OPERATIONS} is missing: each metric of observability.py needs a row in it."
    drawn = {
        one["MetricName"]
        for metric_filter in of_type("AWS::Logs::MetricFilter").values()
        for one in metric_filter["Properties"]["MetricTransformations"]
    }
    (section,) = re.findall(
        r"^## [^\n]*[Mm]etrics[^\n]*\n(.*?)(?=^## |\Z)", text_of(OPERATIONS), re.MULTILINE | re.DOTALL
    )
    told = set(re.findall(r"^\| `([a-z0-9_]+)`", section, re.MULTILINE))
    assert {*METRICS, *drawn} == told


@each_decision
def test_a_decision_tells_status_context_decision_and_consequences(document: str) -> None:
    """A record without one of these cannot be judged later."""
    text = text_of(document)
    missing = [part for part in ("Context", "Decision", "Consequences") if f"**{part}.**" not in text]
    assert re.search(r"^Status: (accepted|replaced by \d{4}|withdrawn) \d{4}-\d\d-\d\d", text, re.MULTILINE)
    assert missing == [], f"{document} lacks {', '.join(missing)}"


@each_decision
def test_a_decision_names_files_that_exist(document: str) -> None:
    """What it governs can be opened."""
    governs = re.findall(r"Governs ((?:`[^`]+`[, ]*)+)", prose_of(document).replace("\n", " "))
    named = [path for found in governs for code in re.findall(r"`([^`]+)`", found) for path in expanded(code)]
    assert named != []
    assert [path for path in named if not any((TOP / root / path).exists() for root in ROOTS)] == []


def expanded(path: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    before, braces, after = re.fullmatch(r"([^{]*)(?:\{([^}]*)\})?(.*)", path).groups()  # type: ignore[union-attr]  # matches all
    return [f"{before}{part}{after}" for part in braces.split(",")] if braces else [path]


def test_decisions_are_numbered_without_gaps() -> None:
    """0001, 0002 and so on."""
    numbers = [int(document.rpartition("/")[2][:4]) for document in DECISIONS]
    assert list(range(1, len(numbers) + 1)) == numbers
