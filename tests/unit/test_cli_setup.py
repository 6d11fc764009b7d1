"""`mpesa-gateway keys | settings | credentials | bootstrap`: a fresh stack to its first payment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import stack as stacks
from cli.bootstrap import SECRETS_FILE, bootstrap_local, kept_secrets
from cli.failure import Exit
from cli.scopes import EVERYDAY, SCOPES
from cli.shop_settings import store_settings, stored_settings
from cli.stack import Stack
from gateway import security
from gateway.aws import items
from gateway.aws.clients import ELSEWHERE, parameter_client
from gateway.aws.key_uses import DynamoKeyUses
from gateway.aws.secrets import ParameterSecrets
from gateway.aws.staff import DynamoStaff
from gateway.aws.store import DynamoStore
from gateway.domain.staff import Member, Role
from tests.gateway_samples import AT_MS
from tests.unit.cli_stack import PREFIX, SHOP, SHORTCODES, Command, fresh_stack, runner

OTIENO = Member(
    owner="shop", email="otieno@shop.example", name="Otieno", roles=frozenset({Role.ACCOUNTANT}), added_by="command",
    added_at_ms=AT_MS, issuer="https://issuer.example", subject="8f1c",
)  # fmt: skip


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """Just deployed."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` on that stack."""
    return runner(monkeypatch, capsys)


def _secrets() -> ParameterSecrets:
    """As a function reads them."""
    client = parameter_client(ELSEWHERE.parameters)
    return ParameterSecrets(lambda: client, PREFIX, ("keys", "credentials"), lambda: AT_MS)


def _store(stack: Stack) -> DynamoStore:
    return DynamoStore(stack.table, 4, lambda: AT_MS)


# --- the gateway's own keys -----------------------------------------------------------------------------------------


def test_own_keys_are_made_once_and_never_overwritten(command: Command) -> None:
    assert command("keys", "init", "--json").json == {"parameter": f"{PREFIX}/keys", "created": True}
    first = _secrets().read_keys()
    assert command("keys", "init", "--json").json["created"] is False
    assert first.id == _secrets().read_keys().id
    kinds = {first.id, first.phone, first.client_token, first.cursor, *first.tags, *first.c2b_tags}
    assert (6, {32}) == (len(kinds), {len(key) for key in kinds})


def test_a_new_tag_key_comes_first_and_the_last_one_stays_valid(command: Command) -> None:
    command("keys", "init")
    first = _secrets().read_keys()
    assert 2 == command("keys", "rotate-tags", "--json").json["tag_keys"]
    second = _secrets().read_keys()
    assert (first.tags[0], first.id, first.c2b_tags) == (second.tags[1], second.id, second.c2b_tags)
    command("keys", "rotate-tags")
    assert second.tags[0] == _secrets().read_keys().tags[1]


def test_tags_of_a_stack_without_keys_cannot_rotate(command: Command) -> None:
    ran = command("keys", "rotate-tags")
    assert (3, "") == (ran.code, ran.out)
    assert "keys init" in ran.err


# --- API keys ------------------------------------------------------------------------------------------------------


def test_a_created_key_opens_the_api_and_its_secret_is_stored_nowhere(command: Command, stack: Stack) -> None:
    made = command("keys", "create", "--owner", "shop", "--name", "server", "--json").json
    assert re.fullmatch(r"sk_test_[0-9A-Za-z]{32}", made["secret"])
    key = _store(stack).read_key(security.secret_hash(made["secret"]))
    assert key is not None
    assert (made["id"], "shop", False, set(EVERYDAY)) == (
        key.id,
        key.owner,
        key.livemode,
        set(key.scopes),
    )
    listed = command("keys", "list", "--owner", "shop", "--json")
    assert ([made["id"]], made["secret"][-4:]) == ([row["id"] for row in listed.lines], listed.lines[0]["last4"])
    assert made["secret"] not in listed.out + str(stack.table_client.scan(TableName=stack.table_name))


def test_the_list_of_keys_says_when_each_was_last_used(command: Command, stack: Stack) -> None:
    """So that its owner sees which ones can go."""
    used, idle = (command("keys", "create", "--owner", "shop", "--json").json["id"] for _ in range(2))
    DynamoKeyUses(stack.table).note_use(used, "2026-03-02")
    rows = command("keys", "list", "--owner", "shop", "--json").lines
    assert {used: "2026-03-02", idle: None} == {row["id"]: row["last_used_on"] for row in rows}


