"""Texts of the cashier's pages, English and Swahili side by side. A Kenyan native reader has not gone over them yet."""

from __future__ import annotations

from typing import Final

from gateway.web.console.wording_of_closing import CLOSING
from gateway.web.console.wording_of_days import DAYS, EXPORTS
from gateway.web.console.wording_of_prompts import PROMPTS
from gateway.web.console.wording_of_refunds import REFUNDS
from gateway.web.console.wording_of_unmatched import UNMATCHED

SHELL: Final[dict[str, tuple[str, str]]] = {
    "console": ("Console", "Dawati"),
    "menu": ("Menu", "Menyu"),
    "skip": ("Skip to the answer", "Nenda kwenye jibu"),
    "nav_search": ("Search", "Tafuta"),
    "nav_today": ("Today", "Leo"),
    "nav_payments": ("Payments", "Malipo"),
    "nav_unmatched": ("Unmatched", "Bila oda"),
    "nav_payouts": ("Refunds & payouts", "Marejesho na malipo"),
    "nav_staff": ("Staff", "Wafanyakazi"),
    "search_label": ("M-PESA code, phone, order or reference", "Msimbo wa M-PESA, simu, oda au kumbukumbu"),
    "search_hint": ("Code, phone, order", "Msimbo, simu, oda"),
    "search": ("Search", "Tafuta"),
    "search_what": ("Has it been paid?", "Imelipwa?"),
    "search_how": (
        "Type or paste what you have: M-PESA code or message, order, reference, phone or its last three digits.",
        "Andika au bandika ulicho nacho: msimbo au ujumbe wa M-PESA, oda, kumbukumbu, simu au tarakimu 3 za mwisho.",
    ),
    "sign_out": ("Sign out", "Ondoka"),
    "other_language": ("Kiswahili", "English"),
    "test_mode": ("Test mode, no real money", "Majaribio, si pesa halisi"),
    "stale": ("Reading failed, trying again.", "Imeshindwa kusoma, inajaribu tena."),
    "role_cashier": ("Cashier", "Keshia"),
    "role_accountant": ("Accountant", "Mhasibu"),
    "role_operator": ("Operator", "Mwendeshaji"),
    "role_admin": ("Admin", "Msimamizi"),
}

ANSWERS: Final[dict[str, tuple[str, str]]] = {
    "word_paid": ("PAID", "IMELIPWA"),
    "tell_paid": ("The order may go out.", "Oda inaweza kutoka."),
    "word_ask_first": ("PAID, ASK FIRST", "IMELIPWA, ULIZA KWANZA"),
    "tell_ask_first": (
        "**Keep the goods.** Money came in, but something does not fit. Show this page to your accountant or admin.",
        "**Zuia bidhaa.** Pesa imeingia, lakini kuna jambo halilingani. Mwonyeshe mhasibu au msimamizi ukurasa huu.",
    ),
    "tell_goes_back": (
        (
            "**Keep the goods.** {reserved} is to be given back: a refund is asked for or on its way, and what is left "
            "does not cover the price. Ask first who asked for that."
        ),
        (
            "**Zuia bidhaa.** {reserved} zinapaswa kurudishwa: kurudisha kumeombwa au kunaendelea, na zinazobaki "
            "hazitoshi bei. Muulize kwanza aliyeomba."
        ),
    ),
    "word_not_known": ("NOT KNOWN YET", "BADO HAIJULIKANI"),
    "tell_not_known": (
        "**Keep the goods. Do not ask the customer to pay again.**",
        "**Zuia bidhaa. Usimwombe mteja alipe tena.**",
    ),
    "next_look": (
        "We ask M-PESA again at {time}. This page changes by itself.",
        "Tutauliza M-PESA tena saa {time}. Ukurasa huu unabadilika wenyewe.",
    ),
    "word_not_paid": ("NOT PAID", "HAIJALIPWA"),
    "tell_not_paid": (
        "**Keep the goods.** The customer may try again, or pay another way.",
        "**Zuia bidhaa.** Mteja anaweza kujaribu tena, au kulipa kwa njia nyingine.",
    ),
    "tell_open": (
        "**Keep the goods.** Nobody has paid for it so far.",
        "**Zuia bidhaa.** Hakuna aliyelipa hadi sasa.",
    ),
    "word_part_paid": ("PART PAID", "IMELIPWA SEHEMU"),
    "tell_part_paid": (
        "**Keep the goods.** {received} of {amount} came in.",
        "**Zuia bidhaa.** {received} kati ya {amount} zimeingia.",
    ),
    "word_closed": ("CLOSED", "IMEFUNGWA"),
    "tell_cancelled": (
        "**Keep the goods.** It was cancelled before it was paid.",
        "**Zuia bidhaa.** Ilighairiwa kabla ya kulipwa.",
    ),
    "tell_expired": (
        "**Keep the goods.** Its time ran out before it was paid.",
        "**Zuia bidhaa.** Muda wake uliisha kabla ya kulipwa.",
    ),
    "word_returned": ("GIVEN BACK", "IMERUDISHWA"),
    "tell_returned": (
        "**Keep the goods.** {returned} went back to the customer.",
        "**Zuia bidhaa.** {returned} zimerudi kwa mteja.",
    ),
    "word_part_returned": ("PART GIVEN BACK", "SEHEMU IMERUDISHWA"),
    "tell_part_returned": (
        "Of {received}, {returned} went back to the customer. Ask before goods go out.",
        "Kati ya {received}, {returned} zimerudi kwa mteja. Uliza kabla bidhaa hazijatoka.",
    ),
    "no_such": ("NO SUCH PAYMENT", "HAKUNA MALIPO HAYO"),
    "no_such_tell": (
        "**Keep the goods.** This shop has no such payment. A message on a phone is no proof.",
        "**Zuia bidhaa.** Duka hili halina malipo hayo. Ujumbe kwenye simu si uthibitisho.",
    ),
    "no_such_wait": (
        "If the customer paid just now, wait a minute and search again.",
        "Ikiwa mteja amelipa sasa hivi, subiri dakika moja kisha utafute tena.",
    ),
    "looked_for": ("Looked for: {what}", "Tumetafuta: {what}"),
    "answer_for": ("Answer for {typed}", "Jibu la {typed}"),
    "found_several": ("{count} payments found", "Malipo {count} yamepatikana"),
    "unmatched_found": (
        "**Keep the goods.** {amount} came in under this code, and nobody has said yet for which order.",
        "**Zuia bidhaa.** {amount} zimeingia kwa msimbo huu, na bado haijasemwa ni za oda gani.",
    ),
    "unmatched_look": ("Say whose it is", "Sema ni za nani"),
    "clue_payment_id": ("payment", "malipo"),
    "clue_receipt": ("M-PESA code", "msimbo wa M-PESA"),
    "clue_checkout_request_id": ("request", "ombi"),
    "clue_phone": ("phone", "simu"),
    "clue_order": ("order", "oda"),
    "clue_account_reference": ("reference", "kumbukumbu"),
    "clue_phone_last3": ("phone ending", "simu inayoishia"),
}

