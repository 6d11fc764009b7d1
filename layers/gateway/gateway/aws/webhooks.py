"""Webhooks in DynamoDB and SQS: one item of endpoints for each owner, one item for each delivery, two queues.

| item      | `pk`         | own attributes                                             | index       | TTL     |
|-----------|--------------|------------------------------------------------------------|-------------|---------|
| endpoints | HOOK#<owner> | endpoints, [changed_by], version                           | none        | never   |
| delivery  | DLV#dlv_<id> | owner, endpoint, event, type, subject, emitted_at,         | by_day, due | 90 days |
|           |              | created_at, state, tries, made, [round], [sent], version   |             |         |

A delivery is written when its first try is over: until then its message is all there is. by_day: day_key
DLV#<endpoint>, day_sort <ms>.<16 hex of the id>. due: due_shard w0…, apart from the payments', so that no number of
failing webhooks stands in front of a payer. Secrets lie in HOOK#, encrypted with the table. As plain values:

  HOOK#shop     {"endpoints": [{"id": "whe_5f0c…", "url": "https://shop.example/api/mpesa", "events": ["payment.*"],
                 "secret": "whsec_…", "created_at_ms": 1772442904000}], "version": 3}
  DLV#dlv_77ab… {"owner": "shop", "endpoint": "whe_5f0c…", "event": "evt_1c4c…", "type": "payment.paid", "subject":
                 "pay_5f0c…", "state": "waiting", "tries": [[1772442904000, "refused", 500, 31, "…"]], "made": 1, …}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.aws.items import due_shard, packed, unpacked
from gateway.aws.table import Expression, Path, Table
from gateway.domain.events import KEPT_DAYS
from gateway.domain.policy import DAY_MS
from gateway.domain.webhooks import Delivery, DeliveryState, Disabled, Endpoint, Endpoints, Outcome, Try
from gateway.flows.webhooks import errand_text, replay_text
from gateway.ports import DueItem, QueueUnavailable
from gateway.ports.webhooks import DeliveryPage, Errand, Replay

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from gateway.aws.values import Item
    from gateway.settings import Settings

HOOK, DELIVERY = "HOOK#", "DLV#"
SORT_HEX = 16
ERRANDS_A_BATCH = 10
"""What one SendMessageBatch takes."""


class AwsWebhooks:
    """The Webhooks port. client: of SQS, made when first needed."""

    def __init__(self, table: Table, client: Callable[[], SQSClient], settings: Settings) -> None:
        self._table = table
        self._client = client
        self._settings = settings

    # --- endpoints ------------------------------------------------------------------------------------------------

    def read_endpoints(self, owner: str, /) -> Endpoints:
        """One consistent read."""
        item = self._table.read(HOOK + owner)
        return _endpoints_from(item) if item else Endpoints(owner)

    def save_endpoints(self, before: Endpoints, after: Endpoints, /) -> bool:
        """Write, on condition that the version is `before`'s."""
        values = {
            "endpoints": [_endpoint_to_stored(one) for one in after.every],
            "changed_by": after.changed_by or None,
            "version": before.version + 1,
        }
        return self._saved(HOOK + before.owner, values, before.version)

    # --- deliveries -----------------------------------------------------------------------------------------------

    def read_delivery(self, delivery_id: str, /) -> Delivery | None:
        """One consistent read."""
        item = self._table.read(DELIVERY + delivery_id)
        return _delivery_from(item) if item else None

    def save_delivery(self, before: Delivery | None, after: Delivery, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""
        version = before.version if before else 0
        values = _delivery_to_values(after, self._settings.number("DUE_SHARDS"))
        return self._saved(DELIVERY + after.id, {**values, "version": version + 1}, version)

    def list_deliveries(self, endpoint_id: str, limit: int, cursor: str | None, /) -> DeliveryPage:
        """Newest first. cursor: the last one's sort key; whoever hands it out signs it."""
        expression = Expression()
        clauses = [expression.equals("day_key", DELIVERY + endpoint_id)]
        if cursor is not None:
            clauses.append(f"{expression.path(('day_sort',))} < {expression.value(cursor)}")
        entries = self._table.query("by_day", clauses, expression, limit + 1, newest_first=True)
        keys = [entry["pk"]["S"] for entry in entries[:limit]]
        found = self._table.read_together(keys)
        deliveries = tuple(_delivery_from(found[key]) for key in keys if key in found)
        return DeliveryPage(deliveries, entries[limit - 1]["day_sort"]["S"] if len(entries) > limit else None)

    def due_deliveries(self, shard: int, now_ms: int, limit: int, /) -> tuple[DueItem, ...]:
        """Ids of deliveries that the index shows as due, oldest first."""
        expression = Expression()
        clauses = [
            expression.equals("due_shard", f"w{shard}"),
            f"{expression.path(('due_at',))} <= {expression.value(now_ms)}",
        ]
        entries = self._table.query("due", clauses, expression, limit, newest_first=False)
        return tuple(DueItem(one["pk"]["S"].removeprefix(DELIVERY), int(one["due_at"]["N"])) for one in entries)

    def _saved(self, key: str, values: Mapping[str, Any], version: int) -> bool:
        """True also when what stands there is this very change, made by a first try whose answer was lost."""
        changed: dict[Path, Any] = {(name,): value for name, value in values.items()}
        conflict = self._table.change(key, changed, {"version": version or None})
        if conflict is None:
            return True
        own = packed({"pk": key, **values})
        return conflict.retried and conflict.stored == own

    # --- queues ---------------------------------------------------------------------------------------------------

    def send_errands(self, errands: tuple[Errand, ...], /) -> None:
        """To the FIFO queue, each in its lane. Raises QueueUnavailable where one was not taken."""
        url = self._settings.text("WEBHOOKS_QUEUE_URL")
        for start in range(0, len(errands), ERRANDS_A_BATCH):
            self._send_batch(url, errands[start : start + ERRANDS_A_BATCH])

    def _send_batch(self, url: str, errands: tuple[Errand, ...]) -> None:
        batch = [_entry(index, errand) for index, errand in enumerate(errands)]
        answer = self._sent(lambda client: client.send_message_batch(QueueUrl=url, Entries=batch))
        if answer.get("Failed"):
            raise QueueUnavailable(f"SendMessageBatch: {len(answer['Failed'])} of {len(batch)} not taken")

    def send_later(self, errand: Errand, delay_s: int, /) -> None:
        """To the queue of those that wait. Raises QueueUnavailable."""
        self._send_wait(errand_text(errand, later=True), delay_s)

    def send_replay(self, replay: Replay, /) -> None:
        """To the queue of those that wait, without a wait. Raises QueueUnavailable."""
        self._send_wait(replay_text(replay), 0)

    def _send_wait(self, message: str, delay_s: int) -> None:
        url = self._settings.text("WEBHOOK_WAITS_QUEUE_URL")
        self._sent(lambda client: client.send_message(QueueUrl=url, MessageBody=message, DelaySeconds=delay_s))

    def _sent(self, send: Callable[[SQSClient], Any]) -> Any:
        try:
            return send(self._client())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise QueueUnavailable(f"{error.operation_name}: {code}") from None
        except BotoCoreError as error:
            raise QueueUnavailable(type(error).__name__) from None


def _entry(index: int, errand: Errand) -> Any:
    return {
        "Id": str(index),
        "MessageBody": errand_text(errand),
        "MessageGroupId": errand.lane,
        "MessageDeduplicationId": f"{errand.delivery}:{errand.number}:{errand.due_at_ms}",
    }


def _endpoint_to_stored(endpoint: Endpoint) -> dict[str, Any]:
    """Without the owner, which is the key, and without what is empty."""
    values = {field.name: getattr(endpoint, field.name) for field in fields(endpoint) if field.name != "owner"}
    values["events"] = list(endpoint.events)
    return {name: value for name, value in values.items() if value not in (None, "", 0, False)}


_KNOWN = frozenset(field.name for field in fields(Endpoint))


def _endpoint_from(owner: str, stored: Mapping[str, Any]) -> Endpoint:
    known = {name: value for name, value in stored.items() if name in _KNOWN}
    disabled = known.pop("disabled", None)
    return Endpoint(
        **{**known, "events": tuple(known["events"])}, owner=owner, disabled=Disabled(disabled) if disabled else None
    )


def _endpoints_from(item: Item) -> Endpoints:
    values = unpacked(item)
    owner = values["pk"].removeprefix(HOOK)
    every = tuple(_endpoint_from(owner, one) for one in values["endpoints"])
    return Endpoints(owner, every, values["version"], values.get("changed_by", ""))


def _delivery_to_values(delivery: Delivery, shards: int) -> dict[str, Any]:
    """All attributes but key and version; None where one is to go."""
    due = delivery.due_at_ms
    return {
        "owner": delivery.owner,
        "endpoint": delivery.endpoint,
        "event": delivery.event_id,
        "type": delivery.event_type,
        "subject": delivery.subject,
        "emitted_at": delivery.emitted_at_ms,
        "created_at": delivery.created_at_ms,
        "state": str(delivery.state),
        "tries": [[one.at_ms, str(one.outcome), one.status, one.ms, one.answer] for one in delivery.tries],
        "made": delivery.tries_made,
        "round": delivery.round_began or None,
        "sent": (delivery.tries[-1].sent or None) if delivery.tries else None,
        "due_shard": None if due is None else "w" + due_shard(DELIVERY + delivery.id, shards),
        "due_at": due,
        "day_key": DELIVERY + delivery.endpoint,
        "day_sort": f"{delivery.created_at_ms:013d}.{delivery.id.removeprefix('dlv_')[:SORT_HEX]}",
        "expires_at": (delivery.created_at_ms + KEPT_DAYS * DAY_MS) // 1000,
    }


def _delivery_from(item: Item) -> Delivery:
    values = unpacked(item)
    return Delivery(
        id=values["pk"].removeprefix(DELIVERY),
        owner=values["owner"],
        endpoint=values["endpoint"],
        event_id=values["event"],
        event_type=values["type"],
        subject=values["subject"],
        emitted_at_ms=values["emitted_at"],
        created_at_ms=values["created_at"],
        state=DeliveryState(values["state"]),
        tries=_tries_from(values["tries"], values.get("sent", "")),
        tries_made=values["made"],
        round_began=values.get("round", 0),
        due_at_ms=values.get("due_at"),
        version=values["version"],
    )


def _tries_from(stored: list[Any], sent: str) -> tuple[Try, ...]:
    """sent: of the last one."""
    tries = [Try(at, Outcome(outcome), status, ms, answer) for at, outcome, status, ms, answer in stored]
    return (*tries[:-1], replace(tries[-1], sent=sent)) if tries else ()