def test_a_key_may_be_a_persons_who_then_cannot_approve_what_it_asks_for(command: Command, stack: Stack) -> None:
    DynamoStaff(stack.table).save_member(None, OTIENO)
    made = command("keys", "create", "--owner", "shop", "--of", OTIENO.email, "--json").json
    nobodys = command("keys", "create", "--owner", "shop", "--json").json
    found = [_store(stack).read_key(security.secret_hash(one["secret"])) for one in (made, nobodys)]
    assert [OTIENO.person, ""] == [key and key.maker for key in found]


@pytest.mark.parametrize("changed", [{"subject": ""}, {"removed": True}, {"email": "achieng@shop.example"}])
def test_a_key_is_no_persons_whom_nobody_knows(changed: dict[str, Any], command: Command, stack: Stack) -> None:
    """Invited and never there, gone, or another: no key is made."""
    DynamoStaff(stack.table).save_member(None, replace(OTIENO, **changed))
    ran = command("keys", "create", "--owner", "shop", "--of", OTIENO.email)
    assert (Exit.REFUSED, "", True) == (ran.code, ran.out, OTIENO.email in ran.err)
    assert [] == command("keys", "list", "--owner", "shop", "--json").lines


def test_a_publishable_key_has_no_scopes_and_a_key_may_run_out(command: Command, stack: Stack) -> None:
    made = command("keys", "create", "--owner", "shop", "--publishable", "--days", "1", "--json").json
    key = _store(stack).read_key(security.secret_hash(made["secret"]))
    assert key is not None
    assert (True, frozenset()) == (key.publishable, key.scopes)
    assert made["secret"].startswith("pk_test_")
    assert key.expires_at_ms is not None


def test_a_revoked_key_is_refused_and_stays_in_the_list(command: Command, stack: Stack) -> None:
    made = command("keys", "create", "--owner", "shop", "--json").json
    assert 0 == command("keys", "revoke", made["id"], "--owner", "shop").code
    key = _store(stack).read_key(security.secret_hash(made["secret"]))
    assert key is not None
    assert key.revoked
    assert [True] == [row["revoked"] for row in command("keys", "list", "--owner", "shop", "--json").lines]


def test_another_owners_key_cannot_be_revoked(command: Command) -> None:
    made = command("keys", "create", "--owner", "shop", "--json").json
    ran = command("keys", "revoke", made["id"], "--owner", "other-shop")
    assert (5, True) == (ran.code, made["id"] in ran.err)


def test_an_unknown_scope_is_a_wrong_usage(command: Command) -> None:
    ran = command("keys", "create", "--owner", "shop", "--scopes", "payments:read,money:print")
    assert (2, "") == (ran.code, ran.out)
    assert "money:print" in ran.err


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_are_stored_shown_and_read_by_the_functions(command: Command, stack: Stack) -> None:
    assert 0 == command("settings", "put", "-", stdin=json.dumps(SHOP)).code
    shown = command("settings", "show", "--json").lines
    shortcodes = [{**code, "pull": False} for code in SHORTCODES]
    assert [{**SHOP, "shortcodes": shortcodes, "default_language": "en"}] == [
        {name: one[name] for name in (*SHOP, "default_language")} for one in shown
    ]
    read = _store(stack).read_settings("shop")
    assert read is not None
    assert ("4000001", "till") == (read.shortcodes[1].business_number, read.shortcodes[1].kind)
    assert 0 == command("settings", "put", "-", stdin=json.dumps(shown[0])).code


