"""The fault menu: what may go wrong, how often at most, and what did.

Swarm: each seed turns each line on with probability ½ and draws its rate log-uniform from the line's range, so that
some worlds have one trouble only, and some have all. What is counted is what *hit*, never what was drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from enum import StrEnum
from random import Random

from gateway.ports import Call


class At(StrEnum):
    """What goes wrong at a port call. The values of the crash matrix, and three that only show between processes."""

    BEFORE = "before"
    AFTER = "after"
    ERROR = "error"
    ANSWER_LOST = "answer_lost"
    STALL = "stall"
    LATE = "late"
    """The caller sees an error, goes on, and the effect comes all the same, seconds later."""
    OWN_CONFLICT = "own_conflict"
    """The write was done, but its repetition inside the SDK is answered with "somebody was faster"."""
    RIVAL = "rival"
    """Somebody really was faster, with a write of no consequence."""


MENU: dict[str, tuple[float, float]] = {
    # at a port call
    "crash_before": (0.001, 0.03),
    "crash_after": (0.001, 0.03),
    "call_error": (0.001, 0.05),
    "call_answer_lost": (0.001, 0.05),
    "call_stall": (0.001, 0.03),
    "call_late_effect": (0.001, 0.05),
    # the table
    "store_throttle": (0.005, 0.3),
    "store_own_conflict": (0.001, 0.2),
    "store_away_after_push": (0.05, 0.7),
    "store_stale_index": (0.3, 1.0),
    "store_late_ttl": (0.02, 0.5),
    # queues and the stream
    "queue_twice": (0.005, 0.3),
    "queue_late": (0.02, 0.7),
    "queue_late_with_push_answer": (0.1, 0.9),
    "stream_batch_again": (0.005, 0.3),
    "consumer_off": (0.2, 1.0),
    # the schedule and the clock
    "sweep_twice": (0.01, 0.3),
    "sweep_missed": (0.01, 0.15),
    "clock_step": (0.3, 1.0),
    # the push
    "push_refused_connection": (0.01, 0.3),
    "push_token_dead": (0.01, 0.3),
    "push_spike_arrest": (0.01, 0.3),
    "push_firewall": (0.005, 0.1),
    "push_500_unknown": (0.01, 0.2),
    "push_reset_before": (0.01, 0.2),
    "push_reset_after": (0.02, 0.5),
    "push_silence": (0.005, 0.15),
    "push_refused": (0.01, 0.4),
    # the query
    "query_processing_for_ever": (0.05, 0.6),
    "query_unknown_id": (0.05, 0.4),
    "query_429": (0.05, 0.4),
    "query_wrong_code": (0.01, 0.3),
    "query_unknown_code": (0.01, 0.2),
    "query_no_answer": (0.05, 0.4),
    # the token
    "token_killed": (0.005, 0.1),
    "oauth_away": (0.01, 0.5),
    "ssm_away": (0.005, 0.2),
    # the callback
    "callback_lost": (0.02, 0.5),
    "callback_repeated": (0.05, 0.5),
    "callback_late": (0.02, 0.4),
    "callback_before_answer": (0.02, 0.4),
    "callback_truncated": (0.02, 0.3),
    "callback_fields": (0.02, 0.3),
    "callback_code_as_text": (0.05, 0.5),
    "callback_masked_phone": (0.05, 0.5),
    # what contradicts
    "fail_then_success": (0.02, 0.4),
    "success_then_fail": (0.02, 0.4),
    "query_against_callback": (0.02, 0.4),
    "no_answer_then_paid": (0.02, 0.4),
    "amount_off_by_one": (0.01, 0.2),
    "other_receipt": (0.01, 0.2),
    "receipt_of_another": (0.01, 0.2),
    "other_ids": (0.01, 0.2),
    # C2B
    "echo_before_callback": (0.02, 0.3),
    "echo_after_callback": (0.02, 0.4),
    "echo_alone": (0.02, 0.3),
    "c2b_typed_oddly": (0.05, 0.5),
    "c2b_typed_other": (0.01, 0.2),
    "c2b_shared_reference": (0.02, 0.3),
    "c2b_partial": (0.05, 0.5),
    "c2b_double": (0.05, 0.5),
    "c2b_late": (0.02, 0.3),
    "c2b_lost": (0.01, 0.2),
    # shops and payers
    "same_key_at_once": (0.05, 0.5),
    "same_key_other_body": (0.02, 0.3),
    "cancel_at_any_moment": (0.02, 0.4),
    "attempt_at_once": (0.05, 0.5),
    "attempt_other_phone": (0.05, 0.5),
    "not_charged_said": (0.1, 0.9),
    # attackers: each acts once for so many payments
    "forger": (0.02, 0.3),
    "replayer": (0.02, 0.3),
    "stranger_with_tag": (0.05, 0.6),
    # deployment, and what a person or a later feature does by the same door
    "unknown_fact": (0.02, 0.2),
    "person_corrects": (0.02, 0.2),
    "review_asked": (0.01, 0.1),
    "money_returned": (0.02, 0.4),
    # added later: a new line comes last, so that the kept seeds draw what they drew
    "shop_gives_up": (0.1, 0.9),
    "stranger_with_c2b_tag": (0.02, 0.3),
    # the table, queues and the stream, again
    "store_rivals": (0.01, 0.6),
    "item_near_its_cap": (0.02, 0.5),
    "queue_poison": (0.02, 0.3),
    "stream_poison": (0.02, 0.3),
    "sweep_overlaps": (0.01, 0.3),
    # Safaricom, again
    "token_expires_early": (0.05, 0.5),
    "oauth_refused": (0.01, 0.3),
    "query_wrong_http_class": (0.02, 0.4),
    "c2b_till_without_reference": (0.02, 0.3),
    # shops and attackers, again
    "same_key_fifty_times": (0.005, 0.05),
    "key_of_last_year": (0.02, 0.3),
    "bomber": (0.02, 0.3),
    "enumerator": (0.02, 0.3),
    # once in a world
    "day_edge": (0.05, 0.3),
    "month_edge": (0.05, 0.3),
    "leap_day": (0.05, 0.3),
    "consumer_off_26_hours": (0.02, 0.1),
    "older_release_beside_newer": (0.05, 0.3),
    "settings_change": (0.05, 0.3),
    "shards_grow": (0.05, 0.3),
    "tag_key_rotates": (0.05, 0.3),
    "table_restored": (0.01, 0.05),
    "region_away": (0.01, 0.05),
    # who decides about money by hand
    "cashier": (0.05, 0.6),
    # M-Pesa's own list
    "list_registered": (0.3, 1.0),
    "list_row_late": (0.02, 0.2),
    "list_tick_missed": (0.02, 0.2),
    "list_away": (0.02, 0.2),
    "list_answer_lost": (0.02, 0.2),
    "list_empty_oddly": (0.02, 0.5),
    # the staff, by chances of their own
    "statement_sent": (0.05, 0.3),
    "day_closed": (0.05, 0.3),
    # the audit log, by chances of its own
    "audit_log": (0.15, 0.5),
    "audit_tampered": (0.3, 1.0),
    "log_off": (0.1, 1.0),
    "log_batch_again": (0.01, 0.3),
    "log_two_writers": (0.01, 0.3),
    "log_check_twice": (0.1, 0.9),
}
"""Line → lowest and highest rate, per occasion."""

ONCE_IN_A_WORLD = frozenset(
    {
        "consumer_off",
        "token_killed",
        "day_edge",
        "month_edge",
        "leap_day",
        "consumer_off_26_hours",
        "older_release_beside_newer",
        "settings_change",
        "shards_grow",
        "tag_key_rotates",
        "table_restored",
        "region_away",
        "list_registered",
        "statement_sent",
        "day_closed",
        "audit_log",
        "audit_tampered",
        "log_off",
        "log_check_twice",
    }
)
"""Lines with a few occasions in a world; all others have one at each step of some kind."""

HITS_MIN = {"once in a world": 100, "at each step": 1_000}
"""How often a line must hit in a long run, by its kind."""

SORTS: dict[str, tuple[str, ...]] = {
    "callback_fields": ("other order", "other types", "unheard field", "field missing", "id missing"),
    "push_refused": ("PHONE_NOT_ON_MPESA", "PHONE_BUSY", "SHOP_SETUP", "INVALID_FIELD"),
    "oauth_refused": ("400 empty", "403 page", "500"),
    "query_wrong_http_class": ("400", "404", "500", "503 page"),
    "item_near_its_cap": ("soft", "hard", "last"),
    "enumerator": ("page", "attempt", "callback"),
    "month_edge": ("November", "December"),
    "statement_sent": (
        *("alone", "twice", "old", "by two persons", "read by two at once", "left to the ticks", "in the calm"),
        *("row missing", "amount changed", "cut off", "of another shortcode", "no statement"),
        *("changed by a spreadsheet", "of another account"),
    ),
    "audit_tampered": (
        *("what was asked", "an owner", "a fact", "a fact taken out", "a fact added", "an item taken away"),
        *("a fact through the table", "an item through the table"),
        *("a byte of a page", "a page taken away", "a page written anew", "the newest page taken away"),
    ),
}
"""What a line may be, where it may be several things: each must have hit."""

FIRST_TIME = 0.2
"""Chance of a fault at a flow's first call of a kind in a world, so that what is seldom called is hit too."""

