"""What a payer's browser may get: the page as the payment stands now, and the receipt."""

from __future__ import annotations

import traceback

from gateway.domain.policy import DAY_MS
from gateway.flows.check import ask_soon
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Call, Flow, Performer, PortError, run
from gateway.settings import Settings
from gateway.web.checkout.layout import notice, page, receipt
from gateway.web.checkout.opening import Opened, language_of, opened, visit_of
from gateway.web.checkout.screens import receipt_rows
from gateway.web.http import Answer, Request

SHOWN_FOR_MS = 30 * DAY_MS
"""A paid page shows its receipt so long."""


def get_page(request: Request, world: Performer) -> Answer:
    """GET /pay/{code}, for `serve`."""
    return answered(request, world, page_now(request, FlowSettings.of(Settings())))


def get_receipt(request: Request, world: Performer) -> Answer:
    """GET /pay/{code}/receipt, for `serve`."""
    return answered(request, world, receipt_now(request, FlowSettings.of(Settings())))


def page_now(request: Request, settings: FlowSettings) -> Flow[Answer]:
    """The current screen. While M-Pesa owes an answer, looking also asks it. Raises PortError."""
    found = yield from opened(request)
    if found is None or _has_ended(found):
        return _no_page(request, found)
    yield from ask_soon(found.record, found.state, settings)
    return page(request, visit_of(request, found, settings.policy))


def receipt_now(request: Request, settings: FlowSettings) -> Flow[Answer]:
    """The payer's proof, to keep or print; while there is none to give, the page as it stands. Raises PortError."""
    found = yield from opened(request)
    if found is None or _has_ended(found):
        return _no_page(request, found)
    visit = visit_of(request, found, settings.policy)
    if found.state.paid_at_ms is None or visit.view.under_review:
        return page(request, visit)
    return receipt(request, visit, receipt_rows(visit))


def answered(request: Request, world: Performer, flow: Flow[Answer], *, under: str = "/pay/") -> Answer:
    """The flow's answer; where the world fails, or we do, a page that says nothing about the payment.

    under: where the code in the address leads to the page again.
    """
    try:
        return run(flow, world)
    except PortError:
        return _unavailable(request, 503, under)
    except Exception as error:  # noqa: BLE001  a payer gets a page, the operator the place
        at = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
        fields = {"request": request.id, "error": type(error).__name__, "at": at}
        world.perform(Call("Ambient", Ambient.report.__name__, ("internal_error", fields)))
        return _unavailable(request, 500, under)


def _unavailable(request: Request, status: int, under: str) -> Answer:
    """We do not know. The address to try again holds nothing but the code."""
    code = request.path_parameters.get("code", "")
    again = f"{under}{code}" if code.replace(".", "").isalnum() else None
    answer = notice(request, status, "unavailable", language_of(request), again=again)
    return answer.with_headers({"Retry-After": "5"})


def _no_page(request: Request, found: Opened | None) -> Answer:
    """404, in other words where there was a page once."""
    return notice(request, 404, "gone" if found else "not_found", language_of(request, found))


def _has_ended(found: Opened) -> bool:
    paid_at_ms = found.state.paid_at_ms
    return paid_at_ms is not None and found.now_ms >= paid_at_ms + SHOWN_FOR_MS
