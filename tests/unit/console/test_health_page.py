"""The page of health: what the API tells, in words, with what to do; what cannot be read hides nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.circuit import Circuit
from gateway.domain.registration import RegistrationState
from gateway.domain.webhooks import Disabled, Endpoints
from gateway.ports import SecretsUnavailable, StoreUnavailable
from gateway.web import documents
from gateway.web.console.words import TEXTS
from gateway.web.health import State
from gateway.web.wording_of_health import CAUSES, REGISTRATION, RUNBOOK
from tests.memory_store import START_MS
from tests.unit.console import webhook_stage as hooks
from tests.unit.console.staff_stage import SHOP, Console, words
from tests.unit.console.test_pages import pay
from tests.unit.web.shop import Answered

PLACE = "/console/health"


@pytest.fixture
def console() -> Console:
    """A shop with staff."""
    return Console()


def seen(console: Console, query: str = "", **failing: Exception) -> Answered:
    """The page as the operator sees it. failing: what the first call of these ports' methods ends with."""
    browser = console.browser("kiprono")
    for name, error in failing.items():
        console.world.fail_next[name.replace("__", ".")].append(error)
    return browser.get(PLACE + query)


def parts_by_api(console: Console) -> Any:
    """What the API tells."""
    return console.gateway.call("GET", "/v1/health").json["parts"]


def test_it_tells_each_part_that_the_api_tells_with_its_sentence_and_its_runbook(console: Console) -> None:
    told = parts_by_api(console)
    answer = seen(console)
    links = set(re.findall(r'href="/docs/health#(\w+)"', answer.body))
    assert links == told.keys() == RUNBOOK.keys()
    assert [] == [part["detail"] for part in told.values() if part["detail"] not in words(answer)]


def test_the_runbook_that_it_leads_to_has_every_place(console: Console) -> None:
    page = documents.page("health") or ""
    assert [] == [name for name in parts_by_api(console) if f'id="{name}"' not in page]


def test_what_is_late_is_said_with_its_age_and_what_to_do(console: Console) -> None:
    pay(console, phone="0712345678")
    console.later(5)
    shown = words(seen(console))
    assert "LOOK AT THIS Not known" in shown
    assert "The oldest due item has waited for 275 seconds. 12:15:29 4 min ago The sweep does not keep up" in shown


def test_a_part_that_cannot_be_read_says_so_and_the_others_stand(console: Console) -> None:
    answer = seen(console, Store__read_pace=StoreUnavailable("away"))
    shown = words(answer)
    assert 200 == answer.status
    assert "How fast we may ask not known The table does not answer." in shown
    assert "The table works The table answers." in shown


def test_where_the_table_is_silent_the_page_says_that_nothing_is_known_of_payments(console: Console) -> None:
    shown = words(seen(console, Store__read_token_lease=StoreUnavailable("0712345678 secret")))
    assert "DOWN" in shown
    assert "neither paid nor not paid" in shown
    assert "The table does not answer (StoreUnavailable)." in shown


def test_keys_that_cannot_be_read_once_do_not_blank_the_page(console: Console) -> None:
    """The page itself needs them too: then it is the page that says so, with a number."""
    answer = seen(console, Secrets__read_keys=SecretsUnavailable("denied"))
    assert (503, True) == (answer.status, "The gateway cannot look now" in words(answer))


def test_a_broken_part_stands_on_top(console: Console) -> None:
    console.world.initiator.circuits["174379"] = Circuit(shortcode="174379", set_at_ms=START_MS - 91 * 86_400_000)
    shown = words(seen(console))
    assert shown.index("API operators") < shown.index("The table works")
    assert "has a password that ran out at 1 March, 12:15." in shown


@pytest.mark.parametrize(
    ("disabled", "failing", "state", "detail"),
    [
        (None, None, "ok", "The last news were taken by all 1 addresses that are on."),
        (Disabled.BY_SHOP, None, "ok", "This shop names no address for webhooks."),
        (Disabled.GONE, START_MS, "degraded", "1 of 1 webhook addresses were switched off"),
        (None, START_MS - 9 * 60_000, "ok", "1 of 1 webhook addresses take nothing at present."),
        (None, START_MS - 10 * 60_000, "degraded", "1 of 1 webhook addresses take nothing at present."),
    ],
    ids=["well", "as the shop wants", "gone", "failing for minutes", "failing for ten minutes"],
)
def test_the_api_tells_of_webhooks(
    console: Console, disabled: Disabled | None, failing: int | None, state: str, detail: str
) -> None:
    one = replace(hooks.endpoint(hooks.ON, disabled=disabled), failing_since_ms=failing)
    console.world.webhooks.endpoints[SHOP] = Endpoints(SHOP, (one,), 1)
    part = parts_by_api(console)["webhooks"]
    assert (state, True) == (part["state"], part["detail"].startswith(detail))


def test_webhooks_that_cannot_be_read_are_not_known(console: Console) -> None:
    console.world.fail_next["Webhooks.read_endpoints"].append(StoreUnavailable("away"))
    assert "unknown" == parts_by_api(console)["webhooks"]["state"]


def test_it_leads_to_the_page_on_which_it_is_mended(console: Console) -> None:
    console.world.webhooks.endpoints[SHOP] = Endpoints(SHOP, (hooks.endpoint(hooks.ON, disabled=Disabled.GONE),), 1)
    assert '<a href="/console/webhooks">Webhooks</a> · <a href="/docs/health#webhooks"' in seen(console).body


def test_it_looks_again_by_itself_and_says_when_it_looked(console: Console) -> None:
    answer = seen(console)
    assert 'data-every="30000"' in answer.body
    assert "Read at 12:15:04" in words(answer)


def test_in_swahili_no_sentence_is_english(console: Console) -> None:
    english = words(seen(console))
    swahili = words(seen(console, "?lang=sw"))
    said = [pair[0] for pair in CAUSES.values() if "{" not in pair[0] and pair[0] in english]
    assert len(said) > 3
    assert [] == [sentence for sentence in said if sentence in swahili]
    assert "174379: hazijasajiliwa" in swahili


def test_everything_that_health_knows_has_its_words() -> None:
    assert {str(one) for one in RegistrationState} == REGISTRATION.keys()
    wanted = {f"health_{one}" for one in State} | {f"health_part_{name}" for name in RUNBOOK}
    assert wanted <= TEXTS["sw"].keys()
