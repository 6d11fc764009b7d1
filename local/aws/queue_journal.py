"""Messages of all queues in a file, so that a fact that waits in the retry queue survives a restart.

A line is `{"sent": id, "at_s": due, "request": SendMessage}` or `{"gone": id}`. After a restart a message may
come once more, as with a queue that promises at least once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

from local.aws.backing import Backing, Call
from local.aws.files import append_line, open_for_appending, read_lines, write_whole
from local.clock import Clock

ENTRY_OWN = {"Id"}


class QueueJournal:
    """Follows what is sent and deleted."""

    def __init__(self, path: Path, backing: Backing, clock: Clock) -> None:
        self._path = path
        self._backing = backing
        self._clock = clock
        self._waiting: dict[str, dict[str, Any]] = {}
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Read what an earlier run left and go on writing."""
        for line in read_lines(self._path):
            self._apply(line)
        write_whole(self._path, "".join(json.dumps(line) + "\n" for line in self._waiting.values()))
        self._file = open_for_appending(self._path)

    def _write(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        append_line(self._file, line)

    def _apply(self, line: dict[str, Any]) -> None:
        if "sent" in line:
            self._waiting[line["sent"]] = line
        else:
            self._waiting.pop(line["gone"], None)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    async def put_back(self, seconds: float) -> None:
        """The clock went back: delayed messages wait as long as they would have, and not until it is there again.

        One that is being worked on meanwhile may come once more.
        """
        now_s = self._clock.now()
        late = {
            line["request"]["QueueUrl"]
            for line in self._waiting.values()
            if line["at_s"] > now_s + seconds and not _is_fifo(line)
        }
        for line in self._waiting.values():
            line["at_s"] -= seconds
        for url in late:
            await self._backing.call("sqs", "PurgeQueue", QueueUrl=url)
        await self._send_again([one for one in self._waiting.values() if one["request"]["QueueUrl"] in late])

    async def restore(self) -> None:
        """Send again what nobody has deleted."""
        await self._send_again(list(self._waiting.values()))

    async def _send_again(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            wait_s = max(0, int(line["at_s"] - self._clock.now()))
            delay = {} if _is_fifo(line) else {"DelaySeconds": min(wait_s, 900)}
            self.gone(line["sent"])
            await self._backing.call("sqs", "SendMessage", **{**line["request"], **delay})

    def gone(self, message_id: str) -> None:
        """A message was deleted by its consumer."""
        if self._waiting.pop(message_id, None) is not None:
            self._write({"gone": message_id})

    async def take(self, call: Call, answer: dict[str, Any]) -> None:
        """A call of SQS that succeeded."""
        if call.service != "sqs":
            return
        if call.operation == "SendMessage":
            self._sent(answer["MessageId"], call.request)
        elif call.operation == "SendMessageBatch":
            entries = {entry["Id"]: entry for entry in call.request["Entries"]}
            for done in answer.get("Successful", []):
                entry = {key: value for key, value in entries[done["Id"]].items() if key not in ENTRY_OWN}
                self._sent(done["MessageId"], {"QueueUrl": call.request["QueueUrl"], **entry})

    def _sent(self, message_id: str, request: dict[str, Any]) -> None:
        line = {"sent": message_id, "at_s": self._clock.now() + int(request.get("DelaySeconds", 0)), "request": request}
        self._apply(line)
        self._write(line)


def _is_fifo(line: dict[str, Any]) -> bool:
    """No message of such a queue has a delay of its own."""
    return "MessageGroupId" in line["request"]
