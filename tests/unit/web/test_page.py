"""The payer's page through its very handler: every stage, both languages, headers, budget, and what it must not say."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gateway import security
from gateway.domain.shop import ShopSettings
from gateway.ports import SecretsUnavailable, StoreUnavailable
from gateway.web.checkout import assets
from gateway.web.payer_view import Screen
from tests.memory_store import KEYS
from tests.unit.web.shop import Answered, Context, Gateway, event_of
from tests.unit.web.stages import AT_MS, SHOP, STAGES, Stage, given_back, paid, prompted, sent_by_hand, stage

EVERY = [(name, language) for name in sorted(STAGES) for language in ("en", "sw")]
each_page = pytest.mark.parametrize(("name", "language"), EVERY)
FIRST_ANSWER_BYTES_MAX = 14 * 1024
VISIT_BYTES_MAX = 30 * 1024
STYLE_BYTES_MAX = 3584
SCRIPT_BYTES_MAX = 6 * 1024
VOID = {"meta", "link", "input", "br", "img"}
MONTH_MS = 31 * 86_400_000


class Outline(HTMLParser):
    """Notes tags that do not close, attributes that the policy forbids, and what a reader needs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[str] = []
        self.languages: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more open, unless it never closes."""
        self.open += [] if tag in VOID else [tag]
        self.headings += [tag] if tag == "h1" else []
        self.languages += [dict(attrs).get("lang")] if tag == "html" else []
        self.wrong += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        """Closes the last that is open."""
        self.wrong += [] if self.open and self.open.pop() == tag else [f"/{tag}"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of drawings."""


def outline(page: str) -> Outline:
    """The page's structure."""
    found = Outline()
    found.feed(page)
    return found


def code_of(payment_id: str) -> str:
    """The code in a page's address."""
    return security.page_code(KEYS.client_token, payment_id)


def look(gateway: Gateway, stage: Stage, query: str = "", tail: str = "", **headers: str) -> Answered:
    """A payer's browser asks for the page at this stage."""
    gateway.world.store.settings.setdefault("shop", SHOP)
    gateway.world.store.payments[stage.record.id] = stage.record
    gateway.world.ambient.at_ms = stage.now_ms
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return gateway.call("GET", f"/pay/{code_of(stage.record.id)}{tail}{query}", secret=None, headers=named)


def page_of(name: str, query: str = "", tail: str = "", **headers: str) -> Answered:
    """The page of a stage in a gateway of its own."""
    gateway = Gateway()
    gateway.world.store.settings["shop"] = SHOP
    return look(gateway, STAGES[name], query, tail, **headers)


@each_page
def test_a_page_is_whole_and_safe(name: str, language: str) -> None:
    """One heading, all tags closed, no style and no handler in attributes, no place left open, its language named."""
    answer = page_of(name, f"?lang={language}")
    found = outline(answer.body)
    outside_code = re.sub(r"<(script|style)>.*?</\1>", "", answer.body, flags=re.DOTALL)
    assert (200, [], [], ["h1"], [language]) == (
        answer.status,
        found.open,
        found.wrong,
        found.headings,
        found.languages,
    )
    assert [] == re.findall(r"\{(?!s\}|phone\})|\*\*|None", outside_code)


@each_page
def test_no_page_holds_a_whole_number(name: str, language: str) -> None:
    """The payer's number stands masked everywhere, forms included."""
    assert "712345678" not in page_of(name, f"?lang={language}&way=number").body


@each_page
def test_the_green_plate_stands_if_and_only_if_goods_may_go_out(name: str, language: str) -> None:
    body = page_of(name, f"?lang={language}").body
    assert STAGES[name].state.safe_to_fulfil == ('class="plate paid"' in body)
    assert body.count('class="plate') <= 1


@pytest.mark.parametrize("way", ["", "&way=paybill", "&way=number"])
@pytest.mark.parametrize("name", ["sending", "check_phone", "waiting", "unsure", "unresolved", "unresolved_freed"])
def test_what_is_not_known_is_never_called_a_failure(name: str, way: str) -> None:
    """Neither red nor «nothing was taken» nor «you have not paid», whatever address is typed."""
    for language in ("en", "sw"):
        body = page_of(name, f"?lang={language}{way}").body
        for words in ("Nothing was", "You have not paid", "Hakuna pesa", "Hujalipa", 'class="plate no"'):
            assert words not in body


def test_an_unresolved_payment_is_not_asked_for_twice() -> None:
    """No Paybill steps even when their address is typed; the plate asks for the code, and its field is below."""
    body = page_of("unresolved", "?way=paybill").body
    assert "Business number" not in body
    assert "keep it and enter its code below." in body
    assert 'name="receipt"' in body


