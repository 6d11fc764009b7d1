"""Mutants of what is told and counted: emission, feed, repair, sums of days."""

from __future__ import annotations

from tests.laws.mutant import L12, Mutant

EMIT, PUBLISH, REPAIR, FEED = "flows/emit.py", "flows/publish.py", "flows/repair.py", "flows/feed.py"
BATCH, SUMS = "flows/publish_batch.py", "domain/day_sums.py"
OUTAGE = "tests/scenarios/test_outage_of_the_stream.py::test_"
COUNTED = "tests/unit/test_publish_batch.py::test_"
READ = "tests/unit/web/test_feed.py::test_"

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
        REPAIR,
        "        again=tuple(event for event in of_this if event.untold),\n",
        "        again=(),\n",
        OUTAGE + "after_the_night_no_event_id_is_missing[bus_is_away]",
    ),
    Mutant(
        "L12",
        "the repair tells nothing",
        REPAIR,
        "            new = yield from emit(record, untold.missing, untold=True)\n",
        "            new = []\n",
        OUTAGE + "after_the_night_no_event_id_is_missing[stream_forgets]",
    ),
    Mutant(
        "L12",
        "the repair does not look at what was told",
        REPAIR,
        "    found = {event.id: event for event in emitted}\n",
        "    found = {}\n",
        OUTAGE + "a_second_night_tells_nothing_again",
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
)
