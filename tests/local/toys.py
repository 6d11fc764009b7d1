"""A small template with one function, run by `local/aws` as the real one is. The tests change it in places."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.aws.stack import Stack
from local.aws.template import read_template
from local.clock import Clock
from tests.own_loop import in_own_loop

TEMPLATE = """
Parameters:
  Greeting: { Type: String, Default: jambo }
Globals:
  Function:
    Handler: app.handler
    Timeout: 20
    Layers: [!Ref WordsLayer]
    Environment:
      Variables: { TABLE: !Ref Table, GREETING: !Ref Greeting }
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  WordsLayer: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: layers/words } }
  Key: { Type: AWS::KMS::Key }
  KeyAlias: { Type: AWS::KMS::Alias, Properties: { AliasName: alias/toys, TargetKeyId: !Ref Key } }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: toys } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      KmsMasterKeyId: !Ref Key
      RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 2 }
  DeadLetters: { Type: AWS::SQS::Queue }
  ToyFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/toy
      Environment:
        Variables: { QUEUE_URL: !Ref Queue }
      Events:
        Things: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: POST, Path: "/things/{thing}" } }
        Else: { Type: HttpApi, Properties: { ApiId: !Ref Api } }
        EveryMinute: { Type: Schedule, Properties: { Schedule: rate(1 minute) } }
        Messages:
          Type: SQS
          Properties: { Queue: !GetAtt Queue.Arn, FunctionResponseTypes: [ReportBatchItemFailures] }
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            MaximumRetryAttempts: 1
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt DeadLetters.Arn } }
            FilterCriteria:
              Filters: [{ Pattern: '{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"THING#"}]}}}}' }]
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Sid: Items
              Effect: Allow
              Action: [dynamodb:GetItem, dynamodb:PutItem]
              Resource: !GetAtt Table.Arn
              Condition:
                "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["THING#*", "SEEN#*"] }
            - { Sid: Send, Effect: Allow, Action: [sqs:SendMessage], Resource: !GetAtt Queue.Arn }
            - { Sid: Encrypt, Effect: Allow, Action: [kms:Decrypt, kms:GenerateDataKey], Resource: !GetAtt Key.Arn }
            - { Sid: Publish, Effect: Allow, Action: [events:PutEvents], Resource: !GetAtt Bus.Arn }
"""

CODE = """
import json, os, sys, time
import boto3
from words import THANKS

dynamodb, sqs, events = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("events")
TABLE = os.environ["TABLE"]


def put(key, **values):
    attributes = {name: {"N": str(value)} for name, value in values.items()}
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": key}, **attributes})


def handler(event, context):
    if "detail-type" in event:
        put("SEEN#tick", at=int(time.time()))
        return {"next_due_at_ms": None}
    if "Records" in event:
        return {"batchItemFailures": [one for record in event["Records"] for one in take(record)]}
    return DOORS.get(event["rawPath"], everything_else)(event, context)


def take(record):
    if record["eventSource"] == "aws:sqs":
        put("SEEN#message-" + record["body"], at=int(time.time()))
        if record["body"] == "bad":
            yield {"itemIdentifier": record["messageId"]}
    elif record["dynamodb"]["Keys"]["pk"]["S"] == "THING#poison":
        raise ValueError("poison")
    else:
        put("SEEN#" + record["eventName"] + record["dynamodb"]["Keys"]["pk"]["S"], at=int(time.time()))


def everything_else(event, context):
    if event["requestContext"]["http"]["method"] == "POST":
        put("THING#" + event["pathParameters"]["thing"], expires_at=int(time.time()) + 3600)
        return {"statusCode": 201, "body": THANKS}
    return {"route": event["routeKey"], "greeting": os.environ["GREETING"], "event": event}


DOORS = {
    "/send": lambda event, _: sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=event["rawQueryString"]),
    "/publish": lambda event, _: events.put_events(
        Entries=[{"EventBusName": "toys", "Source": "toys", "DetailType": "made", "Detail": "{}"}]
    ),
    "/secret": lambda event, _: put("SECRET#x"),
    "/slow": lambda event, _: time.sleep(3.3),
    "/exit": lambda event, _: os._exit(3),
    "/raise": lambda event, _: 1 / 0,
    "/import": lambda event, _: __import__(event["rawQueryString"]).__name__,
    "/time": lambda event, context: [time.time(), context.get_remaining_time_in_millis()],
    "/environment": lambda event, _: dict(os.environ),
    "/odd": lambda event, _: {"statusCode": 200, "body": {"not": "text"}},
    "/process": lambda event, _: os.getpid(),
}
"""


@dataclass
class Toys:
    """A running stack and a client at its door."""

    http: httpx.AsyncClient
    stack: Stack
    clock: Clock

    async def item(self, key: str) -> dict[str, Any]:
        """An item's attributes without their types; empty without the item."""
        table = self.stack.template.names.name("Table")
        found = await self.stack.backing.call("dynamodb", "GetItem", TableName=table, Key={"pk": {"S": key}})
        return {name: next(iter(value.values())) for name, value in found.get("Item", {}).items()}

    async def dead_letters(self) -> list[Any]:
        """Bodies of what lies in the dead letter queue; read as JSON where they are."""
        url = self.stack.template.names.ref("DeadLetters", "test")
        answer = await self.stack.backing.call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


def write_toys(folder: Path, template: str = TEMPLATE, code: str = CODE) -> Path:
    """The template's file, with its function and layer beside it."""
    for path, text in {
        "template.yaml": template,
        "functions/toy/app.py": code,
        "layers/words/words.py": 'THANKS = "asante"\n',
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder / "template.yaml"


@contextlib.asynccontextmanager
async def running(folder: Path, template: str = TEMPLATE, code: str = CODE) -> AsyncIterator[Toys]:
    """The stack, started; stopped on leaving. The same folder again finds what was left in it."""
    stack_clock = Clock()
    ticking = asyncio.create_task(stack_clock.run())
    stack = Stack(read_template(write_toys(folder, template, code)), folder / ".local", stack_clock)
    door = socket.create_server(("127.0.0.1", 0))
    try:
        await stack.start({"Api": door})
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=40, trust_env=False) as client:
            yield Toys(client, stack, stack_clock)
    finally:
        await stack.stop()
        door.close()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


Story = Callable[[Toys], Coroutine[Any, Any, None]]


def play(folder: Path, story: Story, template: str = TEMPLATE, code: str = CODE) -> None:
    """Run a story on a fresh stack."""

    async def whole() -> None:
        async with running(folder, template, code) as toys:
            await story(toys)

    in_own_loop(whole())


def without(line_with: str) -> str:
    """The template without each line that contains this text."""
    kept = [line for line in TEMPLATE.splitlines() if line_with not in line]
    assert len(kept) < len(TEMPLATE.splitlines()), f"the toys' template has no {line_with}"
    return "\n".join(kept)


def message_of(answer: httpx.Response) -> str:
    """API Gateway's own message."""
    return str(json.loads(answer.text)["message"])
