"""M-PESA asks whether it may take money that somebody is typing. It waits about eight seconds; we answer within two.

Whatever does not answer in time, cannot be read or is not known is a doubt, and every doubt is a yes: a refusal turns
money away. Nothing is stored; money is believed only by its confirmation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from daraja.callbacks import Unreadable, parse_c2b
from gateway import security
from gateway.domain.references import normalised
from gateway.domain.validation import Rejection, ValidationPolicy, rejection_of
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, PortError, Secrets, Store, call

DECIDED_BY_MS = 1_100
"""No further call is made after this; a call takes 0.8 s at most (`clients.VALIDATION`)."""

SELF_TEST = "SelfTest"
"""The one field of a self-test's body (`register_urls.py`); no body of Safaricom's has it."""

SELF_TEST_BYTES_MAX = 100
_NONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """rejection None: accepted. mark: proves to our own self-test that this answer is ours."""

    rejection: Rejection | None = None
    mark: str = ""


ACCEPTED = Verdict()


def self_test_nonce(body: bytes) -> str | None:
    """The nonce of a self-test of our own; None for whatever Safaricom sends."""
    if len(body) > SELF_TEST_BYTES_MAX or SELF_TEST.encode() not in body:
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return None
    nonce = told.get(SELF_TEST) if isinstance(told, dict) else None
    return nonce if isinstance(nonce, str) and _NONCE.fullmatch(nonce) else None


def asks_somebody(policy: ValidationPolicy, body: bytes) -> bool:
    """Whether the answer needs more than the policy."""
    return policy is not ValidationPolicy.ACCEPT or self_test_nonce(body) is not None


def validate_money(delivery: Delivery, policy: ValidationPolicy) -> Flow[Verdict]:
    """The answer. Raises nothing."""
    try:
        return (yield from _judged(delivery, policy))
    except PortError as error:
        yield from call(Ambient.report, "validation_undecided", {"error": type(error).__name__})
        return ACCEPTED


def _judged(delivery: Delivery, policy: ValidationPolicy) -> Flow[Verdict]:
    keys = yield from call(Secrets.read_keys)
    if not security.c2b_tag_fits(keys.c2b_tags, delivery.target, delivery.tag):
        return ACCEPTED  # whoever does not know the address learns nothing from it
    nonce = self_test_nonce(delivery.body)
    if nonce is not None:
        return Verdict(mark=security.self_test_mark(keys.c2b_tags[0], delivery.target, nonce))
    try:
        said = parse_c2b(delivery.body)
    except Unreadable:
        return ACCEPTED
    if policy is ValidationPolicy.ACCEPT or not normalised(said.reference):
        return ACCEPTED
    if (yield from _is_late(delivery)):
        return ACCEPTED
    ids = yield from call(Store.payments_by_reference, delivery.target, normalised(said.reference), 2)
    if not ids and policy is ValidationPolicy.KNOWN:
        return (yield from _refused(Rejection.ACCOUNT, delivery.target))
    if len(ids) != 1 or (yield from _is_late(delivery)):
        return ACCEPTED
    record = yield from call(Store.read_payment, ids[0])
    rejection = rejection_of(record, FlowSettings.state(record), said.amount_kes) if record else None
    return (yield from _refused(rejection, delivery.target)) if rejection else ACCEPTED


def _refused(rejection: Rejection, shortcode: str) -> Flow[Verdict]:
    yield from call(Ambient.report, "validation_refused", {"shortcode": shortcode, "code": str(rejection)})
    return Verdict(rejection)


def _is_late(delivery: Delivery) -> Flow[bool]:
    """Whether too much of M-PESA's patience is gone for another look."""
    now_ms = yield from call(Ambient.now_ms)
    if now_ms - delivery.learned_at_ms < DECIDED_BY_MS:
        return False
    yield from call(Ambient.report, "validation_undecided", {"error": "late"})
    return True
