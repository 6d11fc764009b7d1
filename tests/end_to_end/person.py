"""A person who decides about money that goes out, at the local world's own table: `python -m tests.end_to_end.person`.

What the console does behind its pages, without them. Arguments: the payout's id, and approve or reject.
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


def decides(folder: Path, out_id: str, what: str = "approve") -> None:
    """Have somebody else than its maker decide about a payout of the world whose data lie in this folder."""
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
    command = [sys.executable, "-m", "tests.end_to_end.person", out_id, what]
    subprocess.run(command, cwd=TOP, env=os.environ | environment, check=True, capture_output=True)


def main() -> None:
    """In a process of its own, with the environment of a function."""
    out_id, what = sys.argv[1:]
    here = world()
    record = here.adapter("Outgoings").read_outgoing(out_id)
    state = outgoing_state(record)
    person = Approver("local|brenda", "Brenda", int(time.time() * 1000))
    decide = {"approve": approve, "reject": reject}[what]
    terms = state.terms or state.approved_terms
    run(decide(out_id, record.asked.owner, person, terms, "", FlowSettings.of(here.settings)), here)


if __name__ == "__main__":
    main()
