"""`mpesa-gateway` and `python -m cli`: reads the command line, calls once, ends with an exit code."""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from argparse import SUPPRESS, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cli import audit, initiators, staff, webhooks
from cli.failure import Exit, Failure
from cli.output import Output, confirm
from cli.scopes import EVERYDAY, SCOPES
from cli.stack import Stack, find_stack, read_run_file
from gateway.ports import PortError

Command = Callable[[Namespace, Output], Exit]
DAY_MS = 86_400_000


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Errors go to stderr as: what - why - do."""
    options = _parser().parse_args(arguments)
    output = Output(as_json=options.json)
    command: Command = options.command
    try:
        return _flushed(command(options, output))
    except BrokenPipeError:  # `… | head` has seen enough; what is left is written nowhere when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.READER_GONE
    except Failure as failure:
        print(failure.line, file=sys.stderr)
        return failure.code
    except PortError as error:
        print(f"AWS did not answer as it should - {error} - check region and network, repeat", file=sys.stderr)
        return Exit.UNREACHABLE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


def _flushed(code: Exit) -> Exit:
    sys.stdout.flush()
    return code


# --- commands -------------------------------------------------------------------------------------------------------


def _keys_init(options: Namespace, output: Output) -> Exit:
    from cli.own_keys import create_own_keys  # noqa: PLC0415  each command loads its own part

    stack = _for_writing(options)
    made = create_own_keys(stack)
    output.result(
        {"parameter": f"{stack.prefix}/keys", "created": made}, note="" if made else "It exists and was left alone."
    )
    return Exit.DONE


def _keys_rotate(options: Namespace, output: Output) -> Exit:
    from cli.own_keys import rotate_tags  # noqa: PLC0415  as above

    stack = _for_writing(options)
    output.result(
        {"parameter": f"{stack.prefix}/keys", "tag_keys": rotate_tags(stack)},
        note="Functions take it within five minutes. Rotate again after 30 days at the earliest.",
    )
    return Exit.DONE


def _keys_create(options: Namespace, output: Output) -> Exit:
    from cli.api_keys import Wanted, create_key  # noqa: PLC0415  as above

    stack = _for_writing(options)
    now_ms = int(time.time() * 1000)
    wanted = Wanted(
        owner=options.owner,
        name=options.name,
        scopes=tuple(options.scopes.split(",")) if options.scopes else EVERYDAY,
        livemode=stack.livemode,
        publishable=options.publishable,
        expires_at_ms=now_ms + options.days * DAY_MS if options.days else None,
        of=options.of,
    )
    key, secret = create_key(stack, wanted, now_ms)
    shown = {"id": key.id, "owner": key.owner, "scopes": sorted(key.scopes), "secret": secret}
    output.result(shown, note="The secret is shown this once. Keep it where your server reads its secrets.")
    return Exit.DONE


def _keys_list(options: Namespace, output: Output) -> Exit:
    from cli.api_keys import list_keys  # noqa: PLC0415  as above

    rows = [
        {name: value for name, value in key.items() if name != "pk"}
        for key in list_keys(find_stack(options), options.owner)
    ]
    columns = ("id", "name", "publishable", "livemode", "last4", "last_used_on", "revoked", "scopes")
    output.rows(rows, columns, empty=f"{options.owner} has no keys.")
    return Exit.DONE


def _keys_revoke(options: Namespace, output: Output) -> Exit:
    from cli.api_keys import revoke_key  # noqa: PLC0415  as above

    revoke_key(_for_writing(options), options.owner, options.id)
    output.result({"id": options.id, "revoked": True}, note="It is refused everywhere within 60 seconds.")
    return Exit.DONE


def _settings_put(options: Namespace, output: Output) -> Exit:
    from cli.shop_settings import as_json, read_settings, store_settings  # noqa: PLC0415  as above

    settings = read_settings(_json_from(options.file))
    store_settings(_for_writing(options), settings)
    output.result(as_json(settings), note="Functions take it within a minute.")
    return Exit.DONE


def _settings_show(options: Namespace, output: Output) -> Exit:
    from cli.shop_settings import as_json, owners, stored_settings  # noqa: PLC0415  as above

    stack = find_stack(options)
    names = [options.owner] if options.owner else owners(stack)
    found = [settings for name in names if (settings := stored_settings(stack, name))]
    if options.owner and not found:
        raise Failure(
            Exit.FOUND, f"{options.owner} has no settings", "nobody stored any", "run: settings put <file.json>"
        )
    output.rows(
        [as_json(settings) for settings in found], ("owner", "name", "shortcodes"), empty="Nobody has settings."
    )
    return Exit.DONE


def _credentials_put(options: Namespace, output: Output) -> Exit:
    from cli.credentials import ask_credentials, checked_credentials, store_credentials  # noqa: PLC0415  as above

    stack = _for_writing(options)
    if options.file:
        credentials = checked_credentials(_json_from(options.file))
    else:
        credentials = ask_credentials(getpass.getpass, _business_numbers(stack))
    store_credentials(stack, credentials)
    passkeys: Any = credentials["passkeys"]
    output.result({"parameter": f"{stack.prefix}/credentials", "passkeys_of": sorted(passkeys)})
    return Exit.DONE


def _business_numbers(stack: Stack) -> list[str]:
    """Every number that needs a passkey, by the settings. Raises Failure when there are none yet."""
    from cli.shop_settings import owners, stored_settings  # noqa: PLC0415  as above

    found = [settings for owner in owners(stack) if (settings := stored_settings(stack, owner))]
    numbers = sorted({code.business_number for settings in found for code in settings.shortcodes})
    if not numbers:
        raise Failure(
            Exit.SETTINGS,
            "No shortcode is known yet",
            "a passkey belongs to one",
            "first run: settings put <file.json>",
        )
    return numbers


def _pay(options: Namespace, output: Output) -> Exit:
    from cli.payments import Api, pay  # noqa: PLC0415  loads httpx

    api = Api.at(*_address_and_key(options))
    return pay(api, output, options.phone, options.amount, wait=options.wait, reference=options.reference)


def _show(options: Namespace, output: Output) -> Exit:
    from cli.payments import Api, show  # noqa: PLC0415  loads httpx

    return show(Api.at(*_address_and_key(options)), output, options.what)


def _webhooks(options: Namespace, output: Output) -> Exit:
    from cli.payments import Api  # noqa: PLC0415  loads httpx

    return webhooks.run(Api.at(*_address_and_key(options)), options, output)


def _listen(options: Namespace, output: Output) -> Exit:
    from cli.listen import run  # noqa: PLC0415  loads httpx
    from cli.payments import Api  # noqa: PLC0415  as above

    url, key = _address_and_key(options)
    here = read_run_file() or {}
    return run(Api.at(url, key), key, options, output, here.get("control") if here.get("gateway") == url else None)


def _magic(options: Namespace, output: Output) -> Exit:
    from cli.magic import show_magic  # noqa: PLC0415  loads httpx

    run = read_run_file() or {}
    outside = options.outside or run.get("outside")
    if not outside:
        raise Failure(
            Exit.SETTINGS, "No simulator is known", "no local gateway runs here", "make run, or add --outside"
        )
    return show_magic(output, outside.rstrip("/"))


def _doctor(options: Namespace, output: Output) -> Exit:
    from cli.doctor import run_doctor  # noqa: PLC0415  loads httpx and pydantic

    return run_doctor(find_stack(options), output)


def _register_urls(options: Namespace, output: Output) -> Exit:
    from cli.register_urls import COLUMNS, DRY_COLUMNS, all_done, register_all, steps_for  # noqa: PLC0415  loads httpx

    stack = find_stack(options) if options.dry_run else _for_writing(options)
    version = "v1" if options.v1 else "v2"
    rows = register_all(stack, shortcode=options.shortcode, version=version, dry_run=options.dry_run)
    output.rows(rows, DRY_COLUMNS if options.dry_run else COLUMNS, empty="")
    if not output.as_json:
        output.rows([{"to do by hand": step} for step in steps_for(rows)], ("to do by hand",), empty="")
    return Exit.DONE if options.dry_run or all_done(rows) else Exit.FOUND


def _pull_register(options: Namespace, output: Output) -> Exit:
    from cli.pull import DONE, register_for_pull  # noqa: PLC0415  loads httpx

    states = register_for_pull(_for_writing(options), options.line, options.shortcode)
    output.rows(states, ("shortcode", "state", "detail"), empty="")
    return Exit.DONE if all(state["state"] in DONE for state in states) else Exit.FOUND


def _reconcile(options: Namespace, output: Output) -> Exit:
    from cli.payments import Api  # noqa: PLC0415  loads httpx
    from cli.reconcile import reconcile  # noqa: PLC0415  as above

    return reconcile(Api.at(*_address_and_key(options)), output, options.day, options.shortcode, options.statement)


def _resolve(options: Namespace, output: Output) -> Exit:
    from cli.closing import resolve  # noqa: PLC0415  as above
    from cli.payments import Api  # noqa: PLC0415  loads httpx

    api = Api.at(*_address_and_key(options))
    return resolve(api, output, options.day, options.shortcode, options.line, options.note, options.all)


def _close_day(options: Namespace, output: Output) -> Exit:
    from cli.closing import close_day, reopen_day  # noqa: PLC0415  as above
    from cli.payments import Api  # noqa: PLC0415  loads httpx

    api = Api.at(*_address_and_key(options))
    if options.reopen:
        return reopen_day(api, output, options.day, options.shortcode, options.reopen)
    accepts: bool = options.accept_incomplete
    return close_day(api, output, options.day, options.shortcode, options.note, accept_incomplete=accepts)


def _orphans(options: Namespace, output: Output) -> Exit:
    from cli.orphans import show_orphans  # noqa: PLC0415  as above

    return show_orphans(find_stack(options), output, options.day)


def _repair_events(options: Namespace, output: Output) -> Exit:
    from cli.repairs import ask_to_tell, day_in, untold_on  # noqa: PLC0415  as above
    from cli.shop_settings import owners  # noqa: PLC0415  as above

    stack = _for_writing(options) if options.tell else find_stack(options)
    day, names = day_in(options.day), [options.owner] if options.owner else owners(stack)
    rows = [{"owner": owner, **row} for owner in names for row in untold_on(stack, owner, day)]
    output.rows(rows, ("owner", "payment", "never_told", "not_told_to_all"), empty=f"All of {day} was told.")
    if options.tell:
        ask_to_tell(stack, names, day)
        output.progress("The function takes the day up at its next tick, within a quarter of an hour.")
    return Exit.FOUND if rows and not options.tell else Exit.DONE


def _bootstrap(options: Namespace, output: Output) -> Exit:
    from cli.bootstrap import bootstrap_local  # noqa: PLC0415  as above

    if "AWS_ENDPOINT_URL" not in os.environ:
        raise Failure(
            Exit.USAGE, "Nothing was set up", "AWS_ENDPOINT_URL names no local stand-in for AWS", "use: make run"
        )
    now_ms, place = int(time.time() * 1000), Path(options.directory)
    made = bootstrap_local(find_stack(options), place, options.origin, now_ms, options.webhook_url)
    output.result(made)
    return Exit.DONE


# --- what commands need ---------------------------------------------------------------------------------------------


def _for_writing(options: Namespace) -> Stack:
    """The stack; where real money moves a person confirms."""
    stack = find_stack(options)
    confirm(stack.name, yes=options.yes or not stack.livemode)
    return stack


def _address_and_key(options: Namespace) -> tuple[str, str]:
    run = read_run_file() or {}
    url = options.url or os.environ.get("MPESA_GATEWAY_URL") or run.get("gateway")
    key = options.key or os.environ.get("MPESA_GATEWAY_KEY") or run.get("secret_key")
    if not url or not key:
        raise Failure(
            Exit.SETTINGS,
            "No gateway is known" if not url else "No secret key is known",
            "no local gateway runs here",
            "set MPESA_GATEWAY_URL and MPESA_GATEWAY_KEY, or start one with: make run",
        )
    return url.rstrip("/"), key


def _json_from(place: str) -> object:
    """The content of a file, or of stdin for `-`. Raises Failure that never shows it."""
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(Exit.USAGE, f"{place} cannot be read", type(error).__name__, "name a file that exists") from None
    try:
        content: object = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "somewhere"
        raise Failure(Exit.USAGE, f"{place} is no JSON", f"it breaks at {where}", "mend it and repeat") from None
    return content


# --- the command line -------------------------------------------------------------------------------------------------


GENERAL: dict[str, dict[str, Any]] = {
    "--env": {"help": "environment of samconfig.toml: dev, sandbox, production", "default": None},
    "--region": {"help": "AWS region; default: the environment's", "default": None},
    "--table": {"help": "DynamoDB table, instead of --env", "default": None},
    "--stack-prefix": {"help": "SSM path of the stack's secrets, instead of --env", "default": None},
    "--json": {"help": "JSON on stdout and nothing else", "default": False, "action": "store_true"},
    "--yes": {"help": "do not ask before a stack with real money changes", "default": False, "action": "store_true"},
}
"""Options that stand before or behind the command's name."""


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="mpesa-gateway", description="Set a payment gateway up, look at it, pay in it.")
    behind = ArgumentParser(add_help=False)
    for name, how in GENERAL.items():
        parser.add_argument(name, **how)
        behind.add_argument(name, **{**how, "default": SUPPRESS, "help": SUPPRESS})
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_keys(commands, behind)
    _add_settings(commands, behind)
    _add_payments(commands, behind)
    webhooks.add(commands, behind, _webhooks)
    staff.add(commands, behind, _for_writing)
    initiators.add(commands, behind, _for_writing)
    audit.add(commands, behind)
    doctor = commands.add_parser("doctor", parents=[behind], help="check the stack, fact by fact")
    doctor.set_defaults(command=_doctor)
    register_urls = commands.add_parser(
        "register-urls", parents=[behind], help="tell Safaricom where to confirm payments by hand, after a self-test"
    )
    register_urls.add_argument("--dry-run", action="store_true", help="show the addresses; ask and register nothing")
    register_urls.add_argument("--shortcode", help="only this one; default: all of the stack's")
    register_urls.add_argument("--v1", action="store_true", help="Safaricom's first version: hashes of payers' numbers")
    register_urls.set_defaults(command=_register_urls)
    pull = commands.add_parser("pull", help="M-Pesa's own list of payments, of the last 48 hours")
    register = pull.add_subparsers(required=True).add_parser(
        "register", parents=[behind], help="register shortcodes for it with Safaricom, once; fetched each hour then"
    )
    register.add_argument("--line", required=True, help="the organisation's own Safaricom line: 07…")
    register.add_argument("--shortcode", help="as Daraja calls it (of a till: its store number); default: all")
    register.set_defaults(command=_pull_register)
    orphans = commands.add_parser("orphans", parents=[behind], help="news without a payment, kept apart")
    orphans.add_argument("--day", help="day in Nairobi, like 2026-03-02; default: today")
    orphans.set_defaults(command=_orphans)
    repair = commands.add_parser("repair-events", parents=[behind], help="what was never told of a day's payments")
    repair.add_argument("--day", required=True, help="day of creation in Nairobi, like 2026-03-02")
    repair.add_argument("--owner", help="whose payments; default: everybody's")
    repair.add_argument("--tell", action="store_true", help="have it told at the next tick, and the day recounted")
    repair.set_defaults(command=_repair_events)
    magic = commands.add_parser("magic", parents=[behind], help="the simulator's magic numbers")
    magic.add_argument("--outside", help="the simulator's address; default: the one that runs here")
    magic.set_defaults(command=_magic)
    bootstrap = commands.add_parser("bootstrap", parents=[behind], help="what make run does first: keys, settings")
    bootstrap.add_argument("--local", action="store_true", required=True, help="there is no other bootstrap")
    bootstrap.add_argument("--directory", default=".local", help="where local secrets are kept")
    bootstrap.add_argument("--origin", action="append", default=[], help="browser origin of the demo shop; repeatable")
    bootstrap.add_argument("--webhook-url", default="", help="where the demo shop is told of events")
    bootstrap.set_defaults(command=_bootstrap)
    return parser


