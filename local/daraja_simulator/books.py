"""M-Pesa's own record: each receipt, and what each organisation has in which account."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator.times import eat, iso

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode

EntryKind = Literal[
    "stk",
    "c2b",
    "simulated",
    "drill",
    "standing_order",
    "b2c",
    "by_hand",
    "pochi",
    "b2b",
    "b2b_received",
    "own_float",
    "tax",
    "ussd_push",
    "reversal",
]
Direction = Literal["in", "out"]

FROM_CUSTOMERS: frozenset[EntryKind] = frozenset({"stk", "c2b", "simulated", "drill", "standing_order"})
OPENING_BALANCE_KES = 25_000
WORKING, UTILITY, CHARGES = "working", "utility", "charges paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money that is to move. party: the other side, a phone or an organisation's number."""

    receipt: str
    party: str
    party_name: str
    amount_kes: int
    at_s: float
    kind: EntryKind
    reference: str
    fee_kes: int = 0
    linked: str = ""


@dataclass(frozen=True, slots=True)
class BookEntry:
    """Money that moved in or out of an organisation. payer: the other side, whoever paid.

    balance_kes: of the organisation's account, after it. fee_kes: what the organisation paid for it, booked in its
    account of charges. linked: the receipt that a reversal takes back.
    """

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
    direction: Direction = "in"
    fee_kes: int = 0
    linked: str = ""

    @property
    def signed_kes(self) -> int:
        """What it does to the account."""
        return self.amount_kes if self.direction == "in" else -self.amount_kes

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        shown = asdict(self)
        del shown["at_s"], shown["amount_kes"], shown["balance_kes"], shown["fee_kes"]
        sums = {"amount": self.amount_kes, "balance": self.balance_kes, "fee": self.fee_kes}
        return {**shown, **sums, "at": iso(self.at_s)}


class Books:
    """Entries in the order in which the money moved."""

    def __init__(self, shortcodes: list[Shortcode]) -> None:
        self._shortcodes = shortcodes
        self._moved: Counter[tuple[str, str]] = Counter()
        self._entries: dict[tuple[str, str, str], BookEntry] = {}

    @property
    def entries(self) -> list[BookEntry]:
        """All entries, oldest first. A transfer has one in each organisation or account that it touches."""
        return list(self._entries.values())

    def credit(self, shortcode: Shortcode, moved: Transfer) -> BookEntry:
        """Book money to the account of an organisation that takes payments."""
        return self._book(shortcode, shortcode.account, moved, "in")

    def move_inside(self, shortcode: Shortcode, source: str, target: str, moved: Transfer) -> BookEntry:
        """From one account of an organisation to another, under one receipt. Gives the entry of the source."""
        taken = self._book(shortcode, source, moved, "out")
        self._book(shortcode, target, moved, "in")
        return taken

    def debit(self, shortcode: Shortcode, account: str, moved: Transfer) -> BookEntry:
        """Take money out of an account. The caller has seen that it is there."""
        return self._book(shortcode, account, moved, "out")

    def find(self, receipt: str, shortcode: str | None = None) -> BookEntry | None:
        """The entry of a receipt, in the books of one organisation if asked."""
        mine = (entry for entry in self.entries if entry.receipt == receipt)
        return next((entry for entry in mine if shortcode in (None, entry.shortcode)), None)

    def reversal_of(self, receipt: str) -> BookEntry | None:
        """The entry that took this receipt back, if one did."""
        return next((entry for entry in self.entries if entry.linked == receipt), None)

    def of(self, shortcode: Shortcode) -> list[BookEntry]:
        """The entries of one organisation, oldest first."""
        return [entry for entry in self.entries if entry.shortcode == shortcode.number]

    def delete(self, receipt: str) -> bool:
        """Forget a receipt, for drills. The balances go back with it. False: not there."""
        keys = [key for key in self._entries if key[2] == receipt]
        for key in keys:
            entry = self._entries.pop(key)
            self._moved[entry.shortcode, entry.account] -= entry.signed_kes
            self._moved[entry.shortcode, CHARGES] += entry.fee_kes
        return bool(keys)

    def paid_on_day(self, payer: str, at_s: float) -> int:
        """What a number has paid on the day of that moment in Nairobi, in shillings."""
        day = eat(at_s).date()
        mine = (entry for entry in self.entries if entry.payer == payer and entry.kind in FROM_CUSTOMERS)
        return sum(entry.amount_kes for entry in mine if eat(entry.at_s).date() == day)

    def available(self, shortcode: Shortcode, account: str) -> int:
        """Shillings in an account."""
        opening = OPENING_BALANCE_KES if account == shortcode.account else shortcode.opening_kes.get(account, 0)
        return opening + self._moved[shortcode.number, account]

    def balances(self) -> dict[str, dict[str, int]]:
        """Shillings by shortcode and account."""
        return {
            code.number: {account: self.available(code, account) for account in (code.account, WORKING, CHARGES)}
            for code in self._shortcodes
        }

    def _book(self, shortcode: Shortcode, account: str, moved: Transfer, direction: Direction) -> BookEntry:
        change_kes = moved.amount_kes if direction == "in" else -moved.amount_kes
        self._moved[shortcode.number, account] += change_kes
        self._moved[shortcode.number, CHARGES] -= moved.fee_kes
        entry = BookEntry(
            receipt=moved.receipt,
            shortcode=shortcode.number,
            account=account,
            payer=moved.party,
            payer_name=moved.party_name,
            amount_kes=moved.amount_kes,
            at_s=moved.at_s,
            kind=moved.kind,
            reference=moved.reference,
            balance_kes=self.available(shortcode, account),
            direction=direction,
            fee_kes=moved.fee_kes,
            linked=moved.linked,
        )
        self._entries[entry.shortcode, entry.account, entry.receipt] = entry
        return entry
