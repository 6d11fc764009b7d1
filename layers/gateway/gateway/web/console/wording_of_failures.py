"""Why money did not go out, as M-PESA's answers mean it: the API's English with Swahili beside it, for every code."""

from __future__ import annotations

from typing import Final

from gateway.flows.outgoing_shown import MESSAGES

_SWAHILI: Final[dict[str, str]] = {
    "insufficient_balance": "Akaunti inayolipa haina pesa za kutosha. Hakuna kilichotumwa; iongeze, kisha lipa upya.",
    "initiator_invalid": "M-PESA imekataa mtumiaji wa API. Hakuna kinachotumwa hadi mtu amjaribu.",
    "initiator_locked": "M-PESA imemfunga mtumiaji wa API. Msimamizi wa shirika lazima amfungue.",
    "recipient_not_on_mpesa": "M-PESA haijui nambari ya mpokeaji kama mteja wake.",
    "recipient_limit": "Akaunti ya M-PESA ya mpokeaji ingevuka mojawapo ya vikomo vyake.",
    "below_minimum": "Kiasi kiko chini ya kiwango cha M-PESA.",
    "above_maximum": "Kiasi kiko juu ya kiwango cha M-PESA.",
    "already_reversed": "Pesa tayari zimerudi zilikotoka.",
    "too_late_to_reverse": "M-PESA hairudishi tena pesa hizi.",
    "not_permitted": "Shirika haliruhusiwi kulipa kwa njia hii: msimamizi wake aongeze huduma au jukumu.",
    "system_error": "M-PESA ilipata hitilafu ndani yake.",
    "system_busy": "M-PESA ilikuwa na shughuli nyingi mno. Hakuna kilichotumwa; lipa upya.",
    "mpesa_declined": "M-PESA imekataa.",
}

FAILURES: Final[dict[str, tuple[str, str]]] = {
    f"out_failure_{code}": (english, _SWAHILI[code]) for code, english in MESSAGES.items()
}
