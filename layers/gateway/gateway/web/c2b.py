"""Endpoints of money by hand: list what came and what waits, say whose it is, or that it is nobody's here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from daraja.masking import mask_text
from gateway import security
from gateway.domain import references
from gateway.domain.days import day_of
from gateway.domain.identity import hex_of
from gateway.domain.payment import Asked
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.shop import ApiKey, ShopSettings
from gateway.flows.assign import Assigned, AssignRefused, Person, SetAside, assign, assign_to_new, set_aside
from gateway.flows.money_shown import money_shown
from gateway.flows.propose import propose, propose_thoroughly
from gateway.flows.waiting import Waits, what_waits
from gateway.ports import Ambient, Flow, Secrets, Store, call
from gateway.ports.received import Received, WaitingQuery
from gateway.ports.repairs import ReceiptPage
from gateway.web import lists
from gateway.web.annotations import request_key
from gateway.web.auth import authenticate_shop
from gateway.web.bodies import read_nothing, read_object
from gateway.web.c2b_requests import AssignRequest, IgnoreRequest, NewPayment
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.requests import Limits, fingerprint, read_model
from gateway.web.serving import Scene
from gateway.web.shops import payment_of, shop_of, viewing_of
from gateway.web.views import payment_view, rfc3339

LIST_NAME = "c2b"
EXPIRES_IN_S = 86_400
"""Seconds until a payment that was made for money expires; it has its money already."""

_RECEIPT = re.compile(r"[A-Za-z0-9]{6,20}")

DETAILS = {
    AssignRefused.TAKEN: "The money under this code is credited to {owner}. Nothing was written.",
    AssignRefused.IGNORED: "This money was set aside as being for no payment here. Take that back first.",
    AssignRefused.ALREADY_FINAL: "The payment's money was given back. Nothing was written.",
    AssignRefused.KEY_REUSED: "This key, or this money, named another payment before. Nothing was written.",
}


def list_money(scene: Scene) -> Flow[Answer]:
    """`GET /v1/c2b`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    given = lists.read_query(scene.request, scene.route.query)
    shop = yield from shop_of(key.owner)
    cursor_key = (yield from call(Secrets.read_keys)).cursor
    now_ms = yield from call(Ambient.now_ms)
    wanted = _wanted(given, shop, now_ms)
    name = (key.owner, LIST_NAME, str(wanted.standing), wanted.day or "", given.get("matched", ""))
    place = lists.checked_place(cursor_key, name, given.get("cursor"))
    limit = int(given.get("limit", lists.LIMIT_DEFAULT))
    if given.get("matched") == "false" or "ignored" in given:
        page = yield from call(Received.waiting, wanted, limit, place)
    else:
        page = yield from _of_day(wanted, limit, place, matched_only=given.get("matched") == "true")
    records = yield from _of_owner(page.records, key.owner)
    proposed = yield from propose(records, key.owner)
    data = [money_shown(record, shop, proposed.get(record.receipt, ())) for record in records]
    cursor = lists.marked_place(cursor_key, name, page.cursor) if page.cursor else None
    return json_answer(200, {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor})


def count_waiting(scene: Scene) -> Flow[Answer]:
    """`GET /v1/c2b/waiting`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    shop = yield from shop_of(key.owner)
    unmatched = yield from what_waits(_numbers(shop), Standing.UNMATCHED)
    ignored = yield from what_waits(_numbers(shop), Standing.IGNORED)
    days = [
        {"day": day, "count": sums.count, "amount": sums.amount_kes} for day, sums in sorted(unmatched.days.items())
    ]
    shown = {"unmatched": _sums(unmatched), "ignored": _sums(ignored), "days": days}
    return json_answer(200, {"object": "c2b_waiting", **shown, "complete": unmatched.complete and ignored.complete})


def get_money(scene: Scene) -> Flow[Answer]:
    """`GET /v1/c2b/{receipt}`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    record, shop = yield from _money_of(scene, key.owner)
    proposed = yield from propose_thoroughly(record, key.owner)
    return json_answer(200, money_shown(record, shop, proposed) or {})


def assign_money(scene: Scene) -> Flow[Answer]:
    """`POST /v1/c2b/{receipt}/assign`. The same again is no second one."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    fields = read_object(scene.request)
    record, shop = yield from _money_of(scene, key.owner)
    wanted = read_model(AssignRequest, fields, Limits(shop, scene.livemode))
    if (wanted.payment is None) == (wanted.new_payment is None):
        detail = "Exactly one of payment and new_payment must be given."
        raise bad_fields([BadField("payment", "field_invalid", detail)])
    person = Person(key.id, (yield from request_key(scene.request, "assign")))
    settings = scene.flow_settings()
    if wanted.new_payment is not None:
        asked = yield from _asked(scene, key, shop, record, wanted.new_payment)
        done = yield from assign_to_new(record.receipt, asked, person, settings, not_of=wanted.not_of)
    else:
        yield from payment_of(key.owner, wanted.payment or "")
        done = yield from assign(record.receipt, wanted.payment or "", person, settings, not_of=wanted.not_of)
    return (yield from _assigned(scene, shop, done))


def ignore_money(scene: Scene) -> Flow[Answer]:
    """`POST /v1/c2b/{receipt}/ignore`. The same again changes nothing."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    wanted = read_model(IgnoreRequest, read_object(scene.request))
    record, shop = yield from _money_of(scene, key.owner)
    done = yield from set_aside(record.receipt, mask_text(wanted.reason), Person(key.id), aside=True)
    return json_answer(200, money_shown(_standing(done), shop) or {})


