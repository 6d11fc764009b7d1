"""Mutants of money that goes out: approvals, limits, sends, what M-Pesa tells, and when it is asked."""

from __future__ import annotations

from tests.laws.mutant import LAWS, Mutant

L10 = f"{LAWS}test_law_10_payouts.py::test_law_"
UNIT = "tests/unit/money_out/test_payouts.py::test_"
WAITS = "tests/unit/money_out/test_waiting.py::test_"
STORIES = "tests/unit/domain/test_money_out_fold.py::test_"

OF_DOMAIN = "domain/money_out/"
FOLD, EVIDENCE, LIMITS = f"{OF_DOMAIN}fold.py", f"{OF_DOMAIN}evidence.py", f"{OF_DOMAIN}limits.py"
SEND, DECIDE = "flows/money_out/send.py", "flows/money_out/decide.py"
PLACES = "flows/money_out/limits.py"
TAKE, WORK, BEGIN = "flows/money_out/take.py", "flows/money_out/work.py", "flows/money_out/begin.py"

MONEY_OUT_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L11",
        "who asked may agree",
        DECIDE,
        "    if record.asked.maker and record.asked.maker == person.subject:\n        return Objection.OWN\n",
        "",
        UNIT + "who_asked_for_it_cannot_agree_to_it",
    ),
    Mutant(
        "L11",
        "the fold counts the maker's own approval",
        FOLD,
        "        valid=fact.terms in terms and not own,\n",
        "        valid=fact.terms in terms,\n",
        STORIES + "who_asked_cannot_agree_to_it",
    ),
    Mutant(
        "L11",
        "an approval of other terms counts",
        FOLD,
        "    about = [one for one in approvals if one.terms == now_open.terms and one.valid]\n",
        "    about = list(approvals)\n",
        STORIES + "an_approval_of_the_first_round_does_not_send_again",
    ),
    Mutant(
        "L11",
        "terms do not hold the amount",
        f"{OF_DOMAIN}outgoing.py",
        "    parts = (asked.id, str(round_), method, str(asked.amount_kes), asked.recipient_for(method), account)\n",
        "    parts = (asked.id, str(round_), method, asked.recipient_for(method), account)\n",
        STORIES + "terms_are_of_amount_recipient_account_and_id",
    ),
    Mutant(
        "L11",
        "a sign-in of any age does",
        DECIDE,
        "    return Objection.SIGN_IN_TOO_OLD if now_ms - person.signed_in_at_ms > SIGNED_IN_WITHIN_MS else None\n",
        "    return None\n",
        UNIT + "a_sign_in_of_long_ago_does_not_do",
    ),
    Mutant(
        "L11",
        "small payouts to one phone are each looked at alone",
        BEGIN,
        "        if place is not Place.TAKEN:\n"
        "            return BegunOutgoing(begun.record, begun.state, created=True)\n",
        "",
        UNIT + "small_ones_to_one_recipient_count_together",
    ),
    Mutant(
        "L10",
        "a send is begun without its fact",
        SEND,
        "    kept = yield from keep_in_outgoing(record, (begun,), settings, held=None, held_until_ms=0)\n",
        "    kept = yield from keep_in_outgoing(record, (), settings, held=None, held_until_ms=0)\n",
        WAITS + "two_senders_hand_it_over_once",
    ),
    Mutant(
        "L10",
        "who lost the race sends all the same",
        SEND,
        "    if kept is None:\n"
        "        return\n    fact = yield from _send(_Sending(kept.record, begun, credential, settings))\n"
        "    yield from _keep_answer(kept.record, fact, settings)\n",
        "    fact = yield from _send(_Sending(record, begun, credential, settings))\n"
        "    yield from _keep_answer(record, fact, settings)\n",
        WAITS + "two_senders_hand_it_over_once",
    ),
    Mutant(
        "L10",
        "an id that was seen before is sent anew",
        SEND,
        "        return SendTaken(number=begun.number, said_at_ms=at_ms, learned_at_ms=at_ms)\n",
        '        return (yield from _not_sent(begun, Hold.MPESA, "seen"))\n',
        UNIT + "an_id_that_was_seen_before_is_taken_and_asked_about",
    ),
    Mutant(
        "L10",
        "a lost answer is taken for one that never left",
        SEND,
        "        return (yield from _lost(begun, str(why.reason)))\n    except DarajaError as odd:\n",
        "        return (yield from _not_sent(begun, Hold.MPESA, str(why.reason)))\n    except DarajaError as odd:\n",
        UNIT + "a_lost_answer_is_asked_about_by_our_own_id_and_never_repeated",
    ),
    Mutant(
        "L10",
        "what M-Pesa has spoken of may be sent again",
        EVIDENCE,
        "    if not known.left or any(speaks_of_it(fact) for fact in known.facts):\n        return []\n",
        "    if not known.left:\n        return []\n",
        L10 + "10_another_approval_is_asked_for_only_where_m_pesa_never_knew_it",
    ),
    Mutant(
        "L10",
        "one 'not found' is enough to send again",
        EVIDENCE,
        "    if max(noes_ms) <= min(noes_ms) + NOT_FOUND_FOR_MS:\n        return None\n",
        "",
        L10 + "10_another_approval_is_asked_for_only_where_m_pesa_never_knew_it",
    ),
    Mutant(
        "L10",
        "the day after it is sent again all the same",
        EVIDENCE,
        "    return min(send.said_at_ms for send in known.left) + SENT_AGAIN_WITHIN_MS\n",
        "    return min(send.said_at_ms for send in known.left) + 9 * SENT_AGAIN_WITHIN_MS\n",
        UNIT + "a_day_later_it_is_not_sent_again_even_with_an_approval",
    ),
    Mutant(
        "L10",
        "another round has another id at M-Pesa",
        f"{OF_DOMAIN}fold.py",
        "    return 2 if record.asked.fallback and method == record.asked.fallback else 1\n",
        "    return 1 + len([f for f in record.facts.values() if isinstance(f, SendBegun)])\n",
        WAITS + "m_pesa_out_of_reach_sends_later_under_the_same_id",
    ),
    Mutant(
        "L10",
        "a limit is looked at and not taken",
        LIMITS,
        "    return Place.TAKEN, replace(limit, in_flight={**limit.in_flight, out_id: amount_kes})\n",
        "    return Place.TAKEN, limit\n",
        WAITS + "fifty_approved_at_once_stay_within_the_limit",
    ),
    Mutant(
        "L10",
        "what is on its way does not count",
        LIMITS,
        "        return self.settled_kes + sum(self.in_flight.values())\n",
        "        return self.settled_kes\n",
        WAITS + "the_days_limit_holds_what_goes_beyond_it_until_tomorrow",
    ),
    Mutant(
        "L10",
        "a success counts twice",
        LIMITS,
        "    if out_id not in limit.in_flight:\n        return limit\n    amount_kes = limit.in_flight[out_id]\n",
        "    amount_kes = limit.in_flight.get(out_id, 300)\n",
        L10 + "10_the_same_place_taken_and_ended_twice_counts_once",
    ),
    Mutant(
        "L10",
        "a slow sender takes a place for what has ended meanwhile",
        PLACES,
        "        if not (yield from _still_waits(asked.id, day)):\n            return Place.NOT_WANTED\n",
        "",
        WAITS + "a_slow_sender_takes_no_place_for_what_went_and_was_counted_meanwhile",
    ),
    Mutant(
        "L10",
        "the item is read before the limit",
        PLACES,
        "        before = yield from call(Outgoings.read_limit, name)\n"
        "        if not (yield from _still_waits(asked.id, day)):\n"
        "            return Place.NOT_WANTED\n",
        "        if not (yield from _still_waits(asked.id, day)):\n"
        "            return Place.NOT_WANTED\n"
        "        before = yield from call(Outgoings.read_limit, name)\n",
        f"{LAWS}test_adversary_money_out.py::test_law_10_a_worker_whom_the_end_overtakes_leaves_no_place_behind",
    ),
    Mutant(
        "L10",
        "an end that finds no place is not written",
        PLACES,
        "        if (after is standing and not is_an_end) or (yield from call(Outgoings.save_limit, before, after)):\n",
        "        if after is standing or (yield from call(Outgoings.save_limit, before, after)):\n",
        WAITS + "a_slow_sender_takes_no_place_for_what_was_rejected_before_anybody_had_one",
    ),
    Mutant(
        "L10",
        "a failure keeps its place",
        WORK,
        "    yield from close_limits(record, went=went)\n",
        "    yield from close_limits(record, went=True)\n",
        UNIT + "too_little_money_fails_it_and_gives_its_place_back",
    ),
    Mutant(
        "L4",
        "silence fails it",
        FOLD,
        "    if OutDeadline.ANSWER in passed:\n        return OutgoingStatus.UNRESOLVED\n",
        "    if OutDeadline.ANSWER in passed:\n        return OutgoingStatus.FAILED\n",
        L10 + "4_time_alone_never_makes_a_payout_fail",
    ),
    Mutant(
        "L4",
        "a time-out in the queue is a failure",
        TAKE,
        "    if delivery.timed_out:\n"
        "        return (yield from _keep(delivery, lambda _: _timeout(delivery), settings))\n",
        "",
        UNIT + "a_time_out_in_the_queue_is_no_failure",
    ),
    Mutant(
        "L3",
        "a failure after the success takes it back",
        FOLD,
        "        found.append(_Transfer(known, method, success, None if success else evidence.failure_proof(known)))\n",
        "        failure = evidence.failure_proof(known)\n"
        "        found.append(_Transfer(known, method, None if failure else success, failure))\n",
        L10 + "3_once_the_money_went_nothing_takes_that_back",
    ),
    Mutant(
        "L7",
        "a result over another amount counts",
        EVIDENCE,
        '    amount_fits = getattr(fact, "amount_kes", None) == known.asked.amount_kes\n',
        "    amount_fits = True\n",
        L10 + "6_a_payout_is_what_the_oracle_makes_of_the_set_of_its_facts",
    ),
    Mutant(
        "L14",
        "a stranger's result counts",
        EVIDENCE,
        "    if not says_success(fact) or not is_listed(fact):\n",
        "    if not says_success(fact):\n",
        UNIT + "a_result_from_elsewhere_proves_nothing",
    ),
    Mutant(
        "L4",
        "a code on no list fails it",
        EVIDENCE,
        "        return row is not None and row.finality is Finality.FINAL\n",
        "        return row is None or row.finality is Finality.FINAL\n",
        L10 + "6_a_payout_is_what_the_oracle_makes_of_the_set_of_its_facts",
    ),
    Mutant(
        "L1",
        "an answer that the table does not take is forgotten",
        SEND,
        "            yield from call(Queues.send_retry, outgoing_facts_message(record.id, (fact,)))\n",
        "            pass\n",
        UNIT + "an_answer_that_the_table_does_not_take_waits_in_the_queue",
    ),
    Mutant(
        "L8",
        "what waits too long is looked at for ever",
        f"{OF_DOMAIN}due.py",
        "    return min(due, key=lambda step: (step.kind in CALLS_M_PESA, step.at_ms, step.kind), default=None)\n",
        "    return min(due, key=lambda step: (step.at_ms, step.kind), default=None)\n",
        WAITS + "what_waits_too_long_lapses_and_gives_its_place_back",
    ),
    Mutant(
        "L10",
        "a wrong password does not stop the next one",
        TAKE,
        "        yield from heard(shortcode, COMMANDS[method], result.code, "
        "result.description, delivery.asked_at_ms)\n",
        "        del shortcode\n",
        WAITS + "a_wrong_password_stops_everything_that_would_be_sent_after_it",
    ),
)
