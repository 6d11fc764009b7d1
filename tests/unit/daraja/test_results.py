"""Results: the corners that the corpus of bodies does not reach. What has two meanings is never read as one."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.accounts import Account, accounts_of, basic_amount, charges_of
from daraja.reading import BODY_BYTES_MAX
from daraja.results import (
    Parameters,
    Party,
    Result,
    TransactionState,
    Unreadable,
    UnreadableReason,
    balance_of,
    business_payment_of,
    parse_queue_timeout,
    parse_result,
    payout_of,
    reversal_of,
    status_of,
)

TYPED: list[Callable[[Result], object]] = [payout_of, business_payment_of, reversal_of, status_of, balance_of]
KEYS = (
    *("TransactionAmount", "TransactionReceipt", "ReceiverPartyPublicName", "TransactionCompletedDateTime", "Amount"),
    *("B2CUtilityAccountAvailableFunds", "AccountBalance", "BOCompletedTime", "OriginalTransactionID", "Charge"),
    *(
        "DebitAccountBalance",
        "DebitPartyName",
        "CreditPartyName",
        "TransactionStatus",
        "DebitPartyCharges",
        "ReceiptNo",
    ),
    *("DebitPartyAffectedAccountBalance", "B2CRecipientIsRegisteredCustomer", "FinalisedTime"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
ITEMS = st.fixed_dictionaries(
    {"Key": st.sampled_from(KEYS)}, optional={"Value": SCALARS | st.lists(SCALARS, max_size=2)}
)
BODIES = st.fixed_dictionaries(
    {"ResultCode": st.sampled_from([0, "0", 1, 2001, "R000001", None])},
    optional={
        "ResultType": SCALARS,
        "ResultDesc": SCALARS,
        "ConversationID": SCALARS,
        "TransactionID": SCALARS,
        "ResultParameters": SCALARS | st.fixed_dictionaries({"ResultParameter": ITEMS | st.lists(ITEMS, max_size=6)}),
        "ReferenceData": SCALARS | st.fixed_dictionaries({"ReferenceItem": ITEMS | st.lists(ITEMS, max_size=2)}),
    },
).map(lambda result: json.dumps({"Result": result}).encode())


def outcome(body: bytes, typed: Callable[[Result], object]) -> object:
    """What is read, or why nothing is; any other error is a fault."""
    try:
        return typed(parse_result(body))
    except Unreadable as unreadable:
        return unreadable.reason


@pytest.mark.parametrize("typed", TYPED, ids=lambda typed: typed.__name__)
@given(body=st.binary(max_size=200) | BODIES)
def test_any_bytes_are_read_or_are_unreadable(typed: Callable[[Result], object], body: bytes) -> None:
    assert outcome(body, typed) is not None


@given(st.binary(max_size=200) | BODIES)
def test_any_notice_is_read_or_is_unreadable(body: bytes) -> None:
    try:
        read: object = parse_queue_timeout(body)
    except Unreadable as unreadable:
        read = unreadable.reason

    assert read is not None


@given(BODIES)
def test_only_a_success_has_a_receipt(body: bytes) -> None:
    """An id is no proof: failures carry real-looking ones."""
    found = outcome(body, payout_of)

    assert getattr(found, "receipt", None) is None or parse_result(body).is_success


def test_a_body_beyond_all_reason_is_not_parsed() -> None:
    with pytest.raises(Unreadable) as caught:
        parse_result(b" " * (BODY_BYTES_MAX + 1))

    assert UnreadableReason.TOO_LARGE == caught.value.reason


def test_a_value_beyond_all_reason_is_not_cut_into_another_one() -> None:
    body = json.dumps(
        {"ResultCode": 0, "ResultParameters": {"ResultParameter": {"Key": "Amount", "Value": "1" * 9_000}}}
    )

    with pytest.raises(Unreadable) as caught:
        parse_result(body.encode())

    assert UnreadableReason.VALUE_TOO_LONG == caught.value.reason


def test_parameters_are_found_by_any_spelling_of_their_name() -> None:
    told = Parameters((("Transaction ID", "UCF4AB12CD"), ("amount", "250"), ("Occasion", None)))

    assert ("UCF4AB12CD", "250", None, ()) == (
        told.get("TransactionID"),
        told.get("Amount", "TransactionAmount"),
        told.get("Occasion"),
        told.values("Occasion"),
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_place_among_the_parameters_spoils_no_other(nothing: object) -> None:
    items = [nothing, {"Key": "TransactionAmount", "Value": 250}]
    result = {"ResultType": 0, "ResultCode": 0, "ResultParameters": {"ResultParameter": items}}
    assert "250" == parse_result(json.dumps({"Result": result}).encode()).parameters.get("TransactionAmount")


def test_parameters_that_differ_under_one_name_have_no_single_value() -> None:
    told = Parameters((("Amount", "250"), ("amount", "300")))

    with pytest.raises(Unreadable) as caught:
        told.get("Amount")

    assert (UnreadableReason.CONFLICTING_KEYS, ("250", "300")) == (caught.value.reason, told.values("Amount"))


@pytest.mark.parametrize("state", list(TransactionState), ids=str)
def test_four_states_are_the_last(state: TransactionState) -> None:
    """Of Safaricom's list; a state on no list is neither done nor failed."""
    assert (str(state) in {"completed", "cancelled", "declined", "expired"}) == state.is_final


