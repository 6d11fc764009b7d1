"""Who paid by hand, as far as M-PESA says: one key for a number and its hash, none for a mask; the number nowhere."""

from __future__ import annotations

import hashlib
import json

import pytest

from gateway import security
from gateway.domain.facts import MoneyReceived
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import run
from gateway.settings import Settings
from tests.gateway_samples import AT_MS
from tests.memory_store import KEYS, MemoryWorld

NUMBER = "254712345678"
HASH = hashlib.sha256(NUMBER.encode()).hexdigest()
KEY = security.payer_key(KEYS.phone, NUMBER)
SAFARICOM = "196.201.214.200"


def told(msisdn: str | None, *, shortcode: str = "174379", address: str = "174379") -> MoneyReceived:
    """The fact that a confirmation with this MSISDN leaves in the receipt's item."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": "SGL31QW9XY",
        "TransTime": "20260302121500",
        "TransAmount": "1500.00",
        "BusinessShortCode": shortcode,
        "BillRefNumber": "NOBODY",
        "MSISDN": msisdn,
        "FirstName": "AMINA",
    }
    world = MemoryWorld()
    delivery = Delivery(
        kind="c2b_confirmation",
        target=address,
        number=0,
        tag=security.c2b_tag(KEYS.c2b_tags[0], address),
        source_address=SAFARICOM,
        body=json.dumps(body).encode(),
        learned_at_ms=AT_MS,
    )
    run(take_c2b_confirmation(delivery, Settings({"SOURCE_ADDRESSES": SAFARICOM}), FlowSettings()), world)
    (fact,) = world.store.receipts["SGL31QW9XY"].facts.values()
    assert isinstance(fact, MoneyReceived)
    assert NUMBER not in repr(world.store.receipts) + repr(world.ambient.reports)
    return fact


@pytest.mark.parametrize("msisdn", [NUMBER, HASH, HASH.upper(), f" {NUMBER} "])
def test_a_number_and_its_hash_give_one_key(msisdn: str) -> None:
    """Version 1 sends the hash, old deliveries the number itself."""
    assert KEY == told(msisdn).payer_key


@pytest.mark.parametrize("msisdn", ["2547 ***** 678", "25470****149", "", None, "0712345678", "z" * 64])
def test_a_mask_or_nothing_gives_none(msisdn: str | None) -> None:
    """Version 2: nobody can tell who paid."""
    assert told(msisdn).payer_key == ""


def test_another_number_has_another_key() -> None:
    assert KEY != told("254712345679").payer_key


def test_the_key_is_no_hash_that_anybody_could_make() -> None:
    """Two hundred million numbers are hashed in seconds; ours takes a secret."""
    assert (32, False) == (len(KEY), KEY in (HASH, HASH[:32]))
    assert KEY != security.payer_key(b"another key" * 3, NUMBER)


@pytest.mark.parametrize(
    ("shortcode", "address", "under"), [("174379", "174379", ""), ("4000001", "4000000", "4000000")]
)
def test_money_of_another_shortcode_says_whose_address_it_came_to(shortcode: str, address: str, under: str) -> None:
    """A till's money may be told at its store's address; any other one is not believed for a claim."""
    assert under == told(NUMBER, shortcode=shortcode, address=address).told_under


def test_who_paid_is_no_part_of_what_makes_it_this_news() -> None:
    """The same money told by versions 1 and 2 is one fact."""
    assert told(HASH).id == told("2547 ***** 678").id
