"""What `/sdk/` serves, the screen that the component asks for, and its form."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from gateway.web.checkout.assets import SIZES
from gateway.web.sdk import files
from gateway.wording import en, sw
from tests.unit.web.shop import ORIGIN, Answered, Context, Gateway, event_of
from tests.unit.web.stages import STAGES

INTEGRITY = json.loads((Path(files.__file__).parent / "integrity.json").read_text(encoding="utf-8"))
BUDGETS = {files.SCRIPT: 8_192, files.CLIENT: 2_048, files.STYLE: 4_096}
"""Bytes, compressed. The component's 12 KB are its script and its style together."""

NEWER_THAN_ES2017 = {
    "optional chaining": r"\?\.[\w(\[]",
    "nullish": r"\?\?",
    "spread of objects": r"\{\s*\.\.\.",
    "catch without a name": r"catch\s*\{",
    "private names": r"[\s.;]#\w+\s*[=(;]",
    "fields of classes": r"class[^{]*\{\s*(static\s+)?\w+\s*=",
    "finally of promises": r"\.finally\(",
    "import()": r"import\(",
    "for await": r"for\s+await",
    "named groups": r"\(\?<\w",
}


def get(gateway: Gateway, path: str, **headers: str) -> Answered:
    """A file or screen, asked for without a key."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return gateway.call("GET", path, secret=None, headers=named)


def payer(gateway: Gateway, payment: str, **headers: str) -> dict[str, str]:
    """The headers of the payer's browser on the shop's page."""
    return {"authorization": f"Bearer {gateway.token(payment)}", "origin": ORIGIN, **headers}


def screen(gateway: Gateway, payment: str, query: str = "", **headers: str) -> Answered:
    """The screen of a payment."""
    sent = payer(gateway, payment, **{name.replace("_", "-"): value for name, value in headers.items()})
    return gateway.call("GET", f"/v1/checkout/{payment}/screen{query}", secret=None, headers=sent)


def send(gateway: Gateway, payment: str, body: object, number: int = 1, query: str = "") -> Answered:
    """The form is sent."""
    path = f"/v1/checkout/{payment}/prompts/{number}{query}"
    return gateway.call("PUT", path, body, secret=None, headers=payer(gateway, payment))


def test_too_many_prompts_from_one_address_are_told_on_the_screen(gateway: Gateway) -> None:
    """422 with the screen, as whatever concerns the number's field, and the time in words and header."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    first, second = (gateway.pay(f"order-{number}").json["id"] for number in (1, 2))
    send(gateway, first, {"phone": "0712345678"})
    refused = send(gateway, second, {"phone": "0722345678"})
    assert (422, "checkout_screen", "296") == (refused.status, refused.json["object"], refused.headers["Retry-After"])
    assert "Too many requests were sent from this network" in refused.json["html"]


@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_a_file_is_small(name: str) -> None:
    found = files.file_named(name)
    assert found is not None
    assert BUDGETS[name] >= len(found.packed)


def test_the_component_with_its_style_is_within_its_budget() -> None:
    both = [files.file_named(name) for name in (files.SCRIPT, files.STYLE)]
    assert 12_288 >= sum(len(found.packed) for found in both if found)


@pytest.mark.parametrize("version", sorted(INTEGRITY))
@pytest.mark.parametrize("name", [files.SCRIPT, files.CLIENT])
def test_a_script_of_a_version_never_changes(version: str, name: str) -> None:
    """Somebody may have pinned it. `files.VERSION` says how a script is changed."""
    found = files.file_of(version, name)
    assert found is not None
    assert INTEGRITY[version][name] == found.integrity
    assert found.integrity == "sha384-" + base64.b64encode(hashlib.sha384(found.text.encode()).digest()).decode()


