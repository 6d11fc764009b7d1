"""A bucket that keeps versions: written once, listed, and there again after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.aws.file_calls import FileCall, file_call
from tests.local.toys import CODE, TEMPLATE, Toys, play

BUCKET = """
  Log:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: { Status: Enabled }
"""
MAY = """            - { Sid: Pages, Effect: Allow, Action: ["s3:*Object"], Resource: !Sub "${Log.Arn}/*" }
            - { Sid: List, Effect: Allow, Action: [s3:ListBucket], Resource: !GetAtt Log.Arn }
"""
WITH_BUCKET = (
    TEMPLATE.replace("Resources:\n", f"Resources:{BUCKET}", 1)
    .replace("Variables: { QUEUE_URL: !Ref Queue }", "Variables: { QUEUE_URL: !Ref Queue, LOG: !Ref Log }")
    .replace("            - { Sid: Send,", f"{MAY}            - {{ Sid: Send,")
)
WITH_FILES = CODE.replace(
    "DOORS = {",
    """
s3 = boto3.client("s3")


def write(event, context):
    try:
        s3.put_object(Bucket=os.environ["LOG"], Key=event["rawQueryString"], Body=b"page", IfNoneMatch="*",
                      ChecksumAlgorithm="SHA256")
    except s3.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "written"


def newest(event, context):
    found = s3.list_objects_v2(Bucket=os.environ["LOG"], Prefix="log/", MaxKeys=1)
    return [one["Key"] for one in found.get("Contents", [])]


def read(event, context):
    return s3.get_object(Bucket=os.environ["LOG"], Key=event["rawQueryString"])["Body"].read().decode()


DOORS = {
    "/write": write,
    "/newest": newest,
    "/read": read,""",
)


def test_a_file_is_written_once_and_is_there_after_a_restart(tmp_path: Path) -> None:
    """As on AWS, where nobody's restart takes it away."""

    async def first(toys: Toys) -> None:
        said = [(await toys.http.get(f"/write?log/{name}")).text for name in ("998-1", "998-1", "997-2")]
        assert ["written", "PreconditionFailed", "written"] == said

    async def second(toys: Toys) -> None:
        assert ["log/997-2"] == (await toys.http.get("/newest")).json()
        assert "page" == (await toys.http.get("/read?log/998-1")).text

    play(tmp_path, first, WITH_BUCKET, WITH_FILES)
    play(tmp_path, second, WITH_BUCKET, WITH_FILES)


@pytest.mark.parametrize(
    ("path", "sid", "answer"), [("/write?log/1", "Pages", (200, "AccessDenied")), ("/newest", "List", (500, None))]
)
def test_without_its_permission_a_file_is_neither_written_nor_listed(
    tmp_path: Path, path: str, sid: str, answer: tuple[int, str | None]
) -> None:
    async def denied(toys: Toys) -> None:
        said = await toys.http.get(path)
        assert answer == (said.status_code, said.text if said.is_success else None)

    without = "\n".join(line for line in WITH_BUCKET.splitlines() if f"Sid: {sid}," not in line)
    play(tmp_path, denied, without, WITH_FILES)


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        ("GET", "/log-bucket?list-type=2&prefix=log%2F", FileCall("ListBucket", "log-bucket", "")),
        ("GET", "/log-bucket?prefix=log%2F&list-type=2", FileCall("ListBucket", "log-bucket", "")),
        ("GET", "/log-bucket/log/998-1", FileCall("GetObject", "log-bucket", "log/998-1")),
        ("PUT", "/log-bucket?versioning", None),
        ("GET", "/log-bucket?location", None),
        ("DELETE", "/log-bucket/log/998-1", None),
    ],
    ids=["list", "list-by-prefix", "read", "settings", "place", "delete"],
)
def test_calls_of_s3_are_known_by_their_paths(method: str, path: str, call: FileCall | None) -> None:
    assert call == file_call(method, path)
