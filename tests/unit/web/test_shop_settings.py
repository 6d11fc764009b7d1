"""What a shop's own page may know of the shop."""

from __future__ import annotations

import pytest

from tests.unit.web.shop import ORIGIN, OTHER_PUBLISHABLE, PUBLISHABLE, SECRET, Gateway

PATH = "/v1/checkout/shop"


def test_a_publishable_key_reads_the_public_settings_of_its_shop(gateway: Gateway) -> None:
    """Name, colour, limit, where money goes; neither origins nor store numbers."""
    shop = gateway.call("GET", PATH, secret=PUBLISHABLE)
    assert ("Corner Shop", 250_000, ["174379", "4000001"]) == (
        shop.json["name"],
        shop.json["amount_max"],
        [code["number"] for code in shop.json["shortcodes"]],
    )
    assert not any(hidden in shop.body for hidden in ("origins", ORIGIN, "4000000", "owner"))
    assert "Other Shop" == gateway.call("GET", PATH, secret=OTHER_PUBLISHABLE).json["name"]


@pytest.mark.parametrize(("secret", "code"), [(SECRET, "key_invalid"), (None, "key_missing")])
def test_nothing_else_reads_it(gateway: Gateway, secret: str | None, code: str) -> None:
    """A secret key does not belong into a browser."""
    assert code == gateway.call("GET", PATH, secret=secret).code


def test_only_pages_of_the_shop_read_it(gateway: Gateway) -> None:
    """A preflight names no key, so it is granted; the answer is not a stranger's."""
    answers = [
        gateway.call("GET", PATH, secret=PUBLISHABLE, headers={"origin": origin})
        for origin in (ORIGIN, "https://evil.example")
    ]
    preflight = gateway.call("OPTIONS", PATH, secret=None, headers={"origin": ORIGIN})
    assert (ORIGIN, ORIGIN) == (
        preflight.headers["Access-Control-Allow-Origin"],
        answers[0].headers["Access-Control-Allow-Origin"],
    )
    assert "origin_not_allowed" == answers[1].code


def test_a_shop_without_settings_is_nowhere(gateway: Gateway) -> None:
    """404."""
    gateway.world.store.settings.clear()
    assert "not_found" == gateway.call("GET", PATH, secret=PUBLISHABLE).code
