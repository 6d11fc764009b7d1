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
    """`Wanjiku`, `payer`, `API key …`."""
    if actor.startswith(PERSON_PREFIX):
        return html("{n}", n=names[actor]) if actor in names else visit.say("actor_person")
    if actor == "payer":
        return visit.say("actor_payer")
    return visit.say("actor_key", name=html('<span class="code">{k}</span>', k=actor[:12]))
