"""One API key, its end, and a new one. A person asks as a key of his own would: a page gives nothing that it would not.

What is made here is the person's who made it, so he cannot approve what it asks for. Nobody's key is made by the
command, by who holds the AWS account.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS
from gateway.domain.shop import ApiKey
from gateway.ports import Ambient, Flow, call
from gateway.ports.api_keys import ApiKeys, StoredKey
from gateway.ports.key_uses import KeyUses
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console import parts
from gateway.web.console.guard import NotHere, fresh_sign_in
from gateway.web.console.layout import page, see_other
from gateway.web.console.people import Names, actor_in_words, names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.console.words import day_as_words
from gateway.web.errors import ApiError
from gateway.web.http import Answer
from gateway.web.key_management import end_key, make_key
from gateway.web.key_models import NAME_MAX, KeyRequest
from gateway.web.lists import is_day
from gateway.web.requests import read_model
from gateway.web.routes import ROUTES
from gateway.web.views import rfc3339
from gateway.wording import date

PLACE = "/console/keys"
SETTINGS = "/console/settings"
NONCE_BYTES = 16
NONCE_MAX = 64
SCOPES = tuple(dict.fromkeys(route.scope for route in ROUTES if route.scope))
"""What a key may do, in the order of the routes."""

KINDS = ("secret", "publishable")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form. last_day: of its life, empty: it has no end. nonce: a form sent twice is one key."""

    name: str = ""
    kind: str = "secret"
    scopes: frozenset[str] = frozenset()
    last_day: str = ""
    nonce: str = ""
    problems: dict[str, str] = field(default_factory=dict)


# --- a key in words -------------------------------------------------------------------------------------------


def ended(key: ApiKey, now_ms: int) -> bool:
    """Whether it opens nothing any more."""
    return key.revoked or (key.expires_at_ms is not None and now_ms >= key.expires_at_ms)


def key_state(visit: Visit, key: ApiKey) -> Html:
    """Holds, and until when; ended, or run out."""
    if key.revoked:
        return parts.tag("", visit.say("key_is_ended"))
    if ended(key, visit.now_ms):
        return parts.tag("", visit.say("key_ran_out"))
    until = NOTHING
    if key.expires_at_ms is not None:
        until = html("<br><small>{t}</small>", t=visit.say("key_until", time=date(key.expires_at_ms, visit.language)))
    return html("{b}{u}", b=parts.tag("outline", visit.say("key_holds")), u=until)


def scopes_in_words(visit: Visit, key: ApiKey) -> Html:
    """The scopes by their names in the API; of a publishable key, what it is."""
    if key.publishable:
        return visit.say("key_publishable")
    return joined(html("<code>{s}</code><br>", s=one) for one in sorted(key.scopes))


def whose(visit: Visit, key: ApiKey, names: Names) -> Html:
    """The person whose key it is; nobody's: the shop's server's, or the command's."""
    return actor_in_words(visit, key.maker, names) if key.maker else visit.say("key_nobodys")


def last_used(visit: Visit, key: ApiKey, day: str | None) -> Html:
    """The day; of some keys it is not noted."""
    if day:
        return html("{d}", d=day_as_words(day, visit.language))
    return visit.say("key_use_not_noted" if key.publishable else "key_never_used")


# --- one key --------------------------------------------------------------------------------------------------


def key_page(visit: Visit) -> Flow[Answer]:
    """`GET /console/keys/{key}`: what it is, and how it ends."""
    return (yield from _shown_key(visit))


def end_one(visit: Visit) -> Flow[Answer]:
    """`POST /console/keys/{key}/end`. Needs no fresh sign-in: where a secret got out, minutes count."""
    try:
        yield from end_key(asking_as(visit), visit.request.path_parameters.get("key", ""))
    except ApiError as error:
        if error.kind.code != "last_key":
            raise
        return (yield from _shown_key(visit, visit.plain("key_is_last")))
    return see_other(f"{SETTINGS}?done=key_ended")


def _shown_key(visit: Visit, problem: str = "") -> Flow[Answer]:
    every = yield from call(ApiKeys.list_keys, visit.owner)
    stored = next((one for one in every if one.key.id == visit.request.path_parameters.get("key")), None)
    if stored is None:
        raise NotHere
    key = stored.key
    used = yield from call(KeyUses.read_uses, (key.id,))
    names = yield from names_of_staff(visit.owner)
    title = visit.say("key_title", name=key.name or key.id[:12])
    main = html(
        '<p class="crumb"><a href="{p}">{all}</a></p>{problem}<h1 class="wrap">{t}</h1>{rows}{end}',
        p=SETTINGS,
        all=visit.say("nav_settings"),
        problem=parts.summary(visit, [("end", problem)] if problem else []),
        t=title,
        rows=_key_rows(visit, stored, used.get(key.id), names),
        end=NOTHING if ended(key, visit.now_ms) else _end_form(visit, key),
    )
    return page(visit, visit.plain("nav_settings"), main, place=SETTINGS, status=409 if problem else 200)


