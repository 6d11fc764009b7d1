"""L17: every change has an entry with source, time and actor, and nobody alters table or log unseen."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from gateway.aws import items
from gateway.aws.audited import EDITABLE
from gateway.aws.staff import member_to_values
from gateway.domain.audit.check import Finding, Found
from gateway.domain.audit.entry import Entry, item_name
from gateway.domain.audit.page import RULES, Head, opened, sealed
from gateway.domain.facts import Edited
from gateway.ports.audit import LogUnavailable
from gateway.web.requests import PaymentChange
from tests import gateway_samples as sample
from tests import outgoing_samples as out
from tests.audit_stage import (
    ENDPOINT,
    KEY,
    MEMBER,
    PAYMENT,
    PAYOUT,
    RECEIPT,
    SHARD,
    STAFF,
    AuditStage,
    audited_texts,
    lived_through,
    payment_values,
    payout_values,
    with_one_byte_changed,
)

SEED, CHANGES = 17, 100


@pytest.fixture
def stage() -> AuditStage:
    """Five pages tell of all that happened."""
    return lived_through()


def entries(stage: AuditStage) -> list[Entry]:
    """All of the log."""
    return [entry for data in stage.auditlog.pages.values() for entry in opened(KEY, data).entries.values()]


def test_law_17_what_happened_is_told_with_source_time_and_actor(stage: AuditStage) -> None:
    """Each part of each item has one entry, in the order in which things happened."""
    told = [
        (entry.item, entry.kind, entry.source, entry.actor)
        for data in stage.auditlog.pages.values()
        for entry in opened(KEY, data).entries.values()
    ]
    assert [
        ("SETTINGS#shop", "settings", "operator", "operator"),
        (f"KEY#{'9b' * 32}", "api_key", "operator", "operator"),
        (item_name(KEY, STAFF), "member", "operator", "command"),
        ("HOOK#shop", "endpoint", "api", "api"),
        (PAYMENT, "asked", "api", "key_1"),
        (PAYMENT, "attempt_begun", "api", "key_1"),
        (PAYMENT, "push_accepted", "push", "mpesa"),
        (RECEIPT, "money_received", "c2b", "mpesa"),
        (RECEIPT, "owner", "c2b", "mpesa"),
        (PAYMENT, "callback", "callback", "mpesa"),
        (PAYOUT, "asked", "api", "key_1"),
    ] == told[:11]
    assert [one[1] for one in told[11:]] == ["approved", "sign_in", "send_begun"]
    assert all(entry.changed_at_ms and entry.actor and entry.source for entry in entries(stage))


def test_law_17_the_log_and_the_table_tell_the_same(stage: AuditStage) -> None:
    verified = stage.verified()
    assert (5, 14, 8, ()) == (verified.pages, verified.entries, verified.items, verified.findings)


def test_law_17_a_hundred_changes_of_one_byte_in_the_table_are_each_found_and_located() -> None:
    """Past the stream, as by a restored copy: the item and its part are named."""
    chance, missed = random.Random(SEED), []
    for number in range(CHANGES):
        stage = lived_through()
        pk = chance.choice(sorted(stage.table))
        stage.table[pk] = copy.deepcopy(stage.table[pk])
        holder, kind, part = chance.choice(audited_texts(dict(stage.table[pk])))
        holder[kind] = with_one_byte_changed(holder[kind], kind, chance)
        named = {(found.item, found.part) for found in stage.found()}
        missed += [] if (item_name(KEY, pk), part) in named else [(number, pk, part, named)]
    assert [] == missed


def test_law_17_a_hundred_changes_of_one_byte_in_the_log_are_each_found_and_located() -> None:
    """Page and line are named, and no other page is held for altered."""
    chance, missed = random.Random(SEED), []
    for number in range(CHANGES):
        stage = lived_through()
        page = chance.choice(sorted(stage.auditlog.pages))
        data = bytearray(stage.auditlog.pages[page])
        place = chance.randrange(len(data))
        line = data[:place].count(b"\n") + 1
        data[place] ^= chance.randrange(1, 256)
        stage.auditlog.pages[page] = bytes(data)
        altered = [(one.page, one.line) for one in stage.found() if one.what is Found.PAGE_ALTERED]
        missed += [] if altered == [(page, line)] else [(number, page, line, altered)]
    assert [] == missed


def test_law_17_a_fact_that_somebody_altered_through_the_table_itself_is_named_by_its_entry(stage: AuditStage) -> None:
    """The stream tells of it, and facts never change."""
    altered = copy.deepcopy(dict(stage.table[PAYMENT]))
    altered["facts"]["M"][sample.success().id]["M"]["amount_kes"] = {"N": "900"}
    stage._tell(PAYMENT, stage.table[PAYMENT], altered)
    stage.table[PAYMENT] = altered
    stage.deliver(-1)
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    (found,) = stage.found()
    assert ("table", "unknown") == (entry.source, entry.actor)
    assert (Found.PART_CHANGED, 6, 2, PAYMENT, sample.success().id) == (
        found.what, found.page, found.line, found.item, found.part,
    )  # fmt: skip


def test_law_17_a_removed_item_is_named_whether_or_not_the_stream_told_of_it(stage: AuditStage) -> None:
    table, told = stage.table[PAYOUT], lived_through()
    del stage.table[PAYOUT]
    unseen = {(one.what, one.item) for one in stage.found()}
    told.remove(PAYOUT)
    told.deliver(-1)
    seen = {(one.what, one.item) for one in told.found()}
    assert ({(Found.REMOVED, PAYOUT)}, {(Found.PART_CHANGED, PAYOUT)}) == (unseen, seen)
    assert "facts" in table


def test_law_17_a_fact_that_was_added_past_the_stream_is_named(stage: AuditStage) -> None:
    forged = sample.money("FORGED0001")
    stage.put(payment_values(sample.begun(), sample.accepted(), sample.success(), forged))
    stage.records.pop()
    assert [(Found.ADDED, PAYMENT, forged.id)] == [(one.what, one.item, one.part) for one in stage.found()]


def test_law_17_what_stands_in_the_table_and_in_no_page_is_named(stage: AuditStage) -> None:
    """A payment, a payout and a member of the staff of whom nothing was ever written down."""
    stage.ambient.at_ms += 60_000
    at_ms = stage.ambient.at_ms
    other = sample.payment_id(7)
    stage.put(items.payment_to_values(sample.record(7, created_at_ms=at_ms), sample.due(), 4))
    stage.put(member_to_values(replace(MEMBER, email="mallory@shop.example", added_at_ms=at_ms)))
    stage.ambient.at_ms += 60_000
    mallory = item_name(KEY, "STAFF#shop#mallory@shop.example")
    by_command = {(one.what, one.item) for one in stage.found()}
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()
    by_night = {(one.what, one.item) for one in stage.audited.progress.findings}
    assert {(Found.ADDED, f"PAY#{other}"), (Found.ADDED, mallory)} == by_command == by_night
    assert {Found.LATE} == {one.what for one in stage.found()}


def test_law_17_what_was_there_before_the_log_began_is_not_missed_in_it() -> None:
    """A gateway that had payments when it got its log."""
    stage = AuditStage()
    stage.put(items.payment_to_values(sample.record(7), sample.due(), 4))
    stage.records.clear()
    stage.ambient.at_ms += 60_000
    stage.put(payment_values(sample.begun()))
    stage.deliver(0)
    assert () == stage.found()


def test_law_17_a_change_that_the_stream_lost_is_named_by_the_next_entry(stage: AuditStage) -> None:
    """The table stands as the last entry says, so the table alone would not show it."""
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.records.pop()
    stage.put(payout_values(out.approved(), out.begun(), out.accepted(), out.result()))
    stage.deliver(-1)
    assert [(Found.CHANGE_MISSING, 6, PAYOUT)] == [(one.what, one.page, one.item) for one in stage.found()]


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_law_17_a_page_that_is_rewritten_with_marks_of_its_own_is_found_by_the_next_one(
    stage: AuditStage, page: int
) -> None:
    """Whoever has the key can make a page that is whole in itself."""
    known = opened(KEY, stage.auditlog.pages[page])
    assert known.head is not None
    head = {name: getattr(known.head, name) for name in Head.__dataclass_fields__}
    left = list(known.entries.values())[:-1]
    stage.auditlog.pages[page] = sealed(KEY, Head(**{**head, "entries": len(left)}), left)
    assert Finding(what=Found.PAGE_REPLACED, page=page) in stage.found()


@pytest.mark.parametrize("page", [1, 3, 5])
def test_law_17_a_page_that_is_taken_away_is_named(stage: AuditStage, page: int) -> None:
    """The last one by the nightly check, which knows with which page it ended."""
    stage.tick()
    del stage.auditlog.pages[page]
    stage.ambient.at_ms += 24 * 3_600_000
    stage.tick()
    assert Finding(what=Found.PAGE_MISSING, page=page) in stage.audited.progress.findings


# --- writing --------------------------------------------------------------------------------------------------------


def test_law_17_a_batch_that_comes_again_changes_nothing(stage: AuditStage) -> None:
    """Whole, in part, and together with what was told before."""
    pages = dict(stage.auditlog.pages)
    for first, last in ((10, None), (0, 4), (5, 6), (0, None)):
        stage.deliver(first, last)
    assert pages == stage.auditlog.pages


def test_law_17_a_batch_that_comes_again_with_more_adds_only_what_is_new(stage: AuditStage) -> None:
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.deliver(8)
    page = opened(KEY, stage.auditlog.pages[6])
    assert [out.accepted().id] == [entry.part for entry in page.entries.values()]


@pytest.mark.parametrize("fails", ["AuditLog.append_page", "AuditLog.read_newest", "Secrets.read_keys"])
def test_law_17_what_could_not_be_written_comes_again_and_is_written_once(stage: AuditStage, fails: str) -> None:
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.fail_next[fails].append(LogUnavailable("away"))
    refused = stage.deliver(-1)
    taken = stage.deliver(-1)
    number = stage.records[-1]["dynamodb"]["SequenceNumber"]
    assert ([{"itemIdentifier": number}], []) == (refused["batchItemFailures"], taken["batchItemFailures"])
    assert (6, ()) == (max(stage.auditlog.pages), stage.found())


def test_law_17_two_writers_at_once_make_one_chain(stage: AuditStage) -> None:
    """The slower one hangs its page on the faster one's."""
    stage.put(payment_values(number=2))
    stage.put(payment_values(number=3))
    stage.after["AuditLog.read_newest"] = lambda: stage.deliver(12, 13, "shardId-other")
    stage.deliver(13, 14)
    shards = [head.shard for number in (6, 7) if (head := opened(KEY, stage.auditlog.pages[number]).head)]
    assert (["shardId-other", SHARD], ()) == (shards, stage.found())


