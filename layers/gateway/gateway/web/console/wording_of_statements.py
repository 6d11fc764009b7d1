"""Texts of the pages on which an accountant sends a statement, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final[dict[str, tuple[str, str]]] = {
    "statement_title": ("Send a statement", "Tuma taarifa"),
    "statement_how": (
        (
            "Export the statement of the account that customers pay into (Utility; of a Till Merchant) from the "
            "organisation portal, as CSV with all columns. Send that file as it is."
        ),
        (
            "Pakua taarifa ya akaunti ambayo wateja huilipa (Utility; ya Till Merchant) kutoka tovuti ya shirika ya "
            "M-PESA, kama CSV yenye safu zote. Tuma faili hiyo jinsi ilivyo."
        ),
    ),
    "statement_why": (
        (
            "It pays what nobody told of. What is still unresolved and is not in it was not paid. The same file again "
            "changes nothing."
        ),
        (
            "Malipo ambayo hakuna aliyetuambia yatalipwa nayo. Yasiyojulikana bado na hayamo hayakulipwa. Kutuma faili "
            "ileile tena hakubadilishi kitu."
        ),
    ),
    "day_statement_at": ("statement imported {time}", "taarifa iliingizwa {time}"),
    "statement_file": ("The file", "Faili"),
    "statement_file_hint": (
        "CSV, at most 4 MB; packed with gzip (.gz) it may hold five times as much",
        "CSV, isiyozidi MB 4; ikifungwa kwa gzip (.gz) inaweza kuwa kubwa mara tano",
    ),
    "statement_send": ("Send it", "Itume"),
    "statement_no_file": ("Choose the file first.", "Chagua faili kwanza."),
    "statement_too_big": (
        "This file is too big for the page. Pack it with gzip, or export fewer days.",
        "Faili hii ni kubwa mno kwa ukurasa. Ifunge kwa gzip, au pakua siku chache.",
    ),
    "statement_of": ("Statement of {number}", "Taarifa ya {number}"),
    "statement_without_number": ("Statement", "Taarifa"),
    "statement_waiting_for_file": ("no file", "hakuna faili"),
    "statement_reading": ("being taken in", "inaingizwa"),
    "statement_read": ("taken in", "imeingizwa"),
    "statement_refused": ("refused", "imekataliwa"),
    "tell_statement_waiting_for_file": ("No file came. Send it again.", "Faili haikufika. Itume tena."),
    "tell_statement_reading": (
        "{done} of {rows} rows are taken in. Go on, or leave: it goes on by itself every quarter of an hour.",
        "Mistari {done} kati ya {rows} imeingizwa. Endelea, au ondoka: inaendelea yenyewe kila robo saa.",
    ),
    "tell_statement_proves": (
        "It adds up, and tells everything from {since} to {until}.",
        "Hesabu zake zinalingana, na inasema yote kuanzia {since} hadi {until}.",
    ),
    "tell_statement_proves_not": (
        "Its rows are taken in. What it does not show may have been paid all the same:",
        "Mistari yake imeingizwa. Yasiyomo huenda yamelipwa hata hivyo:",
    ),
    "tell_statement_refused": ("Nothing of it counts:", "Hakuna chake kinachohesabiwa:"),
    "statement_go_on": ("Go on", "Endelea"),
    "statement_another": ("Send another one", "Tuma nyingine"),
    "statement_sent_at": ("sent {time}", "ilitumwa {time}"),
    "statement_rows": ("Rows", "Mistari"),
    "statement_payments": ("Customers' payments", "Malipo ya wateja"),
    "statement_not_completed": ("Not completed", "Hazikukamilika"),
    "statement_account": ("Account", "Akaunti"),
    "statement_refused_rows": ("Rows that were not taken in: {count}", "Mistari ambayo haikuingizwa: {count}"),
    "statement_refused_table": ("Rows that were not taken in, scrolls sideways", "Mistari iliyoachwa, sogeza kando"),
    "col_line": ("Line", "Mstari"),
    "col_why": ("Why", "Kwa nini"),
    "statement_days": ("Its days", "Siku zake"),
    "statement_days_tell": (
        "They are compared by themselves within the hour. To see one now: compare it.",
        "Zitalinganishwa zenyewe ndani ya saa. Kuona moja sasa: ilinganishe.",
    ),
}
