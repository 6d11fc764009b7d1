"""A gateway of two shops in memory, everything that a caller may show, and every route called as AWS would call it.

A new route joins by its row in `web/routes.py`. A new name in a path, or a new kind of credential, fails with the
sentence that says what to add here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from gateway import security
from gateway.domain.identity import hex_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord
from gateway.domain.requests_sent import RequestName
from gateway.domain.sessions import Session
from gateway.domain.shop import ApiKey
from gateway.domain.staff import Member, Role
from gateway.flows.money_out.keep import out_indexed
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.ports import run
from gateway.settings import Settings
from gateway.web.routes import ROUTES, Api, Credential, Route
from tests import gateway_samples as sample
from tests.memory_store import KEYS, START_MS
from tests.simulation.safaricom import FROM_SAFARICOM
from tests.statement_files import Entry, portal_file
from tests.unit.intake_world import CALLBACK_ENVIRONMENT
from tests.unit.web.shop import (
    OTHER_PUBLISHABLE,
    OTHER_SECRET,
    PUBLISHABLE,
    REVOKED,
    SECRET,
    Context,
    Gateway,
    HandlerWorld,
    event_of,
)

SHORTCODE = "174379"
ALL_SCOPES = frozenset({route.scope for route in ROUTES if route.scope} | {"refunds:write", "payouts:write"})
EXPIRED_SECRET, LIVE_SECRET, FALSELY_LIVE = (
    "sk_test_expired_key_0001",
    "sk_live_own_key_00000001",
    "sk_test_live_key_00001",
)
SESSION = "5e55" * 16
"""What the cookie of an admin of our shop holds."""

LIMITED_SECRET, REVOKED_PUBLISHABLE = "sk_test_limited_key_0001", "pk_test_revoked_key_0001"
DAY_MS = 86_400_000
STATEMENT_PARTY = "254711987654 - ZAWADI WANGARIMAATHAI"
"""A payer whose number and last name nothing may tell (test_secrecy_of_routes.py)."""
RESULT = RequestName(call="balance", subject_id=f"bal_{'b' * 32}", number=1, asked_at_s=START_MS // 1000)
"""The request that the routes of results are called about."""
BODIES: Mapping[str, Any] = {
    "ResolveRequest": {"line": "line_" + "0" * 16, "note": "paid in by the owner"},
    "StatementRequest": {"bytes": 100},
    "ResolveManyRequest": {"kind": "unassigned", "note": "paid in by the owner"},
    "ReopenRequest": {"reason": "a receipt turned up"},
    "PaymentRequest": {"amount": 100},
    "AttemptRequest": {"phone": "0712345678"},
    "PromptRequest": {"phone": "0712345678"},
    "LinkPaymentRequest": {"nonce": "n" * 20},
    "LinkRequest": {"title": "Tickets", "amount": 100},
    "WebhookEndpointRequest": {"url": "https://shop.example/hook", "events": ["*"]},
    "ClaimRequest": {"receipt": "SGL31QW9XY"},
    "NoteRequest": {"text": "seen"},
    "PayoutRequest": {"amount": 100, "phone": "0712345678"},
    "PayoutFileRequest": {"name": "Wages", "csv": "phone,amount\n0712345678,100\n"},
    "AssignRequest": {"new_payment": {"order": "W-1"}},
    "RegisterRequest": {"dry_run": True},
    "IgnoreRequest": {"reason": "for another shop"},
    "RunRequest": {"day": "2026-03-02"},
}
"""A body that is good, by the model that the route names; an empty object where none is needed here."""


class SecurityWorld(HandlerWorld):
    """Also for the functions that read settings from their world."""

    settings = Settings(CALLBACK_ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a handler answered. location: of a redirect."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass
class Stage:
    """`mine` and `theirs`: what each of the two shops has, by the name that paths give it."""

    gateway: Gateway = field(default_factory=lambda: Gateway(world=SecurityWorld()))

    def __post_init__(self) -> None:
        """Keys of all kinds, and payments of both shops with a prompt on a phone."""
        self.gateway.environment = dict(CALLBACK_ENVIRONMENT)
        self._key(SECRET, "shop")
        self._key(OTHER_SECRET, "other")
        self._key(EXPIRED_SECRET, "shop", expires_at_ms=START_MS)
        self._key(LIVE_SECRET, "shop", livemode=True)
        self._key(FALSELY_LIVE, "shop", livemode=True)
        self._key(REVOKED, "shop", revoked=True)
        self._key(PUBLISHABLE, "shop", publishable=True)
        self._key(OTHER_PUBLISHABLE, "other", publishable=True)
        self._key(REVOKED_PUBLISHABLE, "shop", publishable=True, revoked=True)
        settings = self.gateway.world.store.settings
        for owner in ("shop", "other"):
            settings[owner] = replace(settings[owner], payout_shortcode="600998")
        self.mine = self._paid("mine", SECRET)
        self.another = self._paid("another", SECRET)
        self.theirs = self._paid("theirs", OTHER_SECRET)
        self._sign_in()
        self._links: dict[str, str] = {}
        self._endpoint = ""

    def _key(self, secret: str, owner: str, **changes: Any) -> None:
        values = {"livemode": False, "publishable": False, "scopes": ALL_SCOPES, **changes}
        key = ApiKey(id=f"key_{len(self.gateway.world.store.keys)}", owner=owner, **values)
        self.gateway.world.store.keys[security.secret_hash(secret)] = key

    def _sign_in(self) -> None:
        """An admin of our shop in a browser that signed in this moment."""
        member = Member(
            owner="shop", email="njeri@shop.example", name="Njeri", roles=frozenset(Role), added_by="command",
            added_at_ms=START_MS, issuer="https://issuer.example", subject="subject-njeri",
        )  # fmt: skip
        session = Session(
            hash=security.secret_hash(SESSION), owner=member.owner, email=member.email, person=member.person,
            member_version=member.version, started_at_ms=START_MS, seen_at_ms=START_MS, signed_in_at_ms=START_MS,
        )  # fmt: skip
        self.gateway.world.staff.members["shop", member.email] = member
        self.gateway.world.staff.sessions[session.hash] = session

    def waiting_payout(self) -> str:
        """The id of a payout of our shop that waits for approval."""
        asked = OutgoingAsked(
            id="out_" + "7" * 32, kind="payout", owner="shop", livemode=False, shortcode="600998", method="b2c",
            command="BusinessPayment", amount_kes=500, remarks="Wages", created_by="key_0", created_at_ms=START_MS,
            lapses_at_ms=START_MS + DAY_MS, fingerprint="1:waiting", phone="254711987654",
        )  # fmt: skip
        record = OutgoingRecord(asked, {}, version=1)
        indexed = out_indexed(record, outgoing_state(record), FlowSettings())
        self.gateway.world.outgoings.create_outgoing(record, indexed)
        return asked.id

    def waiting_refund(self, payment: str) -> str:
        """The id of a refund of our shop that waits for approval."""
        asked = OutgoingAsked(
            id="ref_" + "7" * 32, kind="refund", owner="shop", livemode=False, shortcode="174379", method="reversal",
            command="BusinessPayment", amount_kes=500, remarks="Refund", created_by="key_0", created_at_ms=START_MS,
            lapses_at_ms=START_MS + DAY_MS, fingerprint="1:waiting", payment=payment, original_receipt="SGL31QW9XY",
        )  # fmt: skip
        record = OutgoingRecord(asked, {}, version=1)
        indexed = out_indexed(record, outgoing_state(record), FlowSettings())
        self.gateway.world.outgoings.create_outgoing(record, indexed)
        return asked.id

    def payout_file(self) -> str:
        """The id of a file of payouts of our shop."""
        body = BODIES["PayoutFileRequest"]
        made = self.gateway.call("POST", "/v1/payouts/files", body, headers={"idempotency-key": "wages"})
        return str(made.json["id"])

    def statement(self) -> str:
        """The id of a statement of our shop, whose file lies there: with its payers' names and numbers."""
        made = self.gateway.call("POST", "/v1/reconciliation/statements", {"bytes": 100}).json["id"]
        row = Entry("SGL58STATE", START_MS - 2 * DAY_MS, reference="", party=STATEMENT_PARTY)
        file = portal_file([row], START_MS - 3 * DAY_MS, START_MS - DAY_MS)
        self.gateway.world.statementfiles.files["shop", made] = file
        return str(made)

    def limit_scopes(self, without: str | None) -> None:
        """From now on the limited key may do all but this."""
        self._key(LIMITED_SECRET, "shop", scopes=ALL_SCOPES - {str(without)})

    def _paid(self, key: str, secret: str) -> str:
        answer = self.gateway.call(
            "POST", "/v1/payments", {"amount": 1500}, secret=secret, headers={"idempotency-key": key}
        )
        return str(answer.json["id"])

    def link_code(self, secret: str = SECRET) -> str:
        """The code of a payment link of this shop, as its address has it."""
        if secret not in self._links:
            body = {"title": "Tickets", "amount": 100}
            made = self.gateway.call(
                "POST", "/v1/payment-links", body, secret=secret, headers={"idempotency-key": f"link-{secret}"}
            )
            self._links[secret] = str(made.json["url"]).rpartition("/")[2]
        return self._links[secret]

    def receipt(self) -> str:
        """Money that came to our till and waits: the Paybill is the other shop's as well."""
        told = replace(sample.money("SGK70PQ1AB"), shortcode="4000001", reference="")
        if told.receipt not in self.gateway.world.store.receipts:
            run(receive_money(told, FlowSettings()), self.gateway.world)
        return told.receipt

    def endpoint(self) -> str:
        """The id of a webhook endpoint of ours, with a delivery that was asked for as a test."""
        if not self._endpoint:
            made = self.gateway.call(
                "POST", "/v1/webhook-endpoints", BODIES["WebhookEndpointRequest"], headers={"idempotency-key": "hook"}
            )
            self._endpoint = str(made.json["id"])
            self.gateway.call("POST", f"/v1/webhook-endpoints/{self._endpoint}/test", {})
        return self._endpoint

    def delivery(self) -> str:
        """The id of that delivery."""
        self.endpoint()
        return next(iter(self.gateway.world.webhooks.deliveries), "dlv_" + "0" * 32)

    def key_id(self) -> str:
        """The id of a key of ours that was made by the API."""
        body = {"name": "Spare", "scopes": ["payments:read"]}
        made = self.gateway.call("POST", "/v1/keys", body, headers={"idempotency-key": "spare-key"})
        return str(made.json["id"])

    def path(self, route: Route, payment: str, **instead: str) -> str:
        """The route's path with something real in each place. instead: by name, other things in its places."""

        def value(found: re.Match[str]) -> str:
            name = found[1]
            make = PLACES.get((route.path.split("/")[1], name)) or PLACES.get(("", name))
            assert make is not None, f"{route.key}: say in tests/security/stage.py what {{{name}}} stands for (PLACES)."
            return instead.get(name) or make(self, payment)

        return re.sub(r"\{(\w+)\+?\}", value, route.path)

    def call(
        self, route: Route, path: str, headers: Mapping[str, str], source: str = FROM_SAFARICOM, body: Any = None
    ) -> Answered:
        """Call the handler of a route as API Gateway would. body: a good one when absent."""
        sent = BODIES.get(route.body or "", {}) if body is None else body
        all_headers = {"host": "localhost:7070", "idempotency-key": "matrix-0001", **headers}
        event = event_of(route.method, path, sent, all_headers)
        event |= {"routeKey": route.key, "pathParameters": parameters_of(route, path.partition("?")[0])}
        event["requestContext"] |= {"routeKey": route.key}
        event["requestContext"]["http"] |= {"sourceIp": source}
        with self.gateway.inside(route.function) as app:
            answer = app.handler(event, Context())
        raw = answer["body"]
        text = base64.b64decode(raw).decode("utf-8", "replace") if answer["isBase64Encoded"] else raw
        return Answered(answer["statusCode"], text, answer["headers"])

    def standing(self) -> dict[str, str]:
        """Everything that is stored, queued, published or sent, to be compared with later."""
        ports = {name: port for name, port in vars(self.gateway.world).items() if name not in NOT_THE_WORLD}
        return {
            f"{name}.{part}": repr(value)
            for name, port in ports.items()
            for part, value in getattr(port, "__dict__", {}).items()
            if not callable(value) and part not in ("_lock", "own")
        }


