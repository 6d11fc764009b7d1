"""Whatever arrives at the callback door: an answer that is no 5xx, and nothing lost, believed or asked without cause.

The promise: status 200, 400, 404 or 413 for any bytes. What is authentic is in table, orphans or queue. Money is
credited only for a body that says so plainly. A stranger costs no read and no write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from gateway.ports import StoreUnavailable
from tests.corpus.reading import body_of, cases
from tests.corpus.world import CHECKOUT_ID, CorpusWorld, told
from tests.fuzz.mutators import TEXTS, Body, bodies
from tests.fuzz.profiles import PROFILE
from tests.unit.intake_world import fail

CONFIRMED = body_of(cases("c2b_confirmations")[0].told)
STATUSES = {200, 400, 404, 413}
STK_BODIES = bodies("stk_callbacks", "stk_stories", "results")
C2B_BODIES = bodies("c2b_confirmations", "stk_stories", "results")
ADDRESSES = ("confirmation 600111", "confirmation 174379", "confirmation 5000002")
STORE = ("read_payment", "create_receipt", "read_receipt", "payments_by_reference", "keep_orphan", "save_payment")


def values_at(name: str, value: Any) -> Iterator[Any]:
    """Every value under this key, in whatever case, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.strip().lower() == name:
                yield inner
            yield from values_at(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from values_at(name, inner)


def plain(body: bytes) -> Any:
    """The body as any reader of JSON has it."""
    return json.loads(body.decode("utf-8-sig"), parse_int=str, parse_float=str)


def numbers(values: Iterator[Any]) -> set[Decimal]:
    """Those that are numbers, also in a text."""
    found = set()
    for value in values:
        try:
            found.add(Decimal(str(value).strip().replace(",", "")))
        except InvalidOperation:
            continue
    return found


def texts(values: Iterator[Any]) -> set[str]:
    """Those that are texts, in capitals, without blanks around them and without what cannot be printed."""
    return {"".join(letter for letter in str(value).strip().upper() if letter.isprintable()) for value in values}


def named(name: str, value: Any) -> Iterator[Any]:
    """Values of the items of a callback's metadata that have this name."""
    for item in [value, *values_at("item", value)]:
        for one in item if isinstance(item, list) else [item]:
            if name in {str(found).strip().lower() for found in values_at("name", one)}:
                yield from values_at("value", one)


def says_paid(body: bytes, receipt: str) -> bool:
    """Whether the callback names code 0, this prompt, 250 shillings and this receipt."""
    said = plain(body)
    return (
        Decimal(0) in numbers(values_at("resultcode", said))
        and CHECKOUT_ID.upper() in texts(values_at("checkoutrequestid", said))
        and Decimal(250) in numbers(named("amount", said))
        and receipt in texts(named("mpesareceiptnumber", said))
    )


def says_money(body: bytes, receipt: str, amount_kes: int) -> bool:
    """Whether the confirmation names this receipt with this amount."""
    said = plain(body)
    return receipt in texts(values_at("transid", said)) and Decimal(amount_kes) in numbers(
        values_at("transamount", said)
    )


def credited(world: CorpusWorld) -> list[tuple[str, int]]:
    """Credits of both payments."""
    return world.credits_of(world.pushed.id) + world.credits_of(world.typed.id)


def is_somewhere(world: CorpusWorld) -> bool:
    """Whether the news is kept: as a fact, as somebody's or nobody's receipt, apart, or in the queue."""
    after = world.after()
    return bool({"facts", "apart", "queued", "unmatched"} & set(after))


@PROFILE
@given(STK_BODIES)
def test_an_authentic_callback_is_kept_whatever_its_bytes_and_credits_only_what_it_says(body: bytes) -> None:
    """From Safaricom's address with the right tag."""
    world = CorpusWorld()

    status = told(world.deliver("stk", body))[0]

    event(f"facts: {world.after().get('facts')}")
    assert status in STATUSES
    assert is_somewhere(world)
    assert all(amount == 250 and says_paid(body, receipt) for receipt, amount in credited(world))
    assert [] == world.leaks()


@PROFILE
@given(C2B_BODIES, st.sampled_from(ADDRESSES))
def test_an_authentic_confirmation_is_kept_whatever_its_bytes_and_credits_only_what_it_says(
    body: bytes, address: str
) -> None:
    """From Safaricom's address with the right tag of a shortcode."""
    world = CorpusWorld()

    status = told(world.deliver(address, body))[0]

    event(f"left: {sorted(world.after())}")
    assert status in STATUSES
    assert is_somewhere(world)
    assert all(says_money(body, receipt, amount) for receipt, amount in credited(world))
    assert [] == world.leaks()


@PROFILE
@given(STK_BODIES | C2B_BODIES, st.sampled_from(["stk", *ADDRESSES]), TEXTS | st.sampled_from(["zeros", "of_typed"]))
def test_a_stranger_gets_404_and_reaches_neither_table_nor_queue(body: bytes, address: str, tag: str) -> None:
    """No right tag, no listed address."""
    world = CorpusWorld()

    status = told(world.deliver(address, body, tag=tag, source="elsewhere"))[0]

    assert (404, {}) == (status, world.after())
    assert [] == [call for call in world.world.boundaries if call.startswith(("Store.", "Queues."))]


@PROFILE
@given(STK_BODIES | C2B_BODIES, st.sampled_from(["stk", *ADDRESSES]))
def test_a_wrong_tag_from_safaricoms_address_is_kept_apart_and_changes_no_money(body: bytes, address: str) -> None:
    """Our own keys may be wrong."""
    world = CorpusWorld()

    status = told(world.deliver(address, body, tag="zeros"))[0]

    assert (200, {"apart": "quarantine"}) == (status, world.after())


@PROFILE
@given(STK_BODIES)
def test_a_callback_from_elsewhere_with_the_right_tag_credits_nothing(body: bytes) -> None:
    """A leaked address: kept, asked about, not believed."""
    world = CorpusWorld()

    status = told(world.deliver("stk", body, source="elsewhere"))[0]

    assert (200, [], True) == (status, credited(world), is_somewhere(world))


@PROFILE
@given(C2B_BODIES, st.sampled_from(ADDRESSES))
def test_a_validation_is_accepted_whatever_its_bytes_and_asks_nobody(body: bytes, address: str) -> None:
    """A refusal would turn money away."""
    world = CorpusWorld()

    answer = told(world.deliver(address.replace("confirmation", "validation"), body))

    assert ((200, {"ResultCode": "0", "ResultDesc": "Accepted"}), {}) == (answer, world.after())
    assert [] == world.world.boundaries


@PROFILE
@example(Body(CONFIRMED + b" " * 1_048_576), "confirmation 600111")
@given(STK_BODIES | C2B_BODIES, st.sampled_from(["stk", *ADDRESSES]))
def test_what_waited_in_the_queue_ends_as_if_it_had_been_kept_at_once(body: bytes, address: str) -> None:
    """The table is away when it arrives, and back when the queue is drained."""
    direct, late = CorpusWorld(), CorpusWorld()
    direct.deliver(address, body)
    fail(late.world, *(f"Store.{name}" for name in STORE), error=StoreUnavailable("away"))

    status = told(late.deliver(address, body))[0]
    late.world.fail_next.clear()
    drained = late.drain()

    assert (200, []) == (status, drained)
    assert direct.after() == late.after()


HEADERS = st.none() | st.dictionaries(TEXTS, TEXTS, max_size=5)
PARAMETERS = st.none() | st.dictionaries(
    st.sampled_from(["payment", "number", "tag", "shortcode"]) | TEXTS, TEXTS, max_size=4
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "body": st.none() | TEXTS,
        "isBase64Encoded": st.booleans(),
        "headers": HEADERS,
        "pathParameters": PARAMETERS,
        "rawPath": TEXTS,
        "rawQueryString": TEXTS,
        "routeKey": TEXTS,
        "requestContext": st.fixed_dictionaries(
            {},
            optional={
                "http": st.fixed_dictionaries({}, optional={"method": TEXTS, "path": TEXTS, "sourceIp": TEXTS}),
                "requestId": TEXTS,
                "routeKey": TEXTS,
            },
        ),
    },
)


