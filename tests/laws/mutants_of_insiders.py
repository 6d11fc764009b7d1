"""Mutants of what an insider, a stranger or two workers at once tried against money that goes out."""

from __future__ import annotations

from tests.laws.mutant import LAWS, Mutant

OUT = f"{LAWS}test_adversary_money_out.py::test_law_"
BACK = f"{LAWS}test_adversary_refunds.py::test_law_"
PERSONS = "tests/security/test_two_persons.py::test_law_"
OF_FILES = "tests/unit/console/test_payout_files.py::"
FLOWS = "flows/money_out/"

INSIDER_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L10",
        "who finds the day used up gives the recipient's place back",
        f"{FLOWS}limits.py",
        "    return (yield from _take(day_limit_name(asked.owner, day), asked, day, settings.out.day_kes))\n",
        "    place = yield from _take(day_limit_name(asked.owner, day), asked, day, settings.out.day_kes)\n"
        "    if place is not Place.TAKEN:\n"
        "        yield from _end((yield from _recipients_limit(asked, day)), asked.id, went=False)\n"
        "    return place\n",
        OUT + "10_a_worker_that_finds_the_day_used_up_takes_no_place_from_one_that_sends",
    ),
    Mutant(
        "L10",
        "places of the day before are given back before the item says so",
        f"{FLOWS}send.py",
        "    left = record.limit_day\n    if record.limit_day_before:\n",
        "    left = record.limit_day\n"
        "    if left:\n"
        "        yield from end_places(record, left, went=False)\n"
        "    if record.limit_day_before:\n",
        OUT + "10_whoever_sends_over_midnight_counts_in_the_limits_of_its_day",
    ),
    Mutant(
        "L10",
        "the policy lets more go than a recipient may get",
        f"{FLOWS}begin.py",
        "    limit_kes = min(settings.out.approve_above_kes, settings.out.recipient_kes)\n",
        "    limit_kes = settings.out.approve_above_kes\n",
        OUT + "10_a_policy_that_lets_more_go_than_a_recipient_may_get_stays_within_that",
    ),
    Mutant(
        "L14",
        "endless figures in a file bring the function down",
        "web/payout_lines.py",
        '        fields["amount"] = int(amount.lstrip("0")[:FIGURES_MAX] or "0")\n',
        '        fields["amount"] = int(amount)\n',
        "tests/unit/web/test_payout_files.py::test_endless_figures_are_refused_like_any_bad_amount",
    ),
    Mutant(
        "L10",
        "a success after a failure counts nowhere",
        "domain/money_out/outgoing.py",
        "        return not self.limits_closed or (status is OutgoingStatus.SUCCEEDED and not self.limits_went)\n",
        "        return not self.limits_closed\n",
        OUT + "10_a_success_after_a_failure_counts_on_its_day",
    ),
    Mutant(
        "L10",
        "any answer after a no is one more no",
        "domain/money_out/evidence.py",
        "if fact.said_at_ms >= last_left_ms and fact.said_at_ms > other_ms]\n",
        "if fact.said_at_ms >= last_left_ms]\n",
        OUT + "10_one_no_and_an_answer_that_says_nothing_are_not_ten_minutes_of_noes",
    ),
    Mutant(
        "L10",
        "a transfer may be handed over again until the last second of M-Pesa's day",
        "domain/money_out/evidence.py",
        "SENT_AGAIN_WITHIN_MS = 23 * HOUR_MS\n",
        "SENT_AGAIN_WITHIN_MS = 24 * HOUR_MS\n",
        OUT + "10_the_last_hand_over_ends_well_within_the_day",
    ),
    Mutant(
        "L14",
        "whoever got hold of an address fills the item",
        f"{FLOWS}take.py",
        "    return () if _is_doubt(fact) and doubts >= DOUBTS_MAX else (fact,)\n",
        "    return (fact,)\n",
        OUT + "14_who_got_hold_of_an_address_fills_no_payouts_item",
    ),
    Mutant(
        "L15",
        "an approval's note carries numbers into events",
        f"{FLOWS}decide.py",
        "        signed_in_at_ms=person.signed_in_at_ms,\n        note=mask_text(note)[:NOTE_MAX],\n",
        "        signed_in_at_ms=person.signed_in_at_ms,\n        note=note[:NOTE_MAX],\n",
        OUT + "15_a_number_in_a_note_is_masked_before_it_is_kept",
    ),
    Mutant(
        "L14",
        "a person's word about another shop's payment is written into it",
        "flows/assign.py",
        "others=left) if left else others\n",
        "others=left) if left else not_of\n",
        f"{LAWS}test_assign.py::test_law_14_whoever_names_another_shops_payment_writes_nothing_into_it",
    ),
    Mutant(
        "L11",
        "a person's key asks in nobody's name",
        "web/payouts.py",
        "        maker=key.maker,\n",
        "",
        PERSONS + "11_whose_the_key_is_cannot_agree_to_what_it_asked_for",
    ),
    Mutant(
        "L11",
        "a key that a person's key made is nobody's",
        "web/key_management.py",
        "        maker=maker.maker,\n",
        "",
        PERSONS + "11_a_key_that_the_key_made_is_no_other_person",
    ),
    Mutant(
        "L11",
        "a file of payouts is nobody's",
        f"{FLOWS}file.py",
        "        maker=file.maker,\n",
        "",
        PERSONS + "11_a_file_of_payouts_is_as_much_the_keys",
    ),
    Mutant(
        "L11",
        "whoever asked for a line approves it",
        f"{FLOWS}decide.py",
        "    if record.asked.maker and record.asked.maker == person.subject:\n        return Objection.OWN\n",
        "",
        PERSONS + "11_nor_are_all_its_lines_together_approved_by_whose_the_key_is",
    ),
    Mutant(
        "L11",
        "a whole file is approved whatever it has become",
        f"{FLOWS}decide_file.py",
        "    if not terms or not lines or terms_of_file(file, found, lines) != terms:\n",
        "    if not terms or not lines:\n",
        OF_FILES + "test_other_lines_than_were_shown_are_not_approved",
    ),
    Mutant(
        "L11",
        "the terms of a file name no lines that were shown as waiting",
        f"{FLOWS}decide_file.py",
        ", *(str(line) for line in lines)])\n",
        "])\n",
        OF_FILES + "test_other_lines_than_the_terms_are_of_approve_nothing[1-2]",
    ),
    Mutant(
        "L11",
        "an admin approves what his own guest asks for",
        "domain/staff.py",
        "    return any(one not in guests for one in asked) if asked else not guests\n",
        "    return True\n",
        PERSONS + "11_an_admin_does_not_approve_what_his_own_guest_asks_for",
    ),
    Mutant(
        "L11",
        "a guest who is invited anew was never there",
        "domain/staff.py",
        "    return any(one not in guests for one in asked) if asked else not guests\n",
        "    return any(one not in guests for one in asked) if asked else True\n",
        PERSONS + "11_a_guest_who_is_gone_is_still_a_guest[True]",
    ),
    Mutant(
        "L9",
        "a second hand-over does not look whether the money is still here",
        f"{FLOWS}send.py",
        "    if record.asked.kind == OutgoingKind.REFUND:\n        held",
        "    if record.asked.kind == OutgoingKind.REFUND and OUTGOING[state.status].waits:\n        held",
        BACK + "9_a_second_hand_over_does_not_follow_a_reversal_at_the_portal",
    ),
    Mutant(
        "L9",
        "a place of another payment's refund stays taken",
        f"{FLOWS}refund_settle.py",
        "    if record.asked.payment != payment.id:\n"
        "        yield from give_the_place_back(payment.id, refund.id, settings)\n"
        "        return\n",
        "",
        BACK + "9_a_place_of_another_payments_refund_is_given_back",
    ),
)
