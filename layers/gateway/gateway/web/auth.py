"""Who calls: secret keys of shops' servers, client and form tokens of payers.

The form of a credential is judged before anything is read, and a client token by its MAC alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway import security
from gateway.domain.identity import is_payment_id
from gateway.domain.shop import ApiKey
from gateway.flows.key_uses import note_use
from gateway.ports import Ambient, Flow, Keys, Store, call
from gateway.web.errors import ApiError
from gateway.web.http import Request
from gateway.web.routes import Route

_SECRET_KEY = re.compile(r"sk_(?P<mode>test|live)_[A-Za-z0-9_]{8,80}")
_PUBLISHABLE_KEY = re.compile(r"pk_(?P<mode>test|live)_[A-Za-z0-9_]{1,80}")
_UNKNOWN_LIVE = (
    "There is no such secret key at this gateway. Was it copied whole, and made for this very environment? "
    "`mpesa-gateway --env production keys list` shows the last four characters of each."
)
_UNKNOWN_TEST = (
    "There is no such secret key at this gateway. Was it copied whole, and made for this very environment? In the "
    "local world, `make reset` forgets all keys; the one that holds now stands in .local/run.json."
)
_NO_KEY = (
    "This does not have the form of a secret key (sk_test_… or sk_live_…). Is the variable set that holds it, and sent "
    "without quotes?"
)
_MISTAKES = {
    "pk_": "This is a publishable key; this route takes a secret key (sk_…).",
    "ct_": "This is a client token; this route takes a secret key (sk_…).",
    "whsec_": "This is the secret of a webhook endpoint; this route takes a secret key (sk_…).",
    "pay_": "This is a payment's id; this route takes a secret key (sk_…).",
    "$": "This is the name of a variable and not what it holds: in a shell, write it within double quotes.",
    "sk_": "A secret key begins with sk_test_ or sk_live_; this one does not.",
}
"""By how what was sent begins."""

_NUMBER = re.compile(r"[1-9][0-9]?")
NOTE_USES_AT_ONCE = frozenset({"payments_api", "admin_api", "money_out", "reconciliation"})
"""Functions that note a key's use before they answer. Where a prompt is sent, that comes first."""

CLIENT_TOKEN_OUTLIVES_MS = 24 * 60 * 60 * 1000
"""A client token holds until the payment expires, and so much longer."""


@dataclass(frozen=True, slots=True)
class Payer:
    """A browser that may see and pay one payment. expires_at_ms None: it came with a form of ours."""

    payment_id: str
    expires_at_ms: int | None


def authenticate_shop(request: Request, route: Route, *, livemode: bool) -> Flow[ApiKey]:
    """The secret key that this request carries, if it may use the route. Raises ApiError 401 or 403."""
    secret = _bearer(request)
    form = _SECRET_KEY.fullmatch(secret)
    if form is None:
        raise ApiError("key_invalid", _what_is_wrong(secret))
    _check_mode(is_live_key=form["mode"] == "live", livemode=livemode)
    key = yield from call(Store.read_key, security.secret_hash(secret))
    now_ms = yield from call(Ambient.now_ms)
    if key is None or key.publishable:
        raise ApiError("key_invalid", _UNKNOWN_LIVE if livemode else _UNKNOWN_TEST)
    _check_mode(is_live_key=key.livemode, livemode=livemode)
    _check_alive(key, now_ms)
    if route.scope is None or route.scope not in key.scopes:
        raise ApiError("scope_missing", f"This route takes the scope {route.scope}, which the key does not have.")
    if route.function in NOTE_USES_AT_ONCE:
        yield from note_use(key.id)
    return key


def authenticate_publishable(request: Request, *, livemode: bool) -> Flow[ApiKey]:
    """The publishable key that this request carries. It is no secret: it says which shop. Raises ApiError 401."""
    given = _bearer(request)
    form = _PUBLISHABLE_KEY.fullmatch(given)
    if form is None:
        raise ApiError("key_invalid", "This route takes a publishable key (pk_test_… or pk_live_…).")
    _check_mode(is_live_key=form["mode"] == "live", livemode=livemode)
    key = yield from call(Store.read_key, security.secret_hash(given))
    now_ms = yield from call(Ambient.now_ms)
    if key is None or not key.publishable:
        raise ApiError("key_invalid", "This publishable key is not known here.")
    _check_mode(is_live_key=key.livemode, livemode=livemode)
    _check_alive(key, now_ms)
    return key


