"""What is known of numbers and organisations, by the client: the simulator, and the sandbox for what it offers."""

from __future__ import annotations

import pytest

from daraja.direct_answers import Organisation, PayeeName
from daraja.errors import Refused
from daraja.requests.look_ups import ImsiRequest, OrganisationRequest, SimSwapRequest
from daraja.requests.payouts import HakikishaRequest
from tests.contract.conftest import Simulator
from tests.contract.outside import ORGANISATION, PHONE, Outside, SimulatorOutside, daraja_verified, outsides

outside = pytest.fixture(outsides, name="outside")
AMINA, NOBODY, SWAPPED = "254712345678", "254700002040", "254700040001"


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def a_payee(phone: str) -> HakikishaRequest:
    """A question whose number it is."""
    return HakikishaRequest(request_id="r1", timestamp="20260315101530", phone=phone, shortcode=ORGANISATION)


@daraja_verified
def test_an_organisation_has_a_name(outside: Outside) -> None:
    """By its number."""
    found = outside.client.find_organisation(outside.token(), OrganisationRequest(identifier=ORGANISATION))

    assert (ORGANISATION, True) == (found.shortcode, bool(found.name))


@daraja_verified
def test_a_payee_has_a_name(outside: Outside) -> None:
    """All but the first are initials."""
    assert outside.client.find_payee(outside.token(), a_payee(PHONE)).name


def test_a_till_is_found_as_a_till(local: SimulatorOutside) -> None:
    """Not by its store's number, nor as a paybill."""
    request = OrganisationRequest(identifier="5000002", identifier_type="2")

    assert Organisation("5000002", "INKLESS CORNER SHOP") == local.client.find_organisation(local.token(), request)


@pytest.mark.parametrize(("identifier", "kind"), [("999999", "4"), ("5000002", "4"), ("174379", "2"), ("4000001", "2")])
def test_what_is_no_such_organisation_is_refused(local: SimulatorOutside, identifier: str, kind: str) -> None:
    """Code 1: rejected."""
    request = OrganisationRequest.model_validate({"identifier": identifier, "identifier_type": kind})

    with pytest.raises(Refused) as caught:
        local.client.find_organisation(local.token(), request)

    assert "1" == caught.value.code


def test_a_payees_middle_and_last_names_are_masked(local: SimulatorOutside) -> None:
    """As Safaricom gives them."""
    body = local.simulator.post(a_payee(AMINA).path, a_payee(AMINA).body()).json()["body"]

    assert "AMINA" == body["firstName"]
    assert ["*", "*"] == [body[name][-1] for name in ("middleName", "lastName")]


def test_nobodys_number_has_no_name(local: SimulatorOutside) -> None:
    """The same number that a payout ends with 2040 for."""
    assert PayeeName(None) == local.client.find_payee(local.token(), a_payee(NOBODY))


def test_a_payee_is_asked_about_by_an_organisation_that_exists(local: SimulatorOutside) -> None:
    """400 in its own form."""
    request = a_payee(AMINA).model_copy(update={"shortcode": "999999"})

    with pytest.raises(Refused) as caught:
        local.client.find_payee(local.token(), request)

    assert ("400", "Bad Request") == (caught.value.code, caught.value.text)


def test_a_sim_card_that_was_not_swapped_lately_has_no_day(local: SimulatorOutside) -> None:
    """01-01-1900 on the wire."""
    assert local.client.find_sim_swap(local.token(), SimSwapRequest(phone=AMINA)).swapped_on is None


@pytest.mark.parametrize(("days_ago", "is_told"), [(0, True), (89, True), (91, False)])
def test_a_swap_is_told_for_three_months(
    local: SimulatorOutside,
    days_ago: int,
    is_told: bool,
) -> None:
    """By the control API it can be any day."""
    local.simulator.control("POST", f"phones/{AMINA}/sim-swap", {"days_ago": days_ago})

    found = local.client.find_sim_swap(local.token(), SimSwapRequest(phone=AMINA))

    assert is_told == (found.swapped_on is not None)


def test_imsi_tells_the_hash_and_the_day_of_registration(local: SimulatorOutside) -> None:
    """Another hash once the card was swapped."""
    before = local.client.find_sim_swap(local.token(), ImsiRequest(phone=AMINA))
    local.simulator.control("POST", f"phones/{AMINA}/sim-swap", {})
    after = local.client.find_sim_swap(local.token(), ImsiRequest(phone=AMINA))

    assert (True, True) == (before.imsi_hash != after.imsi_hash, before.registered_on == after.registered_on)
    assert (64, None) == (len(before.imsi_hash or ""), before.swapped_on)


def test_the_magic_number_was_swapped_an_hour_ago(local: SimulatorOutside) -> None:
    """Whatever the day is."""
    assert local.client.find_sim_swap(local.token(), SimSwapRequest(phone=SWAPPED)).swapped_on


@pytest.mark.parametrize("request_of", [SimSwapRequest, ImsiRequest])
def test_nobodys_number_has_no_card(local: SimulatorOutside, request_of: type[SimSwapRequest | ImsiRequest]) -> None:
    """HTTP 404."""
    with pytest.raises(Refused) as caught:
        local.client.find_sim_swap(local.token(), request_of(phone=NOBODY))

    assert ("404", 404) == (caught.value.code, caught.value.http_status)


def test_what_is_no_number_is_no_request(local: SimulatorOutside) -> None:
    """HTTP 400."""
    answer = local.simulator.post("/imsi/v2/checkATI", {"customerNumber": "0712345678"})

    assert (400, "400") == (answer.status_code, answer.json()["responseCode"])
