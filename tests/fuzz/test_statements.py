"""Whatever file is sent as a statement: it is taken in or refused, can be shown, and touches nobody else's money."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from gateway.domain.reconciliation.statement_record import StatementState
from gateway.web.statements import statement_object
from tests import gateway_samples as sample
from tests.fuzz.mutators import spoilt_bytes
from tests.fuzz.profiles import PROFILE
from tests.unit.reconciliation.days_world import compared
from tests.unit.reconciliation.pull_world import PAYBILL, RECEIPT, SHOP, credits_of, payment, stored
from tests.unit.reconciliation.statement_world import day_file, entry, read, sent, statement_world, waiting

THEIRS = "SGL77AA2BB"
FILE = day_file(
    entry(),
    entry("SGL32QW9XY", 20, "1,250.00", reference=""),
    entry("SGL32QW9XY", 20, "-12.50", reason="Pay Bill Charge"),
    entry("SGL33REVER", 60, "-100.00", reason="Online Transaction Reversal", linked=RECEIPT),
    entry("SGL36DECLI", 70, "80.00", status="Declined"),
)
ODD = (
    *("", " ", "-", "0", "-0", "-100.00", "100.00", "1e400", "NaN", "9" * 5_000, "1,0", "\u0661\u0660\u0660", "KES 5"),
    *(RECEIPT, THEIRS, "5.42E+09", "SGL\u00df1QW9XY", "'SGL31QW9XY", "=1+1", "\x00", "\ufeff", "\u202e", "\ud7ff", '"'),
    *("01-01-0001", "31-12-9999 23:59:59", "32-01-2026", "02-03-2026 12:15:09", "03-02-2026", "46083.5", "soon"),
    *("Completed", "Declined", "Reversal", "Pay Bill Online", "Business Payment", "Utility", "174379", "600998", "to"),
    *("From 01-01-0001 to 31-12-9999", "254712345678 - A", "Receipt No.", "Short Code:", "a,b;c\td", "a\r\nb"),
)
ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    *(lambda text: text.encode(), lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16")),
    lambda text: text.encode("cp1252", "replace"),
    lambda text: gzip.compress(text.encode(), mtime=0),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """The portal's file with cells of another meaning, rows lost, doubled and moved, in any encoding."""
    rows = list(csv.reader(io.StringIO(FILE.decode())))
    for _ in range(draw(st.integers(0, 4))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(ODD))
    lines = draw(st.lists(st.sampled_from(rows), max_size=12)) if draw(st.integers(0, 5)) == 0 else rows
    written = io.StringIO()
    csv.writer(written, delimiter=draw(st.sampled_from(",;\t"))).writerows(lines)
    content = draw(st.sampled_from(ENCODINGS))(written.getvalue())
    return draw(spoilt_bytes(content)) if draw(st.booleans()) else content


@PROFILE
@given(files())
def test_any_file_is_taken_in_or_refused_and_touches_nobody_elses_money(content: bytes) -> None:
    """Nothing is raised, the answer can be shown, the day compared; what is credited stands in the file."""
    world = statement_world()
    other = replace(SHOP, owner="other", shortcodes=(replace(PAYBILL, number="600998", pull=False),))
    world.store.settings["other"] = other
    mine = waiting(world)
    facts = (sample.begun(), sample.accepted(), sample.success(receipt=THEIRS))
    theirs = payment(world, *facts, number=2, owner="other", shortcode="600998")
    world.store.create_receipt(replace(sample.owned(THEIRS, 2), shortcode="600998"))
    before = (stored(world, theirs), world.store.receipts[THEIRS])

    record = read(world, sent(world, content))
    compared(world)
    event(f"{record.state}: {record.problem[:30]}")

    assert record.state in (StatementState.READ, StatementState.REFUSED)
    assert str(record.state) == statement_object(record)["state"]
    assert before == (stored(world, theirs), world.store.receipts[THEIRS])
    assert set(world.store.receipts) - {THEIRS} <= {RECEIPT, "SGL32QW9XY", "SGL33REVER", "SGL36DECLI"}
    assert {(RECEIPT, "statement"), (None, "statement")} >= {(one[0], one[2]) for one in credits_of(world, mine)}
