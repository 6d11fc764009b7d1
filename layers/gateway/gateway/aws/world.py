"""Ties the ports to AWS and Safaricom, once for each process, each part when it is first used.

The one place that reads the clock and draws chance.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.aws import clients
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.settings import SettingMissing, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.ports import Call

WITHOUT_CONTEXT_MS = 30_000
"""Time left when no one told: in tests and commands."""


class RealAmbient:
    """The Ambient port: the process's clock, the system's chance, Lambda's deadline."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._time_left_ms: Callable[[], int] = lambda: WITHOUT_CONTEXT_MS

    def begin(self, context: Any) -> None:
        """A new invocation. context: Lambda's."""
        self._time_left_ms = context.get_remaining_time_in_millis

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def outside_ms(self) -> int:
        """The same by the clocks of others."""
        return self.now_ms() - self._settings.number("CLOCK_AHEAD_S") * 1_000

    def draw(self, size: int, /) -> bytes:
        """Random bytes."""
        return os.urandom(size)

    def pause(self, milliseconds: int, /) -> None:
        """Wait."""
        time.sleep(milliseconds / 1_000)

    def time_left_ms(self) -> int:
        """How long this invocation may still run."""
        return int(self._time_left_ms())

    def report(self, name: str, fields: Mapping[str, Any], /) -> None:
        """One log line and, for names that are metrics, one count."""
        from gateway.observability import report  # noqa: PLC0415  Logger and Metrics only for who reports

        report(name, fields)


