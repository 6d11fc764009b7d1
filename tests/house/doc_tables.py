"""The tables in the documents that follow from the code.

Each stands between `<!-- table: name -->` and `<!-- end -->`. Of some every cell comes from here; of others the first
ones do, and what stands behind them is written by hand. After a change of the code,
`PYTHONPATH=layers/daraja:layers/gateway:. .venv/bin/python -m tests.house.doc_tables` writes the former anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from cli.shop_settings import CHECKS
from daraja.result_codes import RESULT, RESULT_CODES, STK, About, Finality, ResultCode, Retry
from gateway import wording
from gateway.aws.secrets import CREDENTIALS, INITIATORS, KEYS, OIDC, TOKEN
from gateway.domain.event_types import AccountEvent, EndpointEvent, MoneyEvent
from gateway.domain.events import EventType
from gateway.domain.facts import KINDS, Source
from gateway.domain.reasons import REASONS, Way, failure_code
from gateway.domain.reconciliation.events import DayEvent
from gateway.domain.staff import ROLES_WITH, Role
from gateway.domain.statuses import ATTEMPT, FLAG, PAYMENT, Flag, Weight
from gateway.domain.webhooks import DeliveryState, Outcome
from gateway.settings import SETTINGS
from gateway.web.errors import ERRORS
from gateway.web.link_requests import LinkRequest
from gateway.web.payer_view import Screen
from gateway.web.requests import AttemptRequest, PaymentRequest
from gateway.web.routes import LIST_PARAMETERS, ROUTES, Api, Credential, Route
from gateway.web.sdk import files as sdk
from local.daraja_simulator import control, stories
from local.daraja_simulator.endpoints import BILLS, ENDPOINTS
from local.daraja_simulator.faults import DEFAULT_DELAY_S, FAULTS_OF
from local.daraja_simulator.gate import OAUTH_PATH
from local.daraja_simulator.outcomes import table as magic_numbers
from local.ports import DOORS
from tests.house.deployed import Body, functions, template, triggers, variables
from tests.house.markdown import Row, table_text, with_table
from tests.house.tree import TOP


@dataclass(frozen=True, slots=True)
class DocTable:
    """document: path from the root. by_hand: heads of the columns that people write, behind the others."""

    name: str
    document: str
    head: Row
    rows: Callable[[], list[Row]]
    by_hand: Row = ()


def code(text: object) -> str:
    """The text as code, `|` made harmless; nothing for nothing."""
    return f"`{str(text).replace('|', chr(92) + '|')}`" if str(text) else ""


def cell(text: object) -> str:
    """The text as a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def yes(holds: object) -> str:
    """`yes`, or an empty cell."""
    return "yes" if holds else ""


# --- README: functions ------------------------------------------------------------------------------------------------


def function_rows() -> list[Row]:
    """In the order of the template, which is the order in which money flows."""
    return [
        (code(name), cell(body["Description"]), ", ".join(_callers(body)) + ".") for name, body in functions().items()
    ]


TICKS = {"rate(1 minute)": "every minute", "cron(0/15 * * * ? *)": "every quarter of an hour"}


def _callers(properties: Body) -> Iterator[str]:
    doors = triggers(properties, "HttpApi")
    pages = [trigger for trigger in doors if str(trigger.get("Path", "")).startswith("/console")]
    for trigger in doors:
        if trigger not in pages:
            yield code(f"{trigger['Method']} {trigger['Path']}") if "Path" in trigger else "whatever else is asked"
    if pages:
        yield "pages under `/console`"
    for trigger in triggers(properties, "Schedule"):
        yield TICKS[trigger["Schedule"]]
    for trigger in triggers(properties, "SQS"):
        yield f"queue {code(trigger['Queue']['Fn::GetAtt'][0].removesuffix('Queue').lower())}"
    yield from ("the table's stream" for _ in triggers(properties, "DynamoDB"))


# --- docs/api.md ------------------------------------------------------------------------------------------------------

