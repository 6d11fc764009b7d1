"""The tables that a run prints: what hit, what was met, where the money is shown, how fast it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.domain.policy import Policy
from tests.simulation import herd
from tests.simulation.auditor import UNTOLD
from tests.simulation.coverage import NONE, hits_wanted
from tests.simulation.faults import MENU, SORTS, At
from tests.simulation.stories import STORIES

if TYPE_CHECKING:
    from tests.simulation.swarm import Outcome

COLUMN = 11


def tables(whole: Outcome, blind: Sequence[str], seconds: float, processes: int) -> Iterable[str]:
    """Line by line."""
    yield "Faults that hit"
    yield from (f"{whole.hits[line]:>10} of {hits_wanted(line):>5} wanted in a million  {line}" for line in MENU)
    yield ""
    yield "Sorts of them"
    yield from (f"{whole.sorts[line, name]:>10}  {line}: {name}" for line, names in SORTS.items() for name in names)
    yield ""
    yield from _at_calls(whole)
    yield from _crossed("Kinds of facts by the payment's status before", whole.coverage.payment_facts)
    yield from _crossed("Kinds of facts by the attempt's status before", whole.coverage.attempt_facts)
    yield from _codes(whole.coverage.codes)
    yield "Named orders of events, in how many lives"
    yield from (f"{whole.coverage.stories[story]:>10}  {story}" for story in STORIES)
    yield ""
    yield from _places(whole.places)
    yield from (f"BLIND  {sentence}" for sentence in blind)
    yield _speed(whole, seconds, processes)


def _at_calls(whole: Outcome) -> Iterable[str]:
    """One row a flow and call: how often it was made, and how often each fault hit it."""
    yield f"{'Faults at calls':44}{'made':>10}" + "".join(f"{fault:>13}" for fault in At)
    for flow, boundary in sorted(whole.coverage.calls):
        made = whole.coverage.calls[flow, boundary]
        hits = "".join(f"{whole.at_calls.get((flow, boundary, fault), 0):>13}" for fault in At)
        yield f"{flow + ': ' + boundary:44}{made:>10}{hits}"
    yield ""


def _crossed(title: str, met: Mapping[tuple[str, str], int]) -> Iterable[str]:
    statuses = [*sorted({status for status, _ in met} - {NONE}), NONE]
    yield f"{title:44}" + "".join(f"{status[: COLUMN - 1]:>{COLUMN}}" for status in statuses)
    for kind in sorted({kind for _, kind in met}):
        yield f"{kind:44}" + "".join(f"{met.get((status, kind), 0):>{COLUMN}}" for status in statuses)
    yield ""


def _codes(codes: Mapping[tuple[str, str], int]) -> Iterable[str]:
    yield f"{'Result codes':14}{'callbacks':>12}{'queries':>12}"
    for code in sorted({code for _, code in codes}, key=lambda code: (len(code), code)):
        yield f"{code[:13]:14}{codes.get(('callback', code), 0):>12}{codes.get(('query', code), 0):>12}"
    yield ""


def limits(whole: Outcome) -> Iterable[str]:
    """Figures that a reviewer asks for by name, measured here."""
    herded = herd.callers_at_a_dead_token()
    allowed = Policy().prompts_per_day
    yield f"{whole.prompts_a_day_max:>10}  prompts on one phone in a day at most; {allowed} are allowed"
    yield (
        f"{herded.oauth_calls:>10}  OAuth calls when {herd.CALLERS} processes find the token dead at once; "
        f"{herded.prompts} of them prompt within {herded.seconds:.0f} s"
    )
    yield ""


def _places(places: Counter[str]) -> Iterable[str]:
    yield "Where the receipts of M-PESA's books are shown in the end"
    yield from (f"{times:>10}  {place}" for place, times in places.most_common())
    untold = sum(times for place, times in places.items() if place.startswith(UNTOLD))
    yield f"{untold:>10}  of them nobody told us of: only Pull or a statement will"
    yield ""


def _speed(whole: Outcome, seconds: float, processes: int) -> str:
    payments = max(1, whole.payments)
    a_second = payments / seconds
    return (
        f"{a_second:.0f} payments a second on {processes} processors; of each "
        f"{whole.steps / payments:.0f} steps, {whole.queries / payments:.1f} queries; "
        f"{100 * whole.conflicts // payments} % of the lives hold facts in conflict; "
        f"a million take {1_000_000 / a_second / 60:.0f} minutes"
    )
