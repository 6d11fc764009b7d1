"""Mutants of what M-Pesa's own list teaches, and of a day's comparison with it."""

from __future__ import annotations

from tests.laws.mutant import Mutant

PULL, WINDOWS, ROWS = (
    "flows/reconciliation/pull.py",
    "domain/reconciliation/windows.py",
    "domain/reconciliation/rows.py",
)
COMPARE, PAIRING, RUN = (
    "domain/reconciliation/compare.py",
    "domain/reconciliation/pairing.py",
    "flows/reconciliation/run.py",
)
UNIT = "tests/unit/reconciliation/"
PULLED, STRETCHES, TOLD = f"{UNIT}test_pull.py::test_", f"{UNIT}test_windows.py::test_", f"{UNIT}test_rows.py::test_"
COMPARED, PAIRED, RAN = f"{UNIT}test_compare.py::test_", f"{UNIT}test_pairing.py::test_", f"{UNIT}test_run.py::test_"

RECONCILIATION_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L1",
        "the mark moves past rows that shifted under the reader",
        PULL,
        "    return Read.WHOLE if len(reader.names) == before else Read.SHIFTED\n",
        "    return Read.WHOLE\n",
        PULLED + "rows_that_never_stand_still_leave_the_mark_where_it_was",
    ),
    Mutant(
        "L1",
        "pages that do not meet are taken for whole",
        PULL,
        "(not page.rows or _name(page.rows[0]) != _name(last))",
        "not page.rows",
        PULLED + "rows_that_shift_while_pages_are_read_are_read_again[a row goes]",
    ),
    Mutant(
        "L1",
        "a run that ran out of time is taken for whole",
        PULL,
        "            return Read.UNFINISHED\n",
        "            return Read.WHOLE\n",
        PULLED + "a_run_without_time_leaves_the_mark_and_is_taken_up_later",
    ),
    Mutant(
        "L1",
        "nothing, said in words that may mean broken, is believed at once",
        PULL,
        "read is Read.DOUBTFUL and now_ms - stretch.until_ms >= SURE_AFTER_MS",
        "read is Read.DOUBTFUL",
        PULLED + "nothing_in_words_that_may_mean_broken_does_not_move_the_mark_at_once",
    ),
    Mutant(
        "L1",
        "a stretch begins where the last one ended, and late rows are lost",
        WINDOWS,
        "mark.complete_until_ms - overlap_ms",
        "mark.complete_until_ms",
        STRETCHES + "a_stretch_begins_before_the_last_one_ended_and_ends_minutes_ago",
    ),
    Mutant(
        "L1",
        "rows that went out of reach are no gap",
        WINDOWS,
        "if stretch.from_ms > self.complete_until_ms else ()",
        "if False else ()",
        STRETCHES + "what_went_out_of_reach_is_a_gap_and_proves_nothing",
    ),
    Mutant(
        "L7",
        "a reversal is read as a payment",
        ROWS,
        '    (RowKind.REVERSAL, r"revers"),\n',
        "",
        TOLD + "safaricoms_word_tells_whether_a_customer_paid[c2b-pay-bill-debit-reversal-reversal]",
    ),
    Mutant(
        "L7",
        "whatever stands in the list is a payment",
        PULL,
        "kind_of(row.word) is not RowKind.PAYMENT or not row.amount_kes",
        "not row.amount_kes",
        PULLED + "what_no_customer_paid_is_kept_in_the_book_and_never_credited[other0]",
    ),
    Mutant(
        "L18",
        "each row is told anew with every reading",
        PULL,
        "return [fact for fact in facts if fact.id not in _facts_at_place(receipts.get(fact.receipt), known)]",
        "return [fact for fact in facts if known is not None]",
        PULLED + "a_row_that_is_told_again_costs_reads_and_changes_nothing",
    ),
    Mutant(
        "L16",
        "silence of Pull is certain",
        COMPARE,
        "        certain=False,\n",
        "        certain=True,\n",
        COMPARED + "what_mpesas_list_does_not_show_is_not_seen_and_proves_nothing",
    ),
    Mutant(
        "L16",
        "hours that no list covers make differences",
        COMPARE,
        "and not books.covers(money.at_ms)",
        "and False",
        COMPARED + "what_mpesas_list_was_never_asked_about_is_not_judged",
    ),
    Mutant(
        "L16",
        "a row that lists overlap in counts twice",
        COMPARE,
        "    return {row.receipt: row for row in paid}\n",
        "    return {f'{row.receipt}{n}': row for n, row in enumerate(paid)}\n",
        COMPARED + "what_both_have_is_no_difference",
    ),
    Mutant(
        "L16",
        "a day is balanced although the list does not cover it",
        "domain/reconciliation/day.py",
        "    return DayState.BALANCED if complete else DayState.INCOMPLETE\n",
        "    return DayState.BALANCED\n",
        COMPARED + "a_day_is_balanced_only_where_the_list_covers_all_of_it[rows1-False-incomplete]",
    ),
    Mutant(
        "L2",
        "of two codes that fit, one is taken",
        PAIRING,
        "        if [other.receipt for other in fitting] == [money.receipt]:\n",
        "        if money in fitting:\n",
        PAIRED + "two_codes_for_one_payment_are_left_to_a_person",
    ),
    Mutant(
        "L2",
        "of two payments that fit, one gets the money",
        PAIRING,
        "        if len(meant) != 1 or not meant[0]",
        "        if not meant or not meant[0]",
        PAIRED + "two_payments_for_one_code_are_left_to_a_person",
    ),
    Mutant(
        "L16",
        "a closed day is compared anew",
        RUN,
        "        if before is not None and before.state is DayState.CLOSED:\n",
        "        if before is not None and before.state is DayState.NOT_RUN:\n",
        RAN + "a_closed_day_stays_as_it_is",
    ),
)
