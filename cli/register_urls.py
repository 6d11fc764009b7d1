"""`mpesa-gateway register-urls`: the gateway's own flow, from the operator's machine, with the operator's rights.

Unlike the API it shows the addresses whole: who may read the stack's keys could make them up anyway.
"""

from __future__ import annotations

from typing import Any

from cli.c2b_urls import FORBIDDEN
from cli.failure import Exit, Failure
from cli.shop_settings import owners, stored_settings
from cli.stack import Stack
from gateway.aws.clients import ELSEWHERE
from gateway.aws.world import World
from gateway.domain.registration import PORTAL_STEPS, RegistrationState
from gateway.domain.shop import Shortcode
from gateway.flows.register_urls import Registered, Wanted, register_urls
from gateway.ports import Ambient, Call, PortError, run
from gateway.settings import Settings

COLUMNS = ("shortcode", "state", "detail")
DRY_COLUMNS = ("shortcode", "state", "confirmation_url", "validation_url")
ACTOR = "operator"


def register_all(stack: Stack, *, shortcode: str | None, version: str, dry_run: bool) -> list[dict[str, Any]]:
    """Register each shortcode of all owners, or this one. Raises Failure when something needed is missing."""
    base = stack.addresses.get("callback")
    if not base or not stack.addresses.get("daraja"):
        raise Failure(Exit.SETTINGS, "The stack's addresses are not known", "it names none", "deploy it first")
    if FORBIDDEN.search(base) and not dry_run:
        raise Failure(
            Exit.SETTINGS,
            f"{base} cannot be registered",
            "Safaricom refuses addresses with such words in them",
            "give the callback API a domain of its own (CallbackDomain in samconfig.toml)",
        )
    chosen = [code for code in _codes(stack) if shortcode in (None, code.number, code.store_number)]
    if not chosen:
        raise Failure(Exit.USAGE, f"{shortcode} is not known", "no shop has it in its settings", "look: settings show")
    wanted = Wanted(base.rstrip("/"), stack.livemode, ACTOR, version, dry_run)
    world = _Quietly(World(_settings(stack), ELSEWHERE))
    try:
        return [_row(run(register_urls(code, wanted), world)) for code in chosen]
    except PortError as error:
        detail = type(error).__name__
        raise Failure(Exit.UNREACHABLE, "The stack did not answer", detail, "run: doctor, then repeat") from None


class _Quietly:
    """A world whose log lines a person at a terminal need not see: the rows say the same."""

    def __init__(self, world: World) -> None:
        self._world = world

    def perform(self, call: Call, /) -> Any:
        """All but reports."""
        return None if call.method == Ambient.report.__name__ else self._world.perform(call)


def all_done(rows: list[dict[str, Any]]) -> bool:
    """Whether Safaricom has our addresses for each of them."""
    return all(row["state"] == RegistrationState.REGISTERED for row in rows)


def steps_for(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """What is left to be done by hand."""
    return PORTAL_STEPS if any(row["state"] == RegistrationState.ALREADY_REGISTERED for row in rows) else ()


def _codes(stack: Stack) -> list[Shortcode]:
    found = {
        code.business_number: code
        for owner in owners(stack)
        if (shop := stored_settings(stack, owner))
        for code in shop.shortcodes
    }
    return [found[number] for number in sorted(found)]


def _row(done: Registered) -> dict[str, Any]:
    return {
        "shortcode": done.addresses.shortcode,
        "state": str(done.registration.state),
        "detail": done.registration.detail,
        "confirmation_url": done.addresses.confirmation,
        "validation_url": done.addresses.validation,
        "steps": list(PORTAL_STEPS) if done.registration.state is RegistrationState.ALREADY_REGISTERED else [],
    }


def _settings(stack: Stack) -> Settings:
    return Settings(
        {
            "TABLE_NAME": stack.table_name,
            "PARAMETER_PREFIX": stack.prefix,
            "DARAJA_BASE_URL": stack.addresses["daraja"],
            "CALLBACK_BASE_URL": stack.addresses["callback"],
            "LIVEMODE": "true" if stack.livemode else "false",
        }
    )
