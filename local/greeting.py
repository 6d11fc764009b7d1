"""What a person reads when the local world has started."""

from __future__ import annotations

from collections.abc import Iterable

from local.addresses import Addresses
from local.ports import Taken

FIRST_PAYMENT = """'{"amount":100,"phone":"0700000000"}'"""


def greeting(
    addresses: Addresses, ready_s: float, taken: Iterable[Taken], wifi_address: str = "", folder: str = ""
) -> str:
    """Addresses, test keys and a first payment to type. The keys are local and open nothing else.

    folder: where the data lie, if not in the usual one.
    """
    lines = [
        f"M-Pesa gateway is ready ({ready_s:.1f} s) — local, nothing here is real money",
        "",
        *(_moved(one) for one in taken if one.moved),
        f"  Start here    {addresses.outside}",
        f"  API           {addresses.gateway}/v1     docs {addresses.gateway}/docs",
        f"  Phones        {addresses.outside}/phones",
        f"  Console       {addresses.gateway}/console   for the shop's staff: choose who you are",
        f"  Test keys     secret {addresses.secret_key}   publishable {addresses.publishable_key}",
        *_in_wifi(wifi_address),
        "",
        f'  Try:  curl -s {addresses.gateway}/v1/payments -H "Authorization: Bearer {addresses.secret_key}" \\',
        f'          -H "Idempotency-Key: $(date +%s)" -H "Content-Type: application/json" -d {FIRST_PAYMENT}',
        _kept_in(folder),
    ]
    return "\n".join(lines)


def _kept_in(folder: str) -> str:
    if folder:
        return f"  Stop: Ctrl-C        Logs: {folder}/logs        Data is kept in {folder}"
    return "  Stop: Ctrl-C        Logs: make logs        Data is kept in .local/ (make reset empties it)"


def _moved(taken: Taken) -> str:
    return f"  Port {taken.door.usual} is in use by {taken.moved}, so the {taken.door.name} port is {taken.port}.\n"


def _in_wifi(address: str) -> list[str]:
    if not address:
        return []
    return [
        f"  In the Wi-Fi  {address}/phones",
        "                Anybody in this network can use the phones and the control panel.",
    ]
