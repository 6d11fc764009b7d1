"""Each route × everything that a caller may show × whose it is: who is not let in changes nothing and learns nothing.

The cases come from `web/routes.py`. What lets in is said here a second time, by kind of credential, and all else is
refused: a route of a kind that is not in `LETS_IN` fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway import security
from gateway.web.routes import BY_KEY, ROUTES, Credential, Route
from tests.memory_store import KEYS
from tests.security.stage import (
    Answered,
    Stage,
    bearer,
    flipped,
    form_of,
    form_tokens,
    is_of_callbacks,
    own_tag,
    shown_headers,
    wrong_paths,
)
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM
from tests.unit.web.shop import OTHER_SECRET, SECRET

LETS_IN: dict[Credential, frozenset[str]] = {
    Credential.SECRET_KEY: frozenset({"own key"}),
    Credential.CLIENT_TOKEN: frozenset({"client token", "form token"}),
    Credential.PUBLISHABLE_KEY: frozenset({"publishable key"}),
}
"""What opens a route that looks at headers."""

OPEN_TO_ALL = {
    "GET /health",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/{page}",
    "GET /sdk/{version}/{file}",
    "OPTIONS /v1/checkout/{proxy+}",
    "GET /console/sign-in",
    "GET /console/signed-in",
    "GET /console/signed-out",
    "POST /console/sign-out",
}
"""What anybody may call. A route comes in here by a decision, never by itself."""

FORMS = ("/attempts/{number}", "/prompts/{number}")
"""Routes that the hosted page's own forms may call with the token of the form."""

ASKS_NOBODY = "POST /in/c2b/{shortcode}/{tag}/validation"
"""Answered from policy alone, to whoever asks: it is no credit, and no tag can be checked without asking for keys."""

BY_HEADER = [route for route in ROUTES if route.credential in LETS_IN]
SHUT = [route for route in BY_HEADER if not route.statuses]
"""Routes that answer no key well: only persons may."""

OPENING = [route for route in BY_HEADER if route.statuses]
WITH_CODE = [route for route in ROUTES if route.credential in (Credential.PAGE_CODE, Credential.CALLBACK_TAG)]
BY_PATH = [route for route in WITH_CODE if route.key != ASKS_NOBODY]
WITH_FORM = [route for route in BY_PATH if route.method == "POST" and route.credential is Credential.PAGE_CODE]
OPEN = [route for route in ROUTES if route.credential is Credential.NONE]
FOR_PERSONS = [route for route in ROUTES if route.credential is Credential.SESSION]
"""Which role may see which page: `tests/unit/console/test_pages.py`."""

OF_ONE_OWNER = [route for route in BY_HEADER if route.credential is Credential.SECRET_KEY and "{payment}" in route.path]
OF_A_SHOP = [route for route in BY_HEADER if route.credential is Credential.SECRET_KEY and "{" not in route.path]
each = pytest.mark.parametrize


def _named(routes: list[Route]) -> list[str]:
    return [route.key for route in routes]


def _lets_in(answer: Answered) -> bool:
    return answer.status not in (401, 403, 404)


def _expected(route: Route, shown: str) -> bool:
    if shown == "form token":
        return route.credential is Credential.CLIENT_TOKEN and any(form in route.path for form in FORMS)
    return shown in LETS_IN[route.credential]


def _about_us(shown: str) -> bool:
    """Another shop's key opens that shop's own doors; what it sees there is another test's."""
    return not shown.startswith("other shop's")


def _openings(stage: Stage, route: Route) -> Iterator[tuple[str, int, list[str]]]:
    """What lets in although it must not, or changes something: name, status, what changed."""
    path = stage.path(route, stage.mine)
    for shown, headers in shown_headers(stage, route).items():
        if not _about_us(shown) or _expected(route, shown):
            continue
        before = stage.standing()
        answer = stage.call(route, path, headers)
        changed = [part for part, value in stage.standing().items() if before.get(part) != value]
        if _lets_in(answer) or changed:
            yield shown, answer.status, changed


def test_every_route_is_in_the_matrix() -> None:
    """No kind of credential is unknown here, and what is open to all is open by decision."""
    assert set(_named(list(ROUTES))) == set(_named([*BY_HEADER, *WITH_CODE, *OPEN, *FOR_PERSONS]))
    assert OPEN_TO_ALL >= set(_named(OPEN))


@each("route", BY_HEADER, ids=_named(BY_HEADER))
def test_a_route_opens_to_its_own_credential_alone(route: Route) -> None:
    """Refused: 401, 403 or 404, and nothing is stored, queued or sent."""
    assert [] == list(_openings(Stage(), route))


@each("route", SHUT, ids=_named(SHUT))
def test_what_no_key_may_do_is_refused_to_every_key(route: Route) -> None:
    """403 to the shop's own key with every scope, and nothing changes."""
    stage = Stage()
    path = stage.path(route, stage.mine)
    before = stage.standing()
    answer = stage.call(route, path, bearer(SECRET))
    assert (403, before) == (answer.status, stage.standing())


@each("route", OPENING, ids=_named(OPENING))
def test_a_route_opens_to_its_own_credential(route: Route) -> None:
    """Else the test above would show nothing."""
    stage = Stage()
    path = stage.path(route, stage.mine)
    expected = {shown: headers for shown, headers in shown_headers(stage, route).items() if _expected(route, shown)}
    refused = [
        (shown, answer) for shown, how in expected.items() if not _lets_in(answer := stage.call(route, path, how))
    ]
    assert {} != expected
    assert [] == refused