def test_steps_by_hand_warn_while_a_prompt_lives() -> None:
    warning = "Close the"
    assert warning in page_of("waiting", "?way=paybill").body
    assert warning not in page_of("enter_phone", "?way=paybill").body


def test_a_till_has_its_own_steps() -> None:
    body = page_of("till", "?way=till").body
    assert "Buy Goods" in body
    assert "Account number" not in body


@pytest.mark.parametrize("name", ["sending", "check_phone", "waiting", "unsure", "unresolved"])
def test_without_script_a_waiting_page_loads_itself_and_can_be_stopped(name: str) -> None:
    """Every ten seconds; `?refresh=off` stops it and offers it again."""
    refresh = '<noscript><meta http-equiv="refresh" content="10"></noscript>'
    running, stopped = page_of(name).body, page_of(name, "?refresh=off").body
    assert refresh in running
    assert "?refresh=off" in running
    assert refresh not in stopped
    assert "Look again every 10 seconds" in stopped


@pytest.mark.parametrize("name", ["enter_phone", "paid", "failed", "cancelled"])
def test_a_page_that_waits_for_nothing_does_not_load_itself(name: str) -> None:
    assert "http-equiv" not in page_of(name).body


def test_sending_again_waits_for_its_time() -> None:
    """M-Pesa takes no equal amount twice within two minutes: a time stands where the button will be."""
    waits, may = page_of("failed_wait").body, page_of("failed").body
    assert 'data-left="110">Send request again at <span class="nb">12:17:24' in waits
    assert 'name="again"' not in waits
    assert 'name="again"' in may


def test_after_five_requests_no_more_is_offered() -> None:
    body = page_of("failed_five_times").body
    assert "No more requests can be sent" in body
    assert "<form" not in body


def test_money_typed_by_hand_is_paid_and_what_is_too_much_is_named() -> None:
    body = page_of("paid_twice").body
    assert 'will return <span class="money">KSh\N{NO-BREAK SPACE}1,500</span>' in body


def test_the_code_that_stands_comes_first_and_the_other_one_says_that_it_went_back() -> None:
    """The proof that a payer shows is of money that is there."""
    one_back = stage(60, *prompted(), paid(), sent_by_hand(1500), given_back(1500))
    body = look(Gateway(), one_back, "?lang=en").body
    codes = [body.index(one) for one in ("<i>SGK</i><i>77P</i>", "<i>SGL</i><i>31Q</i>")]
    assert sorted(codes) == codes
    assert 1 == body.count("<i>W9XY</i></span> <small>Given back</small>")


RETURNING = replace(SHOP, auto_return_s=8)


def returning(name: str, query: str = "", shop: ShopSettings = RETURNING) -> str:
    """The page of a stage at a shop whose paid page leads back by itself."""
    gateway = Gateway()
    gateway.world.store.settings["shop"] = shop
    return look(gateway, STAGES[name], query).body


def test_a_paid_page_leads_back_by_itself_where_the_shop_wants_it_and_the_payer_can_stay() -> None:
    """After the seconds of the setting, with script and without; by default it stays."""
    back = "https://shop.example/done?order=1042&amp;payment=pay_00000001"
    body, stays = returning("paid", "?lang=en"), returning("paid", "?lang=en&refresh=off")
    assert f'data-after="8" data-to="{back}' in body
    assert f'<noscript><meta http-equiv="refresh" content="8;url={back}' in body
    assert "You go back to Inkless Is More in 8 seconds." in body
    assert 'lang=en&amp;refresh=off">Stay on this page</a>' in body
    assert [False, False] == ['id="leaving"' in one for one in (stays, page_of("paid").body)]


@pytest.mark.parametrize("name", ["paid_twice", "paid_too_much", "paid_for_review", "part_paid", "failed", "waiting"])
def test_nobody_is_led_away_from_what_is_not_simply_paid(name: str) -> None:
    """Money too much, or held for a person, is read in peace."""
    assert 'id="leaving"' not in returning(name)


def test_who_comes_back_for_the_receipt_is_not_led_away_again() -> None:
    """Ten minutes after it was paid, and from its receipt never."""
    gateway = Gateway()
    gateway.world.store.settings["shop"] = RETURNING
    late = replace(STAGES["paid"], after_s=700)
    receipt = look(gateway, STAGES["paid"], tail="/receipt").body
    assert [False, False] == [
        'id="leaving"' in one or "http-equiv" in one for one in (look(gateway, late).body, receipt)
    ]


def test_help_on_the_web_stands_on_every_screen_and_opens_beside_it() -> None:
    """The same place as the number to call; what a shop writes there cannot become markup."""
    shop = replace(SHOP, support_url='https://wa.me/254700000000?a="b')
    link = '<a href="https://wa.me/254700000000?a=&quot;b" target="_blank" rel="noopener noreferrer">Help online</a>'
    assert [True, True, False] == [
        link in one for one in (returning("enter_phone", shop=shop), returning("paid", shop=shop), page_of("paid").body)
    ]


