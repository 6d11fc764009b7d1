"""Reads, lists, cancel and check; the payer's view; CORS; health, documents, and what no route takes."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from gateway.ports import SecretsUnavailable, StoreUnavailable
from tests.memory_store import START_MS
from tests.unit.web.shop import ORIGIN, Gateway

PHONE = {"phone": "0712345678"}
DAY_MS = 86_400_000


def test_a_payment_reads_as_unchanged_until_it_changes(gateway: Gateway) -> None:
    """ETag is the version; the same version is a 304 without a body."""
    payment = gateway.pay(**PHONE).json["id"]
    etag = gateway.call("GET", f"/v1/payments/{payment}").headers["ETag"]
    unchanged = gateway.call("GET", f"/v1/payments/{payment}", headers={"if-none-match": f'W/{etag}, "0"'})
    gateway.callback(payment)
    changed = gateway.call("GET", f"/v1/payments/{payment}", headers={"if-none-match": etag})
    assert (304, "", 200) == (unchanged.status, unchanged.body, changed.status)


def test_a_paid_payment_tells_receipt_credit_and_that_goods_may_go(gateway: Gateway) -> None:
    """Exactly what the shop needs."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment)
    read = gateway.call("GET", f"/v1/payments/{payment}").json
    assert ("paid", True, "SGL31QW9XY", 1500) == (
        read["status"],
        read["safe_to_fulfil"],
        read["receipt"],
        read["amount_received"],
    )
    assert [("SGL31QW9XY", 1500, "callback")] == [(c["receipt"], c["amount"], c["source"]) for c in read["credits"]]


def test_a_failure_is_told_to_developer_and_payer(gateway: Gateway) -> None:
    """Safaricom's code is kept; the payer's sentence is there in both languages."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment, code="1")
    failure = gateway.call("GET", f"/v1/payments/{payment}").json["failure"]
    assert ("insufficient_funds", "1", "payer") == (failure["code"], failure["mpesa_code"], failure["who"])
    assert "M-PESA answered 1:" in failure["message"]
    assert failure["payer_message"]["en"].startswith("There is not enough money")


def test_the_whole_number_is_told_on_request_and_the_read_is_reported(gateway: Gateway) -> None:
    """Masked in object, ids and history; whole with include=phone, which is noted with the key."""
    payment = gateway.pay(**PHONE).json["id"]
    masked = gateway.call("GET", f"/v1/payments/{payment}?include=history").body
    assert "712345678" not in masked
    assert [] == gateway.world.ambient.reports[1:]
    whole = gateway.call("GET", f"/v1/payments/{payment}?include=history,phone")
    assert "254712345678" == whole.json["attempts"][0]["phone"]
    assert ("phone_read", {"payment": payment, "key": "key_shop"}) == gateway.world.ambient.reports[-1]


def test_the_history_tells_each_fact_in_words(gateway: Gateway) -> None:
    """Oldest first, with who said it."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment)
    history = gateway.call("GET", f"/v1/payments/{payment}?include=history").json["history"]
    assert ["api", "api", "callback", "push"] == sorted(entry["source"] for entry in history)
    assert "key_shop" == history[0]["actor"]
    assert any("with receipt SGL31QW9XY" in entry["text"] for entry in history)


@pytest.mark.parametrize("query", ["include=all", "include=", "expand=1", "include=history&include=phone"])
def test_an_unknown_parameter_is_told(gateway: Gateway, query: str) -> None:
    """A typo must not be ignored."""
    payment = gateway.pay().json["id"]
    assert 422 == gateway.call("GET", f"/v1/payments/{payment}?{query}").status


def test_each_primary_filter_finds_the_payment(gateway: Gateway) -> None:
    """By order, reference in any case, receipt, and day in Nairobi."""
    payment = gateway.pay(**PHONE, order="A/7 é", account_reference="INV7").json["id"]
    gateway.callback(payment)
    gateway.pay("another")
    queries = (f"order={quote('A/7 é')}", "account_reference=inv7", "receipt=sgl31qw9xy", "day=2026-03-02&status=paid")
    found = [gateway.call("GET", f"/v1/payments?{query}").json["data"] for query in queries]
    assert [[payment]] * 4 == [[one["id"] for one in data] for data in found]


def test_secondary_filters_narrow_the_list(gateway: Gateway) -> None:
    """Status, amount and the last digits of the phone."""
    gateway.pay("one", amount=100)
    wanted = gateway.pay("two", **PHONE).json["id"]
    queries = ("status=pending", "amount=1500", "phone_last3=678")
    found = [gateway.call("GET", f"/v1/payments?{query}").json["data"] for query in queries]
    assert [[wanted]] * 3 == [[one["id"] for one in data] for data in found]
    assert [] == gateway.call("GET", "/v1/payments?flag=overpaid").json["data"]


