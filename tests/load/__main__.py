"""`make load`: peaks, outages, herds and floods, and what must hold in each; one table. Exit status 1 if one does not.

First what is played in virtual time, on two processors; then single functions; then the local world over HTTP, of which
only ratios are told. It sends to this machine alone, starts what it needs, and ends by itself: within six minutes of a
machine that has nothing else to do, later on a busy one. What it had to leave out then, it names.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

from gateway.domain.statuses import PaymentStatus
from tests.end_to_end.local_world import LocalWorld
from tests.load import alone, cold, over_http
from tests.load.away import outage
from tests.load.herd import Herd, early_refresh_with_a_death, expiry, expiry_with_a_death
from tests.load.machine_time import TimeIsUp, stopped_after
from tests.load.peak import peak
from tests.load.settled import sweep_beside
from tests.load.verdict import Verdict, table
from tests.security.test_tags import refused_by_chance
from tests.simulation.fold_memory import remembered_folds

MINUTES_MAX = 6
WAITING, AWAY_H, AFTER_H = 5_000, 2.0, 1.5
CALLBACKS = 12_000
CALLERS = 1_000
TAGS = 1_000_000
SETTLED, DUE = 10_000_000, 100

Test = Callable[[], list[Verdict]]


def daraja_away() -> list[Verdict]:
    """Two hours of nothing, five thousand that wait, five questions a minute."""
    with remembered_folds():
        found = outage(WAITING, AWAY_H, AFTER_H)
        usual = outage(WAITING, 0.0, AWAY_H + AFTER_H)
    name = f"Daraja away {AWAY_H:g} h, {WAITING:,} wait, 5 questions/min"
    statuses = found.world.statuses()
    failed = statuses.get(PaymentStatus.FAILED, 0)
    slowest_s = max(found.late.values()) / 1_000
    calls = found.daraja_calls / usual.daraja_calls
    paid = statuses.get(PaymentStatus.PAID, 0)
    return [
        Verdict(name, "nobody failed", f"{failed}; {paid} paid {AFTER_H:g} h later, the others unresolved", not failed),
        Verdict(
            name, "newest payers first (≤ 100 s)", f"{slowest_s:.0f} s until each was asked about", slowest_s <= 100
        ),
        Verdict(name, "oldest ≥ 20 % of the questions", f"{found.oldest_share:.1%}", found.oldest_share >= 0.195),
        Verdict(name, "no 429 storm", f"{found.world.too_many}", found.world.too_many == 0),
        Verdict(name, "calls ≤ 3 × those of a day without it", f"{calls:.2f} ×", calls <= 3),
    ]


def peak_second() -> list[Verdict]:
    """M-PESA's whole peak, and a table that refuses three requests of ten."""
    usual, found = peak(CALLBACKS, 0.0), peak(CALLBACKS)
    name = f"{CALLBACKS:,} callbacks in a second, 30 % throttled"
    lost = found.callbacks - found.paid + found.refused_deliveries + found.dead_letters
    calls = found.requests / usual.requests
    empty = f"after {found.empty_after_s:.0f} s ({found.queued} were queued)"
    return [
        Verdict(name, "0 lost", f"{lost}", lost == 0),
        Verdict(name, "queue empty within 10 min", empty, found.still_waiting == 0 and found.empty_after_s <= 600),
        Verdict(name, "requests ≤ 3 ×", f"{calls:.2f} ×", calls <= 3),
        Verdict(
            name, "", f"{found.processes_at_once} processes at once at most, {usual.processes_at_once} unthrottled"
        ),
    ]


def token_herd() -> list[Verdict]:
    """A thousand callers at the end of a token."""
    calm, (with_him, after) = expiry(CALLERS), expiry_with_a_death(CALLERS)
    early = early_refresh_with_a_death(CALLERS)
    name = f"{CALLERS:,} cold callers, the token has run out"
    told = f"{with_him.not_sent} with him were told «not sent», {after.served} after his lease served"
    calls = f"{after.oauth_calls} calls"
    served = (calm.served, after.served, early.served) == (CALLERS, CALLERS, CALLERS)
    return [
        Verdict(name, "≤ 1 OAuth call, no caller fails", _told(calm), served and calm.oauth_calls == 1),
        Verdict(f"{name}, who fetches dies", "≤ 2 OAuth calls", f"{calls}; {told}", after.oauth_calls <= 2),
        Verdict("the sweep dies at the early refresh", "≤ 2 OAuth calls, no caller fails", _told(early), served),
    ]