CREDENTIALS_IN_WORDS = {
    Credential.NONE: "none",
    Credential.SECRET_KEY: "secret key",
    Credential.CLIENT_TOKEN: "client token",
    Credential.PUBLISHABLE_KEY: "publishable key",
    Credential.PAGE_CODE: "code in the address",
    Credential.SESSION: "a person's session",
    Credential.CALLBACK_TAG: "tag in the address",
}


def route_rows() -> list[Row]:
    """Routes of the shop's API."""
    return [_route_row(route) for route in ROUTES if route.api is Api.SHOP and not route.is_of_console]


def callback_rows() -> list[Row]:
    """Routes that Safaricom calls."""
    return [(code(route.key), cell(route.summary)) for route in ROUTES if route.api is Api.CALLBACK]


def page_rows() -> list[Row]:
    """Pages of the console, and the roles whose they are; none: for who is not signed in."""
    return [
        (code(route.key), cell(route.summary), ", ".join(role for role in Role if role in ROLES_WITH[route.right]))
        if route.right
        else (code(route.key), cell(route.summary), "")
        for route in ROUTES
        if route.is_of_console
    ]


def role_rows() -> list[Row]:
    """What each role carries."""
    return [(code(right), *(yes(role in roles) for role in Role)) for right, roles in ROLES_WITH.items()]


def _route_row(route: Route) -> Row:
    credential = CREDENTIALS_IN_WORDS[route.credential] + (f", {code(route.scope)}" if route.scope else "")
    statuses = ", ".join(map(str, route.statuses)) + (", 304" if route.has_etag else "")
    return code(route.key), cell(route.summary), credential, statuses


def error_rows() -> list[Row]:
    """By status, then by code."""
    kinds = sorted(ERRORS.values(), key=lambda kind: (kind.status, kind.code))
    return [
        (code(kind.code), str(kind.status), cell(kind.title), cell(kind.remedy), yes(kind.retryable)) for kind in kinds
    ]


def payment_status_rows() -> list[Row]:
    """Each status with what its row in `statuses.py` says."""
    return [(code(status), yes(row.takes_attempts), yes(row.may_close)) for status, row in PAYMENT.items()]


def attempt_status_rows() -> list[Row]:
    """As above."""
    return [(code(status), yes(row.live), yes(row.money_may_have_moved)) for status, row in ATTEMPT.items()]


WEIGHTS = {Weight.BLOCKS: "holds the goods", Weight.TASK: "a task for a person", Weight.TELLS: "only tells"}


def flag_rows() -> list[Row]:
    """What blocks first."""
    return [(code(flag), WEIGHTS[weight]) for flag, weight in sorted(FLAG.items(), key=_weight_first)]


def _weight_first(item: tuple[Flag, Weight]) -> tuple[int, str]:
    return list(WEIGHTS).index(item[1]), str(item[0])


def payment_field_rows() -> list[Row]:
    """Fields of `POST /v1/payments`."""
    return [(code(name), yes(field.is_required())) for name, field in PaymentRequest.model_fields.items()]


def attempt_field_rows() -> list[Row]:
    """Fields of `PUT …/attempts/{number}`."""
    return [(code(name), yes(field.is_required())) for name, field in AttemptRequest.model_fields.items()]


def link_field_rows() -> list[Row]:
    """Fields of `POST /v1/payment-links`."""
    return [(code(name), yes(field.is_required())) for name, field in LinkRequest.model_fields.items()]


def filter_rows() -> list[Row]:
    """Parameters of `GET /v1/payments`."""
    return [(code(one.name), cell(one.meaning)) for one in LIST_PARAMETERS]


# --- docs/events.md, docs/result_codes.md -----------------------------------------------------------------------------

ENDS = {
    Finality.SUCCESS: "yes, paid",
    Finality.FINAL: "yes",
    Finality.ASK_AGAIN: "after a second look",
    Finality.PENDING: "no",
}


