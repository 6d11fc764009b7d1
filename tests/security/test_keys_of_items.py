"""Whatever a stranger, a payer or a shop writes, no item is named by it: each key keeps its prefix and its form."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from gateway import security
from gateway.aws import items
from gateway.ports import Call
from gateway.web.routes import BY_KEY
from tests.memory_store import KEYS
from tests.security.stage import SHORTCODE, SecurityWorld, Stage, bearer
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM
from tests.unit.web.shop import SECRET, Gateway

HOSTILE = {
    "a hash": "A#B",
    "another item's key": "PAY#pay_" + "0" * 32,
    "a settings key": "SETTINGS#shop",
    "very long": "A" * 5_000,
    "control characters": "A\x00\x1f\x7fB",
    "line ends": "A\r\nB",
    "dots and slashes": "../../RCPT",
    "quotes": "\"';--",
    "not ASCII": "АВС١٢٣é",
    "half of a surrogate": "A\ud800B",
    "an expression": "attribute_not_exists(pk) OR :v0",
    "nothing": "",
}
FORMS = {
    "read_payment": r"pay_[0-9a-f]{32}",
    "create_payment": r"pay_[0-9a-f]{32}",
    "read_receipt": r"[^\x00-\x1f\x7f]{1,64}",
    "create_receipt": r"[^\x00-\x1f\x7f]{1,64}",
    "read_guard": r"[0-9a-f]{32}",
    "read_key": r"[0-9a-f]{64}",
    "read_settings": r"shop|other",
    "read_link": r"plink_[0-9a-f]{32}",
    "keep_orphan": r"[a-z_]+#[0-9A-Za-z_#]{1,120}",
}
"""By method of the store: what may name an item. A receipt is M-PESA's own word, whose form nobody promised us: behind
its prefix it may be any short text.
"""


class NamesKept(SecurityWorld):
    """Notes what names an item in each call to a table."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[tuple[str, str]] = []

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        if call.args and call.method in FORMS:
            first = call.args[0]
            name = (
                first
                if isinstance(first, str)
                else next(getattr(first, field) for field in ("id", "receipt", "key") if hasattr(first, field))
            )
            self.named.append((call.method, name))
        return super().perform(call)


@pytest.fixture
def stage() -> Stage:
    """Two shops on a table that notes what names an item."""
    return Stage(Gateway(world=NamesKept()))


def _badly_named(stage: Stage) -> list[tuple[str, str]]:
    named = stage.gateway.world.named  # type: ignore[attr-defined]  # the world above
    assert named
    return [(method, name) for method, name in named if not re.fullmatch(FORMS[method], name)]


def _paths(text: str) -> dict[str, str]:
    """Routes with something of a stranger's choice in their path."""
    named = quote(text, safe="", errors="surrogatepass") or "x"
    tag, c2b = "0" * 32, security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE)
    return {
        "GET /v1/payments/{payment}": f"/v1/payments/{named}",
        "POST /v1/payments/{payment}/cancel": f"/v1/payments/{named}/cancel",
        "GET /v1/checkout/{payment}": f"/v1/checkout/{named}",
        "GET /pay/{code}": f"/pay/{named}",
        "GET /l/{code}": f"/l/{named}",
        "POST /in/stk/{payment}/{number}/{tag}": f"/in/stk/{named}/1/{tag}",
        "POST /in/c2b/{shortcode}/{tag}/confirmation": f"/in/c2b/{named}/{c2b}/confirmation",
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_in_a_path_names_an_item(text: str, stage: Stage) -> None:
    """From Safaricom's address and from elsewhere; raw and percent-encoded."""
    for key, path in _paths(text).items():
        for source in (FROM_SAFARICOM, FROM_ELSEWHERE):
            answer = stage.call(BY_KEY[key], path, bearer(SECRET), source)
            assert answer.status < 500, (key, answer)
    assert [] == _badly_named(stage)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_safaricom_tells_names_an_item(text: str, stage: Stage) -> None:
    """Receipt, reference, ids, name: of a callback and of a confirmation with the right tags."""
    said = {
        "MerchantRequestID": text, "CheckoutRequestID": text, "ResultCode": 0, "ResultDesc": text,
        "CallbackMetadata": {
            "Item": [{"Name": "Amount", "Value": 1500}, {"Name": "MpesaReceiptNumber", "Value": text}]
        },
    }  # fmt: skip
    told = {"TransID": text, "TransAmount": "100", "BusinessShortCode": text, "BillRefNumber": text, "FirstName": text}
    stk, c2b = "POST /in/stk/{payment}/{number}/{tag}", "POST /in/c2b/{shortcode}/{tag}/confirmation"
    tag = {"tag": security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE)}
    answers = [
        stage.call(BY_KEY[stk], stage.path(BY_KEY[stk], stage.mine), {}, body={"Body": {"stkCallback": said}}),
        stage.call(BY_KEY[c2b], stage.path(BY_KEY[c2b], stage.mine, **tag), {}, body=told),
        stage.call(BY_KEY[c2b], stage.path(BY_KEY[c2b], "", **tag), {}, body=told | {"TransID": "SGL31QW9XY"}),
    ]
    assert [200, 200, 200] == [answer.status for answer in answers]
    assert [] == _badly_named(stage)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_a_shop_writes_names_an_item(text: str, stage: Stage) -> None:
    """Idempotency key, bearer key, order, reference, cursor, receipt, phone."""
    create, listing = BY_KEY["POST /v1/payments"], BY_KEY["GET /v1/payments"]
    in_header = text.encode("utf-8", "replace").decode("latin-1").replace("\r\n", " ").replace("\x00", " ")
    bodies = [{"amount": 100, field: text} for field in ("order", "account_reference", "phone", "shortcode")]
    queries = [
        f"{name}={quote(text, errors='surrogatepass')}" for name in ("order", "account_reference", "receipt", "cursor")
    ]
    answers = [
        stage.call(create, "/v1/payments", bearer(SECRET) | {"idempotency-key": in_header}),
        stage.call(create, "/v1/payments", bearer(in_header)),
        *(stage.call(create, "/v1/payments", bearer(SECRET), body=json.dumps(body).encode()) for body in bodies),
        *(stage.call(listing, f"/v1/payments?{query}", bearer(SECRET)) for query in queries),
    ]
    assert [] == [answer for answer in answers if answer.status >= 500]
    assert [] == _badly_named(stage)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_owner_cannot_write_his_way_into_anothers_index(text: str) -> None:
    """What stands in front of the first `#` is the owner, or the shortcode, whatever follows."""
    order = items.order_key("shop", text)
    reference = items.reference_key("174379", text)
    assert ("shop", "174379") == (order.partition("#")[0], reference.partition("#")[0])
