"""The answers of Pull Transactions: registration, and pages of payments. Its rows come as a list inside a list.

Sources: developer.safaricom.co.ke/apis/PullTransaction; github.com/kepas-tech/daraja-js src/resources/pull.ts.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from daraja import reading
from daraja.answers import PullOutcome, PullPage, PullRegistered, PullRow
from daraja.environments import parse_eat
from daraja.errors import DarajaError, MaybeSentReason, NotSentReason, RefusalCause
from daraja.http_answers import HttpAnswer, read
from daraja.masking import mask_text, scrub
from daraja.reading import SHORT_MAX, Object, Unreadable, whole_shillings
from daraja.refusals import TABLE, Known, Row, error_of, maybe_sent, row_of

_PORTAL: Final = "developer.safaricom.co.ke/apis/PullTransaction, error codes"
_OLD_TABLE: Final = "github.com/Ghostscypher/php-mpesa mpesa_endpoints.md"
_TOKEN: Final = frozenset({"401.001"})
_INVALID: Final = frozenset({"400.001"})

PULL_TABLE: Final[tuple[Row, ...]] = (
    Row(Known.NOT_RETRIEVED, _OLD_TABLE, text=r"failed to retrieve transactions"),
    Row(NotSentReason.TOKEN_REJECTED, _PORTAL, codes=_TOKEN, text=r"token"),
    Row(RefusalCause.SHOP_SETUP, _PORTAL, codes=_INVALID, text=r"Invalid\s+(ShortCode|NominatedNumber|CallBackURL)"),
    Row(RefusalCause.INVALID_FIELD, _PORTAL, codes=_INVALID),
    *TABLE,
)

_REGISTERED: Final = "1000"
_REGISTERED_BEFORE: Final = "1001"
_FOUND: Final = "1000"
_NOTHING: Final = "1001"
_NESTING_MAX: Final = 4


def judge_pull_register(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> PullRegistered | DarajaError:
    """The answer to a registration. Keys are seen with a blank in them ("Response Status")."""
    told = _object(answer)
    status = reading.code(told.get("responsestatus", told.get("responsecode")))
    if answer.status == HTTPStatus.OK and status in (_REGISTERED, _REGISTERED_BEFORE):
        text = _words(told.get("responsedescription"), secrets)
        return PullRegistered(was_registered=status == _REGISTERED_BEFORE, text=text)
    return error_of(read(answer, secrets), PULL_TABLE)


def judge_pull(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> PullPage | DarajaError:
    """One page. A row that cannot be read is counted, and spoils no other."""
    taken_apart = read(answer, secrets)
    row = row_of(taken_apart, PULL_TABLE)
    if row is not None and row.verdict is Known.NOT_RETRIEVED:
        return PullPage(PullOutcome.NOT_RETRIEVED, (), 0, taken_apart.shown)
    told = _object(answer)
    code, rows = reading.code(told.get("responsecode")), list(_flat(told.get("response")))
    if answer.status != HTTPStatus.OK or code not in (_FOUND, _NOTHING):
        return error_of(taken_apart, PULL_TABLE)
    if code == _FOUND and "response" not in told:
        return maybe_sent(taken_apart, MaybeSentReason.BROKEN_ANSWER)
    read_rows = tuple(one for one in map(_row, rows) if one is not None)
    outcome = PullOutcome.ROWS if rows else PullOutcome.NOTHING
    return PullPage(outcome, read_rows, len(rows), _words(told.get("responsemessage"), secrets))


def _object(answer: HttpAnswer) -> Object:
    """The body's object, blanks inside of its keys left out; an empty one for anything else."""
    try:
        told = reading.object_of(reading.load(answer.body))
    except Unreadable:
        return {}
    return {"".join(name.split()): value for name, value in told.items()}


def _flat(value: object, depth: int = 0) -> Iterator[object]:
    """Rows of a list in a list, or of a flat one, or a single row."""
    if isinstance(value, list) and depth < _NESTING_MAX:
        for inner in value:
            yield from _flat(inner, depth + 1)
    elif value not in (None, "", {}):
        yield value


def _row(value: object) -> PullRow | None:
    try:
        return _read_row(reading.object_of(value))
    except Unreadable:
        return None


def _read_row(told: Object) -> PullRow | None:
    receipt = reading.receipt(told.get("transactionid"))
    if receipt is None:
        return None
    amount_text = reading.text(told.get("amount"), SHORT_MAX)
    return PullRow(
        receipt=receipt,
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        completed_at_ms=_time_ms(reading.text(told.get("trxdate"), SHORT_MAX)),
        phone=reading.whole_text(told.get("msisdn")),
        reference=reading.cut(told.get("billreference"), SHORT_MAX) or "",
        transaction_type=_aside(told.get("transactiontype")),
        sender_name=reading.short_name(_aside(told.get("sender"))),
        organisation=mask_text(_aside(told.get("organizationname"))) or None,
    )


def _aside(value: object) -> str:
    """What no money depends on: however long, it loses no row."""
    return (reading.cut(value, SHORT_MAX) or "").strip()


def _time_ms(told: str | None) -> int | None:
    """Written with a Z, yet most probably Kenyan time."""
    return parse_eat(told.removesuffix("Z").removesuffix("z")) if told else None


def _words(value: object, secrets: tuple[str, ...]) -> str:
    return scrub(reading.cut(value, SHORT_MAX) or "", secrets)
