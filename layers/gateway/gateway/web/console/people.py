"""Who did something, as staff read it: persons by their name, everybody else by what they are."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.staff import PERSON_PREFIX
from gateway.ports import Flow, call
from gateway.ports.staff import Staff
from gateway.web.checkout.markup import Html, html
from gateway.web.console.visit import Visit

Names = Mapping[str, str]
"""By person id."""


def names_of_staff(owner: str) -> Flow[Names]:
    """How each person of this shop is shown, also one who was removed. Raises StoreUnavailable."""
    members = yield from call(Staff.list_members, owner)
    return {member.person: member.name or member.email for member in members if member.person}


def actor_in_words(visit: Visit, actor: str, names: Names) -> Html:
    """`Wanjiku`, `The payer`, `The shop's server …`."""
    if actor.startswith(PERSON_PREFIX):
        return html("{n}", n=names[actor]) if actor in names else visit.say("actor_person")
    if actor == "payer":
        return visit.say("actor_payer")
    return visit.say("actor_key", name=_key(actor))


def is_somebody(actor: str) -> bool:
    """Whether a person did it, and no program."""
    return actor == "payer" or actor.startswith(PERSON_PREFIX)


def asker_in_words(visit: Visit, created_by: str, maker: str, names: Names) -> Html:
    """Who asked for money to go out; of a key that is somebody's own, whose. maker: that person, or empty."""
    if not maker or created_by == maker:
        return actor_in_words(visit, created_by, names)
    return visit.say("actor_key_of", who=actor_in_words(visit, maker, names), name=_key(created_by))


def _key(key_id: str) -> Html:
    return html('<span class="code">{k}</span>', k=key_id[:12])
