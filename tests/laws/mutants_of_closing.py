"""Mutants of what people decide about a compared day, and of what comes after it was closed."""

from __future__ import annotations

from tests.laws.mutant import Mutant

DECIDE, RUN, LATE = (
    "flows/reconciliation/decide.py",
    "flows/reconciliation/run.py",
    "flows/reconciliation/late.py",
)
DECISIONS, DAY, ADAPTER = (
    "domain/reconciliation/decisions.py",
    "domain/reconciliation/day.py",
    "aws/reconciliation.py",
)
CLOSING = "tests/unit/reconciliation/test_closing.py::test_"
CLOSED = "tests/unit/reconciliation/test_closed_days.py::test_"
KEPT = "tests/contract/test_reconciliations_contract.py::test_"
STAYS = "tests/laws/test_law_16_closed_days.py::test_law_16_"

MANY = "flows/reconciliation/explain_many.py"
AT_ONCE = "tests/unit/reconciliation/test_explaining_together.py::test_"
TOGETHER = "tests/unit/reconciliation/test_explain_many.py::test_"

CLOSING_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L16",
        "a comparison is kept in the place of a newer one",
        RUN,
        "        if (now.run_at_ms, now.outcome) != (before.run_at_ms, before.outcome):\n",
        "        if not now:\n",
        CLOSING + "a_comparison_that_another_one_overtook_is_made_again",
    ),
    Mutant(
        "L16",
        "a closed day is compared as an open one",
        RUN,
        "        if before is not None and before.is_closed:\n",
        "        if before is not None and not before:\n",
        STAYS + "a_closed_day_stays_and_no_decision_is_lost",
    ),
    Mutant(
        "L16",
        "what comes of a closed day changes its sums",
        DAY,
        "    return replace(record, news=fresh, version=record.version + 1)\n",
        "    return replace(record, news=fresh, mpesa=found.mpesa, version=record.version + 1)\n",
        STAYS + "a_closed_day_stays_and_no_decision_is_lost",
    ),
    Mutant(
        "L16",
        "a day is closed while somebody must look at a line",
        DECIDE,
        "    if judgement.state is DayState.DIFFERENCES:\n",
        "    if judgement.state is DayState.CLOSED:\n",
        CLOSING + "a_day_is_not_closed_while_a_line_is_open",
    ),
    Mutant(
        "L16",
        "a day is closed before it is over",
        DECIDE,
        "    if day >= day_of(now_ms):\n",
        "    if day > day_of(now_ms):\n",
        CLOSING + "a_day_is_not_closed_before_it_is_over",
    ),
    Mutant(
        "L16",
        "another outcome is closed than the one that was seen",
        DECIDE,
        '    if wish.outcome not in ("", record.outcome):\n',
        '    if wish.outcome not in ("", record.outcome, wish.outcome):\n',
        CLOSING + "a_day_that_comes_out_otherwise_than_it_was_seen_is_not_closed",
    ),
    Mutant(
        "L16",
        "a list with a gap is taken for the whole of it",
        DECIDE,
        "    return None if record.complete or wish.accepts_incomplete else Refusal.NOT_COMPLETE\n",
        "    return None\n",
        CLOSING + "a_day_with_a_gap_in_the_list_is_closed_only_by_who_accepts_it",
    ),
    Mutant(
        "L16",
        "an explanation stays with a line whose amount is another one",
        DECISIONS,
        "line.ours_kes, line.mpesa_kes, line.certain, at_ms]",
        "line.ours_kes, line.certain, at_ms]",
        CLOSING + "a_line_whose_amount_changed_is_open_again",
    ),
    Mutant(
        "L1",
        "a decision takes the place of another one",
        ADAPTER,
        "(conflict.stored is not None and _decision(conflict.stored) == decision)",
        "conflict.stored is not None",
        KEPT + "a_decision_is_kept_once_and_never_changed[dynamodb]",
    ),
    Mutant(
        "L1",
        "what somebody decided at the same moment is counted as one's own",
        DECIDE,
        "        after = _acted(book, decision) if ours else (yield from counted(book))\n",
        "        after = _acted(book, decision)\n",
        CLOSING + "a_day_is_closed_by_the_decision_to_close_it_and_by_no_other",
    ),
    Mutant(
        "L16",
        "late money of a closed day is looked at by nobody",
        LATE,
        "        if record is not None and record.is_closed:\n",
        "        if record is not None and not record:\n",
        CLOSED + "late_money_of_a_closed_day_has_it_compared_anew",
    ),
    Mutant(
        "L16",
        "what counts since a later answer to a query has no closed day compared",
        LATE,
        "    days = sorted({*told, *counted})\n",
        "    days = sorted(told)\n",
        CLOSED + "money_of_a_closed_day_that_counts_only_since_a_later_query_is_news_of_it",
    ),
    Mutant(
        "L16",
        "money of a closed day that counts since a later answer is in no line of its news",
        "domain/reconciliation/news.py",
        "    return money.receipt is not None and money.receipt not in {one.receipt for one in stood}\n",
        "    return False\n",
        CLOSED + "money_of_a_closed_day_that_counts_only_since_a_later_query_is_news_of_it",
    ),
    Mutant(
        "L16",
        "what came while a day was being closed is looked for by nobody",
        LATE,
        "    if change.before is None or change.before.closings == after.closings:\n",
        "    if change.before is None or change.before.closings != after.closings:\n",
        CLOSED + "what_came_while_a_day_was_being_closed_is_found_by_the_comparison_that_follows",
    ),
    Mutant(
        "L16",
        "a new morning forgets a day that late money is of",
        RUN,
        "(*steps, *_asked_for(plan, steps))",
        "steps",
        CLOSED + "a_new_morning_forgets_no_closed_day_that_late_money_is_of",
    ),
    Mutant(
        "L12",
        "an event of a closed day has the id of the one before",
        DAY,
        "        return f\"{type_.value.partition('.')[2]}.{record.closings[-1]}\"\n",
        '        return type_.value.partition(".")[2]\n',
        CLOSED + "a_day_that_is_closed_again_is_told_again",
    ),
    Mutant(
        "L14",
        "a cashier closes a day",
        "web/console_routes.py",
        '_page("POST", "/console/reconciliation/{day}/close", Right.RECONCILE,',
        '_page("POST", "/console/reconciliation/{day}/close", Right.WORK,',
        "tests/unit/console/test_pages.py::test_money_and_books_are_for_those_who_answer_for_them",
    ),
    Mutant(
        "L16",
        "one reason for a kind is one for every open line",
        MANY,
        "        return [line for line in open_lines(book.lines, explained) if line.kind is wish.kind]\n",
        "        return open_lines(book.lines, explained)\n",
        TOGETHER + "all_lines_of_a_kind_get_a_decision_each_and_no_other_line_does",
    ),
    Mutant(
        "L16",
        "one reason for many takes the place of what somebody said",
        MANY,
        "        if not (yield from call(Reconciliations.keep_decision, book.record, decision)):\n            break\n",
        "        yield from call(Reconciliations.keep_decision, book.record, decision)\n",
        TOGETHER + "somebody_who_decides_in_between_loses_nothing_and_nothing_of_him_is_lost",
    ),
    Mutant(
        "L16",
        "lines that are named and changed meanwhile are explained in part without a word",
        MANY,
        "    if not set(wish.lines) <= set(by_id):\n        return None\n",
        "",
        TOGETHER + "a_name_that_stands_no_more_explains_nothing",
    ),
    Mutant(
        "L13",
        "the same reason once more is a further decision of each line",
        MANY,
        "    return [by_id[name] for name in dict.fromkeys(wish.lines) if name not in said]\n",
        "    return [by_id[name] for name in dict.fromkeys(wish.lines)]\n",
        TOGETHER + "the_same_once_more_decides_nothing_again",
    ),
    Mutant(
        "L16",
        "lines of a closed day are explained",
        MANY,
        "        if book.record.is_closed or left is None:\n",
        "        if left is None:\n",
        TOGETHER + "a_closed_day_takes_no_reason",
    ),
    Mutant(
        "L16",
        "one call explains without an end",
        MANY,
        "        part = left[: min(TOGETHER, LINES_MAX - len(done))]\n",
        "        part = left[:TOGETHER]\n",
        TOGETHER + "one_call_takes_so_many_and_says_how_many_are_left",
    ),
    Mutant(
        "L8",
        "what a process kept and did not count holds up the next decision",
        DECIDE,
        "    further = yield from call(Reconciliations.read_uncounted, book.record, TOGETHER)\n",
        "    further = yield from call(Reconciliations.read_uncounted, book.record, 1)\n",
        TOGETHER + "a_part_that_was_kept_and_not_counted_is_counted_by_whoever_decides_next",
    ),
    Mutant(
        "L16",
        "whoever explains many at once with others has lost for good what he once lost",
        MANY,
        "        lost = 0 if after is not None else lost + 1\n",
        "        lost += after is None\n",
        AT_ONCE + "long_lists_of_several_people_at_once_are_all_explained",
    ),
    Mutant(
        "L16",
        "a word is said again where another one added hers in that moment",
        DECIDE,
        "        return stands or any(one.line and one.line.id == wish.line for one in mine)\n",
        "        return stands\n",
        CLOSING + "two_accountants_at_once_lose_no_word_of_each_other",
    ),
    Mutant(
        "L16",
        "what one call said is said again where others added a word meanwhile",
        MANY,
        "    said |= {one.line.id for one in said_by(book, wish.by, wish.note, now_ms) if one.line}\n",
        "",
        AT_ONCE + "six_people_who_press_at_once_are_all_answered",
    ),
)
