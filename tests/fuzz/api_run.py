"""Schemathesis against the gateway's own description: each operation, each check, each kind of caller.

All follows from /openapi.json, so that a new route is tried as soon as it is described.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from random import Random
from typing import Any

import schemathesis
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.generation import GenerationMode
from schemathesis.hooks import unregister
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.fuzz.api_callers import (
    RIGHT,
    Credentials,
    Operation,
    authorization,
    is_told_of_the_first_shop,
    may_come_in,
)
from tests.fuzz.api_values import Known
from tests.openapi_check import takes_body

FORMS_OF_A_PHONE = ("0710{0:06d}", "254710{0:06d}", "+254 710 {0:06d}", "710{0:06d}")
"""Numbers that pay by themselves in the local world."""

NOT_IN_A_SCHEMA = {
    "idempotency_key_reused": "depends on what the key named before",
    "idempotency_key_expired": "depends on when the key was first used",
    "phone_invalid": "the numbering plan of Kenya",
    "shortcode_unknown": "the shop's settings",
    "webhook_url_refused": "what the name in the address resolves to",
    "cursor_invalid": "a cursor is signed",
    "version_conflict": "depends on what was stored meanwhile",
    "too_many_endpoints": "depends on how many there are",
    "refund_too_large": "what came in for the payment, and went back",
    "refund_not_possible": "how the money came in",
}
"""Codes with which a request may be refused although it is as described, each with what decides instead."""

ONE_OF_THEM = {
    "GET /v1/payments": ("order", "account_reference", "receipt", "day"),
    "GET /v1/c2b": ("matched", "ignored"),
    "GET /v1/events": ("after", "since", "cursor"),
}
"""Parameters of which one may be given: two of them are each as described, and OpenAPI cannot say that of a query."""

SCREEN_SAYS_WHY = (
    "POST /v1/checkout/{payment}/screen/claim",
    "PUT /v1/checkout/{payment}/prompts/{number}",
)
"""Forms that take whatever a payer types, and answer 422 with the screen that says what is wrong with it."""

NOT_OF_THE_FIELD = {"metadata": "2 KB in all, in bytes"}
"""The same for a field, whichever request has it."""

LINK_IS_PAID = "/v1/checkout/links/{code}/payments"
DAY_IS_CLOSED = "/v1/reconciliation/days/{day}/close"
COLLECTIONS, THINGS = r"^[^{]*$", r"{"
"""Addresses without and with parameters."""

TO_COME = "2099-12-31T23:59:59Z"
ROUNDS_MAX = 3
EXAMPLES_TO_REACH = 10

MOSTLY = 0.9
"""How often an invented value gives way to one that exists."""


@dataclass
class Outcome:
    """What a run found. statuses: of each operation. failures: one text each."""

    caller: str
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    """Of each operation the last request that got a good answer; where none did, the last one."""

    tell: Callable[[str], None] = lambda _: None
    """Told of each failure as soon as it is found, so that a run that is cut off was not in vain."""

    late: Counter[str] = field(default_factory=Counter)
    """Of each operation, calls that a busy machine did not answer within the function's time."""

    away: Counter[str] = field(default_factory=Counter)
    """Of each operation, calls that were told that the table does not answer, on a busy machine."""

    @property
    def cases(self) -> int:
        """How many calls were answered."""
        return sum(sum(counted.values()) for counted in self.statuses.values())

    def never_good(self, operations: Mapping[str, Operation]) -> list[str]:
        """Operations that never gave a good answer, so that only refusals were tried."""
        return sorted(
            name
            for name, operation in operations.items()
            if not operation.is_closed and not any(status < 400 for status in self.statuses[name])
        )

    def fail(self, operation: str, check: str, what: str) -> None:
        """Take in a failure; of those alike the first."""
        where = (operation, check, self.caller)
        if where not in self.failures:
            self.failures[where] = what
            self.tell(_told(where, what))

    def __str__(self) -> str:
        """Every failure, to read."""
        return "\n\n".join(_told(where, what) for where, what in sorted(self.failures.items()))