def _key_rows(visit: Visit, stored: StoredKey, day: str | None, names: Names) -> Html:
    key = stored.key
    return parts.rows(
        [
            (visit.say("col_state"), key_state(visit, key)),
            (visit.say("col_scopes"), scopes_in_words(visit, key)),
            (visit.say("col_key"), html('<span class="code">…{l}</span>', l=stored.last4)),
            (visit.say("col_whose"), whose(visit, key, names)),
            (visit.say("row_made"), date(stored.created_at_ms, visit.language)),
            (visit.say("col_last_used"), last_used(visit, key, day)),
            (visit.say("row_id"), html('<span class="code wrap">{i}</span>', i=key.id)),
        ]
    )


def _end_form(visit: Visit, key: ApiKey) -> Html:
    yes = parts.form(
        visit, f"{PLACE}/{key.id}/end", parts.button(visit.say("key_end", name=key.name or key.id[:12]), "danger")
    )
    return html(
        '<div id="end"><p class="warn">{t}</p><div class="actions">{y}'
        '<a class="button plain" href="{p}">{n}</a></div></div>',
        t=visit.say("key_end_tell"),
        y=yes,
        p=SETTINGS,
        n=visit.say("key_not_now"),
    )


# --- a new one ------------------------------------------------------------------------------------------------


def asking_as(visit: Visit) -> ApiKey:
    """What the person asks as: a key of his own that may do all that keys may."""
    return ApiKey(
        id=visit.visitor.person,
        owner=visit.owner,
        livemode=visit.settings.livemode,
        publishable=False,
        scopes=frozenset(SCOPES),
        maker=visit.visitor.person,
    )


def new_key(visit: Visit) -> Flow[Answer]:
    """`GET /console/keys/new`. The sign-in must be fresh already here, so that nothing typed is lost."""
    if not visit.visitor.is_fresh:
        return fresh_sign_in(visit, f"{PLACE}/new", "sign_in_anew_for_key")
    nonce = (yield from call(Ambient.draw, NONCE_BYTES)).hex()
    return _form_page(visit, Typed(nonce=nonce))


def create_key(visit: Visit) -> Flow[Answer]:
    """`POST /console/keys`: the secret, this once."""
    if not visit.visitor.is_fresh:
        return fresh_sign_in(visit, f"{PLACE}/new", "sign_in_anew_for_key")
    typed = _typed(visit)
    if typed.problems:
        return _form_page(visit, typed)
    try:
        wanted = read_model(KeyRequest, _fields(typed))
        made = yield from make_key(wanted, asking_as(visit), f"{visit.visitor.person}:{typed.nonce}")
    except ApiError as error:
        return _form_page(visit, replace(typed, problems=_problems_of(visit, error)))
    if made.secret is None:
        return see_other(f"{PLACE}/{made.stored.key.id}")
    return _made_page(visit, made.stored, made.secret)


def _typed(visit: Visit) -> Typed:
    posted = visit.posted
    typed = Typed(
        name=" ".join(posted.get("name", "").split()),
        kind=posted.get("kind", ""),
        scopes=frozenset(one for one in SCOPES if posted.get(f"scope-{one}") == "yes"),
        last_day=posted.get("last_day", "").strip(),
        nonce=posted.get("nonce", "")[:NONCE_MAX],
    )
    problems = {}
    if not typed.name:
        problems["name"] = visit.plain("bad_key_name", most=NAME_MAX)
    if typed.kind not in KINDS:
        problems["kind-secret"] = visit.plain("bad_key_kind")
    if typed.last_day and not is_day(typed.last_day):
        problems["last_day"] = visit.plain("bad_key_day")
    if not typed.nonce:
        problems["name"] = visit.plain("form_old")
    return replace(typed, problems=problems)


def _fields(typed: Typed) -> dict[str, object]:
    """As the API takes them."""
    fields: dict[str, object] = {"name": typed.name, "kind": typed.kind, "scopes": sorted(typed.scopes)}
    if typed.last_day:
        fields["expires_at"] = rfc3339(day_begins_ms(typed.last_day) + DAY_MS)
    return fields


