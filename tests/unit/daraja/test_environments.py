"""Times are Kenyan on the wire and milliseconds inside; addresses are those that Safaricom publishes."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.environments import BASE_URLS, SOURCE_ADDRESSES, parse_eat, timestamp_eat

NOON_MS = 1_773_558_952_000


def test_a_time_is_sent_on_kenyan_clocks() -> None:
    assert timestamp_eat(NOON_MS) == "20260315101552"


@pytest.mark.parametrize(
    "text",
    ["20260315101552", "2026-03-15 10:15:52", "2026-03-15T10:15:52", "2026-03-15 10:15:52.0", "15.03.2026 10:15:52"],
)
def test_every_form_of_a_time_is_read(text: str) -> None:
    assert parse_eat(text) == NOON_MS


@pytest.mark.parametrize(
    "text", ["", "20260230101552", "20260315251552", "2026-03-15T10:15:52Z", "yesterday", "٢٠٢٦٠٣١٥١٠١٥٥٢", "0" * 14]
)
def test_what_is_no_kenyan_time_is_none(text: str) -> None:
    assert parse_eat(text) is None


@given(st.integers(0, 4_102_444_799))
def test_a_time_survives_the_way_out_and_back(seconds: int) -> None:
    assert parse_eat(timestamp_eat(seconds * 1000)) == seconds * 1000


def test_published_addresses_lie_in_safaricoms_networks() -> None:
    networks = [ipaddress.ip_network(text) for text in ("196.201.212.0/23", "196.201.214.0/24")]

    outside = [a for a in SOURCE_ADDRESSES if not any(ipaddress.ip_address(a) in network for network in networks)]

    assert (outside, len(SOURCE_ADDRESSES)) == ([], 12)


def test_both_environments_are_reached_by_https_only() -> None:
    assert {url.split("//")[0] for url in BASE_URLS.values()} == {"https:"}