def test_a_paid_page_leads_back_without_a_status() -> None:
    body = page_of("paid").body
    assert "https://shop.example/done?order=1042&amp;payment=pay_00000001" in body
    assert "status=" not in body


@each_page
def test_the_first_answer_fits_the_first_window(name: str, language: str) -> None:
    """Style, script and all: 14 KB compressed."""
    body = page_of(name, f"?lang={language}").body.encode()
    assert len(gzip.compress(body)) <= FIRST_ANSWER_BYTES_MAX


def test_a_whole_visit_fits_its_budget() -> None:
    """The first page, then the parts that a script fetches on the way to paid, in both languages."""
    parts = ("sending", "check_phone", "waiting", "unsure", "failed", "paid")
    fetched = [page_of(name, f"?part=main&lang={lang}").body for name in parts for lang in ("en", "sw")]
    sizes = [len(gzip.compress(text.encode())) for text in (page_of("enter_phone").body, *fetched)]
    assert sum(sizes) <= VISIT_BYTES_MAX


def test_every_screen_in_both_languages_fits_the_whole_budget() -> None:
    """One of each, with the steps by hand and the claim, each fetched by itself behind the first page."""
    of_screen = {stage.view.screen: name for name, stage in reversed(STAGES.items())}
    shown = [*((name, "") for name in of_screen.values()), ("till", "&way=till"), ("enter_phone", "&way=paybill")]
    shown += [("enter_phone", "&way=claim"), ("claim_to_shop", ""), ("claim_checking", "")]
    parts = [page_of(name, f"?part=main&lang={lang}{way}").body for name, way in shown for lang in ("en", "sw")]
    sizes = [len(gzip.compress(text.encode())) for text in (page_of("enter_phone").body, *parts)]
    assert set(of_screen) == set(Screen)
    assert sum(sizes) <= VISIT_BYTES_MAX


def test_style_and_script_keep_their_budgets() -> None:
    assert len(gzip.compress(assets.style().encode())) <= STYLE_BYTES_MAX
    assert len(gzip.compress(assets.script().encode())) <= SCRIPT_BYTES_MAX


