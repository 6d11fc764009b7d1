"""Phones: numbers, wallets, PINs, prompts, SMS, and the switches that a person can turn."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

from local.daraja_simulator.outcomes import outcome_for
from local.daraja_simulator.shortcodes import SUPPLIERS_PHONE, TILL_KEEPERS_PHONE
from local.daraja_simulator.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

RIGHT_PIN = "1234"
WRONG_PINS_MAX = 3
OPENING_BALANCE_KES = 50_000
WALLET_MAX_KES = 500_000
FULIZA_LIMIT_KES = 5_000
SANDBOX_NUMBER = "254708374149"
AUTO_RANGE = range(254710000000, 254711000000)
NAMES = ("AMINA", "BRIAN", "CHEBET", "DAUDI", "ESTHER", "FATUMA", "GITAU", "HALIMA", "IMANI", "JUMA")
SHOWN_FIRST: Mapping[str, str] = {"254712345678": "AMINA", "254722000111": "BRIAN", "254110000222": "CHEBET"}
"""Phones that are there from the start."""
KEEPERS: Mapping[str, str] = {TILL_KEEPERS_PHONE: "TILL KEEPER", SUPPLIERS_PHONE: "SUPPLIER"}
"""Phones that organisations have nominated."""

Answering = Literal["pay", "cancel", "wait"]
PromptState = Literal["live", "paid", "allowed", "cancelled", "wrong_pin", "failed", "expired", "killed"]
PromptKind = Literal["stk", "standing_order", "ussd_push"]
_WRITTEN = re.compile(r"(?:\+?254|00254)?0?([17]\d{8})")


def international(written: str) -> str | None:
    """`2547…` for a Kenyan mobile number in any common form, or None."""
    found = _WRITTEN.fullmatch(re.sub(r"[\s()-]", "", written))
    return f"254{found[1]}" if found and found[1].isascii() else None


@dataclass(slots=True)
class Sms:
    """A message on the phone."""

    at: str
    text: str
    receipt: str | None


@dataclass(slots=True)
class Prompt:
    """What the screen asked, and how it ended. id: of the push or of another question. code: the result."""

    id: int
    text: str
    to: str
    account: str
    amount: int
    at: str
    ends_at: str
    state: PromptState = "live"
    kind: PromptKind = "stk"
    code: str | None = None


@dataclass(slots=True)
class Switches:
    """timeout_code: how a prompt that nobody answers ends: 1037 (no answer) or 1032 (timed out)."""

    off: bool = False
    no_network: bool = False
    ussd_session: bool = False
    fuliza: bool = False
    timeout_code: Literal["1037", "1032"] = "1037"


@dataclass(slots=True)
class Phone:
    """One SIM with its wallet."""

    number: str
    name: str
    pin: str = RIGHT_PIN
    balance_kes: int = OPENING_BALANCE_KES
    fuliza_used_kes: int = 0
    wrong_pins: int = 0
    locked: bool = False
    switches: Switches = field(default_factory=Switches)
    prompts: list[Prompt] = field(default_factory=list)
    sms: list[Sms] = field(default_factory=list)
    swapped_at_s: float | None = None
    """When its SIM was last replaced."""

    @property
    def pays_by_itself(self) -> bool:
        """The sandbox's test number and 0710 000000 to 0710 999999."""
        return self.number == SANDBOX_NUMBER or int(self.number) in AUTO_RANGE

    @property
    def is_magic(self) -> bool:
        """Whether the number decides the outcome."""
        return outcome_for(self.number) is not None

    @property
    def free_of_rules(self) -> bool:
        """Not bound by the 2-minute rule and by one prompt at a time."""
        return self.is_magic or int(self.number) in AUTO_RANGE

    @property
    def bottomless(self) -> bool:
        """Whether the wallet is topped up before each payment, so that tests never run dry."""
        return self.free_of_rules or self.pays_by_itself

    @property
    def reachable(self) -> bool:
        """Whether a prompt can arrive."""
        return not (self.switches.off or self.switches.no_network)

    def live_prompt(self, prompt_id: int | None = None) -> Prompt | None:
        """What stands on the screen: the newest, or the one with this id."""
        live = (prompt for prompt in reversed(self.prompts) if prompt.state == "live")
        return next((prompt for prompt in live if prompt_id in (None, prompt.id)), None)

    def pin_is_right(self, pin: str) -> bool:
        """Try a PIN: a right one clears the count, the third wrong one locks. A locked phone takes none."""
        if self.locked:
            return False
        if pin == self.pin:
            self.wrong_pins = 0
            return True
        self.wrong_pins += 1
        self.locked = self.wrong_pins >= WRONG_PINS_MAX
        return False

    def can_spend(self, amount_kes: int) -> bool:
        """Whether wallet (and Fuliza, if on) cover the amount."""
        credit = FULIZA_LIMIT_KES - self.fuliza_used_kes if self.switches.fuliza else 0
        return self.bottomless or self.balance_kes + credit >= amount_kes

    def spend(self, amount_kes: int) -> None:
        """Take the amount from the wallet, then from Fuliza. Bottomless numbers are topped up first."""
        if self.bottomless:
            self.balance_kes = max(self.balance_kes, amount_kes)
        overdraft = max(0, amount_kes - self.balance_kes)
        self.fuliza_used_kes += overdraft
        self.balance_kes -= amount_kes - overdraft

    def receive(self, amount_kes: int) -> None:
        """Money comes in; Fuliza is paid back first. A bottomless wallet stays at its limit."""
        paid_back = min(self.fuliza_used_kes, amount_kes)
        self.fuliza_used_kes -= paid_back
        self.balance_kes += amount_kes - paid_back
        if self.bottomless:
            self.balance_kes = min(self.balance_kes, WALLET_MAX_KES)

    def receive_sms(self, at_s: float, text: str, receipt: str | None = None) -> None:
        """Put a message on top of the list."""
        self.sms.insert(0, Sms(iso(at_s), text, receipt))

    def as_json(self) -> dict[str, object]:
        """As the control API shows it. `prompt` is the newest live one."""
        live = self.live_prompt()
        return {
            "number": self.number,
            "shown": f"0{self.number[3:]}",
            "name": self.name,
            "balance": self.balance_kes,
            "fuliza_used": self.fuliza_used_kes,
            "fuliza_limit": FULIZA_LIMIT_KES,
            "locked": self.locked,
            "wrong_pins": self.wrong_pins,
            "pays_by_itself": self.pays_by_itself,
            "magic": self.is_magic,
            "switches": asdict(self.switches),
            "prompt": asdict(live) if live else None,
            "prompts": [asdict(prompt) for prompt in reversed(self.prompts)],
            "sms": [asdict(message) for message in self.sms],
            "swapped_at": None if self.swapped_at_s is None else iso(self.swapped_at_s),
        }


class Phones:
    """All phones; one comes into being when it is first met."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}
        for number, name in SHOWN_FIRST.items():
            self._phones[number] = Phone(number, name)

    def get(self, number: str) -> Phone:
        """The phone with this number (`254…`)."""
        if number not in self._phones:
            self._phones[number] = self._new(number)
        return self._phones[number]

    def all(self) -> list[Phone]:
        """Every phone met so far, in that order."""
        return list(self._phones.values())

    def _new(self, number: str) -> Phone:
        pick = hashlib.sha256(number.encode()).digest()[0]
        phone = Phone(number, KEEPERS.get(number, NAMES[pick % len(NAMES)]))
        if phone.bottomless:
            phone.balance_kes = WALLET_MAX_KES
        return phone
