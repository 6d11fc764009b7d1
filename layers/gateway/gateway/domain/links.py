"""Payment links: what a shop lets anybody pay, and how many may.

A place of a link with `max_payments` is held from the start of a payment until it is known whether money came: then it
is used up, or free again. A payment that waits, or of which nobody knows, keeps its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.identity import LINK_PREFIX
from gateway.domain.payment import PaymentState
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.statuses import PaymentStatus

HELD_MAX = 50
"""Places held at one time: the link's item stays small, whatever strangers begin."""

HELD_PAYMENT_LIVES_MS = 30 * MINUTE_MS
"""A payment that holds a place expires so soon, so that one that is never paid frees its place by then."""

BEGINS_WITHIN_MS = 2 * MINUTE_MS
"""A place is held before its payment is written; one without a payment after this time belongs to nobody."""


UNKNOWN_HOLDS_MS = DAY_MS
"""So long after its end a payment of which nobody knows keeps its place: M-Pesa is asked about it for a day."""


class Standing(StrEnum):
    """Whether a link takes payments, and if not, why. The values are those of `state` in the API."""

    OPEN = "open"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """amount_kes None: the payer chooses, from min_kes to max_kes. reference_prefix: ≤ 4 characters, upper case.

    paid: places that are used up. held: payments that hold a place, each with the moment from which it did.
    """

    id: str
    owner: str
    livemode: bool
    title: str
    shortcode: str
    created_at_ms: int
    created_by: str
    fingerprint: str
    amount_kes: int | None = None
    min_kes: int | None = None
    max_kes: int | None = None
    reference_prefix: str = ""
    max_payments: int | None = None
    expires_at_ms: int | None = None
    active: bool = True
    paid: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    version: int = 1

    @property
    def hex(self) -> str:
        """The code in its address."""
        return self.id.removeprefix(LINK_PREFIX)

    @property
    def places_left(self) -> int | None:
        """How many may begin now; None: any number."""
        if self.max_payments is None:
            return None
        return max(min(self.max_payments - self.paid, HELD_MAX) - len(self.held), 0)


def standing_of(link: Link, now_ms: int) -> Standing:
    """Whether it takes payments. Held places count as used: look first whether some are free again."""
    if not link.active:
        return Standing.INACTIVE
    if link.expires_at_ms is not None and now_ms >= link.expires_at_ms:
        return Standing.EXPIRED
    return Standing.USED_UP if link.places_left == 0 else Standing.OPEN


def with_place_for(link: Link, payment_id: str, now_ms: int) -> Link:
    """The link with a place held for this payment; the same place when it held one."""
    return replace(link, held={**link.held, payment_id: link.held.get(payment_id, now_ms)})


class PlaceEnd(StrEnum):
    """What became of a held place."""

    HELD = "held"
    USED = "used"
    FREE = "free"


def end_of_place(held_since_ms: int, payment: tuple[PaymentState, int] | None, now_ms: int) -> PlaceEnd:
    """payment: its state, and when it expires; None: it was not written (yet)."""
    if payment is None:
        return PlaceEnd.FREE if now_ms >= held_since_ms + BEGINS_WITHIN_MS else PlaceEnd.HELD
    state, expires_at_ms = payment
    if state.received_kes:
        return PlaceEnd.USED
    if state.status in (PaymentStatus.PENDING, PaymentStatus.UNRESOLVED):
        return PlaceEnd.FREE if now_ms >= expires_at_ms + UNKNOWN_HOLDS_MS else PlaceEnd.HELD
    over = now_ms >= expires_at_ms or state.status in (PaymentStatus.CANCELLED, PaymentStatus.EXPIRED)
    return PlaceEnd.FREE if over else PlaceEnd.HELD


def settled(link: Link, ends: Mapping[str, PlaceEnd]) -> Link:
    """The link once these places have ended. A place leaves `held` and counts as paid in one step, so only once."""
    over = {payment_id for payment_id, end in ends.items() if end is not PlaceEnd.HELD and payment_id in link.held}
    used = sum(ends[payment_id] is PlaceEnd.USED for payment_id in over)
    held = {payment_id: since for payment_id, since in link.held.items() if payment_id not in over}
    return replace(link, paid=link.paid + used, held=held)


def allowed_amounts(link: Link) -> tuple[int, int]:
    """Least and most that a payer may give."""
    if link.amount_kes is not None:
        return link.amount_kes, link.amount_kes
    return link.min_kes or 1, link.max_kes or 0
