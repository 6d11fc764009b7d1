"""Settings → staff: who may enter, with which roles. Rights over money and staff take two admins."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.staff import NAME_MAX, Member, Role, normalised_email
from gateway.flows.staff import NotChanged, agree_to_roles, remove_member, set_roles
from gateway.ports import Flow, call
from gateway.ports.staff import Staff
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console import parts
from gateway.web.console.layout import page, roles_in_words, see_other
from gateway.web.console.people import names_of_staff
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

PLACE = "/console/staff"
DONE = ("saved", "proposed", "agreed", "removed")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    email: str = ""
    name: str = ""
    roles: frozenset[Role] = frozenset()
    problems: dict[str, str] = field(default_factory=dict)
    refused: str = ""


def staff(visit: Visit) -> Flow[Answer]:
    """`GET /console/staff`."""
    return (yield from _shown(visit, Typed()))


def save_member(visit: Visit) -> Flow[Answer]:
    """`POST /console/staff`: invite, or give other roles."""
    typed = _typed(visit)
    email = normalised_email(typed.email)
    if typed.problems or email is None:
        return (yield from _shown(visit, typed))
    changed = yield from set_roles(visit.owner, email, typed.name, typed.roles, visit.visitor.person)
    if isinstance(changed, NotChanged):
        return (yield from _refused(visit, changed))
    return see_other(f"{PLACE}?done={'proposed' if changed.proposal else 'saved'}")


def agree(visit: Visit) -> Flow[Answer]:
    """`POST /console/staff/agree`: a second admin says yes to exactly the roles that were shown."""
    roles = _roles(visit.posted.get("roles", "").split())
    email = visit.posted.get("email", "")
    changed = yield from agree_to_roles(visit.owner, normalised_email(email) or "", roles, visit.visitor.person)
    if isinstance(changed, NotChanged):
        return (yield from _refused(visit, changed))
    return see_other(f"{PLACE}?done=agreed")


def remove(visit: Visit) -> Flow[Answer]:
    """`POST /console/staff/remove`."""
    email = normalised_email(visit.posted.get("email", "")) or ""
    changed = yield from remove_member(visit.owner, email, visit.visitor.person)
    if isinstance(changed, NotChanged):
        return (yield from _refused(visit, changed))
    return see_other(f"{PLACE}?done=removed")


def _refused(visit: Visit, why: NotChanged) -> Flow[Answer]:
    return (yield from _shown(visit, Typed(refused=visit.plain(f"not_changed_{why}"))))


def _typed(visit: Visit) -> Typed:
    email, name = visit.posted.get("email", "").strip(), " ".join(visit.posted.get("name", "").split())
    roles = frozenset(role for role in Role if visit.posted.get(f"role-{role}") == "yes")
    problems = {}
    if normalised_email(email) is None:
        problems["email"] = visit.plain("bad_email")
    if len(name) > NAME_MAX:
        problems["name"] = visit.plain("bad_name")
    if not roles:
        problems["role-cashier"] = visit.plain("bad_roles")
    return Typed(email, name, roles, problems)


def _roles(names: list[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names if name in set(Role))


def _shown(visit: Visit, typed: Typed) -> Flow[Answer]:
    members = yield from call(Staff.list_members, visit.owner)
    names = yield from names_of_staff(visit.owner)
    waiting = [member for member in members if member.proposal is not None and not member.removed]
    problems = [("staff-list", typed.refused)] if typed.refused else list(typed.problems.items())
    main = html(
        '{problems}{done}<h1>{title}</h1>{waiting}<div id="staff-list">{table}</div><h2>{invite}</h2>{form}',
        problems=parts.summary(visit, problems),
        done=parts.done(visit, DONE),
        title=visit.say("staff_title"),
        waiting=joined(
            _proposal(visit, member, names.get(member.proposal.by, "")) for member in waiting if member.proposal
        ),
        table=_table(visit, members),
        invite=visit.say("staff_invite"),
        form=_form(visit, typed),
    )
    status = 409 if typed.refused else 422 if typed.problems else 200
    return page(visit, visit.plain("staff_title"), main, place=PLACE, status=status)


def _table(visit: Visit, members: tuple[Member, ...]) -> Html:
    keys = ("col_name", "col_email", "col_roles", "col_state")
    heads = [*((visit.say(key), False) for key in keys), (visit.say("col_act"), False)]
    lines = [
        (
            member.name or "–",
            member.email,
            roles_in_words(visit, member.roles) or "–",
            _state(visit, member),
            _remove_form(visit, member),
        )
        for member in members
    ]
    return parts.table(visit.say("staff_table"), heads, lines)


def _state(visit: Visit, member: Member) -> Html:
    if member.removed:
        return parts.tag("", visit.say("staff_removed"))
    if member.proposal is not None:
        return parts.tag("person", visit.say("staff_waits"))
    if member.person and member.person == visit.visitor.person:
        return parts.tag("outline", visit.say("staff_you"))
    return parts.tag(
        "outline" if member.subject else "", visit.say("staff_active" if member.subject else "staff_invited")
    )


def _remove_form(visit: Visit, member: Member) -> Html:
    if member.removed or member.person == visit.visitor.person:
        return NOTHING
    words = visit.say("staff_remove", name=member.name or member.email)
    sure = parts.form(visit, f"{PLACE}/remove", parts.button(words, "danger"), hidden={"email": member.email})
    return html("<details><summary>{s}</summary>{f}</details>", s=visit.say("staff_remove_open"), f=sure)


def _proposal(visit: Visit, member: Member, by: str) -> Html:
    """A wish that waits for another admin."""
    proposal = member.proposal
    if proposal is None:
        return NOTHING
    roles = roles_in_words(visit, proposal.roles)
    name = member.name or member.email
    tell = visit.say("staff_agree_tell", who=by or visit.say("actor_person"), name=name, roles=roles)
    hidden = {"email": member.email, "roles": " ".join(sorted(proposal.roles))}
    words = visit.say("staff_agree", name=name, roles=roles)
    yes = parts.form(visit, f"{PLACE}/agree", parts.button(words), hidden=hidden)
    shown = yes if visit.visitor.person not in (proposal.by, member.person) else NOTHING
    return html('<div class="card"><p>{t}</p><div class="actions">{y}</div></div>', t=tell, y=shown)


def _form(visit: Visit, typed: Typed) -> Html:
    email = parts.field(
        visit, "email", visit.say("staff_email"), 'type="email" autocomplete="off" maxlength="254"',
        problem=typed.problems.get("email", ""), value=typed.email,
    )  # fmt: skip
    name = parts.field(
        visit, "name", visit.say("staff_name"), f'type="text" autocomplete="off" maxlength="{NAME_MAX}"',
        problem=typed.problems.get("name", ""), value=typed.name,
    )  # fmt: skip
    roles = joined(
        html(
            '<div class="choice"><input type="checkbox" id="role-{r}" name="role-{r}" value="yes"{c}>'
            '<label for="role-{r}">{w}<small>{may}</small></label></div>',
            r=role,
            c=Html(" checked") if role in typed.roles else NOTHING,
            w=visit.say(f"role_{role}"),
            may=visit.say(f"role_{role}_may"),
        )
        for role in Role
    )
    content = html(
        '{e}{n}<fieldset><legend>{l}</legend>{r}</fieldset><p class="muted below">{rule}</p>{b}',
        e=email,
        n=name,
        l=visit.say("staff_roles"),
        r=roles,
        rule=visit.say("staff_rule"),
        b=parts.button(visit.say("staff_save")),
    )
    return html('<div class="card">{f}</div>', f=parts.form(visit, PLACE, content))