def _told(where: tuple[str, str, str], what: str) -> str:
    return f"{' · '.join(where)}\n{what}"


@dataclass
class Target:
    """A gateway to try. load: its description → a schemathesis schema under this configuration."""

    load: Callable[[schemathesis.Config], Any]
    document: Mapping[str, Any]
    keys: Credentials
    known: Known
    chance: Random
    origin: str
    """Of the shop: it stands in the settings, and webhooks may go there."""

    is_busy: Callable[[], bool] = lambda: False
    """Whether others use this machine so much that a function may run out of its time without a fault of its own."""

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """By "METHOD /path"."""
        return {
            f"{method.upper()} {path}": Operation.of(method, path, told)
            for path, entries in self.document["paths"].items()
            for method, told in entries.items()
        }


def run(target: Target, outcome: Outcome, examples: int, *, phases: tuple[str, ...], only: str) -> None:
    """Try operations as the outcome's caller. examples: random cases of each. only: a path's regular expression."""
    schema = target.load(_config(examples, phases)).include(path_regex=only)
    with _hooked(target, outcome.caller):
        for happened in from_schema(schema).execute():
            if isinstance(happened, ScenarioFinished):
                _take(happened, target, outcome)
            elif isinstance(happened, NonFatalError | FatalError):
                what = getattr(happened, "info", None) or getattr(happened, "exception", "")
                outcome.fail(str(getattr(happened, "label", "")), f"schemathesis: {type(happened).__name__}", str(what))


