"""The pages about webhooks: how each address does, what was sent and answered, and what a person may have done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.staff import person_id
from gateway.domain.webhooks import DeliveryState, Disabled, Endpoints, Outcome, body_digest
from gateway.flows.webhook_delivery import body_of
from gateway.ports import StoreUnavailable, run
from gateway.settings import Settings
from gateway.web.console.words import TEXTS
from gateway.web.views import event_view, rfc3339
from tests.memory_staff import ISSUER
from tests.memory_store import START_MS
from tests.unit.console import webhook_stage as hooks
from tests.unit.console.staff_stage import SHOP, Console, words
from tests.unit.console.test_pages import paid
from tests.unit.web.shop import Answered

PLACE = "/console/webhooks"
ON, GONE = f"{PLACE}/{hooks.ON}", f"{PLACE}/{hooks.GONE}"
KIPRONO = person_id(ISSUER, "subject-kiprono")


@pytest.fixture
def console() -> Console:
    """A shop with two addresses and what was sent there."""
    console = Console()
    hooks.store(console, paid(console))
    console.world.webhooks.queue.clear()
    return console


def opened(console: Console, path: str, who: str = "kiprono") -> Answered:
    """The page, as this person sees it."""
    return console.browser(who).get(path)


def sent(console: Console, path: str, **fields: str) -> Answered:
    """A form of the operator's."""
    return console.browser("kiprono").send(path, **fields)


def told(console: Console) -> list[dict[str, Any]]:
    """What was reported of acts on webhooks."""
    return [dict(fields) for name, fields in console.world.ambient.reports if name == "webhooks_acted"]


def iso(at_ms: int) -> str:
    """A moment in UTC, to the minute."""
    return rfc3339(at_ms)[:16]


def of(delivery: str, endpoint: str = ON) -> str:
    """The page of a delivery."""
    return f"{endpoint}/deliveries/{delivery}"


# --- what is shown --------------------------------------------------------------------------------------------


def test_each_address_says_how_it_does(console: Console) -> None:
    shown = words(opened(console, PLACE))
    assert "https://old.example/hook Web shop off since 11:15:04 Answered 410 11:55:04 0 0" in shown
    assert f"{hooks.URL} Web shop on No answer in 15 seconds 11:55:04 1 1" in shown


def test_an_address_whose_deliveries_cannot_be_read_hides_nothing(console: Console) -> None:
    browser = console.browser("kiprono")
    console.world.fail_next["Webhooks.list_deliveries"].append(StoreUnavailable("away"))
    answer = browser.get(PLACE)
    shown = words(answer)
    assert (200, 1) == (answer.status, shown.count("This cannot be read just now."))
    assert hooks.URL in shown
    assert "https://old.example/hook" in shown


def test_the_page_of_an_address_stands_where_its_deliveries_cannot_be_read(console: Console) -> None:
    browser = console.browser("kiprono")
    console.world.fail_next["Webhooks.list_deliveries"].append(StoreUnavailable("away"))
    answer = browser.get(ON)
    assert (200, True) == (answer.status, "This cannot be read just now." in words(answer))
    assert "Send a test" in words(answer)


def test_a_shop_without_an_address_is_told_how_it_gets_one(console: Console) -> None:
    console.world.webhooks.endpoints[SHOP] = Endpoints(SHOP)
    shown = words(opened(console, PLACE))
    assert "No address yet" in shown
    assert "mpesa-gateway webhooks create" in shown


@pytest.mark.parametrize(
    ("why", "word"),
    [
        (Disabled.BY_SHOP, "Your shop switched this address off"),
        (Disabled.GONE, "Your server answered 410 Gone"),
        (Disabled.FAILING, "Your server took nothing for five days."),
    ],
)
def test_an_address_that_is_off_says_why_and_is_switched_on(console: Console, why: Disabled, word: str) -> None:
    off = Endpoints(SHOP, (hooks.endpoint(hooks.ON, disabled=why),), 2)
    console.world.webhooks.endpoints[SHOP] = off
    shown = words(opened(console, ON))
    assert word in shown
    assert "Switch it on" in shown
    assert "Send a test" not in shown


def test_an_address_that_fails_says_since_when(console: Console) -> None:
    failing = replace(hooks.endpoint(hooks.ON), failing_since_ms=START_MS - 60_000)
    console.world.webhooks.endpoints[SHOP] = Endpoints(SHOP, (failing,), 2)
    assert "NOT TAKEN since 12:14:04" in words(opened(console, ON))


@pytest.mark.parametrize(
    ("state", "shown", "hidden"),
    [("waiting", "Answered 503", "No answer in 15 seconds"), ("failed", "No answer in 15 seconds", "Answered 503")],
)
def test_only_those_that_stand_so_are_listed(console: Console, state: str, shown: str, hidden: str) -> None:
    answer = words(opened(console, f"{ON}?state={state}"))
    assert shown in answer
    assert hidden not in answer


