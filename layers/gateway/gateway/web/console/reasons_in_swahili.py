"""Why a line of a compared day is proposed so, in Swahili. `domain/reconciliation/compare.py` writes it in English.

A Kenyan native reader has not gone over them yet.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.proposals import Reason
from gateway.web.console.wording_of_unmatched import UNMATCHED

_FIXED: Final = {
    "M-PESA has it and nothing told us": "M-PESA inazo na hakuna aliyetuambia",
    "its amount is no whole shillings": "kiasi chake si shilingi kamili",
    "no payment fits it": "hakuna malipo yanayolingana nazo",
    "set aside by a person": "zimewekwa kando na mtu",
    "M-PESA's list outranks other news about an amount": "kuhusu kiasi, orodha ya M-PESA ndiyo inayofuatwa",
    "M-PESA said that it was paid, and told no code": "M-PESA ilisema imelipwa, bila kutaja msimbo",
    "no list of M-PESA shows it yet": "bado hakuna orodha ya M-PESA inayoonyesha",
    "the statement of this time adds up and does not have it": "taarifa ya wakati huu imekamilika na haina",
    "the statement of this time adds up, shows other payouts of the day, and has no row with its code": (
        "taarifa ya wakati huu imekamilika, ina malipo mengine ya nje ya siku hiyo, na haina msimbo wake"
    ),
    "absence from Pull proves nothing": "kutokuwa kwenye orodha ya Pull hakuthibitishi lolote",
    "the payment was covered without it": "malipo yalitosha bila hizi",
    "nobody told us of it before the day was closed": "hakuna aliyetuambia kabla ya siku kufungwa",
    "the difference that the closed day had is settled now": "tofauti iliyokuwa kwenye siku iliyofungwa imemalizika",
    "M-PESA took money back and does not say which": "M-PESA ilirudisha pesa bila kusema ni zipi",
} | {str(reason): UNMATCHED[f"reason_{reason.name.lower()}"][1] for reason in Reason}

_WITH_PLACES: Final = (
    (re.compile(r"told on (\S+), completed by M-PESA on (\S+)"), r"tuliambiwa \1, M-PESA ilikamilisha \2"),
    (re.compile(r"M-PESA lists it with (\S+) as well"), r"M-PESA inaorodhesha pia kwa \1"),
    (re.compile(r"M-PESA took back (\S+)"), r"M-PESA ilirudisha \1"),
    (re.compile(r"M-PESA calls it (.*): no payment we know of"), r"M-PESA inaiita \1: si malipo tunayoyajua"),
    (
        re.compile(r"M-PESA calls it (.*), and no payout or refund here has its code"),
        r"M-PESA inaiita \1, na hakuna malipo ya nje wala marejesho hapa yenye msimbo huu",
    ),
    (
        re.compile(r"M-PESA calls it (.*); too many went out on this day to look for each"),
        r"M-PESA inaiita \1; zilizotoka siku hii ni nyingi mno kutafuta kila moja",
    ),
    (
        re.compile(r"it may be (\S+), of the same amount, which nobody has answered for"),
        r"huenda ni \1, ya kiasi hicho hicho, ambayo hakuna aliyejibu",
    ),
    (re.compile(r"M-PESA said that (\S+) had succeeded"), r"M-PESA ilisema \1 imefaulu"),
    (re.compile(r"(\S+) asked for another amount"), r"\1 iliomba kiasi kingine"),
)


def reason_in_swahili(reason: str) -> str | None:
    """None: a newer release wrote it."""
    if reason in _FIXED:
        return _FIXED[reason]
    found = ((pattern.fullmatch(reason), words) for pattern, words in _WITH_PLACES)
    return next((match.expand(words) for match, words in found if match), None)
