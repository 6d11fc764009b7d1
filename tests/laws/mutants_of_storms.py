"""Mutants of what storms found: rules without which no law test of their own would fail."""

from __future__ import annotations

from tests.laws.mutant import L6, Mutant

STORMS = "tests/simulation/test_seeds.py::test_"
FOUND = "tests/simulation/test_found.py::test_"

STORM_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L1",
        "a success that waits for a query and names another receipt is forgotten",
        "domain/evidence.py",
        "        denials += [told for told in _told_successes(known) if told.receipt not in receipts]\n",
        "        pass\n",
        f"{FOUND}a_success_that_waits_for_a_query_and_names_another_receipt_than_the_believed_one_is_held",
    ),
    Mutant(
        "L2",
        "nobody looks whether money that lay unmatched reached the payment that owns it",
        "flows/keep.py",
        "            merged = replace(merged, due_at_ms=now_ms + LOOK_AFTER_MS)\n",
        "            merged = replace(merged, due_at_ms=None)\n",
        "tests/laws/test_law_2_one_credit.py::test_law_2_a_crash_after_a_callback_owned_unmatched_money_is_mended_by_the_sweep",
    ),
    Mutant(
        "L5",
        "a phone may be prompted as often a day as ten minutes allow each time",
        "domain/guard.py",
        "        _window_free_ms(times, policy.prompts_per_day, DAY_MS),\n",
        "        _window_free_ms(times, 10 * policy.prompts_per_day, DAY_MS),\n",
        f"{STORMS}a_bomber_makes_a_phone_ring_no_more_than_a_day_allows",
    ),
    Mutant(
        "L6",
        "a write that lost its race is taken for done",
        "flows/keep.py",
        "    return Kept(after, state, changed=True) if saved else None\n\n\ndef claim_record",
        "    return Kept(after, state, changed=True) if saved or found is not None else None\n\n\ndef claim_record",
        L6 + "any_two_of_every_kind_at_once_end_where_one_of_their_orders_ends",
    ),
    Mutant(
        "L8",
        "a failure for which there was no room settles the payment",
        "aws/store.py",
        "earliest(before.due_at_ms, indexed.due_at_ms) if facts.left_out else indexed.due_at_ms\n",
        "indexed.due_at_ms if facts.left_out else indexed.due_at_ms\n",
        "tests/unit/test_adversary_room.py::test_a_failure_that_finds_no_room_does_not_settle_what_is_stored",
    ),
    Mutant(
        "L8",
        "what comes due with a write looks as if it had waited since long before it",
        "flows/settings.py",
        "None if due_ms is None else max(due_ms, record.updated_at_ms)",
        "due_ms",
        f"{FOUND}nothing_is_written_as_due_before_the_write",
    ),
    Mutant(
        "L12",
        "a record of emission proves that the event was told, whatever happened next",
        "flows/untold.py",
        "        if (event.untold or was_cut_off(record, event.emitted_at_ms, missing))\n",
        "        if event.untold\n",
        "tests/laws/test_law_12_late_changes.py::test_law_12_what_was_recorded_and_not_told_when_the_teller_died_is_told_after_a_look",
    ),
    Mutant(
        "L12",
        "what the stream forgot is not told at night",
        "flows/untold.py",
        "    changed = [record for record in records if since_ms <= record.updated_at_ms]\n",
        "    changed = [record for record in records if now_ms < record.updated_at_ms]\n",
        f"{STORMS}what_the_stream_forgets_is_told_by_the_night_all_the_same",
    ),
    Mutant(
        "L12",
        "a night leaves all of what changed just now to the stream",
        "domain/telling.py",
        "    return [event for event in left if event.id in followed]\n",
        "    return []\n",
        f"{FOUND}the_night_tells_of_a_payment_that_changed_just_now_what_followed_before",
    ),
    Mutant(
        "L12",
        "a night looks back only to the run before",
        "domain/repairs.py",
        "    since_ms = min(progress.began_ms - OVERLAP_MS, day_begins_ms(day_of(progress.began_ms)))",
        "    since_ms = progress.began_ms - OVERLAP_MS",
        f"{FOUND}a_nights_repair_looks_back_to_the_beginning_of_the_day_of_the_run_before",
    ),
    Mutant(
        "L18",
        "who finds the token dead fetches one though another process holds the lease",
        "flows/token.py",
        "        held = lease is not None and now_ms < lease.until_ms <= now_ms + LEASE_MS + CLOCKS_APART_MS\n",
        "        held = lease is not None and now_ms < lease.until_ms <= now_ms\n",
        f"{STORMS}a_thousand_processes_at_a_dead_token_ask_for_one_new_token",
    ),
)
