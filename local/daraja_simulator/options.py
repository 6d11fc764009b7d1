"""How the simulator behaves: everything that may be chosen when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["local", "safaricom-sandbox"]
SecondPrompt = Literal["kills_first", "busy", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """Times are virtual seconds. The same seed and the same calls give the same ids and receipts."""

    seed: int = 1
    auto: bool = False
    """Ordinary phones pay by themselves too."""
    profile: Profile = "local"
    """`safaricom-sandbox` adds spike arrest on the query, a slow prompt and forgiving references."""
    consumer_key: str = "local-key"
    consumer_secret: str = field(default="local-secret", repr=False)
    token_life_s: float = 3599.0
    new_token_kills_old: bool = False
    """Safaricom's FAQ says that it does; nobody has shown it."""
    second_prompt: SecondPrompt = "kills_first"
    """A push to a phone with a live prompt ends the first with 1001, ends itself so, or is refused."""
    callback_source: str = "127.0.0.1"
    """Address that callbacks come from."""
    stranger_source: str = "127.0.0.9"
    """Address that forged callbacks, and those under the fault `wrong_source`, come from."""
    answer_after_s: float = 2.0
    """Between the prompt and the answer of phones that pay by themselves."""
    prompt_life_s: float = 60.0
    unreachable_after_s: float = 16.0
    """From the push to 1037 when the phone is off or has no network."""
    result_after_s: float = 2.0
    """From an accepted payout, reversal, status or balance request to its result."""
    initiator_password: str = field(default="Safaricom123!", repr=False)
    """Of the API operator `testapi`."""
    confirmation_after_s: float = 1.0
    """From a payment to its C2B confirmation (from the callback, for an STK payment)."""

    @property
    def prompt_after_s(self) -> float:
        """From the push to the prompt on the phone."""
        return 5.0 if self.profile == "safaricom-sandbox" else 0.0

    @property
    def query_known_after_s(self) -> float:
        """A query asked earlier than this after the push is answered with HTTP 400."""
        return 5.0 if self.profile == "safaricom-sandbox" else 1.0

    @property
    def query_spike_arrest(self) -> bool:
        """Whether the query takes only one call in twelve seconds."""
        return self.profile == "safaricom-sandbox"

    @property
    def reference_length_max(self) -> int:
        """Longest AccountReference taken."""
        return 15 if self.profile == "safaricom-sandbox" else 12