def result_code_rows() -> list[Row]:
    """Of STK callback and STK query."""
    return [
        (code(row.code), cell(row.text), ENDS[row.finality], _failure_of(row))
        for row in RESULT_CODES
        if row.family == STK
    ]


def _failure_of(row: ResultCode) -> str:
    ends = row.finality in (Finality.FINAL, Finality.ASK_AGAIN)
    return code(failure_code(row.code)) if ends else ""


MATTERS = {
    About.NOBODY: "",
    About.OUR_FLOAT: "your float",
    About.RECIPIENT: "the recipient",
    About.AMOUNT: "the amount",
    About.INITIATOR: "the API operator",
    About.OUR_SETUP: "your setup",
    About.ORIGINAL: "the payment to reverse",
    About.MPESA: "M-Pesa",
}
NEW_TRIES = {
    Retry.NO: "",
    Retry.AFTER_A_PAUSE: "after a pause",
    Retry.ONCE_MENDED: "once it is mended",
    Retry.CHANGED: "only changed",
    Retry.LOOK_FIRST: "look first: it may be done",
}


def money_out_code_rows() -> list[Row]:
    """Of results about money out."""
    return [
        (
            code(row.code),
            cell(row.text),
            ENDS[row.finality].replace(", paid", ", done"),
            MATTERS[row.trait.about],
            NEW_TRIES[row.trait.retry],
        )
        for row in RESULT_CODES
        if row.family == RESULT and row.trait is not None
    ]


WAYS = {Way.AGAIN: "again", Way.OTHER_NUMBER: "other number", Way.SHOP: "ask the shop"}


def failure_code_rows() -> list[Row]:
    """With the sentence that payers read."""
    return [
        (
            code(reason.code),
            str(reason.who),
            WAYS[reason.way],
            f"{reason.retry_after_s} s" if reason.retry_after_s else "",
            *(_payer_reads(reason.code, language) for language in wording.LANGUAGES),
        )
        for reason in REASONS.values()
    ]


def _payer_reads(failure: str, language: wording.Language) -> str:
    return cell(wording.payer_message(failure, language, shop="{shop}", time="{time}"))


# --- docs/settings.md -------------------------------------------------------------------------------------------------


def setting_rows() -> list[Row]:
    """Environment of the functions."""
    return [
        (code(one.name), cell(one.meaning), code(one.default or ""), ", ".join(map(code, _parameters_of(one.name))))
        for one in SETTINGS
    ]


def _parameters_of(variable: str) -> list[str]:
    """Template parameters that an environment variable's value is made of."""
    general = template()["Globals"]["Function"]["Environment"]["Variables"]
    values = [
        {**general, **properties["Environment"]["Variables"]}[variable]
        for properties in functions().values()
        if variable in variables(properties)
    ]
    named = set(_names_in(values))
    return [name for name in template()["Parameters"] if name in named]