def _add_keys(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser) -> None:
    keys = commands.add_parser("keys", help="API keys of shops, and the gateway's own").add_subparsers(required=True)
    keys.add_parser("init", parents=[behind], help="make the gateway's own keys, once").set_defaults(command=_keys_init)
    keys.add_parser(
        "rotate-tags", parents=[behind], help="a new callback tag key; the last one stays valid"
    ).set_defaults(command=_keys_rotate)
    create = keys.add_parser("create", parents=[behind], help="an API key; its secret is shown once")
    create.add_argument("--owner", required=True, help="whose key: the owner in the settings")
    create.add_argument("--name", default="", help="what it is for")
    create.add_argument("--scopes", help=f"separated by commas, of {', '.join(SCOPES)}; default: all but keys:write")
    create.add_argument("--days", type=int, help="runs out after so many days; default: never")
    create.add_argument("--publishable", action="store_true", help="a pk_ key, for browsers")
    create.add_argument("--of", default="", help="e-mail of whose key it is: who cannot approve what it asks for")
    create.set_defaults(command=_keys_create)
    listed = keys.add_parser("list", parents=[behind], help="an owner's keys")
    listed.add_argument("--owner", required=True)
    listed.set_defaults(command=_keys_list)
    revoke = keys.add_parser("revoke", parents=[behind], help="refuse a key from now on")
    revoke.add_argument("id", help="key_…")
    revoke.add_argument("--owner", required=True)
    revoke.set_defaults(command=_keys_revoke)