def test_law_17_a_page_whose_answer_was_lost_is_not_written_twice(stage: AuditStage) -> None:
    """A first try that took effect: whoever tries again reads what stands there."""
    stage.put(payment_values(number=2))
    stage.after["AuditLog.read_newest"] = lambda: stage.deliver(12)
    stage.deliver(12)
    assert (6, ()) == (max(stage.auditlog.pages), stage.found())


def test_law_17_a_writer_that_is_never_fast_enough_lets_the_batch_come_again(
    stage: AuditStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.put(payment_values(number=2))
    monkeypatch.setattr(stage.auditlog, "append_page", lambda *_: False)
    assert 1 == len(stage.deliver(-1)["batchItemFailures"])


def test_law_17_no_number_name_or_secret_is_in_the_log(stage: AuditStage) -> None:
    """Of all that the items hold: phones, e-mails, names, ids that carry a phone, secrets, notes."""
    log = b"".join(stage.auditlog.pages.values()).decode()
    stored = json.dumps(list(stage.table.values()))
    canaries = ["254712345678", "254722000111", "712345678", "amina@shop.example", "Amina", "J. W.", "whsec_canary"]
    canaries += ["Corner Shop", "shop.example", "ws_CO_02032026121504123712345678", "google|brenda", "INV1042"]
    assert canaries == [one for one in canaries if one in stored]
    assert [] == [one for one in canaries if one in log]


def test_law_17_marks_of_a_page_that_was_altered_do_not_silence_the_log(stage: AuditStage) -> None:
    """Who writes a high mark into the newest page, so that nothing more is told, is not believed."""
    lines = stage.auditlog.pages[5].split(b"\n")
    head = json.loads(lines[0])
    head["marks"][SHARD] = ["9" * 21, head["written_at_ms"]]
    stage.auditlog.pages[5] = b"\n".join([json.dumps(head, separators=(",", ":")).encode(), *lines[1:]])
    stage.put(payment_values(number=2))
    stage.deliver(12)
    assert 6 == max(stage.auditlog.pages)
    assert (Found.PAGE_ALTERED, 5, 1) == (stage.found()[0].what, stage.found()[0].page, stage.found()[0].line)


@pytest.mark.parametrize(
    ("pk", "path", "other"),
    [
        (PAYMENT, ("asked", "M", "amount_kes"), {"N": "1"}),
        (PAYMENT, ("asked", "M", "account_reference"), {"S": "INV1043"}),
        (PAYOUT, ("asked", "M", "phone"), {"S": "254722000222"}),
        (RECEIPT, ("owner",), {"S": sample.payment_id(2)}),
    ],
    ids=["an amount", "a reference", "who is paid out", "whose a receipt is"],
)
def test_law_17_what_never_changes_is_named_where_somebody_changes_it_in_the_table(
    stage: AuditStage, pk: str, path: tuple[str, ...], other: dict[str, str]
) -> None:
    """The stream tells of it, so log and table say the same; but none of ours ever writes it."""
    altered = copy.deepcopy(dict(stage.table[pk]))
    holder: Any = altered
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = other
    stage._tell(pk, stage.table[pk], altered)
    stage.table[pk] = altered
    stage.deliver(-1)

    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert ("table", "unknown", [(Found.PART_CHANGED, pk, path[0])]) == (
        entry.source, entry.actor, [(one.what, one.item, one.part) for one in stage.found()]
    )  # fmt: skip


def test_law_17_what_a_shop_may_edit_of_a_payment_is_an_entry_and_no_finding(stage: AuditStage) -> None:
    """Told with who edited it."""
    edited = Edited(key="k", actor="key_2", changed=("order",), fingerprint="f", said_at_ms=1, learned_at_ms=1)
    record = sample.record(1, (sample.begun(), sample.accepted(), sample.success(), edited), order="1043")
    stage.put(items.payment_to_values(record, sample.due(), 4))
    stage.deliver(-1)

    told = [(entry.kind, entry.actor) for entry in opened(KEY, stage.auditlog.pages[6]).entries.values()]
    assert ([("about", "key_2"), ("edited", "key_2")], ()) == (told, stage.found())


def test_law_17_no_more_is_left_to_edit_than_a_shop_may_edit() -> None:
    assert set(EDITABLE) == set(PaymentChange.model_fields)


def test_law_17_money_of_nobody_may_get_its_payment(stage: AuditStage) -> None:
    nobodys = replace(sample.owned("SGL0000002", None), shortcode="174379")
    stage.put(items.receipt_to_values(nobodys, 4))
    stage.put(items.receipt_to_values(replace(nobodys, owner=sample.payment_id(1), version=2), 4))
    stage.deliver(-2)

    told = [entry.kind for entry in opened(KEY, stage.auditlog.pages[6]).entries.values()]
    assert (["money_received", "nobodys", "nobodys", "owner"], ()) == (told, stage.found())


@pytest.mark.parametrize("name", ["amount_kes", "learned_at_ms"])
@pytest.mark.parametrize("odd", [{"B": b""}, {"S": "soon"}, {"N": "1.5"}, {"L": []}], ids=str)
def test_law_17_nothing_that_an_item_holds_can_stop_the_log_or_its_check(
    stage: AuditStage, name: str, odd: dict[str, Any]
) -> None:
    """Somebody wrote what is no number where a number belongs."""
    altered = copy.deepcopy(dict(stage.table[PAYMENT]))
    altered["facts"]["M"][sample.success().id]["M"][name] = odd
    stage._tell(PAYMENT, stage.table[PAYMENT], altered)
    stage.table[PAYMENT] = altered

    answer = stage.deliver(-1)
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()

    assert ([], 6) == (answer["batchItemFailures"], stage.audited.progress.newest)
    assert PAYMENT in {found.item for found in stage.audited.progress.findings}


def test_law_17_an_item_that_changes_after_a_release_with_other_rules_is_no_finding(stage: AuditStage) -> None:
    """Its mark on the older page was made of other parts."""
    page = opened(KEY, stage.auditlog.pages[5])
    assert page.head is not None
    older = [replace(entry, item_now="0" * 32) for entry in page.entries.values()]
    stage.auditlog.pages[5] = sealed(KEY, replace(page.head, rules=RULES - 1), older)
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.deliver(-1)

    assert () == stage.found()


def test_law_17_who_changes_the_roles_of_the_staff_is_named(stage: AuditStage) -> None:
    changed = copy.deepcopy(dict(stage.table[STAFF]))
    changed |= {"roles": {"L": [{"S": "owner"}]}, "changed_by": {"S": "person_91bc"}}
    stage._tell(STAFF, stage.table[STAFF], changed)
    stage.table[STAFF] = changed
    stage.deliver(-1)
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert ("member", "person_91bc", ()) == (entry.kind, entry.actor, stage.found())


@pytest.mark.parametrize("pk", ["HOOK#shop", f"KEY#{'9b' * 32}"], ids=["endpoint", "key"])
def test_law_17_who_changed_a_key_or_an_endpoint_is_named(stage: AuditStage, pk: str) -> None:
    """The item says who wrote it last; a remark of ours alone is no change."""
    named = {**items.unpacked(dict(stage.table[pk])), "changed_by": "person_91bc"}
    stage.put(named | {"revoked": True, "endpoints": [{**ENDPOINT, "url": "https://other.example"}]})
    stage.deliver(-1)
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert ("person_91bc", stage.ambient.at_ms, ()) == (entry.actor, entry.at_ms, stage.found())


def test_law_17_an_endpoint_that_is_deleted_is_an_entry_and_no_finding(stage: AuditStage) -> None:
    stage.put({"pk": "HOOK#shop", "version": 2, "endpoints": [], "changed_by": "key_2"})
    stage.deliver(-1)
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert ("endpoint", "", "key_2", ()) == (entry.kind, entry.now, entry.actor, stage.found())


def test_law_17_what_a_person_decides_about_a_day_is_told_and_never_changes(stage: AuditStage) -> None:
    pk = "RECON#shop#174379#2026-03-01#said#000001"
    stage.put({"pk": pk, "kind": "explained", "by": "person_91bc", "at": 1_772_503_200_000, "note": "Till float"})
    stage.put({"pk": pk, "kind": "explained", "by": "person_91bc", "at": 1_772_503_200_000, "note": "Another"})
    stage.deliver(-2)
    told = [(entry.kind, entry.actor) for entry in opened(KEY, stage.auditlog.pages[6]).entries.values()]
    assert [("decision", "person_91bc"), ("decision", "unknown")] == told
    assert [(Found.PART_CHANGED, 6, 3)] == [(one.what, one.page, one.line) for one in stage.found()]


def test_law_17_a_sign_in_that_ran_out_is_no_finding(stage: AuditStage) -> None:
    stage.remove(f"SESSION#{'5e' * 32}", by_itself=True)
    stage.deliver(-1)
    assert (5, ()) == (max(stage.auditlog.pages), stage.found())


# --- each night -----------------------------------------------------------------------------------------------------


def test_law_17_what_the_log_lacks_is_told_and_added_as_a_late_entry(stage: AuditStage) -> None:
    """First it is waited for; from then on table and log tell the same again, and the late entry says since when."""
    stage.put(payment_values(sample.begun(), sample.accepted(), sample.success(), sample.money("SGL0000002")))
    stage.records.pop()
    waits = stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    told = stage.tick()
    (entry,) = opened(KEY, stage.auditlog.pages[6]).entries.values()
    assert (0, 0, 1) == (waits.found, waits.next_ms, told.found)
    assert (True, PAYMENT, sample.money("SGL0000002").id) == (entry.late, entry.item, entry.part)
    assert ["audit_broken", "audit_checked"] == [name for name, _ in stage.ambient.reports[-2:]]
    assert [Found.LATE] == [one.what for one in stage.found()]


def test_law_17_what_the_stream_tells_in_time_is_no_finding(stage: AuditStage) -> None:
    """The nightly check came between a change and its entry."""
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.tick()
    stage.deliver(-1)
    stage.ambient.at_ms += 15 * 60_000
    ended = stage.tick()
    assert (0, 6) == (ended.found, stage.audited.progress.newest)


def test_law_17_what_changes_while_it_is_judged_is_no_finding(stage: AuditStage) -> None:
    """In a busy shop something is always on its way: another payment, and one that has just changed again."""
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.tick()
    stage.deliver(-1)
    stage.ambient.at_ms += 15 * 60_000
    stage.put(payout_values(out.approved(), out.begun(), out.accepted(), out.result()))
    stage.put(payment_values(sample.begun(), sample.accepted(), sample.success(), sample.money("SGL0000002")))
    ended = stage.tick()
    stage.deliver(-2)
    assert (0, 6, ()) == (ended.found, stage.audited.progress.newest, stage.found())


def test_law_17_a_member_whose_change_is_on_its_way_misses_none(stage: AuditStage) -> None:
    """What happened to it before lies on pages that a night does not go through."""
    stage.ambient.at_ms += 40 * 24 * 3_600_000
    stage.put(payment_values(number=2))
    stage.deliver(-1)
    stage.put(member_to_values(replace(MEMBER, changed_by="person_91bc", changed_at_ms=stage.ambient.at_ms + 1_000)))
    stage.ambient.at_ms += 30_000
    waits = stage.tick()
    stage.deliver(-1)
    stage.ambient.at_ms += 15 * 60_000
    assert (0, 0, 0) == (waits.found, waits.next_ms, stage.tick().found)


def test_law_17_what_the_stream_tells_after_all_fits_behind_its_late_entry(stage: AuditStage) -> None:
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.put(payout_values(out.approved(), out.begun(), out.accepted(), out.result()))
    stage.tick()
    stage.ambient.at_ms += 15 * 60_000
    stage.tick()
    stage.deliver(12)
    assert {Found.LATE} == {one.what for one in stage.found()}


def test_law_17_a_check_that_is_cut_off_goes_on_where_it_was(stage: AuditStage) -> None:
    for number in range(10, 130):
        stage.put(payment_values(number=number))
        stage.deliver(-1)
    stage.after["AuditLog.read_page"] = lambda: setattr(stage.ambient, "left_ms", 10_000)
    cut = stage.tick()
    at = stage.audited.progress.at
    stage.ambient.left_ms = 60_000
    ended = stage.tick()
    assert (0, 125, 0) == (cut.next_ms, stage.audited.progress.newest, ended.found)
    assert 0 < at < 125


def test_law_17_a_day_is_checked_alone_and_follows_what_changed_later(stage: AuditStage) -> None:
    """The first day's pages, and of later ones what became of its items."""
    next_day_ms = stage.ambient.at_ms + 24 * 3_600_000
    stage.ambient.at_ms = next_day_ms
    stage.put(payout_values(out.approved(), out.begun(), out.accepted()))
    stage.put(payment_values(number=2))
    stage.deliver(12)
    first, second = stage.verified(0, next_day_ms), stage.verified(next_day_ms, None)
    assert ((8, ()), (2, ())) == ((first.items, first.findings), (second.items, second.findings))