def unignore_money(scene: Scene) -> Flow[Answer]:
    """`POST /v1/c2b/{receipt}/unignore`."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    read_nothing(scene.request)
    record, shop = yield from _money_of(scene, key.owner)
    done = yield from set_aside(record.receipt, "", Person(key.id), aside=False)
    return json_answer(200, money_shown(_standing(done), shop) or {})


def _wanted(given: dict[str, str], shop: ShopSettings, now_ms: int) -> WaitingQuery:
    """The list that is asked for. Raises ApiError."""
    if "ignored" in given and "matched" in given:
        raise bad_fields([BadField("ignored", "field_invalid", "Only one of matched and ignored can be given.")])
    day = given.get("day")
    if day is not None and not lists.is_day(day):
        raise bad_fields([BadField("day", "field_invalid", "day must be a day like 2026-03-02.")])
    if "ignored" not in given and given.get("matched") != "false":
        day = day or day_of(now_ms)
    standing = Standing.IGNORED if "ignored" in given else Standing.UNMATCHED
    return WaitingQuery(numbers=_numbers(shop), standing=standing, day=day)


def _of_day(wanted: WaitingQuery, limit: int, place: str | None, *, matched_only: bool) -> Flow[ReceiptPage]:
    """What came on a day; receipts of prompts, of which only callbacks told, are no money by hand."""
    found: list[ReceiptRecord] = []
    for _ in range(lists.READS_MAX):
        page = yield from call(Received.receipts_of_day, wanted.numbers, wanted.day or "", limit - len(found), place)
        found += [one for one in page.records if one.money and (not matched_only or one.standing is Standing.MATCHED)]
        place = page.cursor
        if place is None or len(found) >= limit:
            break
    return ReceiptPage(tuple(found), place)


def _money_of(scene: Scene, owner: str) -> Flow[tuple[ReceiptRecord, ShopSettings]]:
    """The money in the path, if it came to this shop. Raises ApiError `not_found`, also for another shop's."""
    receipt = scene.request.path_parameters.get("receipt", "")
    if not _RECEIPT.fullmatch(receipt):
        raise _no_such_money()
    shop = yield from shop_of(owner)
    record = yield from call(Store.read_receipt, receipt.upper())
    if record is None or record.money is None or shop.shortcode(record.shortcode) is None:
        raise _no_such_money()
    if not (yield from _of_owner((record,), owner)):
        raise _no_such_money()
    return record, shop


def _of_owner(records: Sequence[ReceiptRecord], owner: str) -> Flow[tuple[ReceiptRecord, ...]]:
    """Without money of other owners' payments: two of them may share a shortcode."""
    ids = tuple({record.owner: None for record in records if record.owner is not None})
    found = (yield from call(Store.read_payments, ids)) if ids else ()
    theirs = {record.id for record in found if record.asked.owner != owner}
    return tuple(record for record in records if record.owner not in theirs)


def _asked(scene: Scene, key: ApiKey, shop: ShopSettings, money: ReceiptRecord, wanted: NewPayment) -> Flow[Asked]:
    """The payment that is made for this money; its id follows from the receipt."""
    keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    payment_id = security.payment_id(keys.id, key.owner, "c2b", money.receipt)
    shortcode = shop.shortcode(money.shortcode) or shop.shortcodes[0]
    told_kes = money.money.amount_kes if money.money else 0
    return Asked(
        id=payment_id,
        owner=key.owner,
        livemode=scene.livemode,
        shortcode=shortcode.number,
        shortcode_kind=shortcode.kind,
        shop_name=shop.name,
        amount_kes=wanted.amount or told_kes,
        account_reference=wanted.account_reference or references.generated(bytes.fromhex(hex_of(payment_id))),
        description=wanted.description,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + EXPIRES_IN_S * 1000,
        fingerprint=fingerprint(wanted),
        created_by=key.id,
        order=wanted.order,
        metadata=wanted.metadata,
        store_number=shortcode.store_number,
    )


def _assigned(scene: Scene, shop: ShopSettings, done: Assigned) -> Flow[Answer]:
    if done.refused is AssignRefused.MAY_BE_ANOTHERS:
        names = " and ".join(done.others[:5])
        detail = f"A prompt over this amount, shortly before this money, may have brought it to {names}."
        raise ApiError("receipt_may_be_anothers", detail, param="not_of")
    if done.refused is not None:
        raise _refusal(done.refused, done.receipt)
    if done.receipt is None or done.kept is None:
        raise _no_such_money()
    viewing = yield from viewing_of(scene)
    payment = payment_view(done.kept.record, done.kept.state, viewing)
    return json_answer(200, {"object": "c2b_assignment", "money": money_shown(done.receipt, shop), "payment": payment})


def _standing(done: SetAside) -> ReceiptRecord:
    if done.refused is not None:
        raise _refusal(done.refused, done.receipt)
    if done.receipt is None:
        raise _no_such_money()
    return done.receipt


def _refusal(refused: AssignRefused, receipt: ReceiptRecord | None) -> ApiError:
    if refused is AssignRefused.UNKNOWN:
        return _no_such_money()
    owner = receipt.owner if receipt is not None else None
    return ApiError(str(refused), DETAILS[refused].format(owner=owner))


def _no_such_money() -> ApiError:
    return ApiError("not_found", "No money under this M-PESA code was told to this shop.")


def _numbers(shop: ShopSettings) -> tuple[str, ...]:
    """Every number under which M-PESA may name this shop's money."""
    every: Iterable[str | None] = (number for code in shop.shortcodes for number in (code.number, code.store_number))
    return tuple(dict.fromkeys(number for number in every if number))


def _sums(waits: Waits) -> dict[str, Any]:
    oldest = rfc3339(waits.oldest_ms) if waits.oldest_ms is not None else None
    return {"count": waits.count, "amount": waits.amount_kes, "oldest_at": oldest}
