"""With its shortcuts, moto answers what it answers without them; and over one connection, call after call."""

from __future__ import annotations

import http.client
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local.aws import moto_shortcuts
from local.aws.backing import authorization
from local.aws.moto_process import KeptOpen
from local.aws.names import TARGETS

TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "day", "at")],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": projection,
        }
        for name, projection in {
            "all": {"ProjectionType": "ALL"},
            "keys": {"ProjectionType": "KEYS_ONLY"},
            "some": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["deep", "number"]},
        }.items()
    ],
}
DEEP = {"M": {"list": {"L": [{"S": ""}, {"N": "1.50"}, {"M": {"no": {"NULL": True}, "yes": {"BOOL": False}}}]}}}
OTHERS: dict[str, dict[str, Any]] = {
    "b": {"number": {"N": "7"}},
    "a": {"texts": {"SS": ["x", "y"]}, "numbers": {"NS": ["1", "2"]}},
    "c": {"binary": {"B": "AAEC"}, "held": {"M": {"binary": {"B": "AAEC"}, "list": {"L": []}}}},
}
ITEMS = [
    {"pk": {"S": f"{name}#1"}, "day": {"S": "monday"}, "at": {"S": str(9 - number)}, "deep": DEEP, **OTHERS[name]}
    for number, name in enumerate(OTHERS)
]
KEYS = [{"pk": item["pk"]} for item in ITEMS]
UPDATE = {
    "Key": KEYS[0],
    "UpdateExpression": "SET deep.#list[1] = :two ADD number :one",
    "ExpressionAttributeNames": {"#list": "list"},
    "ExpressionAttributeValues": {":one": {"N": "1"}, ":two": {"S": "two"}},
    "ReturnValues": "ALL_NEW",
}


def query(index: str, **more: Any) -> dict[str, Any]:
    """Of the day that all items have."""
    condition = {"KeyConditionExpression": "#day = :day", "ExpressionAttributeNames": {"#day": "day"}}
    return {"IndexName": index, "ExpressionAttributeValues": {":day": {"S": "monday"}}, **condition, **more}


CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("PutItem", {"Item": item}) for item in ITEMS),
    *(("GetItem", {"Key": key}) for key in [*KEYS, {"pk": {"S": "nobody"}}]),
    ("GetItem", {"Key": KEYS[0], "ProjectionExpression": "deep.held, number"}),
    (
        "GetItem",
        {"Key": KEYS[0], "ProjectionExpression": "deep.#list[2]", "ExpressionAttributeNames": {"#list": "list"}},
    ),
    ("UpdateItem", UPDATE),
    *(("Query", query(index)) for index in ("all", "keys", "some")),
    ("Query", query("all", Limit=2, ScanIndexForward=False)),
    ("Query", query("all", ExpressionAttributeValues={":day": {"S": "sunday"}})),
    ("Query", query("none")),
    ("Query", {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEYS[1]["pk"]}}),
    ("Query", query("all", ExclusiveStartKey={**KEYS[0], "day": {"S": "monday"}, "at": {"S": "9"}})),
    ("Scan", {}),
    ("Scan", {"Limit": 1}),
    ("DeleteItem", {"Key": KEYS[1], "ReturnValues": "ALL_OLD"}),
    ("DeleteItem", {"Key": KEYS[1], "ConditionExpression": "attribute_exists(pk)"}),
    ("PutItem", {"Item": {"day": {"S": "no key"}}}),
]


def call(application: Any, target: str, request: dict[str, Any]) -> dict[str, Any]:
    """One call; the answer with its status, without what is new each time."""
    body, started = json.dumps(request).encode(), []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_X_AMZ_TARGET": target,
        "CONTENT_TYPE": "application/x-amz-json-1.0", "HTTP_AUTHORIZATION": authorization("KEY", "dynamodb"),
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }  # fmt: skip
    answer = b"".join(application(environ, lambda status, headers, *_: started.append(status)))
    return {"status": started[0], **json.loads(answer)}


def answers(table: str = "things") -> list[dict[str, Any]]:
    """Of all calls on a new table, and what its stream has of them then."""
    application = DomainDispatcherApplication(create_backend_app)
    items, stream = TARGETS["dynamodb"], TARGETS["dynamodbstreams"]
    call(application, f"{items}.CreateTable", {**TABLE, "TableName": table})
    found = [call(application, f"{items}.{name}", {**request, "TableName": table}) for name, request in CALLS]
    batch = call(application, f"{items}.BatchGetItem", {"RequestItems": {table: {"Keys": KEYS}}})
    arn = call(application, f"{stream}.ListStreams", {"TableName": table})["Streams"][0]["StreamArn"]
    shard = call(application, f"{stream}.DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"][0]
    whole = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    place = call(application, f"{stream}.GetShardIterator", whole)["ShardIterator"]
    records = call(application, f"{stream}.GetRecords", {"ShardIterator": place})["Records"]
    call(application, f"{items}.DeleteTable", {"TableName": table})
    return [*found, batch["Responses"][table], *map(without_what_is_new, records)]


def without_what_is_new(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its id, its time, and its length, which counts the digits of the time."""
    told = record["dynamodb"]
    return {name: told.get(name) for name in ("Keys", "OldImage", "NewImage", "SequenceNumber")} | {
        "eventName": record["eventName"]
    }


@pytest.fixture
def put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shortcuts take the place of is there again afterwards."""
    monkeypatch.setitem(sys.modules, moto_shortcuts.EC2, ModuleType(moto_shortcuts.EC2))
    for owner, name, _ in moto_shortcuts.SHORTCUTS:
        monkeypatch.setattr(owner, name, getattr(owner, name))


def test_answers_are_the_same_with_shortcuts(put_back: None) -> None:
    """Items of every type, projections, pages, updates, refusals, and the stream of all changes."""
    without = answers()
    moto_shortcuts.take()

    assert without == answers()


def test_moto_has_everything_that_a_shortcut_takes_the_place_of() -> None:
    """Also after an update: a place that is gone would be a shortcut that does nothing."""
    assert all(name in vars(owner) for owner, name, _ in moto_shortcuts.SHORTCUTS)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], http.client.HTTPConnection]]:
    """Serves an application as the local stack does; gives a connection to it."""
    servers: list[Any] = []

    def start(application: Any) -> http.client.HTTPConnection:
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=KeptOpen)
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        servers.append(server)
        return http.client.HTTPConnection("127.0.0.1", server.server_port)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_one_connection_serves_call_after_call(serve: Callable[[Any], http.client.HTTPConnection]) -> None:
    """Also when the body of one was not read by whom it was for."""

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("418 I am a teapot", [("Content-Length", "3"), ("X-Told", environ["HTTP_X_TOLD"])])
        return [b"tea"]

    connection = serve(application)
    found = []
    for number in "12":
        connection.request("POST", "/", body=b"not read", headers={"X-Told": number})
        answer = connection.getresponse()
        found.append((answer.status, answer.reason, answer.headers["X-Told"], answer.read(), connection.sock is None))
    connection.close()

    assert [(418, "I am a teapot", number, b"tea", False) for number in "12"] == found
