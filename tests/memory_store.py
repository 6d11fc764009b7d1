"""The ports in memory, for tests of flows and laws. The store passes the same contract as the one over DynamoDB.

Nothing here is shared with the code under test but the words of `gateway.ports`. `MemoryWorld` performs calls; a test
may set its clock, make a method fail once, and look at what was sent.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from gateway.domain.circuit import Circuit
from gateway.domain.guard import Guard
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.references import normalised
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.ports import (
    Call,
    Credentials,
    DueItem,
    FreshToken,
    Indexed,
    Keys,
    Orphan,
    Pace,
    Page,
    PaymentQuery,
    Prompt,
    PushAnswer,
    QueryReply,
    SecretsUnavailable,
    StoredToken,
    TokenLease,
)
from tests.memory_api_keys import MemoryApiKeys
from tests.memory_audit import MemoryAudited, MemoryAuditLog
from tests.memory_balances import MemoryBalances
from tests.memory_books import MemoryBooks, ScriptedPull
from tests.memory_days import MemoryDays
from tests.memory_feed import MemoryFeed
from tests.memory_initiator import MemoryInitiator, ScriptedQr, ScriptedQuestions
from tests.memory_key_uses import MemoryKeyUses
from tests.memory_links import MemoryCounts, MemoryLinks
from tests.memory_money_out import MemoryOutgoings, ScriptedTransfers
from tests.memory_orphans import MemoryOrphans
from tests.memory_received import MemoryReceived
from tests.memory_reconciliations import MemoryReconciliations
from tests.memory_registration import MemoryRegistrations, ScriptedAddress, ScriptedRegistrar
from tests.memory_repairs import MemoryRepairs
from tests.memory_staff import MemoryIdentity, MemoryStaff
from tests.memory_statements import MemoryStatementFiles, MemoryStatements
from tests.memory_transactions import MemoryTransactions
from tests.memory_webhooks import MemoryNames, MemorySender, MemoryWebhooks

T = TypeVar("T")

KEYS = Keys(
    tags=(b"t" * 32,), c2b_tags=(b"c" * 32,), id=b"i" * 32, phone=b"p" * 32, client_token=b"k" * 32, cursor=b"u" * 32
)
CREDENTIALS = Credentials("local-key", "local-secret", {"174379": "passkey-of-174379", "4000001": "passkey-of-4000001"})
START_MS = 1_772_442_904_000
"""2026-03-02 12:15:04 in Nairobi."""


class MemoryStore:
    """The Store port. One lock: each call is atomic, as a write to one item is."""

    def __init__(self, shards: int = 4) -> None:
        self._lock = threading.RLock()
        self._shards = shards
        self.payments: dict[str, PaymentRecord] = {}
        self.summaries: dict[str, Mapping[str, Any]] = {}
        self.receipts: dict[str, ReceiptRecord] = {}
        self.guards: dict[str, Guard] = {}
        self.orphans: dict[str, Orphan] = {}
        self.paces: dict[str, Pace] = {}
        self.settings: dict[str, ShopSettings] = {}
        self.keys: dict[str, ApiKey] = {}
        self.token_lease: TokenLease | None = None
        self.money_out = MemoryOutgoings()
        """The items of the Outgoings port beside it, which the `due` index shows too."""
        self.balances = MemoryBalances()
        """As above, of the Balances port."""
        self.transactions = MemoryTransactions()
        self.circuits: dict[str, Circuit] = {}
        """What other ports keep beside it and the stream tells of."""
        self.strangers_due: dict[str, int] = {}
        """Due items that no reader understands, by key."""

    def create_payment(self, record: PaymentRecord, indexed: Indexed, /) -> PaymentRecord | None:
        with self._lock:
            if record.id in self.payments:
                return self.payments[record.id]
            self.payments[record.id] = replace(record, due_at_ms=indexed.due_at_ms)
            self.summaries[record.id] = dict(indexed.summary)
            return None

    def read_payment(self, payment_id: str, /) -> PaymentRecord | None:
        with self._lock:
            return self.payments.get(payment_id)

    def read_payments(self, payment_ids: tuple[str, ...], /) -> tuple[PaymentRecord, ...]:
        with self._lock:
            return tuple(self.payments[one] for one in dict.fromkeys(payment_ids) if one in self.payments)

    def save_payment(self, before: PaymentRecord, after: PaymentRecord, indexed: Indexed, /) -> bool:
        with self._lock:
            stored = self.payments.get(before.id)
            if stored is None or stored.version != before.version:
                return False
            asked_about = {number: asks for number, asks in after.asks.items() if before.asks.get(number) != asks}
            self.payments[before.id] = replace(
                after,
                facts={**after.facts, **stored.facts},
                asks={**stored.asks, **asked_about},
                version=before.version + 1,
                due_at_ms=indexed.due_at_ms,
            )
            self.summaries[before.id] = dict(indexed.summary) or self.summaries[before.id]
            return True

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        with self._lock:
            stored = self.payments.get(record.id)
            if stored is None or stored.due_at_ms != record.due_at_ms:
                return False
            self.payments[record.id] = replace(stored, due_at_ms=due_at_ms, asks={**stored.asks, **asks})
            return True

    def payments_by_reference(self, shortcode: str, reference: str, limit: int, /) -> tuple[str, ...]:
        with self._lock:
            found = [r for r in self.payments.values() if _carries(r, shortcode, reference)]
            return tuple(record.id for record in _newest_first(found)[:limit])

    def list_payments(self, query: PaymentQuery, limit: int, cursor: str | None, /) -> Page:
        with self._lock:
            found = [record for record in self._matching(query) if record.asked.owner == query.owner]
            left = [record for record in _newest_first(found) if cursor is None or _sort(record) < cursor]
            page = left[:limit]
            return Page(tuple(page), _sort(page[-1]) if len(left) > limit else None)

    def _matching(self, query: PaymentQuery) -> list[PaymentRecord]:
        every = list(self.payments.values())
        if query.receipt is not None:
            known = self.receipts.get(query.receipt)
            return [record for record in every if known and known.owner == record.id]
        if query.day is not None:
            return [record for record in every if _day(record.asked.created_at_ms) == query.day]
        if query.order is not None:
            return [record for record in every if record.asked.order == query.order]
        if query.account_reference is None:
            raise ValueError("a list needs one filter")
        settings = self.settings.get(query.owner)
        codes = settings.shortcodes if settings else ()
        return [r for r in every if any(_carries(r, code.number, query.account_reference) for code in codes)]

    def read_receipt(self, receipt: str, /) -> ReceiptRecord | None:
        with self._lock:
            return self.receipts.get(receipt)

    def create_receipt(self, record: ReceiptRecord, /) -> ReceiptRecord | None:
        with self._lock:
            if record.receipt in self.receipts:
                return self.receipts[record.receipt]
            self.receipts[record.receipt] = record
            return None

    def save_receipt(self, before: ReceiptRecord, after: ReceiptRecord, /) -> bool:
        with self._lock:
            stored = self.receipts.get(before.receipt)
            if stored is None or stored.version != before.version:
                return False
            facts = {**after.facts, **stored.facts}
            self.receipts[before.receipt] = replace(after, facts=facts, version=before.version + 1)
            return True

    def read_guard(self, phone_key: str, /) -> Guard | None:
        with self._lock:
            return self.guards.get(phone_key)

    def save_guard(self, before: Guard | None, after: Guard, /) -> bool:
        with self._lock:
            return _versioned(self.guards, after.phone_key, before, after)

    def due_items(self, shard: int, now_ms: int, limit: int, newest_first: bool, /) -> tuple[DueItem, ...]:
        with self._lock:
            due = [
                DueItem(f"PAY#{record.id}", record.due_at_ms) for record in self.payments.values() if record.due_at_ms
            ]
            due += [DueItem(f"RCPT#{r.receipt}", r.due_at_ms) for r in self.receipts.values() if r.due_at_ms]
            due += [DueItem(f"ORPHAN#{o.key}", o.due_at_ms) for o in self.orphans.values() if o.due_at_ms]
            due += [DueItem(f"OUTFILE#{f.id}", f.due_at_ms) for f in self.money_out.files.values() if f.due_at_ms]
            due += [DueItem(f"OUT#{o.id}", o.due_at_ms) for o in self.money_out.outgoings.values() if o.due_at_ms]
            due += [DueItem(f"BAL#{one.id}", one.due_at_ms) for one in self.balances.all.values() if one.due_at_ms]
            due += [DueItem(key, at_ms) for key, at_ms in self.strangers_due.items()]
            here = [item for item in due if item.due_at_ms <= now_ms and self._shard(item.key) == shard]
            return tuple(sorted(here, key=lambda item: item.due_at_ms, reverse=newest_first)[:limit])

    def clear_due(self, item: DueItem, due_at_ms: int | None, /) -> bool:
        with self._lock:
            kind, _, name = item.key.partition("#")
            places: dict[str, dict[str, Any]] = {
                "PAY": self.payments,
                "RCPT": self.receipts,
                "ORPHAN": self.orphans,
                "OUT": self.money_out.outgoings,
                "OUTFILE": self.money_out.files,
                "BAL": self.balances.all,
            }
            kept = places.get(kind, {})
            if name in kept and kept[name].due_at_ms == item.due_at_ms:
                kept[name] = replace(kept[name], due_at_ms=due_at_ms)
                return True
            return self._clear_stranger(item, due_at_ms)

    def _clear_stranger(self, item: DueItem, due_at_ms: int | None) -> bool:
        if self.strangers_due.get(item.key) != item.due_at_ms:
            return False
        del self.strangers_due[item.key]
        self.strangers_due |= {item.key: due_at_ms} if due_at_ms is not None else {}
        return True

    def _shard(self, key: str) -> int:
        return sum(key.encode()) % self._shards

    def keep_orphan(self, orphan: Orphan, /) -> None:
        with self._lock:
            self.orphans.setdefault(orphan.key, orphan)

    def read_token_lease(self) -> TokenLease | None:
        with self._lock:
            return self.token_lease

    def save_token_lease(self, before: TokenLease | None, after: TokenLease, /) -> bool:
        with self._lock:
            kept = {"token": self.token_lease} if self.token_lease else {}
            saved = _versioned(kept, "token", before, after)
            self.token_lease = kept.get("token")
            return saved

    def read_pace(self, name: str, /) -> Pace | None:
        with self._lock:
            return self.paces.get(name)

    def save_pace(self, name: str, before: Pace | None, after: Pace, /) -> bool:
        with self._lock:
            return _versioned(self.paces, name, before, after)

    def read_settings(self, owner: str, /) -> ShopSettings | None:
        with self._lock:
            return self.settings.get(owner)

    def read_key(self, secret_hash: str, /) -> ApiKey | None:
        with self._lock:
            return self.keys.get(secret_hash)


def _versioned(kept: dict[str, Any], key: str, before: Any, after: Any) -> bool:
    """Write if nothing stands there (before None) or what stands there has `before`'s version."""
    stored = kept.get(key)
    if (stored.version if stored else None) != (before.version if before else None):
        return False
    kept[key] = replace(after, version=(before.version if before else 0) + 1)
    return True


