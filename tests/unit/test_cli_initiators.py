"""`mpesa-gateway credential`: an operator's password stays here; what it turns into is stored, shown, and tried."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from cli import trying_a_credential
from cli.stack import Stack
from gateway.aws.initiator import AwsInitiator
from gateway.domain.circuit import Circuit, Opening
from gateway.ports import Call
from tests.memory_store import MemoryWorld
from tests.unit.cli_stack import PREFIX, SHOP, Command, fresh_stack, runner

PASSWORD = "s0 secret#&%$"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAYOUTS = "600998"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """Just deployed."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` on that stack, which has a shop."""
    made = runner(monkeypatch, capsys)
    made("settings", "put", "-", stdin=json.dumps({**SHOP, "payout_shortcode": PAYOUTS}))
    return made


def certificate(folder: Path, name: str = "apicrypt.simulator.localhost") -> str:
    """A file with a certificate that ran out long ago, as Safaricom's have."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = dt.datetime(2017, 4, 25, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=365))
        .sign(KEY, hashes.SHA256())
    )
    place = folder / "certificate.pem"
    place.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(place)


def put(command: Command, folder: Path, *more: str, name: str = "apicrypt.simulator.localhost") -> Any:
    words = ("credential", "set", "--initiator", "apiop1", "--certificate", certificate(folder, name))
    return command(*words, "--password-stdin", "--json", *(more or ("--shortcode", PAYOUTS)), stdin=PASSWORD + "\n")


def stored(stack: Stack) -> dict[str, Any]:
    """What lies in SSM."""
    found: dict[str, Any] = json.loads(stack.read_parameter("initiators") or "{}")
    return found


def initiator(stack: Stack) -> AwsInitiator:
    return AwsInitiator(stack.table, lambda: stack.parameters, lambda: PREFIX, lambda: 0)


def test_the_stored_credential_is_the_password_under_safaricoms_key(
    command: Command, stack: Stack, tmp_path: Path
) -> None:
    put(command, tmp_path)

    one = stored(stack)[PAYOUTS]
    encrypted = base64.b64decode(one["security_credential"], validate=True)
    assert ({"name", "security_credential", "set_at_ms"}, "apiop1") == (set(one), one["name"])
    assert PASSWORD.encode() == KEY.decrypt(encrypted, padding.PKCS1v15())


def test_the_password_is_neither_stored_nor_shown(command: Command, stack: Stack, tmp_path: Path) -> None:
    ran = put(command, tmp_path)

    written = json.dumps(stored(stack)) + repr(initiator(stack).read_circuit(PAYOUTS)) + ran.out + ran.err
    assert (0, False) == (ran.code, "s0 secret" in written)


def test_health_can_read_when_it_was_set_without_reading_it(command: Command, stack: Stack, tmp_path: Path) -> None:
    put(command, tmp_path)

    circuit = initiator(stack).read_circuit(PAYOUTS)
    assert circuit is not None
    assert stored(stack)[PAYOUTS]["set_at_ms"] == circuit.set_at_ms


def test_one_operator_may_serve_several_shortcodes_and_others_stay(
    command: Command, stack: Stack, tmp_path: Path
) -> None:
    put(command, tmp_path)
    before = stored(stack)[PAYOUTS]

    put(command, tmp_path, "--shortcode", "174379", "--shortcode", "4000001")

    assert ({"174379", "4000001", PAYOUTS}, before) == (set(stored(stack)), stored(stack)[PAYOUTS])


def test_setting_anew_leaves_the_circuit_open(command: Command, stack: Stack, tmp_path: Path) -> None:
    """Only a test closes it."""
    opening = Opening("2001", "pay_out", 1)
    initiator(stack).save_circuit(None, Circuit(shortcode=PAYOUTS, openings={"*": opening}))

    put(command, tmp_path)

    circuit = initiator(stack).read_circuit(PAYOUTS)
    assert circuit is not None
    assert {"*": opening} == circuit.openings


@pytest.mark.parametrize("shortcode", [(), ("--shortcode", "999999"), ("--shortcode", "5000002")], ids=str)
def test_a_shortcode_that_is_not_clear_is_asked_for(
    shortcode: tuple[str, ...], command: Command, stack: Stack, tmp_path: Path
) -> None:
    """The till's accounts go by its store number."""
    words = ("credential", "set", "--initiator", "apiop1", "--certificate", certificate(tmp_path))

    ran = command(*words, "--password-stdin", *shortcode, stdin=PASSWORD)

    assert (2, {}) == (ran.code, stored(stack))
    assert "174379, 4000001, 600998" in ran.err