def authenticate_payer(request: Request, keys: Keys) -> Payer:
    """The payer, by client token or form token. Reads nothing; expiry and payment are `check_payer`'s to judge."""
    form_token = request.header("x-form-token")
    if form_token is not None and "number" in request.path_parameters and request.header("authorization") is None:
        return _payer_of_form(request, keys, form_token)
    token = security.read_client_token(keys.client_token, _bearer(request))
    if token is None:
        raise ApiError("key_invalid", "This route takes the client token (ct_…) of the payment.")
    return Payer(token.payment_id, token.expires_at_ms)


def check_payer(request: Request, payer: Payer, now_ms: int) -> None:
    """Raises ApiError when the token is too old, or of another payment than the path's."""
    if payer.expires_at_ms is not None and now_ms >= payer.expires_at_ms:
        raise ApiError("token_expired", "The client token no longer holds.")
    if payer.payment_id != request.path_parameters.get("payment"):
        raise ApiError("token_wrong_payment", "The client token was made for another payment.")


def client_token_of(keys: Keys, payment_id: str, expires_at_ms: int) -> str:
    """The client token of a payment that expires then."""
    return security.client_token(keys.client_token, payment_id, expires_at_ms + CLIENT_TOKEN_OUTLIVES_MS)


def payment_in_path(request: Request) -> str:
    """The payment's id in the path. Raises ApiError `not_found` when it cannot be one; reads nothing."""
    payment_id = request.path_parameters.get("payment", "")
    if not is_payment_id(payment_id):
        raise no_such_payment()
    return payment_id


def number_in_path(request: Request) -> int:
    """The attempt's number in the path, 1 to 99. Raises ApiError `not_found` when it is none."""
    text = request.path_parameters.get("number", "")
    if not _NUMBER.fullmatch(text):
        raise ApiError("not_found", "An attempt's number is 1, 2, 3 and so on.")
    return int(text)


def no_such_payment() -> ApiError:
    """The same answer whether the payment does not exist or is somebody else's."""
    return ApiError("not_found", "There is no payment with this id.")


def _payer_of_form(request: Request, keys: Keys, form_token: str) -> Payer:
    payment_id, number = payment_in_path(request), number_in_path(request)
    if not security.form_token_fits(keys.client_token, payment_id, number, form_token):
        raise ApiError("key_invalid", "The form token was not made for this attempt.")
    return Payer(payment_id, None)


def _bearer(request: Request) -> str:
    header = request.header("authorization")
    if not header or not header.strip():
        raise ApiError("key_missing", "Send the header Authorization: Bearer, followed by your key.")
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() == "bearer" and not secret.strip():
        raise ApiError("key_invalid", "Nothing stands behind Bearer. Is the variable set that holds the key?")
    if scheme.lower() != "bearer":
        raise ApiError("key_invalid", "The header Authorization must be the word Bearer and then one key.")
    return secret.strip()


def _what_is_wrong(secret: str) -> str:
    """Which of the usual mistakes this is that has not the form of a secret key. Repeats nothing of it."""
    if secret.startswith(("sk_test_", "sk_live_")):
        return (
            f"This begins like a secret key, but is no whole one: it has {len(secret)} characters, where keys have "
            "40 or more, and only letters, digits and _. Copy it again from where it was shown."
        )
    return next((words for beginning, words in _MISTAKES.items() if secret.startswith(beginning)), _NO_KEY)


def _check_mode(*, is_live_key: bool, livemode: bool) -> None:
    if is_live_key != livemode:
        mode, here = ("live", "tests only") if is_live_key else ("test", "real money")
        raise ApiError("key_wrong_mode", f"This is a {mode} key, and this gateway is for {here}.")


def _check_alive(key: ApiKey, now_ms: int) -> None:
    if key.revoked:
        raise ApiError("key_revoked", "This key was revoked.")
    if key.expires_at_ms is not None and now_ms >= key.expires_at_ms:
        raise ApiError("key_revoked", "This key has run out.")
