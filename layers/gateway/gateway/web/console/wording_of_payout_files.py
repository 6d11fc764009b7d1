"""Texts of the page of a payout file, English and Swahili side by side. No Kenyan native reader has gone over them yet.

The second half are words that its page shares with pages that speak English alone.
"""

from __future__ import annotations

from typing import Final

PAYOUT_FILES: Final[dict[str, tuple[str, str]]] = {
    "kind_file": ("file of payouts", "faili ya malipo"),
    "file_send": (
        "Send {amount} in {count} payouts of “{name}”?",
        "Utume {amount} kwa malipo {count} ya “{name}”?",
    ),
    "file_title": ("“{name}”: {amount} in {count} payouts", "“{name}”: {amount} kwa malipo {count}"),
    "file_sum": ("{count} payouts, {amount}", "malipo {count}, {amount}"),
    "file_recipients": ("{count} recipients", "wapokeaji {count}"),
    "file_send_button": ("Send {amount}", "Tuma {amount}"),
    "file_reject_all": ("Reject all that wait", "Kataa yote yanayosubiri"),
    "file_withdraw_all": ("Withdraw all that wait", "Ondoa yote yanayosubiri"),
    "file_not_complete": (
        "The file is still being taken in. Load this page again in two minutes.",
        "Faili bado inapokelewa. Pakia ukurasa huu tena baada ya dakika mbili.",
    ),
    "file_approved": (
        "{count} payouts are approved. They go out as soon as limits and balance allow.",
        "Malipo {count} yameidhinishwa. Yatatumwa mara tu mipaka na salio vitakaporuhusu.",
    ),
    "file_rejected": (
        "{count} payouts are rejected. Nothing of them is sent.",
        "Malipo {count} yamekataliwa. Hakuna kitakachotumwa kati yake.",
    ),
    "file_left_out": ("Left out, since it had changed meanwhile:", "Imeachwa nje, kwa kuwa ilibadilika:"),
    "file_left_out_more": ("and {count} more, as their lines say.", "na {count} zaidi, kama mistari yao inavyosema."),
    "file_left_out_line": ("Line {line}, {to}, {amount}: ", "Mstari {line}, {to}, {amount}: "),
    "file_no_time": (
        "{count} still wait: press again, and it goes on with these.",
        "{count} bado yanasubiri: bonyeza tena, na itaendelea na haya.",
    ),
    "file_look_first": ("Look at these {count} first", "Angalia hizi {count} kwanza"),
    "file_look_at_one": ("Look at this one first", "Angalia hii moja kwanza"),
    "file_differ": (
        "Lines that differ from earlier payouts: {count}. Look at them before you send.",
        "Mistari inayotofautiana na malipo ya awali: {count}. Iangalie kabla ya kutuma.",
    ),
    "file_as_before": (
        "Every number was paid this very amount the last time.",
        "Kila nambari ililipwa kiasi hiki hiki mara ya mwisho.",
    ),
    "file_first_payouts": (
        "Nothing was paid out before, so there is nothing to compare with: read every line.",
        "Hakuna kilicholipwa awali, kwa hiyo hakuna cha kulinganisha: soma kila mstari.",
    ),
    "file_lines": ("Its lines", "Mistari yake"),
    "file_first_lines": ("The first {count} lines", "Mistari {count} ya kwanza"),
    "file_other_lines": ("The other {count} lines", "Mistari mingine {count}"),
    "file_table": ("Lines of the file, scrolls sideways", "Mistari ya faili, husogea kando"),
    "row_file": ("File", "Faili"),
    "row_file_whole": ("In the whole file", "Katika faili yote"),
    "row_file_waiting": ("Of these, to approve", "Kati ya hizi, za kuidhinisha"),
    "row_file_largest": ("The largest", "Kubwa zaidi"),
    "file_largest": ("{amount} to {to}, line {line}", "{amount} kwa {to}, mstari {line}"),
    "row_file_limit": ("Limit of a day", "Kikomo cha siku"),
    "file_above_day": (
        "{limit}: more than this waits for the next day, and what waits for three days is not sent",
        "{limit}: kinachozidi kinasubiri siku inayofuata, na kinachosubiri siku tatu hakitumwi",
    ),
    "col_line": ("Line", "Mstari"),
    "col_look_why": ("Why", "Kwa nini"),
    "why_new_recipient": ("never paid before", "haijawahi kulipwa"),
    "why_other_amount": ("last time {last}", "mara ya mwisho {last}"),
    "why_twice": ("more than once in this file", "zaidi ya mara moja katika faili hii"),
    "why_above_limit": (
        "above what one number gets in a day: the rest waits",
        "zaidi ya kikomo cha nambari moja kwa siku: kinachozidi kinasubiri",
    ),
}

SHARED: Final[dict[str, str]] = {
    "payouts_title": "Marejesho na malipo",
    "col_to": "Kwa",
    "row_why": "Sababu",
    "row_purpose": "Kusudi",
    "row_pays": "Akaunti inayolipa",
    "row_asked_by": "Aliyeomba",
    "row_asked_at": "Iliombwa",
    "purpose_business": "Malipo",
    "purpose_salary": "Mshahara",
    "purpose_promotion": "Promosheni",
    "out_awaiting_approval": "ya kuidhinisha",
    "out_approved": "imeidhinishwa",
    "out_sending": "inatumwa",
    "out_accepted": "inatumwa",
    "out_unknown": "haijulikani",
    "out_unresolved": "haijulikani",
    "out_succeeded": "imetumwa",
    "out_failed": "haikutumwa",
    "out_rejected": "imekataliwa",
    "out_lapsed": "muda umeisha",
    "outflag_contradicted": "vyanzo havikubaliani",
    "outflag_amount_mismatch": "kiasi kingine",
    "outflag_needs_review": "angalia hii",
    "outflag_may_be_sent_again": "inaweza kutumwa tena",
    "out_no_return": "M-PESA hulipa mara moja. **Haiwezi kurudishwa.**",
    "out_own": "Wewe ndiye uliyeomba. Mtu mwingine lazima aidhinishe.",
    "out_fresh_first": "Pesa hutumwa ndani ya dakika tano tu baada ya kuingia. Utarudi kwenye ukurasa huu huu.",
    "out_note": "Maelezo, kama yapo",
    "out_not_now": "Si sasa",
    "approves_you": "Unaidhinisha kama {name}, uliyeingia {time}.",
    "sign_in_anew": "Ingia tena",
    "sign_in_anew_tell": "Pesa hutumwa ndani ya dakika tano tu baada ya kuingia. Utarudi kwenye ukurasa huu.",
    "refused_maker_is_checker": "Wewe ndiye uliyeomba. Hakuna kilichotumwa: mtu mwingine lazima aidhinishe.",
    "refused_let_in_by_you": "Aliyeomba uliruhusu wewe peke yako. Hakuna kilichotumwa: mtu mwingine aidhinishe.",
    "refused_other_terms": "Imebadilika tangu uione. Hakuna kilichotumwa. Isome tena hapa chini.",
    "refused_sign_in_too_old": "Umeingia zamani mno kwa hili. Hakuna kilichotumwa.",
    "problem": "Kuna tatizo",
    "error_prefix": "Kosa:",
}