def _told(herd: Herd) -> str:
    return f"{herd.oauth_calls} call(s), {herd.served} served"


def settled_payments() -> list[Verdict]:
    """What a sweep reads beside ten million settled payments."""
    few, many = sweep_beside(10, DUE), sweep_beside(SETTLED, DUE)
    found = f"{many.read.payments} items, {many.read.entries} index entries; beside 10: the same"
    return [Verdict(f"{SETTLED:,} settled, {DUE} due", "reads as beside ten", found, few == many)]


def random_tags() -> list[Verdict]:
    """A million forgeries by chance."""
    fitted = refused_by_chance(TAGS)
    return [Verdict(f"{TAGS:,} random callback tags", "0 fit", f"{fitted}", fitted == 0)]


VIRTUAL: tuple[tuple[Test, ...], ...] = ((daraja_away,), (peak_second, token_herd, settled_payments, random_tags))
"""For each processor."""

OF_FUNCTIONS: tuple[Test, ...] = (
    alone.hanging_table,
    alone.forgeries_at_the_door,
    alone.warm_callbacks,
    cold.cold_starts,
)
OVER_HTTP = (over_http.burst, over_http.flood, over_http.stalled_consumer)


def main() -> int:
    """Run them all and print the table; what there was no time for is not held."""
    found: list[Verdict] = []
    ended: list[str] = []
    try:
        with stopped_after(MINUTES_MAX * 60):
            for part in (_on_two_processors, _of_functions, _in_the_local_world):
                part(found, ended)
    except TimeIsUp:
        found.append(_left_out(ended))
    sys.stdout.write(table(found) + "\n")
    broken = [one for one in found if one.holds is False]
    promised = sum(one.holds is not None for one in found)
    sys.stdout.write(f"\n{promised - len(broken)} of {promised} hold.\n")
    return 1 if broken else 0


def _left_out(ended: Sequence[str]) -> Verdict:
    every = [test.__name__ for test in (*sum(VIRTUAL, ()), *OF_FUNCTIONS, *OVER_HTTP)]
    names = ", ".join(name for name in every if name not in ended)
    within = f"within {MINUTES_MAX} minutes of a free machine"
    return Verdict("all of it", within, f"time was up, left out: {names}", holds=False)


def _on_two_processors(found: list[Verdict], ended: list[str]) -> None:
    with ProcessPoolExecutor(len(VIRTUAL), mp_context=get_context("fork")) as pool:
        try:
            for tests, verdicts in zip(VIRTUAL, pool.map(_one_by_one, VIRTUAL), strict=True):
                found += verdicts
                ended += [test.__name__ for test in tests]
        except TimeIsUp:
            for child in active_children():  # else the pool would wait for them
                child.terminate()
            raise


def _of_functions(found: list[Verdict], ended: list[str]) -> None:
    for test in OF_FUNCTIONS:
        found += _one_by_one([test])
        ended.append(test.__name__)


def _one_by_one(tests: Sequence[Test]) -> list[Verdict]:
    found = []
    for test in tests:
        with _timed(test.__name__):
            found += test()
    return found


def _in_the_local_world(found: list[Verdict], ended: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = LocalWorld.start(Path(folder))
        try:
            load = over_http.Load(world)
            for test in OVER_HTTP:
                with _timed(test.__name__):
                    found += test(load)
                ended.append(test.__name__)
        finally:
            world.stop()


@contextmanager
def _timed(name: str) -> Iterator[None]:
    began_s = time.monotonic()
    yield
    sys.stderr.write(f"load: {name} took {time.monotonic() - began_s:.0f} s\n")


if __name__ == "__main__":
    sys.exit(main())