@each("route", OF_ONE_OWNER, ids=_named(OF_ONE_OWNER))
def test_another_shops_payment_is_not_there(route: Route) -> None:
    """404, in the words for one that does not exist, and nothing changes."""
    stage = Stage()
    nobodys = stage.call(route, stage.path(route, "pay_" + "0" * 31 + "1"), bearer(SECRET))
    before = stage.standing()
    theirs = stage.call(route, stage.path(route, stage.theirs), bearer(SECRET))
    assert before == stage.standing()
    assert (404, 404, nobodys.body) == (nobodys.status, theirs.status, theirs.body)


@each("route", OF_A_SHOP, ids=_named(OF_A_SHOP))
def test_what_another_shop_lists_or_makes_is_its_own(route: Route) -> None:
    """No id of ours in the answer, and nothing of ours changes."""
    stage = Stage()
    answer = stage.call(route, route.path, bearer(OTHER_SECRET))
    ours = {name: stage.gateway.world.store.payments[name] for name in (stage.mine, stage.another)}
    assert [] == [name for name in ours if name in answer.body]
    assert all(record.version <= 2 and record.asked.owner == "shop" for record in ours.values())


@each("route", BY_PATH, ids=_named(BY_PATH))
def test_a_path_with_a_wrong_code_or_tag_is_nobodys(route: Route) -> None:
    """404, whatever else is shown, and nothing is stored, queued or sent."""
    stage = Stage()
    wrong = []
    for why, path in wrong_paths(stage, route).items():
        for headers in ({}, bearer(SECRET)):
            before = stage.standing()
            answer = stage.call(route, path, headers, source=FROM_ELSEWHERE)
            changed = [part for part, value in stage.standing().items() if before.get(part) != value]
            fine = answer.status == 404 and not changed
            wrong += [] if fine else [(why, answer.status, changed)]
    assert [] == wrong


@each("route", BY_PATH, ids=_named(BY_PATH))
def test_a_path_with_its_own_code_or_tag_opens(route: Route) -> None:
    """Else the test above would show nothing."""
    stage = Stage()
    form = form_of(form_tokens(stage).get(route.path, ""))
    answer = stage.call(route, stage.path(route, stage.mine, **own_tag(route)), {}, source=FROM_SAFARICOM, body=form)
    assert answer.status in (200, 303)


@each("route", WITH_FORM, ids=_named(WITH_FORM))
def test_a_form_without_its_own_token_is_not_taken(route: Route) -> None:
    """403: another site may know the address, and no other form's token fits."""
    stage = Stage()
    path = stage.path(route, stage.mine)
    tokens = form_tokens(stage)
    right = tokens.pop(route.path)
    another = security.form_token(KEYS.client_token, stage.another, 1)
    wrong = []
    for token in ("", right[:-1], flipped(right), right.upper() + "A", "0" * 32, "é" * 32, another, *tokens.values()):
        before = stage.standing()
        answer = stage.call(route, path, {}, body=form_of(token))
        wrong += [] if (403, before) == (answer.status, stage.standing()) else [(token, answer.status)]
    other_site = stage.call(route, path, {"origin": "https://elsewhere.example"}, body=form_of(right))
    assert ([], 403) == (wrong, other_site.status)


@each("route", FOR_PERSONS, ids=_named(FOR_PERSONS))
def test_a_page_for_persons_opens_to_nothing_that_a_program_may_show(route: Route) -> None:
    """Not to the strongest key either: it leads to the sign-in, and nothing changes."""
    stage = Stage()
    path = stage.path(route, stage.mine)
    opened = []
    for shown, headers in shown_headers(stage, route).items():
        before = stage.standing()
        answer = stage.call(route, path, {**headers, "origin": "http://localhost:7070"}, body=b"token=x")
        leads = answer.headers.get("Location", "").startswith("/console/sign-in?to=/console")
        fine = answer.status == 303 and leads and before == stage.standing()
        opened += [] if fine else [(shown, answer.status)]
    assert [] == opened


def test_validation_is_answered_alike_to_all_and_changes_nothing() -> None:
    """Whoever asks, with whatever tag: M-PESA's yes, from policy alone."""
    stage = Stage()
    route = BY_KEY[ASKS_NOBODY]
    before = stage.standing()
    answers = {stage.call(route, path, {}, FROM_ELSEWHERE).body for path in wrong_paths(stage, route).values()}
    assert ({'{"ResultCode":"0","ResultDesc":"Accepted"}'}, before) == (answers, stage.standing())


def test_no_header_opens_a_callback_address() -> None:
    """Neither a key of ours nor a claimed address: only the tag does."""
    stage = Stage()
    claims = {"x-forwarded-for": FROM_SAFARICOM, "forwarded": f"for={FROM_SAFARICOM}", "x-real-ip": FROM_SAFARICOM}
    for route in filter(is_of_callbacks, BY_PATH):
        path = stage.path(route, stage.mine, tag="0" * 32)
        before = stage.standing()
        answer = stage.call(route, path, {**claims, **bearer(SECRET)}, source=FROM_ELSEWHERE)
        assert (404, before) == (answer.status, stage.standing())
