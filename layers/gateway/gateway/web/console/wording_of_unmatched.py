"""Texts of the pages about unmatched money, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

UNMATCHED: Final[dict[str, tuple[str, str]]] = {
    "unmatched_title": ("Unmatched money", "Pesa bila oda"),
    "unmatched_none": ("No unmatched money", "Hakuna pesa bila oda"),
    "unmatched_none_how": (
        "Money typed at your Paybill or Till lands here when we cannot tell its order.",
        "Pesa iliyolipwa kwa Paybill au Till hufika hapa tusipojua oda yake.",
    ),
    "unmatched_table": ("Unmatched money, scrolls sideways", "Pesa bila oda, sogeza kando"),
    "unmatched_sum": ("Sums: {count}, {amount} in all", "Jumla: {count}, {amount}"),
    "unmatched_page": ("On this page: {count}, {amount}", "Ukurasa huu: {count}, {amount}"),
    "older_money": ("Older ones", "Za zamani zaidi"),
    "col_came": ("Came", "Imeingia"),
    "col_code": ("M-PESA code", "Msimbo wa M-PESA"),
    "col_typed": ("Reference typed", "Kumbukumbu iliyoandikwa"),
    "col_payer": ("Payer", "Mlipaji"),
    "col_proposed": ("Perhaps for", "Huenda ni ya"),
    "no_proposal": ("no proposal", "hakuna pendekezo"),
    "money_title": ("Whose is {amount}?", "{amount} ni za nani?"),
    "row_came": ("Came in", "Imeingia"),
    "row_typed": ("Reference typed", "Kumbukumbu iliyoandikwa"),
    "row_payer": ("Payer", "Mlipaji"),
    "row_receipt": ("M-PESA code", "Msimbo wa M-PESA"),
    "row_account": ("Account", "Akaunti"),
    "proposals": ("Perhaps for", "Huenda ni ya"),
    "proposal_why": ("Because: {why}", "Kwa sababu: {why}"),
    "reason_same_reference": ("same account reference", "kumbukumbu ni ile ile"),
    "reason_reference_slip": ("account reference differs by one slip", "kumbukumbu imekosewa herufi moja"),
    "reason_same_amount": ("same amount", "kiasi ni kile kile"),
    "reason_same_phone": ("same phone", "simu ni ile ile"),
    "reason_same_phone_ending": ("phone ends with the same digits", "simu inaishia sawa"),
    "reason_shortly_before": ("asked for within two hours", "iliombwa ndani ya saa mbili"),
    "assign_this": ("It is this one's", "Ni ya hii"),
    "assign_other": ("For another payment", "Kwa malipo mengine"),
    "assign_other_label": ("Order, reference or payment", "Oda, kumbukumbu au malipo"),
    "assign_other_hint": (
        "As in the search box. Exactly one payment must fit.",
        "Kama kwenye kisanduku cha kutafuta. Lazima yalingane malipo moja tu.",
    ),
    "assign_find": ("Assign to it", "Gawa kwake"),
    "assign_empty": (
        "Type what finds the payment: its order, its id or a phone number.",
        "Andika kinachotambulisha malipo: oda, namba ya malipo au namba ya simu.",
    ),
    "assign_none": ("No payment of this shop fits that.", "Hakuna malipo ya duka hili yanayolingana."),
    "assign_many": (
        "More than one payment fits that. Give its reference, or its id.",
        "Malipo zaidi ya moja yanalingana. Andika kumbukumbu yake.",
    ),
    "ignore_open": ("It is for no payment here", "Si ya malipo yoyote hapa"),
    "ignore_reason": ("Why", "Kwa nini"),
    "ignore_button": ("Set it aside", "Iweke kando"),
    "ignore_empty": ("Say why in a few words.", "Sema kwa nini kwa maneno machache."),
    "unignore_button": ("Look for its payment after all", "Tafuta malipo yake tena"),
    "aside_tell": ("Set aside by a person: {why}", "Imewekwa kando na mtu: {why}"),
    "matched_tell": ("This money is a payment's.", "Pesa hii ina malipo yake."),
    "matched_look": ("Look at the payment", "Tazama malipo"),
    "may_be_title": ("It may be another payment's", "Huenda ni ya malipo mengine"),
    "may_be_tell": (
        "A prompt over this amount, shortly before, may have brought it. Assign it only if you know it is not theirs.",
        "Ombi la kiasi hiki, muda mfupi kabla, huenda limeileta. Igawe tu ikiwa unajua si yao.",
    ),
    "may_be_sure": ("It is not theirs: assign it", "Si yao: igawe"),
    "refused_receipt_taken": (
        "Somebody was faster: this money is another payment's now. Nothing was changed.",
        "Mwingine amewahi: pesa hii ni ya malipo mengine sasa. Hakuna kilichobadilika.",
    ),
    "refused_receipt_ignored": (
        "This money was set aside. Take that back first.",
        "Pesa hii imewekwa kando. Ondoa hilo kwanza.",
    ),
    "refused_already_final": (
        "That payment's money was given back. Nothing was changed.",
        "Pesa ya malipo hayo ilirudishwa. Hakuna kilichobadilika.",
    ),
    "refused_idempotency_key_reused": (
        "This form was used for another payment. Load the page again.",
        "Fomu hii ilitumika kwa malipo mengine. Pakia ukurasa tena.",
    ),
    "refused_not_found": (
        "That payment or money is not there any more.",
        "Malipo hayo au pesa hiyo haipo tena.",
    ),
    "done_aside": ("It is set aside.", "Imewekwa kando."),
    "done_back": ("It is looked at again.", "Inaangaliwa tena."),
}