@pytest.mark.parametrize(
    ("told", "number", "name", "is_organisation"),
    [
        ("254711000111 - AMINA OTIENO", "254711000111", "AMINA O.", False),
        ("0711000111 - Amina", "0711000111", "Amina", False),
        ("2547 ***** 111 - AMINA", "2547 ***** 111", "AMINA", False),
        ("254711***111 -AMINA", "254711***111", "AMINA", False),
        ("254711000111-ANNE-MARIE", "254711000111", "ANNE-MARIE", False),
        ("600333 - Example Supplier Ltd", "600333", "Example Supplier Ltd", True),
        ("600333 -", "600333", None, True),
        ("600333", "600333", None, True),
        ("Example Supplier", None, "Example S.", False),
        ("", None, None, False),
    ],
)
def test_a_party_is_number_and_name(told: str, number: str | None, name: str | None, is_organisation: bool) -> None:
    result = Result("0", "", None, None, None, parameters=Parameters((("ReceiverPartyPublicName", told),)))

    party = payout_of(result).recipient

    assert (number, name, is_organisation) == (party.number, party.name, party.is_organisation)


def test_nobody_is_a_party_without_number_and_name() -> None:
    assert Party(None, None) == payout_of(Result("1", "", None, None, None)).recipient


def test_accounts_are_exact_and_may_be_below_nothing() -> None:
    """Two decimals or many; a float would lose them."""
    wanted = (
        Account("Utility Account", "KES", Decimal("0.1"), Decimal("0.008"), Decimal(0), Decimal("0.00")),
        Account(
            "Charges Paid Account", "KES", Decimal("-154.00"), Decimal("-1154.25"), Decimal("0.00"), Decimal("0.00")
        ),
    )

    told = "Utility Account|KES|0.1|0.008|0|0.00& Charges Paid Account | KES |-154.00|-1,154.25|0.00|0.00"
    assert wanted == accounts_of(told)


@pytest.mark.parametrize("told", ["", " & ", "&"])
def test_no_accounts_are_no_error(told: str) -> None:
    assert () == accounts_of(told)


@pytest.mark.parametrize("told", ["25100.00", "|KES|1.00", "Utility Account|KES|", "Utility Account|KES|1.00|x|0|0"])
def test_an_account_in_no_known_form_is_not_guessed_at(told: str) -> None:
    with pytest.raises(Unreadable) as caught:
        accounts_of(told)

    assert UnreadableReason.WRONG_SHAPE == caught.value.reason


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}", "6186.83"),
        ("{Amount={CurrencyCode=KES, MinimumAmount=-100, BasicAmount=-1.00}}", "-1.00"),
        ("{Amount={BasicAmount=1,186.83, CurrencyCode=KES}}", None),
        ("{}", None),
        (None, None),
    ],
)
def test_the_form_that_looks_like_json_and_is_none(told: str | None, amount: str | None) -> None:
    assert (None if amount is None else Decimal(amount)) == basic_amount(told)


def test_fees_in_no_known_form_are_left_out() -> None:
    assert [Decimal("22.40")] == [charge.amount for charge in charges_of("22.40&Fee|KES|22.40&Fee|KES|&|KES|1.00&")]
    assert [] == list(charges_of(None))