def run_all(
    target: Target,
    caller: str,
    examples: int,
    phases: tuple[str, ...],
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Every operation: first those that make and list things, then those that need one of them."""
    whole = Outcome(caller, tell=tell)
    for only in (COLLECTIONS, THINGS):
        run(target, whole, examples, phases=phases, only=only)
    return whole


def reach_the_rest(target: Target, outcome: Outcome) -> None:
    """Try again, with more of what exists by now, each operation that has not given a good answer yet."""
    for _ in range(ROUNDS_MAX):
        for name in outcome.never_good(target.operations):
            only = f"^{re.escape(name.split()[1])}$"
            run(target, outcome, EXAMPLES_TO_REACH, phases=("fuzzing",), only=only)


def again_as(target: Target, caller: str, entitled: Outcome) -> Outcome:
    """What was asked of each operation and answered well, asked once more by somebody else.

    The request stays a good one, so all checks are made but the one that looks for it to be taken.
    """
    outcome = Outcome(caller)
    with _hooked(target, caller):
        for name, case in entitled.asked.items():
            answer = case.call()
            _judge(name, case, answer, target, outcome)
            try:
                case.validate_response(answer, excluded_checks=[positive_data_acceptance])
            except FailureGroup as found:
                for one in found.exceptions:
                    outcome.fail(name, type(one).__name__, str(one))
    return outcome


def _config(examples: int, phases: tuple[str, ...]) -> schemathesis.Config:
    return schemathesis.Config.from_dict(
        {
            "seed": 1,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "checks": {"ignored_auth": {"enabled": False}},  # by no_entry, with every kind of credential
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "request-timeout": 60,
        }
    )


@contextmanager
def _hooked(target: Target, caller: str) -> Iterator[None]:
    """Before each call: something that exists instead of an invented id, and the caller's credential."""
    operations = target.operations

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        operation = operations.get(f"{case.method.upper()} {case.operation.path}")
        if operation is None:
            return
        if case.path_parameters and target.chance.random() < MOSTLY:
            case.path_parameters.update(target.known.parameters(operation.path))
        _mend(case, target)
        if operation.is_form:
            kwargs["data"] = _filled_form(case, operation, target)
        header = authorization(caller, operation, case.path_parameters or {}, target.keys, target.known)
        case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
        if header:
            case.headers["Authorization"] = header

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        unregister(before_call)


def _filled_form(case: Any, operation: Operation, target: Target) -> dict[str, str]:
    """The fields of a form that a page showed, or of none."""
    parameters, hidden = target.known.form(operation.path)
    case.path_parameters.update(parameters)
    written = _real_fields(target) | {"amount": str(target.chance.randint(1, 300))}
    return hidden | {name: written[name] for name in ("phone", "receipt", "amount") if target.chance.random() < MOSTLY}


def _mend(case: Any, target: Target) -> None:
    """Where a part is as described, put what the description cannot know: a real number, day, cursor, address."""
    chance, known = target.chance, target.known
    if _is_positive(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body = _with_integers(case.body)
        for name, value in _real_fields(target).items():
            if isinstance(case.body.get(name), str):
                case.body[name] = value
        _mend_amounts(case, target)
        day = str((case.path_parameters or {}).get("day"))
        for name, told in (("line", known.lines), ("outcome", known.outcomes)):
            if isinstance(case.body.get(name), str):
                case.body[name] = told.get(day, case.body[name])
        if case.operation.path == DAY_IS_CLOSED and chance.random() < MOSTLY:
            case.body |= {"accept_incomplete": True, "note": case.body.get("note") or "The list has a gap"}
        if case.operation.path == "/v1/keys" and case.body.get("kind") != "publishable":
            case.body["scopes"] = ["payments:read"]
    if _is_positive(case, ParameterLocation.QUERY) and case.query:
        since = chance.choice(known.times or ["2026-03-02T09:15:04Z"])
        cursor = {"cursor": known.cursors[-1]} if known.cursors else {}
        real = {"day": since[:10], "since": since, "shortcode": "174379", **cursor}
        case.query = {
            name: real.get(name, value) for name, value in case.query.items() if name != "cursor" or known.cursors
        }
    if _is_positive(case, ParameterLocation.HEADER) and (case.headers or {}).get("Idempotency-Key"):
        case.headers["Idempotency-Key"] = f"fuzz-{chance.getrandbits(64):x}"


def _mend_amounts(case: Any, target: Target) -> None:
    """What depends on another amount: the least is not above the most, a payer gives what the link leaves open."""
    body, chance = case.body, target.chance
    bounds = [body.get("min_amount"), body.get("max_amount")]
    if all(isinstance(bound, int) for bound in bounds):
        body["min_amount"], body["max_amount"] = sorted(bounds)
    code = (case.path_parameters or {}).get("code")
    if case.operation.path == LINK_IS_PAID and code in target.known.link_bounds:
        body["amount"] = chance.randint(*target.known.link_bounds[code])


def _with_integers(value: Any) -> Any:
    """The same, with 7177.0 as 7177: to JSON Schema both are integers, to us what has a point is no whole amount."""
    if isinstance(value, dict):
        return {name: _with_integers(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def some_phone(chance: Random) -> str:
    """A number that pays by itself in the local world, in any usual form."""
    return chance.choice(FORMS_OF_A_PHONE).format(chance.randrange(10**6))


def _real_fields(target: Target) -> dict[str, str]:
    address = f"{target.origin}/thanks"
    return {
        "phone": some_phone(target.chance),
        "shortcode": "174379",
        "return_url": address,
        "cancel_url": address,
        "url": f"{target.origin}/mpesa",
        "receipt": target.chance.choice(target.known.receipts or ["SGL31QW9XY"]),
        "day": target.chance.choice(target.known.times or ["2026-03-02"])[:10],
        "payment": next(iter(target.known.tokens), ""),
        "expires_at": TO_COME,
        "csv": f"phone,amount\n{some_phone(target.chance)},{target.chance.randint(10, 300)}\n",
    }


def _is_positive(case: Any, location: ParameterLocation) -> bool:
    told = case.meta.components.get(location) if case.meta else None
    return told is None or told.mode is GenerationMode.POSITIVE


def _take(happened: ScenarioFinished, target: Target, outcome: Outcome) -> None:
    recorder, operations = happened.recorder, target.operations
    is_busy = target.is_busy()
    late, away = (_late(recorder), _away(recorder)) if is_busy else (set(), set())
    for case_id, exchange in recorder.interactions.items():
        answer, case = exchange.response, recorder.cases[case_id].value
        name = f"{exchange.request.method} {case.operation.path}"
        if answer is None or name not in operations:
            continue
        if case_id in late | away:
            (outcome.late if case_id in late else outcome.away)[name] += 1
            continue
        _judge(name, case, answer, target, outcome)
    for name, check, text in _failed(recorder, operations, late | away):
        outcome.fail(name, check, text)


def _judge(name: str, case: Any, answer: Any, target: Target, outcome: Outcome) -> None:
    """Count an answer, learn from it what there is, and see whether it was given to somebody who may not come in."""
    outcome.statuses[name][answer.status_code] += 1
    content = answer.content or b""
    if answer.status_code < 400 or name not in outcome.asked:
        outcome.asked[name] = case
    if answer.status_code < 400 and outcome.caller == RIGHT:
        media = (answer.headers.get("content-type") or [""])[0]
        target.known.learn(case.operation.path, case.path_parameters or {}, content, media)
    operation = target.operations[name]
    leaks = is_told_of_the_first_shop(outcome.caller, operation, content)
    if answer.status_code < 400 and (leaks or not may_come_in(outcome.caller, operation)):
        outcome.fail(name, "no_entry", f"{answer.status_code} for {answer.request.url}")


def _late(recorder: Any) -> set[str]:
    """Cases to which no function answered, but API Gateway in its place."""
    return {
        case_id
        for case_id, exchange in recorder.interactions.items()
        if exchange.response is not None
        and exchange.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        and "request-id" not in {header.lower() for header in exchange.response.headers}
    }


def _away(recorder: Any) -> set[str]:
    """Cases to which we said that the table does not answer: the local one shares the processors with all others."""
    return {
        case_id
        for case_id, exchange in recorder.interactions.items()
        if exchange.response is not None
        and exchange.response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        and b'"code":"storage_unavailable"' in (exchange.response.content or b"")
    }


def _failed(recorder: Any, operations: Mapping[str, Operation], excused: set[str]) -> Iterator[tuple[str, str, str]]:
    """(operation, check, what) for each failed check, but for refusals that no schema can foresee."""
    for case_id, checks in recorder.checks.items():
        if case_id in excused:
            continue
        exchange, case = recorder.interactions.get(case_id), recorder.cases[case_id].value
        name = f"{case.method} {case.operation.path}"
        body = (exchange.response.content or b"") if exchange and exchange.response else b""
        for check in checks:
            if check.status is Status.FAILURE and not (
                check.name == "positive_data_acceptance"
                and (operations[name].is_form or _is_excused(name, case, exchange.response))
            ):
                failure = check.failure_info
                told = (
                    f"{failure.failure.title}: {failure.failure.message[:400]}\n{failure.code_sample}"
                    if failure
                    else ""
                )
                yield name, check.name, f"{told}\n→ {body[:400]!r}"


def _is_excused(name: str, case: Any, answer: Any) -> bool:
    method, path = name.split()
    if isinstance(case.body, dict) and not takes_body(method, path, case.body):
        return True  # schemathesis called it valid; read as Python and browsers read a pattern, it is not
    problem = answer.json() if b"{" in (answer.content or b"")[:1] else {}
    fields = {bad["param"] for bad in problem.get("errors", ())}
    of_fields = bool(fields) and fields <= NOT_OF_THE_FIELD.keys()
    given = set(ONE_OF_THEM.get(name, ())) & set(case.query or {})
    says_why = name in SCREEN_SAYS_WHY and problem.get("object") == "checkout_screen"
    return of_fields or says_why or len(given) > 1 or problem.get("code") in NOT_IN_A_SCHEMA


__all__ = ["NOT_IN_A_SCHEMA", "RIGHT", "Outcome", "Target", "run"]
