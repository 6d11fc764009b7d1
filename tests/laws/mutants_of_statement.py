"""Mutants of what a statement teaches, and of what its silence proves."""

from __future__ import annotations

from tests.laws.mutant import Mutant

FILE, RECORD = "domain/reconciliation/statement.py", "flows/reconciliation/statement.py"
SILENCE, JUDGES, PROVEN = (
    "domain/reconciliation/silence.py",
    "flows/reconciliation/silence.py",
    "domain/reconciliation/proven.py",
)
COMPARE, RUN = "domain/reconciliation/compare.py", "flows/reconciliation/run.py"
UNIT = "tests/unit/reconciliation/"
TOLD, TAKEN, SILENT = (
    f"{UNIT}test_statement.py::test_",
    f"{UNIT}test_take_statement.py::test_",
    f"{UNIT}test_silence.py::test_",
)
COMPARED = f"{UNIT}test_compare_statement.py::test_"

STATEMENT_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L4",
        "a statement ends an attempt of which it does not cover the time",
        SILENCE,
        "        and proven.covers_all(from_ms, until_ms)\n",
        "",
        SILENT + "a_statement_that_does_not_cover_its_time_says_nothing",
    ),
    Mutant(
        "L4",
        "money that may be its own is overlooked",
        SILENCE,
        "    return all(candidate.phone_allows(attempt, money) for money in told)\n",
        "    return False\n",
        SILENT + "money_that_may_be_its_own_leaves_it_to_a_person",
    ),
    Mutant(
        "L4",
        "what no word explains is no payment",
        SILENCE,
        "    if record is None or row.kind is RowKind.OTHER:\n        return True\n",
        "    if record is None or row.kind is RowKind.OTHER:\n        return False\n",
        SILENT + "money_that_may_be_its_own_leaves_it_to_a_person",
    ),
    Mutant(
        "L4",
        "the silence of any account proves something",
        FILE,
        "    if not any(name in _account(table).lower() for name in _RECEIVING):\n",
        "    if False:\n",
        SILENT + "a_statement_of_another_account_says_nothing",
    ),
    Mutant(
        "L4",
        "a statement tells of its whole period, whenever it was made",
        FILE,
        "    return min(max(known_ms, newest_ms), period[1]",
        "    return min(period[1] if period else newest_ms, period[1]",
        SILENT + "a_statement_that_does_not_cover_its_time_says_nothing",
    ),
    Mutant(
        "L4",
        "a statement with a row that cannot be read proves that nobody paid",
        FILE,
        "    if refused:\n        return ",
        "    if False:\n        return ",
        SILENT + "a_statement_with_a_refused_row_says_nothing",
    ),
    Mutant(
        "L4",
        "a statement that lacks what M-Pesa told of is a judge all the same",
        SILENCE,
        "        money.receipt not in stated and",
        "        not money.receipt and",
        SILENT + "a_statement_without_a_payment_that_mpesa_told_of_is_no_judge",
    ),
    Mutant(
        "L4",
        "rows that the index does not show yet are taken for absent",
        "flows/reconciliation/gather.py",
        "known = Known(rows, mark, proven.seen(day, rows))",
        "known = Known(rows, mark, proven)",
        SILENT + "a_row_that_the_index_does_not_show_yet_keeps_the_statement_from_being_believed",
    ),
    Mutant(
        "L4",
        "of a row that is seen twice both are counted",
        PROVEN,
        "            row.key\n",
        "            id(row)\n",
        COMPARED + "a_statement_is_believed_once_all_its_rows_of_the_day_are_seen",
    ),
    Mutant(
        "L4",
        "news that comes between reading and writing is overruled",
        JUDGES,
        "return (fact,) if any(one.number == attempt.number and is_open(one) for one in attempts) else ()",
        "return (fact,) if attempts else ()",
        SILENT + "news_that_comes_between_reading_and_writing_outweighs_the_silence",
    ),
    Mutant(
        "L3",
        "a success beside a statement without it holds nothing back",
        "domain/evidence.py",
        "    denials += known.unlisted\n",
        "",
        SILENT + "a_success_that_is_told_after_all_is_paid_and_a_person_must_look",
    ),
    Mutant(
        "L1",
        "a statement is believed before all its rows are kept",
        RECORD,
        "            return record\n        part =",
        "            break\n        part =",
        TAKEN + "nothing_is_proven_before_all_rows_are_kept",
    ),
    Mutant(
        "L16",
        "sums that do not add up are believed",
        FILE,
        "    if ends[0] + came - went != ends[1]:\n",
        "    if False:\n",
        TOLD + "without_balances_of_rows_the_ends_must_agree",
    ),
    Mutant(
        "L16",
        "balances that do not follow are believed",
        FILE,
        "    return one.balance_cents == balance + one.signed_cents\n",
        "    return one.balance_cents is not None\n",
        TOLD + "a_file_that_does_not_add_up_is_refused_and_says_where",
    ),
    Mutant(
        "L7",
        "what goes out under a payment's word is a payment",
        FILE,
        "    if signed_cents == 0 or (kind in came) != (signed_cents > 0):\n",
        "    if signed_cents == 0:\n",
        TAKEN + "what_no_customer_paid_is_never_credited",
    ),
    Mutant(
        "L7",
        "a row that was declined counts",
        FILE,
        '    return row.cells["status"].lower() == "completed"\n',
        "    return True\n",
        TOLD + "a_row_that_was_not_completed_moved_nothing",
    ),
    Mutant(
        "L14",
        "a shop's file speaks for another shop's payments",
        RECORD,
        "    if taking.whose.is_shared:\n",
        "    if False:\n",
        TAKEN + "of_a_shortcode_of_two_shops_a_file_speaks_for_the_shops_own_payments_alone",
    ),
    Mutant(
        "L14",
        "what another shop sent is in this shop's book",
        "domain/reconciliation/statement_record.py",
        '    return f"{owner}@{shortcode}"\n',
        '    return f"@{shortcode}"\n',
        TAKEN + "what_another_shop_sent_is_in_no_book_of_mine",
    ),
    Mutant(
        "L16",
        "a statement that was begun goes on with another file",
        RECORD,
        "    if record.digest and not hmac",
        "    if False and not hmac",
        TAKEN + "another_file_in_its_place_is_not_gone_on_with",
    ),
    Mutant(
        "L16",
        "a morning forgets a statement that was begun",
        RUN,
        "    kinds = (StepKind.COMPARE, StepKind.STATEMENT)\n",
        "    kinds = (StepKind.COMPARE,)\n",
        TAKEN + "a_morning_forgets_no_statement",
    ),
    Mutant(
        "L16",
        "at the edge of a statement's time silence is certain",
        COMPARE,
        "    if books.proven(money.at_ms - EARLIER_MS, money.at_ms + EARLIER_MS) and",
        "    if books.proven(money.at_ms, money.at_ms) and",
        COMPARED + "at_the_edge_of_its_time_nothing_is_certain",
    ),
    Mutant(
        "L16",
        "Pull counts beside the statement that judges",
        COMPARE,
        "if row.told_by is Source.STATEMENT or not books.proven(row.completed_at_ms, row.completed_at_ms)",
        "if row.told_by is Source.STATEMENT or books.day",
        COMPARED + "what_only_pull_shows_of_a_time_that_the_statement_tells_of_does_not_count",
    ),
)
