"""Mutants of money by hand: whose it may be, who may say so, and what stands on the list."""

from __future__ import annotations

from tests.laws.mutant import L6, LAWS, Mutant

ASSIGN, KEEP, FOLD = "flows/assign.py", "flows/keep.py", "domain/fold.py"
TEST = f"{LAWS}test_assign.py::test_law_"
AT_ONCE = f"{LAWS}test_assign_at_once.py::test_law_2_any_two_at_once_in_every_schedule_of_one_overtaking"
PROPOSALS = "tests/unit/domain/test_proposals.py::test_"
CONTRACT = "tests/contract/test_received_contract.py::test_"

C2B_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L2",
        "money is given without a look at other payments' prompts",
        ASSIGN,
        "    return Assigned(money, refused=AssignRefused.MAY_BE_ANOTHERS, others=left) if left else None\n",
        "    return None\n",
        TEST + "2_money_that_may_be_another_payments_is_not_given[lives]",
    ),
    Mutant(
        "L2",
        "a busy shop's payments are looked through for three pages only",
        ASSIGN,
        "pages >= PAGES_MAX and oldest_ms < at_ms - PROMPT_BEFORE_MS",
        "pages >= PAGES_MAX",
        TEST + "2_a_busy_shop_is_looked_through_to_ten_minutes_before",
    ),
    Mutant(
        "L2",
        "payments of the typed reference are not looked at",
        ASSIGN,
        "    further = tuple(other for other in ids if other not in known)\n",
        "    further: tuple[str, ...] = ()\n",
        TEST + "2_an_old_payment_with_the_typed_reference_is_looked_at_too",
    ),
    Mutant(
        "L2",
        "naming one other payment lets all of them pass",
        ASSIGN,
        "    left = tuple(other for other in others if other not in not_of)\n    return Assigned(money, refused",
        "    left = () if not_of else others\n    return Assigned(money, refused",
        TEST + "2_who_names_one_other_payment_is_told_of_the_next",
    ),
    Mutant(
        "L2",
        "who was passed over is not told",
        "flows/publish.py",
        "            for other in fact.not_of:\n",
        "            for other in fact.not_of[:0]:\n",
        TEST + "2_a_person_may_know_better_and_both_payments_say_so",
    ),
    Mutant(
        "L2",
        "money without its code is believed beside the same sum given away",
        FOLD,
        "isinstance(fact, MoneyGivenElsewhere) and fact.amount_kes in unnamed]",
        "isinstance(fact, MoneyGivenElsewhere) and fact.amount_kes in ()]",
        L6 + "every_order_of_a_few_deliveries_gives_what_the_oracle_says[a person decides]",
    ),
    Mutant(
        "L2",
        "the receipt that another payment has is given all the same",
        ASSIGN,
        "    if money.owner not in (None, payment_id):\n        return AssignRefused.TAKEN\n",
        "",
        TEST + "2_who_is_late_writes_nothing",
    ),
    Mutant(
        "L7",
        "the sweep, a reference or a claim takes what a person set aside",
        KEEP,
        "kept_from_it = heeds_people and is_set_aside(existing.facts.values())",
        "kept_from_it = False",
        TEST + "7_money_set_aside_is_matched_by_nothing_less_than_a_callback",
    ),
    Mutant(
        "L7",
        "money that was set aside is given without being taken back",
        ASSIGN,
        "    return AssignRefused.IGNORED if money.standing is Standing.IGNORED else None\n",
        "    return None\n",
        TEST + "7_money_set_aside_is_matched_by_nothing_less_than_a_callback",
    ),
    Mutant(
        "L2",
        "goods go out for money that a person had set aside",
        FOLD,
        "if fact.aside and fact.receipt in credited]",
        "if False]",
        TEST + "2_a_callback_proves_more_than_a_person_said_and_the_payment_is_held",
    ),
    Mutant(
        "L6",
        "the last word on money set aside is the one that came last",
        "domain/decisions.py",
        "            if known is None or (known.turn, known.id) < (fact.turn, fact.id):\n",
        "            if known is None or known.learned_at_ms < fact.learned_at_ms or True:\n",
        "tests/unit/domain/test_decisions.py::test_the_highest_turn_holds_whatever_the_order[2]",
    ),
    Mutant(
        "L7",
        "what a person gave asks for another look because of what was typed",
        FOLD,
        "    claimed = matched_receipts(facts) | assigned_receipts(facts)\n",
        "    claimed = matched_receipts(facts)\n",
        TEST + "7_money_that_a_person_gives_pays_whatever_was_typed",
    ),
    Mutant(
        "L1",
        "money taken back is not matched again",
        ASSIGN,
        "    due_at_ms = None if aside else now_ms + MATCH_AGAIN_MS[0]\n",
        "    due_at_ms = None\n",
        TEST + "1_money_taken_back_is_matched_again",
    ),
    Mutant(
        "L1",
        "money that waits stands in no list",
        "aws/items.py",
        "    if record.standing is Standing.MATCHED:\n",
        "    if record.standing is not Standing.IGNORED:\n",
        CONTRACT + "what_waits_stands_newest_first_over_all_shortcodes[dynamodb]",
    ),
    Mutant(
        "L1",
        "a day's list leaves the last second of the day out",
        "aws/received.py",
        'return f"{begins_ms:013d}", f"{begins_ms + DAY_MS:013d}"',
        'return f"{begins_ms:013d}", f"{begins_ms + DAY_MS - 1000:013d}"',
        CONTRACT + "a_day_is_that_of_nairobi[dynamodb]",
    ),
    Mutant(
        "L7",
        "the sum and the time alone name a payment",
        "domain/proposals.py",
        "    return bool(by_phone) and {Reason",
        "    return {Reason",
        PROPOSALS + "less_is_no_proposal[the sum alone]",
    ),
    Mutant(
        "L2",
        "who was overtaken leaves an open payment behind",
        ASSIGN,
        "    if assigned.refused is not None and existing is None:\n",
        "    if False:\n",
        TEST + "2_who_is_overtaken_cancels_the_payment_that_was_made_for_it",
    ),
)
