"""Starts the shop under test. SHOP_COMMAND: how, like `python3 ../python/shop.py`; it is given PORT and settings."""

import os
import shlex
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from mpesa_local import SECRET, free_ports
from test_eight_cases import Shop

STARTS_S_MAX = 60


@pytest.fixture(scope="session")
def shop(mpesa_run, tmp_path_factory):
    """The shop, with a database of its own, on a free port."""
    (port,) = free_ports(1)
    settings = {
        "PORT": str(port),
        "GATEWAY_URL": mpesa_run["gateway"],
        "GATEWAY_KEY": mpesa_run["secret_key"],
        "GATEWAY_WEBHOOK_SECRET": SECRET,
        "DATA_FILE": str(tmp_path_factory.mktemp("shop") / "shop.db"),
        "DATA_FOLDER": str(tmp_path_factory.mktemp("shop")),
    }
    process = subprocess.Popen(shlex.split(os.environ["SHOP_COMMAND"]), env={**os.environ, **settings})
    started = Shop(f"http://127.0.0.1:{port}")
    wait_for(started.address, process)
    yield started
    process.terminate()
    process.wait(30)


def wait_for(address, process):
    """Until it answers. Raises RuntimeError when it ends before, or does not begin."""
    deadline = time.monotonic() + STARTS_S_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    process.kill()
    raise RuntimeError(f"The shop does not answer at {address}.")