BADGES: Final[dict[str, tuple[str, str]]] = {
    "badge_paid": ("paid", "imelipwa"),
    "badge_open": ("open", "wazi"),
    "badge_waiting": ("waiting", "inasubiri"),
    "badge_not_known": ("not known", "haijulikani"),
    "badge_ask_first": ("paid, ask first", "imelipwa, uliza"),
    "badge_not_paid": ("not paid", "haijalipwa"),
    "badge_cancelled": ("cancelled", "imeghairiwa"),
    "badge_expired": ("expired", "muda umeisha"),
    "badge_returned": ("given back", "imerudishwa"),
    "badge_part_returned": ("part given back", "sehemu imerudishwa"),
    "attempt_sending": ("sending", "inatumwa"),
    "attempt_prompted": ("on the phone", "iko kwenye simu"),
    "attempt_succeeded": ("came in", "imeingia"),
    "attempt_refused": ("not sent", "haikutumwa"),
    "flag_duplicate_payment": ("paid twice", "imelipwa mara mbili"),
    "flag_overpaid": ("paid too much", "imelipwa zaidi"),
    "flag_partially_paid": ("part paid", "imelipwa sehemu"),
    "flag_amount_mismatch": ("other amount", "kiasi tofauti"),
    "flag_contradicted": ("sources disagree", "habari zinapingana"),
    "flag_receipt_taken": ("code used elsewhere", "msimbo umetumika kwingine"),
    "flag_reversed_externally": ("taken back", "imerejeshwa"),
    "flag_needs_review": ("look at this", "iangaliwe"),
    "flag_late_success": ("came late", "imechelewa"),
    "flag_receipt_pending": ("code to follow", "msimbo utafuata"),
    "flag_claim_open": ("customer gave a code", "mteja ametoa msimbo"),
}

