"""Every boundary of every flow with every fault, and any two flows at once: nothing is lost, nothing doubled."""

from __future__ import annotations

import ast

import pytest

from gateway.domain.guard import Guard
from gateway.domain.money_out.fold import outgoing_state
from tests.memory_store import MemoryStore
from tests.simulation import crash_matrix, interleavings, verdicts
from tests.simulation.crash_matrix import (
    begun_alike,
    boundaries_of,
    calls_of_lives,
    faults_that_differ,
    few_alike,
    judged,
    main,
    paired_faults,
)
from tests.simulation.lives import LIVES
from tests.simulation.lives_money_out import person_decides
from tests.simulation.lives_money_out import shop_asks as shop_pays_out
from tests.simulation.payouts import PayoutStory
from tests.simulation.port_calls import port_calls_in, port_calls_to_crash
from tests.simulation.port_errors import OF_PORTS
from tests.simulation.verdicts import brought_to_rest
from tests.simulation.world import SHORTCODE, Boundary, Fault, World


@pytest.mark.parametrize("life", sorted(LIVES))
def test_no_single_fault_breaks_a_law(life: str) -> None:
    """A process that dies before or after an effect, a call that fails, a lost answer, a stall: all recover.

    Of calls that a flow makes again and again in a life (a question each hour, say), the first and the last one are
    tried; calls with which several lives begin, in the shortest of them; of faults that leave the same world behind,
    one. `make crash-matrix` tries them all.
    """
    broken = [verdict for verdict in faults_that_differ(life, first=begun_alike()[life]) if verdict.broken]

    assert broken == []


def test_a_beginning_that_is_left_out_of_a_life_is_tried_in_another() -> None:
    tried = {
        tuple(calls[: last + 1])
        for life, calls in calls_of_lives().items()
        for last in range(begun_alike()[life], len(calls))
    }
    left_out = {
        tuple(calls[: last + 1]) for life, calls in calls_of_lives().items() for last in range(begun_alike()[life])
    }
    assert set() == left_out - tried
    assert len(left_out) > 100


def test_faults_that_are_left_out_leave_the_world_of_one_that_is_tried() -> None:
    """Every fault of a whole life, by what the table holds when the world has come to rest."""
    life = "cancelled_then_paid"
    tried = [verdict.faults[0] for verdict in faults_that_differ(life)]
    chosen = {boundary.index for boundary, _ in tried}
    boundaries = [boundary for boundary in boundaries_of(life) if boundary.index in chosen]
    left_out = [(boundary, fault) for boundary in boundaries for fault in Fault if (boundary, fault) not in tried]

    ends = {ending_of(life, boundary, fault) for boundary, fault in tried}
    assert [] == [one for one in left_out if ending_of(life, *one) not in ends]
    assert len(left_out) > 50


def ending_of(life: str, boundary: Boundary, fault: Fault) -> str:
    """The payments and receipts of a world at rest."""
    world, _ = judged(life, {boundary.index: fault})
    return repr((sorted(world.store.payments.items()), sorted(world.store.receipts.items())))


def test_every_port_call_of_the_flows_has_its_crash_cases() -> None:
    """A call to a port that no life goes through would never be crashed: add a life that uses it."""
    tried = {name for calls in calls_of_lives().values() for _, name in calls}

    assert port_calls_to_crash() - tried == set()


def test_every_port_has_an_error_by_which_it_fails() -> None:
    """Its row in `port_errors.py`. Without one a flow would only show that it survives a mistake of the tests."""
    ports = {name.partition(".")[0] for name in port_calls_to_crash()}
    assert ports - {"Daraja", *OF_PORTS} == set()


