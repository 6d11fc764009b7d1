"""M-Pesa's own list becomes facts: once each, whatever happens to pages, answers and processes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason, TokenRejected
from gateway import security
from gateway.domain.facts import MoneyReceived
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.rows import PulledRow
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import Shortcode
from gateway.domain.statuses import Flag, PaymentStatus
from gateway.ports import StoreUnavailable
from gateway.ports.reconciliation import PulledPage
from tests import gateway_samples as sample
from tests.memory_store import KEYS, MemoryWorld
from tests.unit.reconciliation.pull_world import (
    AT_MS,
    PAYBILL,
    RECEIPT,
    SETTINGS,
    credits_of,
    payment,
    pull,
    pulled_world,
    reported,
    row,
    stored,
)

EMPTY = PulledPage((), 0)


def complete_until(world: MemoryWorld) -> int:
    """How far the list is known."""
    return world.books.marks["174379"].complete_until_ms


def receipts_in_book(world: MemoryWorld) -> list[str]:
    """Of all days."""
    return sorted(one.receipt for page in world.books.pages.values() for one in page.rows)


def test_a_payment_that_nobody_told_of_is_paid() -> None:
    """Prompted, and neither callback nor query said anything."""
    world = pulled_world()
    paid = payment(world, sample.begun(), sample.accepted())
    world.pull.listed = [row()]

    pulled = pull(world)

    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)
    assert PaymentStatus.PAID is SETTINGS.state(stored(world, paid)).status
    assert (1, 0) == (pulled.rows, pulled.failed)
    assert AT_MS + 40 * MINUTE_MS == complete_until(world)


def test_a_row_that_is_told_again_costs_reads_and_changes_nothing() -> None:
    """Stretches overlap, so most rows come twice."""
    world = pulled_world()
    paid = payment(world, sample.begun(), sample.accepted())
    world.pull.listed = [row(after_s=35 * 60)]
    pull(world)
    before, world.boundaries = stored(world, paid), []
    world.ambient.at_ms += 45 * MINUTE_MS

    pull(world)

    assert before == stored(world, paid)
    assert not {"Store.create_receipt", "Store.save_payment"} & set(world.boundaries)
    assert AT_MS + 85 * MINUTE_MS == complete_until(world)


def test_every_page_is_read_and_each_begins_with_the_last_row_of_the_one_before() -> None:
    world = pulled_world()
    world.pull.rows_a_page = 3
    world.pull.listed = [row(f"SGL{n:07d}", n, reference="") for n in range(1, 8)]

    pull(world)

    assert [0, 2, 4, 6] == [offset for _, _, offset in world.pull.asked]
    assert [one.receipt for one in world.pull.listed] == receipts_in_book(world)


ROWS = tuple(row(f"SGL{n:07d}", n, reference="") for n in range(1, 6))


@pytest.mark.parametrize(
    ("at_first", "then"),
    [
        pytest.param(ROWS, (row("SGLLATE001", 0, reference=""), *ROWS), id="a late row comes"),
        pytest.param((row("SGLGONE001", 0, reference=""), *ROWS), ROWS, id="a row goes"),
    ],
)
def test_rows_that_shift_while_pages_are_read_are_read_again(
    at_first: tuple[PulledRow, ...], then: tuple[PulledRow, ...]
) -> None:
    """The pages no longer meet, so nothing is taken for whole."""
    world = pulled_world()
    world.pull.rows_a_page = 2
    world.pull.listed = list(at_first)
    moments = {2: then}

    def shifts(question: int) -> None:
        world.pull.listed = list(moments.get(question, world.pull.listed))

    world.pull.before = shifts
    pull(world)

    assert {one.receipt for one in then} <= set(receipts_in_book(world))
    assert AT_MS + 40 * MINUTE_MS == complete_until(world)


def test_rows_that_never_stand_still_leave_the_mark_where_it_was() -> None:
    world = pulled_world()
    world.pull.rows_a_page = 2
    rows = [row(f"SGL{n:07d}", n, reference="") for n in range(30)]

    def shifts(question: int) -> None:
        world.pull.listed = rows[29 - question :]

    world.pull.before = shifts
    pull(world)

    assert AT_MS - 5 * MINUTE_MS == complete_until(world)
    assert "pull_rows_shift" in reported(world)


def test_pages_that_never_meet_are_whole_once_nothing_new_comes() -> None:
    """Nobody has confirmed that offsets count rows: where they count pages, the second question brings nothing."""
    world = pulled_world()
    paid = payment(world)
    world.pull.script += [PulledPage((row(),), 1), EMPTY] * 3

    pull(world)

    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)
    assert AT_MS + 40 * MINUTE_MS == complete_until(world)


def test_one_row_twice_in_a_page_is_one_credit() -> None:
    world = pulled_world()
    paid = payment(world)
    world.pull.listed = [row(), row(), row()]

    pull(world)

    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)


def test_a_crash_between_rows_and_mark_is_made_good_by_the_next_tick() -> None:
    """The second row could not be kept: the mark stays, and the first row is not told anew."""
    world = pulled_world()
    first, second = payment(world), payment(world, number=2, account_reference="OTHER")
    world.pull.listed = [row(), row("SGL77AA2BB", 20, reference="OTHER")]
    world.after["Store.save_payment"] = lambda: world.fail_next["Store.create_receipt"].append(StoreUnavailable("away"))

    failed = pull(world)
    stood = complete_until(world)
    again = pull(world)

    assert (1, 0) == (failed.failed, again.failed)
    assert (AT_MS - 5 * MINUTE_MS, AT_MS + 40 * MINUTE_MS) == (stood, complete_until(world))
    assert [[(RECEIPT, 100, "pull")], [("SGL77AA2BB", 100, "pull")]] == [
        credits_of(world, first), credits_of(world, second)
    ]  # fmt: skip


def test_a_run_without_time_leaves_the_mark_and_is_taken_up_later() -> None:
    world = pulled_world()
    world.ambient.left_ms = 5_000

    pull(world)

    assert ([], AT_MS - 5 * MINUTE_MS) == (world.pull.asked, complete_until(world))


def test_an_outage_of_thirty_hours_is_read_stretch_after_stretch() -> None:
    """The mark lies thirty hours back: the next tick reads all of it, in stretches that a row's time can be read in."""
    world = pulled_world()
    paid = payment(world)
    world.pull.listed = [row()]
    world.ambient.at_ms = AT_MS + 30 * HOUR_MS

    pull(world)

    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)
    assert world.ambient.at_ms - complete_until(world) < 45 * MINUTE_MS
    assert all(until - begin <= 2 * HOUR_MS for begin, until, _ in world.pull.asked)