def _carries(record: PaymentRecord, shortcode: str, reference: str) -> bool:
    asked = record.asked
    return asked.shortcode == shortcode and normalised(asked.account_reference) == normalised(reference)


def _sort(record: PaymentRecord) -> str:
    return f"{record.asked.created_at_ms:020d}|{record.id}"


def _newest_first(records: list[PaymentRecord]) -> list[PaymentRecord]:
    return sorted(records, key=_sort, reverse=True)


def _day(at_ms: int) -> str:
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=3)).date().isoformat()


class MemoryQueues:
    """The Queues port: what was sent. One check for each deduplication id."""

    def __init__(self) -> None:
        self.retries: list[str] = []
        self.checks: dict[tuple[str, int], None] = {}

    def send_retry(self, message: str, delay_s: int = 0, /) -> None:
        self.retries.append(message)

    def send_check(self, payment_id: str, bucket: int, /) -> None:
        self.checks[payment_id, bucket] = None


class MemorySecrets:
    """The Secrets port. `shared` is what lies in SSM, `own` what this process remembers."""

    def __init__(self, keys: Keys | None = KEYS, credentials: Credentials | None = CREDENTIALS) -> None:
        self.keys = keys
        self.credentials = credentials
        self.shared: StoredToken | None = None
        self.own: StoredToken | None = None

    def read_keys(self) -> Keys:
        if self.keys is None:
            raise SecretsUnavailable("no keys")
        return self.keys

    def read_credentials(self) -> Credentials:
        if self.credentials is None:
            raise SecretsUnavailable("no credentials")
        return self.credentials

    def read_token(self) -> StoredToken | None:
        return self.shared

    def remembered_token(self) -> StoredToken | None:
        return self.own

    def remember_token(self, token: StoredToken | None, /) -> None:
        self.own = token

    def write_token(self, token: StoredToken, /) -> None:
        self.shared = token