NOT_THE_WORLD = frozenset({"ambient", "boundaries", "fail_next", "after"})
Make = Callable[[Stage, str], str]
PLACES: dict[tuple[str, str], Make] = {
    ("", "payment"): lambda _, payment: payment,
    ("in", "payment"): lambda _, payment: hex_of(payment),
    ("", "number"): lambda *_: "1",
    ("", "n"): lambda *_: "1",
    ("pay", "code"): lambda _, payment: security.page_code(KEYS.client_token, payment),
    ("l", "code"): lambda stage, _: stage.link_code(),
    ("v1", "code"): lambda stage, _: stage.link_code(),
    ("", "receipt"): lambda stage, _: stage.receipt(),
    ("", "link"): lambda stage, _: "plink_" + stage.link_code().partition(".")[0],
    ("", "payout"): lambda stage, _: stage.waiting_payout(),
    ("", "refund"): lambda stage, payment: stage.waiting_refund(payment),
    ("v1", "file"): lambda stage, _: stage.payout_file(),
    ("", "endpoint"): lambda stage, _: stage.endpoint(),
    ("", "key"): lambda stage, _: stage.key_id(),
    ("", "delivery"): lambda stage, _: stage.delivery(),
    ("", "page"): lambda *_: "errors",
    ("", "day"): lambda *_: "2026-03-02",
    ("", "statement"): lambda stage, _: stage.statement(),
    ("", "proxy"): lambda _, payment: payment,
    ("", "version"): lambda *_: "v1",
    ("", "file"): lambda *_: "mpesa.js",
    ("", "shortcode"): lambda *_: SHORTCODE,
    ("in", "call"): lambda *_: RESULT.in_url.split("/")[0],
    ("in", "subject"): lambda *_: RESULT.in_url.split("/")[1],
    ("in", "asked"): lambda *_: RESULT.in_url.split("/")[3],
    ("in", "tag"): lambda _, payment: security.stk_tag(KEYS.tags[0], payment, 1),
}
"""What stands in a path's places, by the path's first word (or none) and the place's name."""


