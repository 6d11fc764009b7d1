"""Texts of the pages about webhooks and health, English and Swahili side by side.

A Kenyan native reader has not gone over the Swahili yet. What is said of each part: `web/wording_of_health.py`.
"""

from __future__ import annotations

from typing import Final

WEBHOOKS: Final[dict[str, tuple[str, str]]] = {
    "nav_webhooks": ("Webhooks", "Webhook"),
    "nav_health": ("Health", "Afya"),
    "webhooks_table": ("Addresses, scrolls sideways", "Anwani, sogeza kando"),
    "webhooks_none": ("No address yet", "Bado hakuna anwani"),
    "webhooks_none_how": (
        "Your server's address stands here once it was named. It is then told of each payment.",
        "Anwani ya seva yako itaonekana hapa ikishatajwa. Kisha itaambiwa kila malipo.",
    ),
    "webhooks_counted": (
        "Waiting and given up: among the last {most} events of each address.",
        "Zinazosubiri na zilizoshindwa: kati ya matukio {most} ya mwisho ya kila anwani.",
    ),
    "webhooks_made_by": (
        "An address is named by the API or by {command}; its secret is shown there, once.",
        "Anwani hutajwa kwa API au kwa {command}; siri yake huonyeshwa huko, mara moja.",
    ),
    "col_address": ("Address", "Anwani"),
    "col_last_answer": ("Last answer", "Jibu la mwisho"),
    "col_waiting": ("Waiting", "Zinasubiri"),
    "col_given_up": ("Given up", "Zimeshindwa"),
    "col_event": ("Event", "Tukio"),
    "col_tries": ("Tries", "Majaribio"),
    "col_next": ("Next try", "Jaribio lijalo"),
    "not_read_now": ("This cannot be read just now. Try again.", "Hili halisomeki sasa hivi. Jaribu tena."),
    "nothing_sent_yet": ("nothing sent yet", "hakuna kilichotumwa bado"),
    "since": ("since {time}", "tangu {time}"),
    "endpoint_on": ("on", "imewashwa"),
    "endpoint_off": ("off", "imezimwa"),
    "endpoint_failing": ("failing", "inashindwa"),
    "word_off": ("NOTHING IS SENT", "HAKUNA KINACHOTUMWA"),
    "word_failing": ("NOT TAKEN", "HAZIPOKELEWI"),
    "endpoint_off_by_shop": (
        "Your shop switched this address off by the API. Switch it on, then have sent what it missed.",
        "Duka lako lilizima anwani hii kwa API. Iwashe, kisha itumiwe ilichokosa.",
    ),
    "endpoint_off_gone": (
        "Your server answered 410 Gone, which asks for no more. **Mend it first**, then switch it on.",
        "Seva yako ilijibu 410 Gone, yaani isitumiwe tena. **Irekebishe kwanza**, kisha iwashe.",
    ),
    "endpoint_off_failing": (
        "Your server took nothing for five days. **Mend it first**, then switch it on and have sent what it missed.",
        "Seva yako haikupokea kitu kwa siku tano. **Irekebishe kwanza**, kisha iwashe na itumiwe ilichokosa.",
    ),
    "endpoint_failing_tell": (
        "Your server takes nothing. Look below at what it answered. Each event is tried ten times in three days.",
        "Seva yako haipokei kitu. Tazama hapa chini ilichojibu. Kila tukio hujaribiwa mara kumi kwa siku tatu.",
    ),
    "endpoint_is_off": (
        "This address is off, so nothing was sent. Switch it on first.",
        "Anwani hii imezimwa, kwa hiyo hakuna kilichotumwa. Iwashe kwanza.",
    ),
    "endpoint_test": ("Send a test", "Tuma jaribio"),
    "endpoint_switch_on": ("Switch it on", "Iwashe"),
    "endpoint_change": ("Address, events, secret", "Anwani, matukio, siri"),
    "endpoint_change_how": (
        "They are changed by the API. A new secret: {command}, which shows it once; the old one signs too for a day.",
        "Hubadilishwa kwa API. Siri mpya: {command}, inayoionyesha mara moja; ya zamani husaini pia kwa siku moja.",
    ),
    "row_told_of": ("Is told of", "Huambiwa"),
    "row_made": ("Made", "Ilitengenezwa"),
    "row_id": ("Id", "Kitambulisho"),
    "row_description": ("What it is", "Maelezo"),
    "row_old_secret": ("Old secret", "Siri ya zamani"),
    "old_secret_until": ("signs too until {time}", "husaini pia hadi {time}"),
    "deliveries": ("What was sent", "Kilichotumwa"),
    "deliveries_table": ("What was sent, scrolls sideways", "Kilichotumwa, sogeza kando"),
    "deliveries_none": ("Nothing was sent yet", "Hakuna kilichotumwa bado"),
    "deliveries_none_how": (
        "Each event stands here once it was tried. Send a test to see the first one.",
        "Kila tukio litaonekana hapa likishajaribiwa. Tuma jaribio uone la kwanza.",
    ),
    "deliveries_none_so": ("None that stand so", "Hakuna zilizo hivyo"),
    "deliveries_none_so_how": (
        "Among the events that were looked at, none stands so.",
        "Kati ya matukio yaliyotazamwa, hakuna lililo hivyo.",
    ),
    "older_deliveries": ("Older ones", "Ya zamani zaidi"),
    "delivery_all": ("all", "yote"),
    "delivery_waiting": ("waiting", "linasubiri"),
    "delivery_delivered": ("taken", "limefika"),
    "delivery_failed": ("given up", "limeshindwa"),
    "delivery_stopped": ("not sent", "halikutumwa"),
    "outcome_delivered": ("Taken, {status}", "Limefika, {status}"),
    "outcome_refused": ("Answered {status}", "Seva ilijibu {status}"),
    "outcome_redirected": ("Led elsewhere, {status}", "Ilielekeza kwingine, {status}"),
    "outcome_timed_out": ("No answer in 15 seconds", "Hakuna jibu kwa sekunde 15"),
    "outcome_not_connected": ("No connection, or a wrong certificate", "Haikuunganishwa, au cheti si sahihi"),
    "outcome_broken_off": ("Broken off, no answer that can be read", "Imekatika, hakuna jibu linalosomeka"),
    "outcome_name_unknown": ("Its name has no address", "Jina lake halina anwani"),
    "outcome_address_refused": (
        "Its address is not on the public internet",
        "Anwani yake haiko kwenye intaneti ya umma",
    ),
    "outcome_nothing_to_tell": ("Not sent: what it is about is gone", "Halikutumwa: linachohusu hakipo"),
    "missed_title": ("Your server was down?", "Seva yako ilikuwa imezimika?"),
    "missed_how": (
        "Everything since then that it did not take is sent again, what was given up too. What it took is left out.",
        "Yote tangu hapo ambayo haikupokea yatatumwa tena, hata yaliyoshindwa. Iliyopokea yanaachwa.",
    ),
    "missed_since": ("Since when", "Tangu lini"),
    "missed_hint": ("In Nairobi's time", "Kwa saa za Nairobi"),
    "missed_button": ("Send again what it missed", "Tuma tena ilichokosa"),
    "bad_since": (
        "Give a moment of the last {days} days, like 2026-03-02T09:15.",
        "Taja wakati wa siku {days} zilizopita, kama 2026-03-02T09:15.",
    ),
    "tries": ("Tries", "Majaribio"),
    "tries_left_out": ("Earlier tries, not kept: {count}", "Majaribio ya awali, hayakuhifadhiwa: {count}"),
    "took": ("{ms} ms", "ms {ms}"),
    "no_answer_text": ("Nothing stood in its answer.", "Jibu lake halikuwa na maandishi."),
    "body": ("The body", "Ujumbe wenyewe"),
    "body_as_sent": (
        "Exactly this was sent at {time}; here it stands on lines, for reading.",
        "Hiki ndicho kilichotumwa {time}; hapa kimepangwa kwa mistari ili kisomeke.",
    ),
    "body_changed": (
        "**It has changed since it was sent at {time}.** A try sends what stands then; one made now sends this.",
        "**Kimebadilika tangu kutumwa {time}.** Kila jaribio hutuma hali ya wakati huo; sasa lingetuma hiki.",
    ),
    "body_now": (
        "A try sends things as they stand then; one made now sends this.",
        "Kila jaribio hutuma hali ya wakati huo; sasa lingetuma hiki.",
    ),
    "body_gone": (
        "What this is about is not in the table any more, so nothing can be sent.",
        "Kinachohusika hakipo tena kwenye hifadhi, kwa hiyo hakuna kinachoweza kutumwa.",
    ),
    "body_not_yours": (
        "Your role does not see what this is about. Its tries stand above.",
        "Jukumu lako halioni hili linahusu nini. Majaribio yake yako hapo juu.",
    ),
    "row_about": ("About", "Kuhusu"),
    "row_happened": ("Happened", "Lilitokea"),
    "row_event": ("Event's id", "Kitambulisho cha tukio"),
    "send_again": ("Send it again now", "Litume tena sasa"),
    "done_tested": (
        "A test is on its way. This page changes by itself.",
        "Jaribio liko njiani. Ukurasa huu unabadilika wenyewe.",
    ),
    "done_switched_on": (
        "It is on. Have sent below what it missed.",
        "Imewashwa. Hapa chini, itumiwe ilichokosa.",
    ),
    "done_sent_again": (
        "It is being sent again. This page changes by itself.",
        "Linatumwa tena. Ukurasa huu unabadilika wenyewe.",
    ),
    "done_sending_missed": (
        "What it missed is being sent, in the background.",
        "Ilichokosa kinatumwa, nyuma ya pazia.",
    ),
}

