"""Registration for Pull Transactions: each shortcode once; being registered already is as good.

Source: developer.safaricom.co.ke/apis/PullTransaction. What Safaricom posts to the address that it wants to have is
not documented, so it gets the one for confirmations: what cannot be read there is kept apart.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from cli.c2b_urls import C2bUrls, access_token, c2b_urls
from cli.failure import Exit, Failure
from cli.shop_settings import owners, store_settings, stored_settings
from cli.stack import Stack
from daraja.client import DarajaClient
from daraja.errors import DarajaError, Refused
from daraja.requests.pull import PullRegisterRequest
from gateway.aws.books import DynamoBooks
from gateway.domain.reconciliation.windows import PullMark


def register_for_pull(stack: Stack, line: str, shortcode: str | None) -> list[dict[str, Any]]:
    """Register every shortcode, or this one. state: registered, already_registered, refused or not_known.

    line: the organisation's own Safaricom number. What is registered is asked about from now on. Raises Failure.
    """
    urls = [pair for pair in c2b_urls(stack) if shortcode in (None, pair.shortcode)]
    if not urls:
        raise Failure(Exit.USAGE, f"{shortcode} is not known", "no shop has it in its settings", "look: settings show")
    token = access_token(stack)
    client = DarajaClient(stack.addresses["daraja"])
    states = [_register(client, token, pair, line) for pair in urls]
    _note(stack, {state["shortcode"] for state in states if state["state"] in DONE})
    return states


DONE = frozenset({"registered", "already_registered"})


def _register(client: DarajaClient, token: str, pair: C2bUrls, line: str) -> dict[str, Any]:
    try:
        request = PullRegisterRequest(shortcode=pair.shortcode, nominated_number=line, callback_url=pair.confirmation)
        answer = client.register_pull(token, request)
    except ValidationError:
        raise Failure(
            Exit.USAGE,
            "The number cannot be registered",
            "it is no Safaricom line like 0722000000",
            "give the organisation's own line: --line 0722000000",
        ) from None
    except Refused as error:
        return {"shortcode": pair.shortcode, "state": "refused", "detail": error.text or error.code}
    except DarajaError as error:
        return {"shortcode": pair.shortcode, "state": "not_known", "detail": type(error).__name__}
    state = "already_registered" if answer.was_registered else "registered"
    return {"shortcode": pair.shortcode, "state": state, "detail": answer.text}


def _note(stack: Stack, registered: set[str]) -> None:
    """Write it into the settings of each shop that has one of them, and begin its list now."""
    for owner in owners(stack):
        shop = stored_settings(stack, owner)
        if shop is None:
            continue
        codes = tuple(replace(code, pull=code.pull or code.business_number in registered) for code in shop.shortcodes)
        if codes != shop.shortcodes:
            store_settings(stack, replace(shop, shortcodes=codes))
    books = DynamoBooks(stack.table)
    now_ms = int(time.time()) * 1_000
    for number in sorted(registered):
        books.save_pull_mark(None, PullMark(shortcode=number, since_ms=now_ms, complete_until_ms=now_ms, version=1))
