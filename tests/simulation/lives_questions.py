"""Lives of questions to M-PESA: balances each hour, an operator that is stopped and tested, answers lost and late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from daraja.errors import DarajaError, TokenRejected
from gateway.domain.balances import REFRESH_MS, Balance
from gateway.domain.transactions import Transaction
from gateway.flows.balance import ask_balance
from gateway.flows.claims import PAYER, claim
from gateway.flows.feed import read_feed
from gateway.flows.initiator import InitiatorUnusable
from gateway.flows.mpesa_qr import draw_qr
from gateway.flows.start_payment import start_payment
from gateway.flows.transaction_status import ask_about_receipt
from gateway.ports import Flow
from gateway.ports.mpesa_qr import WantedQr
from tests.simulation.organisation import Story
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHOP, SHORTCODE, World, asked

PHONE = "254712345678"
MINUTE_MS = 60_000


def operator_asks(world: World, *, is_test: bool = False) -> None:
    """A person presses the button, and once more if no answer came."""
    world.attempt("ask_balance", _asks(world, is_test=is_test))


def _asks(world: World, *, is_test: bool) -> Flow[Balance | None]:
    try:
        return (yield from ask_balance(SHOP, SHORTCODE.number, world.settings, is_test=is_test))
    except (InitiatorUnusable, DarajaError):
        return None


def balance_each_hour(world: World) -> None:
    """Asked once by a person, then each hour; told twice, late, or after a notice of a time-out. A shop reads of it."""
    world.organisation.stories += [Story(times=2), Story(notice=True, after_ms=30_000)]
    operator_asks(world)
    world.pass_time(2 * REFRESH_MS + MINUTE_MS)
    world.attempt("feed", read_feed(SHOP.owner, None, None, 10))


def operator_stopped_and_tested(world: World) -> None:
    """One no opens the circuit; nobody asks; a person's test closes it."""
    world.organisation.stories += [Story(code="2001"), Story()]
    operator_asks(world)
    world.pass_time(REFRESH_MS + 2 * MINUTE_MS)
    operator_asks(world)
    operator_asks(world, is_test=True)
    world.pass_time(5 * MINUTE_MS)


def code_asked_about(world: World) -> None:
    """A shop asks about a code whose confirmation was lost, about one that nobody knows, and again too soon."""
    receipt = world.safaricom.menu_payment(PHONE, 70, "LOST1", confirmation_after_ms=None)
    world.organisation.transactions[receipt] = completed(world, receipt, 70)
    for code in (receipt, "UKPNOTHERE"):
        world.attempt("ask_about", _asks_about(world, code))
        world.pass_time(MINUTE_MS)
        world.attempt("ask_about", _asks_about(world, code))
        world.pass_time(MINUTE_MS)
    asks_once_more(world, receipt)


def code_answered_late_and_twice(world: World) -> None:
    """The answer comes after the next question was asked, and again; a token was killed; the subject was gone once."""
    receipt = world.safaricom.menu_payment(PHONE, 70, "LOST1", confirmation_after_ms=None)
    world.organisation.transactions[receipt] = completed(world, receipt, 70)
    world.organisation.stories += [Story(after_ms=3 * MINUTE_MS, times=2), Story(code="17")]
    world.attempt("ask_about", _asks_about(world, receipt))
    world.pass_time(2 * MINUTE_MS)
    world.attempt("ask_about", _asks_about(world, receipt))
    world.pass_time(5 * MINUTE_MS)
    asks_once_more(world, receipt)


def asks_once_more(world: World, receipt: str) -> None:
    """Who was told nothing of money that M-PESA has asks again: nobody else will tell of it."""
    if receipt not in world.unmatched():
        world.attempt("ask_about", _asks_about(world, receipt))
        world.pass_time(5 * MINUTE_MS)


def claimed_before_m_pesa_is_asked(world: World) -> None:
    """The confirmation is late, the payer claims the code: M-PESA is asked, and the money is found before it."""
    world.safaricom.payers[PHONE] = [Payer(code="1032")]
    request = asked("order-1")
    world.attempt("start_payment", start_payment(request, PHONE, SHORTCODE, "key_test", world.settings))
    world.pass_time(MINUTE_MS)
    receipt = world.safaricom.menu_payment(PHONE, request.amount_kes, "NO SUCH ORDER", 4 * MINUTE_MS)
    world.organisation.transactions[receipt] = completed(world, receipt, request.amount_kes)
    world.attempt("claim", claim(request.id, receipt, PAYER, world.settings))
    world.pass_time(5 * MINUTE_MS)


def picture_drawn(world: World) -> None:
    """A shop asks for a picture; a token that was killed costs one more call."""
    world.qr.errors.append(TokenRejected())
    wanted = WantedQr(shortcode=SHORTCODE, shop_name="Corner Shop", amount_kes=70, reference="INV1", size=300)
    for _ in range(2):
        world.attempt("draw_qr", _draws(wanted))


def _draws(wanted: WantedQr) -> Flow[str | None]:
    try:
        return (yield from draw_qr(wanted))
    except DarajaError:
        return None


def _asks_about(world: World, receipt: str) -> Flow[Transaction | None]:
    try:
        return (yield from ask_about_receipt(SHOP, receipt, world.settings))
    except (InitiatorUnusable, DarajaError):
        return None


def completed(world: World, receipt: str, amount: int) -> dict[str, str]:
    """What M-PESA tells of a customer's payment."""
    at = f"{datetime.fromtimestamp(world.now // 1000, UTC) + timedelta(hours=3):%Y%m%d%H%M%S}"
    return {
        "ReceiptNo": receipt,
        "Amount": f"{amount}.00",
        "TransactionStatus": "Completed",
        "DebitPartyName": f"{PHONE} - Amina Otieno",
        "CreditPartyName": f"{SHORTCODE.number} - Corner Shop",
        "ReasonType": "Pay Bill Online",
        "InitiatedTime": at,
        "FinalisedTime": at,
    }


LIVES = (
    balance_each_hour,
    operator_stopped_and_tested,
    code_asked_about,
    code_answered_late_and_twice,
    claimed_before_m_pesa_is_asked,
    picture_drawn,
)
