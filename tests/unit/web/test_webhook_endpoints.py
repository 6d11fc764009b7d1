"""The API of webhook endpoints: what it takes, what it refuses and how it says so; secrets are shown once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.settings import Settings
from gateway.web.webhook_routes import WEBHOOK_ROUTES
from tests.memory_store import START_MS
from tests.memory_webhooks import answering
from tests.unit.web.shop import Answered, Context, Gateway, HandlerWorld

SECRET, OTHER_SECRET, WITHOUT_SCOPE = (f"sk_test_local_hooks_of_{name}_0001" for name in ("shop", "other", "nobody"))
URL = "https://shop.example/api/mpesa"
PATH = "/v1/webhook-endpoints"


class HooksWorld(HandlerWorld):
    """As the delivery function finds its settings."""

    settings = Settings({"WEBHOOK_LOOPBACK": "false", "NO_ANSWER_PAUSES_S": "0"})


class Hooks:
    """A gateway whose keys may do webhooks; the delivery function runs when told."""

    def __init__(self) -> None:
        self.gateway = Gateway(world=HooksWorld())
        self.world = self.gateway.world
        self.gateway.environment |= {"WEBHOOK_LOOPBACK": "false"}
        for secret, owner in ((SECRET, "shop"), (OTHER_SECRET, "other")):
            self._key(secret, owner, "webhooks:write")
        self._key(WITHOUT_SCOPE, "shop", "payments:write")

    def _key(self, secret: str, owner: str, scope: str) -> None:
        key = ApiKey(id=f"key_{owner}", owner=owner, livemode=False, publishable=False, scopes=frozenset({scope}))
        self.world.store.keys[security.secret_hash(secret)] = key

    def call(self, method: str, path: str = "", body: Any = None, secret: str = SECRET, **headers: str) -> Answered:
        """Call a route under the endpoints' path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.gateway.call(method, PATH + path, body, secret=secret, headers=named)

    def make(self, **fields: Any) -> dict[str, Any]:
        """An endpoint."""
        answered = self.call("POST", body={"url": URL, **fields})
        assert answered.status == 201, answered.body
        return dict(answered.json)

    def deliver(self) -> None:
        """Hand out every message that waits, as SQS does."""
        for _ in range(3):
            texts = [text for _, text in (*self.world.webhooks.queue, *self.world.webhooks.later)]
            self.world.webhooks.queue, self.world.webhooks.later = [], []
            records = [{"messageId": str(index), "body": text} for index, text in enumerate(texts)]
            with self.gateway.inside("webhook_delivery") as app:
                assert app.handler({"Records": records}, Context()) == {"batchItemFailures": []}


@pytest.fixture
def hooks() -> Hooks:
    """Nothing is stored yet."""
    return Hooks()


# --- making and changing ----------------------------------------------------------------------------------------------


def test_an_endpoint_is_made_and_its_secret_is_shown_once(hooks: Hooks) -> None:
    """32 bytes of chance, as the standard writes them; no later answer has it."""
    made = hooks.make(events=["payment.paid", "payment.*"], description="Shop's backend")

    assert (URL, ["payment.paid", "payment.*"], "enabled") == (made["url"], made["events"], made["status"])
    assert 32 == len(Webhook(made["secret"])._whsecret)
    later = [hooks.call("GET").body, hooks.call("GET", f"/{made['id']}").body]
    assert [] == [text for text in later if "whsec_" in text]


def test_a_change_names_single_fields(hooks: Hooks) -> None:
    """What is not named stays."""
    made = hooks.make(description="old")
    changed = hooks.call("PATCH", f"/{made['id']}", {"url": "https://two.example/", "events": ["*"]}).json

    assert ("https://two.example/", ["*"], "old") == (changed["url"], changed["events"], changed["description"])


def test_an_endpoint_is_disabled_and_enabled_by_hand(hooks: Hooks) -> None:
    """`by_shop` is its reason, and enabling wipes the slate."""
    made = hooks.make()
    off = hooks.call("PATCH", f"/{made['id']}", {"enabled": False}).json
    on = hooks.call("PATCH", f"/{made['id']}", {"enabled": True}).json

    assert ("disabled", "by_shop") == (off["status"], off["disabled_reason"])
    assert ("enabled", None) == (on["status"], on["disabled_reason"])


