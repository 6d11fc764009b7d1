"""What the payer reads, in Swahili. Same keys and places as `en.py`. `**` marks what is bold.

A Kenyan native reader has not gone over these texts yet.
"""

from __future__ import annotations

from typing import Final

NAME: Final = "Kiswahili"

MONTHS: Final = (
    "Januari",
    "Februari",
    "Machi",
    "Aprili",
    "Mei",
    "Juni",
    "Julai",
    "Agosti",
    "Septemba",
    "Oktoba",
    "Novemba",
    "Desemba",
)

TEXTS: Final[dict[str, str]] = {
    # Enter phone
    "pay_title": "Lipa {amount} kwa {shop}",
    "pay_brief": "{amount} kwa {shop}",
    "phone_label": "Nambari ya simu ya M-PESA",
    "phone_hint": "Kwa mfano 0712 345 678. Ombi la malipo litafunguka kwenye simu hii.",
    "pay_button": "Lipa na M-PESA",
    "other_way": "Lipa kwa {way}",
    "error_heading": "Kuna tatizo",
    "error_prefix": "Kosa:",
    "phone_empty": "Weka nambari yako ya simu ya M-PESA",
    "phone_length": "Nambari ya simu lazima iwe na tarakimu 10, kama 0712 345 678. Umeweka {n}.",
    "phone_not_kenyan": "Weka nambari ya simu ya Kenya inayoanza na 07 au 01",
    "phone_letters": "Nambari ya simu inapaswa kuwa na tarakimu pekee",
    "too_many_without_time": "Maombi ni mengi mno kwa simu hii. Tumia nambari nyingine, au lipa kwa {way}.",
    "earlier_request": (
        "Huenda ombi la awali bado limefunguka kwenye simu hii. Lifunge ujaribu tena saa {time}, au lipa kwa {way}."
    ),
    "earlier_request_without_time": (
        "Huenda ombi la awali bado limefunguka kwenye simu hii. Lifunge ujaribu tena baada ya dakika chache, "
        "au lipa kwa {way}."
    ),
    "too_many_from_here": (
        "Maombi mengi mno yametumwa kutoka mtandao huu. Hakuna ombi lililotumwa sasa. "
        "Jaribu tena saa {time}, au lipa kwa {way}."
    ),
    # Sending, check phone
    "sending": "Tunatuma ombi kwa {phone}…",
    "check_title": "Angalia simu yako",
    "check_wait": "Subiri ujumbe wa M-PESA kwenye {phone}",
    "check_compare": "Hakikisha unaonyesha {amount} kwa {org}",
    "check_pin": "Weka PIN yako ya M-PESA kisha utume",
    "pin_safety": "Weka PIN kwenye ujumbe wa M-PESA pekee, usiiweke kamwe kwenye tovuti.",
    "same_phone": "Unatumia simu hii? Ujumbe utafunguka juu ya ukurasa huu. Kisha rudi hapa.",
    "seconds_left": "Zimebaki takriban sekunde {s}",
    "no_message": "Sijapata ujumbe",
    "no_message_help": (
        "Fungua simu yako na uhakikishe ina mtandao. Funga menyu ya M-PESA iliyo wazi. "
        "Usipoupata kabisa, piga *234# usasishe laini yako, au lipa kwa {way}."
    ),
    "already_on": "Tayari kuna ombi kwenye {phone}.",
    # Not known
    "waiting_title": "Tunasubiri M-PESA",
    "waiting": (
        "M-PESA bado haijajibu. **Ikiwa uliweka PIN, usilipe tena.** "
        "Tunauliza M-PESA na ukurasa huu utajibadilisha wenyewe."
    ),
    "unsure": (
        "Hatuna uhakika kama ombi lilifika kwenye simu yako. Ujumbe ukija, unaweza kulipa. "
        "**La sivyo subiri hadi saa {time} ujaribu tena.**"
    ),
    "unresolved_title": "Bado haijulikani",
    "unresolved": (
        "Bado hatujaweza kuthibitisha malipo yako. {shop} wamejulishwa. "
        "**Ukipata SMS ya M-PESA, itunze na uweke msimbo wake hapa chini.**"
    ),
    "not_charged": "Sijakatwa pesa",
    "not_charged_help": ("Kwanza angalia ujumbe wako wa M-PESA na salio lako. Ikiwa hukukatwa pesa, tuma ombi jipya."),
    "not_charged_button": "Sijakatwa pesa. Tuma ombi jipya",
    "row_sent_to": "Limetumwa kwa",
    "row_sent_at": "Limetumwa saa",
    "row_last_asked": "Tumeuliza saa",
    "row_asking_again": "Tutauliza tena saa",
    "now": "sasa hivi",
    "check_again": "Angalia tena",
    "paid_not_seen": "Nimelipa, lakini ukurasa huu haujui",
    "refresh_note": "Ukurasa huu huangalia tena kila sekunde 10.",
    "refresh_stop": "Acha kuangalia",
    "refresh_start": "Angalia tena kila sekunde 10",
    "offline": "Huna mtandao. Malipo yako yako salama; tutaangalia tena ukirudi mtandaoni.",
    # I have paid
    "claim_label": "Msimbo wa M-PESA ulio kwenye SMS",
    "claim_hint": "Herufi na tarakimu 10, kama SGL31QW9XY. Unaweza kubandika ujumbe wote.",
    "claim_button": "Kagua msimbo huu",
    "claim_sending": "Tunakagua msimbo…",
    "claim_invalid": "Weka msimbo wa M-PESA: herufi na tarakimu 10 zilizo mwanzoni mwa SMS yako",
    "claim_checking": "Tunathibitisha {receipt} na M-PESA. Inaweza kuchukua dakika moja.",
    "claim_not_found": "M-PESA bado haitambui msimbo huu. Kagua kila herufi, au jaribu tena baada ya dakika 2.",
    "claim_to_shop": "Asante. {shop} watakagua malipo haya. Usilipe tena kabla hawajakuambia.",
    "claim_too_many": "Umeweka misimbo 5. Itunze SMS, piga simu {shop} uwasomee msimbo wake.",
    "claim_leave": "Rudi kwenye malipo",
    # Paid
    "paid_title": "Umelipa. Asante.",
    "row_amount": "Kiasi",
    "row_to": "Kwa",
    "row_code": "Msimbo wa M-PESA",
    "row_date": "Tarehe",
    "row_reference": "Kumbukumbu",
    "code_follows": "utafuata",
    "back": "Rudi kwa {shop}",
    "save_or_print": "Hifadhi au chapisha",
    "save_or_print_receipt": "Hifadhi au chapisha risiti",
    "share": "Shiriki",
    "share_text": "Nimelipa {amount} kwa {shop}. Msimbo wa M-PESA {receipt}. Kumbukumbu {ref}.",
    "part_paid": "Tumepokea {received} kati ya {amount}. Lipa {rest} zilizobaki.",
    "last_request": "Ombi la mwisho halikulipwa.",
    "overpaid": "Umelipa zaidi ya kiasi kinachohitajika. {shop} wamejulishwa na watarudisha {extra}.",
    "review_title": "Malipo yamepokelewa",
    "review": "Asante. {shop} watakagua malipo haya. Huhitaji kulipa tena.",
    "leaving": "Utarudi kwa {shop} baada ya sekunde {s}.",
    "leaving_stay": "Baki kwenye ukurasa huu",
    "given_back_title": "Pesa zimerudishwa",
    "given_back": "Ulilipa {received}. {returned} zimerudishwa kwako.",
    "row_given_back": "Zilizorudishwa",
    "receipt_title": "Risiti ya malipo",
    "receipt_note": "Hii ni kumbukumbu ya malipo yako. Si ankara ya kodi.",
    # Failed, closed, M-PESA down
    "failed_title": "Hujalipa",
    "failed_note": "Ombi litaenda kwa {phone}.",
    "send_again": "Tuma ombi tena",
    "send_again_at": "Tuma ombi tena saa {time}",
    "other_number": "Tumia nambari nyingine",
    "pay_with": "Lipa kwa {way}",
    "no_more_requests": ("Hakuna ombi jingine linaloweza kutumwa kwa malipo haya. Lipa kwa {way}, au rudi kwa {shop}."),
    "closed": "Ombi hili la malipo limefungwa. Hakuna pesa zilizokatwa. Rudi kwa {shop} uanze upya.",
    "mpesa_down": "M-PESA haijibu kwa sasa. Hakuna ombi lililotumwa. Jaribu tena baada ya dakika chache.",
    # Paybill, Till
    "close_prompt_first": "Kwanza funga ujumbe wa M-PESA kwenye simu yako, ili usilipe mara mbili.",
    "paybill_open": "Fungua M-PESA, Lipa na M-PESA, Pay Bill.",
    "till_open": "Fungua M-PESA, Lipa na M-PESA, Buy Goods.",
    "row_business": "Nambari ya biashara",
    "row_account": "Nambari ya akaunti",
    "row_till": "Nambari ya Till",
    "enter_pin": "Weka PIN yako.",
    "till_code": "Weka hapa chini msimbo ulio kwenye SMS.",
    "manual_watch": "Ukurasa huu utabadilika M-PESA ikitujulisha.",
    # Payment links
    "link_for": "Kwa ajili ya {title}",
    "link_title": "Lipa {shop}",
    "link_amount_label": "Kiasi kwa shilingi",
    "link_amount_hint": "Kuanzia {least} hadi {most}",
    "link_amount_empty": "Weka kiasi unachotaka kulipa",
    "link_amount_digits": "Kiasi kinapaswa kuwa na tarakimu pekee, kama 500",
    "link_amount_bounds": "Kiasi lazima kiwe kuanzia {least} hadi {most}",
    "link_inactive": "Kiungo hiki cha malipo kimefungwa. Omba {shop} kiungo kingine.",
    "link_expired": "Muda wa kiungo hiki cha malipo umekwisha. Omba {shop} kiungo kingine.",
    "link_used_up": "Kiungo hiki cha malipo kimelipwa mara zote zinazoruhusiwa. Omba {shop} kiungo kingine.",
    "link_busy": "Malipo mengi mno yameanzishwa kutoka hapa. Hakuna ombi lililotumwa. Jaribu tena saa {time}.",
    # Around the page
    "help_call": "Msaada: piga simu {shop}",
    "help_online": "Msaada mtandaoni",
    "test_mode": "Jaribio: hakuna pesa halisi hapa.",
    "problem": "Tatizo: {title}",
    "not_found": "Ukurasa huu haupo. Hakikisha una kiungo kizima, au omba duka likupe kingine.",
    "gone": "Ukurasa huu umekwisha. Ujumbe wako wa M-PESA ni uthibitisho wa malipo.",
    "unavailable": (
        "Hatuwezi kuangalia kwa sasa. Hakuna kilichopotea. **Ikiwa uliweka PIN, usilipe tena.** "
        "Angalia tena baada ya sekunde chache."
    ),
    "form_refused": "Fomu hii haiwezi kutumika. Fungua tena ukurasa wa malipo uitume kutoka hapo.",
}
"""Every sentence and label of the payer's page but the reasons of failures."""