def test_the_policy_allows_exactly_the_bytes_of_the_page() -> None:
    """The hashes are those of what stands between the tags; nothing else may load, frame or run."""
    answer = page_of("check_phone")
    script = re.search(r"<script>(.*?)</script>", answer.body, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", answer.body, re.DOTALL)
    assert script
    assert style
    hashes = [base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode() for found in (script, style)]
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_a_page_is_kept_by_nobody_and_tells_nobody() -> None:
    headers = page_of("paid").headers
    expected = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    assert expected == {name: headers[name] for name in expected}
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert "web-share=(self)" in headers["Permissions-Policy"]


def test_style_and_script_are_the_same_on_all_pages_of_all_shops() -> None:
    """A shop's colour stands in the drawing, so that one policy holds for all."""
    policies = {page_of(name).headers["Content-Security-Policy"] for name in ("paid", "failed", "enter_phone")}
    assert len(policies) == 1
    assert 'fill="#3d2b5c"' in page_of("paid").body


def test_a_colour_that_is_none_is_not_written() -> None:
    gateway = Gateway()
    gateway.world.store.settings["shop"] = replace(SHOP, colour='"/><script>')
    assert 'fill="#1f3a93"' in look(gateway, STAGES["paid"]).body


def test_a_logo_stands_in_the_page_itself_and_fits_the_first_answer() -> None:
    """As large as it may be, of bytes that do not compress."""
    gateway = Gateway()
    logo = base64.b64encode(bytes(hashlib.sha256(bytes([n % 256, n // 256])).digest()[0] for n in range(4096))).decode()
    gateway.world.store.settings["shop"] = replace(SHOP, logo=logo)
    body = look(gateway, STAGES["unresolved"], "?lang=sw").body
    assert f'src="data:image/png;base64,{logo}"' in body
    assert len(gzip.compress(body.encode())) <= FIRST_ANSWER_BYTES_MAX


def test_a_logo_that_is_none_is_not_written() -> None:
    gateway = Gateway()
    gateway.world.store.settings["shop"] = replace(SHOP, logo='"><script>')
    assert '<svg class="mark"' in look(gateway, STAGES["paid"]).body


def test_what_a_shop_calls_itself_cannot_become_markup() -> None:
    gateway = Gateway()
    gateway.world.store.settings["shop"] = replace(SHOP, name='<img src=x onerror="pay()">&')
    found = outline(look(gateway, STAGES["failed_shop"]).body)
    assert ([], []) == (found.open, found.wrong)


def test_a_page_is_compressed_for_who_takes_it() -> None:
    """API Gateway gets it in base64."""
    stage, gateway = STAGES["paid"], Gateway()
    gateway.world.store.payments[stage.record.id] = stage.record
    gateway.world.ambient.at_ms = stage.now_ms
    headers = {"host": "localhost:7070", "accept-encoding": "br, gzip"}
    event = event_of("GET", f"/pay/{code_of(stage.record.id)}", None, headers)
    with gateway.inside("checkout") as app:
        answer = app.handler(event, Context())
    assert ("gzip", True) == (answer["headers"]["Content-Encoding"], answer["isBase64Encoded"])
    assert b"Paid." in gzip.decompress(base64.b64decode(answer["body"]))


def test_a_code_that_is_not_ours_reads_no_payment() -> None:
    gateway = Gateway()
    answer = gateway.call("GET", f"/pay/{'0' * 32}.{'0' * 32}", secret=None)
    assert (404, ["Secrets.read_keys"]) == (answer.status, gateway.world.boundaries)
    assert "This page does not exist" in answer.body


def test_a_table_that_does_not_answer_says_nothing_about_the_payment() -> None:
    gateway = Gateway()
    gateway.world.fail_next["Store.read_payment"].append(StoreUnavailable("throttled"))
    answer = look(gateway, STAGES["waiting"])
    assert (503, "5") == (answer.status, answer.headers["Retry-After"])
    assert "do not pay again" in answer.body


def test_keys_that_cannot_be_read_are_told_as_a_page_too() -> None:
    gateway = Gateway()
    gateway.world.fail_next["Secrets.read_keys"].append(SecretsUnavailable("late"))
    assert look(gateway, STAGES["waiting"]).status == 503


def test_our_own_mistake_is_a_page_for_the_payer_and_a_line_for_the_operator() -> None:
    gateway = Gateway()
    gateway.world.fail_next["Store.read_settings"].append(KeyError("0712345678"))
    answer = look(gateway, STAGES["waiting"])
    reported = dict(gateway.world.ambient.reports)["internal_error"]
    assert (500, "KeyError") == (answer.status, reported["error"])
    assert "0712345678" not in str(reported)


def test_a_paid_page_ends_after_thirty_days() -> None:
    stage = STAGES["paid"]
    answer = look(Gateway(), replace(stage, after_s=stage.after_s + MONTH_MS // 1000))
    assert (404, True) == (answer.status, "This page has ended" in answer.body)


def test_a_waiting_payers_look_has_the_due_question_asked() -> None:
    """Without script the page itself puts the payment on the queue of checks."""
    gateway = Gateway()
    look(gateway, replace(STAGES["waiting"], after_s=130))
    assert "Queues.send_check" in gateway.world.boundaries


def test_a_receipt_is_no_tax_invoice_and_says_so() -> None:
    body = page_of("paid", tail="/receipt").body
    assert "It is not a tax invoice." in body
    assert "<i>SGL</i><i>31Q</i><i>W9XY</i>" in body


@pytest.mark.parametrize("name", ["enter_phone", "failed", "paid_for_review", "paid_and_to_go_back"])
def test_there_is_no_receipt_before_it_is_certain(name: str) -> None:
    """Its address shows the payment as it stands."""
    assert page_of(name, tail="/receipt").body == page_of(name).body


def test_the_language_is_the_payers_then_the_payments_then_the_browsers() -> None:
    """And each page leads to the other one."""
    swahili = STAGES["paid"].record
    asked = replace(STAGES["paid"], record=replace(swahili, asked=replace(swahili.asked, language="sw")))
    assert "Umelipa." in look(Gateway(), asked).body
    assert "Paid." in look(Gateway(), asked, "?lang=en").body
    assert "Umelipa." in page_of("paid", accept_language="sw-KE, en;q=0.5").body
    assert 'lang="sw" hreflang="sw">Kiswahili</a>' in page_of("paid").body


def test_a_script_gets_the_main_part_alone() -> None:
    body = page_of("paid", "?part=main").body
    assert body.startswith("<title>Paid")
    assert "<style>" not in body


def test_a_code_to_follow_is_said() -> None:
    body = page_of("paid_without_code").body
    assert "to follow" in body
    assert STAGES["paid_without_code"].view.screen is Screen.PAID


def test_a_test_payment_says_that_it_is_one() -> None:
    live = STAGES["paid"].record
    real = replace(STAGES["paid"], record=replace(live, asked=replace(live.asked, livemode=True)))
    assert "no real money" in page_of("paid").body
    assert "no real money" not in look(Gateway(), real).body


def test_the_stages_begin_at_a_known_time() -> None:
    """The texts above name times of 2 March 2026 in Nairobi."""
    assert AT_MS == STAGES["failed_wait"].record.asked.created_at_ms