def test_an_error_that_no_port_raises_breaks_a_world_though_a_sweep_survives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sweep leaves the item for later and goes on: only its report tells of the mistake."""

    def mistaken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("gateway.flows.sweep.match_orphan", mistaken)
    _, broken = judged("restored_with_its_payment", {})
    assert "P sweep_item_broken: KeyError" in broken


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("yield from call(Store.read_payment, 1)", {"Store.read_payment"}),
        ("from gateway.ports.links import Links\nyield from call(Links.save_link, 1)", {"Links.save_link"}),
        ("from gateway.ports import Store as S, call as ask\nyield from ask(S.save_guard, 1)", {"Store.save_guard"}),
        ("yield from ports.call(ports.Queues.send_retry, 1)", {"Queues.send_retry"}),
        ("def flow():\n    method = call(Bus.publish, ())\n    yield from method", {"Bus.publish"}),
    ],
)
def test_a_call_to_a_port_is_found_however_it_is_written(source: str, found: set[str]) -> None:
    """Also one of a new module of `gateway/ports`, and under another name."""
    assert found == port_calls_in(ast.parse(source))


def test_no_second_fault_breaks_a_law_after_a_first_one_was_recovered_from() -> None:
    """Some hundred pairs of one life, the first fault being at its first calls; `make crash-matrix PAIRS=1`: all."""
    tried = paired_faults("cancelled_by_the_shop_then_paid_by_hand", most=300)

    assert [] == [verdict for verdict in tried if verdict.broken]
    assert len(tried) == 300


def test_two_acts_of_one_moment_are_done_also_where_others_before_them_are_done_already() -> None:
    """Their places in the agenda may be alike then."""
    world = World(faults={})
    done: list[str] = []
    start_ms = world.now
    world.at(start_ms + 1_000, lambda: done.append("first"))
    world.at(start_ms + 9_000, lambda: done.append("second"))
    world.pass_time(2_000)
    world.at(start_ms + 9_000, lambda: done.append("third"))
    world.pass_time(10_000)

    assert ["first", "second", "third"] == done


FOUND = [
    ("callback_without_its_payment", {13: Fault.AFTER, 17: Fault.STALL}),
    ("callback_without_its_payment", {14: Fault.STALL, 26: Fault.AFTER}),
]
"""What `make crash-matrix PAIRS=1` found: life, and faults by the index of the call."""


@pytest.mark.parametrize(("life", "faults"), FOUND)
def test_a_pair_of_faults_that_once_broke_a_law_breaks_none(life: str, faults: dict[int, Fault]) -> None:
    assert [] == judged(life, faults)[1]


@pytest.mark.long
@pytest.mark.parametrize(
    "life", ["paid_by_callback", "cancelled_by_the_shop_then_paid_by_hand", "cancelled_then_paid", "told_three_times"]
)
def test_no_pair_of_faults_breaks_a_law(life: str) -> None:
    """Two faults in one life."""
    broken = [verdict for verdict in paired_faults(life) if verdict.broken]

    assert broken == []


@pytest.mark.parametrize(("alike_max", "tried"), [(1, [0, 8]), (2, [0, 1, 8]), (9, list(range(9)))])
def test_of_many_calls_that_are_alike_the_first_ones_and_the_last_are_tried(alike_max: int, tried: list[int]) -> None:
    asked_often = [Boundary(index, "sweep", "Daraja.query") for index in range(9)]
    assert tried == [boundary.index for boundary in few_alike(asked_often, alike_max)]


def test_no_two_flows_at_once_break_a_law() -> None:
    """Any two of six flows on a prompt that was paid and not told, with at most two pre-emptions.

    `make crash-matrix INTERLEAVINGS=1` takes any two of all flows, however the payment stands.
    """
    pairs = interleavings.all_pairs(interleavings.QUICK_MOMENT, interleavings.QUICK)
    verdicts = [verdict for pair in pairs for verdict in interleavings.every_cut(*pair)]

    assert [] == [verdict for verdict in verdicts if verdict.broken]
    assert len(verdicts) > 500


def test_two_flows_at_once_that_break_a_law_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that is written without its condition lets two prompts out for one phone, between two of their calls."""

    def unconditionally(store: MemoryStore, _: Guard | None, after: Guard) -> bool:
        store.guards[after.phone_key] = after
        return True

    monkeypatch.setattr(MemoryStore, "save_guard", unconditionally)
    verdicts = interleavings.every_cut("failed", ("attempt 2", "another order of the phone"))
    broken = [verdict.broken for verdict in verdicts if verdict.broken]
    assert any("L5 two prompts live on one phone" in sentence for sentences in broken for sentence in sentences)