@PROFILE
@given(STK_BODIES, st.sampled_from(["stk", *ADDRESSES, "validation 600111"]), CHANGES)
def test_an_event_of_any_shape_is_answered(body: bytes, address: str, changes: dict[str, Any]) -> None:
    """Methods, encodings, headers and addresses that no real client sends."""
    world = CorpusWorld()

    status, said = told(world.deliver(address, body, changes=changes))

    event(f"status: {status}")
    assert status in STATUSES
    assert isinstance(said, dict)
    assert status != 200 or "validation" in address or is_somewhere(world) or world.asked_nobody()


FIELDS_OF_MESSAGES = (
    *("payment", "facts", "id", "fact", "kind", "target"),
    *("number", "tag", "source_address", "body", "learned_at_ms"),
)
ODD_VALUES = st.one_of(
    st.none(), TEXTS, st.integers(), st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, TEXTS, max_size=2)
)
MESSAGES = TEXTS | st.sampled_from(["facts", "money", "delivery", "rumour"]).flatmap(
    lambda what: st.fixed_dictionaries(
        {"v": st.sampled_from([1, 2, "1", None]), "what": st.just(what)},
        optional=dict.fromkeys(FIELDS_OF_MESSAGES, ODD_VALUES),
    ).map(json.dumps)
)


@PROFILE
@given(MESSAGES)
def test_a_queued_message_of_any_text_breaks_nothing_and_credits_nothing(message: str) -> None:
    """What cannot be read comes again, and ends in the dead letters."""
    world = CorpusWorld()

    answer = world.invoke("callback_intake", {"Records": [{"messageId": "1", "body": message}]})

    assert answer["batchItemFailures"] in ([], [{"itemIdentifier": "1"}])
    assert [] == credited(world)
