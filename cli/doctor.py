"""Checks a stack, fact by fact, each with what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from cli.c2b_urls import FORBIDDEN
from cli.failure import Exit, Failure
from cli.output import Output
from cli.shop_settings import owners, stored_settings
from cli.stack import Stack, unreachable
from daraja.client import DarajaClient
from daraja.errors import DarajaError
from gateway.aws.secrets import CREDENTIALS, KEYS, credentials_from_text, keys_from_text
from gateway.ports import Credentials, PortError

INDEXES = frozenset({"due", "by_day", "by_reference", "by_order"})
CLOCK_S_MAX = 2.0
OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact. do: empty when it is well."""

    state: str
    check: str
    detail: str
    do: str = ""


def run_doctor(stack: Stack, output: Output, now_s: Callable[[], float] = time.time) -> Exit:
    """Every check; FOUND when one failed."""
    findings = [finding for check in CHECKS for finding in _guarded(check, stack)]
    findings += _guarded(lambda given: _clock(given, now_s), stack)
    rows = [
        {"n": number, "state": found.state, "check": found.check, "detail": found.detail, "do": found.do}
        for number, found in enumerate(findings, 1)
    ]
    output.rows(rows, ("n", "state", "check", "detail", "do"), empty="")
    return Exit.FOUND if any(found.state == FAILED for found in findings) else Exit.DONE


Check = Callable[[Stack], Iterator[Finding]]


def _guarded(check: Check, stack: Stack) -> list[Finding]:
    """A check that cannot be made is a finding too."""
    try:
        return list(check(stack))
    except Failure as failure:
        return [Finding(FAILED, failure.what, failure.why, failure.do)]
    except PortError as error:
        return [Finding(FAILED, "AWS did not answer", str(error), "check region, credentials and network")]


def _table(stack: Stack) -> Iterator[Finding]:
    described = _asked(lambda: stack.table_client.describe_table(TableName=stack.table_name))["Table"]
    yield Finding(OK, "table", f"{stack.table_name} is {described['TableStatus'].lower()}")
    missing = INDEXES - {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    yield _judged("indexes", not missing, ", ".join(sorted(missing or INDEXES)), "deploy template.yaml again")
    stream = described.get("StreamSpecification", {}).get("StreamViewType")
    yield _judged("stream", stream == "NEW_AND_OLD_IMAGES", stream or "none", "deploy template.yaml again")
    live = _asked(lambda: stack.table_client.describe_time_to_live(TableName=stack.table_name))
    attribute = live["TimeToLiveDescription"].get("AttributeName")
    yield _judged("time to live", attribute == "expires_at", attribute or "none", "deploy template.yaml again")


def _keys(stack: Stack) -> Iterator[Finding]:
    text = stack.read_parameter(KEYS)
    place = f"{stack.prefix}/{KEYS}"
    if text is None:
        yield Finding(FAILED, "own keys", f"{place} does not exist", "run: mpesa-gateway keys init")
        return
    keys = keys_from_text(text)
    yield Finding(OK, "own keys", f"{len(keys.tags)} for callback tags, {len(keys.c2b_tags)} for C2B tags")


def _settings(stack: Stack) -> Iterator[Finding]:
    everybody = owners(stack)
    yield _judged(
        "settings", bool(everybody), ", ".join(everybody) or "nobody has any", "run: mpesa-gateway settings put"
    )
    credentials = _credentials(stack)
    if credentials is None:
        yield Finding(
            FAILED, "credentials", f"{stack.prefix}/{CREDENTIALS} does not exist", "run: mpesa-gateway credentials put"
        )
        return
    for owner in everybody:
        yield from _passkeys(stack, owner, credentials)


def _passkeys(stack: Stack, owner: str, credentials: Credentials) -> Iterator[Finding]:
    settings = stored_settings(stack, owner)
    for code in settings.shortcodes if settings else ():
        number = code.business_number
        known = number in credentials.passkeys
        detail = f"{code.kind} {code.number}: passkey of {number} is {'stored' if known else 'missing'}"
        yield _judged(f"passkey ({owner})", known, detail, "run: mpesa-gateway credentials put")


def _token(stack: Stack) -> Iterator[Finding]:
    credentials = _credentials(stack)
    base_url = stack.addresses.get("daraja")
    if credentials is None or base_url is None:
        yield Finding(WARNING, "access token", "not tried", "needs stored credentials and a stack found by --env")
        return
    try:
        token = DarajaClient(base_url).fetch_token(credentials.consumer_key, credentials.consumer_secret)
    except DarajaError as error:
        yield Finding(FAILED, "access token", f"{base_url}: {error}", "compare key and secret with the Daraja portal")
        return
    yield Finding(OK, "access token", f"{base_url} gave one for {token.expires_in_s} s")


def _callback_host(stack: Stack) -> Iterator[Finding]:
    address = stack.addresses.get("callback")
    if address is None:
        yield Finding(WARNING, "callback address", "not known", "name the stack by --env")
        return
    parts = urlsplit(address)
    if parts.hostname in ("localhost", "127.0.0.1"):
        yield Finding(OK, "callback address", f"{address}, for the simulator on this machine")
        return
    yield _judged("callback https", parts.scheme == "https", address, "Safaricom calls https only")
    word = FORBIDDEN.search(parts.netloc)
    detail = f'{parts.netloc} contains "{word[0]}"' if word else parts.netloc
    yield _judged("callback words", word is None, detail, "set CallbackDomain to a host without such a word")


def _clock(stack: Stack, now_s: Callable[[], float]) -> Iterator[Finding]:
    """Against the time in AWS's own answer, which is in whole seconds."""
    answer = _asked(lambda: stack.table_client.describe_table(TableName=stack.table_name))
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not told:
        yield Finding(WARNING, "clock", "AWS told no time", "compare this machine's clock yourself")
        return
    offset_s = datetime.fromtimestamp(now_s(), UTC).timestamp() - parsedate_to_datetime(told).timestamp()
    fits = -CLOCK_S_MAX <= offset_s <= CLOCK_S_MAX + 1
    yield _judged("clock", fits, f"{offset_s:+.1f} s from AWS", "let this machine's clock be set by NTP")


CHECKS: tuple[Check, ...] = (_table, _keys, _settings, _token, _callback_host)


def _judged(check: str, holds: object, detail: str, do: str) -> Finding:
    return Finding(OK, check, detail) if holds else Finding(FAILED, check, detail, do)


def _credentials(stack: Stack) -> Credentials | None:
    text = stack.read_parameter(CREDENTIALS)
    return credentials_from_text(text) if text else None


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        raise unreachable("DynamoDB", error) from None
