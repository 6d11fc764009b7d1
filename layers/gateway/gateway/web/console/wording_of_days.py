"""Texts of the pages about compared days and about files of payments, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

DAYS: Final[dict[str, tuple[str, str]]] = {
    "nav_days": ("Reconciliation", "Ulinganisho"),
    "days_title": ("Reconciliation, {month}", "Ulinganisho, {month}"),
    "days_table": ("Days of the month, scrolls sideways", "Siku za mwezi, sogeza kando"),
    "days_none": ("No day was compared yet", "Bado hakuna siku iliyolinganishwa"),
    "days_none_how": (
        (
            "Each morning yesterday is laid beside M-PESA's own list. That needs Pull Transactions: your operator runs "
            "mpesa-gateway pull register once."
        ),
        (
            "Kila asubuhi siku ya jana hulinganishwa na orodha ya M-PESA yenyewe. Inahitaji Pull Transactions: "
            "mwendeshaji huendesha mpesa-gateway pull register mara moja."
        ),
    ),
    "address_bad_day": (
        "“{typed}” in the address is no day. Write a day like 2026-03-01. This page shows today.",
        "“{typed}” kwenye anwani si siku. Andika siku kama 2026-03-01. Ukurasa huu unaonyesha leo.",
    ),
    "address_bad_month": (
        "“{typed}” in the address is no month. Write a month like 2026-03. This page shows the current one.",
        "“{typed}” kwenye anwani si mwezi. Andika mwezi kama 2026-03. Ukurasa huu unaonyesha mwezi huu.",
    ),
    "days_of": ("Paybill or Till {number}", "Paybill au Till {number}"),
    "days_of_payouts": ("Payouts from {number}", "Malipo ya nje ya {number}"),
    "days_earlier": ("Month before", "Mwezi uliopita"),
    "days_later": ("Month after", "Mwezi unaofuata"),
    "col_day": ("Day", "Siku"),
    "col_ours": ("Ours", "Zetu"),
    "col_mpesa": ("M-PESA's", "Za M-PESA"),
    "col_difference": ("Difference", "Tofauti"),
    "col_lines": ("Lines", "Mistari"),
    "col_count": ("Count", "Idadi"),
    "col_sum": ("Sum", "Jumla"),
    "col_kind": ("What differs", "Kinachotofautiana"),
    "col_do": ("What to do", "La kufanya"),
    "day_not_run": ("not compared", "haijalinganishwa"),
    "day_differences": ("differences", "tofauti"),
    "day_incomplete": ("not complete", "haijakamilika"),
    "day_balanced": ("balanced", "sawa"),
    "day_closed": ("closed", "imefungwa"),
    "tell_day_not_run": ("This day was not compared yet.", "Siku hii bado haijalinganishwa."),
    "tell_day_differences": (
        "M-PESA's list and ours differ. Each line below says what to do. Nothing is done by itself.",
        "Orodha ya M-PESA na yetu zinatofautiana. Kila mstari hapa chini unasema la kufanya.",
    ),
    "tell_day_incomplete": (
        "Nothing differs so far, but M-PESA's list is not known for the whole day.",
        "Hakuna tofauti hadi sasa, lakini orodha ya M-PESA haijulikani kwa siku yote.",
    ),
    "tell_day_balanced": (
        "M-PESA's list is known for all of it, and nothing is left to look at.",
        "Orodha ya M-PESA inajulikana kwa siku yote, na hakuna kilichobaki cha kutazama.",
    ),
    "tell_day_closed": (
        "Its sums stay as they are. What comes later is shown beside them.",
        "Jumla zake zinabaki zilivyo. Yatakayokuja baadaye huonyeshwa kando yake.",
    ),
    "day_compared_at": ("compared {time}", "ililinganishwa {time}"),
    "day_sums_of_what_came": (
        "These are sums of what customers paid. What went out is in none of them: each code is looked for by itself.",
        "Hizi ni jumla za walicholipa wateja. Kilichotoka hakimo: kila msimbo hutafutwa peke yake.",
    ),
    "day_sums": ("Both sides", "Pande zote mbili"),
    "col_side": ("Whose book", "Kitabu cha nani"),
    "side_ours": ("Ours", "Zetu"),
    "side_mpesa": ("M-PESA's", "Za M-PESA"),
    "side_both": ("In both", "Kwenye zote mbili"),
    "side_not_judged": ("Not judged: M-PESA's list is not known there", "Haijapimwa: orodha ya M-PESA haijulikani"),
    "day_fees": ("M-PESA charged", "Ada za M-PESA"),
    "day_lines": ("Differences", "Tofauti"),
    "day_lines_none": ("No differences.", "Hakuna tofauti."),
    "day_lines_table": ("Differences, scrolls sideways", "Tofauti, sogeza kando"),
    "day_lines_more": (
        "Lines {from_line} to {to_line} of {count}",
        "Mistari {from_line} hadi {to_line} kati ya {count}",
    ),
    "day_lines_next": ("Next lines", "Mistari inayofuata"),
    "day_run": ("Compare now", "Linganisha sasa"),
    "day_csv": ("Differences as CSV", "Tofauti kama CSV"),
    "done_compared": ("Compared just now.", "Imelinganishwa sasa hivi."),
    "day_no_list": (
        "Nothing was compared: there is no list of M-PESA's for this number. Your operator registers it once.",
        "Hakuna kilicholinganishwa: hakuna orodha ya M-PESA ya nambari hii. Mwendeshaji huisajili mara moja.",
    ),
    "day_too_big": (
        "This day has too many payments to be compared while you wait. It is planned: look again in half an hour.",
        "Siku hii ina malipo mengi mno kulinganishwa ukisubiri. Imepangwa: angalia tena baada ya nusu saa.",
    ),
    "line_missing_here": ("M-PESA has it, we do not", "M-PESA inayo, sisi hatuna"),
    "line_missing_at_mpesa": ("We have it, M-PESA's list does not", "Tunayo, orodha ya M-PESA haina"),
    "line_amount_differs": ("Other amounts", "Kiasi tofauti"),
    "line_status_differs": ("M-PESA took it back", "M-PESA imerudisha"),
    "line_duplicate": ("Paid twice", "Imelipwa mara mbili"),
    "line_unassigned": ("Money without an order", "Pesa bila oda"),
    "line_paid_out": ("Paid out, and nobody here did", "Imelipwa nje, na si sisi"),
    "line_payout_not_in_statement": ("Paid out by us, not in the statement", "Tumelipa nje, haipo kwenye taarifa"),
    "line_crosses_midnight": ("On another day at M-PESA", "Siku nyingine kwa M-PESA"),
    "line_not_certain": ("it may only look so", "huenda ni mwonekano tu"),
    "line_settled": ("Settled: {how}", "Imemalizika: {how}"),
    "do_assign": ("Say whose it is", "Sema ni za nani"),
    "do_refund": ("Give the second one back", "Rudisha ya pili"),
    "do_take_in": ("Wait: it is taken in at the next reading", "Subiri: itaingizwa kwenye usomaji ujao"),
    "do_wait_for_statement": (
        "Wait for the statement. Do not ask the customer again",
        "Subiri taarifa. Usimwombe mteja tena",
    ),
    "do_book_on_other_day": ("Book it on the day of M-PESA", "Iandike kwa siku ya M-PESA"),
    "do_look": ("Look at it", "Itazame"),
    "do_not_again": (
        "Ask M-PESA about its code. Do not send it again",
        "Uliza M-PESA kuhusu msimbo wake. Usiitume tena",
    ),
    "look_payout": ("What we sent", "Tulichotuma"),
    "look_payment": ("Payment", "Malipo"),
    "look_money": ("This money", "Pesa hii"),
}

EXPORTS: Final[dict[str, tuple[str, str]]] = {
    "nav_exports": ("Exports", "Pakua"),
    "exports_title": ("Payments as a file", "Malipo kama faili"),
    "exports_how": (
        "A CSV that opens in Excel: the payments that were asked for on these days. The log keeps who fetched it.",
        "CSV inayofunguka kwa Excel: malipo yaliyoombwa siku hizi. Kumbukumbu huhifadhi aliyeipakua.",
    ),
    "exports_from": ("From", "Kuanzia"),
    "exports_to": ("To", "Hadi"),
    "exports_button": ("Fetch the file", "Pakua faili"),
    "exports_bad_day": ("Give a day like 2026-03-01.", "Andika siku kama 2026-03-01."),
    "exports_bad_period": (
        "Give at most {most} days, the first one first, none in the future.",
        "Andika siku {most} tu, ya kwanza kwanza, bila siku zijazo.",
    ),
    "exports_too_many": (
        "More than {most} payments: choose fewer days. Nothing was left out without saying so.",
        "Zaidi ya malipo {most}: chagua siku chache. Hakuna kilichoachwa bila kusemwa.",
    ),
}
