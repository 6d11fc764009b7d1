"""What proves where a call comes from: callback tags, client tokens, page codes, API keys; and keyed ids.

Every comparison of a secret takes constant time. A tag or token is checked before anything is read.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.identity import LINK_PREFIX, PAYMENT_PREFIX, hex_of, payment_id_of
from gateway.domain.money_out.ids import FILE_PREFIX, PAYOUT_PREFIX, REFUND_PREFIX

if TYPE_CHECKING:
    from gateway.domain.requests_sent import RequestName

TAG_HEX = 32
"""Hex characters of a callback tag: 128 bits."""

_WHOLE_NUMBER = re.compile(r"254[17][0-9]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_ID = re.compile(rf"{FILE_PREFIX}[0-9a-f]{{32}}")


def payment_id(id_key: bytes, owner: str, namespace: str, idempotency_key: str) -> str:
    """The id that this owner's Idempotency-Key names for ever. namespace: api, link:<code>, console."""
    return PAYMENT_PREFIX + _mac(id_key, "payment", owner, namespace, idempotency_key)


def payout_id(id_key: bytes, owner: str, namespace: str, idempotency_key: str) -> str:
    """The id that this owner's Idempotency-Key names a payout by, for ever. namespace: api, file:<id>, console."""
    return PAYOUT_PREFIX + _mac(id_key, "payout", owner, namespace, idempotency_key)


def refund_id(id_key: bytes, owner: str, namespace: str, idempotency_key: str) -> str:
    """The id that this owner's Idempotency-Key names a refund by, for ever. namespace: api, console."""
    return REFUND_PREFIX + _mac(id_key, "refund", owner, namespace, idempotency_key)


def payout_file_id(id_key: bytes, owner: str, idempotency_key: str) -> str:
    """The id that this owner's Idempotency-Key names a file of payouts by, for ever."""
    return FILE_PREFIX + _mac(id_key, "payout-file", owner, idempotency_key)


def is_payout_file_id(text: str) -> bool:
    """Whether this has the form of a payout file's id."""
    return _FILE_ID.fullmatch(text) is not None


def link_id(id_key: bytes, owner: str, idempotency_key: str) -> str:
    """The id that this owner's Idempotency-Key names a payment link by."""
    return LINK_PREFIX + _mac(id_key, "link", owner, idempotency_key)


def link_form_token(key: bytes, code: str) -> str:
    """What the form of a payment link's page carries, so that no other site can post it."""
    return _mac(key, "link-form", code)


def link_form_token_fits(key: bytes, code: str, token: str) -> bool:
    """Whether the form was made by us, for this link."""
    return _equal(link_form_token(key, code), token)


def address_key(key: bytes, owner: str, address: str) -> str:
    """Keyed hash of the address that a browser calls from, one for each shop: 32 hex characters."""
    return _mac(key, "address", owner, address)


def phone_key(key: bytes, phone: str) -> str:
    """Keyed hash of a number: 32 hex characters. A plain hash of a Kenyan number is found in seconds."""
    return _mac(key, "phone", phone)


def payer_key(key: bytes, told: str) -> str:
    """Keyed hash of the payer in a confirmation: 32 hex characters, empty where a mask or nothing was told.

    told: the number (2547…), or its SHA-256 in hex, as Safaricom sends it; both give the same key.
    """
    hint = told.strip().lower()
    if _WHOLE_NUMBER.fullmatch(hint):
        hint = hashlib.sha256(hint.encode()).hexdigest()
    return _mac(key, "payer", hint) if _SHA256.fullmatch(hint) else ""


def stk_tag(tag_key: bytes, payment: str, number: int) -> str:
    """The tag in the path of an attempt's callback URL."""
    return _mac(tag_key, "stk", hex_of(payment), str(number))


def stk_tag_fits(tag_keys: Sequence[bytes], payment: str, number: int, tag: str) -> bool:
    """Whether the tag is of this attempt, under any of the keys that are still valid."""
    fits = [_equal(stk_tag(key, payment, number), tag) for key in tag_keys]
    return any(fits)


def c2b_tag(tag_key: bytes, shortcode: str) -> str:
    """The tag in the registered C2B URLs of a shortcode. It does not expire."""
    return _mac(tag_key, "c2b", shortcode)


def c2b_tag_fits(tag_keys: Sequence[bytes], shortcode: str, tag: str) -> bool:
    """Whether the tag is of this shortcode, under any of the keys that are still valid."""
    fits = [_equal(c2b_tag(key, shortcode), tag) for key in tag_keys]
    return any(fits)


def self_test_mark(tag_key: bytes, shortcode: str, nonce: str) -> str:
    """What our own address answers to a self-test with this nonce, so that nobody else's answer is taken for ours."""
    return _mac(tag_key, "c2b-self-test", shortcode, nonce)


