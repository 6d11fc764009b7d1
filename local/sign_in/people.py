"""Who can sign in on this machine. The roles are the gateway's own; here they only help to choose."""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """Somebody with an account at the issuer. what: what the page says of them."""

    subject: str
    name: str
    email: str
    what: str
    verified: bool = True


PEOPLE: tuple[Person, ...] = (
    Person("local-wanjiku", "Wanjiku", "wanjiku@shop.example", "Cashier"),
    Person("local-otieno", "Otieno", "otieno@shop.example", "Accountant"),
    Person("local-achieng", "Achieng", "achieng@shop.example", "Accountant, a second one to approve"),
    Person("local-kiprono", "Kiprono", "kiprono@shop.example", "Operator"),
    Person("local-njeri", "Njeri", "njeri@shop.example", "Admin"),
    Person("local-mutua", "Mutua", "mutua@shop.example", "Admin, a second one to agree"),
    Person("local-halima", "Halima", "halima@other.example", "Admin of the other shop"),
    Person("local-stranger", "Stranger", "stranger@elsewhere.example", "nobody has invited"),
    Person("local-unverified", "Zuri", "njeri@shop.example", "says to be Njeri, unverified", verified=False),
)


def person_of(subject: str) -> Person | None:
    """The person with this subject."""
    return next((person for person in PEOPLE if person.subject == subject), None)