def _add_settings(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser) -> None:
    settings = commands.add_parser("settings", help="an owner's shop settings").add_subparsers(required=True)
    put = settings.add_parser("put", parents=[behind], help="check and store them")
    put.add_argument("file", help="JSON file, or - for stdin")
    put.set_defaults(command=_settings_put)
    show = settings.add_parser("show", parents=[behind], help="what is stored")
    show.add_argument("--owner", help="default: everybody's")
    show.set_defaults(command=_settings_show)
    credentials = commands.add_parser("credentials", help="the Daraja app's").add_subparsers(required=True)
    stored = credentials.add_parser("put", parents=[behind], help="ask for them without echo and store them")
    stored.add_argument("--file", help="JSON file, or - for stdin, instead of asking")
    stored.set_defaults(command=_credentials_put)


def _add_payments(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser) -> None:
    pay = commands.add_parser("pay", parents=[behind], help="send a prompt")
    pay.add_argument("phone", help="07…")
    pay.add_argument("amount", type=int, help="whole shillings")
    pay.add_argument("--wait", action="store_true", help="follow it to its end")
    pay.add_argument("--reference", help="account reference, at most 12 characters")
    pay.set_defaults(command=_pay)
    show = commands.add_parser("show", parents=[behind], help="a payment with its history")
    show.add_argument("what", help="payment id, M-Pesa receipt or order")
    show.set_defaults(command=_show)
    listen = commands.add_parser("listen", parents=[behind], help="post events to a server that no webhook can reach")
    listen.add_argument("--forward", required=True, help="where to, like http://localhost:3000/api/mpesa")
    listen.add_argument("--events", default="payment.*", help="separated by commas; default: payment.*; all: *")
    listen.add_argument("--since", default="now", help="a time like 2026-03-02T09:15:04Z; default: now")
    listen.set_defaults(command=_listen)
    compare = commands.add_parser("reconcile", parents=[behind], help="a day of ours against M-Pesa's own list")
    compare.add_argument("day", help="day in Nairobi, like 2026-03-01, today or yesterday")
    compare.add_argument("--shortcode", help="Paybill, till or store number; default: the first of the settings")
    compare.add_argument("--statement", type=Path, help="the portal's CSV of these days: sent and taken in first")
    compare.set_defaults(command=_reconcile)
    explain = commands.add_parser("resolve", parents=[behind], help="say how a difference of a day is explained")
    explain.add_argument("day", help="day in Nairobi, like 2026-03-01, today or yesterday")
    explain.add_argument(
        "line", nargs="*", help="its number, its M-Pesa code or its id, as reconcile shows them; several"
    )
    explain.add_argument("--all", metavar="KIND", help="in place of lines: all open ones of a kind, like paid_out")
    explain.add_argument("--note", required=True, help="how it is explained, in one line")
    explain.add_argument("--shortcode", help="Paybill, till or store number; default: the first of the settings")
    explain.set_defaults(command=_resolve)
    close = commands.add_parser("close-day", parents=[behind], help="close a day of which nothing is left to look at")
    close.add_argument("day", help="day in Nairobi, like 2026-03-01 or yesterday")
    close.add_argument("--note", help="kept with it")
    close.add_argument("--accept-incomplete", action="store_true", help="without M-Pesa's whole list; needs --note")
    close.add_argument("--reopen", metavar="REASON", help="open the closed day again instead, with this reason")
    close.add_argument("--shortcode", help="Paybill, till or store number; default: the first of the settings")
    close.set_defaults(command=_close_day)
    for parser in (pay, show, listen, compare, explain, close):
        parser.add_argument("--url", help="the gateway's address; default: MPESA_GATEWAY_URL, or the local one")
        parser.add_argument("--key", help="secret key; better: MPESA_GATEWAY_KEY, which other users cannot see")


if __name__ == "__main__":
    sys.exit(main())
