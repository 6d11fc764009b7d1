"""Ask M-PESA what it knows of one of its codes, in the name of a shop; the answer comes to `take_status.py`."""

from __future__ import annotations

from collections.abc import Sequence

from daraja.errors import DarajaError, TokenRejected
from gateway import security
from gateway.domain.policy import MINUTE_MS, SECOND_MS
from gateway.domain.requests_sent import STATUS, RequestName
from gateway.domain.shop import ShopSettings
from gateway.domain.transactions import CheckState, Question, Transaction
from gateway.flows.balance import shortcodes_with_accounts
from gateway.flows.initiator import ASK_STATUS, InitiatorMissing, InitiatorUnusable, may_call, refused
from gateway.flows.settings import FlowSettings
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Ambient, Flow, Secrets, Store, call
from gateway.ports.initiator import InitiatorCredential
from gateway.ports.questions import Questions, StatusQuestion
from gateway.ports.transactions import Transactions
from gateway.security import ResultUrls

CLAIM_ROUNDS_MAX = 3
CLAIM_ASKED_AGAIN_MS = 10 * MINUTE_MS
"""How often, and how far apart, M-PESA is asked about one code that is claimed."""


def read_transaction(owner: str, receipt: str) -> Flow[Transaction | None]:
    """What this owner asked about a code. Raises StoreUnavailable, SecretsUnavailable."""
    keys = yield from call(Secrets.read_keys)
    return (yield from call(Transactions.read_transaction, security.transaction_id(keys.id, owner, receipt)))


def ask_about_receipt(shop: ShopSettings, receipt: str, settings: FlowSettings) -> Flow[Transaction]:
    """Ask at each of the shop's shortcodes that has an operator, unless that was done just now.

    The question is stored before it is asked. Raises InitiatorUnusable or the errors of `daraja.errors` when nobody
    could be asked, StoreUnavailable, SecretsUnavailable.
    """
    keys = yield from call(Secrets.read_keys)
    transaction_id = security.transaction_id(keys.id, shop.owner, receipt)
    before = yield from call(Transactions.read_transaction, transaction_id)
    now_ms = yield from call(Ambient.now_ms)
    if before is not None and not before.may_ask(now_ms):
        return before
    usable = yield from _usable(shortcodes_with_accounts(shop))
    second_ms = now_ms // SECOND_MS * SECOND_MS
    shortcodes = tuple(usable)
    first = Question(asked_at_ms=second_ms, shortcodes=shortcodes)
    after = (
        before.asked(second_ms, shortcodes)
        if before is not None
        else Transaction(id=transaction_id, owner=shop.owner, receipt=receipt, last=first)
    )
    if not (yield from call(Transactions.save_transaction, before, after)):
        return (yield from call(Transactions.read_transaction, transaction_id)) or after
    yield from _ask_all(after, list(usable.items()), keys.tags[0], settings)
    return after


def ask_for_claim(owner: str, receipt: str, settings: FlowSettings) -> Flow[None]:
    """Ask about a code that somebody claims and nobody here knows, a few times at most.

    What M-PESA says comes back as money under that code, and the next look at the claim finds it. Raises
    StoreUnavailable, SecretsUnavailable.
    """
    shop = yield from call(Store.read_settings, owner)
    asked = yield from read_transaction(owner, receipt)
    now_ms = yield from call(Ambient.now_ms)
    if shop is None or (asked is not None and not _worth_asking_again(asked, now_ms)):
        return
    try:
        yield from ask_about_receipt(shop, receipt, settings)
    except (InitiatorUnusable, DarajaError) as why:
        yield from call(Ambient.report, "claim_not_asked", {"why": type(why).__name__})


def _worth_asking_again(asked: Transaction, now_ms: int) -> bool:
    """No answer came, or the code was unknown a good while ago: M-PESA itself may have been late."""
    state = asked.state(now_ms)
    late = state is CheckState.NOT_FOUND and now_ms - asked.last.asked_at_ms >= CLAIM_ASKED_AGAIN_MS
    return asked.rounds < CLAIM_ROUNDS_MAX and (late or state in (CheckState.UNANSWERED, CheckState.REFUSED))


def _usable(shortcodes: Sequence[str]) -> Flow[dict[str, InitiatorCredential]]:
    """The credentials with which M-PESA may be asked now, by shortcode. Raises InitiatorUnusable: there is none."""
    usable: dict[str, InitiatorCredential] = {}
    problems: list[InitiatorUnusable] = []
    for shortcode in shortcodes:
        try:
            usable[shortcode] = yield from may_call(shortcode, ASK_STATUS)
        except InitiatorUnusable as why:
            problems.append(why)
    if not usable:
        stopped = [one for one in problems if not isinstance(one, InitiatorMissing)]
        raise (stopped or problems)[0]
    return usable


def _ask_all(
    transaction: Transaction,
    usable: Sequence[tuple[str, InitiatorCredential]],
    tag_key: bytes,
    settings: FlowSettings,
) -> Flow[None]:
    """One question for each shortcode, by its place in the list. Raises what the last one raised if none was taken."""
    errors: list[DarajaError] = []
    for place, (shortcode, credential) in enumerate(usable):
        name = RequestName(
            call=STATUS,
            subject_id=transaction.id,
            number=place,
            asked_at_s=transaction.last.asked_at_ms // SECOND_MS,
        )
        urls = security.result_urls(settings.callback_base_url, tag_key, name)
        question = StatusQuestion(shortcode=shortcode, receipt=transaction.receipt)
        try:
            yield from _ask(credential, question, urls)
        except DarajaError as error:
            yield from refused(shortcode, ASK_STATUS, error)
            errors.append(error)
    if len(errors) == len(usable):
        raise errors[-1]


def _ask(credential: InitiatorCredential, question: StatusQuestion, urls: ResultUrls) -> Flow[str]:
    """The question, once more with another token if the first is refused."""
    token = yield from access_token()
    try:
        return (yield from call(Questions.ask_status, token.value, credential, question, urls))
    except TokenRejected:
        token = yield from replace_rejected(token)
    return (yield from call(Questions.ask_status, token.value, credential, question, urls))