class MemoryBus:
    """The Bus port: what was published, in order."""

    def __init__(self) -> None:
        self.published: list[Mapping[str, Any]] = []

    def publish(self, entries: tuple[Mapping[str, Any], ...], /) -> None:
        self.published += entries


class ScriptedDaraja:
    """The Daraja port: answers in the order in which they were laid out; an exception is raised.

    Without a script a push is accepted, a query is not finished, a token is given.
    """

    def __init__(self) -> None:
        self.pushes: list[Prompt] = []
        self.queries: list[str] = []
        self.tokens = 0
        self.push_answers: deque[PushAnswer | Exception] = deque()
        self.query_answers: deque[QueryReply | Exception] = deque()
        self.token_answers: deque[FreshToken | Exception] = deque()

    def push(self, token: str, prompt: Prompt, /) -> PushAnswer:
        self.pushes.append(prompt)
        number = len(self.pushes)
        return _next(self.push_answers, PushAnswer(f"ws_CO_{number:08d}", f"29115-{number}-1"))

    def query(
        self, token: str, shortcode: Shortcode, passkey: str, checkout_request_id: str, at_ms: int, /
    ) -> QueryReply:
        self.queries.append(checkout_request_id)
        return _next(self.query_answers, QueryReply("processing", None, ""))

    def fetch_token(self, credentials: Credentials, /) -> FreshToken:
        self.tokens += 1
        return _next(self.token_answers, FreshToken(f"token-{self.tokens}", 3599))