def parameters_of(route: Route, path: str) -> dict[str, str]:
    """The path's parameters as API Gateway finds them."""
    pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", route.path)
    found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), path)
    assert found is not None, (route.path, path)
    return found.groupdict()


def bearer(secret: str) -> dict[str, str]:
    """The header that carries a key or a token."""
    return {"authorization": f"Bearer {secret}"}


def flipped(text: str) -> str:
    """The same with one bit of its last character turned over."""
    return text[:-1] + chr(ord(text[-1]) ^ 1)


def shown_headers(stage: Stage, route: Route) -> dict[str, dict[str, str]]:
    """By name, everything that a caller may show in headers."""
    mine, another, token_key = stage.mine, stage.another, KEYS.client_token
    good_until, token = START_MS + DAY_MS, security.client_token(token_key, mine, START_MS + DAY_MS)
    form = security.form_token(token_key, mine, 1)
    stage.limit_scopes(route.scope)
    return {
        "nothing": {},
        "own key": bearer(SECRET),
        "own key without the scope": bearer(LIMITED_SECRET),
        "own key, revoked": bearer(REVOKED),
        "own key, expired": bearer(EXPIRED_SECRET),
        "own key for real money": bearer(LIVE_SECRET),
        "own key for real money, spelt as a test key": bearer(FALSELY_LIVE),
        "own key, cut short": bearer(SECRET[:-1]),
        "own key, one bit turned": bearer(flipped(SECRET)),
        "own key in capitals": bearer(SECRET.upper()),
        "own key twice": bearer(f"{SECRET} {SECRET}"),
        "what is stored of the own key": bearer(security.secret_hash(SECRET)),
        "own key as a cookie": {"cookie": f"authorization={SECRET}; key={SECRET}"},
        "own key by Basic": {"authorization": "Basic " + base64.b64encode(f"{SECRET}:".encode()).decode()},
        "own key in another header": {"x-api-key": SECRET, "x-form-token": SECRET},
        "other shop's key": bearer(OTHER_SECRET),
        "publishable key": bearer(PUBLISHABLE),
        "publishable key, revoked": bearer(REVOKED_PUBLISHABLE),
        "publishable key, cut short": bearer(PUBLISHABLE[:-1]),
        "other shop's publishable key": bearer(OTHER_PUBLISHABLE),
        "client token": bearer(token),
        "client token of another payment": bearer(security.client_token(token_key, another, good_until)),
        "client token, expired": bearer(security.client_token(token_key, mine, START_MS - 1_000)),
        "client token, cut short": bearer(token[:-1]),
        "client token, one bit turned": bearer(flipped(token)),
        "client token, made to last longer": bearer(token.replace(token.split(".")[1], "9999999999")),
        "client token of another key": bearer(security.client_token(KEYS.id, mine, good_until)),
        "form token": {"x-form-token": form},
        "form token of another payment": {"x-form-token": security.form_token(token_key, another, 1)},
        "form token, cut short": {"x-form-token": form[:-1]},
        "page code": bearer(security.page_code(token_key, mine)),
        "callback tag": bearer(security.stk_tag(KEYS.tags[0], mine, 1)),
    }


