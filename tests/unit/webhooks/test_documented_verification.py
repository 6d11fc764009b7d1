"""What docs/webhooks.md tells shops to run verifies what we send, and refuses what somebody else made up.

`vectors.json` holds messages with what must come of them: the same are read by JavaScript in tests/javascript.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook

from gateway.domain.webhooks import SECRET_BYTES, message_body, new_secret, signature_header
from tests.house.markdown import code_blocks

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
Check = Callable[[str, dict[str, str], bytes], bool]


def blocks() -> list[str]:
    """The Python of the document."""
    return code_blocks("docs/webhooks.md", "python")


def defined(block: str, name: str) -> Any:
    """What a block defines under this name."""
    found: dict[str, Any] = {}
    exec(compile(block, "docs/webhooks.md", "exec"), found)
    return found[name]


def without_a_library() -> Check:
    """The document's last way."""
    check: Check = defined(blocks()[1], "verified")
    return check


def with_the_library() -> Check:
    """The document's first way in Python."""
    event_in = defined(blocks()[0], "event_in")
    return lambda secret, headers, body: event_in(secret, headers, body) is not None


WAYS = {"with the library": with_the_library, "without a library": without_a_library}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: vector["name"])
def test_the_documented_way_says_the_right_thing_of_every_message(way: str, vector: Mapping[str, Any]) -> None:
    """At the time that the vectors name."""
    with time_machine.travel(VECTORS["now_s"], tick=False):
        said = WAYS[way]()(vector["secret"], dict(vector["headers"]), vector["body"].encode())

    assert vector["genuine"] is said


@pytest.mark.parametrize("vector", [one for one in VECTORS["messages"] if one["by_us"]], ids=lambda one: one["name"])
def test_our_signature_is_the_one_of_the_vectors(vector: Mapping[str, Any]) -> None:
    """Made by the same function as every message."""
    headers = vector["headers"]
    at_s = int(headers["webhook-timestamp"])
    made = signature_header(vector["signed_with"], headers["webhook-id"], at_s, vector["body"].encode())

    assert headers["webhook-signature"] == made


def test_a_secret_has_the_length_that_the_standard_asks_for() -> None:
    """24 to 64 bytes."""
    secret = new_secret(bytes(range(SECRET_BYTES)))
    assert 24 <= len(Webhook(secret)._whsecret) <= 64


def test_a_message_that_would_be_too_large_keeps_what_is_needed_to_read_the_rest() -> None:
    """Less than 20 KB, as the standard asks."""
    data = {
        "id": "pay_1",
        "object": "payment",
        "status": "paid",
        "version": 9,
        "order": "1042",
        "metadata": "x" * 30_000,
    }
    body = message_body("evt_1", "payment.paid", "2026-03-02T09:15:04Z", data)

    assert len(body) < 20_000
    kept = {"id": "pay_1", "object": "payment", "status": "paid", "order": "1042", "version": 9, "incomplete": True}
    assert kept == json.loads(body)["data"]


def test_the_typescript_of_the_document_reads_raw_text_before_it_verifies() -> None:
    """The mistake that everybody makes once is not in our example."""
    [example] = code_blocks("docs/webhooks.md", "ts")
    assert example.index("request.text()") < example.index(".verify(body")