def test_older_ones_follow_on_another_page(console: Console) -> None:
    many = [hooks.delivery(f"dlv_{n:04x}" + "0" * 28, DeliveryState.DELIVERED, "pay_1") for n in range(40)]
    console.world.webhooks.deliveries = {one.id: one for one in many}
    browser = console.browser("kiprono")
    first = browser.get(ON)
    older = first.body.split("?state=&amp;after=")[1].partition('"')[0]
    second = browser.get(f"{ON}?state=&after={older}")
    listed = [words(page).count("payment.paid") for page in (first, second)]
    assert ([25, 15], 404) == (listed, browser.get(f"{ON}?after={older}x").status)


def test_an_answer_is_text_and_never_markup(console: Console) -> None:
    answer = opened(console, of(hooks.WAITING))
    assert "<script>alert(" not in answer.body
    assert "out of order &lt;/pre&gt;&lt;script&gt;" in answer.body


def test_the_body_is_what_a_try_sends(console: Console) -> None:
    shown = words(opened(console, of(hooks.WAITING)))
    assert "A try sends things as they stand then" in shown
    assert '"type": "payment.paid"' in shown
    assert '"receipt": "SGL31QW9XY"' in shown
    assert "0712345678" not in shown


def test_it_is_said_whether_just_that_was_sent(console: Console) -> None:
    deliveries = console.world.webhooks.deliveries
    standing = deliveries[hooks.WAITING]
    policy = Settings(console.gateway.environment).policy
    endpoint = hooks.endpoint(hooks.ON)
    body = run(body_of(standing, endpoint, lambda record, state: event_view(record, state, policy)), console.world)
    pages = []
    for digest in (body_digest(body or b""), "0" * 16):
        last = replace(standing.tries[-1], sent=digest)
        deliveries[hooks.WAITING] = replace(standing, tries=(last,))
        pages.append(words(opened(console, of(hooks.WAITING))))
    assert "Exactly this was sent at 11:55:04" in pages[0]
    assert "It has changed since it was sent at 11:55:04" in pages[1]


def test_what_is_gone_from_the_table_is_said(console: Console) -> None:
    standing = console.world.webhooks.deliveries[hooks.WAITING]
    console.world.webhooks.deliveries[hooks.WAITING] = replace(standing, subject="pay_" + "0" * 32)
    assert "is not in the table any more" in words(opened(console, of(hooks.WAITING)))


def test_a_body_that_cannot_be_read_hides_no_answer(console: Console) -> None:
    browser = console.browser("kiprono")
    console.world.fail_next["Store.read_payment"].append(StoreUnavailable("away"))
    answer = browser.get(of(hooks.WAITING))
    assert 200 == answer.status
    assert "Answered 503" in words(answer)
    assert "This cannot be read just now." in words(answer)


@pytest.mark.parametrize(("who", "sees"), [("kiprono", False), ("njeri", True)])
@pytest.mark.parametrize("event", ["payout.succeeded", "refund.failed", "reconciliation.finished", "balance.low"])
def test_a_body_is_shown_to_who_may_see_what_it_is_about(console: Console, event: str, who: str, sees: bool) -> None:
    """An operator sees neither payouts nor the books elsewhere."""
    standing = console.world.webhooks.deliveries[hooks.WAITING]
    console.world.webhooks.deliveries[hooks.WAITING] = replace(standing, event_type=event, subject="out_1")
    shown = words(opened(console, of(hooks.WAITING), who))
    assert sees != ("Your role does not see what this is about." in shown)


def test_a_secret_stands_on_no_page(console: Console) -> None:
    pages = [PLACE, ON, GONE, of(hooks.TAKEN), of(hooks.STOPPED, GONE)]
    browser = console.browser("njeri")
    shown = "".join(browser.get(path).body for path in pages)
    test = browser.send(f"{ON}/test")
    shown += browser.get(test.headers["Location"]).body + json.dumps(console.world.ambient.reports, default=str)
    assert [] == [secret for secret in (hooks.SECRET, hooks.OLD_SECRET, "whsec_") if secret in shown]


@pytest.mark.parametrize(
    "path",
    [
        f"{PLACE}/{hooks.THEIRS}",
        f"{PLACE}/whe_unknown",
        of("dlv_unknown"),
        of(hooks.TAKEN, GONE),
        of(hooks.TAKEN, f"{PLACE}/{hooks.THEIRS}"),
    ],
)
def test_what_is_anothers_or_does_not_belong_together_is_not_there(console: Console, path: str) -> None:
    assert 404 == opened(console, path).status


def test_every_outcome_and_every_state_has_its_words() -> None:
    wanted = {f"outcome_{one}" for one in Outcome} | {f"delivery_{one}" for one in DeliveryState}
    assert wanted | {f"endpoint_off_{one}" for one in Disabled} <= TEXTS["sw"].keys()


# --- what may be done -----------------------------------------------------------------------------------------