LETS_IN_HEADERS: Mapping[Credential, Callable[[Stage], dict[str, str]]] = {
    Credential.SECRET_KEY: lambda _: bearer(SECRET),
    Credential.CLIENT_TOKEN: lambda stage: bearer(stage.gateway.token(stage.mine)),
    Credential.PUBLISHABLE_KEY: lambda _: bearer(PUBLISHABLE),
    Credential.SESSION: lambda stage: {"cookie": f"__Host-session={SESSION}", "origin": "https://localhost:7070"},
}
"""The header that opens a route, by kind of credential; the others are opened by their path, or are open."""


def wrong_paths(stage: Stage, route: Route) -> dict[str, str]:
    """By name, paths whose code or tag is not that of the thing they name. Empty for routes without one."""
    names = re.findall(r"\{(code|tag)\}", route.path)
    if not names:
        return {}
    (name,) = names
    good = re.search(
        re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path), stage.path(route, stage.mine, **own_tag(route))
    )
    assert good is not None
    right = good[name]
    hex_id, mac = right[:32], right[-32:]
    prefix = right[: -len(mac)]
    wrong = {
        "cut short": right[:-1],
        "one longer": right + "0",
        "in capitals": prefix + mac.upper() if mac.upper() != mac else prefix + "A" * 32,
        "zeros": prefix + "0" * 32,
        "a bit turned in the first character": prefix + flipped(mac[0]) + mac[1:],
        "a bit turned in the last character": flipped(right),
        "of another payment": prefix + security.stk_tag(KEYS.tags[0], stage.another, 1),
        "of a page": prefix + security.page_code(KEYS.client_token, stage.another).rpartition(".")[2],
        "of another attempt": prefix + security.stk_tag(KEYS.tags[0], stage.mine, 2),
        "of another shortcode": prefix + security.c2b_tag(KEYS.c2b_tags[0], "600998"),
        "of another key": prefix + security.stk_tag(b"x" * 32, stage.mine, 1),
        "of a form": prefix + security.form_token(KEYS.client_token, stage.mine, 1),
        "no mac at all": hex_id,
        "not ASCII": prefix + "é" * 32,
        "control characters": prefix + "\x00" * 32,
    }
    return {why: stage.path(route, stage.mine, **{name: one}) for why, one in wrong.items() if one != right}


