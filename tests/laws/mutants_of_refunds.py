"""Mutants of refunds: the place in the payment, what may be refunded, the check before it goes, and its outcome."""

from __future__ import annotations

from tests.laws.mutant import LAWS, Mutant

L9 = f"{LAWS}test_law_9_refunds.py::test_law_"
UNIT = "tests/unit/money_out/test_refunds.py::test_"

RULES, EVIDENCE = "domain/refunds.py", "domain/money_out/evidence.py"
BEGIN, CHECK, SETTLE = (
    "flows/money_out/refund.py",
    "flows/money_out/refund_check.py",
    "flows/money_out/refund_settle.py",
)

TOLD = "tests/unit/money_out/test_refunds_told.py::test_"
TELL = "flows/money_out/tell_payment.py"

REFUND_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L9",
        "an answer that waited in the queue reaches the refund alone",
        "flows/drain.py",
        "            yield from tell_at_once(out.record, out.state, flow)\n",
        "            yield from ()\n",
        TOLD + "an_answer_that_waited_in_the_queue_is_told_as_it_is_kept",
    ),
    Mutant(
        "L9",
        "a refund that M-PESA does not take holds its money until the sweep comes",
        "flows/money_out/send.py",
        "            yield from tell_at_once(kept.record, kept.state, settings)\n",
        "            yield from ()\n",
        TOLD + "what_m_pesa_does_not_take_frees_the_money_at_once",
    ),
    Mutant(
        "L9",
        "goods go out whose price is on its way back",
        "domain/statuses.py",
        "    if received_kes - returned_kes - reserved_kes < price_kes:\n",
        "    if received_kes - returned_kes < price_kes:\n",
        L9 + "9_goods_go_out_only_while_the_price_stays_here_and_nothing_holds_it",
    ),
    Mutant(
        "L9",
        "goods go out for which nothing that stays here pays",
        "domain/statuses.py",
        "    if received_kes - returned_kes < price_kes:\n",
        "    if received_kes < price_kes:\n",
        "tests/unit/domain/test_words.py::test_what_stands_against_goods_has_its_word",
    ),
    Mutant(
        "L9",
        "a cashier is not told that a refund holds the goods",
        "web/console/answers.py",
        "    if state.unsafe_because == (Shortfall.REFUND_LIVE,):\n",
        "    if state.unsafe_because == (Shortfall.GIVEN_BACK,):\n",
        "tests/unit/console/test_answers.py::test_a_refund_that_takes_from_the_price_is_told_as_the_reason",
    ),
    Mutant(
        "L9",
        "what other refunds hold is not counted",
        RULES,
        "        gone.update(refund.parts if refund.is_live else {})\n",
        "        gone.update({})\n",
        L9 + "9_fifty_refunds_at_once_never_hold_more_than_was_received",
    ),
    Mutant(
        "L9",
        "what went back already is not counted",
        RULES,
        "        gone[fact.receipt] += fact.amount_kes\n",
        "        gone[fact.receipt] += 0\n",
        UNIT + "a_refunded_payment_has_nothing_left",
    ),
    Mutant(
        "L9",
        "a refund that ended still holds its money",
        RULES,
        "            is_live=fact.refund_id not in released | done,\n",
        "            is_live=True,\n",
        L9 + "9_every_set_of_a_refunds_facts_is_what_the_oracle_makes_of_it",
    ),
    Mutant(
        "L9",
        "one reversal told by two sources is two",
        RULES,
        "    found = {(fact.receipt, fact.return_receipt): fact for fact in",
        "    found = {(fact.id, fact.return_receipt): fact for fact in",
        L9 + "9_every_set_of_a_refunds_facts_is_what_the_oracle_makes_of_it",
    ),
    Mutant(
        "L9",
        "a reversal without its receipt is another one than the list's",
        RULES,
        "    return [fact for fact in found.values() if fact.return_receipt or fact.receipt not in named]\n",
        "    return list(found.values())\n",
        UNIT + "already_reversed_and_then_named_by_the_list_counts_once",
    ),
    Mutant(
        "L9",
        "too much given back is not listed",
        RULES,
        "    return list(returned) if returned and sum_kes > sum(credit.amount_kes for credit in credits) else []\n",
        "    return []\n",
        L9 + "9_more_given_back_and_held_than_was_received_asks_for_a_person",
    ),
    Mutant(
        "L9",
        "it goes although its money went back at the portal",
        CHECK,
        "    if not _stands(payment, of_payment, record.id):\n",
        "    if False:\n",
        UNIT + "a_refund_whose_money_went_back_at_the_portal_is_withdrawn_before_it_goes",
    ),
    Mutant(
        "L9",
        "it is paid out before M-Pesa was asked about the receipt",
        RULES,
        "    own = set(refund.parts) if method != REVERSAL else set()\n",
        "    own: set[str] = set()\n",
        UNIT + "a_part_is_paid_out_to_the_number_that_paid_once_m_pesa_has_shown_the_receipt",
    ),
    Mutant(
        "L9",
        "what came twice goes back before both receipts are shown",
        RULES,
        "    if Flag.DUPLICATE_PAYMENT in state.flags:\n        sure",
        "    if False:\n        sure",
        UNIT + "what_came_twice_goes_back_only_once_m_pesas_own_books_show_both_receipts",
    ),
    Mutant(
        "L9",
        "a receipt over another sum is shown all the same",
        CHECK,
        "    if is_doubtful(of_payment):\n        return Hold.CHECK\n",
        "",
        UNIT + "a_second_receipt_that_m_pesa_does_not_know_keeps_the_refund_here",
    ),
    Mutant(
        "L9",
        "M-Pesa's word on the payment ends its reversal",
        EVIDENCE,
        "    if known.is_reversal:\n        return _is_of_the_reversal(known, told)\n",
        "    if known.is_reversal:\n        return True\n",
        UNIT + "what_m_pesa_says_of_the_payment_says_nothing_of_its_reversal",
    ),
    Mutant(
        "L9",
        "a payout follows a reversal that M-Pesa has made already",
        "domain/money_out/fold.py",
        "            if place + 1 == len(transfers) or transfer.failure.code == ALREADY_REVERSED:\n",
        "            if place + 1 == len(transfers):\n",
        UNIT + "already_reversed_means_that_the_money_is_back",
    ),
    Mutant(
        "L8",
        "the payment is told nothing",
        "domain/money_out/due.py",
        "    if is_to_be_told(record, state):\n",
        "    if False:\n",
        TOLD + "a_refund_whose_payment_is_away_stays_due",
    ),
    Mutant(
        "L8",
        "the outcome is marked as told before it is",
        TELL,
        '    if kept is None:\n        yield from call(Ambient.report, "refund_without_payment", {"out": record.id})\n'
        "        return\n",
        "",
        TOLD + "a_refund_whose_payment_is_away_stays_due",
    ),
    Mutant(
        "L9",
        "a payment hears of its refund from the sweep alone",
        "flows/money_out/take.py",
        "    yield from tell_at_once(kept.record, kept.state, settings)\n",
        "",
        TOLD + "the_payment_knows_as_soon_as_the_result_is_kept",
    ),
    Mutant(
        "L8",
        "nobody looks after a place without its item",
        "domain/due.py",
        "    if refunds_ms is not None:\n",
        "    if False:\n",
        UNIT + "the_sweep_makes_the_item_of_whoever_died_after_taking_the_place",
    ),
    Mutant(
        "L8",
        "M-Pesa's list ends no refund",
        SETTLE,
        "    if facts:\n        yield from keep_outgoing(",
        "    if False:\n        yield from keep_outgoing(",
        UNIT + "m_pesas_list_ends_a_reversal_that_nobody_answered",
    ),
    Mutant(
        "L13",
        "one key for two payments holds money in both",
        BEGIN,
        "    if begun.record.asked.payment != asked.payment_id:\n",
        "    if False:\n",
        UNIT + "one_key_for_two_payments_at_once_holds_money_in_one",
    ),
    Mutant(
        "L11",
        "a payout after a reversal has the reversal's terms",
        "domain/money_out/outgoing.py",
        "        return self.pays_from if self.pays_from and method == self.fallback else self.shortcode\n",
        "        return self.shortcode\n",
        UNIT + "a_refused_reversal_becomes_a_payout_with_an_approval_of_its_own",
    ),
)