CAUSES: Final[dict[str, tuple[str, str]]] = {
    "cause_insufficient_funds": ("Not enough money", "Pesa haitoshi"),
    "cause_below_minimum": ("Below M-PESA's smallest amount", "Chini ya kiwango cha M-PESA"),
    "cause_above_maximum": ("Above M-PESA's largest amount", "Juu ya kiwango cha M-PESA"),
    "cause_limit_reached": ("The customer's limit is reached", "Mteja amefikia kikomo"),
    "cause_shop_account_full": ("The shop's account is full", "Akaunti ya duka imejaa"),
    "cause_same_payment_too_soon": ("Same payment too soon", "Malipo yale yale mapema mno"),
    "cause_system_busy": ("M-PESA was busy", "M-PESA ilikuwa na shughuli"),
    "cause_phone_busy": ("The phone had another request", "Simu ilikuwa na ombi lingine"),
    "cause_too_many_prompts": ("Too many requests to this phone", "Maombi mengi kwa simu hii"),
    "cause_prompt_expired": ("The request ran out", "Muda wa ombi uliisha"),
    "cause_prompt_not_sent": ("The request was not sent", "Ombi halikutumwa"),
    "cause_cancelled_or_timed_out": ("Cancelled or timed out", "Imeghairiwa au muda umeisha"),
    "cause_no_answer": ("No answer from the phone", "Simu haikujibu"),
    "cause_wrong_pin": ("Wrong PIN", "PIN si sahihi"),
    "cause_shop_setup": ("The shop's M-PESA is set up wrongly", "M-PESA ya duka haijawekwa sawa"),
    "cause_account_not_active": ("The customer's M-PESA is not active", "M-PESA ya mteja haifanyi kazi"),
    "cause_pin_locked": ("The customer's PIN is locked", "PIN ya mteja imefungwa"),
    "cause_phone_not_on_mpesa": ("The phone is not on M-PESA", "Simu haiko kwenye M-PESA"),
    "cause_mpesa_unavailable": ("M-PESA was not reached", "M-PESA haikupatikana"),
    "cause_mpesa_declined": ("M-PESA declined", "M-PESA ilikataa"),
    "cause_not_paid": ("M-PESA's books show no payment", "Vitabu vya M-PESA havina malipo haya"),
}

PAYMENT: Final[dict[str, tuple[str, str]]] = {
    "payment_title": ("Payment {what}", "Malipo {what}"),
    "order_number": ("Order {order}", "Oda {order}"),
    "reference_is": ("Reference {reference}", "Kumbukumbu {reference}"),
    "row_order": ("Order", "Oda"),
    "row_reference": ("Reference", "Kumbukumbu"),
    "row_phone": ("Phone", "Simu"),
    "row_received": ("Received", "Zilizoingia"),
    "row_returned": ("Given back", "Zilizorudishwa"),
    "row_paybill": ("Paybill", "Paybill"),
    "row_till": ("Till", "Till"),
    "sum_of": ("{part} of {whole}", "{part} kati ya {whole}"),
    "evidence": ("What we know", "Tunachojua"),
    "asked_for": ("{who} asked for {amount}", "{who} ameomba {amount}"),
    "asked_for_by_key": ("{who} asked for {amount}", "{who} imeomba {amount}"),
    "made_it_paid": ("This made it paid", "Hii imefanya ilipwe"),
    "same_money": (
        "Told again: the {amount} under {receipt}. It counts once.",
        "Imesemwa tena: {amount} za msimbo {receipt}. Zinahesabiwa mara moja.",
    ),
    "raw": ("raw", "ghafi"),
    "src_asked": ("Asked", "Ombi"),
    "src_sent": ("Sent", "Imetumwa"),
    "src_mpesa": ("M-PESA said", "M-PESA imesema"),
    "src_we_asked": ("We asked", "Tumeuliza"),
    "src_time": ("Time", "Muda"),
    "src_noted": ("Note", "Dokezo"),
    "src_changed": ("Changed", "Imebadilishwa"),
    "src_decided": ("Decided", "Uamuzi"),
    "src_claimed": ("Claimed", "Dai"),
    "actor_person": ("Somebody of the staff", "Mfanyakazi"),
    "actor_payer": ("The payer", "Mlipaji"),
    "actor_key": ("The shop's server ({name})", "Seva ya duka ({name})"),
    "actor_key_of": ("API key ({name}), held by {who}", "Ufunguo wa API ({name}), anao {who}"),
    "attempts": ("Attempts", "Majaribio"),
    "attempts_table": ("Attempts, scrolls sideways", "Majaribio, sogeza kando"),
    "payments_table": ("Payments, scrolls sideways", "Malipo, sogeza kando"),
    "col_number": ("No.", "Na."),
    "col_time": ("Time", "Saa"),
    "col_sent": ("Sent", "Imetumwa"),
    "col_ended": ("Ended", "Imeisha"),
    "col_status": ("Status", "Hali"),
    "col_amount": ("Amount", "Kiasi"),
    "acts": ("What you can do", "Unachoweza kufanya"),
    "ask_again": ("Ask M-PESA now", "Uliza M-PESA sasa"),
    "see_phone": ("Show the whole number", "Onyesha nambari yote"),
    "note_add": ("Add a note", "Ongeza dokezo"),
    "note_label": ("Note", "Dokezo"),
    "note_hint": (
        "Others of the shop read it. Phone numbers in it are masked.",
        "Wengine wa duka watalisoma. Nambari za simu ndani yake zinafichwa.",
    ),
    "note_button": ("Add note", "Ongeza"),
    "note_empty": ("Type the note first.", "Andika dokezo kwanza."),
    "note_long": ("A note has at most {most} characters.", "Dokezo lina herufi {most} tu."),
    "note_full": ("This payment takes no more notes.", "Malipo haya hayachukui madokezo zaidi."),
    "cancel_open": ("Cancel this payment", "Ghairi malipo haya"),
    "cancel_tell": (
        "It is closed for prompts. Money that still comes makes it paid all the same.",
        "Haitatumiwa maombi tena. Pesa ikija bado, itakuwa imelipwa.",
    ),
    "cancel_button": ("Cancel the payment of {amount}", "Ghairi malipo ya {amount}"),
    "cancel_refused": (
        "It cannot be cancelled: a request may be on the phone, or money came.",
        "Haiwezi kughairiwa: ombi huenda liko kwenye simu, au pesa imeingia.",
    ),
    "done_asked": ("M-PESA is being asked.", "M-PESA inaulizwa."),
    "done_too_soon": (
        "Nothing to ask now: M-PESA was asked seconds ago, or has answered.",
        "Hakuna la kuuliza sasa: M-PESA iliulizwa sekunde chache zilizopita, au imejibu.",
    ),
    "done_noted": ("The note is kept.", "Dokezo limehifadhiwa."),
    "done_cancelled": ("The payment is cancelled.", "Malipo yameghairiwa."),
    "done_assigned": ("The money is this payment's now.", "Pesa ni ya malipo haya sasa."),
}