def test_an_older_version_is_served_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was pinned works after an upgrade of the gateway."""
    (tmp_path / "older/0.9.0").mkdir(parents=True)
    (tmp_path / "older/0.9.0/client.js").write_text("export const old = 1;\n", encoding="utf-8")
    monkeypatch.setattr(files, "_HERE", tmp_path)
    monkeypatch.setattr(files, "recorded", lambda: {"0.9.0": {"client.js": "sha384-…"}})
    answer = get(Gateway(), "/sdk/0.9.0/client.js")
    assert "export const old = 1;\n" == answer.body
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", [files.SCRIPT, files.CLIENT])
def test_a_script_runs_where_es2017_does(name: str) -> None:
    found = files.file_named(name)
    assert found is not None
    assert [] == [what for what, pattern in NEWER_THAN_ES2017.items() if re.search(pattern, found.text)]


@pytest.mark.parametrize("name", [files.SCRIPT, files.CLIENT])
def test_a_script_holds_no_word_for_payers(name: str) -> None:
    """Texts stand once, in wording/."""
    found = files.file_named(name)
    assert found is not None
    texts = [text for told in (en, sw) for text in (*told.TEXTS.values(), *told.FAILURES.values()) if len(text) > 8]
    assert [] == [text for text in texts if text in found.text]


def test_the_component_holds_its_client() -> None:
    """One address and one hash are all of it."""
    assert "import {" not in files.component()
    assert "function watchPayment(" in files.component()


def test_the_style_needs_no_size_of_the_page_around_it() -> None:
    """Sizes are settled or hang on the panel; only the six variables of a shop and our own are left."""
    used = set(re.findall(r"var\(--([a-z0-9-]+)", files.style()))
    defined = set(re.findall(r"--([a-z0-9-]+):", files.style()))
    offered = {one for one in used if one.startswith("mpesa-")}
    assert offered == {f"mpesa-{one}" for one in ("action", "font", "on-action", "radius", "surface", "text")}
    assert used - offered <= defined
    assert set() == used & set(SIZES)


def test_the_newest_file_is_kept_for_minutes_and_a_version_for_ever() -> None:
    gateway = Gateway()
    newest = get(gateway, "/sdk/1/mpesa-checkout.js")
    pinned = get(gateway, f"/sdk/{files.VERSION}/mpesa-checkout.js")
    assert newest.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert newest.body == pinned.body


def test_any_page_may_load_a_file() -> None:
    answer = get(Gateway(), "/sdk/1/client.js", origin="https://anybody.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_a_file_is_sent_compressed() -> None:
    event = event_of("GET", "/sdk/1/mpesa-checkout.css", None, {"accept-encoding": "gzip, br"})
    with Gateway().inside("checkout") as app:
        answer = app.handler(event, Context())
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert files.style() == gzip.decompress(base64.b64decode(answer["body"])).decode()


def test_a_file_that_one_has_is_not_sent_again() -> None:
    gateway = Gateway()
    etag = get(gateway, "/sdk/1/client.js").headers["ETag"]
    assert get(gateway, "/sdk/1/client.js", if_none_match=etag).status == 304


@pytest.mark.parametrize("path", ["/sdk/2/client.js", "/sdk/1/secret.js", "/sdk/1/..%2Ffiles.py", "/sdk/1.0.0/x.css"])
def test_there_is_no_other_file(path: str) -> None:
    assert get(Gateway(), path).status == 404


def test_the_screen_is_that_of_the_page() -> None:
    """The same markup, word for word."""
    gateway = Gateway()
    payment = gateway.pay().json
    page = gateway.call("GET", payment["checkout_url"].partition("7070")[2], secret=None).body
    inner = page.partition("<h1")[2].partition("<form")[0]
    assert inner in screen(gateway, payment["id"]).json["html"]


@pytest.mark.parametrize("name", sorted(STAGES))
@pytest.mark.parametrize("query", ["", "?lang=sw"])
def test_a_screen_is_small(name: str, query: str) -> None:
    """Compressed, a change on a slow phone costs one packet or two."""
    gateway = Gateway()
    stage = STAGES[name]
    gateway.world.store.payments[stage.record.id] = stage.record
    gateway.world.ambient.at_ms = stage.now_ms
    path = f"/v1/checkout/{stage.record.id}/screen{query}"
    event = event_of("GET", path, None, payer(gateway, stage.record.id, **{"accept-encoding": "gzip"}))
    with gateway.inside("checkout") as app:
        answer = app.handler(event, Context())
    assert "gzip" == answer["headers"]["Content-Encoding"]
    assert 2_560 >= len(base64.b64decode(answer["body"]))


def test_the_screen_comes_in_the_language_that_is_asked_for() -> None:
    gateway = Gateway()
    told = screen(gateway, gateway.pay().json["id"], "?lang=sw").json
    assert ("sw", "Rudi kwa Corner Shop") == (told["language"], told["back"])
    assert "Nambari ya simu" in told["html"]


def test_the_screen_holds_the_steps_to_pay_by_hand() -> None:
    """And is looked at again soon, since the money may come at any time."""
    gateway = Gateway()
    answer = screen(gateway, gateway.pay().json["id"], "?way=paybill")
    assert "Business number" in answer.json["html"]
    assert answer.json["by_hand"]
    assert answer.headers["Next-Poll-Ms"] == "5000"


def test_a_screen_that_one_has_is_not_sent_again_and_still_says_when_to_look() -> None:
    gateway = Gateway()
    payment = gateway.pay(phone="0712345678").json["id"]
    etag = screen(gateway, payment).headers["ETag"]
    again = screen(gateway, payment, if_none_match=etag)
    assert (304, "4000") == (again.status, again.headers["Next-Poll-Ms"])


def test_the_payers_view_says_when_to_look_on_a_304_too() -> None:
    gateway = Gateway()
    payment = gateway.pay(phone="0712345678").json["id"]
    path = f"/v1/checkout/{payment}"
    etag = gateway.call("GET", path, secret=None, headers=payer(gateway, payment)).headers["ETag"]
    again = gateway.call("GET", path, secret=None, headers=payer(gateway, payment) | {"if-none-match": etag})
    assert (304, "4000") == (again.status, again.headers["Next-Poll-Ms"])
    assert "Next-Poll-Ms" in again.headers["Access-Control-Expose-Headers"]


def test_the_form_sends_one_prompt_and_brings_the_next_screen() -> None:
    gateway = Gateway()
    payment = gateway.pay().json["id"]
    answer = send(gateway, payment, {"phone": "0712 345 678"})
    assert (201, "check_phone") == (answer.status, answer.json["view"]["screen"])
    assert 1 == len(gateway.world.daraja.pushes)


def test_the_form_sent_twice_prompts_once() -> None:
    gateway = Gateway()
    payment = gateway.pay().json["id"]
    answers = [send(gateway, payment, {"phone": "0712345678"}).status for _ in range(2)]
    assert [201, 200] == answers
    assert 1 == len(gateway.world.daraja.pushes)


def test_another_number_while_a_prompt_lives_sends_nothing_and_says_so() -> None:
    gateway = Gateway()
    payment = gateway.pay(phone="0712345678").json["id"]
    answer = send(gateway, payment, {"phone": "0722000111"}, number=2)
    assert 200 == answer.status
    assert "A request is already on" in answer.json["html"]
    assert 1 == len(gateway.world.daraja.pushes)


def test_a_wrong_number_comes_back_with_what_is_wrong_in_the_payers_language() -> None:
    """What was typed stays, in the body and in no address."""
    gateway = Gateway()
    answer = send(gateway, gateway.pay().json["id"], {"phone": "0712 345 67"}, query="?lang=sw")
    assert 422 == answer.status
    assert "Umeweka 9." in answer.json["html"]
    assert 'value="0712 345 67"' in answer.json["html"]
    assert [] == gateway.world.daraja.pushes


def test_the_last_number_is_prompted_again_without_being_told() -> None:
    gateway = Gateway()
    payment = gateway.pay(phone="0712345678").json["id"]
    gateway.callback(payment, 1, "1032")
    answer = send(gateway, payment, {"again": True}, number=2)
    assert 201 == answer.status
    assert ["254712345678"] * 2 == [push.phone for push in gateway.world.daraja.pushes]


def test_a_number_too_often_prompted_is_told_at_the_field() -> None:
    gateway = Gateway()
    gateway.environment["PROMPTS_PER_10_MINUTES"] = "1"
    gateway.callback(gateway.pay("order-1", phone="0712345678").json["id"], 1, "1032")
    answer = send(gateway, gateway.pay("order-2").json["id"], {"phone": "0712345678"})
    assert 422 == answer.status
    assert "Too many requests to this phone." in answer.json["html"]


def claim(gateway: Gateway, payment: str, receipt: str) -> Answered:
    """The form for an M-PESA code is sent."""
    path = f"/v1/checkout/{payment}/screen/claim?way=claim"
    return gateway.call("POST", path, {"receipt": receipt}, secret=None, headers=payer(gateway, payment))


def test_a_code_that_the_payer_typed_is_claimed() -> None:
    gateway = Gateway()
    answer = claim(gateway, gateway.pay().json["id"], "sgl 31q w9xy")
    assert 200 == answer.status
    assert {"receipt": "SGL31QW9XY", "state": "not_found"} == answer.json["view"]["claim"]
    assert "does not know this code yet" in answer.json["html"]


def test_what_is_no_code_is_told_at_the_field() -> None:
    gateway = Gateway()
    answer = claim(gateway, gateway.pay().json["id"], "hello")
    assert 422 == answer.status
    assert 'id="receipt-error"' in answer.json["html"]
    assert 'value="hello"' in answer.json["html"]


def test_a_sixth_code_is_told_at_the_field() -> None:
    gateway = Gateway()
    payment = gateway.pay().json["id"]
    answers = [claim(gateway, payment, f"SGL31QW9X{letter}").status for letter in "ABCDEF"]
    assert [200] * 5 + [422] == answers


def test_a_page_of_another_shop_reads_no_screen() -> None:
    gateway = Gateway()
    answer = screen(gateway, gateway.pay().json["id"], origin="https://other.example")
    assert "origin_not_allowed" == answer.code


def test_a_token_of_another_payment_reads_no_screen() -> None:
    gateway = Gateway()
    payment, other = gateway.pay("order-1").json["id"], gateway.pay("order-2").json["id"]
    answer = screen(gateway, payment, authorization=f"Bearer {gateway.token(other)}")
    assert "token_wrong_payment" == answer.code
