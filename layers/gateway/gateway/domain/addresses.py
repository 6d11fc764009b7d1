"""Which addresses a webhook may be sent to: the public internet, over https, and nothing of ours.

A URL is judged twice: as text when a shop gives it, and by the addresses that its name has at the moment of sending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

URL_MAX = 2048
HTTPS_PORT = 443
FREE_PORTS = range(1024, 65_536)
"""Beside 443. What lies below belongs to mail, shells and databases' older friends, which speak no https."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAME_MAX = 253
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain"})
_OWN_ENDINGS = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa")
"""Last labels of names that mean something in private networks only, cloud metadata among them."""

_REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's own services
        "169.254.0.0/16",  # link-local: metadata and credentials of Lambda's host
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
"""IANA's special-purpose registry, as far as it is not reachable from everywhere."""

_PUBLIC_V6 = IPv6Network("2000::/3")
"""All that is given out of IPv6. Mapped, NAT64, private and link-local addresses lie outside."""

_REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments; Teredo carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


class AddressRefused(Exception):
    """A URL or an address that no webhook is sent to. The text says why, and is fit for the shop."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. host: a name in lower case, or an IP address without brackets. path: with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """As the header Host has it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _DEFAULT_PORTS[self.scheme] else f"{shown}:{self.port}"


_DEFAULT_PORTS = {"https": HTTPS_PORT, "http": 80}


def target_of(url: str, *, loopback: bool) -> Target:
    """The parts of a URL that a webhook may be sent to. loopback: http to this machine is allowed as well.

    Raises AddressRefused.
    """
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or any(character in url for character in " \\"):
        raise AddressRefused(
            f"it must have at most {URL_MAX} printable ASCII characters, without blanks or backslashes"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("it is no address that can be read") from None
    host = (parts.hostname or "").lower()
    here = loopback and _is_loopback(host)
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise AddressRefused("it must begin with https://")
    if "@" in parts.netloc:
        raise AddressRefused("it must not carry a user name or password")
    if parts.fragment or url.endswith("#"):
        raise AddressRefused("it must not have a part behind #, which is never sent")
    target = Target(
        parts.scheme, host, _DEFAULT_PORTS[parts.scheme] if port is None else port, _path_of(parts.path, parts.query)
    )
    if not here:
        _check_port(target.port)
        _check_host(host)
    return target


def check_address(address: str, *, loopback: bool) -> None:
    """Raises AddressRefused where this IP address is not on the public internet (loopback: nor on this machine)."""
    try:
        found = ip_address(address)
    except ValueError:
        raise AddressRefused("its name has an address that cannot be read") from None
    if loopback and found.is_loopback:
        return
    if not _is_public(found):
        raise AddressRefused("it leads into a private, local or reserved network")


def _path_of(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address.scope_id is None and address in _PUBLIC_V6 and not any(address in one for one in _REFUSED_V6)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES


def _check_port(port: int) -> None:
    if port != HTTPS_PORT and port not in FREE_PORTS:
        raise AddressRefused(f"its port must be {HTTPS_PORT}, or {FREE_PORTS.start} and above")


def _check_host(host: str) -> None:
    """A name with a dot, or an IP address in its usual form; numbers in disguise are neither."""
    try:
        literal = ip_address(host)
    except ValueError:
        _check_name(host)
        return
    if not _is_public(literal):
        raise AddressRefused("it leads into a private, local or reserved network")


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > _NAME_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("its host is no name of the internet")
    if _NUMBER.fullmatch(labels[-1]):
        raise AddressRefused("its host is a number and not a name; write an IP address as four parts, like 8.8.8.8")
    if len(labels) == 1 or labels[-1] in _OWN_ENDINGS:
        raise AddressRefused("its name has a meaning in private networks only")