DAY: Final[dict[str, tuple[str, str]]] = {
    "today_title": ("Today, {date}", "Leo, {date}"),
    "tile_paid": ("PAID", "IMELIPWA"),
    "tile_paid_count": ("{count} paid", "{count} yamelipwa"),
    "tile_waiting": ("WAITING", "INASUBIRI"),
    "tile_since": ("oldest since {time}", "ya kwanza tangu {time}"),
    "tile_none_waits": ("nothing on a phone", "hakuna kwenye simu"),
    "tile_failed": ("FAILED", "IMESHINDWA"),
    "tile_failed_of": ("of {count} finished", "kati ya {count}"),
    "tile_person": ("NEEDS A PERSON", "INAHITAJI MTU"),
    "tile_person_tell": ("see the list", "tazama orodha"),
    "hours_title": ("Paid by hour", "Yaliyolipwa kwa saa"),
    "hours_key": ("Bars: today. Lines: the same day last week.", "Nguzo: leo. Mistari: siku hii wiki iliyopita."),
    "hours_none": ("The first paid payment of today appears here.", "Malipo ya kwanza ya leo yataonekana hapa."),
    "hours_say": (
        "Paid payments by hour: {count} today, {before} last week.",
        "Malipo: {count} leo, {before} wiki jana.",
    ),
    "hours_hour": ("Hour", "Saa"),
    "hours_today": ("Today", "Leo"),
    "hours_before": ("Last week", "Wiki jana"),
    "as_table": ("Table", "Jedwali"),
    "todo_title": ("Needs a person", "Inahitaji mtu"),
    "todo_none": (
        "Nothing waits for a person. What does not fit by itself appears here.",
        "Hakuna kinachosubiri mtu. Kisicholingana chenyewe kitaonekana hapa.",
    ),
    "todo_unmatched": ("Sums without an order: {count}, {amount}", "Pesa bila oda: {count}, {amount}"),
    "todo_payouts": ("Payouts and refunds to approve: {count}", "Malipo ya kuidhinishwa: {count}"),
    "todo_look": ("Look", "Tazama"),
    "todo_assign": ("Assign", "Gawa"),
    "todo_decide": ("Decide", "Amua"),
    "ended_title": ("Why payments failed today", "Kwa nini malipo yalishindwa leo"),
    "payments_none": ("No payments on this day", "Hakuna malipo siku hii"),
    "payments_how": (
        "What the shop asks for appears here, newest first.",
        "Kinachoombwa na duka kitaonekana hapa, kipya kwanza.",
    ),
    "day_label": ("Day", "Siku"),
    "day_button": ("Show the day", "Onyesha siku"),
    "payments_of": ("Payments, {date}", "Malipo, {date}"),
    "older": ("Older payments", "Malipo ya zamani"),
}

CASHIERS: Final[dict[str, tuple[str, str]]] = (
    SHELL | ANSWERS | BADGES | CAUSES | PAYMENT | DAY | UNMATCHED | REFUNDS | PROMPTS | DAYS | CLOSING | EXPORTS
)

WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "sw": ("Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili"),
}
