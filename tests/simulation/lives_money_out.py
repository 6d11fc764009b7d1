"""Lives of payouts: what shop, person, clock and M-Pesa do, from the request to rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused
from gateway import security
from gateway.domain.days import day_of
from gateway.domain.money_out.files import PayoutFile, PayoutLine
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingAsked, OutgoingRecord, OutgoingStatus, originator_conversation_id
from gateway.domain.money_out.policy import LAPSES_AFTER_MS, OutPolicy
from gateway.flows.feed import read_feed
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.money_out.decide import Approver, DecisionRefused, approve, reject
from gateway.flows.money_out.decide_file import (
    FileNotDecided,
    decide_file,
    lines_that_wait,
    payouts_that_went,
    terms_of_file,
)
from gateway.flows.money_out.file import begin_file, payouts_of_file
from gateway.flows.money_out.keep import KeptOutgoing
from gateway.ports import Flow, call
from gateway.ports.money_out import Outgoings
from tests.simulation import judge_money_out
from tests.simulation.payouts import PayoutStory
from tests.simulation.safaricom import FROM_ELSEWHERE
from tests.simulation.world import KEYS, START_MS, World

PHONE = "254722000111"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BRENDA = "google|brenda"


def wanted(world: World, key: str, amount: int = 250, **changed: Any) -> OutgoingAsked:
    """A request as the API hands it to the flow."""
    plain: dict[str, Any] = {
        "id": security.payout_id(KEYS.id, "shop", "api", key),
        "kind": "payout",
        "owner": "shop",
        "livemode": False,
        "shortcode": "174379",
        "method": "b2c",
        "command": "BusinessPayment",
        "amount_kes": amount,
        "remarks": "Wages",
        "created_by": "key_test",
        "created_at_ms": START_MS,
        "lapses_at_ms": START_MS + LAPSES_AFTER_MS,
        "fingerprint": f"1:{key}:{amount}",
        "phone": PHONE,
    }
    return OutgoingAsked(**{**plain, **changed})


def shop_asks(world: World, key: str, amount: int = 250, **changed: Any) -> str:
    """The shop's request, repeated with its key while no answer comes; the payout's id."""
    asked = wanted(world, key, amount, **changed)
    for _ in range(3):
        if world.attempt("begin_payout", begin_payout(asked, world.settings)) is not None:
            break
        world.pass_time(1_000, sweeps=False)
    return asked.id


def person_decides(world: World, out_id: str, decide: Callable[..., Flow[KeptOutgoing]] = approve) -> None:
    """Somebody else looks at what stands there and says yes, or no; again while the page shows an error."""
    for _ in range(3):
        record = world.store.money_out.outgoings.get(out_id)
        if record is None:
            return
        state = outgoing_state(record)
        person = Approver(BRENDA, "Brenda", world.now)
        terms = state.terms or state.approved_terms
        flow = _decided(decide(out_id, "shop", person, terms, "", world.settings))
        if world.attempt("decide", flow) is not None:
            return
        world.pass_time(1_000, sweeps=False)


def _decided(flow: Flow[KeptOutgoing]) -> Flow[bool]:
    """True also where the decision was refused: then it was taken before."""
    try:
        yield from flow
    except DecisionRefused:
        return True
    return True


def payout(world: World, key: str = "wages-1", *stories: PayoutStory, amount: int = 250, **changed: Any) -> str:
    """Asked for, approved, and some minutes later."""
    world.payouts.stories += stories
    out_id = shop_asks(world, key, amount, **changed)
    person_decides(world, out_id)
    world.pass_time(3 * MINUTE_MS)
    return out_id


def payout_that_goes(world: World) -> None:
    """The ordinary life; a shop reads of it in the feed."""
    payout(world)
    world.attempt("feed", read_feed("shop", None, None, 10))


def payout_told_twice_and_late(world: World) -> None:
    """The notice of a time-out first, then the result, twice, minutes later."""
    payout(world, "wages-1", PayoutStory(notice=True, times=2, after_ms=4 * MINUTE_MS))
    world.pass_time(5 * MINUTE_MS)


def payout_whose_answer_is_lost(world: World) -> None:
    """M-Pesa took it; neither answer nor result comes: it is asked about."""
    payout(world, "wages-1", PayoutStory(answer_lost=True, times=0))
    world.pass_time(10 * MINUTE_MS)


def payout_told_before_the_answer(world: World) -> None:
    """The result is faster than Daraja's own acknowledgement."""
    world.payouts.at_once = world.deliver
    payout(world, "wages-1", PayoutStory(before_answer=True, times=0))


def payout_that_m_pesa_refuses(world: World) -> None:
    """Too little money; then another one, which goes."""
    payout(world, "wages-1", PayoutStory(code="1"))
    payout(world, "wages-2")