def _next(script: deque[T | Exception], otherwise: T) -> T:
    answer = script.popleft() if script else otherwise
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass
class MemoryAmbient:
    """The Ambient port: a clock that moves only when told, or when somebody waits; chance that counts."""

    at_ms: int = START_MS
    ahead_ms: int = 0
    left_ms: int = 28_000
    drawn: int = 0
    reports: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.at_ms

    def outside_ms(self) -> int:
        return self.at_ms - self.ahead_ms

    def draw(self, size: int, /) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")

    def pause(self, milliseconds: int, /) -> None:
        self.at_ms += milliseconds

    def time_left_ms(self) -> int:
        return self.left_ms

    def report(self, name: str, fields: Mapping[str, Any], /) -> None:
        self.reports.append((name, fields))


class MemoryWorld:
    """Performs calls on the ports above and notes their boundaries.

    fail_next: errors by boundary, raised before the call is carried out. after: hooks by boundary, run once after it.
    """

    def __init__(self, store: MemoryStore | None = None, ambient: MemoryAmbient | None = None) -> None:
        self.store = store or MemoryStore()
        self.queues = MemoryQueues()
        self.secrets = MemorySecrets()
        self.bus = MemoryBus()
        self.links = MemoryLinks()
        self.outgoings = self.store.money_out
        self.transfers = ScriptedTransfers()
        self.balances = self.store.balances
        self.initiator = MemoryInitiator("174379")
        self.questions = ScriptedQuestions()
        self.mpesaqr = ScriptedQr()
        self.transactions = self.store.transactions
        self.apikeys = MemoryApiKeys(self.store.keys)
        self.orphans = MemoryOrphans(self.store)
        self.counts = MemoryCounts()
        self.keyuses = MemoryKeyUses()
        self.staff = MemoryStaff(self.store.settings)
        self.identity = MemoryIdentity()
        self.feed = MemoryFeed()
        self.days = MemoryDays()
        self.repairs = MemoryRepairs(self.store)
        self.books = MemoryBooks(self.store)
        self.reconciliations = MemoryReconciliations()
        self.pull = ScriptedPull()
        self.statements, self.statementfiles = MemoryStatements(), MemoryStatementFiles()
        self.received = MemoryReceived(self.store)
        self.registrations = MemoryRegistrations()
        self.registrar, self.publicaddress = ScriptedRegistrar(), ScriptedAddress()
        self.daraja = ScriptedDaraja()
        self.auditlog, self.table = MemoryAuditLog(), dict[str, Mapping[str, Any]]()
        self.audited = MemoryAudited(self.table.values)
        self.ambient = ambient or MemoryAmbient()
        self.webhooks = MemoryWebhooks(lambda: self.ambient.at_ms)
        self.names = MemoryNames()
        self.sender = MemorySender()
        self.boundaries: list[str] = []
        self.fail_next: defaultdict[str, deque[Exception]] = defaultdict(deque)
        self.after: dict[str, Callable[[], object]] = {}

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        self.boundaries.append(call.boundary)
        if self.fail_next[call.boundary]:
            raise self.fail_next[call.boundary].popleft()
        answer = getattr(getattr(self, call.port.lower()), call.method)(*call.args)
        self.after.pop(call.boundary, lambda: None)()
        return answer
