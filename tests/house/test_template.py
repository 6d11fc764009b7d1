"""What is deployed keeps the rules that nobody would see broken before it hurts."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from gateway.aws.audited import READERS
from gateway.observability import METRICS
from gateway.settings import SETTINGS
from gateway.web.routes import ROUTES, Api
from tests.house.deployed import (
    functions,
    logical_id,
    of_type,
    parts_of,
    role_lines,
    statements,
    template,
    triggers,
    variables,
)
from tests.house.tree import TOP, names_of_functions

API_LIMIT_S = 30
"""API Gateway gives up then, whatever the function does."""

RUNTIMES = {"python3.13", "python3.14"}
"""cfn-lint lets any runtime name pass; these are the ones that Lambda and our wheels know."""

ROLES = {
    "stk_initiation": """
        GetItem on KEY# LEASE# LINK# PAY# PHONE# RCPT# SESSION# SETTINGS# STAFF#
        PutItem on PAY# RCPT#
        UpdateItem on COUNT# LEASE# LINK# PAY# PHONE# RCPT# SESSION# USED#
        GetParameters on credentials keys token
        PutParameter on token
        SendMessage on RetryQueue
    """,
    "callback_intake": """
        GetItem on BAL# CIRCUIT# OUT# PAY# RCPT# SETTINGS# TXN#
        PutItem on ORPHAN# RCPT#
        UpdateItem on BAL# CIRCUIT# OUT# PAY# RCPT# TXN#
        Query on by_reference
        GetParameters on keys
        SendMessage on RetryQueue
    """,
    "c2b_intake": """
        GetItem on PAY# RCPT#
        PutItem on ORPHAN# RCPT#
        UpdateItem on C2BREG# PAY# RCPT#
        Query on by_reference
        GetParameters on keys
        SendMessage on RetryQueue
    """,
    "status_sweep": """
        GetItem on DLV# HOOK#
        UpdateItem on DLV#
        SendMessage on WebhooksQueue
        GetItem on BAL# CIRCUIT# LEASE# LIMIT# ORPHAN# OUT# OUTFILE# PACE# PAY# PHONE# RCPT# SETTINGS# TXN#
        PutItem on ORPHAN# OUT# RCPT# TXN#
        UpdateItem on BAL# CIRCUIT# LEASE# LIMIT# ORPHAN# OUT# OUTFILE# PACE# PAY# RCPT# TXN#
        BatchGetItem on EVT#
        Query on by_reference due
        GetParameters on credentials initiators keys token
        PutParameter on token
        SendMessage on ChecksQueue RetryQueue
    """,
    "payments_api": """
        GetItem on BAL# CIRCUIT# DAY# EVT# HOOK# KEY# LINK# PAY# PHONE# RCPT# RECON# SETTINGS# TXN#
        BatchGetItem on EVT# LINK# OUT# PAY# RCPT#
        PutItem on LINK# PAY# RCPT#
        UpdateItem on LINK# PAY# RCPT# USED#
        Query on by_day by_order by_reference
        GetParameters on keys
        SendMessage on ChecksQueue
    """,
    "money_out": """
        GetItem on BAL# CIRCUIT# KEY# LEASE# LIMIT# OUT# OUTFILE# PAY# RCPT# SETTINGS# TXN#
        PutItem on BAL# OUT# OUTFILE# TXN#
        UpdateItem on BAL# CIRCUIT# COUNT# LEASE# LIMIT# OUT# OUTFILE# PAY# TXN# USED#
        GetParameters on credentials initiators keys token
        PutParameter on token
        BatchGetItem on OUT#
        Query on by_day by_order by_reference
        SendMessage on ChecksQueue
    """,
    "checkout": """
        GetItem on LINK# PAY# SETTINGS#
        GetParameters on keys
        SendMessage on ChecksQueue
    """,
    "reconciliation": """
        GetItem on KEY# LEASE# PAY# PROVEN# PULL# RCPT# RECON# SESSION# SETTINGS# STAFF# STATEMENT#
        BatchGetItem on BOOK# OUT# PAY# RCPT# RECON# SETTINGS# STAFF#
        PutItem on BOOK# ORPHAN# RCPT# RECON#
        UpdateItem on LEASE# PAY# PROVEN# PULL# RCPT# RECON# SESSION# STATEMENT# USED#
        GetObject PutObject on statements/*
        ListBucket on StatementsBucket
        Query on by_day by_order by_reference
        GetParameters on credentials keys token
        PutParameter on token
    """,
    "publish_events": """
        GetItem on HOOK#
        SendMessage on WebhooksQueue
        GetItem on CIRCUIT# DAY# PAY# RCPT# RECON# REPAIR# SETTINGS#
        BatchGetItem on EVT# OUT# PAY# RCPT# SETTINGS#
        PutItem on EVT#
        UpdateItem on DAY# EVT# RECON# REPAIR#
        Query on by_day
        PutEvents on EventBus
        SendMessage on RetryQueue
    """,
    "audit_log": """
        GetObject PutObject on log/*
        ListBucket on AuditBucket
        BatchGetItem on C2BREG# CIRCUIT# HOOK# KEY# OUT# OUTFILE# PAY# PROVEN# RCPT# RECON# SESSION# SETTINGS# STAFF# STATEMENT#
        Query on by_day
        GetItem on AUDIT#
        UpdateItem on AUDIT#
        GetParameters on keys
    """,  # noqa: E501  one line, since one call reads all of these together
    "webhook_delivery": """
        GetItem on BAL# CIRCUIT# DLV# HOOK# OUT# PAY# RCPT# RECON# SETTINGS# TXN#
        BatchGetItem on EVT#
        PutItem on EVT#
        UpdateItem on DLV# HOOK#
        Query on by_day
        PutEvents on EventBus
        SendMessage on WebhookWaitsQueue WebhooksQueue
    """,
    "admin_api": """
        GetItem on DLV# HOOK#
        BatchGetItem on DLV#
        UpdateItem on DLV# HOOK#
        Query on by_day
        SendMessage on WebhookWaitsQueue WebhooksQueue
        GetItem on AUDIT# C2BREG# CIRCUIT# KEY# LEASE# PACE# SESSION# SETTINGS# STAFF#
        GetItem on BAL# OUT# PAY# RCPT# RECON# TXN#
        Query on due
        BatchGetItem on KEY# STAFF# USED#
        PutItem on KEY#
        UpdateItem on KEY# SESSION# USED#
        UpdateItem on C2BREG# LEASE#
        GetParameters on credentials keys token
        PutParameter on token
    """,
    "console": """
        GetItem on DAY# LIMIT# OUT# OUTFILE# PAY# PHONE# RCPT# SESSION# SETTINGS# STAFF#
        BatchGetItem on OUT# PAY# RCPT# STAFF#
        PutItem on LIMIT# OUT# RCPT# SESSION# STAFF#
        UpdateItem on LIMIT# OUT# PAY# RCPT# SESSION# STAFF#
        Query on by_day by_order by_reference
        GetParameters on keys oidc
        SendMessage on ChecksQueue
    """,
}
"""Who may do what. A function that needs more gets a line here and in the template, in one change."""

PAGES = "${AuditBucket.Arn}/log/*"
"""A resource of which nobody knows the whole name beforehand."""

BLOCK_ORDER = [
    "Description",
    "CodeUri",
    "MemorySize",
    "Timeout",
    "ReservedConcurrentExecutions",
    "Events",
    "Environment",
    "Policies",
    "EventInvokeConfig",
    "LoggingConfig",
]

FILES = "${StatementsBucket.Arn}/statements/*"
"""The only resource of which nobody knows the whole name beforehand."""

NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"

each_function = pytest.mark.parametrize("name", sorted(functions()))


def test_each_folder_is_deployed_and_nothing_else() -> None:
    """functions/ and the template name the same functions, and a logical id is its folder's name."""
    deployed = {logical_id(name) for name in names_of_functions()}
    assert deployed == set(of_type("AWS::Serverless::Function"))
    assert set(functions()) == names_of_functions()


@each_function
def test_a_function_may_do_exactly_what_its_role_says(name: str) -> None:
    """Least privilege: the role read from the template is the one in ROLES, no more and no less."""
    role = [line.strip() for line in ROLES[name].splitlines() if line.strip()]
    assert sorted(role) == role_lines(functions()[name])


@each_function
def test_no_function_may_do_everything(name: str) -> None:
    """Neither actions nor resources of a function's policies are open, and nothing is deleted or scanned."""
    for statement in statements(functions()[name]):
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in statement["Action"])
        assert not {"dynamodb:Scan", "dynamodb:DeleteItem"} & set(statement["Action"])
        assert "*" not in json.dumps(statement["Resource"]).replace(FILES, "").replace(PAGES, "")


@each_function
def test_logs_of_a_function_end(name: str) -> None:
    """A function writes to a log group of its own, which the template makes with a retention."""
    group = functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert group == logical_id(name).removesuffix("Function") + "LogGroup"
    assert of_type("AWS::Logs::LogGroup")[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@each_function
def test_a_function_ends_before_its_caller_gives_up(name: str) -> None:
    """Timeouts: below API Gateway's for routes, below the minute for the schedule."""
    properties = functions()[name]
    limits = [API_LIMIT_S for _ in triggers(properties, "HttpApi")] + [60 for _ in triggers(properties, "Schedule")]
    assert all(properties["Timeout"] < limit for limit in limits)


@each_function
def test_a_message_stays_hidden_while_its_function_works(name: str) -> None:
    """A queue's visibility timeout is above the function's, else a message is worked on twice at once."""
    properties = functions()[name]
    queues = [trigger["Queue"]["Fn::GetAtt"][0] for trigger in triggers(properties, "SQS")]
    hidden_s = [of_type("AWS::SQS::Queue")[queue]["Properties"]["VisibilityTimeout"] for queue in queues]
    assert all(seconds > properties["Timeout"] for seconds in hidden_s)


@each_function
def test_what_fails_behind_a_function_goes_somewhere(name: str) -> None:
    """Schedules and streams have a failure destination, queues dead letters; batches fail one by one."""
    properties = functions()[name]
    streams, queues = triggers(properties, "DynamoDB"), triggers(properties, "SQS")
    schedules = [properties["EventInvokeConfig"] for _ in triggers(properties, "Schedule")]
    dead_letters = {queue for queue in of_type("AWS::SQS::Queue") if queue.endswith("DeadLetterQueue")}
    destinations = {
        one["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] for one in schedules + streams
    }
    redriven = {trigger["Queue"]["Fn::GetAtt"][0].replace("Queue", "DeadLetterQueue") for trigger in queues}
    assert destinations | redriven <= dead_letters
    assert all(one["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for one in streams + queues)


def test_each_queue_has_its_dead_letters_and_they_have_an_alarm() -> None:
    """A message that nobody could take wakes somebody."""
    queues = of_type("AWS::SQS::Queue")
    dead_letters = {name for name in queues if name.endswith("DeadLetterQueue")}
    for name in set(queues) - dead_letters:
        target = queues[name]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert target == name.replace("Queue", "DeadLetterQueue")
    alarms = json.dumps([alarm["Properties"].get("Dimensions") for alarm in of_type("AWS::CloudWatch::Alarm").values()])
    assert {name for name in dead_letters if f'["{name}", "QueueName"]' in alarms} == dead_letters


def test_each_alarm_reaches_the_topic() -> None:
    """No alarm rings in an empty room."""
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["Properties"]["AlarmDescription"]


def test_our_own_alarms_are_about_metrics_that_exist() -> None:
    """A metric of ours that an alarm watches is reported by the code, or drawn from its log lines."""
    drawn = {
        one["MetricName"]
        for resource in of_type("AWS::Logs::MetricFilter").values()
        for one in resource["Properties"]["MetricTransformations"]
    }
    watched = {
        one["MetricName"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for one in parts_of(alarm["Properties"])
        if one["Namespace"] == template()["Globals"]["Function"]["Environment"]["Variables"][NAMESPACE]
    }
    assert drawn <= watched <= drawn | set(METRICS)


def test_the_error_alarm_counts_every_function() -> None:
    """Errors of a new function are counted from its first day."""
    metrics = of_type("AWS::CloudWatch::Alarm")["FunctionErrorsAlarm"]["Properties"]["Metrics"]
    counted = {one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in metrics if "MetricStat" in one}
    assert counted == set(of_type("AWS::Serverless::Function"))


def test_the_runtime_is_one_that_exists() -> None:
    """Functions, layers and the bytecode that `make build` compiles are of one known Python."""
    runtime = template()["Globals"]["Function"]["Runtime"]
    assert runtime in RUNTIMES
    version = runtime.removeprefix("python")
    for layer in of_type("AWS::Serverless::LayerVersion").values():
        assert layer["Properties"]["CompatibleRuntimes"] == [runtime]
        makefile = (TOP / layer["Properties"]["ContentUri"] / "Makefile").read_text(encoding="utf-8")
        assert set(re.findall(r"\d\.\d\d", makefile)) == {version}
        assert f"({version.replace('.', ', ')})" in makefile


def test_access_logs_name_routes_and_never_paths() -> None:
    """Callback paths carry tags, page paths carry codes: neither may reach a log."""
    for api in of_type("AWS::Serverless::HttpApi").values():
        line = json.loads(api["Properties"]["AccessLogSettings"]["Format"])
        assert line["route"] == "$context.routeKey"
        assert not re.search(r"path|uri|resource|query|authorizer", json.dumps(list(line.values())), re.IGNORECASE)


def test_each_api_is_throttled_and_hides_behind_its_domain() -> None:
    """Rates are limited, and AWS's own host name is off as soon as there is another."""
    apis = of_type("AWS::Serverless::HttpApi")
    assert set(apis) == {"ShopApi", "CallbackApi"}
    for api in apis.values():
        assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(api["Properties"]["DefaultRouteSettings"])
        assert api["Properties"]["DisableExecuteApiEndpoint"]["Fn::If"][1:] == [True, False]


def test_safaricoms_routes_and_shops_routes_never_mix() -> None:
    """CallbackApi has the /in/ routes and nothing else; the default route answers on ShopApi alone."""
    routes = [
        (trigger["ApiId"]["Ref"], str(trigger.get("Path", "$default")))
        for properties in functions().values()
        for trigger in triggers(properties, "HttpApi")
    ]
    assert {api for api, path in routes if path.startswith("/in/")} == {"CallbackApi"}
    assert {api for api, path in routes if not path.startswith("/in/")} == {"ShopApi"}
    assert routes.count(("ShopApi", "$default")) == 1


def test_the_template_has_the_routes_of_the_code() -> None:
    """Each route of the code is called where and by what the template says, and there are no others."""
    deployed = {
        (trigger["ApiId"]["Ref"], trigger["Method"], trigger["Path"], name)
        for name, properties in functions().items()
        for trigger in triggers(properties, "HttpApi")
        if "Path" in trigger
    }
    apis = {Api.SHOP: "ShopApi", Api.CALLBACK: "CallbackApi"}
    assert {(apis[one.api], one.method, one.path, one.function) for one in ROUTES} == deployed


def test_what_is_kept_is_encrypted() -> None:
    """Table, stream, queues and topic lie under the project's own key, which rotates."""
    key = {"Ref": "DataKey"}
    assert of_type("AWS::KMS::Key")["DataKey"]["Properties"]["EnableKeyRotation"] is True
    table = of_type("AWS::DynamoDB::Table")["PaymentsTable"]["Properties"]
    encryption = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["DataKey", "Arn"]}}
    assert table["SSESpecification"] == encryption
    for resource in (*of_type("AWS::SQS::Queue").values(), *of_type("AWS::SNS::Topic").values()):
        assert resource["Properties"]["KmsMasterKeyId"] == key


def test_statements_are_nobodys_to_see_and_gone_after_a_week() -> None:
    """Payers' names stand in them: encrypted by the project's key, closed to the public, read over TLS alone."""
    bucket = of_type("AWS::S3::Bucket")["StatementsBucket"]["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    expected = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]}}
    assert encryption["ServerSideEncryptionByDefault"] == expected
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert [rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [7]
    (denied,) = of_type("AWS::S3::BucketPolicy")["StatementsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (denied["Effect"], denied["Condition"])


def test_the_table_outlives_mistakes() -> None:
    """Restorable to any second, kept when the stack goes, protected where money is real."""
    table = of_type("AWS::DynamoDB::Table")["PaymentsTable"]
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["MovesRealMoney", True, False]}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_indexes_hold_keys_only() -> None:
    """Each further attribute in an index would be written again with every change of a payment."""
    indexes = of_type("AWS::DynamoDB::Table")["PaymentsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"] for index in indexes} == {"due", "by_day", "by_reference", "by_order"}
    assert {index["Projection"]["ProjectionType"] for index in indexes} == {"KEYS_ONLY"}


def test_the_publisher_is_not_called_by_its_own_writes() -> None:
    """The stream's filter lets through what publish_events reads and nothing that it writes."""
    (stream,) = triggers(functions()["publish_events"], "DynamoDB")
    (pattern,) = (json.loads(one["Pattern"]) for one in stream["FilterCriteria"]["Filters"])
    seen = {one["prefix"] for one in pattern["dynamodb"]["Keys"]["pk"]["S"]}
    assert seen == {"BAL#", "CIRCUIT#", "OUT#", "PAY#", "RCPT#", "RECON#", "TXN#"}


def test_the_audit_log_is_called_for_all_that_is_audited_and_nothing_else() -> None:
    """The stream's filter names the items of which the log tells, and the role lets each of them be read back."""
    (stream,) = triggers(functions()["audit_log"], "DynamoDB")
    (pattern,) = (json.loads(one["Pattern"]) for one in stream["FilterCriteria"]["Filters"])
    assert {one["prefix"] for one in pattern["dynamodb"]["Keys"]["pk"]["S"]} == set(READERS)
    (read,) = (one for one in statements(functions()["audit_log"]) if one["Action"] == ["dynamodb:BatchGetItem"])
    keys = read["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert {key.removesuffix("*") for key in keys} == set(READERS)


def test_a_shard_of_the_stream_has_the_two_readers_that_it_takes() -> None:
    """AWS slows down a third one."""
    assert {name for name in functions() if triggers(functions()[name], "DynamoDB")} == {"publish_events", "audit_log"}


def test_pages_of_the_audit_log_are_written_once_and_outlive_everybody() -> None:
    """Kept in versions and when the stack goes, closed to the public, locked by a parameter that production sets."""
    bucket = of_type("AWS::S3::Bucket")["AuditBucket"]
    properties = bucket["Properties"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    locked = properties["ObjectLockConfiguration"]["Fn::If"]
    assert (properties["ObjectLockEnabled"], locked[0]) == (True, "LocksAuditLog")
    assert locked[1]["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Years": {"Ref": "AuditLockYears"}}
    config = tomllib.loads((TOP / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = {name: config[name]["deploy"]["parameters"]["parameter_overrides"] for name in ("dev", "production")}
    assert ("AuditLockYears=7" in overrides["production"], "AuditLockYears" in str(overrides["dev"])) == (True, False)
    policy = of_type("AWS::S3::BucketPolicy")["AuditBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    denied = {one["Sid"]: (one["Effect"], one["Principal"], one["Condition"]) for one in policy}
    assert denied == {
        "OnlyOverTls": ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}}),
        "NoPageIsWrittenTwice": ("Deny", "*", {"Null": {"s3:if-none-match": "true"}}),
    }
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


def test_no_secret_is_made_by_the_template() -> None:
    """CloudFormation cannot make a SecureString, so no parameter is made at all."""
    assert of_type("AWS::SSM::Parameter") == {}


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_a_parameter_tells_what_it_takes(name: str) -> None:
    """Each has a default, a meaning and limits, and says in words which value it would have liked."""
    parameter = template()["Parameters"][name]
    assert {"Default", "Description"} <= set(parameter)
    limits = {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)
    assert len(limits) == 1
    assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter)
    assert f'"{name}"' in json.dumps([template()[part] for part in ("Conditions", "Globals", "Resources")])


@pytest.mark.parametrize("environment", ["dev", "sandbox", "production"])
def test_an_environment_sets_parameters_that_exist(environment: str) -> None:
    """samconfig.toml names parameters of the template only."""
    config = tomllib.loads((TOP / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    assert {one.split("=", 1)[0] for one in overrides} <= set(template()["Parameters"])


def test_settings_in_code_and_template_are_the_same() -> None:
    """Each setting is set by the template for somebody; nothing is set that the code does not know."""
    of_the_libraries = {"LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"}
    deployed = set().union(*(variables(properties) for properties in functions().values()))
    assert deployed - of_the_libraries == {setting.name for setting in SETTINGS}


@each_function
def test_a_function_is_told_only_of_what_it_may_use(name: str) -> None:
    """A queue's, bus's or parameter's address is set exactly where the role allows its use."""
    may = " ".join(role_lines(functions()[name]))
    told = variables(functions()[name])
    assert ("RETRY_QUEUE_URL" in told) == ("RetryQueue" in may)
    assert ("CHECKS_QUEUE_URL" in told) == ("ChecksQueue" in may)
    assert ("WEBHOOKS_QUEUE_URL" in told) == ("WebhooksQueue" in may)
    assert ("WEBHOOK_WAITS_QUEUE_URL" in told) == ("WebhookWaitsQueue" in may)
    assert ("AUDIT_BUCKET" in told) == ("AuditBucket" in may)
    assert ("EVENT_BUS_NAME" in told) == ("EventBus" in may)
    assert ("STATEMENTS_BUCKET" in told) == ("StatementsBucket" in may)
    assert ("PARAMETER_PREFIX" in told) == ("GetParameter" in may)
    assert ("DARAJA_BASE_URL" in told) == ("credentials" in may)


@each_function
def test_a_function_names_itself_in_logs_and_metrics(name: str) -> None:
    """The service's name is the folder's."""
    assert functions()[name]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == name


@each_function
def test_the_parts_of_a_function_stand_in_order(name: str) -> None:
    """Code, events, environment, policies, failure destination: a reader finds each at its place."""
    parts = list(of_type("AWS::Serverless::Function")[logical_id(name)]["Properties"])
    assert parts == sorted(parts, key=BLOCK_ORDER.index)


def test_the_release_is_told_once() -> None:
    """The template's GatewayVersion is the project's version."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert template()["Parameters"]["GatewayVersion"]["Default"] == project["version"]


def test_the_template_reads_from_top_to_bottom() -> None:
    """Its eight sections stand in order."""
    text = (TOP / "template.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ *# (\d) [A-Z]", text, re.MULTILINE) == list("12345678")