def _problems_of(visit: Visit, error: ApiError) -> dict[str, str]:
    """What the API would say of these fields, at the fields of the form."""
    if error.kind.code == "idempotency_key_reused":
        return {"name": visit.plain("key_form_used")}
    places = {"name": "name", "scopes": "scopes", "expires_at": "last_day", "kind": "kind-secret"}
    named = [one.param.partition(".")[0] for one in error.fields] or [error.param or "name"]
    words = {
        "name": "bad_key_name",
        "scopes": "bad_key_scopes",
        "last_day": "bad_key_day",
        "kind-secret": "bad_key_kind",
    }
    found = [places.get(one, "name") for one in named]
    return {place: visit.plain(words[place], most=NAME_MAX) for place in found}


def _form_page(visit: Visit, typed: Typed) -> Answer:
    content = html(
        "{n}{k}{s}{d}{b}",
        n=parts.field(
            visit, "name", visit.say("key_name"), f'type="text" autocomplete="off" maxlength="{NAME_MAX}"',
            hint=visit.say("key_name_hint"), problem=typed.problems.get("name", ""), value=typed.name,
        ),
        k=_kind_field(visit, typed),
        s=_scope_field(visit, typed),
        d=parts.field(
            visit, "last_day", visit.say("key_last_day"), 'type="date"',
            hint=visit.say("key_last_day_hint"), problem=typed.problems.get("last_day", ""), value=typed.last_day,
        ),
        b=parts.button(visit.say("key_make_button")),
    )  # fmt: skip
    main = html(
        '<p class="crumb"><a href="{p}">{all}</a></p>{problems}<h1>{t}</h1><p class="warn">{rule}</p>'
        '<div class="card">{f}</div><p class="muted below">{how}</p>',
        p=SETTINGS,
        all=visit.say("nav_settings"),
        how=visit.say("key_nobodys_how", command=html('<code class="wrap">mpesa-gateway keys create</code>')),
        problems=parts.summary(visit, list(typed.problems.items())),
        t=visit.say("key_make"),
        rule=visit.say("key_rule"),
        f=parts.form(visit, PLACE, content, hidden={"nonce": typed.nonce}),
    )
    status = 422 if typed.problems else 200
    return page(visit, visit.plain("key_make"), main, place=SETTINGS, status=status)


def _kind_field(visit: Visit, typed: Typed) -> Html:
    choices = joined(
        html(
            '<div class="choice"><input type="radio" id="kind-{k}" name="kind" value="{k}"{c}>'
            '<label for="kind-{k}">{w}<small>{may}</small></label></div>',
            k=kind,
            c=Html(" checked") if kind == typed.kind else NOTHING,
            w=visit.say(f"key_kind_{kind}"),
            may=visit.say(f"key_kind_{kind}_may"),
        )
        for kind in KINDS
    )
    return html("<fieldset><legend>{l}</legend>{c}</fieldset>", l=visit.say("key_kind"), c=choices)


def _scope_field(visit: Visit, typed: Typed) -> Html:
    problem = typed.problems.get("scopes", "")
    error = html('<p class="error">{p}</p>', p=problem) if problem else NOTHING
    choices = joined(
        html(
            '<div class="choice"><input type="checkbox" id="scope-{s}" name="scope-{s}" value="yes"{c}>'
            '<label for="scope-{s}"><code>{s}</code><small>{may}</small></label></div>',
            s=scope,
            c=Html(" checked") if scope in typed.scopes else NOTHING,
            may=visit.say("scope_" + scope.replace(":", "_")),
        )
        for scope in SCOPES
    )
    return html(
        '<fieldset id="scopes" class="choices" tabindex="-1"><legend>{l}</legend>{e}{c}</fieldset>',
        l=visit.say("key_scopes"),
        e=error,
        c=choices,
    )


def _made_page(visit: Visit, stored: StoredKey, secret: str) -> Answer:
    main = html(
        '<section class="plate slim" role="status"><h1 class="word">{t}</h1><p class="tell">{tell}</p></section>'
        '<div class="field below"><label for="secret">{l}</label>'
        '<textarea id="secret" class="mono" rows="2" readonly>{s}</textarea></div>'
        '<p class="muted">{how}</p><p class="actions"><a class="button second" href="{p}">{back}</a></p>',
        t=visit.say("key_made"),
        tell=visit.say("key_made_tell"),
        l=visit.say("key_secret"),
        s=secret,
        how=visit.say("key_made_how", name=stored.key.name),
        p=SETTINGS,
        back=visit.say("key_have_it"),
    )
    return page(visit, visit.plain("key_made"), main, place=SETTINGS)