FAILURES: Final[dict[str, str]] = {
    "insufficient_funds": (
        "Hakuna pesa za kutosha kwenye akaunti hii ya M-PESA. Ongeza pesa, au tumia nambari nyingine."
    ),
    "below_minimum": "Kiasi hiki ni kidogo kuliko kinachoruhusiwa na M-PESA.",
    "above_maximum": "Kiasi hiki kimezidi kinachoruhusiwa na M-PESA kwa malipo moja.",
    "limit_reached": "Akaunti hii ya M-PESA imefikia kikomo. Tumia nambari nyingine, au lipa kesho.",
    "shop_account_full": ("{shop} hawawezi kupokea M-PESA kwa sasa. Wamejulishwa. Hakuna pesa zilizokatwa."),
    "same_payment_too_soon": (
        "M-PESA haipokei kiasi kile kile mara mbili ndani ya dakika 2. Subiri, kisha ujaribu tena."
    ),
    "system_busy": "M-PESA ina shughuli nyingi. Jaribu tena baada ya dakika moja.",
    "phone_busy": (
        "Kuna ujumbe mwingine wa M-PESA uliofunguka kwenye simu hii. Ufunge, subiri dakika 2 kisha ujaribu tena."
    ),
    "too_many_prompts": "Maombi ni mengi mno kwa simu hii. Jaribu tena saa {time}, au lipa kwa {way}.",
    "prompt_expired": "Muda wa ombi umekwisha. Unaweza kulituma tena.",
    "prompt_not_sent": (
        "M-PESA haikuweza kutuma ujumbe kwenye simu yako. Jaribu tena baada ya dakika moja, au lipa kwa {way}."
    ),
    "cancelled_or_timed_out": "Ombi limeghairiwa au muda wake umekwisha. Hujalipa.",
    "no_answer": (
        "Hatukuweza kufikia simu yako, au hukujibu kwa wakati. "
        "Hakikisha imewashwa, ina mtandao na ni laini ya Safaricom."
    ),
    "wrong_pin": ("PIN ya M-PESA si sahihi. Jaribu tena kwa uangalifu: M-PESA hufungwa baada ya PIN 3 zisizo sahihi."),
    "shop_setup": "{shop} hawawezi kupokea M-PESA kwa sasa. Wamejulishwa. Hakuna pesa zilizokatwa.",
    "account_not_active": (
        "Akaunti hii ya M-PESA haiwezi kulipa kwa sasa. Tumia nambari nyingine, au piga Safaricom kwa 100."
    ),
    "pin_locked": "PIN ya M-PESA imefungwa. Piga Safaricom kwa 100, au tumia nambari nyingine.",
    "phone_not_on_mpesa": "Nambari hii haiko kwenye M-PESA. Ikague, au tumia nambari nyingine.",
    "mpesa_unavailable": TEXTS["mpesa_down"],
    "mpesa_declined": "M-PESA haikukubali malipo. Jaribu tena, au lipa kwa {way}.",
    "not_paid": "Rekodi za M-PESA hazionyeshi malipo ya ombi hili. Unaweza kulituma tena.",
}
"""One sentence for each failure code of `domain/reasons.py`."""
