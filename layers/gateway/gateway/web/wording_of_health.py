"""What is said of the gateway's health, English and Swahili side by side: of the API, its documents and the console.

A Kenyan native reader has not gone over the Swahili yet. A place that ends in `_ms` is filled with a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

CAUSES: Final[dict[str, tuple[str, str]]] = {
    "table_silent": ("The table does not answer ({error}).", "Hifadhi haijibu ({error})."),
    "table_answers": ("The table answers.", "Hifadhi inajibu."),
    "not_known": ("The table does not answer.", "Hifadhi haijibu."),
    "keys_unread": ("Our own keys cannot be read ({error}).", "Funguo zetu wenyewe hazisomeki ({error})."),
    "keys_read": ("Our own keys can be read.", "Funguo zetu wenyewe zinasomeka."),
    "token_never": ("No access token was ever fetched here.", "Hapa tokeni haijawahi kuchukuliwa."),
    "token_age": (
        "Generation {generation}; last refreshed or tried {minutes} minutes ago.",
        "Kizazi {generation}; ilichukuliwa au kujaribiwa mwisho dakika {minutes} zilizopita.",
    ),
    "nothing_due": ("Nothing is due.", "Hakuna kinachosubiri."),
    "due_waits": (
        "The oldest due item has waited for {seconds} seconds.",
        "Kilichosubiri zaidi kimesubiri sekunde {seconds}.",
    ),
    "no_query": ("No status query was sent yet.", "Bado hakuna swali la hali lililotumwa."),
    "query_pace": (
        "Status queries are {apart} ms apart; the next may go in {seconds} s.",
        "Maswali ya hali yanatengana ms {apart}; lijalo linaweza kwenda baada ya sekunde {seconds}.",
    ),
    "no_operator": (
        "No shortcode has an API operator; nothing is paid out or asked.",
        "Hakuna nambari yenye mwendeshaji wa API; hakuna kinacholipwa nje wala kuulizwa.",
    ),
    "operator_stopped": (
        "The operator of {shortcode} is stopped for everything: M-PESA said {code}. Mend it, then test it.",
        "Mwendeshaji wa {shortcode} amesimamishwa kwa kila kitu: M-PESA ilisema {code}. Rekebisha, kisha jaribu.",
    ),
    "operator_stopped_for": (
        "The operator of {shortcode} is stopped for {command}: M-PESA said {code}. Mend it, then test it.",
        "Mwendeshaji wa {shortcode} amesimamishwa kwa {command}: M-PESA ilisema {code}. Rekebisha, kisha jaribu.",
    ),
    "password_ended": (
        "The operator of {shortcode} has a password that ran out at {end_ms}.",
        "Nenosiri la mwendeshaji wa {shortcode} liliisha {end_ms}.",
    ),
    "password_ends": (
        "The operator of {shortcode} has a password that runs out in {days} days.",
        "Nenosiri la mwendeshaji wa {shortcode} litaisha baada ya siku {days}.",
    ),
    "operator_works": ("The operator of {shortcode} works.", "Mwendeshaji wa {shortcode} anafanya kazi."),
    "no_shortcode": ("This shop has no shortcode yet.", "Duka hili bado halina nambari ya M-PESA."),
    "addresses": (
        "Addresses for payments by hand, {shortcodes}.",
        "Anwani za malipo ya mkono, {shortcodes}.",
    ),
    "no_endpoint": ("This shop names no address for webhooks.", "Duka hili halijataja anwani ya webhook."),
    "endpoints_taken": (
        "The last news were taken by all {count} addresses that are on.",
        "Habari za mwisho zimepokelewa na anwani zote {count} zilizowashwa.",
    ),
    "endpoints_failing": (
        "{failing} of {count} webhook addresses take nothing at present.",
        "Anwani {failing} kati ya {count} za webhook hazipokei kitu kwa sasa.",
    ),
    "endpoints_off": (
        "{off} of {count} webhook addresses were switched off because they took nothing; nothing is sent there.",
        "Anwani {off} kati ya {count} za webhook zimezimwa kwa sababu hazikupokea; hakuna kinachotumwa huko.",
    ),
    "audit_never": ("The audit log was not checked yet.", "Kumbukumbu za ukaguzi bado hazijakaguliwa."),
    "audit_holds": (
        "At night the audit log and the table told the same.",
        "Usiku kumbukumbu za ukaguzi na hifadhi zilikubaliana.",
    ),
    "audit_late": (
        "The nightly check of the audit log has not ended since.",
        "Ukaguzi wa usiku wa kumbukumbu haujamalizika tangu hapo.",
    ),
    "audit_found": (
        "By the nightly check the audit log and the table do not tell the same: {count} findings.",
        "Kwa ukaguzi wa usiku, kumbukumbu za ukaguzi na hifadhi hazikubaliani: mahali {count}.",
    ),
}
"""Why a part stands as it does, by `Part.cause`."""

REGISTRATION: Final[dict[str, tuple[str, str]]] = {
    "never": ("never registered", "hazijasajiliwa"),
    "registered": ("registered", "zimesajiliwa"),
    "already_registered": ("already registered", "zilisajiliwa awali"),
    "not_known": ("not known", "hazijulikani"),
    "unfit": ("unfit", "hazifai"),
    "self_test_failed": ("self test failed", "jaribio limeshindwa"),
    "refused": ("refused", "zimekataliwa"),
}
"""How the addresses of a shortcode stand, by `RegistrationState`."""

RUNBOOK: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "storage": (
        ("The table does not answer", "Hifadhi haijibu"),
        (
            "Look at DynamoDB's throttles and at the function's permissions.",
            "Tazama vizuizi vya DynamoDB na ruhusa za kazi hii.",
        ),
    ),
    "secrets": (
        ("Our own keys cannot be read", "Funguo zetu wenyewe hazisomeki"),
        (
            "Look at the SSM parameter keys, its KMS key and the permissions.",
            "Tazama kigezo keys cha SSM, ufunguo wake wa KMS na ruhusa.",
        ),
    ),
    "access_token": (
        ("The access token is old or unknown", "Tokeni ni ya zamani au haijulikani"),
        (
            "The sweep refreshes it each minute when needed. Look at its log, and at the consumer key and secret.",
            "Mfagio huichukua upya kila dakika ikihitajika. Tazama kumbukumbu zake, na consumer key na secret.",
        ),
    ),
    "due": (
        ("Due payments wait", "Malipo yanasubiri kuulizwa"),
        (
            "The sweep does not keep up, or does not run. Look at its invocations, its errors and the query pace.",
            "Mfagio umechelewa, au haufanyi kazi. Tazama mizunguko yake, makosa yake na mwendo wa maswali.",
        ),
    ),
    "money_by_hand": (
        ("Safaricom may not tell of payments by hand", "Safaricom huenda haisemi malipo ya mkono"),
        (
            "Register the addresses: mpesa-gateway register-urls, or POST /v1/c2b/register. It says what is wrong.",
            "Sajili anwani: mpesa-gateway register-urls, au POST /v1/c2b/register. Itasema tatizo.",
        ),
    ),
    "query_pace": (
        ("Status queries are slow", "Maswali ya hali ni ya polepole"),
        (
            "Safaricom asked for fewer of them. The pace recovers by itself; a higher limit is Safaricom's to give.",
            "Safaricom iliomba yapunguzwe. Mwendo hurudi wenyewe; kikomo cha juu hutolewa na Safaricom.",
        ),
    ),
    "initiators": (
        (
            "An API operator is stopped, or its password runs out",
            "Mwendeshaji wa API amesimamishwa, au nenosiri linaisha",
        ),
        (
            "Mend it on Safaricom's portal, store a new password with credential set, then run credential test once.",
            "Rekebisha kwenye tovuti ya Safaricom, hifadhi nenosiri jipya kwa credential set, kisha credential test.",
        ),
    ),
    "webhooks": (
        ("Your server does not take webhooks", "Seva yako haipokei webhook"),
        (
            "Look at its answers, in the console under Webhooks. Mend it, switch it on, have sent what it missed.",
            "Tazama majibu yake, kwenye dawati chini ya Webhook. Irekebishe, iwashe, na itumiwe tena ilichokosa.",
        ),
    ),
    "audit_log": (
        ("The audit log does not hold", "Kumbukumbu za ukaguzi hazikubaliani"),
        (
            "Somebody may have written past the gateway. Run audit verify, and do what the operator's document says.",
            "Huenda mtu ameandika nje ya mfumo. Endesha audit verify, kisha fuata hati ya mwendeshaji.",
        ),
    ),
}
"""By the name of the part: its sign when something is wrong, and what to do."""


def cause_in_words(cause: str, values: Mapping[str, object], language: int, moment: Callable[[int], str]) -> str:
    """The sentence. language: 0 English, 1 Swahili. moment: how a time in milliseconds is said."""
    shown: dict[str, object] = {}
    for name, value in values.items():
        if name.endswith("_ms"):
            shown[name] = moment(int(str(value)))
        elif isinstance(value, Mapping):
            shown[name] = ", ".join(f"{number}: {REGISTRATION[state][language]}" for number, state in value.items())
        else:
            shown[name] = value
    return CAUSES[cause][language].format(**shown)
