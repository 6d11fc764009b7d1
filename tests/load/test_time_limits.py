"""What Safaricom waits for is answered in its time, also when the table takes connections and says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.aws.clients import INTAKE
from gateway.ports import Call, StoreUnavailable
from tests.load.alone import INTAKE_S_MAX, answered, never_answering, validation, validation_by_policy
from tests.load.verdict import loopback_only
from tests.unit.intake_world import Intake, IntakeWorld, answer_of
from tests.unit.web.shop import TOP

HANGS_MS = 2_000
CASES = [
    ("callback_intake", "paid"),
    ("callback_intake", "not_utf8"),
    ("callback_intake", "wrong_tag_from_safaricom"),
    ("c2b_intake", "typed_at_the_paybill"),
    ("c2b_intake", "not_json"),
]


class HangingWorld(IntakeWorld):
    """Each call to the table takes as long as its client waits, and fails."""

    hung = 0

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        if call.port == "Store":
            self.hung += 1
            self.ambient.at_ms += HANGS_MS
            self.ambient.left_ms -= HANGS_MS
            raise StoreUnavailable("hung")
        return super().perform(call)


@pytest.mark.parametrize(("function", "case"), CASES)
def test_a_table_that_hangs_is_asked_once_and_then_the_queue_takes_it(function: str, case: str) -> None:
    """Two calls would be four seconds; Safaricom is promised three."""
    intake = Intake()
    hanging = HangingWorld(intake.world.store, intake.world.ambient)
    hanging.ambient.left_ms = 10_000
    intake.world = hanging
    event = json.loads((TOP / "events" / function / f"{case}.json").read_text(encoding="utf-8"))
    answer = answer_of(intake.invoke(function, event))
    assert (200, 1, 1) == (answer["status"], hanging.hung, len(hanging.queues.retries))


def test_the_clients_of_the_intake_functions_wait_no_longer_than_promised() -> None:
    """The table's tries at their slowest, and then the queue at its slowest: three seconds in all."""
    assert INTAKE_S_MAX >= INTAKE.table.tries * INTAKE.table.read_s + INTAKE.queue.read_s


def test_validation_is_answered_while_every_address_of_aws_hangs() -> None:
    """A fresh process that has nothing, and asks for nothing."""
    with never_answering() as hanging:
        ((status, seconds),) = answered("c2b_intake", [validation()], hanging)
    assert status == 200
    assert seconds < 10  # two are promised; `make load` measures them on a machine with nothing else to do


def test_validation_by_policy_is_a_yes_while_the_table_hangs() -> None:
    """Each answer within the two seconds that are promised, but for the import; two reads hang, or one is enough."""
    with never_answering() as hanging:
        calls = answered("c2b_intake", [validation_by_policy()] * 3, hanging, C2B_VALIDATION="known")
    assert [200] * 3 == [status for status, _ in calls]
    assert max(seconds for _, seconds in calls[1:]) < 10  # two are promised; `make load` measures them, as above


@pytest.mark.parametrize(
    "address", ["https://pay.example", "http://10.0.0.1:7070", "http://localhost.example", "nothing"]
)
def test_load_goes_to_this_machine_alone(address: str) -> None:
    """Whatever is in `run.json`."""
    with pytest.raises(ValueError, match="is not this machine"):
        loopback_only(address)
