"""Every setting of the deployed functions: name, type, unit, default, meaning. `docs/settings.md` lists the same.

Settings come from the function's environment, which `template.yaml` sets. What is secret lies in SSM, what a shop
may change lies in its settings item.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from gateway.domain.money_out.policy import OutPolicy
from gateway.domain.policy import MINUTE_MS, SECOND_MS, Policy


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. default None: the function cannot run without it."""

    name: str
    meaning: str
    default: str | None = None


SETTINGS: tuple[Setting, ...] = (
    Setting("TABLE_NAME", "DynamoDB table that holds everything"),
    Setting("RETRY_QUEUE_URL", "SQS queue for facts that the table did not take"),
    Setting("CHECKS_QUEUE_URL", "SQS FIFO queue: payments to be asked about now"),
    Setting("WEBHOOKS_QUEUE_URL", "SQS FIFO queue: tries of webhooks that are to be made now"),
    Setting("WEBHOOK_WAITS_QUEUE_URL", "SQS queue: tries of webhooks that wait for minutes, and redeliveries"),
    Setting("WEBHOOK_LOOPBACK", "true where webhooks may go to this very machine over http, in tests", "false"),
    Setting("CLOCK_AHEAD_S", "seconds by which the local world moved a function's clock ahead; 0 on AWS", "0"),
    Setting("STATEMENTS_BUCKET", "S3 bucket that statements are put into"),
    Setting("AUDIT_BUCKET", "S3 bucket of the audit log"),
    Setting("EVENT_BUS_NAME", "EventBridge bus that gets every event"),
    Setting("PARAMETER_PREFIX", "SSM path in front of credentials, token and keys"),
    Setting("DARAJA_BASE_URL", "Safaricom's host, or the simulator's"),
    Setting("CALLBACK_BASE_URL", "public address of the callback API, without a slash at the end"),
    Setting("SHOP_BASE_URL", "public address of API and pages, without a slash at the end"),
    Setting("SOURCE_ADDRESSES", "addresses and networks that callbacks come from, separated by commas", ""),
    Setting(
        "CONFIRM",
        "callbacks that a query must confirm: unknown_source, above:N (shillings), always",
        "unknown_source",
    ),
    Setting(
        "C2B_VALIDATION",
        "money by hand that is turned away: accept (none), exact (wrong sums, closed payments), known (strangers too)",
        "accept",
    ),
    Setting("LIVEMODE", "true on a stack that moves real money", "false"),
    Setting("PROMPTS_PER_10_MINUTES", "prompts to one phone by one shop within ten minutes", "3"),
    Setting("PROMPTS_PER_DAY", "prompts to one phone by one shop within 24 hours", "10"),
    Setting("PROMPTS_PER_ADDRESS", "prompts from a shop's pages and links by one address within ten minutes", "100"),
    Setting("PAYMENTS_PER_LINK", "payments begun from one payment link within ten minutes", "300"),
    Setting(
        "EQUAL_AMOUNT_PAUSE_S",
        "seconds between prompts of an equal amount to one phone (M-PESA's rule: 120)",
        "120",
    ),
    Setting(
        "NO_ANSWER_PAUSES_S",
        "pauses in seconds after the third, fourth … unanswered prompt in a row",
        "600,3600,86400",
    ),
    Setting("ANSWER_DEADLINE_S", "seconds after which an attempt that nobody answered is `unresolved`", "900"),
    Setting("QUERIES_PER_MINUTE", "STK queries a minute, for all functions together", "60"),
    Setting("PAYOUTS_KES_PER_DAY", "most that goes out in a Nairobi day, in shillings", "1000000"),
    Setting("PAYOUTS_KES_PER_RECIPIENT", "most that goes to one recipient in a Nairobi day, in shillings", "250000"),
    Setting("APPROVE_ABOVE", "to one recipient in a day, sums above this many shillings need a second person", "0"),
    Setting("PAYOUTS_PER_MINUTE", "payouts and refunds handed to M-PESA in a minute, by all functions together", "60"),
    Setting("DUE_SHARDS", "parts of the due index; may only grow", "4"),
    Setting("OIDC_ISSUER", "issuer that staff sign in at (OpenID Connect), as its discovery document names itself", ""),
    Setting("OIDC_CLIENT_ID", "the gateway's client id at that issuer", ""),
    Setting("GATEWAY_VERSION", "release, as told in the header Gateway-Version", "dev"),
)
"""All of them; a house test holds this list against the template and the documentation."""

