"""Who works at a shop, seen from the AWS account: the first admin is appointed here, and nobody has to agree."""

from __future__ import annotations

import getpass
import json
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Mapping
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.shop_settings import stored_settings
from cli.stack import Stack, find_stack
from gateway.aws.secrets import OIDC
from gateway.aws.staff import DynamoStaff
from gateway.domain.staff import NAME_MAX, Member, Role, normalised_email
from gateway.flows.staff import NotChanged, appoint, remove_member
from gateway.ports import Call, Flow, run

BY_COMMAND = "command"
"""Who added a member that no admin of the console invited."""

COLUMNS = ("email", "name", "roles", "signed_in_before", "waits_for_an_admin", "removed")
ForWriting = Callable[[Namespace], Stack]


def add(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser, for_writing: ForWriting) -> None:
    """The command `staff` and its parts. for_writing: asks first where real money moves."""
    staff = commands.add_parser("staff", help="who may sign in to the console").add_subparsers(required=True)
    added = staff.add_parser("add", parents=[behind], help="invite somebody, or give other roles")
    added.add_argument("email", help="as the sign-in service knows it")
    added.add_argument("--roles", required=True, help="separated by commas: " + ", ".join(Role))
    added.add_argument("--name", default="", help="how others see this person")
    added.set_defaults(command=lambda options, output: _add(for_writing(options), options, output))
    listed = staff.add_parser("list", parents=[behind], help="a shop's staff")
    listed.set_defaults(command=_list)
    gone = staff.add_parser("remove", parents=[behind], help="let somebody in no more, at once")
    gone.add_argument("email")
    gone.set_defaults(command=lambda options, output: _remove(for_writing(options), options, output))
    for parser in (added, listed, gone):
        parser.add_argument("--owner", required=True, help="whose staff: the owner in the settings")
    secret = staff.add_parser("secret", parents=[behind], help="store the client secret of your own sign-in service")
    secret.set_defaults(command=lambda options, output: _secret(for_writing(options), output))


def appoint_member(stack: Stack, owner: str, email: str, name: str, roles: frozenset[Role]) -> Member:
    """Give roles without anybody's agreement. Raises Failure."""
    return _changed(stack, appoint(owner, _email(email), name[:NAME_MAX], roles, BY_COMMAND))


def _add(stack: Stack, options: Namespace, output: Output) -> Exit:
    if stored_settings(stack, options.owner) is None:
        raise Failure(
            Exit.SETTINGS, f"{options.owner} is no shop here", "it has no settings", "run: settings put <file.json>"
        )
    member = appoint_member(stack, options.owner, options.email, options.name, _roles(options.roles))
    output.result(_shown(member), note="The person signs in at /console, with exactly this e-mail address.")
    return Exit.DONE


def _list(options: Namespace, output: Output) -> Exit:
    members = DynamoStaff(find_stack(options).table).list_members(options.owner)
    output.rows([_shown(member) for member in members], COLUMNS, empty=f"{options.owner} has no staff.")
    return Exit.DONE


def _remove(stack: Stack, options: Namespace, output: Output) -> Exit:
    member = _changed(stack, remove_member(options.owner, _email(options.email), BY_COMMAND))
    output.result(_shown(member), note="This person is out of the console from now on.")
    return Exit.DONE


def _secret(stack: Stack, output: Output) -> Exit:
    secret = getpass.getpass("Client secret (it is not shown): ").strip()
    if not secret:
        raise Failure(Exit.USAGE, "Nothing was stored", "nothing was typed", "repeat, and paste the secret")
    stack.write_parameter(OIDC, json.dumps({"client_secret": secret}), overwrite=True)
    output.result({"parameter": f"{stack.prefix}/{OIDC}"}, note="The console takes it within five minutes.")
    return Exit.DONE


def _changed(stack: Stack, flow: Flow[Member | NotChanged]) -> Member:
    member = run(flow, _World(stack))
    if isinstance(member, NotChanged):
        raise Failure(Exit.REFUSED, "Nothing was changed", "nobody has this e-mail address", "run: staff list")
    return member


def _email(text: str) -> str:
    email = normalised_email(text)
    if email is None:
        raise Failure(Exit.USAGE, f"{text} is no e-mail address", "it has another form", "give one like a@shop.example")
    return email


def _roles(text: str) -> frozenset[Role]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in set(Role)]
    if unknown:
        raise Failure(
            Exit.USAGE, f"There is no role {unknown[0]}", f"the roles are {', '.join(Role)}", "choose among these"
        )
    return frozenset(Role(name) for name in names)


def _shown(member: Member) -> dict[str, Any]:
    return {
        "owner": member.owner,
        "email": member.email,
        "name": member.name,
        "roles": sorted(member.roles),
        "person": member.person,
        "signed_in_before": bool(member.subject),
        "waits_for_an_admin": sorted(member.proposal.roles) if member.proposal else [],
        "removed": member.removed,
    }


class _World:
    """Performs what the flows of staff ask for."""

    def __init__(self, stack: Stack) -> None:
        self._ports = {"Staff": DynamoStaff(stack.table), "Ambient": _Ambient()}

    def perform(self, call: Call, /) -> Any:
        """Carry out a call."""
        return getattr(self._ports[call.port], call.method)(*call.args)


class _Ambient:
    """The clock; what is reported, the command prints itself."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def report(self, name: str, fields: Mapping[str, Any], /) -> None:
        """Nobody listens."""
