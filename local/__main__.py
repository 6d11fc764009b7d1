"""`python -m local`, which `make run` starts: the gateway and the world around it, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

OLDEST = (3, 11)
HOW_TO_INSTALL = "Type `make run`, which makes an environment with all that is needed and starts from there."


def main(arguments: list[str] | None = None) -> int:
    """Run. Returns the process's exit status; what is wrong is one sentence on stderr."""
    if sys.version_info < OLDEST:
        print(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed. {HOW_TO_INSTALL}", file=sys.stderr)
        return 1
    try:
        from local.aws.errors import LocalStackError  # noqa: PLC0415  # nothing of ours before the check above
        from local.starting import Options, serve  # noqa: PLC0415  # as above
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed in {sys.executable}. {HOW_TO_INSTALL}", file=sys.stderr)
        return 1
    chosen = _parser().parse_args(arguments)
    defaults = Options()
    options = Options(
        folder=chosen.folder or defaults.folder,
        auto=chosen.auto,
        listen_lan=chosen.listen_lan,
        seed=chosen.seed,
        profile=chosen.profile,
    )
    try:
        asyncio.run(serve(options))
    except LocalStackError as wrong:
        print(f"The local gateway cannot run: {wrong}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--auto", action="store_true", help="ordinary phones pay by themselves, too")
    parser.add_argument(
        "--listen-lan", action="store_true", help="phones and control panel also for other devices in this network"
    )
    parser.add_argument("--seed", type=int, help="the simulator's ids and receipts follow from it; default: counts")
    parser.add_argument("--profile", choices=["local", "safaricom-sandbox"], default="local")
    parser.add_argument("--folder", type=Path, help="where data lie; default: .local in the project")
    return parser


if __name__ == "__main__":
    sys.exit(main())
