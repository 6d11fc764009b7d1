"""Texts around asking for a refund, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

REFUNDS: Final[dict[str, tuple[str, str]]] = {
    "refund_title": ("Ask for a refund", "Omba kurudisha pesa"),
    "refund_there": ("Refund of {amount}", "Kurudisha {amount}"),
    "refund_live": ("asked for or on its way", "imeombwa au iko njiani"),
    "refund_gone": ("given back", "imerudishwa"),
    "refund_not": ("not given back", "haikurudishwa"),
    "refund_asked_of": (
        "But {amount} of it is to be given back: ask first who asked for that.",
        "Lakini {amount} zake zinapaswa kurudishwa: muulize kwanza aliyeomba.",
    ),
    "refund_amount": ("Amount in whole shillings", "Kiasi kwa shilingi kamili"),
    "refund_amount_hint": ("Received: {received}", "Zilizopokelewa: {received}"),
    "refund_which": ("Which money", "Pesa ipi"),
    "refund_any": ("Whichever fits", "Yoyote inayofaa"),
    "refund_why": ("Why", "Kwa nini"),
    "refund_why_hint": (
        "Who approves reads it, and M-PESA keeps it: 2 to 100 characters",
        "Anayeidhinisha huisoma, na M-PESA huihifadhi: herufi 2 hadi 100",
    ),
    "refund_continue": ("Continue", "Endelea"),
    "refund_confirm": ("Ask for {amount} to be given back?", "Uombe {amount} zirudishwe?"),
    "confirm_tell": (
        "Nothing is sent by this. Another person must approve it first.",
        "Hakuna kinachotumwa sasa. Mtu mwingine lazima aidhinishe kwanza.",
    ),
    "confirm_small": (
        "So small a sum may go out **at once**, without a second person.",
        "Kiasi kidogo hivi kinaweza kutumwa **mara moja**, bila mtu wa pili.",
    ),
    "refund_ask": ("Ask for {amount}", "Omba {amount}"),
    "refund_change": ("Change it", "Badilisha"),
    "refund_of_code": ("Of the money", "Ya pesa"),
    "refund_way": ("Way", "Njia"),
    "refund_by_reversal": ("M-PESA takes the payment back", "M-PESA inarudisha malipo"),
    "refund_by_payout": ("Paid out to the number that paid", "Inalipwa kwa nambari iliyolipa"),
    "row_payment_of": ("Payment", "Malipo"),
    "done_asked_refund": ("It is asked for. Look below how it stands.", "Imeombwa. Tazama hali yake hapa chini."),
    "refund_bad_amount": ("Give whole shillings, like 500.", "Andika shilingi kamili, kama 500."),
    "refund_bad_why": ("Say why in 2 to 100 characters.", "Eleza kwa herufi 2 hadi 100."),
    "refund_more": ("{left} can be given back now. Nothing was asked for.", "{left} zinaweza kurudishwa sasa."),
    "refund_held": (
        "{left} can be given back now; another refund of this payment holds the rest.",
        "{left} zinaweza kurudishwa sasa; ombi lingine la kurudisha linashikilia zilizobaki.",
    ),
    "refund_nothing_left": ("There is no money of this payment to give back.", "Hakuna pesa ya kurudisha."),
    "no_way_no_receipt": (
        "M-PESA's code of this money is not told yet. Try again in some minutes.",
        "Msimbo wa M-PESA wa pesa hii bado haujajulikana. Jaribu tena baada ya dakika chache.",
    ),
    "no_way_unknown_receipt": (
        "This payment has no money under that code.",
        "Malipo haya hayana pesa ya msimbo huo.",
    ),
    "no_way_part_of_a_reversal": (
        "M-PESA takes back whole payments only. Ask for all of it.",
        "M-PESA hurudisha malipo yote tu. Omba yote.",
    ),
    "no_way_many_receipts": (
        "It came in several payments. Ask for each one on its own: choose which money.",
        "Ilikuja kwa malipo kadhaa. Omba kila moja peke yake: chagua pesa ipi.",
    ),
    "no_way_number_not_known": (
        "M-PESA told no whole number to pay back to. Ask for the whole of one code, or give cash and note it.",
        "M-PESA haikutaja nambari kamili ya simu. Omba yote ya msimbo mmoja, au toa taslimu na uandike.",
    ),
    "no_way_two_numbers": (
        "It came from two phones. Ask for each code on its own: choose which money.",
        "Ilitoka kwa simu mbili. Omba kila msimbo peke yake: chagua pesa ipi.",
    ),
    "no_way_below_minimum": (
        "M-PESA pays out KSh 10 and more. Give cash and note it on the payment.",
        "M-PESA hulipa KSh 10 na zaidi. Toa taslimu na uandike kwenye malipo.",
    ),
    "no_way_no_payout_shortcode": (
        "This shop is not set up to pay out a part. Ask for the whole of one code, or give cash and note it.",
        "Duka hili halijawekwa kulipa sehemu. Omba yote ya msimbo mmoja, au toa taslimu na uandike.",
    ),
    "no_way_not_sure_whose": (
        "It is not certain who paid. Look at the flags first, or ask for the whole of one code: M-PESA knows who paid.",
        "Haijulikani kwa hakika nani alilipa. Tazama alama kwanza, au omba yote ya msimbo mmoja.",
    ),
}
