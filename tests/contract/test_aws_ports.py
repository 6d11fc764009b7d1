"""SSM, SQS, EventBridge and Daraja behind their ports, against moto and a client that answers by script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from daraja.answers import PushAccepted, QueryAnswer, QueryState, Token
from daraja.client import DarajaClient
from daraja.errors import RefusalCause, Refused
from daraja.requests import StkPushRequest, StkQueryRequest
from gateway.aws import secrets
from gateway.aws.bus import EventBus
from gateway.aws.clients import ELSEWHERE, bus_client, parameter_client, queue_client
from gateway.aws.daraja_port import DarajaPort
from gateway.aws.queues import MESSAGE_BYTES_MAX, SqsQueues
from gateway.aws.secrets import ParameterSecrets
from gateway.domain.shop import Shortcode
from gateway.ports import BusUnavailable, Prompt, QueueUnavailable, SecretsUnavailable, StoredToken
from gateway.settings import Settings
from tests.gateway_samples import AT_MS, payment_id

PREFIX = "/mpesa-gateway/test"
KEYS = {"tags": ["aa" * 32], "c2b_tags": ["bb" * 32], "id": "01", "phone": "02", "client_token": "03", "cursor": "04"}
CREDENTIALS = {"consumer_key": "key", "consumer_secret": "secret", "passkeys": {"174379": "passkey"}}
PAYBILL = Shortcode(number="174379", kind="paybill", name="SHOP")
TILL = Shortcode(number="5000002", kind="till", name="SHOP", store_number="4000001")


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with mock_aws():
        yield


# --- secrets ------------------------------------------------------------------------------------------------------


class Clock:
    """Time that a test moves."""

    at_ms = AT_MS

    def __call__(self) -> int:
        return self.at_ms


class Counted:
    """The SSM client, with the names that each call asked for."""

    def __init__(self) -> None:
        self.client = parameter_client(ELSEWHERE.parameters)
        self.calls: list[list[str]] = []
        events: Any = self.client.meta.events
        events.register("provide-client-params.ssm.GetParameters", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.calls.append([name.rpartition("/")[2] for name in params["Names"]])

    def put(self, name: str, content: object) -> None:
        """A parameter as the command writes it."""
        self.client.put_parameter(
            Name=f"{PREFIX}/{name}", Value=json.dumps(content), Type="SecureString", Overwrite=True
        )


@pytest.fixture
def ssm() -> Counted:
    """Parameters of a stack that was set up."""
    counted = Counted()
    counted.put("keys", KEYS)
    counted.put("credentials", CREDENTIALS)
    return counted


def _secrets(ssm: Counted, clock: Clock, *names: str) -> ParameterSecrets:
    return ParameterSecrets(lambda: ssm.client, PREFIX, names or ("keys", "credentials", "token"), clock)


def test_a_cold_start_asks_for_everything_in_one_call(ssm: Counted) -> None:
    ssm.put("token", {"value": "t", "generation": 3, "obtained_at_ms": 1, "expires_at_ms": 2})
    known = _secrets(ssm, Clock())
    assert ((b"\xaa" * 32,), b"\x01") == (known.read_keys().tags, known.read_keys().id)
    assert {"174379": "passkey"} == known.read_credentials().passkeys
    assert StoredToken("t", 3, 1, 2) == known.read_token()
    assert [["keys", "credentials", "token"]] == ssm.calls


def test_who_may_read_the_keys_only_asks_for_nothing_else(ssm: Counted) -> None:
    _secrets(ssm, Clock(), "keys").read_keys()
    assert [["keys"]] == ssm.calls


def test_a_rotated_key_is_known_after_five_minutes(ssm: Counted) -> None:
    clock = Clock()
    known = _secrets(ssm, clock)
    known.read_keys()
    ssm.put("keys", {**KEYS, "tags": ["cc" * 32, "aa" * 32]})
    clock.at_ms += secrets.FRESH_MS
    assert (b"\xaa" * 32,) == known.read_keys().tags
    clock.at_ms += 1
    assert (b"\xcc" * 32, b"\xaa" * 32) == known.read_keys().tags


def test_old_keys_serve_on_while_ssm_is_silent(ssm: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    known = _secrets(ssm, clock)
    known.read_keys()
    clock.at_ms += secrets.FRESH_MS + 1
    monkeypatch.setattr(ssm.client, "get_parameters", _no_answer)
    assert (b"\xaa" * 32,) == known.read_keys().tags


def _no_answer(**_: Any) -> None:
    raise SecretsUnavailable("no answer")


def test_a_parameter_that_nobody_made_is_said_to_be_missing(ssm: Counted) -> None:
    ssm.client.delete_parameter(Name=f"{PREFIX}/credentials")
    with pytest.raises(SecretsUnavailable, match=f"{PREFIX}/credentials") as raised:
        _secrets(ssm, Clock()).read_credentials()
    assert raised.value.missing


def test_a_parameter_of_the_wrong_form_is_told_without_its_content(ssm: Counted) -> None:
    ssm.put("keys", {"tags": ["not hex"]})
    with pytest.raises(SecretsUnavailable) as raised:
        _secrets(ssm, Clock()).read_keys()
    assert "not hex" not in str(raised.value)


def test_the_shared_token_is_always_read_afresh(ssm: Counted) -> None:
    known = _secrets(ssm, Clock())
    assert known.read_token() is None
    known.write_token(StoredToken("t", 1, 10, 20))
    assert StoredToken("t", 1, 10, 20) == known.read_token()
    known.write_token(StoredToken("u", 2, 10, 20))
    assert StoredToken("u", 2, 10, 20) == known.read_token()


def test_an_old_prefetched_token_is_not_taken_for_the_current_one(ssm: Counted) -> None:
    clock = Clock()
    ssm.put("token", {"value": "t", "generation": 1, "obtained_at_ms": 1, "expires_at_ms": 2})
    known = _secrets(ssm, clock)
    known.read_keys()
    ssm.put("token", {"value": "u", "generation": 2, "obtained_at_ms": 1, "expires_at_ms": 2})
    clock.at_ms += secrets.FETCHED_FOR_MS + 1
    assert StoredToken("u", 2, 1, 2) == known.read_token()


# --- queues and bus -------------------------------------------------------------------------------------------------


@pytest.fixture
def queues() -> tuple[SqsQueues, Any]:
    """Both queues, and the client that looks into them."""
    client = queue_client(ELSEWHERE.queue)
    retry = client.create_queue(QueueName="retry")["QueueUrl"]
    checks = client.create_queue(QueueName="checks.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    settings = Settings({"RETRY_QUEUE_URL": retry, "CHECKS_QUEUE_URL": checks})
    return SqsQueues(lambda: client, settings), client


def _bodies(client: Any, name: str) -> list[str]:
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def test_a_check_is_one_message_for_each_payment_and_bucket(queues: tuple[SqsQueues, Any]) -> None:
    port, client = queues
    for bucket in (1, 1, 2):
        port.send_check(payment_id(1), bucket)
    port.send_check(payment_id(2), 1)
    url = client.get_queue_url(QueueName="checks.fifo")["QueueUrl"]
    counted = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert "3" == counted["Attributes"]["ApproximateNumberOfMessages"]
    assert payment_id(1) == _bodies(client, "checks.fifo")[0]


def test_a_fact_waits_in_the_queue_as_it_was_sent(queues: tuple[SqsQueues, Any]) -> None:
    port, client = queues
    port.send_retry('{"a":1}')
    assert ['{"a":1}'] == _bodies(client, "retry")


def test_what_no_queue_takes_is_unavailable_and_not_dropped(queues: tuple[SqsQueues, Any]) -> None:
    with pytest.raises(QueueUnavailable, match=str(MESSAGE_BYTES_MAX)):
        queues[0].send_retry("x" * (MESSAGE_BYTES_MAX + 1))


def test_a_queue_that_is_not_there_is_unavailable() -> None:
    client = queue_client(ELSEWHERE.queue)
    settings = Settings({"RETRY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/nowhere"})
    with pytest.raises(QueueUnavailable, match=r"NonExistentQueue|QueueDoesNotExist"):
        SqsQueues(lambda: client, settings).send_retry("{}")


class Bus:
    """Takes entries, but for the ids in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.batches: list[list[dict[str, Any]]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  AWS's spelling
        self.batches.append(Entries)
        ids = [json.loads(entry["Detail"])["id"] for entry in Entries]
        results = [{"ErrorCode": "InternalFailure"} if name in self.refused else {"EventId": name} for name in ids]
        return {"FailedEntryCount": len([r for r in results if "ErrorCode" in r]), "Entries": results}


def _events(count: int) -> tuple[dict[str, Any], ...]:
    return tuple({"id": f"evt_{n}", "type": "payment.paid", "at_ms": AT_MS, "data": {"n": n}} for n in range(count))


def test_events_go_out_by_tens_and_the_untaken_are_named() -> None:
    bus: Any = Bus("evt_3", "evt_24")
    with pytest.raises(BusUnavailable, match="2 of 25 events were not taken: evt_3, evt_24"):
        EventBus(lambda: bus, "mpesa").publish(_events(25))
    assert [10, 10, 5] == [len(batch) for batch in bus.batches]


def test_an_event_carries_type_time_and_all_of_its_content() -> None:
    bus: Any = Bus()
    EventBus(lambda: bus, "mpesa").publish(_events(1))
    entry = bus.batches[0][0]
    expected = {"id": "evt_0", "type": "payment.paid", "data": {"n": 0}, "timestamp": "2026-03-02T09:15:04Z"}
    assert expected == json.loads(entry["Detail"])
    assert ("payment.paid", "mpesa", AT_MS / 1000) == (
        entry["DetailType"],
        entry["EventBusName"],
        entry["Time"].timestamp(),
    )


def test_a_bus_takes_what_the_adapter_sends() -> None:
    client = bus_client(ELSEWHERE.bus)
    client.create_event_bus(Name="mpesa")
    assert EventBus(lambda: client, "mpesa").publish(_events(11)) is None  # type: ignore[func-returns-value]  # raises if not


# --- Daraja ---------------------------------------------------------------------------------------------------------


class ScriptedClient(DarajaClient):
    """Keeps what it was asked and answers well."""

    def __init__(self, answer: QueryAnswer | None = None) -> None:
        self.requests: list[StkPushRequest | StkQueryRequest] = []
        self.within_s: float | None = None
        self.answer = answer

    def push(self, token: str | Token, request: StkPushRequest, *, begin_within_s: float | None = None) -> PushAccepted:
        self.requests.append(request)
        self.within_s = begin_within_s
        return PushAccepted("ws_CO_1", None, "")

    def query(self, token: str | Token, request: StkQueryRequest) -> QueryAnswer:
        self.requests.append(request)
        assert self.answer is not None
        return self.answer


def _prompt(shortcode: Shortcode, **changes: Any) -> Prompt:
    values: dict[str, Any] = {
        "passkey": "passkey",
        "phone": "254712345678",
        "amount_kes": 100,
        "account_reference": "INV1042",
        "description": "Payment",
        "callback_url": "https://in.shop.example/in/stk/a/1/b",
        "at_ms": AT_MS,
        "send_before_ms": AT_MS + 8_000,
    }
    return Prompt(shortcode, **(values | changes))


@pytest.mark.parametrize(
    ("shortcode", "fields"),
    [
        (PAYBILL, ("174379", "174379", "CustomerPayBillOnline")),
        (TILL, ("4000001", "5000002", "CustomerBuyGoodsOnline")),
    ],
    ids=["paybill", "till"],
)
def test_one_shortcode_gives_the_three_fields_that_must_agree(shortcode: Shortcode, fields: tuple[str, ...]) -> None:
    client = ScriptedClient()
    assert ("ws_CO_1", "") == DarajaPort(client, lambda: AT_MS + 2_500).push("token", _prompt(shortcode))
    sent = client.requests[0].body()
    assert fields == (sent["BusinessShortCode"], sent["PartyB"], sent["TransactionType"])
    assert client.within_s == 5.5


@pytest.mark.parametrize(
    ("shortcode", "changes", "cause"),
    [
        (PAYBILL, {"amount_kes": 0, "phone": "254712"}, RefusalCause.INVALID_FIELD),
        (Shortcode(number="5000002", kind="till", name="SHOP"), {}, RefusalCause.SHOP_SETUP),
        (Shortcode(number="5000002", kind="bank", name="SHOP"), {}, RefusalCause.SHOP_SETUP),
    ],
    ids=["fields outside the limits", "till without a store", "unknown kind"],
)
def test_what_cannot_be_sent_is_refused_before_it_leaves(
    shortcode: Shortcode, changes: dict[str, Any], cause: RefusalCause
) -> None:
    client = ScriptedClient()
    with pytest.raises(Refused) as raised:
        DarajaPort(client, lambda: AT_MS + 2_500).push("token", _prompt(shortcode, **changes))
    assert (cause, []) == (raised.value.cause, client.requests)
    assert "254712" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (QueryAnswer(QueryState.ANSWERED, "1032", "cancelled", None, None), ("answered", "1032", "cancelled")),
        (QueryAnswer(QueryState.PROCESSING, "4999", "wait", None, None), ("processing", None, "wait")),
        (QueryAnswer(QueryState.UNKNOWN_ID, None, "no such", None, None), ("unknown_id", None, "no such")),
    ],
    ids=["answered", "processing", "unknown_id"],
)
def test_only_an_answer_has_a_code(answer: QueryAnswer, reply: tuple[str, str | None, str]) -> None:
    port = DarajaPort(ScriptedClient(answer), lambda: AT_MS)
    assert reply == port.query("token", TILL, "passkey", "ws_CO_1", AT_MS)
