"""Texts of the pages about API keys and settings, English and Swahili side by side.

A Kenyan native reader has not gone over the Swahili yet.
"""

from __future__ import annotations

from typing import Final

KEYS: Final[dict[str, tuple[str, str]]] = {
    "nav_settings": ("Settings", "Mipangilio"),
    "keys_title": ("API keys", "Funguo za API"),
    "keys_table": ("API keys, scrolls sideways", "Funguo za API, sogeza kando"),
    "keys_none": ("No key that holds", "Hakuna ufunguo unaotumika"),
    "keys_none_how": (
        "Your server asks the gateway with a key. Make the first one here or by the command.",
        "Seva yako huuliza mfumo kwa ufunguo. Tengeneza wa kwanza hapa au kwa amri.",
    ),
    "keys_ended": ("Keys that ended: {count}", "Funguo zilizokwisha: {count}"),
    "keys_how": (
        "The last day of use is noted for payments, reads, webhooks and keys; not for payouts and browsers' keys.",
        "Siku ya mwisho huandikwa kwa malipo, kusoma, webhook na funguo; si kwa malipo ya nje na vivinjari.",
    ),
    "col_key": ("Ends with", "Unaishia"),
    "col_scopes": ("May", "Unaweza"),
    "col_whose": ("Whose", "Wa nani"),
    "col_last_used": ("Last used", "Ulitumika mwisho"),
    "key_is_ended": ("ended", "umekomeshwa"),
    "key_ran_out": ("ran out", "umeisha muda"),
    "key_holds": ("holds", "unatumika"),
    "key_until": ("until {time}", "hadi {time}"),
    "key_publishable": ("browser's key: begins payments from links", "wa kivinjari: huanzisha malipo ya viungo"),
    "key_nobodys": ("nobody's own", "si wa mtu"),
    "key_never_used": ("never, as far as is known", "kamwe, kadiri ijulikanavyo"),
    "key_use_not_noted": ("not noted", "haiandikwi"),
    "key_title": ("API key {name}", "Ufunguo wa API {name}"),
    "key_end": ("End the key {name}", "Komesha ufunguo {name}"),
    "key_end_tell": (
        "Whoever uses it is refused within a minute. It cannot be taken back.",
        "Anayeutumia atakataliwa ndani ya dakika moja. Hairudishwi.",
    ),
    "key_not_now": ("Not now", "Si sasa"),
    "key_is_last": (
        "Nothing was done: it is the last key that can make keys by the API. Make another one with keys:write first.",
        "Hakuna kilichofanyika: ni ufunguo wa mwisho unaotengeneza funguo kwa API. Tengeneza mwingine wa keys:write.",
    ),
    "done_key_ended": ("The key is ended.", "Ufunguo umekomeshwa."),
    "key_make": ("Make a key", "Tengeneza ufunguo"),
    "key_rule": (
        "What you make here is yours: payouts and refunds that it asks for, another person must approve.",
        "Unachotengeneza hapa ni chako: malipo na marejesho utakayoomba, mtu mwingine lazima aidhinishe.",
    ),
    "key_nobodys_how": (
        "A key that is nobody's own, for your server, is made by {command}.",
        "Ufunguo usio wa mtu, wa seva yako, hutengenezwa kwa {command}.",
    ),
    "key_name": ("Name", "Jina"),
    "key_name_hint": ("So that people know it again, like web server", "Ili watu waujue, kama seva ya wavuti"),
    "key_kind": ("Where is it used?", "Utatumika wapi?"),
    "key_kind_secret": ("On a server", "Kwenye seva"),
    "key_kind_secret_may": (
        "May what is ticked below. Never in a browser.",
        "Unaweza ulichoweka hapa chini. Kamwe si kwenye kivinjari.",
    ),
    "key_kind_publishable": ("In a browser", "Kwenye kivinjari"),
    "key_kind_publishable_may": (
        "Begins payments from links and reads the shop's name. Takes nothing below.",
        "Huanzisha malipo ya viungo na kusoma jina la duka. Hauchukui lolote hapa chini.",
    ),
    "key_scopes": ("What it may do", "Unaweza kufanya nini"),
    "scope_payments_read": ("See and search payments", "Kuona na kutafuta malipo"),
    "scope_payments_write": ("Ask to be paid, cancel, make links", "Kuomba malipo, kughairi, kutengeneza viungo"),
    "scope_events_read": ("Read the feed of events", "Kusoma mfululizo wa matukio"),
    "scope_c2b_read": ("See money typed by hand", "Kuona pesa iliyolipwa kwa mkono"),
    "scope_c2b_write": ("Say whose such money is, register addresses", "Kusema pesa hiyo ni ya nani, kusajili anwani"),
    "scope_balance_read": ("See balances", "Kuona salio"),
    "scope_payouts_create": ("Ask for payouts; never approve", "Kuomba malipo ya nje; kamwe si kuidhinisha"),
    "scope_payouts_read": ("See payouts", "Kuona malipo ya nje"),
    "scope_refunds_write": ("Ask for refunds; never approve", "Kuomba marejesho; kamwe si kuidhinisha"),
    "scope_reconciliation_run": ("Have days compared", "Kuagiza siku zilinganishwe"),
    "scope_reconciliation_read": ("See compared days", "Kuona siku zilizolinganishwa"),
    "scope_keys_write": ("Make and end keys, which are yours too", "Kutengeneza na kukomesha funguo, nazo ni zako"),
    "scope_webhooks_write": (
        "Name addresses, see and repeat what was sent",
        "Kutaja anwani, kuona na kurudia kilichotumwa",
    ),
    "key_last_day": ("Last day, if it is to end", "Siku ya mwisho, kama utaisha"),
    "key_last_day_hint": (
        "It ends when this day ends in Nairobi. Empty: it has no end.",
        "Utaisha siku hii ikiisha Nairobi. Tupu: hauna mwisho.",
    ),
    "key_make_button": ("Make the key", "Tengeneza ufunguo"),
    "key_made": ("The key is made", "Ufunguo umetengenezwa"),
    "key_made_tell": (
        "**Copy the secret now: it is shown this once** and is kept nowhere.",
        "**Nakili siri sasa: inaonyeshwa mara hii tu** na haihifadhiwi popote.",
    ),
    "key_secret": ("Secret", "Siri"),
    "key_made_how": (
        "This is {name}: put it into your server's settings. Lost? End it and make another.",
        "Hii ni {name}: iweke kwenye mipangilio ya seva yako. Imepotea? Ukomeshe utengeneze mwingine.",
    ),
    "key_have_it": ("I have copied it", "Nimeinakili"),
    "key_form_used": (
        "This form has made another key already. Load the page anew.",
        "Fomu hii imeshatengeneza ufunguo mwingine. Pakia ukurasa upya.",
    ),
    "bad_key_name": ("Give a name of at most {most} characters.", "Taja jina la herufi {most} au chini."),
    "bad_key_kind": ("Say where it is used.", "Sema utatumika wapi."),
    "bad_key_scopes": (
        "Tick what it may do; for a browser's key nothing.",
        "Weka alama unachoweza kufanya; kwa wa kivinjari, hakuna.",
    ),
    "bad_key_day": ("Give today or a later day, or nothing.", "Taja leo au siku ya baadaye, au usitaje."),
    "sign_in_anew_for_key": (
        "A key is made only within five minutes of a sign-in. You come back to this page.",
        "Ufunguo hutengenezwa ndani ya dakika tano tu baada ya kuingia. Utarudi kwenye ukurasa huu.",
    ),
}

