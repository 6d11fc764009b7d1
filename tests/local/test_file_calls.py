"""S3 of the local run: who signed, or was given an address that was signed, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws.file_calls import FileCall, Signature, file_call, fits_its_signature, signature
from local.aws.function_spec import read_functions
from local.aws.needs import Needs
from local.aws.permissions import Permissions
from local.aws.template import Template, read_template
from local.first_settings import ROOT

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


# --- an address is used as it was signed --------------------------------------------------------------------------


def signed_address(method: str = "PUT", secret: str = "local", **headers: str) -> tuple[str, dict[str, str]]:
    """An address as botocore signs it with these headers: path and query, and the headers of who uses it."""
    request = AWSRequest(method, "http://127.0.0.1:4566/the-bucket/statements/shop/stm_1", headers=headers)
    S3SigV4QueryAuth(Credentials("ASIALOCAL", secret, "token"), "s3", "eu-west-1", expires=900).add_auth(request)
    assert request.url is not None
    return request.url.removeprefix("http://127.0.0.1:4566"), {"host": "127.0.0.1:4566", **headers}


def test_an_address_that_is_used_as_it_was_signed_fits() -> None:
    address, headers = signed_address(**{"content-length": "10"})
    assert fits_its_signature("PUT", address, headers)


@pytest.mark.parametrize("changed", [{"content-length": "11"}, {"host": "127.0.0.1:1"}])
def test_with_another_length_or_host_it_does_not(changed: dict[str, str]) -> None:
    address, headers = signed_address(**{"content-length": "10"})
    assert not fits_its_signature("PUT", address, headers | changed)


def test_for_another_file_or_act_or_time_or_of_another_key_it_does_not() -> None:
    address, headers = signed_address()
    others = [
        fits_its_signature("GET", address, headers),
        fits_its_signature("PUT", address.replace("stm_1", "stm_2"), headers),
        fits_its_signature("PUT", address.replace("Expires=900", "Expires=9000"), headers),
        fits_its_signature("PUT", *signed_address(secret="another")),
    ]
    assert [False] * 4 == others


@pytest.mark.parametrize("lost", ["X-Amz-SignedHeaders", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"])
def test_an_address_that_lacks_something_does_not(lost: str) -> None:
    address, headers = signed_address()
    assert not fits_its_signature("PUT", address.replace(f"{lost}=", "X-Amz-Lost="), headers)


# --- who may, by the template -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template() -> Template:
    """The project's own."""
    return read_template(ROOT / "template.yaml", {})


def refused(template: Template, function: str, method: str, folder: str = "statements") -> str | None:
    """The action that a function may not carry out on a file of the bucket; None: it may."""
    bucket = template.names.name("StatementsBucket")
    call = file_call(method, f"/{bucket}/{folder}/shop/stm_1")
    assert call is not None
    spec = next(one for one in read_functions(template) if one.logical_id == function)
    missing = Permissions(spec.policies, function).missing(Needs(template, lambda _: "").of_file(call))
    return missing.action if missing else None


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_function_of_statements_reads_and_writes_them_and_has_their_key(method: str, template: Template) -> None:
    assert refused(template, "ReconciliationFunction", method) is None


@pytest.mark.parametrize("function", ["ConsoleFunction", "PaymentsApiFunction", "CallbackIntakeFunction"])
def test_no_other_function_sees_a_statement(function: str, template: Template) -> None:
    assert ["s3:GetObject", "s3:PutObject"] == [refused(template, function, method) for method in ("GET", "PUT")]


def test_no_other_file_of_the_bucket_is_anybodys(template: Template) -> None:
    assert "s3:GetObject" == refused(template, "ReconciliationFunction", "GET", folder="elsewhere")


@pytest.mark.parametrize(("lost", "action"), [("s3:GetObject", "s3:GetObject"), ("s3:ListBucket", "s3:ListBucket")])
def test_without_its_permission_a_statement_is_not_read(lost: str, action: str, tmp_path: Path) -> None:
    whole = (ROOT / "template.yaml").read_text(encoding="utf-8")
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "template.yaml").write_text(whole.replace(lost, "s3:GetBucketLocation"), encoding="utf-8")
    assert action == refused(read_template(tmp_path / "template.yaml", {}), "ReconciliationFunction", "GET")
