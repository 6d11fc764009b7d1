"""Texts of asking a customer to pay from the counter, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

PROMPTS: Final[dict[str, tuple[str, str]]] = {
    "nav_prompt": ("Ask to pay", "Omba malipo"),
    "prompt_title": ("Ask a customer to pay", "Mwombe mteja alipe"),
    "prompt_phone": ("Customer's M-PESA number", "Nambari ya M-PESA ya mteja"),
    "prompt_phone_hint": ("Like 0712 345 678", "Kama 0712 345 678"),
    "prompt_amount": ("Amount in whole shillings", "Kiasi kwa shilingi kamili"),
    "prompt_amount_hint": ("1 to {most}", "1 hadi {most}"),
    "prompt_order": ("Order or receipt number, if any", "Nambari ya oda au risiti, kama ipo"),
    "prompt_order_hint": (
        "Up to 12 letters and digits stand on the customer's phone.",
        "Hadi herufi na tarakimu 12 huonekana kwenye simu ya mteja.",
    ),
    "prompt_where_gone": (
        "The Paybill or Till that was chosen is not the shop's any more. Choose again.",
        "Paybill au Till iliyochaguliwa si ya duka tena. Chagua tena.",
    ),
    "prompt_where": ("Paid to", "Inalipwa kwa"),
    "prompt_continue": ("Continue", "Endelea"),
    "prompt_confirm": ("Ask {phone} to pay {amount}?", "Umwombe {phone} alipe {amount}?"),
    "prompt_confirm_tell": (
        "Read the number to the customer. M-PESA then asks for the PIN on that phone, for about a minute.",
        "Msomee mteja nambari. Kisha M-PESA itaomba PIN kwenye simu hiyo, kwa takriban dakika moja.",
    ),
    "prompt_same_order": (
        "**There is a payment of this order already.** Look at it first, so that nobody pays twice.",
        "**Tayari kuna malipo ya oda hii.** Yatazame kwanza, ili asilipe mara mbili.",
    ),
    "prompt_send": ("Ask for {amount}", "Omba {amount}"),
    "prompt_send_anyway": ("Ask for {amount} all the same", "Omba {amount} hata hivyo"),
    "prompt_change": ("Change it", "Badilisha"),
    "prompt_shown_as": ("Shown on the phone", "Kinachoonekana kwenye simu"),
    "prompt_not_set_up": ("This shop takes no money yet", "Duka hili bado halipokei pesa"),
    "prompt_not_set_up_tell": ("Its settings name no shortcode.", "Mipangilio yake haina nambari ya Paybill au Till."),
    "prompt_bad_phone": (
        "Give a Kenyan mobile number with 10 digits, like 0712 345 678.",
        "Andika nambari ya simu ya Kenya ya tarakimu 10, kama 0712 345 678.",
    ),
    "prompt_bad_amount": ("Give whole shillings from 1 to {most}.", "Andika shilingi kamili kuanzia 1 hadi {most}."),
    "prompt_bad_order": ("An order number has at most 64 characters.", "Nambari ya oda ina herufi 64 tu."),
    "prompt_used": (
        "This form was sent before, with other fields. Nothing was sent now.",
        "Fomu hii ilitumwa awali ikiwa na maelezo mengine. Hakuna kilichotumwa sasa.",
    ),
    "prompt_again": ("Send the request again to {phone}", "Tuma ombi tena kwa {phone}"),
    "prompt_again_at": (
        "The request can be sent again at {time}.",
        "Ombi linaweza kutumwa tena saa {time}.",
    ),
    "prompt_other": ("Send the request to another number", "Tuma ombi kwa nambari nyingine"),
    "prompt_first": ("Send a request to a phone", "Tuma ombi kwenye simu"),
    "prompt_other_title": ("Ask {amount} of another number", "Omba {amount} kwa nambari nyingine"),
    "prompt_other_send": ("Send the request", "Tuma ombi"),
    "done_prompted": ("The request is on its way to the phone.", "Ombi linaelekea kwenye simu."),
    "done_prompt_live": (
        "Nothing was sent: a request is still on that phone.",
        "Hakuna kilichotumwa: ombi bado liko kwenye simu hiyo.",
    ),
    "done_prompt_wait": (
        "Nothing was sent: that phone got enough requests for now. Wait some minutes.",
        "Hakuna kilichotumwa: simu hiyo imepata maombi ya kutosha kwa sasa. Subiri dakika chache.",
    ),
    "done_prompt_not_known": (
        "Nothing was sent: it is not known yet whether the last request took the money.",
        "Hakuna kilichotumwa: bado haijulikani kama ombi la mwisho lilichukua pesa.",
    ),
    "done_prompt_closed": (
        "Nothing was sent: this payment takes no more requests.",
        "Hakuna kilichotumwa: malipo haya hayachukui maombi zaidi.",
    ),
    "done_prompt_order": (
        "Nothing was sent: another request was begun meanwhile. Look at the attempts.",
        "Hakuna kilichotumwa: ombi lingine lilianzishwa wakati huo. Tazama majaribio.",
    ),
}
