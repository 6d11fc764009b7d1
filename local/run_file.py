"""`.local/run.json`: where the running gateway is, for programs; and the lock that lets one run per folder."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from local.aws.errors import StartError
from local.aws.files import open_private, read_json, write_whole

RUN_FILE = "run.json"
LOCK_FILE = "lock"
CLOCK_FILE = "clock.json"
STARTS_FILE = "starts.json"


def lock_folder(folder: Path) -> BinaryIO:
    """Hold the folder until this process ends, however it ends. Raises StartError when another one holds it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = open_private(folder / LOCK_FILE, os.O_WRONLY | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StartError(_runs_already(folder)) from None
    remove_run_file(folder)
    return lock


def _runs_already(folder: Path) -> str:
    running = read_json(folder / RUN_FILE, {})
    if not running:
        return "The local gateway is being started or stopped by another process already."
    return (
        f"The local gateway runs already (process {running['pid']}): "
        f"gateway {running['gateway']}, start page {running['outside']}. Stop it first, with Ctrl-C where it runs."
    )


def count_start(folder: Path) -> int:
    """How many times a world was started in this folder, this time included.

    It seeds the simulator: with the same seed, a new simulator would name the receipts of an earlier one again, and
    the gateway would rightly refuse to credit them twice.
    """
    starts = int(read_json(folder / STARTS_FILE, 0)) + 1
    write_whole(folder / STARTS_FILE, f"{starts}\n")
    return starts


def kept_offset_s(folder: Path) -> float:
    """How far the clock was moved in this folder: what is stored there carries its times, and waits for them."""
    return max(0.0, float(read_json(folder / CLOCK_FILE, 0.0)))


def keep_offset(folder: Path, offset_s: float) -> None:
    """Remember it for the next start."""
    write_whole(folder / CLOCK_FILE, f"{offset_s:.3f}\n")


def write_run_file(folder: Path, told: dict[str, Any]) -> None:
    """Tell programs; readable by the owner only, since it holds the test keys."""
    write_whole(folder / RUN_FILE, json.dumps(told, indent=1) + "\n")


def remove_run_file(folder: Path) -> None:
    """What is not running must not be found."""
    (folder / RUN_FILE).unlink(missing_ok=True)