def stk_callback_url(base_url: str, tag_key: bytes, payment: str, number: int) -> str:
    """Where Safaricom is to send the callback of an attempt."""
    return f"{base_url}/in/stk/{hex_of(payment)}/{number}/{stk_tag(tag_key, payment, number)}"


def balance_id(id_key: bytes, owner: str, shortcode: str) -> str:
    """The id of what is known of a shortcode's accounts."""
    return "bal_" + _mac(id_key, "balance", owner, shortcode)


def transaction_id(id_key: bytes, owner: str, receipt: str) -> str:
    """The id of what this owner asked M-PESA about a receipt. Another owner's is another one."""
    return "txn_" + _mac(id_key, "transaction", owner, receipt)


@dataclass(frozen=True, slots=True, repr=False)
class ResultUrls:
    """Where Safaricom is to send the result of a request, and its notice that the request was not taken in time."""

    result: str
    timeout: str


def result_tag(tag_key: bytes, name: RequestName) -> str:
    """The tag in the paths to which a request is answered."""
    return _mac(tag_key, "result", name.call, name.subject_id, str(name.number), str(name.asked_at_s))


def result_tag_fits(tag_keys: Sequence[bytes], name: RequestName, tag: str) -> bool:
    """Whether the tag is of this request, under any of the keys that are still valid."""
    fits = [_equal(result_tag(key, name), tag) for key in tag_keys]
    return any(fits)


def result_urls(base_url: str, tag_key: bytes, name: RequestName) -> ResultUrls:
    """ResultURL and QueueTimeOutURL of a request. base_url: without a slash at the end."""
    rest = f"{name.in_url}/{result_tag(tag_key, name)}"
    return ResultUrls(f"{base_url}/in/result/{rest}", f"{base_url}/in/timeout/{rest}")


def page_code(key: bytes, payment: str) -> str:
    """The code of the hosted page: `<hex id>.<mac>`."""
    return f"{hex_of(payment)}.{_mac(key, 'page', hex_of(payment))}"


def payment_of_page_code(key: bytes, code: str) -> str | None:
    """The payment's id, or None when the code is not ours. Reads nothing."""
    hex_id, _, mac = code.partition(".")
    payment = payment_id_of(hex_id)
    return payment if payment and _equal(_mac(key, "page", hex_id), mac) else None


@dataclass(frozen=True, slots=True)
class ClientToken:
    """Who holds it is the payer of this payment, until then (milliseconds since the epoch)."""

    payment_id: str
    expires_at_ms: int


def client_token(key: bytes, payment: str, expires_at_ms: int) -> str:
    """`ct_<hex id>.<expiry in seconds>.<mac>`."""
    body = f"{hex_of(payment)}.{expires_at_ms // 1000}"
    return f"ct_{body}.{_mac(key, 'client', body)}"


def read_client_token(key: bytes, token: str) -> ClientToken | None:
    """What the token says, or None when it is not ours. Whether it has expired is the caller's to judge."""
    body, _, mac = token.removeprefix("ct_").rpartition(".")
    hex_id, _, expiry = body.partition(".")
    payment = payment_id_of(hex_id)
    if not token.startswith("ct_") or not payment or not _equal(_mac(key, "client", body), mac):
        return None
    return ClientToken(payment, int(expiry) * 1000) if expiry.isdecimal() else None


def form_token(key: bytes, payment: str, number: int) -> str:
    """What a form of the hosted page carries, so that no other site can post it."""
    return _mac(key, "form", hex_of(payment), str(number))


def form_token_fits(key: bytes, payment: str, number: int, token: str) -> bool:
    """Whether the form was made by us, for this attempt of this payment."""
    return _equal(form_token(key, payment, number), token)


def claim_token(key: bytes, payment: str) -> str:
    """What the form for an M-PESA code carries, so that no other site can post it."""
    return _mac(key, "claim", hex_of(payment))


def claim_token_fits(key: bytes, payment: str, token: str) -> bool:
    """Whether the form was made by us, for this payment."""
    return _equal(claim_token(key, payment), token)


def secret_hash(secret: str) -> str:
    """What of an API key is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def audit_key(id_key: bytes) -> bytes:
    """The key of the audit log's marks: made of the one that never rotates, so the log can be checked for ever."""
    return hmac.new(id_key, b"audit-log", hashlib.sha256).digest()


def signature(key: bytes, *parts: str) -> str:
    """A keyed mark on something that we hand out and want back unchanged (a cursor)."""
    return _mac(key, *parts)


def signature_fits(key: bytes, mark: str, *parts: str) -> bool:
    """Whether the mark is ours."""
    return _equal(_mac(key, *parts), mark)


def _mac(key: bytes, *parts: str) -> str:
    """128 bits of HMAC-SHA256 over the parts, each with its length in front so that they cannot run together."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:TAG_HEX]


def _equal(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