def test_a_list_is_walked_by_its_cursor_without_gap_or_repeat(gateway: Gateway) -> None:
    """Newest first, two at a time, also where a filter leaves some out."""
    made = []
    for number in range(5):
        gateway.world.ambient.at_ms += 1000
        made.append(gateway.pay(f"key-{number}").json["id"])
    walked: list[str] = []
    query = "limit=2&status=open"
    while query:
        page = gateway.call("GET", f"/v1/payments?{query}").json
        walked += [one["id"] for one in page["data"]]
        query = f"limit=2&status=open&cursor={page['next_cursor']}" * page["has_more"]
    assert made[::-1] == walked


def test_a_cursor_is_good_for_its_own_list_alone(gateway: Gateway) -> None:
    """Neither made up nor carried over to another filter."""
    for number in range(2):
        gateway.world.ambient.at_ms += 1000
        gateway.pay(f"key-{number}", account_reference="SAME")
    cursor = gateway.call("GET", "/v1/payments?limit=1").json["next_cursor"]
    queries = (f"account_reference=SAME&cursor={cursor}", "cursor=abc", f"cursor={cursor}0", "cursor=é.é")
    assert ["cursor_invalid"] * 4 == [gateway.call("GET", f"/v1/payments?{query}").code for query in queries]


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-02-30",
        "day=today",
        "order=1&day=2026-03-02",
        "limit=0",
        "limit=101",
        "status=done",
        "phone=0712345678",
    ],
)
def test_a_list_that_cannot_be_made_is_told(gateway: Gateway, query: str) -> None:
    """422 with the parameter; a phone number is no parameter."""
    answer = gateway.call("GET", f"/v1/payments?{query}")
    assert 422 == answer.status
    assert "712345678" not in answer.body


def test_without_a_filter_the_list_is_todays(gateway: Gateway) -> None:
    """Today as Nairobi counts."""
    gateway.pay()
    gateway.world.ambient.at_ms += DAY_MS
    assert [] == gateway.call("GET", "/v1/payments").json["data"]


def test_cancelling_twice_is_as_good_as_once(gateway: Gateway) -> None:
    """200 both times."""
    payment = gateway.pay().json["id"]
    answers = [gateway.call("POST", f"/v1/payments/{payment}/cancel") for _ in range(2)]
    assert [(200, "cancelled")] * 2 == [(answer.status, answer.json["status"]) for answer in answers]


def test_a_live_prompt_and_a_paid_payment_cannot_be_cancelled(gateway: Gateway) -> None:
    """A prompt cannot be called back; money goes back by a refund."""
    payment = gateway.pay(**PHONE).json["id"]
    live = gateway.call("POST", f"/v1/payments/{payment}/cancel")
    gateway.callback(payment)
    assert ("prompt_live", "203") == (live.code, live.headers["Retry-After"])
    assert "already_paid" == gateway.call("POST", f"/v1/payments/{payment}/cancel").code


def test_routes_without_fields_take_none(gateway: Gateway) -> None:
    """An empty object is nothing; a field is a mistake."""
    payment = gateway.pay().json["id"]
    path = f"/v1/payments/{payment}/cancel"
    assert "unknown_field" == gateway.call("POST", path, {"reason": "x"}).code
    assert 200 == gateway.call("POST", path, {}, headers={"idempotency-key": '"c-1"'}).status


def test_a_check_is_queued_once_in_ten_seconds(gateway: Gateway) -> None:
    """202 each time; one note on the queue."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.world.ambient.at_ms += 20_000
    answers = [gateway.call("POST", f"/v1/payments/{payment}/check").status for _ in range(3)]
    assert ([202] * 3, 1) == (answers, len(gateway.world.queues.checks))


def test_a_waiting_payers_poll_makes_a_due_check_happen(gateway: Gateway) -> None:
    """Not before it is due."""
    payment = gateway.pay(**PHONE).json["id"]
    path, token = f"/v1/checkout/{payment}", gateway.token(payment)
    gateway.call("GET", path, secret=token)
    early = len(gateway.world.queues.checks)
    gateway.world.ambient.at_ms += 26_000
    gateway.call("GET", path, secret=token)
    assert (0, 1) == (early, len(gateway.world.queues.checks))


def test_the_payers_view_changes_its_tag_with_the_clock(gateway: Gateway) -> None:
    """The count-down ends without a new version: the screen is part of the ETag."""
    payment = gateway.pay(**PHONE).json["id"]
    path, token = f"/v1/checkout/{payment}", gateway.token(payment)
    first = gateway.call("GET", path, secret=token).headers["ETag"]
    same = gateway.call("GET", path, secret=token, headers={"if-none-match": first})
    gateway.world.ambient.at_ms += 61_000
    later = gateway.call("GET", path, secret=token, headers={"if-none-match": first})
    assert ('"2.check_phone"', 304, "waiting") == (first, same.status, later.json["screen"])


def test_the_payers_view_speaks_the_wanted_language(gateway: Gateway) -> None:
    """`?lang=` before the browser's."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment, code="1032")
    path, token = f"/v1/checkout/{payment}?lang=sw", gateway.token(payment)
    failure = gateway.call("GET", path, secret=token, headers={"accept-language": "en"}).json["failure"]
    assert failure["payer_message"].startswith("Ombi")