PAYBILL: dict[str, Any] = {"number": "174379", "kind": "paybill", "name": "CORNER"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner": "Shop 1"}, "owner:"),
        ({"name": " "}, "name:"),
        ({"shortcodes": []}, "shortcodes:"),
        ({"shortcodes": "174379"}, "shortcodes:"),
        ({"shortcodes": [PAYBILL, PAYBILL]}, "stands there twice"),
        ({"shortcodes": [{**PAYBILL, "number": 174379}]}, "shortcodes[0].number:"),
        ({"shortcodes": [{**PAYBILL, "kind": "bank"}]}, 'shortcodes[0].kind: must be "paybill" or "till"'),
        ({"shortcodes": [{**PAYBILL, "kind": "till"}]}, "shortcodes[0].store_number: a till needs"),
        ({"shortcodes": [{**PAYBILL, "store_number": "4000001"}]}, "shortcodes[0].store_number: a paybill has none"),
        ({"shortcodes": [{**PAYBILL, "passkey": "x"}]}, "shortcodes[0].passkey: unknown field"),
        ({"shortcodes": [{**PAYBILL, "name": ""}]}, "shortcodes[0].name:"),
        ({"shortcodes": [7]}, "shortcodes[0]:"),
        ({"origins": ["http://shop.example"]}, "origins[0]:"),
        ({"origins": ["https://shop.example/"]}, "origins[0]:"),
        ({"origins": "https://shop.example"}, "origins:"),
        ({"origins": ["https://[shop"]}, "origins[0]:"),
        ({"colour": "#ffff00"}, "too light for white letters; the nearest that fits is #7a7a00"),
        ({"logo": "nonsense!"}, "logo: this is no base64"),
        ({"logo": "aGVsbG8="}, "logo: this is no PNG picture"),
        ({"colour": "blue"}, "colour:"),
        ({"default_language": "fr"}, "default_language:"),
        ({"support_phone": "call us"}, "support_phone:"),
        ({"support_url": "http://shop.example/help"}, "support_url:"),
        ({"support_url": "javascript:alert(1)"}, "support_url:"),
        ({"auto_return_s": 4}, "auto_return_s:"),
        ({"auto_return_s": True}, "auto_return_s:"),
        ({"amount_kes_max": 250_001}, "amount_kes_max:"),
        ({"amount_kes_max": True}, "amount_kes_max:"),
        ({"colr": "#000000"}, "colr: unknown field"),
    ],
)
def test_wrong_settings_are_refused_by_field_and_not_stored(
    command: Command, change: dict[str, Any], said: str
) -> None:
    ran = command("settings", "put", "-", stdin=json.dumps(SHOP | change))
    assert (3, "", True) == (ran.code, ran.out, said in ran.err), ran.err
    assert [] == command("settings", "show", "--json").lines


def test_every_wrong_field_is_told_at_once(command: Command) -> None:
    err = command("settings", "put", "-", stdin="{}").err
    assert all(f"{name}:" in err for name in ("owner", "name", "shortcodes"))