def _names_in(value: Any) -> Iterator[str]:
    """Everything that a template's value refers to, conditions included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Fn::If":
                yield from _names_in(template()["Conditions"].get(inner[0], {}))
            yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)
    elif isinstance(value, str):
        yield from (name for name in template()["Parameters"] if value == name or f"${{{name}}}" in value)


def parameter_rows() -> list[Row]:
    """Parameters of the template."""
    return [
        (code(name), cell(body["Description"]), code(_shortened(str(body["Default"]))), _takes(body))
        for name, body in template()["Parameters"].items()
    ]


def _shortened(default: str) -> str:
    """A long list is told by its first part."""
    return default if len(default) <= 40 else default.split(",", maxsplit=1)[0] + ",…"


def _takes(body: Body) -> str:
    if "ConstraintDescription" in body:
        return cell(body["ConstraintDescription"])
    if "AllowedValues" in body:
        return ", ".join(code(value) for value in body["AllowedValues"]) + "."
    return f"{body['MinValue']} to {body['MaxValue']}."


# --- docs/local_world.md ----------------------------------------------------------------------------------------------


def door_rows() -> list[Row]:
    """Ports."""
    return [(code(door.usual), code(door.variable)) for door in DOORS]


def control_rows() -> list[Row]:
    """Calls of the control API, and those that the local run adds."""
    app = web.Application()
    control.add_routes(app)
    calls = [
        f"{route.method} {route.resource.canonical.removeprefix('/control/api/')}"
        for route in app.router.routes()
        if route.method not in ("HEAD", "*") and route.resource is not None
    ]
    return [(code(call),) for call in [*calls, *("GET scenes", "POST scenes", "DELETE scenes", "GET events")]]


def magic_rows() -> list[Row]:
    """Each with the end that the gateway must reach by itself."""
    return [_magic_row(row) for row in magic_numbers()]


def _magic_row(row: dict[str, Any]) -> Row:
    expected = row["expected"]
    end = {**expected, **(expected["meanwhile"] or {})} if expected["needs"] else expected
    words = [code(end["payment_status"]), *map(code, end["flags"])]
    if end["failure_code"] and not expected["needs"]:
        words.append(code(end["failure_code"]))
    return code(row["phone"]), cell(row["meaning"]), ", ".join(words), str(expected["prompts"])


def other_magic_rows() -> list[Row]:
    """Of everything beside prompts."""
    return [(row["of"], code(row["number"]), cell(row["meaning"])) for row in stories.table()]


def endpoint_rows() -> list[Row]:
    """Safaricom's paths; Bill Manager's doubled ones are the same again."""
    paths = [endpoint.path for endpoint in ENDPOINTS if not endpoint.path.startswith(BILLS + BILLS)]
    return [(code(path),) for path in [OAUTH_PATH, *paths]]


def fault_rows() -> list[Row]:
    """Calls and what each can suffer."""
    return [(code(call), ", ".join(code(fault) for fault in sorted(faults))) for call, faults in FAULTS_OF.items()]


def delay_rows() -> list[Row]:
    """Faults that take time."""
    return [(code(fault), f"{seconds:g} s") for fault, seconds in DEFAULT_DELAY_S.items()]


def names(values: Any) -> Callable[[], list[Row]]:
    """Rows of which only the name follows from the code."""
    return lambda: [(code(value),) for value in values]


def law_rows() -> list[Row]:
    """Laws that are tested, by their numbers."""
    files = ((int(path.stem.split("_")[2]), path.name) for path in (TOP / "tests/laws").glob("test_law_*.py"))
    return [(f"[L{number}](../tests/laws/{name})",) for number, name in sorted(files)]


def sdk_rows() -> list[Row]:
    """The scripts that can be pinned, with their hashes."""
    found = {name: sdk.file_named(name) for name in (sdk.SCRIPT, sdk.CLIENT)}
    return [(code(f"/sdk/{sdk.VERSION}/{name}"), code(file.integrity)) for name, file in found.items() if file]


CONSOLE = "docs/console.md"
API, SETTINGS_PAGE, CODES, LOCAL = "docs/api.md", "docs/settings.md", "docs/result_codes.md", "docs/local_world.md"

TABLES: tuple[DocTable, ...] = (
    DocTable("functions", "README.md", ("function", "what it does", "routes and triggers"), function_rows),
    DocTable("routes", API, ("route", "does", "credential", "answers"), route_rows),
    DocTable("callbacks", API, ("route", "does"), callback_rows),
    DocTable("payment-fields", API, ("field", "required"), payment_field_rows, ("meaning",)),
    DocTable("attempt-fields", API, ("field", "required"), attempt_field_rows, ("meaning",)),
    DocTable("link-fields", API, ("field", "required"), link_field_rows, ("meaning",)),
    DocTable("filters", API, ("parameter", "meaning"), filter_rows),
    DocTable(
        "payment-statuses", API, ("status", "takes a new attempt", "cancel, expiry"), payment_status_rows, ("meaning",)
    ),
    DocTable(
        "attempt-statuses",
        API,
        ("status", "a prompt may live", "money may have moved"),
        attempt_status_rows,
        ("meaning",),
    ),
    DocTable("flags", API, ("flag", "weight"), flag_rows, ("meaning",)),
    DocTable("screens", API, ("screen",), names(Screen), ("the payer sees",)),
    DocTable("sources", API, ("source",), names(Source), ("who told it",)),
    DocTable("facts", API, ("what",), names(sorted(KINDS)), ("meaning",)),
    DocTable("errors", API, ("code", "status", "means", "do", "retryable"), error_rows),
    DocTable("money-events", "docs/events.md", ("type",), names(MoneyEvent), ("told when", "discriminator")),
    DocTable("events", "docs/events.md", ("type",), names(EventType), ("told when", "discriminator")),
    DocTable("account-events", "docs/events.md", ("type",), names(AccountEvent), ("told when", "discriminator")),
    DocTable("day-events", "docs/events.md", ("type",), names(DayEvent), ("told when", "discriminator")),
    DocTable("webhook-states", "docs/webhooks.md", ("state",), names(DeliveryState), ("meaning",)),
    DocTable("webhook-outcomes", "docs/webhooks.md", ("outcome of a try",), names(Outcome), ("meaning",)),
    DocTable("webhook-events", "docs/webhooks.md", ("event of endpoints",), names(EndpointEvent), ("told when",)),
    DocTable(
        "result-codes", CODES, ("code", "Safaricom's words", "ends the attempt", "failure code"), result_code_rows
    ),
    DocTable(
        "failure-codes",
        CODES,
        ("failure code", "who can mend it", "the payer tries", "wait", "English", "Swahili"),
        failure_code_rows,
    ),
    DocTable(
        "money-out-codes",
        CODES,
        ("code", "Safaricom's words", "final", "whose matter", "a new try"),
        money_out_code_rows,
    ),
    DocTable("settings", SETTINGS_PAGE, ("variable", "meaning", "default", "set by"), setting_rows),
    DocTable("parameters", SETTINGS_PAGE, ("parameter", "meaning", "default", "takes"), parameter_rows),
    DocTable("shop-settings", SETTINGS_PAGE, ("field",), names(CHECKS), ("meaning", "limits")),
    DocTable(
        "secrets",
        SETTINGS_PAGE,
        ("parameter",),
        names((CREDENTIALS, KEYS, TOKEN, INITIATORS, OIDC)),
        ("holds", "written by"),
    ),
    DocTable("doors", LOCAL, ("port", "changed by"), door_rows, ("what answers there",)),
    DocTable("control", LOCAL, ("call",), control_rows, ("does",)),
    DocTable("magic", LOCAL, ("phone", "what happens", "the payment ends", "prompts"), magic_rows),
    DocTable("magic-others", LOCAL, ("of", "number", "what happens"), other_magic_rows),
    DocTable("endpoints", LOCAL, ("path",), endpoint_rows, ("does",)),
    DocTable("faults", LOCAL, ("call", "can suffer"), fault_rows),
    DocTable("laws", "docs/how_it_works.md", ("law",), law_rows, ("what holds, whatever happens",)),
    DocTable("sdk", "docs/integration.md", ("file", "integrity"), sdk_rows),
    DocTable("pages", CONSOLE, ("page", "shows or does", "roles"), page_rows),
    DocTable("rights", CONSOLE, ("right", *Role), role_rows, ("what it is",)),
    DocTable("delays", LOCAL, ("fault", "takes, unless `delay_s` says otherwise"), delay_rows),
)
"""All of them, in the order of their documents."""


def write_all() -> None:
    """Write the tables without handwritten cells into their documents."""
    for table in TABLES:
        path = TOP / table.document
        if not table.by_hand:
            text = path.read_text(encoding="utf-8")
            path.write_text(with_table(text, table.name, table_text(table.head, table.rows())), encoding="utf-8")


if __name__ == "__main__":
    write_all()
