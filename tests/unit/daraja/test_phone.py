"""What people type becomes twelve digits, or a problem with a name."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.phone import PhoneProblem, parse_phone

NATIONAL = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
FORMS = ("0{}", "{}", "254{}", "+254{}", "00254{}", "2540{}", "+2540{}", "+254 (0) {}", " 0{} ", "+ 254-{}")


@given(NATIONAL, st.sampled_from(FORMS))
def test_every_form_of_a_kenyan_mobile_number_is_read(national: str, form: str) -> None:
    """Also where the numbering library does not know the range yet."""
    assert parse_phone(form.format(national)) == f"254{national}"


@pytest.mark.parametrize(
    "text", ["0712 345 678", "0712-345-678", "(0712) 345.678", "0712\u00a0345\u00a0678", "0712\u2011345\u2011678"]
)
def test_blanks_dashes_dots_and_brackets_do_not_matter(text: str) -> None:
    assert parse_phone(text) == "254712345678"


@pytest.mark.parametrize(
    ("text", "kind", "digits"),
    [
        ("", "empty", 0),
        (" - ", "empty", 0),
        ("+", "empty", 0),
        ("0712FLOWER", "letters", 4),
        ("\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "letters", 10),
        ("\uff10\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "letters", 10),
        ("²07123456", "letters", 9),
        ("0712+345678", "letters", 10),
        ("0712345678;", "letters", 10),
        ("7", "too_short", 1),
        ("00", "too_short", 2),
        ("254", "too_short", 3),
        ("071234567", "too_short", 9),
        ("25471234567", "too_short", 11),
        ("+44 123", "too_short", 5),
        ("07123456789", "too_long", 11),
        ("7123456789", "too_long", 10),
        ("2547123456789", "too_long", 13),
        ("9" * 40, "too_long", 40),
        ("0202345678", "not_kenyan_mobile", 10),
        ("0800723253", "not_kenyan_mobile", 10),
        ("254202345678", "not_kenyan_mobile", 12),
        ("+447911123456", "not_kenyan_mobile", 12),
        ("00256712345678", "not_kenyan_mobile", 14),
        ("+256712345678", "not_kenyan_mobile", 12),
        ("447911123456", "not_kenyan_mobile", 12),
    ],
)
def test_a_number_that_cannot_be_says_why_length_before_range(text: str, kind: str, digits: int) -> None:
    with pytest.raises(PhoneProblem) as caught:
        parse_phone(text)

    assert (caught.value.kind, caught.value.digits) == (kind, digits)


def test_a_range_that_the_numbering_plan_gives_to_another_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today all ranges under 07 and 01 are mobile or free; this is what happens when one is given away."""
    monkeypatch.setattr(phonenumbers, "number_type", lambda _: phonenumbers.PhoneNumberType.PREMIUM_RATE)

    with pytest.raises(PhoneProblem) as caught:
        parse_phone("0199345678")

    assert caught.value.kind == "not_kenyan_mobile"


def outcome(text: str) -> str:
    """The number, or the sentence about it without its count of digits."""
    try:
        return parse_phone(text)
    except PhoneProblem as problem:
        return str(problem).replace(f"({problem.digits} digits given)", "")


@given(st.text(max_size=30) | st.from_regex(r"[+0-9 ()-]{0,20}", fullmatch=True))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    assert outcome(text).startswith(("2547", "2541", "phone: "))


@given(st.from_regex(r"\+?[2-689][0-9]{7,20}", fullmatch=True))
def test_a_problem_does_not_repeat_the_number(text: str) -> None:
    assert text not in outcome(text)