def test_a_preflight_of_the_shops_origin_is_granted(gateway: Gateway) -> None:
    """With methods, headers and time, and without credentials."""
    payment = gateway.pay().json["id"]
    answer = gateway.call("OPTIONS", f"/v1/checkout/{payment}/attempts/1", secret=None, headers={"origin": ORIGIN})
    granted = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")}
    assert (204, ORIGIN, "7200") == (
        answer.status,
        granted["Access-Control-Allow-Origin"],
        granted["Access-Control-Max-Age"],
    )
    assert "Access-Control-Allow-Credentials" not in granted


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example"])
def test_a_preflight_of_another_origin_is_not_granted(gateway: Gateway, origin: str) -> None:
    """204 without permission; so is one for a payment that does not exist."""
    payment = gateway.pay().json["id"]
    paths = (f"/v1/checkout/{payment}", f"/v1/checkout/pay_{'0' * 32}", "/v1/checkout/x")
    answers = [gateway.call("OPTIONS", path, secret=None, headers={"origin": origin}) for path in paths]
    assert not any(name.startswith("Access-Control") for answer in answers for name in answer.headers)


def test_routes_for_servers_have_no_cors_headers(gateway: Gateway) -> None:
    """A secret key in a browser fails at once."""
    answer = gateway.call("GET", "/v1/payments", headers={"origin": ORIGIN})
    assert not any(name.startswith("Access-Control") for name in answer.headers)


def test_health_is_public_and_says_when_the_table_is_silent(gateway: Gateway) -> None:
    """200 ok, 503 down."""
    well = gateway.call("GET", "/health", secret=None)
    gateway.world.fail_next["Store.read_token_lease"].append(StoreUnavailable("down"))
    ill = gateway.call("GET", "/health", secret=None)
    assert ((200, "ok"), (503, "down")) == ((well.status, well.json["status"]), (ill.status, ill.json["status"]))


def test_the_health_report_names_the_part_that_is_ill(gateway: Gateway) -> None:
    """Each part by itself: one that cannot be read does not hide the others."""
    gateway.pay(**PHONE)
    gateway.world.ambient.at_ms += 5 * 60_000
    report = gateway.call("GET", "/v1/health").json
    assert ("degraded", "degraded", "ok") == (
        report["status"],
        report["parts"]["due"]["state"],
        report["parts"]["storage"]["state"],
    )
    assert "2026-03-02T09:15:29Z" == report["parts"]["due"]["since"]
    gateway.world.fail_next["Secrets.read_keys"].append(SecretsUnavailable("denied"))
    assert "down" == gateway.call("GET", "/v1/health").json["parts"]["secrets"]["state"]


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("GET", "/", 404, None),
        ("GET", "/v1/payments/", 404, None),
        ("DELETE", "/v1/payments", 405, "GET, POST"),
        ("POST", "/health", 405, "GET"),
        ("HEAD", "/docs", 405, "GET"),
        ("POST", "/v1/checkout/x/attempts/1", 405, "OPTIONS, PUT"),
        ("POST", "/in/stk/a/1/b", 404, None),
    ],
)
def test_what_no_route_takes_is_a_problem(
    gateway: Gateway, method: str, path: str, status: int, allow: str | None
) -> None:
    """404, or 405 with the methods that the address takes."""
    answer = gateway.call(method, path, secret=None)
    assert (status, allow) == (answer.status, answer.headers.get("Allow"))
    assert "application/problem+json" == answer.headers["Content-Type"]


def test_documents_are_pages_without_script(gateway: Gateway) -> None:
    """Routes, errors, health; nothing is loaded from elsewhere."""
    pages = [gateway.call("GET", path, secret=None) for path in ("/docs", "/docs/errors", "/docs/health")]
    assert [200] * 3 == [page.status for page in pages]
    assert not any("<script" in page.body or "src=" in page.body for page in pages)
    assert 404 == gateway.call("GET", "/docs/../settings", secret=None).status
    assert gateway.world.ambient.at_ms == START_MS
