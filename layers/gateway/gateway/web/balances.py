"""Endpoints over what an organisation has in its M-PESA accounts."""

from __future__ import annotations

from daraja.errors import DarajaError, NotSent, Refused
from gateway.domain.shop import ShopSettings
from gateway.flows.accounts_shown import balance_shown
from gateway.flows.balance import ask_balance, read_balances, shortcodes_with_accounts
from gateway.flows.initiator import CircuitOpen, InitiatorMissing, InitiatorUnusable
from gateway.ports import Ambient, Flow, call
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_nothing, read_object
from gateway.web.errors import ApiError
from gateway.web.http import Answer, Request, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.lists import read_query
from gateway.web.serving import Scene
from gateway.web.shops import shop_of
from gateway.web.views import rfc3339


def get_balance(scene: Scene) -> Flow[Answer]:
    """`GET /v1/balance`. Nobody is asked: a look costs nothing."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    read_query(scene.request, scene.route.query)
    shop = yield from shop_of(key.owner)
    return (yield from _listed(shop, 200))


def refresh(scene: Scene) -> Flow[Answer]:
    """`POST /v1/balance/refresh`. 202: M-PESA was asked, unless that was less than a minute ago."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    wanted = _shortcode_in(scene.request)
    shop = yield from shop_of(key.owner)
    numbers = shortcodes_with_accounts(shop)
    if wanted is not None:
        code = shop.shortcode(wanted)
        number = code.business_number if code else wanted
        if number not in numbers:
            raise ApiError("shortcode_unknown", "The settings name no such shortcode.", param="shortcode")
        numbers = (number,)
    yield from _ask_all(scene, shop, numbers)
    return (yield from _listed(shop, 202))


def _ask_all(scene: Scene, shop: ShopSettings, numbers: tuple[str, ...]) -> Flow[None]:
    """Ask about each. Raises ApiError when none could be asked."""
    settings = scene.flow_settings(calls_safaricom=True)
    problems: list[ApiError] = []
    for number in numbers:
        try:
            yield from ask_balance(shop, number, settings)
        except (InitiatorUnusable, DarajaError) as error:
            problems.append(unusable(error))
    if len(problems) == len(numbers):
        said = [problem for problem in problems if problem.kind.code != "initiator_missing"]
        raise (said or problems)[0]


def unusable(error: InitiatorUnusable | DarajaError) -> ApiError:
    """Why M-PESA was not asked, as an answer."""
    if isinstance(error, InitiatorMissing):
        return ApiError("initiator_missing", f"{error}.")
    if isinstance(error, CircuitOpen):
        return ApiError(
            "initiator_stopped",
            f"M-PESA answered {error.opening.code} at {rfc3339(error.opening.since_ms)}; nothing was sent since.",
        )
    if isinstance(error, Refused):
        return ApiError("mpesa_refused", f"Safaricom said: {error.text or error.code}")
    what = "could not be reached" if isinstance(error, NotSent) else "gave no answer"
    return ApiError("mpesa_unavailable", f"Safaricom {what}.")


def _shortcode_in(request: Request) -> str | None:
    """The one that the body names; None: it names none. Raises ApiError."""
    if not request.body.strip():
        read_nothing(request)
        return None
    from gateway.web.balance_requests import BalanceRefreshRequest  # noqa: PLC0415  pydantic for who sends a body
    from gateway.web.requests import read_model  # noqa: PLC0415  as above

    return read_model(BalanceRefreshRequest, read_object(request)).shortcode


def _listed(shop: ShopSettings, status: int) -> Flow[Answer]:
    now_ms = yield from call(Ambient.now_ms)
    known = {one.shortcode: one for one in (yield from read_balances(shop))}
    data = [balance_shown(number, known.get(number), now_ms) for number in shortcodes_with_accounts(shop)]
    return json_answer(status, {"object": "list", "data": data, "has_more": False, "next_cursor": None})
