"""SSM parameters in a file, so that keys and credentials survive a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local.aws.backing import Backing, Call
from local.aws.files import read_json, write_whole

KEPT = ("Name", "Type", "Value", "KeyId", "Description", "Tier")
NO_KEY = ""


class ParameterFile:
    """Follows what is put and deleted."""

    def __init__(self, path: Path, backing: Backing) -> None:
        self._path = path
        self._backing = backing
        self._parameters: dict[str, dict[str, Any]] = read_json(path, {})

    def key_of(self, name: str) -> str:
        """The KMS key a parameter is encrypted under, as it was named when it was put; empty for none."""
        return str(self._parameters.get(name, {}).get("KeyId", NO_KEY))

    async def restore(self) -> None:
        """Put everything that the file holds."""
        for parameter in self._parameters.values():
            await self._backing.call("ssm", "PutParameter", Overwrite=True, **parameter)

    async def take(self, call: Call, _answer: dict[str, Any]) -> None:
        """A call of SSM that succeeded."""
        if call.service != "ssm":
            return
        request = call.request
        match call.operation:
            case "PutParameter":
                previous = self._parameters.get(request["Name"], {})
                self._parameters[request["Name"]] = previous | {key: request[key] for key in KEPT if key in request}
            case "DeleteParameter" | "DeleteParameters":
                for name in request.get("Names") or [request["Name"]]:
                    self._parameters.pop(name, None)
            case _:
                return
        write_whole(self._path, json.dumps(self._parameters, indent=1))
