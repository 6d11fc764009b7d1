"""M-Pesa's own record: each receipt, and what each organisation has."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator.times import eat, iso

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode

EntryKind = Literal["stk", "c2b", "simulated", "drill"]
OPENING_BALANCE_KES = 25_000


@dataclass(frozen=True, slots=True)
class BookEntry:
    """Money that moved. balance_kes: of the organisation's account, after it."""

    receipt: str
    shortcode: str
    account: str
    payer: str
    payer_name: str
    amount_kes: int
    at_s: float
    kind: EntryKind
    reference: str
    balance_kes: int

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        shown = asdict(self)
        del shown["at_s"], shown["amount_kes"], shown["balance_kes"]
        return {**shown, "amount": self.amount_kes, "balance": self.balance_kes, "at": iso(self.at_s)}


class Books:
    """Entries in the order in which the money moved."""

    def __init__(self, shortcodes: list[Shortcode]) -> None:
        self._shortcodes = shortcodes
        self._moved: Counter[str] = Counter()
        self._by_receipt: dict[str, BookEntry] = {}

    @property
    def entries(self) -> list[BookEntry]:
        """All entries, oldest first."""
        return list(self._by_receipt.values())

    def credit(
        self,
        shortcode: Shortcode,
        *,
        receipt: str,
        payer: str,
        payer_name: str,
        amount_kes: int,
        at_s: float,
        kind: EntryKind,
        reference: str,
    ) -> BookEntry:
        """Book a payment to an organisation."""
        self._moved[shortcode.number] += amount_kes
        balance = OPENING_BALANCE_KES + self._moved[shortcode.number]
        entry = BookEntry(
            receipt=receipt,
            shortcode=shortcode.number,
            account=shortcode.account,
            payer=payer,
            payer_name=payer_name,
            amount_kes=amount_kes,
            at_s=at_s,
            kind=kind,
            reference=reference,
            balance_kes=balance,
        )
        self._by_receipt[receipt] = entry
        return entry

    def find(self, receipt: str) -> BookEntry | None:
        """The entry of a receipt."""
        return self._by_receipt.get(receipt)

    def delete(self, receipt: str) -> bool:
        """Forget a receipt, for drills. The balance goes back with it. False: not there."""
        entry = self._by_receipt.pop(receipt, None)
        if entry is None:
            return False
        self._moved[entry.shortcode] -= entry.amount_kes
        return True

    def paid_on_day(self, payer: str, at_s: float) -> int:
        """What a number has paid on the day of that moment in Nairobi, in shillings."""
        day = eat(at_s).date()
        mine = (entry for entry in self.entries if entry.payer == payer)
        return sum(entry.amount_kes for entry in mine if eat(entry.at_s).date() == day)

    def balances(self) -> dict[str, dict[str, int]]:
        """Shillings by shortcode and account."""
        return {
            code.number: {code.account: OPENING_BALANCE_KES + self._moved[code.number], "working": 0}
            for code in self._shortcodes
        }