SETTINGS: Final[dict[str, tuple[str, str]]] = {
    "shop_title": ("This shop", "Duka hili"),
    "shop_none": ("This shop has no settings", "Duka hili halina mipangilio"),
    "changed_by": ("Changed by {where}", "Hubadilishwa kwa {where}"),
    "set_nothing": ("none", "hakuna"),
    "set_name": ("Name on pages", "Jina kwenye kurasa"),
    "set_shortcodes": ("Money arrives at", "Pesa huingia"),
    "set_paybill": ("Paybill {number}, {name}", "Paybill {number}, {name}"),
    "set_till": ("Till {number}, {name}, store {store}", "Till {number}, {name}, duka {store}"),
    "set_pulled": ("M-PESA's own list is read of", "Orodha ya M-PESA husomwa ya"),
    "set_amount_max": ("Most in one payment", "Kiwango cha juu cha malipo"),
    "set_payouts": ("Pays out from", "Hulipa nje kutoka"),
    "set_no_payouts": ("pays nothing out", "hailipi nje"),
    "set_balance_low": ("A balance is low below", "Salio ni dogo chini ya"),
    "set_language": ("Language where nobody says", "Lugha pasipotajwa"),
    "language_en": ("English", "Kiingereza"),
    "language_sw": ("Swahili", "Kiswahili"),
    "set_colour": ("Brand colour", "Rangi ya duka"),
    "set_logo": ("Logo", "Nembo"),
    "set_own_logo": ("a picture of its own", "picha yake yenyewe"),
    "set_support": ("Help for payers", "Msaada kwa wanaolipa"),
    "set_origins": ("Pages that may ask", "Kurasa zinazoweza kuuliza"),
    "set_return": ("Leads back by itself", "Hurudisha yenyewe"),
    "set_return_after": ("after {seconds} s", "baada ya sekunde {seconds}"),
    "limits_title": ("Limits of this stack", "Vikomo vya mfumo huu"),
    "limit_mode": ("Money", "Pesa"),
    "limit_live": ("real", "halisi"),
    "limit_test": ("tests only", "majaribio tu"),
    "limit_prompts": ("Requests to one phone", "Maombi kwa simu moja"),
    "limit_prompts_are": ("{few} in 10 minutes, {day} a day", "{few} kwa dakika 10, {day} kwa siku"),
    "limit_minutes": ("{count} min", "dakika {count}"),
    "limit_deadline": ("An attempt is not known after", "Jaribio halijulikani baada ya"),
    "limit_out_day": ("Most that goes out in a day", "Kiwango cha juu kutoka kwa siku"),
    "limit_out_recipient": ("Most to one recipient in a day", "Kiwango cha juu kwa mpokeaji mmoja kwa siku"),
    "limit_approve": ("A second person approves", "Mtu wa pili huidhinisha"),
    "limit_approve_above": (
        "above {amount} to one recipient in a day",
        "zaidi ya {amount} kwa mpokeaji mmoja kwa siku",
    ),
    "limit_approve_always": ("always", "kila mara"),
    "limit_version": ("Release", "Toleo"),
}

SETTINGS_AND_KEYS: Final[dict[str, tuple[str, str]]] = KEYS | SETTINGS
