"""Ask M-PESA what is in an organisation's accounts: when somebody wants to know, and each hour.

The question is stored before it is asked; the answer comes to `take_balance.py`.
"""

from __future__ import annotations

from daraja.errors import DarajaError, TokenRejected
from gateway import security
from gateway.domain.balances import REFRESH_MS, Balance
from gateway.domain.policy import SECOND_MS
from gateway.domain.requests_sent import BALANCE, RequestName
from gateway.domain.shop import ShopSettings
from gateway.flows.initiator import ASK_BALANCE, InitiatorUnusable, credential_of, may_call, refused
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Ambient, Flow, Secrets, Store, call
from gateway.ports.balances import Balances
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.questions import Questions
from gateway.security import ResultUrls


def shortcodes_with_accounts(shop: ShopSettings) -> tuple[str, ...]:
    """The numbers under which M-PESA keeps accounts of this shop: where it is paid, and where it pays out from."""
    numbers = [code.business_number for code in shop.shortcodes]
    return tuple(dict.fromkeys([*numbers, *([shop.payout_shortcode] if shop.payout_shortcode else [])]))


def read_balances(shop: ShopSettings) -> Flow[tuple[Balance, ...]]:
    """What is known of each of a shop's shortcodes. Raises StoreUnavailable, SecretsUnavailable."""
    keys = yield from call(Secrets.read_keys)
    found = []
    for shortcode in shortcodes_with_accounts(shop):
        balance = yield from call(Balances.read_balance, security.balance_id(keys.id, shop.owner, shortcode))
        found += [balance] if balance is not None else []
    return tuple(found)


def ask_balance(shop: ShopSettings, shortcode: str, settings: FlowSettings, *, is_test: bool = False) -> Flow[Balance]:
    """Ask about one shortcode, unless a question is on its way. What is known then: the answer comes later.

    is_test: a person tries the credential, so the circuit does not matter. Raises InitiatorUnusable, the errors of
    `daraja.errors`, StoreUnavailable, SecretsUnavailable.
    """
    credential = yield from (credential_of(shortcode) if is_test else may_call(shortcode, ASK_BALANCE))
    keys = yield from call(Secrets.read_keys)
    balance_id = security.balance_id(keys.id, shop.owner, shortcode)
    before = yield from call(Balances.read_balance, balance_id)
    now_ms = yield from call(Ambient.now_ms)
    if before is not None and before.waits_for_answer(now_ms) and not is_test:
        return before
    second_ms = now_ms // SECOND_MS * SECOND_MS
    standing = before or Balance(id=balance_id, owner=shop.owner, shortcode=shortcode, asked_at_ms=0, version=0)
    after = standing.asked(second_ms, shop.balance_low_kes)
    if not (yield from call(Balances.save_balance, before, after)):
        return standing
    name = RequestName(call=BALANCE, subject_id=balance_id, number=0, asked_at_s=second_ms // SECOND_MS)
    urls = security.result_urls(settings.callback_base_url, keys.tags[0], name)
    try:
        yield from _ask(credential, shortcode, urls)
    except DarajaError as error:
        yield from refused(shortcode, ASK_BALANCE, error)
        raise
    return after


def refresh_balance(balance_id: str, settings: FlowSettings) -> Flow[None]:
    """The hourly question. Where it cannot be asked now, it waits an hour; without an initiator it ends."""
    balance = yield from call(Balances.read_balance, balance_id)
    if balance is None or balance.due_at_ms is None:
        return
    shop = yield from call(Store.read_settings, balance.owner)
    now_ms = yield from call(Ambient.now_ms)
    if shop is None or balance.shortcode not in shortcodes_with_accounts(shop):
        yield from call(Balances.save_balance, balance, balance.put_off(None))
        return
    try:
        yield from ask_balance(shop, balance.shortcode, settings)
    except InitiatorUnusable as why:
        yield from call(
            Ambient.report, "balance_not_asked", {"shortcode": balance.shortcode, "why": type(why).__name__}
        )
        yield from call(Balances.save_balance, balance, balance.put_off(now_ms + REFRESH_MS))
    except DarajaError as error:
        yield from call(
            Ambient.report, "balance_not_asked", {"shortcode": balance.shortcode, "why": type(error).__name__}
        )


def _ask(credential: InitiatorCredential, shortcode: str, urls: ResultUrls) -> Flow[str]:
    """The question, once more with another token if the first is refused."""
    token = yield from access_token()
    try:
        return (yield from call(Questions.ask_balance, token.value, credential, shortcode, urls))
    except TokenRejected:
        token = yield from replace_rejected(token)
    return (yield from call(Questions.ask_balance, token.value, credential, shortcode, urls))
