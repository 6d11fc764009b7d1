"""The quick start, run as it stands: each line that it gives to type, in order, with its programs beside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.local_world import TOP
from tests.examples.conftest import ShopWorld, copied, run
from tests.house.markdown import code_blocks, text_of

QUICK_START = "docs/quick_start.md"
NOT_PAID = "350 --wait || test $? = 1"
"""A payment that was not paid ends the command with 1, as it says."""


def written_programs(language: str, folder: Path, port: int) -> None:
    """The document's programs as files, by the name in their first line. Port 8000 becomes a free one."""
    for block in code_blocks(QUICK_START, language):
        name = block.splitlines()[0].lstrip("#/ ")
        (folder / name).write_text(block.replace("8000", str(port)), encoding="utf-8")


@pytest.fixture
def place(shops: ShopWorld, tmp_path: Path) -> Path:
    """The project's folder as the quick start sees it: `.local/run.json`, `.venv`, and room for its programs."""
    (tmp_path / ".local").symlink_to(shops.world.data)
    (tmp_path / ".venv").symlink_to(TOP / ".venv")
    written_programs("python", tmp_path, shops.ports[1])
    return tmp_path


def shell(place: Path, script: str) -> str:
    """Run lines of the document in one shell that stops at the first that fails; what they printed."""
    return run("bash", "-euo", "pipefail", "-c", script.replace("curl -s ", "curl -sf "), folder=place)


def test_every_line_of_the_quick_start_works(shops: ShopWorld, place: Path) -> None:
    """From the first payment to the one that was typed by hand, callbacks lost on the way."""
    lines = "\n".join(code_blocks(QUICK_START, "bash")).replace("8000", str(shops.ports[1]))
    lines = lines.replace("http://localhost:7071", shops.world.outside).replace("350 --wait", NOT_PAID)
    told = shell(place, lines)
    assert '"status":"open"' in told
    assert told.count("safe_to_fulfil     yes") == 4
    assert '"accepted": true' in told or '"accepted":true' in told


def test_the_programs_in_python_create_show_and_believe(shops: ShopWorld, place: Path) -> None:
    begin = code_blocks(QUICK_START, "bash")[0].replace("export ", "export ", 1)
    told = shell(place, begin + "python3 pay.py; python3 show.py")
    assert " open " in told
    assert "<mpesa-checkout api=" in told
    paid = shops.world.pay("quick-2003", amount=350, order="2003", phone="0710000003")
    shops.world.advance(10)
    assert "True False" in shell(place, begin + f"python3 believe.py {paid['id']}")


def test_the_program_in_python_is_told(shops: ShopWorld, place: Path) -> None:
    """The endpoint is registered as the document says, and one line is printed for one paid order."""
    url = f"http://localhost:{shops.ports[1]}/api/mpesa"
    endpoint = shops.world.api("POST", "/v1/webhook-endpoints", {"url": url}).json()
    settings = {**os.environ, "SECRET": endpoint["secret"]}
    program = subprocess.Popen(
        ["python3", "told.py"], cwd=place, env=settings, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    shops.world.pay("quick-3001", amount=350, order="3001", phone="0710000004")
    shops.world.advance(20)
    assert program.stdout is not None
    assert program.stdout.readline() == "order 3001 goes out\n"
    program.terminate()
    program.wait(10)
    program.stdout.close()
    shops.world.api("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")


def test_the_programs_in_typescript_do_the_same(shops: ShopWorld, tmp_path: Path) -> None:
    """They pass the compiler in its strict mode, and create and believe what they say."""
    folder = copied("nextjs", tmp_path)
    run("npm", "ci", "--no-audit", "--no-fund", folder=folder)
    for kept in ("app", "lib", "next.config.ts", "tsconfig.json"):
        run("rm", "-rf", kept, folder=folder)
    written_programs("ts", folder, shops.ports[1])
    words = ("--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--skipLibCheck")
    run("npx", "tsc", *words, "pay.ts", "show.ts", "told.ts", folder=folder)
    (folder / "try.js").write_text(TRY_IN_NODE, encoding="utf-8")
    settings = {"GATEWAY": shops.world.gateway, "KEY": str(shops.world.run["secret_key"]), "SECRET": "whsec_c2VjcmV0"}
    shown, told = run("node", "try.js", folder=folder, settings=settings).splitlines()
    assert {"payment", "token", "url"} == set(json.loads(shown))
    assert told == "401 204 4001"


TRY_IN_NODE = """import { POST as show } from "./show.js";
import { POST as told } from "./told.js";
import { Webhook } from "standardwebhooks";

console.log(await (await show({ id: "4001", totalKes: 350 })).text());
const body = JSON.stringify({ type: "payment.paid", data: { order: "4001", safe_to_fulfil: true } });
const now = new Date();
const headers = {
  "webhook-id": "evt_1",
  "webhook-timestamp": String(Math.floor(now / 1000)),
  "webhook-signature": new Webhook(process.env.SECRET).sign("evt_1", now, body),
};
const released = [];
const release = async (paid) => { released.push(paid.order); };
const send = (signed) => told(new Request("http://shop/", { method: "POST", body, headers: signed }), release);
const forged = { ...headers, "webhook-signature": "v1,AAAA" };
console.log((await send(forged)).status, (await send(headers)).status, released.join());
"""


def test_each_step_is_told_in_every_language() -> None:
    """Create, show, believe: curl, Python and TypeScript side by side."""
    text = text_of(QUICK_START)
    steps = [text.partition(f"## {step}")[2].partition("\n## ")[0] for step in ("1. Create", "2. Show", "3. Believe")]
    assert [] == [language for language in ("bash", "python", "ts") for step in steps if f"```{language}\n" not in step]