def test_a_deleted_endpoint_is_gone(hooks: Hooks) -> None:
    """From the list, too."""
    made = hooks.make()
    assert hooks.call("DELETE", f"/{made['id']}").json["deleted"] is True
    assert (404, []) == (hooks.call("GET", f"/{made['id']}").status, hooks.call("GET").json["data"])


def test_a_repeated_request_with_its_key_makes_no_second_endpoint(hooks: Hooks) -> None:
    """The repetition tells no secret: who lost it rotates it. Another body under the key is refused."""
    first = hooks.call("POST", body={"url": URL}, idempotency_key="setup-1")
    again = hooks.call("POST", body={"url": URL}, idempotency_key="setup-1")
    other = hooks.call("POST", body={"url": "https://two.example/"}, idempotency_key="setup-1")

    assert (201, 200, 422) == (first.status, again.status, other.status)
    assert first.json["id"] == again.json["id"]
    assert ("secret" in first.json, "secret" in again.json) == (True, False)
    assert "idempotency_key_reused" == other.code
    assert 1 == len(hooks.call("GET").json["data"])


def test_a_rotation_shows_a_new_secret_and_says_until_when_the_old_one_signs(hooks: Hooks) -> None:
    """A day."""
    made = hooks.make()
    rotated = hooks.call("POST", f"/{made['id']}/rotate-secret").json

    assert rotated["secret"] not in ("", made["secret"])
    until = datetime.fromtimestamp(START_MS // 1000 + 86_400, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert until == rotated["old_secret_until"]


# --- refusals: each code of these routes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "field_missing", "url"),
        ({"url": 5}, "field_invalid", "url"),
        ({"url": ""}, "field_invalid", "url"),
        ({"url": URL, "events": []}, "field_invalid", "events"),
        ({"url": URL, "events": "payment.*"}, "field_invalid", "events"),
        ({"url": URL, "events": ["payment.payed"]}, "field_invalid", "events"),
        ({"url": URL, "events": ["payment.paid"] * 31}, "field_invalid", "events"),
        ({"url": URL, "description": "a" * 201}, "field_invalid", "description"),
        ({"url": URL, "description": "a\nb"}, "field_invalid", "description"),
        ({"url": URL, "secret": "whsec_mine"}, "unknown_field", "secret"),
        ({"url": "http://shop.example/"}, "webhook_url_refused", "url"),
        ({"url": "https://169.254.169.254/latest"}, "webhook_url_refused", "url"),
        ({"url": "https://2130706433/"}, "webhook_url_refused", "url"),
        ({"url": "http://127.0.0.1:7071/"}, "webhook_url_refused", "url"),
    ],
)
def test_a_bad_field_is_named_with_its_code(hooks: Hooks, body: Any, code: str, param: str) -> None:
    """422, and nothing is stored."""
    answered = hooks.call("POST", body=body)

    assert (422, code, param) == (answered.status, answered.code, answered.json["param"])
    assert [] == hooks.call("GET").json["data"]


@pytest.mark.parametrize(
    "addresses", [("10.0.0.5",), ("93.184.215.14", "127.0.0.1"), None], ids=["inner", "mixed", "none"]
)
def test_a_name_that_leads_inside_or_nowhere_is_refused_when_the_endpoint_is_made(hooks: Hooks, addresses: Any) -> None:
    """Looked up at once, so that a shop learns of a mistake while it looks."""
    hooks.world.names.known["shop.example"] = addresses
    answered = hooks.call("POST", body={"url": URL})

    assert (422, "webhook_url_refused") == (answered.status, answered.code)


def test_a_change_of_the_address_is_judged_as_well(hooks: Hooks) -> None:
    """Else PATCH would be the way in."""
    made = hooks.make()
    answered = hooks.call("PATCH", f"/{made['id']}", {"url": "https://10.0.0.1/"})

    assert ("webhook_url_refused", URL) == (answered.code, hooks.call("GET", f"/{made['id']}").json["url"])


