"""Who may call what: every route that needs a credential, with every credential that is wrong for it."""

from __future__ import annotations

import re

import pytest

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.web.routes import ROUTES, Api, Credential, Route
from tests.memory_store import START_MS
from tests.unit.web.shop import OTHER_SECRET, READER, REVOKED, SECRET, Gateway

SHOP_ROUTES = [route for route in ROUTES if route.credential is Credential.SECRET_KEY]
BROWSER_ROUTES = [route for route in ROUTES if route.credential is Credential.CLIENT_TOKEN]
BODIES = {
    "RefundRequest": {"amount": 10},
    "PaymentRequest": {"amount": 1},
    "AttemptRequest": {"phone": "0712345678"},
    "PaymentChange": {"order": "1"},
    "NoteRequest": {"text": "came by"},
    "ClaimRequest": {"receipt": "SGL31QW9XY"},
}
SCOPES = frozenset(str(route.scope) for route in SHOP_ROUTES) | {"refunds:write"}
KEY = {"idempotency-key": "matrix"}


def _path(route: Route, payment: str) -> str:
    """The route's address for this payment; whatever else it names is of nobody."""
    named = {"payment": payment, "number": "1"}
    return re.sub(r"{(\w+)}", lambda part: named.get(part[1], "x"), route.path)


def _ids(routes: list[Route]) -> list[str]:
    return [route.key for route in routes]


@pytest.mark.parametrize("route", SHOP_ROUTES, ids=_ids(SHOP_ROUTES))
@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Basic c2s6", "key_invalid"),
        ("Bearer", "key_invalid"),
        ("Bearer sk_test_nobody_knows_this_key", "key_invalid"),
        (f"Bearer {SECRET[:-1]}", "key_invalid"),
        (f"Bearer {SECRET} x", "key_invalid"),
        ("Bearer pk_test_local_0000000001", "key_invalid"),
        ("Bearer ct_0.0.0", "key_invalid"),
        (f"Bearer {REVOKED}", "key_revoked"),
        ("Bearer sk_live_0123456789abcdef", "key_wrong_mode"),
    ],
)
def test_a_route_for_servers_takes_a_living_secret_key_only(
    gateway: Gateway, route: Route, header: str | None, code: str
) -> None:
    """401, before the body is read and without repeating the key."""
    payment = gateway.pay().json["id"]
    headers = {} if header is None else {"authorization": header}
    answer = gateway.call(route.method, _path(route, payment), b"not json", secret=None, headers=headers)
    assert (401, code) == (answer.status, answer.code)
    assert (header or "Bearer").split()[-1:] == ["Bearer"] or SECRET not in answer.body


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Bearer sk_test_wrong", "no whole one: it has 13 characters"),
        ("Bearer sk_test_nobody_knows_this_key", "no such secret key at this gateway. Was it copied whole"),
        ("Bearer sk_other", "begins with sk_test_ or sk_live_"),
        ("Bearer pk_test_local_0000000001", "a publishable key"),
        ("Bearer whsec_dGVzdA==", "the secret of a webhook endpoint"),
        ("Bearer $KEY", "the name of a variable"),
        ("Bearer", "Nothing stands behind Bearer"),
        ("Bearer 'sk_test_quoted_0000000000'", "without quotes"),
        ("Basic c2s6", "must be the word Bearer"),
    ],
)
def test_a_wrong_key_is_told_which_of_the_usual_mistakes_it_is(gateway: Gateway, header: str, words: str) -> None:
    """And nothing of it is repeated."""
    answer = gateway.call("GET", "/v1/payments", secret=None, headers={"authorization": header})
    assert (401, "key_invalid") == (answer.status, answer.code)
    assert words in answer.json["detail"]
    assert not header[7:] or header[7:] not in answer.json["detail"]