def test_a_file_that_is_no_json_is_told_by_place_only(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text('{"owner": "s3cret', encoding="utf-8")
    ran = command("settings", "put", str(path))
    assert (2, True, False) == (ran.code, "line 1, column 11" in ran.err, "s3cret" in ran.err)
    assert 2 == command("settings", "put", str(tmp_path / "nowhere.json")).code


# --- credentials ------------------------------------------------------------------------------------------------------


def test_credentials_are_asked_for_without_echo(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command("settings", "put", "-", stdin=json.dumps(SHOP))
    asked: list[str] = []

    def typed(question: str) -> str:
        asked.append(question)
        return "" if "4000001" in question else f"typed-{len(asked)}"

    monkeypatch.setattr("getpass.getpass", typed)
    ran = command("credentials", "put", "--json")
    assert ["174379"] == ran.json["passkeys_of"]
    stored = _secrets().read_credentials()
    assert ("typed-1", "typed-2", {"174379": "typed-3"}) == (
        stored.consumer_key,
        stored.consumer_secret,
        stored.passkeys,
    )
    assert "typed" not in ran.out


def test_credentials_come_from_stdin_too(command: Command) -> None:
    content = {"consumer_key": "k", "consumer_secret": "s", "passkeys": {"174379": "p"}}
    assert 0 == command("credentials", "put", "--file", "-", stdin=json.dumps(content)).code
    assert "s" == _secrets().read_credentials().consumer_secret


@pytest.mark.parametrize(
    "content",
    [
        {"consumer_key": "hidden value", "consumer_secret": "s", "passkeys": {}},
        {"consumer_key": "k", "passkeys": {}},
        {"consumer_key": "k", "consumer_secret": "s", "passkeys": ["hidden"]},
        {"consumer_key": "k", "consumer_secret": "s", "passkeys": {"174379": ""}},
        {"consumer_key": "k", "consumer_secret": "s", "passkeys": {}, "password": "hidden"},
        ["hidden"],
    ],
)
def test_wrong_credentials_are_refused_and_never_shown(command: Command, content: object) -> None:
    ran = command("credentials", "put", "--file", "-", stdin=json.dumps(content))
    assert (3, "", False) == (ran.code, ran.out, "hidden" in ran.err)


def test_passkeys_cannot_be_asked_for_before_there_is_a_shortcode(command: Command) -> None:
    ran = command("credentials", "put")
    assert (3, True) == (ran.code, "settings put" in ran.err)


# --- the local stack -----------------------------------------------------------------------------------------------


def test_bootstrap_brings_a_local_stack_to_its_first_payment(
    command: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://dynamodb.eu-west-1.amazonaws.com")
    words = (
        "bootstrap",
        "--local",
        "--json",
        "--directory",
        str(tmp_path / ".local"),
        "--origin",
        "http://localhost:7071",
    )
    monkeypatch.setattr("cli.stack.parameter_client", lambda _: parameter_client_without(monkeypatch))
    first = command(*words).json
    assert all(
        re.fullmatch(r"[sp]k_test_local_[0-9A-Za-z]{32}", first[name]) for name in first if name.endswith("_key")
    )
    owners = [
        found.owner
        for name in ("secret_key", "other_secret_key")
        if (found := _store(stack).read_key(security.secret_hash(first[name])))
    ]
    assert ["shop", "other-shop"] == owners
    file = tmp_path / ".local" / SECRETS_FILE
    assert 0o600 == file.stat().st_mode & 0o777
    assert first == command(*words).json


def test_bootstrap_adds_what_an_earlier_version_did_not_know_and_keeps_the_rest(stack: Stack, tmp_path: Path) -> None:
    """Its shop paid nothing out, and its key was of fewer scopes; a colour that somebody chose stays."""
    keys = kept_secrets(tmp_path)
    bootstrap_local(stack, tmp_path, [], AT_MS)
    key_hash = security.secret_hash(keys["secret_key"])
    settings = stored_settings(stack, "shop")
    assert settings is not None
    store_settings(stack, replace(settings, payout_shortcode="", colour="#7a1f5c"))
    item = items.unpacked(stack.table.read(items.KEY + key_hash) or {})
    stack.table.put(items.packed({**item, "scopes": ["payments:read"], "revoked": True}))

    bootstrap_local(stack, tmp_path, [], AT_MS)

    after, key = stored_settings(stack, "shop"), _store(stack).read_key(key_hash)
    assert after is not None
    assert key is not None
    assert ("600998", "#7a1f5c") == (after.payout_shortcode, after.colour)
    assert (set(SCOPES), True) == (set(key.scopes), key.revoked)


def parameter_client_without(monkeypatch: pytest.MonkeyPatch) -> Any:
    """SSM at its own address: the variable above is only there to be seen."""
    with monkeypatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL")
        return parameter_client(ELSEWHERE.parameters)


def test_bootstrap_keeps_off_stacks_that_are_not_local(command: Command) -> None:
    ran = command("bootstrap", "--local")
    assert (2, "", True) == (ran.code, ran.out, "make run" in ran.err)


# --- which stack ------------------------------------------------------------------------------------------------------


def test_without_any_stack_the_command_says_what_to_name(command: Command) -> None:
    ran = command("keys", "init", on_stack=False)
    assert (3, True) == (ran.code, "--env" in ran.err)


@pytest.mark.parametrize("name", ["dev", "sandbox", "production"])
def test_each_environment_of_samconfig_names_its_stack_and_region(name: str) -> None:
    """As `--env` reads them: what all commands of an environment share, and what its deployment adds."""
    parameters = stacks._samconfig(name)

    assert f"mpesa-gateway-{name}" == parameters["stack_name"]
    assert parameters["region"]
    assert f"Stage={name}" in parameters["parameter_overrides"]


def test_an_environment_that_samconfig_does_not_have_is_named(command: Command, tmp_path: Path) -> None:
    assert 3 == command("doctor", "--env", "dev", on_stack=False).code
    (tmp_path / "samconfig.toml").write_text('[dev.deploy.parameters]\nstack_name = "x"\n', encoding="utf-8")
    ran = command("doctor", "--env", "prod", on_stack=False)
    assert (3, True) == (ran.code, "it has dev" in ran.err)


def test_real_money_settings_change_only_when_a_person_types_the_name(
    command: Command, monkeypatch: pytest.MonkeyPatch, stack: Stack
) -> None:
    live = Stack("production", stack.table_name, stack.prefix, livemode=True)
    monkeypatch.setattr("cli.__main__.find_stack", lambda _: live)
    ran = command("keys", "init")
    assert (2, True) == (ran.code, "--yes" in ran.err)
    assert 0 == command("keys", "init", "--yes").code
    made = command("keys", "create", "--owner", "shop", "--yes", "--json").json
    assert made["secret"].startswith("sk_live_")


def test_help_says_which_scopes_there_are_and_which_a_key_gets(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command("keys", "create", "--help", on_stack=False)
    told = " ".join(capsys.readouterr().out.split())
    assert [] == [scope for scope in SCOPES if scope not in told]
    assert "default: all but keys:write" in told