def payout_that_failed_and_went_all_the_same(world: World) -> None:
    """A failure is told first, and its place in the day's limits is free again; then M-Pesa says that it went.

    It says so more often than two faults can lose: of money that was said to have failed nobody asks again, so what
    nobody hears only a statement can tell.
    """

    def fails_first(path: str, body: bytes, source: str) -> None:
        said = json.loads(body)["Result"] | {"ResultCode": 1, "TransactionID": "UKP0000000"}
        said.pop("ResultParameters")
        world.deliver(path, json.dumps({"Result": said}).encode(), source)

    world.payouts.at_once = fails_first
    payout(world, "wages-1", PayoutStory(before_answer=True, after_ms=10 * MINUTE_MS, times=3))
    world.pass_time(15 * MINUTE_MS)


def payout_that_daraja_refuses(world: World) -> None:
    """A field that Daraja does not like: nothing was taken."""
    field = Refused("400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD)
    payout(world, "wages-1", PayoutStory(turned_away=field))


def payout_that_never_arrived(world: World) -> None:
    """The connection broke before M-Pesa had it: M-Pesa does not know it, and a person has it sent once more."""
    lost = MaybeSent(MaybeSentReason.CONNECTION_CUT)
    out_id = payout(world, "wages-1", PayoutStory(turned_away=lost))
    world.pass_time(25 * MINUTE_MS)
    person_decides(world, out_id)
    world.pass_time(5 * MINUTE_MS)


def payout_while_m_pesa_is_away(world: World) -> None:
    """Turned away, with a dead token first; sent when M-Pesa is back."""
    away = NotSent(NotSentReason.UNREACHABLE, retryable=False)
    payout(world, "wages-1", PayoutStory(turned_away=away))
    world.pass_time(10 * MINUTE_MS)


def payouts_within_the_limit(world: World) -> None:
    """Room for one a day: the second goes on the next."""
    world.settings = replace(world.settings, out=OutPolicy(day_kes=300, recipient_kes=300))
    payout(world, "wages-1")
    payout(world, "wages-2")
    world.pass_time(30 * HOUR_MS)


def payouts_that_policy_approves(world: World) -> None:
    """Two small ones to one phone: the second needs a person, who says no."""
    world.settings = replace(world.settings, out=OutPolicy(approve_above_kes=300))
    shop_asks(world, "small-1", 200)
    second = shop_asks(world, "small-2", 200)
    person_decides(world, second, reject)
    world.pass_time(5 * MINUTE_MS)


def payout_of_a_stopped_operator(world: World) -> None:
    """M-Pesa refuses the operator: the second one waits and is not tried, until a person takes it back."""
    payout(world, "wages-1", PayoutStory(code="2001"))
    second = payout(world, "wages-2")
    world.pass_time(10 * MINUTE_MS)
    person_decides(world, second, reject)


def payout_that_nobody_approves(world: World) -> None:
    """It lapses."""
    shop_asks(world, "wages-1")
    world.pass_time(73 * HOUR_MS)


def payout_told_by_a_stranger(world: World) -> None:
    """Somebody with the tag, from elsewhere, says that it went; M-Pesa, asked, says that it did."""
    payout(world, "wages-1", PayoutStory(source=FROM_ELSEWHERE))
    world.pass_time(5 * MINUTE_MS)


def payout_restored_without_its_facts(world: World) -> None:
    """A result comes to a payout that the table has lost, and finds it when it is back."""
    lost: list[OutgoingRecord] = []

    def forgotten(path: str, body: bytes, source: str) -> None:
        lost.append(world.store.money_out.outgoings.pop(out_id))
        world.deliver(path, body, source)
        world.store.money_out.outgoings[out_id] = lost[0]

    out_id = security.payout_id(KEYS.id, "shop", "api", "wages-1")
    world.payouts.at_once = forgotten
    payout(world, "wages-1", PayoutStory(before_answer=True, times=0))


def payouts_from_a_file(world: World) -> None:
    """Three lines, sent again while no answer comes, or taken up by the sweep; a person approves two of them."""
    file = _file(world)
    for _ in range(2):
        if world.attempt("begin_file", begin_file(file, world.settings)) is not None:
            break
        world.pass_time(1_000, sweeps=False)
    world.pass_time(3 * MINUTE_MS)
    for out_id in file.out_ids[:2]:
        person_decides(world, out_id)
    world.pass_time(3 * MINUTE_MS)


def file_whose_maker_died(world: World) -> None:
    """Nobody sends it again: the sweep makes the payouts that lack."""
    world.attempt("begin_file", call(Outgoings.create_file, _file(world)))
    world.pass_time(5 * MINUTE_MS)


def file_approved_as_a_whole(world: World) -> None:
    """A person approves the lines that wait with one press, and presses again while the page shows an error."""
    file = _file(world)
    world.attempt("begin_file", begin_file(file, world.settings))
    world.pass_time(3 * MINUTE_MS)
    person_decides(world, file.out_ids[1], reject)
    for _ in range(3):
        if world.attempt("decide_file", _press(world, file.id)) is not None:
            break
        world.pass_time(1_000, sweeps=False)
    world.pass_time(5 * MINUTE_MS)


def _press(world: World, file_id: str) -> Flow[bool]:
    """The page as it stands, and "Send" on it. True also where there is nothing to decide."""
    file = yield from call(Outgoings.read_file, file_id)
    if file is None:
        return True
    yield from payouts_that_went(file.owner)
    found = yield from payouts_of_file(file)
    lines = lines_that_wait(file, found)
    person = Approver(BRENDA, "Brenda", world.now)
    try:
        yield from decide_file(file, approve, person, terms_of_file(file, found, lines), lines, "", world.settings)
    except FileNotDecided:
        return True
    return True


def _file(world: World) -> PayoutFile:
    lines = tuple(_line(number) for number in (2, 3, 4))
    return PayoutFile(
        id="file_" + "7" * 32,
        owner="shop",
        livemode=False,
        name="Wages",
        shortcode="174379",
        fingerprint="1:wages",
        created_by="key_test",
        created_at_ms=START_MS,
        amount_kes=sum(line.amount_kes for line in lines),
        out_ids=tuple(line.out_id for line in lines),
        lines=lines,
        due_at_ms=world.now + 2 * MINUTE_MS,
    )


def _line(number: int) -> PayoutLine:
    return PayoutLine(
        number=number,
        out_id=security.payout_id(KEYS.id, "shop", "file:7", str(number)),
        phone=f"25472200011{number}",
        amount_kes=100 * number,
        command="SalaryPayment",
        remarks="March",
        order=None,
        fingerprint=f"1:{number}",
    )


LIVES: tuple[Callable[[World], None], ...] = (
    payout_that_goes,
    payout_told_twice_and_late,
    payout_whose_answer_is_lost,
    payout_told_before_the_answer,
    payout_that_m_pesa_refuses,
    payout_that_failed_and_went_all_the_same,
    payout_that_daraja_refuses,
    payout_that_never_arrived,
    payout_while_m_pesa_is_away,
    payouts_within_the_limit,
    payouts_that_policy_approves,
    payout_of_a_stopped_operator,
    payout_that_nobody_approves,
    payout_told_by_a_stranger,
    payout_restored_without_its_facts,
    payouts_from_a_file,
    file_whose_maker_died,
    file_approved_as_a_whole,
)


# --- what the judge sees ----------------------------------------------------------------------------------------


def shown(record: OutgoingRecord) -> dict[str, Any]:
    """A payout in plain values."""
    state = outgoing_state(record)
    agreed = [one for one in state.approvals if one.what == "approved" and one.subject != (record.asked.maker or "-")]
    return {
        "id": record.id,
        "amount": record.asked.amount_kes,
        "recipients": [record.asked.phone, record.asked.original_receipt],
        "status": str(state.status),
        "agreed": any(one.valid for one in agreed),
        "due_at_ms": record.due_at_ms,
    }


def booked(world: World) -> list[dict[str, Any]]:
    """M-Pesa's books in plain values, each transfer with the payout that its id belongs to."""
    stored = world.store.money_out.outgoings
    owners = {originator_conversation_id(out_id, number): out_id for out_id in stored for number in (1, 2)}
    return [
        {
            "payout": owners.get(one.id, one.id),
            "amount": one.amount_kes,
            "phone": one.phone,
            "day": day_of(one.at_ms),
        }
        for one in world.payouts.books
    ]


def went_unnoticed(world: World) -> list[OutgoingRecord]:
    """Those whose money left, and of which nobody knows what became of them."""
    went = {one["payout"] for one in booked(world)}
    standing = ((record, outgoing_state(record).status) for record in world.store.money_out.outgoings.values())
    return [record for record, status in standing if record.id in went and status is OutgoingStatus.UNRESOLVED]


def broken_now(world: World) -> list[str]:
    """The laws that hold at any time."""
    payouts = [shown(record) for record in world.store.money_out.outgoings.values()]
    return list(judge_money_out.broken_at_any_time(payouts, booked(world), world.settings.out.day_kes))


def broken_at_rest(world: World) -> list[str]:
    """The laws that hold in the end: also that each line of a file has become a payout."""
    unmade = [
        f"L8 {file.id} lacks payouts"
        for file in world.store.money_out.files.values()
        if file.lines or file.due_at_ms or not set(file.out_ids) <= set(world.store.money_out.outgoings)
    ]
    payouts = [shown(record) for record in world.store.money_out.outgoings.values()]
    limits = {
        name: {"settled": limit.settled_kes, "in_flight": dict(limit.in_flight)}
        for name, limit in world.store.money_out.limits.items()
    }
    return [*unmade, *judge_money_out.broken_at_rest(payouts, booked(world), limits)]