def test_somebody_is_told_before_rows_go_out_of_reach() -> None:
    """No answer for more than a day, and none now."""
    world = pulled_world()
    world.ambient.at_ms = AT_MS + DAY_MS
    world.pull.script.append(NotSent(NotSentReason.UNREACHABLE, retryable=True))

    pull(world)

    assert "pull_late" in reported(world)


def test_what_went_out_of_reach_is_told_and_remembered() -> None:
    world = pulled_world()
    world.ambient.at_ms = AT_MS + 3 * DAY_MS

    pull(world)

    assert "pull_gap" in reported(world)
    assert 1 == len(world.books.marks["174379"].gaps)


def test_nothing_in_words_that_may_mean_broken_does_not_move_the_mark_at_once() -> None:
    """«Failed to retrieve transactions»: believed about what ended an hour ago, and not before."""
    world = pulled_world()
    world.pull.script += [PulledPage((), 0, doubtful=True)]
    pull(world)
    stood = complete_until(world)

    world.pull.script += [PulledPage((), 0, doubtful=True)]
    world.ambient.at_ms = AT_MS + 3 * HOUR_MS
    pull(world)

    assert AT_MS - 5 * MINUTE_MS == stood
    assert complete_until(world) > stood


def test_a_row_without_a_receipt_spoils_no_other_and_is_told_of() -> None:
    """Behind such a page nothing tells whether rows shifted, so the next one begins behind it."""
    world = pulled_world()
    paid = payment(world)
    world.pull.script += [PulledPage((row(),), 2), EMPTY]

    pull(world)

    assert [0, 2] == [offset for _, _, offset in world.pull.asked]
    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)
    assert "pull_row_unreadable" in reported(world)


@pytest.mark.parametrize(
    "error",
    [
        NotSent(NotSentReason.RATE_LIMITED, retryable=True),
        NotSent(NotSentReason.UNREACHABLE, retryable=True),
        MaybeSent(MaybeSentReason.READ_TIMEOUT),
        MaybeSent(MaybeSentReason.SERVER_ERROR),
    ],
)
def test_no_answer_leaves_the_mark_and_is_asked_again_by_the_next_tick(error: DarajaError) -> None:
    world = pulled_world()
    world.pull.script.append(error)

    pulled = pull(world)

    assert AT_MS - 5 * MINUTE_MS == complete_until(world)
    assert (1, world.ambient.at_ms) == (pulled.failed, pulled.next_ms)


def test_a_refused_token_is_replaced_once() -> None:
    world = pulled_world()
    paid = payment(world)
    world.pull.listed = [row()]
    world.pull.script.append(TokenRejected())

    pull(world)

    assert [(RECEIPT, 100, "pull")] == credits_of(world, paid)