_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


class SettingMissing(Exception):
    """A function was started without a setting that it needs."""


class Settings:
    """The settings of this process, read when first asked for. `source`: the environment, unless a test says else."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def text(self, name: str) -> str:
        """The value, or its default. Raises SettingMissing with the name and what to do."""
        value = self._source.get(name) or _DEFAULTS[name]
        if value is None:
            raise SettingMissing(f"{name} is not set: the function's environment in template.yaml must name it.")
        return value

    def number(self, name: str) -> int:
        """The value as an integer."""
        try:
            return int(self.text(name))
        except ValueError as error:
            raise SettingMissing(f"{name} must be a whole number; it is {self.text(name)!r}.") from error

    @property
    def livemode(self) -> bool:
        """Whether real money moves here."""
        return self.text("LIVEMODE") == "true"

    @property
    def webhooks_to_loopback(self) -> bool:
        """Whether webhooks may go to this machine over http. Never where real money moves."""
        return self.text("WEBHOOK_LOOPBACK") == "true" and not self.livemode

    @property
    def policy(self) -> Policy:
        """The numbers that the domain's rules use."""
        pauses = tuple(int(part) * SECOND_MS for part in self.text("NO_ANSWER_PAUSES_S").split(",") if part != "0")
        return Policy(
            answer_deadline_ms=self.number("ANSWER_DEADLINE_S") * SECOND_MS,
            equal_amount_pause_ms=self.number("EQUAL_AMOUNT_PAUSE_S") * SECOND_MS,
            prompts_per_10_minutes=self.number("PROMPTS_PER_10_MINUTES"),
            prompts_per_day=self.number("PROMPTS_PER_DAY"),
            no_answer_pauses_ms=pauses,
        )

    @property
    def out_policy(self) -> OutPolicy:
        """The numbers that the rules of money that goes out use."""
        return OutPolicy(
            day_kes=self.number("PAYOUTS_KES_PER_DAY"),
            recipient_kes=self.number("PAYOUTS_KES_PER_RECIPIENT"),
            approve_above_kes=self.number("APPROVE_ABOVE"),
            per_minute=self.number("PAYOUTS_PER_MINUTE"),
        )

    @property
    def query_apart_ms(self) -> int:
        """Milliseconds between two STK queries, as long as Safaricom does not ask for more."""
        return MINUTE_MS // self.number("QUERIES_PER_MINUTE")

    def is_safaricom(self, address: str) -> bool:
        """Whether a callback's source address is on the list."""
        return _listed(self.text("SOURCE_ADDRESSES"), address)

    def demands_query(self, amount_kes: int) -> bool:
        """Whether CONFIRM asks for a query before a callback over this amount counts.

        A value that cannot be read asks for all: a mistyped setting must not believe more, nor lose a callback.
        """
        confirm = self.text("CONFIRM")
        limit_kes = confirm.removeprefix("above:")
        if limit_kes != confirm and limit_kes.isascii() and limit_kes.isdecimal():
            return amount_kes > int(limit_kes)
        return confirm != "unknown_source"


@cache
def _listed(addresses: str, address: str) -> bool:
    try:
        source = ip_address(address)
    except ValueError:
        return False
    return any(source in network for part in addresses.split(",") for network in _networks(part.strip()))


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The network in a part of the list; none in a part that names none, so that nothing is believed for its sake."""
    try:
        return (ip_network(text, strict=False),)
    except ValueError:
        return ()