def test_another_address_begins_with_a_clean_slate(hooks: Hooks) -> None:
    """What the old one did is no reason to let the new one wait."""
    made = hooks.make()
    hooks.world.sender.servers["shop.example"] = answering(500)
    hooks.call("POST", f"/{made['id']}/test")
    hooks.deliver()
    failing = hooks.call("GET", f"/{made['id']}").json["failing_since"]
    changed = hooks.call("PATCH", f"/{made['id']}", {"url": "https://two.example/"}).json

    assert failing is not None
    assert changed["failing_since"] is None


def test_the_eleventh_endpoint_is_refused(hooks: Hooks) -> None:
    """409, with what to do."""
    for number in range(10):
        hooks.make(url=f"https://shop{number}.example/")
    answered = hooks.call("POST", body={"url": URL})

    assert (409, "too_many_endpoints") == (answered.status, answered.code)


def test_a_key_without_the_scope_is_refused_on_every_route(hooks: Hooks) -> None:
    """403, naming it."""
    made = hooks.make()
    for route in WEBHOOK_ROUTES:
        path = route.path.replace("{endpoint}", made["id"]).replace("{delivery}", "dlv_1").removeprefix(PATH)
        answered = hooks.call(route.method, path, secret=WITHOUT_SCOPE)
        assert (403, "scope_missing") == (answered.status, answered.code)
        assert "webhooks:write" in answered.json["detail"]


def test_another_shop_finds_nothing_on_any_route(hooks: Hooks) -> None:
    """404 as for what does not exist: ids cannot be probed."""
    made = hooks.make()
    hooks.call("POST", f"/{made['id']}/test")
    hooks.deliver()
    [delivery] = hooks.call("GET", f"/{made['id']}/deliveries").json["data"]
    for route in WEBHOOK_ROUTES[2:]:
        path = route.path.replace("{endpoint}", made["id"]).replace("{delivery}", delivery["id"]).removeprefix(PATH)
        body = {"url": URL} if route.method == "PATCH" else None
        answered = hooks.call(route.method, path, body, secret=OTHER_SECRET)
        assert (404, "not_found") == (answered.status, answered.code)
    assert [] == hooks.call("GET", secret=OTHER_SECRET).json["data"]


@pytest.mark.parametrize("action", ["test", "redeliver?since=2026-03-02T09:00:00Z"])
def test_a_disabled_endpoint_is_sent_nothing_by_hand_either(hooks: Hooks, action: str) -> None:
    """409, with what to do."""
    made = hooks.make()
    hooks.call("PATCH", f"/{made['id']}", {"enabled": False})
    answered = hooks.call("POST", f"/{made['id']}/{action}")

    assert (409, "endpoint_disabled") == (answered.status, answered.code)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "field_missing"),
        ("?since=yesterday", "field_invalid"),
        ("?since=2026-13-02T09:00:00Z", "field_invalid"),
        ("?since=2026-03-02T09:15:05Z", "field_invalid"),
        ("?since=2025-11-30T09:00:00Z", "field_invalid"),
        ("?from=2026-03-02T09:00:00Z", "unknown_field"),
    ],
    ids=["missing", "no time", "no month", "in the future", "too old", "misspelt"],
)
def test_a_moment_that_cannot_be_is_refused(hooks: Hooks, query: str, code: str) -> None:
    """422, and no message is sent."""
    made = hooks.make()
    answered = hooks.call("POST", f"/{made['id']}/redeliver{query}")

    assert (422, code, []) == (answered.status, answered.code, hooks.world.webhooks.later)


@pytest.mark.parametrize(
    ("query", "code"),
    [("?cursor=made-up", "cursor_invalid"), ("?state=lost", "field_invalid"), ("?x=1", "unknown_field")],
)
def test_a_list_of_deliveries_that_cannot_be_is_refused(hooks: Hooks, query: str, code: str) -> None:
    """422."""
    made = hooks.make()
    assert code == hooks.call("GET", f"/{made['id']}/deliveries{query}").code


def test_a_delivery_that_does_not_exist_cannot_be_sent_again(hooks: Hooks) -> None:
    """Nor one of another endpoint."""
    made, other = hooks.make(), hooks.make(url="https://two.example/")
    hooks.call("POST", f"/{other['id']}/test")
    [delivery] = hooks.call("GET", f"/{other['id']}/deliveries").json["data"]

    assert 404 == hooks.call("POST", f"/{made['id']}/deliveries/dlv_1/redeliver").status
    assert 404 == hooks.call("POST", f"/{made['id']}/deliveries/{delivery['id']}/redeliver").status


