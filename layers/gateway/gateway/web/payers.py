"""The answer that a payer's browser gets, by the one view that page and browser share."""

from __future__ import annotations

from gateway import wording
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.shop import ShopSettings
from gateway.ports import Ambient, Flow, call
from gateway.web.http import Answer, entity_answer, json_answer
from gateway.web.payer_view import etag_of, payer_view, view_of
from gateway.web.serving import Scene


def payer_answer(
    scene: Scene, record: PaymentRecord, state: PaymentState, shop: ShopSettings | None, status: int = 200
) -> Flow[Answer]:
    """The payer's view as it is now, with its ETag; 304 on a GET for who has it already.

    `Next-Poll-Ms` says `next_poll_ms` again, since a 304 has no body and looks shall become rarer.
    """
    now_ms = yield from call(Ambient.now_ms)
    view = view_of(record, state, shop, now_ms, scene.settings.policy)
    value = payer_view(view, language_of_payer(scene, record, shop))
    next_poll = {"Next-Poll-Ms": str(view.next_poll_ms)} if view.next_poll_ms else {}
    if scene.request.method == "GET":
        return entity_answer(scene.request, status, value, etag_of(view)).with_headers(next_poll)
    return json_answer(status, value, next_poll)


def language_of_payer(scene: Scene, record: PaymentRecord, shop: ShopSettings | None) -> wording.Language:
    """The language of the texts: `?lang=`, the payment's, the browser's, the shop's."""
    return wording.chosen_language(
        wanted=scene.request.one("lang"),
        asked=record.asked.language,
        accepted=scene.request.header("accept-language") or "",
        default=shop.default_language if shop else "en",
    )