def test_a_test_is_sent_to_this_address_alone(console: Console) -> None:
    answer = sent(console, f"{ON}/test")
    (made,) = [one for one in console.world.webhooks.deliveries.values() if one.event_type == "webhook_endpoint.test"]
    assert (303, f"{of(made.id)}?done=tested") == (answer.status, answer.headers["Location"])
    assert [hooks.ON] == [json.loads(text)["endpoint"] for _, text in console.world.webhooks.queue]
    assert [{"person": KIPRONO, "endpoint": hooks.ON, "what": "test"}] == told(console)


def test_one_is_sent_again_whatever_became_of_it(console: Console) -> None:
    answer = sent(console, f"{of(hooks.TAKEN)}/redeliver")
    assert f"{of(hooks.TAKEN)}?done=sent_again" == answer.headers["Location"]
    assert DeliveryState.WAITING is console.world.webhooks.deliveries[hooks.TAKEN].state
    assert [hooks.TAKEN] == [json.loads(text)["delivery"] for _, text in console.world.webhooks.queue]
    assert [{"person": KIPRONO, "endpoint": hooks.ON, "what": "redeliver"}] == told(console)
    assert "This page changes by itself." in words(opened(console, answer.headers["Location"]))


def test_a_page_looks_again_by_itself_while_a_try_is_near(console: Console) -> None:
    soon, later = of(hooks.TAKEN), of(hooks.WAITING)
    sent(console, f"{soon}/redeliver")
    assert [True, False] == ['data-every="' in opened(console, page).body for page in (soon, later)]


def test_what_was_missed_is_sent_since_a_moment_in_nairobi(console: Console) -> None:
    answer = sent(console, f"{ON}/redeliver", since="2026-03-02T09:30")
    (_, message), *_ = console.world.webhooks.later
    replay = json.loads(message)
    assert f"{ON}?done=sending_missed" == answer.headers["Location"]
    assert (hooks.ON, "2026-03-02T06:30") == (replay["endpoint"], iso(replay["after_ms"]))
    assert [{"person": KIPRONO, "endpoint": hooks.ON, "what": "redeliver_missed"}] == told(console)


@pytest.mark.parametrize(
    "since",
    [
        "",
        "yesterday",
        "2026-03-02T23:59",
        "2025-11-01T00:00",
        "2026-03-02T09:30Z",
        "2026-02-31T09:30",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
    ],
)
def test_a_moment_that_is_none_stays_in_its_field(console: Console, since: str) -> None:
    answer = sent(console, f"{ON}/redeliver", since=since)
    assert (422, []) == (answer.status, console.world.webhooks.later)
    assert "Give a moment of the last 90 days" in words(answer)
    assert 'aria-invalid="true"' in answer.body


def test_an_address_is_switched_on_and_what_it_missed_is_offered(console: Console) -> None:
    answer = sent(console, f"{GONE}/enable")
    standing = console.world.webhooks.endpoints[SHOP].find(hooks.GONE)
    assert standing is not None
    assert (None, None) == (standing.disabled, standing.failing_since_ms)
    assert f"{GONE}?done=switched_on&since=2026-03-02T11:15" == answer.headers["Location"]
    assert 'value="2026-03-02T11:15"' in opened(console, answer.headers["Location"]).body
    assert [{"person": KIPRONO, "endpoint": hooks.GONE, "what": "enable"}] == told(console)


def test_an_address_that_is_on_is_switched_on_without_a_write(console: Console) -> None:
    before = console.world.webhooks.endpoints[SHOP]
    assert 303 == sent(console, f"{ON}/enable").status
    assert before == console.world.webhooks.endpoints[SHOP]


def test_an_address_that_was_deleted_meanwhile_is_not_there(console: Console) -> None:
    browser = console.browser("kiprono")
    token = browser.token()

    def deleted() -> None:
        console.world.webhooks.endpoints[SHOP] = Endpoints(SHOP, (), 2)

    console.world.after["Webhooks.read_endpoints"] = deleted
    assert 404 == browser.post(f"{GONE}/enable", {"token": token}).status


@pytest.mark.parametrize("act", ["/test", "/redeliver", f"/deliveries/{hooks.STOPPED}/redeliver"])
def test_nothing_is_sent_to_an_address_that_is_off(console: Console, act: str) -> None:
    before = dict(console.world.webhooks.deliveries)
    answer = sent(console, f"{GONE}{act}", since="2026-03-02T09:30")
    assert (409, before) == (answer.status, console.world.webhooks.deliveries)
    assert ([], [], []) == (console.world.webhooks.queue, console.world.webhooks.later, told(console))
    assert "This address is off, so nothing was sent." in words(answer)


@pytest.mark.parametrize("act", ["/test", "/enable", "/redeliver", f"/deliveries/{hooks.TAKEN}/redeliver"])
def test_another_shops_address_is_not_touched(console: Console, act: str) -> None:
    before = dict(console.world.webhooks.endpoints), dict(console.world.webhooks.deliveries)
    answer = sent(console, f"{PLACE}/{hooks.THEIRS}{act}", since="2026-03-02T09:30")
    assert (404, before) == (answer.status, (console.world.webhooks.endpoints, console.world.webhooks.deliveries))
    assert ([], []) == (console.world.webhooks.queue, console.world.webhooks.later)