# --- trying out -------------------------------------------------------------------------------------------------------


def test_a_test_is_delivered_and_its_answer_is_shown_masked(hooks: Hooks) -> None:
    """Status, time and the beginning of the answer; a phone number in it is masked."""
    made = hooks.make()
    hooks.world.sender.servers["shop.example"] = answering(200, 31, b'{"thanks":"254712345678"}')
    asked = hooks.call("POST", f"/{made['id']}/test")
    waiting = hooks.call("GET", f"/{made['id']}/deliveries?state=waiting").json["data"]
    hooks.deliver()
    [delivery] = hooks.call("GET", f"/{made['id']}/deliveries").json["data"]

    assert (202, "waiting", [asked.json["id"]]) == (asked.status, asked.json["state"], [one["id"] for one in waiting])
    assert ("delivered", "webhook_endpoint.test") == (delivery["state"], delivery["event_type"])
    [tried] = delivery["tries"]
    assert ("delivered", 200, 31) == (tried["outcome"], tried["status"], tried["ms"])
    assert "254712345678" not in tried["answer"]
    assert "thanks" in tried["answer"]


def test_the_standards_own_library_verifies_what_is_sent(hooks: Hooks) -> None:
    """Its `sign` over the same message gives the header; its `verify` is tried where the clock is a real one."""
    made = hooks.make()
    hooks.call("POST", f"/{made['id']}/test")
    hooks.deliver()
    [post] = hooks.world.sender.posts

    at = datetime.fromtimestamp(int(post.headers["webhook-timestamp"]), UTC)
    wanted = Webhook(made["secret"]).sign(post.headers["webhook-id"], at, post.body.decode())
    assert wanted == post.headers["webhook-signature"]
    assert made["id"] == json.loads(post.body)["data"]["id"]
    assert "whsec_" not in post.body.decode()


def test_one_delivery_is_sent_again_by_hand(hooks: Hooks) -> None:
    """Under the same message id."""
    made = hooks.make()
    hooks.call("POST", f"/{made['id']}/test")
    hooks.deliver()
    [delivery] = hooks.call("GET", f"/{made['id']}/deliveries").json["data"]
    answered = hooks.call("POST", f"/{made['id']}/deliveries/{delivery['id']}/redeliver")
    hooks.deliver()

    assert (202, "waiting") == (answered.status, answered.json["state"])
    assert [delivery["event"]] * 2 == [post.headers["webhook-id"] for post in hooks.world.sender.posts]


def test_what_was_missed_since_a_moment_is_sent_again(hooks: Hooks) -> None:
    """202 at once; the feed is gone through by the delivery function."""
    made = hooks.make()
    answered = hooks.call("POST", f"/{made['id']}/redeliver?since=2026-03-02T09:00:00Z")
    hooks.deliver()

    assert (202, "2026-03-02T09:00:00Z") == (answered.status, answered.json["since"])


def test_deliveries_come_in_pages(hooks: Hooks) -> None:
    """Newest first, with a cursor that is ours."""
    made = hooks.make()
    for _ in range(3):
        hooks.call("POST", f"/{made['id']}/test")
        hooks.world.ambient.at_ms += 1_000
    first = hooks.call("GET", f"/{made['id']}/deliveries?limit=2").json
    rest = hooks.call("GET", f"/{made['id']}/deliveries?limit=2&cursor={first['next_cursor']}").json

    assert (2, True, 1, False) == (len(first["data"]), first["has_more"], len(rest["data"]), rest["has_more"])


def test_no_secret_and_no_address_reaches_a_line_of_the_log(hooks: Hooks) -> None:
    """An address may carry a secret in its path."""
    made = hooks.make(url="https://shop.example/hook/s3cr3t-path")
    hooks.world.sender.servers["shop.example"] = answering(500, 3, b"s3cr3t-answer")
    hooks.call("POST", f"/{made['id']}/test")
    hooks.deliver()
    told = json.dumps([dict(fields) for _, fields in hooks.world.ambient.reports])

    assert "s3cr3t" not in told
    assert made["secret"] not in told