def test_the_command_says_how_much_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault at each call of the life, the many that are alike among them."""
    life = "cancelled_by_the_shop_then_paid_by_hand"
    assert 0 == main(["--life", life, "--processes", "1"])
    told = capsys.readouterr().out.splitlines()[-3]
    assert told.startswith(f"{len(boundaries_of(life)) * len(Fault)} faults at ")
    assert told.endswith(", 0 runs with broken laws")


def test_a_broken_law_is_told_with_its_faults_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = (Boundary(3, "drain", "Store.create_receipt"), Fault.ERROR)
    found = [crash_matrix.Verdict("paid_twice", (fault,), ("L1 lost",)), crash_matrix.Verdict("paid_twice", (), ())]
    monkeypatch.setattr(crash_matrix, "single_faults", lambda _: found)
    assert 1 == main(["--life", "paid_twice", "--processes", "1"])
    out = capsys.readouterr().out
    assert "BROKEN  paid_twice with error drain#3 Store.create_receipt: L1 lost" in out
    assert "2 faults at 1 boundaries of 1 lives, 1 runs with broken laws" in out


def test_a_refund_of_which_nobody_was_told_is_found_by_the_person_it_is_listed_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reversal's answer is lost and so is its result: it carries no id of ours to ask with, M-Pesa's list has it."""
    life = "refund_that_is_rejected"
    handed_over = next(one for one in boundaries_of(life) if one.name == "Transfers.hand_over")
    faults = {handed_over.index: Fault.ANSWER_LOST}
    told = next(one for one in boundaries_of(life, faults) if one.flow == "result" and one.index > handed_over.index)
    faults[told.index] = Fault.BEFORE

    assert [] == judged(life, faults)[1]

    monkeypatch.setattr(verdicts, "person_looks", lambda _: None)
    assert ["L8", "L10"] == [law.split()[0] for law in judged(life, faults)[1]]


def test_a_payout_of_which_nobody_was_told_is_asked_about_once_its_operator_was_tested() -> None:
    """Sent a moment before M-Pesa stopped the operator, and its result is lost: nobody may ask until a person tests."""
    world = World()
    world.payouts.stories += [PayoutStory(times=0), PayoutStory(code="2001")]
    for key in ("wages-1", "wages-2"):
        person_decides(world, shop_pays_out(world, key))
    world.pass_time(3 * 60_000)
    assert world.store.circuits[SHORTCODE.number].openings

    assert [] == brought_to_rest(world)

    went, refused = (str(outgoing_state(one).status) for one in world.store.money_out.outgoings.values())
    assert ("succeeded", "failed") == (went, refused)


def stumbles(world: World) -> None:
    """A life that does not expect a fault."""
    LIVES["picture_drawn"](world)
    if world.faults:
        raise KeyError("nobody expected this")


def test_a_life_that_ends_in_an_error_is_one_broken_run_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIVES, "stumbles", stumbles)
    monkeypatch.setattr(crash_matrix, "begun_alike", dict)

    told = [verdict.broken for verdict in paired_faults("stumbles", most=3)]

    assert [(), ("P the life ended with KeyError('nobody expected this')",)] == told[:2]


def test_a_statement_whose_file_was_lost_on_its_way_is_sent_again() -> None:
    """The command is told that there is no file, and sends it once more."""
    life = "told_by_the_statement_alone"
    puts = [one for one in boundaries_of(life) if one.name == "StatementFiles.put_file"]

    assert [] == judged(life, dict.fromkeys((one.index for one in puts[:2]), Fault.BEFORE))[1]
