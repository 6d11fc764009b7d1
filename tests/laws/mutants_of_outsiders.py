"""Mutants that no test noticed when lines of money code were broken at random: each has its test since."""

from __future__ import annotations

from tests.laws.mutant import L5, L14, Mutant

UNIT = "tests/unit/"
PAYOUTS = f"{UNIT}domain/test_money_out_fold.py::test_"
REFUNDS = f"{UNIT}money_out/test_refunds_beside_others.py::test_"
WAITING, CLAIMS = f"{UNIT}money_out/test_waiting.py::test_", "tests/laws/test_claims.py::test_law_"
REPAIR, TURNS = f"{UNIT}test_repair_runs.py::test_", f"{UNIT}test_sweep_turns.py::test_"

OUTSIDER_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L14",
        "the setting CONFIRM is read and not heeded",
        "flows/take_callback.py",
        "        if isinstance(fact, CallbackReceived):\n            return [replace(fact, demands_query=",
        "        if fact is None:\n            return [replace(fact, demands_query=",
        L14 + "where_the_setting_says_so_safaricoms_own_callback_waits_for_a_query",
    ),
    Mutant(
        "L7",
        "a stranger's callback with half of the right ids is confirmed by a query",
        "domain/evidence.py",
        "    return ids_ok and any(_agrees(query, callback) for query in known.queries)",
        "    return any(_agrees(query, callback) for query in known.queries)",
        f"{UNIT}domain/test_fold.py::test_ids_that_are_half_the_pushs_are_confirmed_for_safaricom_alone",
    ),
    Mutant(
        "L7",
        "a claim tells what another shop was paid at the same shortcode",
        "flows/claims.py",
        "    if money.owner is not None:\n        owner = yield",
        "    if money.owner is None:\n        owner = yield",
        CLAIMS + "7_nobody_learns_by_a_claim_what_another_shop_was_paid",
    ),
    Mutant(
        "L7",
        "money that went back takes claims",
        "flows/claims.py",
        "    if state.status in RETURNED:\n        return ClaimRefused.ALREADY_FINAL\n",
        "",
        CLAIMS + "7_what_went_back_takes_no_claim",
    ),
    Mutant(
        "L5",
        "between two tries of a push there is no pause",
        "flows/send_prompt.py",
        "    yield from call(Ambient.pause, wait_ms)\n    return True\n",
        "    return True\n",
        L5 + "between_two_tries_there_is_a_pause",
    ),
    Mutant(
        "L5",
        "a prompt that never left holds the phone for M-Pesa's two minutes",
        "domain/attempts.py",
        "    if attempt.status is AttemptStatus.REFUSED:\n        return max(",
        "    if attempt.status is AttemptStatus.SENDING:\n        return max(",
        f"{UNIT}domain/test_attempts.py::test_a_prompt_that_never_left_holds_nobody_up_longer_than_its_reason",
    ),
    Mutant(
        "L10",
        "a status of another conversation is this transfer's",
        "domain/money_out/evidence.py",
        "isinstance(told, StatusAnswered) and not told.conversation_id and not told.originator_conversation_id",
        "isinstance(told, StatusAnswered) and (not told.conversation_id or not told.originator_conversation_id)",
        PAYOUTS + "a_payout_stands_as_its_facts_have_it",
    ),
    Mutant(
        "L9",
        "a refund whose reversal and whose payout both went is nobody's business",
        "domain/money_out/fold.py",
        "for fact in proof.facts] if len(done) > 1 else []",
        "for fact in proof.facts] if len(done) > 2 else []",
        PAYOUTS + "a_refund_whose_reversal_and_whose_payout_went_asks_for_a_person",
    ),
    Mutant(
        "L9",
        "a reversal without a receipt is done",
        "domain/money_out/evidence.py",
        "    return amount_fits and ids and bool(receipt) and receipt != known.asked.original_receipt",
        "    return amount_fits and ids and receipt != known.asked.original_receipt",
        PAYOUTS + "a_reversal_is_done_only_under_a_receipt",
    ),
    Mutant(
        "L9",
        "whether a refund stands is judged by the first one of the payment",
        "domain/refunds.py",
        "    refund = next((one for one in state.refunds if one.id == refund_id), None)\n",
        "    refund = next(iter(state.refunds), None)\n",
        REFUNDS + "a_refund_that_was_withdrawn_counts_no_more",
    ),
    Mutant(
        "L9",
        "money that came twice is sure as soon as somebody's file tells of it",
        "domain/refunds.py",
        "SURE = frozenset({Source.STATUS, Source.PULL})\n",
        "SURE = frozenset({Source.STATUS, Source.PULL, Source.STATEMENT})\n",
        REFUNDS + "what_m_pesas_own_books_have_shown_already_is_not_asked_about",
    ),
    Mutant(
        "L9",
        "money that came twice is sure as soon as a confirmation tells of it",
        "domain/refunds.py",
        "isinstance(fact, MoneyReceived) and fact.told_by in SURE}",
        "isinstance(fact, MoneyReceived)}",
        REFUNDS + "what_m_pesas_own_books_have_shown_already_is_not_asked_about",
    ),
    Mutant(
        "L8",
        "a look after refunds puts off for six hours what else is due",
        "flows/money_out/refund_settle.py",
        "else max(next_ms, now_ms)\n",
        "or next_ms <= now_ms else next_ms\n",
        REFUNDS + "a_look_after_a_refund_puts_off_no_question_about_a_prompt",
    ),
    Mutant(
        "L10",
        "what got lost is asked about every minute for ever",
        "domain/money_out/due.py",
        "if at_ms > asks.last_at_ms), last_ms + apart_ms)",
        "if at_ms > asks.last_at_ms), last_ms - apart_ms)",
        PAYOUTS + "what_got_lost_is_asked_about_soon_then_hourly_and_after_a_day_every_six_hours",
    ),
    Mutant(
        "L14",
        "a stranger's answer about the operator stops every payout",
        "flows/money_out/take.py",
        "    if taken is not None and delivery.listed and result.code != SUCCESS:\n"
        "        yield from heard(shortcodes[0], ASK_STATUS,",
        "    if taken is not None and result.code != SUCCESS:\n        yield from heard(shortcodes[0], ASK_STATUS,",
        WAITING + "a_strangers_answer_about_the_operator_stops_nothing",
    ),
    Mutant(
        "L1",
        "the night looks for the payments of money that is nobody's",
        "flows/repair.py",
        "for receipt in page.records if receipt.owner is not None})",
        "for receipt in page.records if receipt.owner is None})",
        REPAIR + "law_1_the_night_mends_the_claim_that_a_crash_left_half_done_and_no_other",
    ),
    Mutant(
        "L14",
        "a wish for more rights outlives the next change of the roles",
        "domain/staff.py",
        "    return replace(standing, roles=roles, removed=False, proposal=None)",
        "    return replace(standing, roles=roles, removed=False)",
        f"{UNIT}console/test_staff.py::test_a_wish_for_more_rights_ends_with_the_next_change",
    ),
    Mutant(
        "L8",
        "where Safaricom takes few questions the oldest never have a turn",
        "flows/sweep.py",
        "        if place % OLDEST_SHARE == OLDEST_SHARE - 1:\n",
        "        if place // OLDEST_SHARE == OLDEST_SHARE - 1:\n",
        TURNS + "the_newest_come_first_and_every_fifth_turn_is_the_oldests",
    ),
)
