"""S3 of the local run: who signed, or was given an address that was signed, and nobody else."""

from __future__ import annotations

import pytest

from local.aws.file_calls import FileCall, Signature, file_call, signature

SCOPE = "ASIALOCAL/20260302/eu-west-1/s3/aws4_request"
ADDRESS = {"X-Amz-Credential": SCOPE, "X-Amz-Date": "20260302T091504Z", "X-Amz-Expires": "900"}
SIGNED_AT = 1_772_442_904.0


def test_a_header_names_who_signed_and_for_which_service() -> None:
    header = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"
    assert Signature("ASIALOCAL", "s3") == signature(header, {})


def test_an_address_is_good_until_it_ends() -> None:
    assert Signature("ASIALOCAL", "s3", SIGNED_AT + 900) == signature("", ADDRESS)


@pytest.mark.parametrize("lost", ["X-Amz-Date", "X-Amz-Expires"])
def test_an_address_that_does_not_say_until_when_is_over(lost: str) -> None:
    given = {name: value for name, value in ADDRESS.items() if name != lost}
    assert Signature("ASIALOCAL", "s3", 0.0) == signature("", given)


@pytest.mark.parametrize("query", [{}, {"X-Amz-Credential": "somebody"}])
def test_what_nobody_signed_has_no_signature(query: dict[str, str]) -> None:
    assert signature("Bearer sk_test_x", query) is None


def test_a_file_is_read_or_written_by_its_path() -> None:
    called = file_call("PUT", "/the-bucket/statements/shop/stm%5F1?X-Amz-Expires=900")
    assert FileCall("PutObject", "the-bucket", "statements/shop/stm_1") == called
    assert "arn:aws:s3:::the-bucket/statements/shop/stm_1" == called.arn


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/the-bucket/a"), ("GET", "/the-bucket"), ("GET", "/"), ("POST", "/the-bucket/a")]
)
def test_what_no_function_does_is_not_done(method: str, path: str) -> None:
    assert file_call(method, path) is None
