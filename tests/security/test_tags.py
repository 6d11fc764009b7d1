"""No tag, token or code but the right one fits: every bit, every length, and very many by chance."""

from __future__ import annotations

import ast
import hmac
from collections.abc import Callable
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from gateway import security
from tests.gateway_samples import payment_id
from tests.memory_store import KEYS, START_MS

PAYMENT = payment_id(1)
TOKEN = KEYS.client_token
Fits = Callable[[str], bool]
ALL: dict[str, tuple[str, Fits]] = {
    "callback tag": (
        security.stk_tag(KEYS.tags[0], PAYMENT, 1),
        lambda given: security.stk_tag_fits(KEYS.tags, PAYMENT, 1, given),
    ),
    "callback tag of the key before": (
        security.stk_tag(b"o" * 32, PAYMENT, 1),
        lambda given: security.stk_tag_fits((*KEYS.tags, b"o" * 32), PAYMENT, 1, given),
    ),
    "C2B tag": (
        security.c2b_tag(KEYS.c2b_tags[0], "174379"),
        lambda given: security.c2b_tag_fits(KEYS.c2b_tags, "174379", given),
    ),
    "page code": (
        security.page_code(TOKEN, PAYMENT),
        lambda given: security.payment_of_page_code(TOKEN, given) is not None,
    ),
    "client token": (
        security.client_token(TOKEN, PAYMENT, START_MS),
        lambda given: security.read_client_token(TOKEN, given) is not None,
    ),
    "form token": (
        security.form_token(TOKEN, PAYMENT, 1),
        lambda given: security.form_token_fits(TOKEN, PAYMENT, 1, given),
    ),
    "claim token": (
        security.claim_token(TOKEN, PAYMENT),
        lambda given: security.claim_token_fits(TOKEN, PAYMENT, given),
    ),
    "link's form token": (
        security.link_form_token(TOKEN, "code"),
        lambda given: security.link_form_token_fits(TOKEN, "code", given),
    ),
    "signature": (
        security.signature(KEYS.cursor, "a", "b"),
        lambda given: security.signature_fits(KEYS.cursor, given, "a", "b"),
    ),
}
each = pytest.mark.parametrize(("right", "fits"), ALL.values(), ids=ALL)


@each
def test_the_right_one_fits_and_no_single_bit_may_differ(right: str, fits: Fits) -> None:
    """Every bit of every character, every deletion, every doubling, every character in the other case."""
    flips = {
        right[:at] + chr(ord(one) ^ 1 << bit) + right[at + 1 :] for at, one in enumerate(right) for bit in range(8)
    }
    shorter = {right[:at] + right[at + 1 :] for at in range(len(right))}
    longer = {right[:at] + right[at] + right[at:] for at in range(len(right))}
    cases = {right[:at] + one.swapcase() + right[at + 1 :] for at, one in enumerate(right)} - {right}
    around = {
        "",
        " " + right,
        right + "\n",
        right + "\x00",
        right * 2,
        right[::-1],
        "é" * len(right),
        right.upper() + "A",
    }
    assert fits(right)
    assert [] == [wrong for wrong in (flips | shorter | longer | cases | around) - {right} if fits(wrong)]


def refused_by_chance(count: int, seed: int = 1) -> int:
    """How many of so many random tags (of the right form) fit."""
    chance = Random(seed)
    return sum(security.stk_tag_fits(KEYS.tags, PAYMENT, 1, f"{chance.getrandbits(128):032x}") for _ in range(count))


def test_twenty_thousand_random_tags_do_not_fit() -> None:
    """`make load` tries a million."""
    assert 0 == refused_by_chance(20_000)


def test_no_mark_stands_for_another_thing() -> None:
    """What is made for one purpose fits nowhere else, whatever the parts: lengths stand in front of them."""
    key = b"k" * 32
    marks = [
        security.stk_tag(key, PAYMENT, 1), security.stk_tag(key, PAYMENT, 11), security.stk_tag(key, payment_id(2), 1),
        security.c2b_tag(key, "174379"), security.page_code(key, PAYMENT)[-32:],
        security.client_token(key, PAYMENT, START_MS)[-32:], security.form_token(key, PAYMENT, 1),
        security.form_token(key, PAYMENT, 11), security.claim_token(key, PAYMENT), security.link_form_token(key, "c"),
        security.phone_key(key, "254712345678"), security.payment_id(key, "a", "b", "c")[-32:],
        security.payment_id(key, "ab", "", "c")[-32:], security.payment_id(key, "a", "bc", "")[-32:],
        security.signature(key, "a", "bc"), security.signature(key, "ab", "c"), security.signature(key, "3:abc"),
    ]  # fmt: skip
    assert len(marks) == len(set(marks))


@pytest.mark.parametrize("given", ["", "0" * 32, security.stk_tag(KEYS.tags[0], PAYMENT, 1)])
def test_every_key_is_compared_in_constant_time_whichever_fits(given: str) -> None:
    """With two keys there are two comparisons, also when the first one fits or nothing could."""
    with patch("hmac.compare_digest", wraps=hmac.compare_digest) as compared:
        security.stk_tag_fits((*KEYS.tags, b"o" * 32), PAYMENT, 1, given)
    assert 2 == compared.call_count


def test_what_judges_a_mark_compares_it_by_compare_digest() -> None:
    """No function of `security.py` that says whether something fits uses `==`, `in` or a way around `_equal`."""
    tree = ast.parse(Path(security.__file__).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    judges = [
        one
        for one in functions
        if one.name.endswith("_fits") or one.name in ("payment_of_page_code", "read_client_token")
    ]
    called = {
        one.name: {ast.unparse(node.func) for node in ast.walk(one) if isinstance(node, ast.Call)} for one in judges
    }
    compared = [one.name for one in judges for node in ast.walk(one) if isinstance(node, ast.Compare)]
    equal = next(one for one in functions if one.name == "_equal")
    assert [] == [name for name, calls in called.items() if "_equal" not in calls]
    assert [] == compared
    assert "hmac.compare_digest" in ast.unparse(equal)
