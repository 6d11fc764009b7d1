"""One DynamoDB table: read an item, put one that is absent, change some attributes of one on a condition.

A change names single attributes, also inside maps, so that what it does not name stays. A condition that does not
hold is an answer, with the item that stands there; everything else that goes wrong is StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gateway.aws.values import Item, typed
from gateway.ports import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Path = tuple[str, ...]
"""Names from the item inwards, like ("facts", "callback:12ab…")."""

READ_TOGETHER_MAX = 100
"""Items in one BatchGetItem."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The condition did not hold.

    stored: what stands there (None: nothing). retried: the SDK had tried before, so this may be the mark of our own
    first try, whose answer was lost.
    """

    stored: Item | None
    retried: bool


class Expression:
    """An expression's names and values, each given a short stand-in once."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: Item = {}

    def path(self, path: Path) -> str:
        """`#a.#b` for the names."""
        return ".".join(self._name(name) for name in path)

    def value(self, value: Any) -> str:
        """`:v0` for the value."""
        stand_in = f":v{len(self.values)}"
        self.values[stand_in] = typed(value)
        return stand_in

    def equals(self, name: str, value: Any) -> str:
        """A clause: the attribute has this value; None means that it is absent."""
        if value is None:
            return f"attribute_not_exists({self.path((name,))})"
        return f"{self.path((name,))} = {self.value(value)}"

    def change(self, values: Mapping[Path, Any]) -> str:
        """SET and REMOVE for these attributes; None removes."""
        sets = [f"{self.path(path)} = {self.value(value)}" for path, value in values.items() if value is not None]
        removes = [self.path(path) for path, value in values.items() if value is None]
        parts = ["SET " + ", ".join(sets)] if sets else []
        return " ".join(parts + (["REMOVE " + ", ".join(removes)] if removes else []))

    def _name(self, name: str) -> str:
        return self.names.setdefault(name, f"#n{len(self.names)}")

    @property
    def names_by_stand_in(self) -> dict[str, str]:
        """As DynamoDB wants them."""
        return {stand_in: name for name, stand_in in self.names.items()}


class Table:
    """All access to the table. Items are typed values."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def read(self, key: str) -> Item | None:
        """One consistent read."""
        answer = answered(
            lambda: self._client.get_item(TableName=self._name, Key={"pk": {"S": key}}, ConsistentRead=True)
        )
        item: Item | None = answer.get("Item")
        return item

    def read_together(self, keys: Sequence[str]) -> dict[str, Item]:
        """Several items by key, consistently; what does not exist is not in the answer."""
        found: dict[str, Item] = {}
        left = list(keys)
        while left:
            batch, left = left[:READ_TOGETHER_MAX], left[READ_TOGETHER_MAX:]
            read, unread = self._read_batch(batch)
            if unread and not read:
                raise StoreUnavailable("BatchGetItem: throttled")
            found |= read
            left = unread + left
        return found

    def _read_batch(self, keys: Sequence[str]) -> tuple[dict[str, Item], list[str]]:
        """What was read, and the keys that DynamoDB did not get to."""
        asked: Any = {self._name: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        answer: Any = answered(lambda: self._client.batch_get_item(RequestItems=asked))
        items = answer["Responses"].get(self._name, [])
        unread = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
        return {item["pk"]["S"]: item for item in items}, [key["pk"]["S"] for key in unread]

    def put_if_absent(self, item: Item) -> Conflict | None:
        """None: it stands there now, by us."""
        return self._conditional(
            lambda: self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )

    def put(self, item: Item) -> None:
        """Whatever stood there. For what a person sets."""
        answered(lambda: self._client.put_item(TableName=self._name, Item=item))

    def change(self, key: str, values: Mapping[Path, Any], unchanged: Mapping[str, Any]) -> Conflict | None:
        """Set (None: remove) attributes, on condition that those of `unchanged` have these values (None: absent)."""
        expression = Expression()
        change = expression.change(values)
        clauses = [expression.equals(name, value) for name, value in unchanged.items()]
        return self.change_by(key, change, clauses, expression)

    def change_by(self, key: str, change: str, clauses: Sequence[str], expression: Expression) -> Conflict | None:
        """Carry out a change that was written out already, on condition that all clauses hold."""
        return self._conditional(
            lambda: self._client.update_item(
                TableName=self._name,
                Key={"pk": {"S": key}},
                UpdateExpression=change,
                ConditionExpression=" AND ".join(clauses),
                ExpressionAttributeNames=expression.names_by_stand_in,
                ExpressionAttributeValues=expression.values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )

    def add_below(self, key: str, name: str, most: int, expires_at_s: int) -> bool:
        """One more in this attribute, the item made where there is none. False: it stands at `most` already."""
        return (
            self._conditional(
                lambda: self._client.update_item(
                    TableName=self._name,
                    Key={"pk": {"S": key}},
                    UpdateExpression="SET #ends = :ends ADD #times :one",
                    ConditionExpression="attribute_not_exists(#times) OR #times < :most",
                    ExpressionAttributeNames={"#times": name, "#ends": "expires_at"},
                    ExpressionAttributeValues={
                        ":one": typed(1),
                        ":most": typed(most),
                        ":ends": typed(expires_at_s),
                    },
                )
            )
            is None
        )

    def query(
        self, index: str, clauses: Sequence[str], expression: Expression, limit: int, *, newest_first: bool
    ) -> list[Item]:
        """Index entries in the order of their sort key. An index may be a moment behind the table."""
        answer = answered(
            lambda: self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=" AND ".join(clauses),
                ExpressionAttributeNames=expression.names_by_stand_in,
                ExpressionAttributeValues=expression.values,
                Limit=limit,
                ScanIndexForward=not newest_first,
            )
        )
        return list(answer["Items"])

    def listed(self, day_key: str, at_once: int) -> list[str]:
        """All keys of items under this key of the index by day, page by page. at_once: of a page."""
        pks: dict[str, None] = {}
        after, entries = "", list[Item]()
        while not pks or len(entries) == at_once:
            expression = Expression()
            clauses = [expression.equals("day_key", day_key)]
            if after:
                clauses.append(f"{expression.path(('day_sort',))} > {expression.value(after)}")
            entries = self.query("by_day", clauses, expression, at_once, newest_first=False)
            if not entries:
                break
            pks |= dict.fromkeys(entry["pk"]["S"] for entry in entries)
            after = entries[-1]["day_sort"]["S"]
        return list(pks)

    def _conditional(self, send: Callable[[], Any]) -> Conflict | None:
        try:
            answered(send)
        except ConditionFailed as failed:
            return failed.conflict
        return None


class ConditionFailed(Exception):
    """Carries the conflict out of `answered`."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__("condition failed")
        self.conflict = conflict


def answered(send: Callable[[], T]) -> T:
    """The answer. Raises ConditionFailed, or StoreUnavailable without any content of the request."""
    try:
        return send()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code != "ConditionalCheckFailedException":
            raise StoreUnavailable(f"{error.operation_name}: {code}") from error
        tries = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        stored: Any = error.response.get("Item")
        raise ConditionFailed(Conflict(stored or None, retried=tries > 0)) from None
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from error
