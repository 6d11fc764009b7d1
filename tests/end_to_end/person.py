"""A person who decides about money that goes out, at the local world's own table: `python -m tests.end_to_end.person`.

What the console does behind its pages, without them. Reads lines of a payout's id and approve or reject, and answers
each with `done`: one process for all decisions in a world, since to start one takes longer than to decide.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from gateway.aws.world import world
from gateway.domain.money_out.fold import outgoing_state
from gateway.flows.money_out.decide import Approver, approve, reject
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from local.aws.names import queue_url

TOP = Path(__file__).resolve().parents[2]
PATHS = (TOP / "layers/daraja", TOP / "layers/gateway", TOP)
CHECKS = "mpesa-gateway-local-ChecksQueue.fifo"
AT_WORK: dict[Path, subprocess.Popen[str]] = {}
"""Folder of a world → the process of its person."""


def decides(folder: Path, out_id: str, what: str = "approve") -> None:
    """Have somebody else than its maker decide about a payout of the world whose data lie in this folder."""
    if folder not in AT_WORK:
        AT_WORK[folder] = _start(folder)
    person = AT_WORK[folder]
    assert person.stdin is not None
    assert person.stdout is not None
    print(out_id, what, file=person.stdin, flush=True)
    answer = person.stdout.readline()
    assert answer == "done\n", answer


def leaves(folder: Path) -> None:
    """Nobody decides in this world any more."""
    if folder in AT_WORK:
        AT_WORK.pop(folder).communicate(timeout=30)


def _start(folder: Path) -> subprocess.Popen[str]:
    """With the environment of a function."""
    aws = json.loads((folder / "run.json").read_text(encoding="utf-8"))["aws"]
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, PATHS)),
        "AWS_ENDPOINT_URL": aws["endpoint"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TABLE_NAME": aws["table"],
        "PARAMETER_PREFIX": aws["prefix"],
        "CHECKS_QUEUE_URL": queue_url(CHECKS),
        "POWERTOOLS_SERVICE_NAME": "console",
        "POWERTOOLS_METRICS_NAMESPACE": "MpesaGateway",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.person"],
        cwd=TOP, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def main() -> None:
    """Decide for as long as there is somebody who asks."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        decide(*line.split())
        print("done", file=answers, flush=True)


def decide(out_id: str, what: str) -> None:
    """Once, with nothing remembered from before."""
    world.cache_clear()
    here = world()
    record = here.adapter("Outgoings").read_outgoing(out_id)
    state = outgoing_state(record)
    person = Approver("local|brenda", "Brenda", int(time.time() * 1000))
    terms = state.terms or state.approved_terms
    ways = {"approve": approve, "reject": reject}
    run(ways[what](out_id, record.asked.owner, person, terms, "", FlowSettings.of(here.settings)), here)


if __name__ == "__main__":
    main()
