"""Settings as they stand: API keys, and what the shop and the stack are set to, with where each is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.domain.shop import ShopSettings
from gateway.ports import Flow, PortError, call
from gateway.ports.api_keys import ApiKeys, StoredKey
from gateway.ports.key_uses import KeyUses
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.console.keys import PLACE as KEYS
from gateway.web.console.keys import ended, key_state, last_used, scopes_in_words, whose
from gateway.web.console.layout import page
from gateway.web.console.parts import done, empty, rows, table
from gateway.web.console.people import Names, names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

PLACE = "/console/settings"
DONE = ("key_ended",)
CHANGES_SHOP = "mpesa-gateway settings put"
CHANGES_STACK = "samconfig.toml, make deploy"


def settings(visit: Visit) -> Flow[Answer]:
    """`GET /console/settings`."""
    keys = yield from _keys_part(visit)
    main = html(
        "{done}<h1>{t}</h1><h2>{k}</h2>{keys}<h2>{s}</h2>{shop}<h2>{l}</h2>{limits}",
        done=done(visit, DONE),
        t=visit.say("nav_settings"),
        k=visit.say("keys_title"),
        keys=keys,
        s=visit.say("shop_title"),
        shop=_shop_part(visit),
        l=visit.say("limits_title"),
        limits=_limits_part(visit),
    )
    return page(visit, visit.plain("nav_settings"), main, place=PLACE)


# --- keys ---------------------------------------------------------------------------------------------------------


def _keys_part(visit: Visit) -> Flow[Html]:
    """Those that hold, then those that ended. Where they cannot be read, the rest of the page stands."""
    try:
        stored = yield from call(ApiKeys.list_keys, visit.owner)
        used = yield from call(KeyUses.read_uses, tuple(one.key.id for one in stored))
        names = yield from names_of_staff(visit.owner)
    except PortError:
        return html('<p class="stale">{t}</p>', t=visit.say("not_read_now"))
    alive = [one for one in stored if not ended(one.key, visit.now_ms)]
    over = [one for one in stored if ended(one.key, visit.now_ms)]
    shown = (
        _key_table(visit, alive, used, names) if alive else empty(visit.say("keys_none"), visit.say("keys_none_how"))
    )
    past = html(
        "<details><summary>{s}</summary>{t}</details>",
        s=visit.say("keys_ended", count=len(over)),
        t=_key_table(visit, over, used, names),
    )
    return html(
        '{t}{p}<p class="actions"><a class="button" href="{u}/new">{m}</a></p><p class="muted below">{how}</p>',
        t=shown,
        p=past if over else NOTHING,
        u=KEYS,
        m=visit.say("key_make"),
        how=visit.say("keys_how"),
    )


def _key_table(visit: Visit, keys: Sequence[StoredKey], used: Mapping[str, str], names: Names) -> Html:
    heads = ("col_name", "col_key", "col_scopes", "col_whose", "col_last_used", "col_state")
    lines = [
        (
            html('<a class="wrap" href="{p}/{i}">{n}</a>', p=KEYS, i=one.key.id, n=one.key.name or one.key.id[:12]),
            html('<span class="code">…{l}</span>', l=one.last4),
            scopes_in_words(visit, one.key),
            whose(visit, one.key, names),
            last_used(visit, one.key, used.get(one.key.id)),
            key_state(visit, one.key),
        )
        for one in keys
    ]
    return table(visit.say("keys_table"), [(visit.say(key), False) for key in heads], lines)


# --- what is set --------------------------------------------------------------------------------------------------


def _shop_part(visit: Visit) -> Html:
    if visit.shop is None:
        return empty(visit.say("shop_none"), visit.say("changed_by", where=_command(CHANGES_SHOP)))
    return html(
        '{r}<p class="muted below">{how}</p>',
        r=rows(_shop_rows(visit, visit.shop)),
        how=visit.say("changed_by", where=_command(CHANGES_SHOP)),
    )


def _shop_rows(visit: Visit, shop: ShopSettings) -> list[tuple[Html, object]]:
    said = visit.say
    nothing = said("set_nothing")
    codes = joined(
        html("{c}<br>", c=said(f"set_{code.kind}", number=code.number, name=code.name, store=code.store_number or ""))
        for code in shop.shortcodes
    )
    pulled = [code.business_number for code in shop.shortcodes if code.pull]
    return [
        (said("set_name"), shop.name),
        (said("set_shortcodes"), codes),
        (said("set_pulled"), joined(html('<span class="nb">{n}</span> ', n=one) for one in pulled) or nothing),
        (said("set_amount_max"), amount(shop.amount_kes_max)),
        (said("set_payouts"), shop.payout_shortcode or said("set_no_payouts")),
        (said("set_balance_low"), amount(shop.balance_low_kes) if shop.balance_low_kes else nothing),
        (said("set_language"), said(f"language_{shop.default_language}")),
        (said("set_colour"), html('<span class="code">{c}</span>', c=shop.colour)),
        (said("set_logo"), said("set_own_logo") if shop.logo else nothing),
        (said("set_support"), " · ".join(one for one in (shop.support_phone, shop.support_url) if one) or nothing),
        (said("set_origins"), joined(html("{o}<br>", o=one) for one in shop.origins) or nothing),
        (said("set_return"), said("set_return_after", seconds=shop.auto_return_s) if shop.auto_return_s else nothing),
    ]


def _limits_part(visit: Visit) -> Html:
    """What the stack's parameters set for all its shops."""
    settings_here, said = visit.settings, visit.say
    policy, out = settings_here.policy, settings_here.out_policy
    approves = said("limit_approve_above", amount=amount(out.approve_above_kes))
    lines: list[tuple[Html, object]] = [
        (said("limit_mode"), said("limit_live" if settings_here.livemode else "limit_test")),
        (
            said("limit_prompts"),
            said("limit_prompts_are", few=f"{policy.prompts_per_10_minutes:,}", day=f"{policy.prompts_per_day:,}"),
        ),
        (said("limit_deadline"), said("limit_minutes", count=policy.answer_deadline_ms // 60_000)),
        (said("limit_out_day"), amount(out.day_kes)),
        (said("limit_out_recipient"), amount(out.recipient_kes)),
        (said("limit_approve"), approves if out.approve_above_kes else said("limit_approve_always")),
        (said("limit_version"), html('<span class="code">{v}</span>', v=settings_here.text("GATEWAY_VERSION"))),
    ]
    how = visit.say("changed_by", where=_command(CHANGES_STACK))
    return html('{r}<p class="muted below">{how}</p>', r=rows(lines), how=how)


def _command(text: str) -> Html:
    return html('<code class="wrap">{t}</code>', t=text)