def form_tokens(stage: Stage) -> dict[str, str]:
    """By the path of the route that takes it, the token that its form carries."""
    key = KEYS.client_token
    return {
        "/pay/{code}/prompt": security.form_token(key, stage.mine, 1),
        "/pay/{code}/claim": security.claim_token(key, stage.mine),
        "/l/{code}": security.link_form_token(key, stage.link_code()),
        **{route.path: console_token() for route in ROUTES if route.is_of_console},
    }


def console_token() -> str:
    """What the forms of the admin's sign-in carry."""
    return security.signature(KEYS.client_token, "console-form", security.secret_hash(SESSION))


def form_of(token: str) -> bytes:
    """What a form of our pages posts, with the fields of all of them."""
    fields = {"token": token, "number": "1", "phone": "0712345678", "receipt": "SGL31QW9XY", "nonce": "n" * 32}
    fields |= {"name": "Spare", "kind": "secret", "scope-payments:read": "yes", "since": "2026-03-02T09:00"}
    return urlencode(fields).encode()


def own_tag(route: Route) -> dict[str, str]:
    """The tag of the shop's C2B addresses, or of a request's result, for the routes that take it."""
    if route.path.startswith("/in/c2b/"):
        return {"tag": security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE)}
    of_results = route.path.startswith(("/in/result/", "/in/timeout/"))
    return {"tag": security.result_tag(KEYS.tags[0], RESULT)} if of_results else {}


def is_of_callbacks(route: Route) -> bool:
    """Whether Safaricom calls it."""
    return route.api is Api.CALLBACK
