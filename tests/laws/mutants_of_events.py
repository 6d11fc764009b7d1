"""Mutants of what is told and counted: emission, feed, repair, sums of days."""

from __future__ import annotations

from tests.laws.mutant import L12, LAWS, Mutant

EMIT, PUBLISH, UNTOLD, FEED = "flows/emit.py", "flows/publish.py", "flows/untold.py", "flows/feed.py"
BATCH, SUMS, TELLING = "flows/publish_batch.py", "domain/day_sums.py", "domain/telling.py"
LATE = f"{LAWS}test_law_12_late_changes.py::test_law_12_"
OUTAGE = "tests/scenarios/test_outage_of_the_stream.py::test_"
COUNTED = "tests/unit/test_publish_batch.py::test_"
READ = "tests/unit/web/test_feed.py::test_"

UNTOLD_ACCOUNTS = "flows/untold_accounts.py"
OF_ACCOUNTS = "tests/unit/test_untold_accounts.py::test_"

EVENTS_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L12",
        "a version without news of its own is told by nobody",
        EMIT,
        "    if all(event.version < record.version for event in emitted):\n",
        "    if not record:\n",
        L12 + "a_consumer_that_keeps_the_highest_version_ends_with_the_truth",
    ),
    Mutant(
        "L12",
        "a flag that is raised again tells nothing new",
        EMIT,
        "    if all(event.version < record.version for event in emitted):\n",
        "    if not emitted:\n",
        L12 + "what_changes_after_payment_paid_is_told_too",
    ),
    Mutant(
        "L12",
        "what the bus did not take is not marked",
        EMIT,
        "        yield from _mark([event for event in emitted if not event.untold], untold=True)\n",
        "",
        L12 + "what_a_teller_stored_and_could_not_send_is_sent_by_the_next_try",
    ),
    Mutant(
        "L12",
        "the repair takes what is stored for told",
        UNTOLD,
        "        if (event.untold or was_cut_off(",
        "        if (was_cut_off(",
        LATE + "what_the_bus_did_not_take_of_a_late_change_is_told_after_a_look",
    ),
    Mutant(
        "L12",
        "the repair tells nothing",
        PUBLISH,
        "        new = yield from emit(record, untold.missing, untold=True)\n",
        "        new = []\n",
        OUTAGE + "after_the_night_no_event_id_is_missing[stream_forgets]",
    ),
    Mutant(
        "L12",
        "the repair does not look at what was told",
        UNTOLD,
        "    found = {event.id: event for event in emitted}\n",
        "    found = {}\n",
        OUTAGE + "a_second_night_tells_nothing_again",
    ),
    Mutant(
        "L12",
        "nobody looks whether a late change was told",
        TELLING,
        "    if not changed_late(record) or record.unconcluded:\n",
        "    if record:\n",
        LATE + "what_the_stream_forgot_of_a_late_change_is_told_after_a_look",
    ),
    Mutant(
        "L12",
        "a look that found something untold is the last one",
        TELLING,
        "    return looks.last_at_ms + LOOKS_APART_MS if looks.count else None\n",
        "    return None\n",
        LATE + "a_look_that_nobody_heard_of_is_followed_by_another",
    ),
    Mutant(
        "L12",
        "the stream does not heed a look",
        PUBLISH,
        "if asks_to_be_told(change.before, after) else 0\n",
        "if False else 0\n",
        LATE + "what_the_stream_forgot_of_a_late_change_is_told_after_a_look",
    ),
    Mutant(
        "L12",
        "a payment is looked at once in its life",
        TELLING,
        "    if looks.last_at_ms < first_ms:\n",
        "    if not looks.last_at_ms:\n",
        LATE + "a_change_after_the_look_is_looked_at_anew",
    ),
    Mutant(
        "L12",
        "what was told before the oldest record of emission is told again",
        TELLING,
        "    left = [event for event in events if event.id not in long_told]\n",
        "    left = events\n",
        LATE + "what_was_told_longer_ago_than_records_are_kept_is_not_told_again",
    ),
    Mutant(
        "L12",
        "a release takes for told what it cannot read",
        UNTOLD,
        "    if is_of_a_newer_release(record):\n",
        "    if not record:\n",
        LATE + "a_release_that_does_not_know_a_fact_leaves_the_look_to_the_newer_one",
    ),
    Mutant(
        "L18",
        "every payment is looked at for its events",
        TELLING,
        "+ DAYS_OF_NIGHTS * DAY_MS\n",
        "\n",
        f"{LAWS}test_law_12_late_changes.py::test_law_18_a_payment_of_the_day_is_never_looked_at_for_its_events",
    ),
    Mutant(
        "L12",
        "the feed shows events that are not settled",
        FEED,
        "now_ms - SETTLES_MS)",
        "now_ms + 1)",
        READ + "an_event_is_shown_when_it_is_five_seconds_old",
    ),
    Mutant(
        "L12",
        "who follows the feed by an event that is too young asks for what DynamoDB refuses",
        "aws/feed.py",
        "        if place.at_ms >= until_ms:",
        "        if place.at_ms < 0:",
        "tests/contract/test_feed_dynamodb.py::test_behind_an_event_that_is_too_young_nothing_is_asked_for",
    ),
    Mutant(
        "L12",
        "a batch that comes again is counted again",
        BATCH,
        "        changes = [one for one in changes if not seen.counted(shard, one.sequence, "
        "one.change.after.updated_at_ms)]\n",
        "",
        COUNTED + "a_batch_that_comes_again_in_other_pieces_counts_once",
    ),
    Mutant(
        "L12",
        "sequence numbers are compared as texts",
        SUMS,
        "    return sequence.zfill(SEQUENCE_DIGITS)\n",
        "    return sequence\n",
        COUNTED + "a_batch_that_comes_again_in_other_pieces_counts_once",
    ),
    Mutant(
        "L12",
        "a change adds what the payment was worth before",
        SUMS,
        "    change.subtract(sums_of(before) if before is not None else {})\n",
        "",
        COUNTED + "the_sums_of_changes_are_the_sums_of_the_payments",
    ),
    Mutant(
        "L12",
        "each night tells of compared days what the stream told",
        UNTOLD_ACCOUNTS,
        "    for event in (event for event in events if event.id not in found):\n",
        "    for event in events:\n",
        OF_ACCOUNTS + "what_the_stream_told_is_not_told_again",
    ),
    Mutant(
        "L12",
        "the night tells what is the stream's still",
        UNTOLD_ACCOUNTS,
        "        if record.run_at_ms <= now_ms - QUIET_MS:\n",
        "        if record.run_at_ms:\n",
        OF_ACCOUNTS + "what_is_the_streams_still_is_left_to_it",
    ),
    Mutant(
        "L12",
        "the night's repair cannot begin, since its function is not told where secrets lie",
        "aws/world.py",
        'self._table(), parameters, lambda: self._settings.text("PARAMETER_PREFIX"), self._ambient.now_ms',
        'self._table(), parameters, self._settings.text("PARAMETER_PREFIX").strip, self._ambient.now_ms',
        "tests/house/test_adapters_of_functions.py::test_what_stands_behind_a_functions_ports_can_be_made",
    ),
)
