"""What exists in the gateway under test, learned from its own answers, so that generated calls reach deep code.

An id is known by the `object` that carries it and the parameters of the address that showed it; codes of pages, scripts
and documents by the addresses that stand in answers. So a new route needs nothing here, as long as its parameters are
named like the objects that they name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

ADDRESS = re.compile(r"""(?:https?://[^/"'\s<>]+)?(/[A-Za-z0-9_.~\-/]+)""")
FORM = re.compile(r"""<form[^>]*\saction="([^"?]+)[^>]*>(.*?)</form>""", re.DOTALL)
HIDDEN = re.compile(r"""<input type="hidden" name="([^"]+)" value="([^"]*)">""")
SAME_CODE = {"/v1/checkout/links/": "/l/"}
"""Addresses whose code stands in another address."""

BY_HAND = "/v1/c2b/"
"""Addresses of money by hand: most receipts are of prompts, and unknown there."""

NAMED_SO = ("receipt", "day")
"""Fields whose value is a name in addresses, whatever object has them."""

DAYS = "/v1/reconciliation/days/"
"""Addresses of compared days: most days were never compared, and of those most have no line."""

STATEMENTS = "/v1/reconciliation/statements/"
"""Addresses of statements: a made-up one has no file, so a target names those that have."""

OF_PAID = ("/v1/payments/{payment}/refunds",)
"""Addresses that give a good answer for a payment with money alone."""

OF_OPEN = ("/v1/payments/{payment}/claims",)
"""Addresses that give one for a payment that waits for its money."""

GIVEN_AWAY, SET_ASIDE = "/v1/c2b/{receipt}/assign", ("/v1/c2b/{receipt}/ignore", "/v1/c2b/{receipt}/unignore")
"""Money that is given away cannot be set aside any more, so each has its own half."""

KNOWN_PER_KIND_MAX = 40
MOSTLY = 0.8


@dataclass
class Known:
    """Parameters of addresses that name something."""

    templates: tuple[str, ...]
    chance: Random
    things: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Client tokens by payment."""

    next_numbers: dict[str, str] = field(default_factory=dict)
    """The number of the next prompt, by payment that may have one."""

    forms: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Address and hidden fields of the forms that pages showed."""

    link_bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Least and most that a payer may give at a payment link, by the link's code."""

    paid: list[str] = field(default_factory=list)
    """Payments that have money, which can go back."""

    lines: dict[str, str] = field(default_factory=dict)
    """The id of a difference, by its day."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """What a comparison came to, by its day."""

    cursors: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)

    def learn(self, template: str, parameters: Mapping[str, str], body: bytes, media: str) -> None:
        """Take from an answer whatever can be asked about."""
        text = body.decode("utf-8", "replace")
        for address in dict.fromkeys(ADDRESS.findall(text)):
            self._learn_address(address)
        for action, inner in FORM.findall(text):
            self.forms.append((action, dict(HIDDEN.findall(inner))))
        if not media.startswith("application/json") or template == "/openapi.json":
            return
        for found in objects(json.loads(text)):
            self._learn_object(found, parameters)
            self._learn_day(found)

    def _learn_object(self, found: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        kind, name = found.get("object"), found.get("id")
        if isinstance(kind, str) and isinstance(name, str):
            self._add({**parameters, kind.rpartition("_")[2]: name})
            self._add({kind.rpartition("_")[2]: name})
        if kind == "payment" and isinstance(name, str):
            self._learn_payment(name, found)
        if kind == "c2b_money":
            self._add({"at": BY_HAND, "receipt": found["receipt"]})
        if kind == "payment_link":
            self.link_bounds[found["url"].rpartition("/")[2]] = _bounds(found)
        for called in NAMED_SO:
            if isinstance(found.get(called), str):
                self._add({called: found[called]})
        if isinstance(found.get("client_token"), str) and isinstance(name, str):
            self.tokens[name] = found["client_token"]
        for place, field_name in (
            (self.cursors, "next_cursor"),
            (self.receipts, "receipt"),
            (self.times, "created_at"),
        ):
            value = found.get(field_name)
            if isinstance(value, str) and not value.startswith("1970-") and value not in place[-KNOWN_PER_KIND_MAX:]:
                place.append(value)

    def _learn_day(self, found: Mapping[str, Any]) -> None:
        if found.get("object") != "reconciliation_day":
            return
        if isinstance(found["outcome"], str):
            self.outcomes[found["day"]] = found["outcome"]
        if found["state"] == "closed":
            self._add({"at": DAYS, "day": found["day"]})
        for line in found.get("lines", ()):
            self._add({"at": DAYS, "day": found["day"], "n": str(line["n"])})
            self.lines[found["day"]] = line["id"]

    def _learn_payment(self, name: str, found: Mapping[str, Any]) -> None:
        self.next_numbers.pop(name, None)
        if found["status"] in ("open", "failed"):
            self.next_numbers[name] = str(len(found["attempts"]) + 1)
        if found["status"] == "paid" and name not in self.paid:
            self.paid.append(name)

    def _learn_address(self, address: str) -> None:
        for template in self.templates:
            values = {} if template.startswith("/v1/") else fitted(template, address)
            if values:
                self._add({"at": template[: template.index("{")], **values})

    def _add(self, thing: dict[str, str]) -> None:
        alike = [known for known in self.things if known.keys() == thing.keys() and known.get("at") == thing.get("at")]
        if thing not in alike and len(alike) < KNOWN_PER_KIND_MAX:
            self.things.append(thing)

    def learn_statement(self, name: str) -> None:
        """A statement whose file lies where it belongs."""
        self._add({"at": STATEMENTS, "statement": name})

    def parameters(self, template: str) -> dict[str, str]:
        """Values for the parameters of a template that belong together; {} where nothing is known yet."""
        names = set(re.findall(r"{([a-z_]+)}", template))
        at = template[: template.index("{")] if names else template
        at = SAME_CODE.get(at, at)
        if {"payment", "number"} == names and self.next_numbers and self.chance.random() < MOSTLY:
            payment = self.chance.choice(list(self.next_numbers))
            return {"payment": payment, "number": self.next_numbers[payment]}
        if template in OF_PAID and self.paid and self.chance.random() < MOSTLY:
            return {"payment": self.chance.choice(self.paid)}
        if template in OF_OPEN and self.next_numbers and self.chance.random() < MOSTLY:
            return {"payment": self.chance.choice(list(self.next_numbers)[-KNOWN_PER_KIND_MAX // 4 :])}
        numbers = {"number": str(self.chance.randint(1, 3))} if "number" in names else {}
        wanted = names - numbers.keys()
        fitting = [thing for thing in self.things if wanted <= thing.keys() and thing.get("at", at) == at]
        own = [thing for thing in fitting if "at" in thing]
        if own and self.chance.random() < MOSTLY:
            fitting = own
        if template == GIVEN_AWAY:
            fitting = fitting[::2]
        elif template in SET_ASIDE:
            fitting = fitting[1::2] or fitting
        exact = [thing for thing in fitting if thing.keys() - {"at"} == wanted]
        if exact and self.chance.random() < MOSTLY:
            fitting = exact
        if not fitting:
            return numbers
        return _only(self.chance.choice(fitting), wanted) | numbers

    def form(self, template: str) -> tuple[dict[str, str], dict[str, str]]:
        """(parameters, hidden fields) of a form that is sent to such an address; empty where no page showed one."""
        fitting = [(fitted(template, action), hidden) for action, hidden in self.forms if fitted(template, action)]
        return self.chance.choice(fitting) if fitting else ({}, {})

    def payment_of(self, parameters: Mapping[str, Any]) -> str:
        """The payment that the parameters name, or any."""
        named = str(parameters.get("payment", ""))
        return named if named in self.tokens else next(iter(self.tokens), "")

    def token_of_another(self, payment: str) -> str:
        """A client token that is not this payment's."""
        return next((token for owner, token in self.tokens.items() if owner != payment), "")


def _bounds(link: Mapping[str, Any]) -> tuple[int, int]:
    amount = link["amount"]
    return (amount, amount) if amount is not None else (link["min_amount"] or 1, link["max_amount"])


def _only(thing: Mapping[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in thing.items() if name in names}


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def fitted(template: str, address: str) -> dict[str, str]:
    """The parameters of an address of this template; {} when it is none, or has none."""
    found = _pattern_of(template).fullmatch(address)
    return found.groupdict() if found else {}


@cache
def _pattern_of(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{([a-z_]+)}", r"(?P<\1>[^/]+)", template))
