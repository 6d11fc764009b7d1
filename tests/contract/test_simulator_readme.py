"""The simulator's own page names every endpoint, and each of its lines does what it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from local.daraja_simulator.endpoints import BILLS, ENDPOINTS
from tests.contract.conftest import Simulator

README = Path(__file__).resolve().parents[2] / "local/daraja_simulator/README.md"


def lines_to_try() -> str:
    """What stands under "Try them", one block after the other."""
    page = README.read_text(encoding="utf-8")
    part = page[page.index("### Try them") : page.index("## Control API")]
    return "".join(re.findall(r"```bash\n(.*?)```", part, re.DOTALL))


def test_each_endpoint_stands_in_the_table() -> None:
    """Bill Manager's doubled prefix is told in words."""
    page = README.read_text(encoding="utf-8")
    paths = {endpoint.path for endpoint in ENDPOINTS if not endpoint.path.startswith(BILLS + BILLS)}

    assert [] == sorted(path for path in paths if f"{path}`" not in page)


def test_each_line_does_what_it_says(simulator: Simulator) -> None:
    """One after the other, as somebody would type them: nothing is refused but what the text announces."""
    simulator.control("POST", "clock", {"frozen": False})
    script = "set -eu\n" + lines_to_try().replace("http://localhost:7071", simulator.address)

    typed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=True)

    refused = [line for line in typed.stdout.splitlines() if "errorCode" in line or '"error"' in line]
    conversations = simulator.control("GET", "conversations")["conversations"]
    assert ([], {"completed"}) == (refused, {one["state"] for one in conversations})
    assert 1 == typed.stdout.count('"resmsg": "Conflict"')
