"""Results of our requests: authentic or not, kept wherever there is room, and of no effect beyond what they prove."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import security
from gateway.domain.balances import Balance
from gateway.domain.requests_sent import RequestName, request_name_of
from gateway.flows.drain import drain
from gateway.flows.initiator import heard
from gateway.flows.intake import TABLE_PORTS, take_or_queue
from gateway.flows.messages import Delivery
from gateway.flows.rematch import match_orphan
from gateway.flows.result_takers import RESULT_TAKERS
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_result import take_result
from gateway.ports import QueueUnavailable, SecretsUnavailable, StoreUnavailable, run
from gateway.settings import Settings
from tests.laws.profiles import QUICK
from tests.memory_store import KEYS, START_MS, MemoryWorld
from tests.simulation.port_calls import port_calls_in
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM

ENV = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM})
FLOW = FlowSettings()
SUBJECT = f"bal_{'b' * 32}"
NAME = RequestName(call="balance", subject_id=SUBJECT, number=0, asked_at_s=START_MS // 1000)
FORBIDDEN = ("mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query")


def body(code: int | str = 0, accounts: str = "Utility Account|KES|25100.50|25100.50|0.00|0.00") -> bytes:
    """The answer to the question about a balance."""
    result: dict[str, Any] = {"ResultType": 0, "ResultCode": code, "ResultDesc": "", "ConversationID": "AG_1"}
    result["ResultParameters"] = {"ResultParameter": {"Key": "AccountBalance", "Value": accounts}}
    return json.dumps({"Result": result}).encode()


def delivery(name: RequestName = NAME, **changes: Any) -> Delivery:
    """An authentic result from Safaricom, unless said otherwise."""
    usual = Delivery(
        kind="result",
        target=name.in_url,
        number=0,
        tag=security.result_tag(KEYS.tags[0], name),
        source_address=FROM_SAFARICOM,
        body=body(),
        learned_at_ms=START_MS + 2_000,
    )
    return replace(usual, **changes)


def asked() -> MemoryWorld:
    """A world in which the balance was asked for."""
    world = MemoryWorld()
    world.balances.all[SUBJECT] = Balance(id=SUBJECT, owner="shop", shortcode="174379", asked_at_ms=START_MS)
    return world


def take(world: MemoryWorld, told: Delivery) -> Taken:
    """As it arrives."""
    return run(take_or_queue(told, lambda one: take_result(one, ENV, FLOW)), world)


def available(world: MemoryWorld) -> list[Decimal | None]:
    """What is known of the accounts."""
    return [account.available for account in world.balances.all[SUBJECT].accounts]


def reported(world: MemoryWorld) -> list[str]:
    """Names of all reports."""
    return [name for name, _ in world.ambient.reports]


OTHERS = {
    "nothing": "",
    "zeros": "0" * 32,
    "of another second": security.result_tag(KEYS.tags[0], replace(NAME, asked_at_s=NAME.asked_at_s + 1)),
    "of another number": security.result_tag(KEYS.tags[0], replace(NAME, number=1)),
    "of another subject": security.result_tag(KEYS.tags[0], replace(NAME, subject_id=f"bal_{'c' * 32}")),
    "of another call": security.result_tag(KEYS.tags[0], replace(NAME, call="status")),
    "of a payment's callback": security.stk_tag(KEYS.tags[0], f"pay_{'b' * 32}", 0),
    "with a foreign key": security.result_tag(b"x" * 32, NAME),
    "in capitals": security.result_tag(KEYS.tags[0], NAME).upper(),
    "not ASCII": "é" * 32,
}
MISSHAPEN = (
    "",
    "balance",
    "balance//0/1772442904",
    f"balance/bal{'b' * 31}/0/1772442904",
    f"balance/bal{'B' * 32}/0/1772442904",
    f"balance/pay{'b' * 32}/0/1772442904",
    f"query/bal{'b' * 32}/0/1772442904",
    f"balance/bal{'b' * 32}/100/1772442904",
    f"balance/bal{'b' * 32}/-1/1772442904",
    f"balance/bal{'b' * 32}/01/1772442904",
    f"balance/bal{'b' * 32}/0/0",
    f"balance/bal{'b' * 32}/0/1772442904000",
    f"balance/bal{'b' * 32}/0/١٧٧٢٤٤٢٩٠٤",
    f"balance/bal{'b' * 32}/0/1772442904/",
)


@pytest.mark.parametrize("tag", OTHERS.values(), ids=OTHERS.keys())
def test_a_stranger_with_a_wrong_tag_reaches_nothing(tag: str) -> None:
    """404 without a call to table or queue."""
    world = asked()

    taken = take(world, delivery(tag=tag, source_address=FROM_ELSEWHERE))

    assert Taken.STRANGER is taken
    assert {"Secrets.read_keys", "Ambient.report"} >= set(world.boundaries)


@pytest.mark.parametrize("target", MISSHAPEN)
def test_an_address_that_no_request_of_ours_can_have_is_nobodys(target: str) -> None:
    """Not even the keys are read."""
    world = asked()

    assert (Taken.STRANGER, ["Ambient.report"]) == (take(world, delivery(target=target)), world.boundaries)


@pytest.mark.parametrize("tag", OTHERS.values(), ids=OTHERS.keys())
def test_a_wrong_tag_from_safaricoms_own_address_is_kept_apart(tag: str) -> None:
    """Our keys may be wrong: nothing follows from it, and nothing is thrown away."""
    world = asked()

    taken = take(world, delivery(tag=tag))

    assert (Taken.APART, [], [body()]) == (
        taken,
        available(world),
        [orphan.body for orphan in world.store.orphans.values()],
    )


def test_a_flood_of_wrong_tags_from_a_listed_address_fills_a_thousand_places_an_hour() -> None:
    """And each of them once."""
    world = asked()

    for number in range(3_000):
        take(world, delivery(tag=f"{number:032x}"))

    assert 900 < len(world.store.orphans) <= 1_000


def test_a_result_is_kept_once_however_often_it_comes() -> None:
    """With its cents."""
    world = asked()

    taken = [take(world, delivery()) for _ in range(50)]

    assert [Taken.KEPT] + [Taken.KNOWN] * 49 == taken
    assert ([Decimal("25100.50")], 2) == (available(world), world.balances.all[SUBJECT].version)


def test_while_the_table_is_away_a_result_waits_in_the_queue_and_is_kept_then() -> None:
    """With its first intake time."""
    world = asked()
    world.fail_next["Balances.read_balance"].append(StoreUnavailable("away"))

    taken = take(world, delivery())
    run(drain(world.queues.retries.pop(), ENV, FLOW), world)

    assert (Taken.QUEUED, [Decimal("25100.50")]) == (taken, available(world))
    assert START_MS + 2_000 == world.balances.all[SUBJECT].as_of_ms


def test_while_the_tag_keys_are_away_the_raw_result_waits() -> None:
    """Its tag is checked when it is drained: a forged one reaches nothing even so."""
    world = asked()
    world.fail_next["Secrets.read_keys"].append(SecretsUnavailable("away"))

    taken = take(world, delivery(tag="0" * 32, source_address=FROM_ELSEWHERE))
    run(drain(world.queues.retries.pop(), ENV, FLOW), world)

    assert (Taken.QUEUED, [], {}) == (taken, available(world), world.store.orphans)


def test_with_table_and_queue_away_a_line_tells_and_safaricom_is_told_too() -> None:
    """The line names the request and no tag."""
    world = asked()
    world.fail_next["Balances.read_balance"].append(StoreUnavailable("away"))
    world.fail_next["Queues.send_retry"].append(QueueUnavailable("away"))

    with pytest.raises(QueueUnavailable):
        take(world, delivery())

    assert {"kind": "result", "target": NAME.in_url, "attempt": 0} == dict(world.ambient.reports)["delivery_lost"]


def test_a_table_that_hangs_is_not_waited_for() -> None:
    """With little time left the result goes to the queue without a call to the table."""
    world = asked()
    world.ambient.left_ms = 5_000

    assert Taken.QUEUED is take(world, delivery())
    assert "Balances.read_balance" not in world.boundaries


def test_every_port_that_keeps_results_counts_as_the_table() -> None:
    """Whatever those who take results call, but what asks neither table nor anybody who could hang."""
    files = [inspect.getfile(take) for take in RESULT_TAKERS.values()] + [inspect.getfile(heard)]
    ports = {name.partition(".")[0] for file in files for name in port_calls_in(ast.parse(Path(file).read_text()))}

    assert ports - {"Ambient", "Secrets"} <= TABLE_PORTS


def test_a_result_that_cannot_be_read_is_kept_byte_for_byte() -> None:
    """And nothing follows from it."""
    world = asked()

    taken = take(world, delivery(body=b"\x00{not json"))

    assert (Taken.APART, [b"\x00{not json"], []) == (
        taken,
        [orphan.body for orphan in world.store.orphans.values()],
        available(world),
    )


def test_a_result_whose_subject_is_not_there_is_brought_again() -> None:
    """A restore of the table may have taken it away; its tag is not asked for again."""
    world = asked()
    kept = world.balances.all.pop(SUBJECT)
    taken = take(world, delivery())
    world.balances.all[SUBJECT] = kept
    (key,) = world.store.orphans

    run(match_orphan(key, FLOW), world)

    assert (Taken.APART, [Decimal("25100.50")]) == (taken, available(world))
    assert world.store.orphans[key].matched_at_ms is not None


def test_a_notice_of_a_time_out_changes_nothing() -> None:
    """Whatever its body says: a result may follow."""
    world = asked()

    taken = take(world, delivery(kind="timeout"))

    assert (Taken.KNOWN, []) == (taken, available(world))


def test_a_result_from_an_address_on_no_list_is_told_and_not_believed() -> None:
    """Though its tag is right."""
    world = asked()

    taken = take(world, delivery(source_address=FROM_ELSEWHERE))

    assert (Taken.KNOWN, []) == (taken, available(world))
    assert "result_from_elsewhere" in reported(world)


def test_the_answer_to_an_older_question_does_not_outdo_a_newer_one() -> None:
    """Answers may come in any order."""
    world = asked()
    newer = replace(NAME, asked_at_s=NAME.asked_at_s + 60)
    take(world, delivery(newer, body=body(accounts="Utility Account|KES|7.00|7.00|0.00|0.00")))

    taken = take(world, delivery())

    assert (Taken.KNOWN, [Decimal("7.00")]) == (taken, available(world))


def test_a_delivery_of_a_kind_that_nobody_here_knows_stays_in_the_queue() -> None:
    """It ends in the dead letters at last, and not as a stranger's."""
    world = asked()
    world.fail_next["Secrets.read_keys"].append(SecretsUnavailable("away"))
    take(world, delivery())
    message = world.queues.retries.pop().replace('"kind":"result"', '"kind":"newer"')

    with pytest.raises(Exception, match="newer"):
        run(drain(message, ENV, FLOW), world)


@given(st.sampled_from(["out", "ref", "txn", "bal"]), st.text("0123456789abcdef", min_size=32, max_size=32))
@QUICK
def test_an_address_spells_no_word_that_safaricom_forbids_and_reads_back(prefix: str, hex_id: str) -> None:
    """For every id, call, number and second."""
    name = RequestName(call="status", subject_id=f"{prefix}_{hex_id}", number=9, asked_at_s=1_772_442_904)

    urls = security.result_urls("https://pay.example", KEYS.tags[0], name)

    assert name == request_name_of(name.in_url)
    assert [] == [word for word in FORBIDDEN for url in (urls.result, urls.timeout) if word in url.lower()]
