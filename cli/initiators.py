"""`mpesa-gateway credential`: an organisation's API operator ("initiator"). Its password never leaves this machine.

`set` encrypts it here under Safaricom's key and stores the operator's name, the encrypted credential and today's date;
`show` tells how old it is and whether calls are stopped; `test` asks M-PESA for a balance with it, and a success lets
calls go again. Source: developer.safaricom.co.ke/apis/TransactionStatus, questions 5 and 6.
"""

from __future__ import annotations

import getpass
import re
import sys
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.failure import Exit, Failure
from cli.output import Output
from cli.security_credential import certificate_name, security_credential
from cli.shop_settings import owners as all_owners
from cli.shop_settings import stored_settings
from cli.stack import Stack, find_stack
from gateway.aws.initiator import AwsInitiator, initiators_from_text, initiators_to_text
from gateway.aws.secrets import INITIATORS
from gateway.domain.circuit import PASSWORD_DAYS, Circuit
from gateway.flows.balance import shortcodes_with_accounts
from gateway.ports.initiator import InitiatorCredential

ForWriting = Callable[[Namespace], Stack]
NAME = re.compile(r"[!-~]{1,60}")
COLUMNS = ("shortcode", "initiator", "state", "set_on", "password_ends_on", "tested_on", "stopped_by")
OF_PRODUCTION = "apigee.apicaller.safaricom.co.ke"
OF_SANDBOX = ("apicrypt.safaricom.co.ke", "sandbox.safaricom.co.ke")
"""Names in Safaricom's certificates. One of the other environment is the usual cause of result code 2001."""

CERTIFICATE_BYTES_MAX = 64 * 1024
ROUNDS_MAX = 5
EAT = timedelta(hours=3)


def add(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser, for_writing: ForWriting) -> None:
    """The command and its parts. for_writing: asks first where real money moves."""
    about = "the API operator in whose name payouts, reversals and questions go out"
    parts = commands.add_parser("credential", help=about).add_subparsers(required=True)
    put = parts.add_parser("set", parents=[behind], help="encrypt an operator's password here, and store the result")
    put.add_argument("--initiator", required=True, help="the operator's user name on Safaricom's portal")
    put.add_argument("--certificate", required=True, help="Safaricom's certificate in PEM: a file, or an https address")
    put.add_argument(
        "--password-stdin", action="store_true", help="read the password from stdin, not from the terminal"
    )
    put.set_defaults(command=lambda options, output: _set(for_writing(options), options, output))
    shown = parts.add_parser("show", parents=[behind], help="every operator: how old its password is, is it stopped")
    shown.set_defaults(command=_show)
    tried = parts.add_parser("test", parents=[behind], help="ask M-PESA for a balance with it; success lets calls go")
    tried.set_defaults(command=lambda options, output: _test(for_writing(options), options, output))
    tried.add_argument("--shortcode", help="whose operator; default: the only shortcode that there is")
    put.add_argument(
        "--shortcode", action="append", default=[], help="whose operator; repeatable; default: the only one there is"
    )


def _set(stack: Stack, options: Namespace, output: Output) -> Exit:
    if not NAME.fullmatch(options.initiator):
        raise Failure(Exit.USAGE, "The operator's name cannot be right", "it has blanks", "copy it from the portal")
    shortcodes = [_shortcode(stack, wanted) for wanted in options.shortcode or [None]]
    certificate = _certificate(options.certificate)
    _check_environment(stack, certificate)
    made = InitiatorCredential(
        options.initiator, security_credential(_password(from_stdin=options.password_stdin), certificate), _now_ms()
    )
    stored = initiators_from_text(stack.read_parameter(INITIATORS) or "{}")
    stack.write_parameter(INITIATORS, initiators_to_text({**stored, **dict.fromkeys(shortcodes, made)}), overwrite=True)
    for shortcode in shortcodes:
        _note_age(stack, shortcode, made.set_at_ms)
    output.result(
        {"shortcodes": shortcodes, "initiator": made.name, "password_ends_on": _day(_ends_at_ms(made.set_at_ms))},
        note="Functions take it from now on. Try it at once: mpesa-gateway credential test",
    )
    return Exit.DONE


def _show(options: Namespace, output: Output) -> Exit:
    stack = find_stack(options)
    stored = initiators_from_text(stack.read_parameter(INITIATORS) or "{}")
    rows = [_row(shortcode, one, _circuit(stack, shortcode)) for shortcode, one in sorted(stored.items())]
    output.rows(rows, COLUMNS, empty="No operator is set. Set one with: mpesa-gateway credential set")
    return Exit.DONE if all(row["state"] == "works" for row in rows) else Exit.FOUND


def _row(shortcode: str, credential: InitiatorCredential, circuit: Circuit) -> dict[str, Any]:
    stopped = [f"{one.code} ({one.command}) on {_day(one.since_ms)}" for one in circuit.openings.values()]
    age = replace(circuit, set_at_ms=credential.set_at_ms).password_age_days(_now_ms())
    state = "stopped" if stopped else "works" if circuit.tested_at_ms >= credential.set_at_ms else "not tried"
    return {
        "shortcode": shortcode,
        "initiator": credential.name,
        "state": "run out" if age >= PASSWORD_DAYS else state,
        "set_on": _day(credential.set_at_ms),
        "password_ends_on": _day(_ends_at_ms(credential.set_at_ms)),
        "tested_on": _day(circuit.tested_at_ms) if circuit.tested_at_ms else None,
        "stopped_by": ", ".join(stopped) or None,
    }