HEALTH: Final[dict[str, tuple[str, str]]] = {
    "health_title": ("Health of the gateway", "Afya ya mfumo"),
    "health_table": ("Parts, scrolls sideways", "Sehemu, sogeza kando"),
    "health_word_ok": ("ALL WELL", "YOTE SAWA"),
    "health_word_degraded": ("LOOK AT THIS", "TAZAMA HAPA"),
    "health_word_down": ("DOWN", "IMEZIMIKA"),
    "health_tell_ok": (
        "Nothing is known to be wrong with any of the {all} parts.",
        "Hakuna tatizo linalojulikana kwenye sehemu zote {all}.",
    ),
    "health_tell_degraded": (
        "Not well: {count} of {all} parts. What to do stands beside each.",
        "Hazina afya: sehemu {count} kati ya {all}. La kufanya liko kando ya kila moja.",
    ),
    "health_tell_down": (
        "**The table does not answer.** What is not known says nothing of payments, neither paid nor not paid.",
        "**Hifadhi haijibu.** Kisichojulikana hakisemi lolote kuhusu malipo, wala kulipwa wala kutolipwa.",
    ),
    "health_unknown_count": ("Not known: {count}", "Hazijulikani: {count}"),
    "health_read_at": ("Read at {time}.", "Imesomwa {time}."),
    "health_again": ("Look again now", "Tazama tena sasa"),
    "health_beyond": (
        "Alarms come by e-mail to the stack's own address. The command mpesa-gateway doctor looks further.",
        "Kengele huja kwa barua pepe kwenye anwani ya mfumo. Amri mpesa-gateway doctor hutazama zaidi.",
    ),
    "health_runbook": ("Runbook", "Mwongozo"),
    "health_ok": ("works", "sawa"),
    "health_unknown": ("not known", "haijulikani"),
    "health_degraded": ("look at this", "tazama"),
    "health_down": ("down", "imezimika"),
    "health_part_storage": ("The table", "Hifadhi"),
    "health_part_secrets": ("Our own keys", "Funguo zetu"),
    "health_part_access_token": ("M-PESA's access token", "Tokeni ya M-PESA"),
    "health_part_due": ("Payments to be asked about", "Malipo ya kuulizwa"),
    "health_part_query_pace": ("How fast we may ask", "Mwendo wa kuuliza"),
    "health_part_initiators": ("API operators", "Waendeshaji wa API"),
    "health_part_money_by_hand": ("Payments by hand", "Malipo ya mkono"),
    "health_part_webhooks": ("Webhooks", "Webhook"),
    "health_part_audit_log": ("Audit log", "Kumbukumbu za ukaguzi"),
    "col_part": ("Part", "Sehemu"),
    "col_known": ("What is known", "Kinachojulikana"),
    "col_since": ("Since", "Tangu"),
    "col_remedy": ("What to do", "La kufanya"),
    "age_seconds": ("{count} s ago", "sekunde {count} zilizopita"),
    "age_minutes": ("{count} min ago", "dakika {count} zilizopita"),
    "age_hours": ("{count} h ago", "saa {count} zilizopita"),
    "age_days": ("{count} days ago", "siku {count} zilizopita"),
}

OPERATING: Final[dict[str, tuple[str, str]]] = WEBHOOKS | HEALTH
