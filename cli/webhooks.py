"""`mpesa-gateway webhooks`: a shop's endpoints and what they took, over the gateway's own API."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cli.failure import Exit, Failure

if TYPE_CHECKING:
    from cli.output import Output
    from cli.payments import Api

    Work = Callable[[Api, Namespace, Output], Exit]

PATH = "/v1/webhook-endpoints"
ENDPOINT_COLUMNS = ("id", "status", "url", "events", "failing_since")
DELIVERY_COLUMNS = ("created_at", "state", "event_type", "subject", "tries_made", "last", "next_try_at", "id")


def run(api: Api, options: Namespace, output: Output) -> Exit:
    """The chosen part."""
    work: Work = options.work
    return work(api, options, output)


def _list(api: Api, _: Namespace, output: Output) -> Exit:
    endpoints = api.call("GET", PATH)["data"]
    output.rows(endpoints, ENDPOINT_COLUMNS, empty="This shop has no webhook endpoints.")
    return Exit.DONE


def _create(api: Api, options: Namespace, output: Output) -> Exit:
    body: dict[str, Any] = {"url": options.address}
    if options.events:
        body["events"] = options.events.split(",")
    made = api.call("POST", PATH, json=body)
    output.result(made, note="The secret is shown this once. Your server verifies messages with it.")
    return Exit.DONE


def _test(api: Api, options: Namespace, output: Output) -> Exit:
    sent = api.call("POST", f"{PATH}/{options.endpoint}/test")
    output.result(_shown(sent), note=f"What came of it: mpesa-gateway webhooks deliveries {options.endpoint}")
    return Exit.DONE


def _deliveries(api: Api, options: Namespace, output: Output) -> Exit:
    """FOUND: one of those that are shown was given up."""
    asked = {"limit": options.limit, **({"state": options.state} if options.state else {})}
    rows = api.call("GET", f"{PATH}/{options.endpoint}/deliveries", params=asked)["data"]
    output.rows(
        [one if output.as_json else _shown(one) for one in rows], DELIVERY_COLUMNS, empty="Nothing was sent yet."
    )
    return Exit.FOUND if any(one["state"] == "failed" for one in rows) else Exit.DONE


def _redeliver(api: Api, options: Namespace, output: Output) -> Exit:
    if bool(options.since) == bool(options.delivery):
        raise Failure(
            Exit.USAGE, "Nothing was sent", "one of --since and --delivery is needed", "say which events to send again"
        )
    place = f"{PATH}/{options.endpoint}"
    if options.delivery:
        output.result(_shown(api.call("POST", f"{place}/deliveries/{options.delivery}/redeliver")))
    else:
        output.result(api.call("POST", f"{place}/redeliver", params={"since": options.since}))
    return Exit.DONE


def _rotate(api: Api, options: Namespace, output: Output) -> Exit:
    rotated = api.call("POST", f"{PATH}/{options.endpoint}/rotate-secret")
    output.result(rotated, note="The new secret is shown this once; the old one signs too for 24 hours.")
    return Exit.DONE


def _shown(delivery: dict[str, Any]) -> dict[str, Any]:
    """With what became of the last try, in a few words."""
    last = delivery["tries"][-1] if delivery["tries"] else None
    words = f"{last['outcome']} {last['status'] or ''} {last['ms']} ms".replace("  ", " ") if last else None
    return {**{name: value for name, value in delivery.items() if name != "tries"}, "last": words}


def add(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser, command: Callable[..., Exit]) -> None:
    """The command and its parts. command: finds the gateway, then calls `run`."""
    parts = commands.add_parser("webhooks", help="a shop's webhook endpoints").add_subparsers(required=True)
    _part(parts, behind, command, "list", "the shop's endpoints", _list)
    create = _part(parts, behind, command, "create", "name an address; its secret is shown once", _create)
    create.add_argument("address", help="https://shop.example/api/mpesa")
    create.add_argument("--events", help="separated by commas, like payment.paid,payment.flagged; default: payment.*")
    _with_endpoint(_part(parts, behind, command, "test", "send it an event of type webhook_endpoint.test", _test))
    deliveries = _part(parts, behind, command, "deliveries", "what was sent and what it answered", _deliveries)
    _with_endpoint(deliveries)
    deliveries.add_argument("--state", choices=("waiting", "delivered", "failed", "stopped"))
    deliveries.add_argument("--limit", type=int, default=25)
    redeliver = _part(parts, behind, command, "redeliver", "send again", _redeliver)
    _with_endpoint(redeliver)
    redeliver.add_argument("--since", help="what it did not take since then, like 2026-03-02T09:00:00Z")
    redeliver.add_argument("--delivery", help="this one, dlv_…, whatever became of it")
    _with_endpoint(_part(parts, behind, command, "rotate", "a new secret; the old one signs too for a day", _rotate))


def _part(
    parts: Any, behind: ArgumentParser, command: Callable[..., Exit], name: str, meaning: str, work: Work
) -> ArgumentParser:
    parser: ArgumentParser = parts.add_parser(name, parents=[behind], help=meaning)
    parser.add_argument("--url", help="the gateway's address; default: MPESA_GATEWAY_URL, or the local one")
    parser.add_argument("--key", help="secret key; better: MPESA_GATEWAY_KEY, which other users cannot see")
    parser.set_defaults(command=command, work=work)
    return parser


def _with_endpoint(parser: ArgumentParser) -> None:
    parser.add_argument("endpoint", help="whe_…")