def _test(stack: Stack, options: Namespace, output: Output) -> Exit:
    from cli.trying_a_credential import try_credential  # noqa: PLC0415  loads httpx

    shortcode = _shortcode(stack, options.shortcode)
    result = try_credential(stack, _owners_of(stack, shortcode)[0], shortcode, output)
    output.result(result, note=_advice(str(result["state"])))
    return Exit.DONE if result["state"] == "works" else Exit.FOUND


def _advice(state: str) -> str:
    return {
        "works": "Calls in this operator's name go again.",
        "refused": "Mend it on Safaricom's portal, set it again if the password changed, then test once. A few wrong "
        "passwords lock the operator.",
        "no answer": "Look whether results reach the gateway (mpesa-gateway doctor), then test again.",
    }[state]


# --- what the parts need ----------------------------------------------------------------------------------------------


def _shortcodes(stack: Stack) -> Mapping[str, tuple[str, ...]]:
    """By owner, the numbers under which M-PESA keeps accounts."""
    found = {owner: stored_settings(stack, owner) for owner in all_owners(stack)}
    return {owner: shortcodes_with_accounts(settings) for owner, settings in found.items() if settings}


def _shortcode(stack: Stack, wanted: str | None) -> str:
    """The one that is meant. Raises Failure."""
    known = sorted({code for codes in _shortcodes(stack).values() for code in codes})
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return str(wanted)
    why = f"{wanted} stands in no shop's settings" if wanted else "there is more than one" if known else "there is none"
    do = f"add --shortcode, one of {', '.join(known)}" if known else "first run: settings put <file.json>"
    raise Failure(Exit.USAGE, "It is not known whose operator this is", why, do)


def _certificate(place: str) -> bytes:
    """From a file, or fetched: over https, or from this machine. Raises Failure."""
    if not place.startswith(("https://", "http://")):
        try:
            return Path(place).read_bytes()[:CERTIFICATE_BYTES_MAX]
        except OSError as error:
            raise Failure(Exit.USAGE, f"{place} cannot be read", type(error).__name__, "name a file") from None
    if place.startswith("http://") and urlsplit(place).hostname not in ("localhost", "127.0.0.1"):
        raise Failure(Exit.USAGE, "The certificate was not fetched", "http can be changed on its way", "use https")
    import httpx  # noqa: PLC0415  for who fetches

    try:
        answer = httpx.get(place, timeout=15.0, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise Failure(Exit.UNREACHABLE, f"{place} gave nothing", type(error).__name__, "fetch it by hand") from None
    return answer.content[:CERTIFICATE_BYTES_MAX]


def _check_environment(stack: Stack, certificate: bytes) -> None:
    """A certificate of the other environment makes a credential that locks the operator. Raises Failure."""
    name = certificate_name(certificate)
    wrong = name in OF_SANDBOX if stack.livemode else name == OF_PRODUCTION
    if wrong:
        meant = "production" if stack.livemode else "the sandbox"
        raise Failure(
            Exit.SETTINGS,
            "The password was not encrypted",
            f"{name} is not Safaricom's certificate of {meant}",
            "take the other one from the portal",
        )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return getpass.getpass("The operator's password on Safaricom's portal (it is not shown): ")


def _owners_of(stack: Stack, shortcode: str) -> tuple[str, ...]:
    """The shops that are told when it is stopped."""
    return tuple(sorted(owner for owner, codes in _shortcodes(stack).items() if shortcode in codes))


def _note_age(stack: Stack, shortcode: str, set_at_ms: int) -> None:
    """Where health reads it, which may not read the credential. Raises Failure."""
    owners = _owners_of(stack, shortcode)
    initiator = _initiator(stack)
    for _ in range(ROUNDS_MAX):
        before = initiator.read_circuit(shortcode)
        standing = before or Circuit(shortcode=shortcode, version=0)
        if initiator.save_circuit(
            before, replace(standing, owners=owners, set_at_ms=set_at_ms, version=standing.version + 1)
        ):
            return
    raise Failure(Exit.UNREACHABLE, "Its date was not noted", "others wrote at the same time", "repeat")


def _circuit(stack: Stack, shortcode: str) -> Circuit:
    return _initiator(stack).read_circuit(shortcode) or Circuit(shortcode=shortcode)


def _initiator(stack: Stack) -> AwsInitiator:
    return AwsInitiator(stack.table, lambda: stack.parameters, lambda: stack.prefix, _now_ms)


def _ends_at_ms(set_at_ms: int) -> int:
    return set_at_ms + PASSWORD_DAYS * 86_400_000


def _day(at_ms: int) -> str:
    """In Nairobi."""
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + EAT).date().isoformat()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