@pytest.mark.parametrize("route", SHOP_ROUTES, ids=_ids(SHOP_ROUTES))
def test_a_route_for_servers_takes_its_scope_only(gateway: Gateway, route: Route) -> None:
    """A key that may do everything but this is refused, and the scope is named."""
    payment = gateway.pay().json["id"]
    everything_else = SCOPES - {str(route.scope)}
    limited = ApiKey(id="key_x", owner="shop", livemode=False, publishable=False, scopes=everything_else)
    gateway.world.store.keys[security.secret_hash("sk_test_limited_key_1")] = limited
    body = BODIES.get(route.body or "")
    answer = gateway.call(route.method, _path(route, payment), body, secret="sk_test_limited_key_1", headers=KEY)
    assert (403, "scope_missing", True) == (answer.status, answer.code, str(route.scope) in answer.json["detail"])


OWNED = [route for route in SHOP_ROUTES if "{payment}" in route.path]


@pytest.mark.parametrize("route", OWNED, ids=_ids(OWNED))
@pytest.mark.parametrize("whose", ["other's", "nobody's", "malformed"])
def test_another_shops_payment_is_as_if_it_were_not_there(gateway: Gateway, route: Route, whose: str) -> None:
    """404 and not 403, the same words for both, and nothing changes."""
    mine = gateway.pay().json["id"]
    ids = {"other's": mine, "nobody's": "pay_" + "0" * 32, "malformed": "pay_1%27"}
    before = gateway.world.store.payments[mine]
    body = BODIES.get(route.body or "")
    answer = gateway.call(route.method, _path(route, ids[whose]), body, secret=OTHER_SECRET, headers=KEY)
    assert (404, "There is no payment with this id.") == (answer.status, answer.json["detail"])
    assert before == gateway.world.store.payments[mine]
    assert [] == gateway.world.daraja.pushes


def test_another_shops_payments_are_in_no_list(gateway: Gateway) -> None:
    """By any filter."""
    payment = gateway.pay(phone="0712345678", order="1", account_reference="A1").json["id"]
    gateway.callback(payment)
    queries = ("", "?order=1", "?account_reference=A1", "?receipt=SGL31QW9XY")
    lists = [gateway.call("GET", f"/v1/payments{query}", secret=OTHER_SECRET).json["data"] for query in queries]
    assert [[]] * 4 == lists


@pytest.mark.parametrize("route", BROWSER_ROUTES, ids=_ids(BROWSER_ROUTES))
def test_a_browser_route_takes_this_payments_token_only(gateway: Gateway, route: Route) -> None:
    """Missing, forged, a secret key, another's, expired: each by its code; nothing is read for a forgery."""
    payment = gateway.pay("one").json["id"]
    another = gateway.pay("two").json["id"]
    token = gateway.token(payment)
    forged = f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
    later = token.replace(token.split(".")[1], "9999999999")
    gateway.world.boundaries.clear()
    body = BODIES.get(route.body or "")

    def code(secret: str | None) -> tuple[int, str]:
        answer = gateway.call(route.method, _path(route, payment), body, secret=secret)
        return answer.status, answer.code

    assert (401, "key_missing") == code(None)
    assert [(401, "key_invalid")] * 4 == [code(secret) for secret in (SECRET, forged, later, "ct_é.1.x")]
    assert "Store.read_payment" not in gateway.world.boundaries
    assert (403, "token_wrong_payment") == code(gateway.token(another))
    gateway.world.ambient.at_ms = START_MS + 3 * 86_400_000
    assert (401, "token_expired") == code(token)


def test_a_reader_may_read_and_not_write(gateway: Gateway) -> None:
    """The scope of each route is its own."""
    payment = gateway.pay().json["id"]
    read = gateway.call("GET", f"/v1/payments/{payment}", secret=READER)
    cancel = gateway.call("POST", f"/v1/payments/{payment}/cancel", secret=READER)
    assert (200, "scope_missing") == (read.status, cancel.code)


def test_every_route_for_servers_names_a_scope() -> None:
    """Default deny: a route without a scope could be used by any key."""
    assert [] == [route.key for route in SHOP_ROUTES if not route.scope]
    assert {Api.SHOP} == {route.api for route in SHOP_ROUTES}