def test_a_certificate_of_production_is_refused_for_the_sandbox(command: Command, stack: Stack, tmp_path: Path) -> None:
    """It is the usual cause of 2001, and three more tries lock the operator."""
    ran = put(command, tmp_path, name="apigee.apicaller.safaricom.co.ke")

    assert (3, {}) == (ran.code, stored(stack))


@pytest.mark.parametrize(
    ("content", "code"), [(b"", 3), (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 3)]
)
def test_what_is_no_certificate_stores_nothing(
    content: bytes, code: int, command: Command, stack: Stack, tmp_path: Path
) -> None:
    place = tmp_path / "other.pem"
    place.write_bytes(content)
    words = ("credential", "set", "--initiator", "apiop1", "--certificate", str(place), "--shortcode", PAYOUTS)

    ran = command(*words, "--password-stdin", stdin=PASSWORD)

    assert (code, {}) == (ran.code, stored(stack))


@pytest.mark.parametrize("place", ["nowhere.pem", "http://shop.example/certificate", "http://10.0.0.1/certificate"])
def test_a_certificate_comes_from_a_file_or_over_https(place: str, command: Command, stack: Stack) -> None:
    words = ("credential", "set", "--initiator", "apiop1", "--certificate", place, "--shortcode", PAYOUTS)

    ran = command(*words, "--password-stdin", stdin=PASSWORD)

    assert (2, {}) == (ran.code, stored(stack))


@pytest.mark.parametrize("password", ["", " leading", "trailing ", "x" * 300])
def test_a_password_that_cannot_be_right_is_refused_before_mpesa_sees_it(
    password: str, command: Command, stack: Stack, tmp_path: Path
) -> None:
    words = ("credential", "set", "--initiator", "apiop1", "--certificate", certificate(tmp_path))

    ran = command(*words, "--password-stdin", "--shortcode", PAYOUTS, stdin=password + "\n")

    assert (3, {}) == (ran.code, stored(stack))
    assert "leading" not in ran.err


def test_show_tells_what_is_stopped_what_was_tried_and_when_passwords_end(
    command: Command, stack: Stack, tmp_path: Path
) -> None:
    put(command, tmp_path, "--shortcode", "174379", "--shortcode", PAYOUTS)
    port = initiator(stack)
    before = port.read_circuit(PAYOUTS)
    assert before is not None
    port.save_circuit(before, replace(before, openings={"*": Opening("8006", "pay_out", 1)}, version=2))

    ran = command("credential", "show", "--json")

    assert (1, ["not tried", "stopped"]) == (ran.code, [row["state"] for row in ran.lines])
    assert "8006 (pay_out) on 1970-01-01" == ran.lines[1]["stopped_by"]


def test_without_operators_show_says_how_to_set_one(command: Command) -> None:
    ran = command("credential", "show")

    assert (0, True) == (ran.code, "mpesa-gateway credential set" in ran.out)


def test_a_test_without_a_known_address_asks_nobody(command: Command, tmp_path: Path) -> None:
    put(command, tmp_path)

    ran = command("credential", "test", "--shortcode", PAYOUTS)

    assert (3, True) == (ran.code, "name it by --env" in ran.err)


# --- the test itself, on a world in memory ----------------------------------------------------------------------------


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> MemoryWorld:
    """In place of AWS and Safaricom."""
    made = MemoryWorld()
    monkeypatch.setattr(trying_a_credential, "_CommandWorld", lambda _: made)
    monkeypatch.setattr("cli.trying_a_credential.time.sleep", lambda _: None)
    monkeypatch.setenv("DARAJA_BASE_URL", "https://sandbox.safaricom.co.ke")
    monkeypatch.setenv("CALLBACK_BASE_URL", "https://pay.example")
    return made


def answering(world: MemoryWorld, code: str) -> None:
    """M-PESA answers the question as soon as it is asked."""

    def answer() -> None:
        (balance,) = world.balances.all.values()
        after = (
            balance.answered((), balance.asked_at_ms, 1) if code == "0" else balance.refused(code, balance.asked_at_ms)
        )
        world.perform(Call("Balances", "save_balance", (balance, after)))

    world.after["Questions.ask_balance"] = answer


@pytest.mark.parametrize(("code", "state", "ends"), [("0", "works", 0), ("2001", "refused", 1), ("8006", "refused", 1)])
def test_a_test_tells_what_mpesa_says(code: str, state: str, ends: int, command: Command, world: MemoryWorld) -> None:
    answering(world, code)

    ran = command("credential", "test", "--shortcode", "174379", "--json")

    assert (ends, state, code) == (ran.code, ran.json["state"], ran.json["mpesa_code"])
