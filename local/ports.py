"""Which ports the local run takes, and who has one that it cannot take."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.aws.errors import StartError

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
BACKLOG = 512
TRIED_MAX = 100
LISTENS = "0A"
"""State of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True)
class Door:
    """A port that the local run listens on."""

    name: str
    variable: str
    """Environment variable that sets it."""
    usual: int


DOORS = (
    Door("gateway", "GATEWAY_PORT", 7070),
    Door("outside", "OUTSIDE_PORT", 7071),
    Door("callback", "CALLBACK_PORT", 7072),
)


@dataclass(frozen=True)
class Taken:
    """A bound socket."""

    door: Door
    socket: socket.socket
    moved: str = ""
    """Who has the usual port, if another had to be taken."""

    @property
    def port(self) -> int:
        """The port that was really taken."""
        port: int = self.socket.getsockname()[1]
        return port


def take_ports(environment: Mapping[str, str], *, outside_host: str = LOOPBACK) -> dict[str, Taken]:
    """Bind all doors. A port that was asked for and is in use is a StartError; a usual one moves on."""
    wanted = {door.name: _wanted(door, environment) for door in DOORS}
    reserved = {port for port in wanted.values() if port} | {door.usual for door in DOORS}
    taken: dict[str, Taken] = {}
    try:
        for door in DOORS:
            host = outside_host if door.name == "outside" else LOOPBACK
            taken[door.name] = _take(door, wanted[door.name], host, reserved)
    except StartError:
        for one in taken.values():
            one.socket.close()
        raise
    return taken


def _wanted(door: Door, environment: Mapping[str, str]) -> int | None:
    given = environment.get(door.variable, "")
    if not given:
        return None
    if not given.isdecimal() or not 0 <= int(given) <= 65535:  # noqa: PLR2004  # the highest port
        raise StartError(f"{door.variable} is {given!r}; it must be a port, 1 to 65535 (0 takes any free one).")
    return int(given)


def _take(door: Door, wanted: int | None, host: str, reserved: set[int]) -> Taken:
    port = door.usual if wanted is None else wanted
    bound = _bind(host, port)
    if bound is not None:
        return Taken(door, bound)
    holder = holder_of(port)
    if wanted is not None:
        raise StartError(f"{door.variable}={port}: the port is in use by {holder}. Stop it or set another port.")
    for other in range(door.usual + 1, door.usual + TRIED_MAX):
        bound = None if other in reserved else _bind(host, other)
        if bound is not None:
            return Taken(door, bound, moved=holder)
    raise StartError(f"No free port from {door.usual} on. Set {door.variable}.")


def _bind(host: str, port: int) -> socket.socket | None:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        raise StartError(f"Port {port} cannot be used: {error.strerror}.") from error


def holder_of(port: int) -> str:
    """`<program> (process <id>)` where Linux tells, else `another program`."""
    inode = _inode_listening_on(port)
    for link in Path("/proc").glob("[0-9]*/fd/*") if inode else ():
        try:
            if str(link.readlink()) == f"socket:[{inode}]":
                process = link.parts[2]
                return f"{Path(f'/proc/{process}/comm').read_text(encoding='utf-8').strip()} (process {process})"
        except OSError:
            continue  # another user's process, or one that has just ended
    return "another program"


def _inode_listening_on(port: int) -> str:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                return fields[9]
    return ""


def address_in_wifi() -> str:
    """This machine's address in its network, as other devices see it. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        address: str = probe.getsockname()[0]
        return address
