"""Tell Safaricom where to confirm money by hand, once our own public address has been seen to take it.

Order: the addresses are judged; a self-test goes out to them and must come back through the public address into the
table; only then is Safaricom asked, once. What it answered is kept for each shortcode, and shown in health.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from daraja.errors import DarajaError, MaybeSent, Refused, TokenRejected
from gateway import security
from gateway.domain.registration import Addresses, Registration, RegistrationState, unfit
from gateway.domain.shop import Shortcode
from gateway.flows.token import access_token, replace_rejected
from gateway.flows.validate_money import SELF_TEST
from gateway.ports import Ambient, Flow, Keys, Secrets, StoreUnavailable, call
from gateway.ports.registration import OwnAnswer, PublicAddress, Registrar, Registrations, SafaricomsAnswer

NONCE_BYTES = 16
OK = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to register. callback_base_url: our public address. by: who asks. version: of Safaricom's call."""

    callback_base_url: str
    livemode: bool
    by: str
    version: str = "v2"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What is known of a shortcode now. The addresses carry a tag: they are shown to operators only."""

    addresses: Addresses
    registration: Registration


def addresses_of(keys: Keys, callback_base_url: str, code: Shortcode, version: str) -> Addresses:
    """Both addresses, under the newest C2B key."""
    number = code.business_number
    root = f"{callback_base_url}/in/c2b/{number}/{security.c2b_tag(keys.c2b_tags[0], number)}"
    return Addresses(number, f"{root}/confirmation", f"{root}/validation", version)


def register_urls(code: Shortcode, wanted: Wanted) -> Flow[Registered]:
    """Register the addresses of a shortcode. Raises StoreUnavailable, SecretsUnavailable: repeat it."""
    keys = yield from call(Secrets.read_keys)
    addresses = addresses_of(keys, wanted.callback_base_url, code, wanted.version)
    before = yield from call(Registrations.read_registration, addresses.shortcode)
    problem = unfit(addresses, livemode=wanted.livemode)
    if wanted.dry_run:
        standing = before or Registration(shortcode=addresses.shortcode)
        shown = replace(standing, state=RegistrationState.UNFIT, detail=problem) if problem else standing
        return Registered(addresses, shown)
    if problem is not None:
        return (yield from _kept(before, addresses, RegistrationState.UNFIT, problem, wanted, tested=False))
    tested, failure = yield from _self_test(before, addresses, keys)
    if failure is not None:
        state = RegistrationState.SELF_TEST_FAILED
        return (yield from _kept(tested, addresses, state, failure, wanted, tested=False))
    state, detail = yield from _told(addresses, wanted)
    return (yield from _kept(tested, addresses, state, detail, wanted, tested=True))


# --- the self-test ---------------------------------------------------------------------------------------------


def self_test_body(nonce: str) -> bytes:
    """What is sent to our own address."""
    return json.dumps({SELF_TEST: nonce}).encode()


def _self_test(before: Registration | None, addresses: Addresses, keys: Keys) -> Flow[tuple[Registration, str | None]]:
    """The item as it stands after a test, and what is wrong; None: both addresses are ours and work."""
    nonce = (yield from call(Ambient.draw, NONCE_BYTES)).hex()
    begun = (before or Registration(shortcode=addresses.shortcode)).begun_test(nonce)
    if not (yield from call(Registrations.save_registration, before, begun)):
        raise StoreUnavailable("somebody else registers this shortcode now")
    body = self_test_body(nonce)
    answer: OwnAnswer = yield from call(PublicAddress.post, addresses.validation, body)
    mark = security.self_test_mark(keys.c2b_tags[0], addresses.shortcode, nonce)
    if answer.status != OK or mark.encode() not in answer.body:
        return begun, "The validation address is not ours as seen from outside. " + _in_words(answer)
    answer = yield from call(PublicAddress.post, addresses.confirmation, body)
    if answer.status != OK:
        return begun, "The confirmation address does not take what is sent to it. " + _in_words(answer)
    heard = yield from call(Registrations.read_registration, addresses.shortcode)
    if heard is None or heard.heard != nonce:
        return begun, "The confirmation address answers, but what was sent there is not in the table."
    return heard, None


def _in_words(answer: OwnAnswer) -> str:
    if answer.status is None:
        return answer.why
    return f"It answered HTTP {answer.status}." if answer.status != OK else "Something else answers there."


# --- Safaricom -------------------------------------------------------------------------------------------------


def _told(addresses: Addresses, wanted: Wanted) -> Flow[tuple[RegistrationState, str]]:
    """What Safaricom makes of it, in a state and its words."""
    try:
        answer = yield from _asked(addresses, wanted)
    except Refused as error:
        return RegistrationState.REFUSED, error.text or error.code
    except MaybeSent:
        detail = "Safaricom's answer was lost; it may have taken the addresses. Register again to learn it."
        return RegistrationState.NOT_KNOWN, detail
    except DarajaError as error:
        return RegistrationState.NOT_KNOWN, f"Safaricom could not be asked ({error}); nothing was registered."
    state = RegistrationState.ALREADY_REGISTERED if answer.was_registered else RegistrationState.REGISTERED
    return state, answer.text


def _asked(addresses: Addresses, wanted: Wanted) -> Flow[SafaricomsAnswer]:
    """Once; a token that somebody else's refresh killed is replaced."""
    token = yield from access_token()
    try:
        return (yield from call(Registrar.register, token.value, addresses, wanted.livemode))
    except TokenRejected:
        fresh = yield from replace_rejected(token)
        return (yield from call(Registrar.register, fresh.value, addresses, wanted.livemode))


def _kept(
    before: Registration | None,
    addresses: Addresses,
    state: RegistrationState,
    detail: str,
    wanted: Wanted,
    *,
    tested: bool,
) -> Flow[Registered]:
    """Keep what came of it. What Safaricom took before stays known where these addresses are the same."""
    now_ms = yield from call(Ambient.now_ms)
    standing = before or Registration(shortcode=addresses.shortcode)
    ours_already = state is RegistrationState.ALREADY_REGISTERED and _is_ours(standing, addresses)
    if ours_already:
        state, detail = RegistrationState.REGISTERED, "Safaricom has these very addresses since before."
    after = standing.ended(state, addresses, detail, wanted.by, now_ms, tested=tested)
    if not (yield from call(Registrations.save_registration, before, after)):
        raise StoreUnavailable("somebody else registers this shortcode now")
    fields = {"shortcode": addresses.shortcode, "state": str(state)}
    yield from call(Ambient.report, "c2b_addresses", fields)
    return Registered(addresses, after)


def _is_ours(standing: Registration, addresses: Addresses) -> bool:
    return standing.state is RegistrationState.REGISTERED and standing.mark == addresses.mark