def test_a_page_that_is_too_large_is_asked_for_in_shorter_stretches() -> None:
    world = pulled_world()
    world.pull.script.append(MaybeSent(MaybeSentReason.ANSWER_TOO_LARGE))

    pull(world)

    lengths = [until - begin for begin, until, _ in world.pull.asked]
    assert lengths[1] < lengths[0]
    assert complete_until(world) > AT_MS - 5 * MINUTE_MS


def test_the_list_outranks_a_callback_about_the_amount() -> None:
    """100 by callback, 90 in M-Pesa's list: 90, and a person is asked."""
    world = pulled_world()
    paid = payment(world, sample.begun(), sample.accepted(), sample.success())
    world.store.create_receipt(sample.owned())
    world.pull.listed = [row(amount_kes=90)]

    pull(world)

    assert [(RECEIPT, 90, "pull")] == credits_of(world, paid)
    assert Flag.AMOUNT_MISMATCH in SETTINGS.state(stored(world, paid)).flags


@pytest.mark.parametrize(
    "other",
    [
        row(word="Organization Withdrawal Of Funds"),
        row(word="Pay Bill Charge"),
        row(word="c2b-pay-bill-reversal"),
        row(word="Airtime bonus"),
        row(amount_kes=None),
    ],
)
def test_what_no_customer_paid_is_kept_in_the_book_and_never_credited(other: PulledRow) -> None:
    world = pulled_world()
    unpaid = payment(world)
    world.pull.listed = [other]

    pull(world)

    assert ([], [RECEIPT]) == (credits_of(world, unpaid), receipts_in_book(world))
    assert {} == world.store.receipts


def test_a_reversal_that_names_its_receipt_holds_the_payment() -> None:
    """Sent back on Safaricom's portal: the goods wait, and a second telling changes nothing."""
    world = pulled_world()
    paid = payment(world)
    world.pull.listed = [row(), row("SGLREV0001", 600, word="c2b-pay-bill-reversal", reference=RECEIPT.lower())]
    pull(world)
    before = stored(world, paid)
    world.books.marks["174379"] = PullMark(
        shortcode="174379", since_ms=0, complete_until_ms=AT_MS - 5 * MINUTE_MS, version=9
    )

    pull(world)

    state = SETTINGS.state(stored(world, paid))
    assert (PaymentStatus.REFUNDED, False) == (state.status, state.safe_to_fulfil)
    assert Flag.REVERSED_EXTERNALLY in state.flags
    assert before == stored(world, paid)


def test_a_reversal_whose_amount_cannot_be_read_is_told_of_and_takes_nothing_back() -> None:
    """Nobody knows how much went back: the payment can still be read, and a person looks."""
    world = pulled_world()
    paid = payment(world)
    unreadable = replace(row("SGLREV0001", 600, word="reversal", reference=RECEIPT), amount_kes=None)
    world.pull.listed = [row(), unreadable]

    pull(world)

    assert (PaymentStatus.PAID, True) == (
        SETTINGS.state(stored(world, paid)).status,
        "reversal_unmatched" in reported(world),
    )


def test_a_reversal_of_nothing_that_we_know_is_told_of() -> None:
    world = pulled_world()
    world.pull.listed = [row("SGLREV0001", word="reversal", reference="SGL0000000")]

    pull(world)

    assert "reversal_unmatched" in reported(world)


def test_a_shortcode_that_is_not_registered_is_not_asked_about() -> None:
    world = pulled_world(replace(PAYBILL, pull=False))
    assert (None, []) == (pull(world).next_ms, world.pull.asked)


def test_one_shortcode_of_two_shops_is_asked_about_once() -> None:
    world = pulled_world()
    world.store.settings["other"] = replace(world.store.settings["shop"], owner="other")

    pull(world)

    assert 1 == len(world.pull.asked)


def test_a_till_is_asked_about_by_its_store_number_and_told_by_its_own() -> None:
    """What payers know is the till; what Daraja knows is the store."""
    world = pulled_world(Shortcode(number="5000002", kind="till", name="TILL", store_number="4000001", pull=True))
    world.pull.listed = [row(reference="")]

    pull(world)

    money = world.store.receipts[RECEIPT].money
    assert isinstance(money, MoneyReceived)
    assert ({"174379", "4000001"}, "5000002") == (set(world.books.marks), money.shortcode)


def test_the_payer_is_known_by_a_keyed_hash_alone() -> None:
    """So that a claim by the phone that paid is proven; the number stands nowhere."""
    world = pulled_world()
    world.pull.listed = [row(reference="NOBODY")]

    pull(world)

    money = world.store.receipts[RECEIPT].money
    assert money is not None
    assert security.payer_key(KEYS.phone, "254712345678") == money.payer_key
    assert "712345678" not in str(world.store.receipts)