class World:
    """Performs calls. Adapters are made when the first call for them comes, and kept."""

    def __init__(self, settings: Settings, budget: clients.Budget) -> None:
        self._settings = settings
        self._budget = budget
        self._ambient = RealAmbient(settings)
        self._adapters: dict[str, Any] = {"Ambient": self._ambient}
        self._makers: dict[str, Callable[[], Any]] = {
            "Store": self._make_store,
            "Queues": self._make_queues,
            "Daraja": self._make_daraja,
            "Secrets": self._make_secrets,
            "Bus": self._make_bus,
            "Feed": self._make_feed,
            "Webhooks": self._make_webhooks,
            "Names": self._make_names,
            "Sender": self._make_sender,
            "Days": self._make_days,
            "Repairs": self._make_repairs,
            "Received": self._make_received,
            "Registrations": self._make_registrations,
            "Registrar": self._make_registrar,
            "PublicAddress": self._make_public_address,
            "Links": self._make_links,
            "ApiKeys": self._make_api_keys,
            "Orphans": self._make_orphans,
            "Counts": self._make_counts,
            "KeyUses": self._make_key_uses,
            "Staff": self._make_staff,
            "Identity": self._make_identity,
            "Balances": self._make_balances,
            "Initiator": self._make_initiator,
            "Questions": self._make_questions,
            "Transactions": self._make_transactions,
            "MpesaQr": self._make_mpesa_qr,
            "Outgoings": self._make_outgoings,
            "Transfers": self._make_transfers,
            "Pull": self._make_pull,
            "Books": self._make_books,
            "Reconciliations": self._make_reconciliations,
            "Statements": self._make_statements,
            "StatementFiles": self._make_statement_files,
            "AuditLog": self._make_audit_log,
            "Audited": self._make_audited,
        }

    @property
    def settings(self) -> Settings:
        """The settings that everything here was made with."""
        return self._settings

    def begin(self, context: Any) -> World:
        """A new invocation: its deadline counts from now on. Returns itself."""
        self._ambient.begin(context)
        return self

    def perform(self, call: Call, /) -> Any:
        """Carry out a call, or raise what its port raises."""
        return getattr(self.adapter(call.port), call.method)(*call.args)

    def adapter(self, port: str) -> Any:
        """What stands behind a port, by its name like "Store"."""
        if port not in self._adapters:
            self._adapters[port] = self._makers[port]()
        return self._adapters[port]

    def _make_store(self) -> DynamoStore:
        table = Table(clients.table_client(self._budget.table), self._settings.text("TABLE_NAME"))
        return DynamoStore(table, self._settings.number("DUE_SHARDS"), self._ambient.now_ms)

    def _table(self) -> Table:
        return Table(clients.table_client(self._budget.table), self._settings.text("TABLE_NAME"))

    def _make_orphans(self) -> Any:
        from gateway.aws.orphans import DynamoOrphans  # noqa: PLC0415  for who looks at what was kept apart

        return DynamoOrphans(self._table(), self._settings.number("DUE_SHARDS"))

    def _make_registrations(self) -> Any:
        from gateway.aws.registration import DynamoRegistrations  # noqa: PLC0415  for who registers, or hears a test

        return DynamoRegistrations(self._table())

    def _make_registrar(self) -> Any:
        from gateway.aws.registrar import SafaricomsRegistrar  # noqa: PLC0415  loads httpx and pydantic

        return SafaricomsRegistrar(self._settings.text("DARAJA_BASE_URL"))

    def _make_public_address(self) -> Any:
        from gateway.aws.registrar import HttpPublicAddress  # noqa: PLC0415  as above

        return HttpPublicAddress()

    def _make_received(self) -> Any:
        from gateway.aws.received import DynamoReceived  # noqa: PLC0415  for who lists money by receipt

        return DynamoReceived(self._table(), self._ambient.now_ms)

    def _make_links(self) -> Any:
        from gateway.aws.links import DynamoLinks  # noqa: PLC0415  for who makes or pays links

        return DynamoLinks(self._table())

    def _make_api_keys(self) -> Any:
        from gateway.aws.api_keys import DynamoApiKeys  # noqa: PLC0415  for who makes or revokes keys

        return DynamoApiKeys(self._table())

    def _make_staff(self) -> Any:
        from gateway.aws.staff import DynamoStaff  # noqa: PLC0415  for the console

        return DynamoStaff(self._table())

    def _make_identity(self) -> Any:
        from gateway.aws.identity import OpenIdIssuer  # noqa: PLC0415  loads httpx

        secrets = self.adapter("Secrets")
        return OpenIdIssuer(self._settings.text("OIDC_ISSUER"), secrets.client_secret, self._ambient.now_ms)

    def _make_key_uses(self) -> Any:
        from gateway.aws.key_uses import DynamoKeyUses  # noqa: PLC0415  for who knows shops by their keys

        return DynamoKeyUses(self._table())

    def _make_counts(self) -> Any:
        from gateway.aws.links import DynamoCounts  # noqa: PLC0415  for who prompts from a browser

        return DynamoCounts(self._table())

    def _make_balances(self) -> Any:
        from gateway.aws.balances import DynamoBalances  # noqa: PLC0415  for who asks about balances

        return DynamoBalances(self._table(), self._settings.number("DUE_SHARDS"))

    def _make_initiator(self) -> Any:
        from gateway.aws.initiator import AwsInitiator  # noqa: PLC0415  for who calls in an operator's name

        parameters = cache(lambda: clients.parameter_client(self._budget.parameters))
        return AwsInitiator(
            self._table(), parameters, lambda: self._settings.text("PARAMETER_PREFIX"), self._ambient.now_ms
        )

    def _make_mpesa_qr(self) -> Any:
        from daraja.client import DarajaClient  # noqa: PLC0415  loads httpx
        from gateway.aws.mpesa_qr_port import MpesaQrPort  # noqa: PLC0415  loads pydantic

        return MpesaQrPort(DarajaClient(self._settings.text("DARAJA_BASE_URL")))

    def _make_transactions(self) -> Any:
        from gateway.aws.transactions import DynamoTransactions  # noqa: PLC0415  for who asks about a code

        return DynamoTransactions(self._table())

    def _make_questions(self) -> Any:
        from daraja.client import DarajaClient  # noqa: PLC0415  loads httpx
        from gateway.aws.questions_port import QuestionsPort  # noqa: PLC0415  loads pydantic

        return QuestionsPort(DarajaClient(self._settings.text("DARAJA_BASE_URL")))

    def _make_outgoings(self) -> Any:
        from gateway.aws.money_out import DynamoOutgoings  # noqa: PLC0415  for payouts and refunds

        return DynamoOutgoings(self._table(), self._settings.number("DUE_SHARDS"))

    def _make_transfers(self) -> Any:
        from daraja.client import DarajaClient  # noqa: PLC0415  loads httpx
        from gateway.aws.transfers_port import TransfersPort  # noqa: PLC0415  loads pydantic

        return TransfersPort(DarajaClient(self._settings.text("DARAJA_BASE_URL")), self._ambient.now_ms)

    def _make_pull(self) -> Any:
        from gateway.aws.pull_port import SafaricomsPull  # noqa: PLC0415  loads httpx and pydantic

        return SafaricomsPull(self._settings.text("DARAJA_BASE_URL"))

    def _make_books(self) -> Any:
        from gateway.aws.books import DynamoBooks  # noqa: PLC0415  for who fetches or compares M-Pesa's lists

        return DynamoBooks(self._table())

    def _make_reconciliations(self) -> Any:
        from gateway.aws.reconciliation import DynamoReconciliations  # noqa: PLC0415  for who compares or shows days

        return DynamoReconciliations(self._table())

    def _make_statements(self) -> Any:
        from gateway.aws.statements import DynamoStatements  # noqa: PLC0415  for who takes in or heeds statements

        return DynamoStatements(self._table())

    def _make_statement_files(self) -> Any:
        from gateway.aws.statement_files import S3StatementFiles  # noqa: PLC0415  for who takes in statements

        return S3StatementFiles(clients.file_client(clients.FILES), self._settings.text("STATEMENTS_BUCKET"))

    def _make_audit_log(self) -> Any:
        from gateway.aws.audit_log import S3AuditLog  # noqa: PLC0415  for who writes or reads the audit log

        return S3AuditLog(clients.log_client(clients.LOG), self._settings.text("AUDIT_BUCKET"))

    def _make_audited(self) -> Any:
        from gateway.aws.audited import DynamoAudited  # noqa: PLC0415  as above

        return DynamoAudited(self._table())

    def _make_queues(self) -> Any:
        from gateway.aws.queues import SqsQueues  # noqa: PLC0415  for who sends

        return SqsQueues(cache(lambda: clients.queue_client(self._budget.queue)), self._settings)

    def _make_daraja(self) -> Any:
        from daraja.client import DarajaClient  # noqa: PLC0415  loads httpx
        from gateway.aws.daraja_port import DarajaPort  # noqa: PLC0415  loads pydantic

        return DarajaPort(DarajaClient(self._settings.text("DARAJA_BASE_URL")), self._ambient.now_ms)

    def _make_secrets(self) -> Any:
        from gateway.aws import secrets  # noqa: PLC0415  for who checks or makes a secret

        for_safaricom = (secrets.CREDENTIALS, secrets.TOKEN) if _talks_to_safaricom(self._settings) else ()
        for_sign_in = (secrets.OIDC,) if self._settings.text("OIDC_ISSUER") else ()
        return secrets.ParameterSecrets(
            cache(lambda: clients.parameter_client(self._budget.parameters)),
            self._settings.text("PARAMETER_PREFIX"),
            (secrets.KEYS, *for_safaricom, *for_sign_in),
            self._ambient.now_ms,
        )

    def _make_bus(self) -> Any:
        from gateway.aws.bus import EventBus  # noqa: PLC0415  for who publishes

        return EventBus(cache(lambda: clients.bus_client(self._budget.bus)), self._settings.text("EVENT_BUS_NAME"))

    def _make_webhooks(self) -> Any:
        from gateway.aws.webhooks import AwsWebhooks  # noqa: PLC0415  for who tells shops

        return AwsWebhooks(self._table(), cache(lambda: clients.queue_client(self._budget.queue)), self._settings)

    def _make_names(self) -> Any:
        from gateway.aws.names import SystemNames  # noqa: PLC0415  for who asks where a shop's endpoint is

        return SystemNames()

    def _make_sender(self) -> Any:
        from gateway.aws.webhook_sender import HttpSender  # noqa: PLC0415  loads httpx

        return HttpSender()

    def _make_feed(self) -> Any:
        from gateway.aws.feed import DynamoFeed  # noqa: PLC0415  for who tells or reads events

        return DynamoFeed(Table(clients.table_client(clients.FEED), self._settings.text("TABLE_NAME")))

    def _make_days(self) -> Any:
        from gateway.aws.days import DynamoDays  # noqa: PLC0415  for who counts or tells a day's sums

        return DynamoDays(Table(clients.table_client(self._budget.table), self._settings.text("TABLE_NAME")))

    def _make_repairs(self) -> Any:
        from gateway.aws.repairs import DynamoRepairs  # noqa: PLC0415  for who repairs

        return DynamoRepairs(Table(clients.table_client(self._budget.table), self._settings.text("TABLE_NAME")))


def _talks_to_safaricom(settings: Settings) -> bool:
    """Only such a function may read the credentials; the template gives it Safaricom's address."""
    try:
        return bool(settings.text("DARAJA_BASE_URL"))
    except SettingMissing:
        return False


@cache
def world() -> World:
    """The world of this process: short limits where Safaricom waits (`clients.INTAKE_FUNCTIONS`)."""
    intake = os.environ.get("POWERTOOLS_SERVICE_NAME") in clients.INTAKE_FUNCTIONS
    return World(Settings(), clients.INTAKE if intake else clients.ELSEWHERE)


@cache
def quick_world() -> World:
    """The world for the one answer that must come within two seconds: each call is tried once, and briefly."""
    return World(Settings(), clients.VALIDATION)