SELDOM_CALLED = {"Orphans.read_orphan": 0.7, "Orphans.save_orphan": 0.7}
"""Chance of a fault at each call of those that the storms of a million payments make some fifty times."""

WRITES = ("append_", "create_", "save_", "lease_", "clear_", "keep_", "send_", "write_", "publish")
CONDITIONAL = ("create_", "save_", "lease_", "clear_")
CONDITIONAL_OF_THE_LOG = (("AuditLog", "append_page"), ("Audited", "save_audit_progress"))
VERSIONED = ("save_payment", "save_receipt", "save_guard", "save_pace", "save_token_lease")


def applies(fault: At, port: str, method: str) -> bool:
    """Whether this can go wrong at this call at all. How a push and a query fail is in `mpesa.py`."""
    if fault is At.OWN_CONFLICT:
        return (port == "Store" and method.startswith(CONDITIONAL)) or (port, method) in CONDITIONAL_OF_THE_LOG
    if fault is At.RIVAL:
        return port == "Store" and method in VERSIONED
    if fault is At.LATE:
        return port != "Daraja" and method.startswith(WRITES)
    return True


class Weather:
    """The faults of one seed, until `calm`. salt: other hits. only: lines that may be on. strong: at their highest."""

    def __init__(self, seed: str, salt: int = 0, only: Collection[str] | None = None, *, strong: bool = False) -> None:
        drawn = Random(f"{seed} weather")
        self.seed = seed
        self.chance = Random(f"{seed}.{salt} hits")
        self._who_comes = Random(f"{seed} who comes")
        self.rates = dict(_rates(drawn, only))
        if strong:
            self.rates = {line: MENU[line][1] for line in self.rates}
        self.hits: Counter[str] = Counter()
        self.sorts: Counter[tuple[str, str]] = Counter()
        self.at_calls: Counter[tuple[str, str, At]] = Counter()
        self._met: set[tuple[str, str]] = set()
        self._any = 0.0
        self._per_call = self._lines_per_call()

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.rates = {}
        self._per_call = self._lines_per_call()

    def hit(self, line: str) -> bool:
        """Whether this goes wrong now; if so, it is counted."""
        rate = self.rates.get(line)
        if rate is None or self.chance.random() >= rate:
            return False
        self.hits[line] += 1
        return True

    def comes(self, line: str) -> bool:
        """The same by a chance of its own, so that whoever came later to the menu moves nobody else's."""
        place = self._who_comes.random()
        if place >= self.rates.get(line, 0):
            return False
        self.hits[line] += 1
        return True

    def sort(self, line: str, which: int | str) -> str:
        """Count which of its sorts a line was that hit."""
        name = SORTS[line][which] if isinstance(which, int) else which
        self.sorts[line, name] += 1
        return name

    def at_call(self, flow: str, call: Call) -> At | None:
        """What goes wrong at this port call, if anything."""
        drawn = self.chance.random()
        place = (flow, call.boundary)
        if place not in self._met or call.boundary in SELDOM_CALLED:
            self._met.add(place)
            drawn *= self._any / SELDOM_CALLED.get(call.boundary, FIRST_TIME)
        if drawn >= self._any:
            return None
        for line, fault, rate in self._per_call:
            drawn -= rate
            if drawn < 0:
                return self._at(flow, call, line, fault)
        return None

    def note(self, flow: str, boundary: str, fault: At) -> None:
        """Count a fault at a boundary that was decided elsewhere."""
        self.at_calls[flow, boundary, fault] += 1

    def _at(self, flow: str, call: Call, line: str, fault: At) -> At | None:
        if not _concerns(line, flow, call) or not applies(fault, call.port, call.method):
            return None
        if call.port == "Daraja" and fault in (At.ERROR, At.ANSWER_LOST):
            return None
        self.hits[line] += 1
        self.at_calls[flow, call.boundary, fault] += 1
        return fault

    def _lines_per_call(self) -> list[tuple[str, At, float]]:
        lines = [(line, fault, self.rates[line]) for line, fault in _PER_CALL.items() if line in self.rates]
        self._any = sum(rate for _, _, rate in lines)
        return lines


_PER_CALL = {
    "crash_before": At.BEFORE,
    "crash_after": At.AFTER,
    "call_error": At.ERROR,
    "call_answer_lost": At.ANSWER_LOST,
    "call_stall": At.STALL,
    "call_late_effect": At.LATE,
    "store_throttle": At.ERROR,
    "store_own_conflict": At.OWN_CONFLICT,
    "store_rivals": At.RIVAL,
    "store_away_after_push": At.ERROR,
    "ssm_away": At.ERROR,
}


def _concerns(line: str, flow: str, call: Call) -> bool:
    if line == "store_away_after_push":
        return call.method == "save_payment" and flow in ("start_payment", "start_attempt")
    if line.startswith("store_"):
        return call.port in ("Store", "AuditLog", "Audited")
    return call.port == "Secrets" if line == "ssm_away" else True


def _rates(drawn: Random, only: Collection[str] | None) -> Iterable[tuple[str, float]]:
    """Drawn for every line, so that leaving some out changes no other."""
    for line, (low, high) in MENU.items():
        on, place = drawn.random() < 0.5, drawn.random()
        if on and (only is None or line in only):
            yield line, low * (high / low) ** place
