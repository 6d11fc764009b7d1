"""Texts of explaining a day's differences, closing the day and opening it again, English and Swahili side by side."""

from __future__ import annotations

from typing import Final

CLOSING: Final[dict[str, tuple[str, str]]] = {
    "line_explain": ("Explain it", "Ieleze"),
    "line_explain_more": ("Add to it", "Ongeza maelezo"),
    "line_explain_note": ("How is it explained?", "Inaelezwaje?"),
    "line_explain_button": ("Keep this explanation", "Hifadhi maelezo haya"),
    "lines_explain": ("Explain all {count} like this: {kind}", "Eleza zote {count} hivi: {kind}"),
    "lines_explain_button": ("Keep this for {count} lines", "Hifadhi haya kwa mistari {count}"),
    "line_explained": ("Explained: {note}", "Imeelezwa: {note}"),
    "line_explained_before": (
        "Explained before as “{note}” ({who}, {time}). The line has changed since, so it is open again.",
        "Ilielezwa awali kama “{note}” ({who}, {time}). Mstari umebadilika tangu hapo, hivyo uko wazi tena.",
    ),
    "said_by": ("{who}, {time}", "{who}, {time}"),
    "tell_day_explained": (
        "Nothing is left to look at: what differs is explained below.",
        "Hakuna kilichobaki cha kutazama: kinachotofautiana kimeelezwa hapa chini.",
    ),
    "days_explained": ("{count} explained", "{count} imeelezwa"),
    "days_news": ("news since", "kuna mapya"),
    "close_title": ("Close the day", "Funga siku"),
    "close_tell": (
        "Its sums stay then, whatever comes later. Late money is credited as always and shown beside them.",
        "Jumla zake hazibadiliki tena, lolote likija baadaye. Pesa za kuchelewa huingizwa kama kawaida, kando yake.",
    ),
    "close_note": ("Note (if you like)", "Maelezo (ukipenda)"),
    "close_note_needed": ("Why is it closed without the whole list?", "Kwa nini inafungwa bila orodha yote?"),
    "close_button": ("Close this day", "Funga siku hii"),
    "close_button_incomplete": ("Close it without the whole list", "Ifunge bila orodha yote"),
    "close_not_over": ("A day can be closed once it is over.", "Siku inaweza kufungwa ikiisha."),
    "close_open_lines": (
        "Before the day can be closed, {count} of its lines must be explained or settled.",
        "Kabla ya siku kufungwa, mistari {count} lazima ielezwe au imalizwe.",
    ),
    "close_incomplete": (
        "M-PESA's list is not known for the whole day. Compare it again later, or say why it is closed as it is.",
        "Orodha ya M-PESA haijulikani kwa siku yote. Linganisha tena baadaye, au sema kwa nini inafungwa ilivyo.",
    ),
    "closed_fact": ("closed {time} by {who}", "ilifungwa {time} na {who}"),
    "reopen_open": ("Open the day again", "Fungua siku tena"),
    "reopen_tell": (
        "It is compared anew, and its sums may change. The history keeps who opened it and why.",
        "Italinganishwa upya, na jumla zake zinaweza kubadilika. Historia huhifadhi aliyeifungua na sababu.",
    ),
    "reopen_reason": ("Why is it opened again?", "Kwa nini inafunguliwa tena?"),
    "reopen_button": ("Open this day", "Fungua siku hii"),
    "news_title": ("Since the day was closed", "Tangu siku ifungwe"),
    "news_tell": (
        "The sums of the day stay. This came later: book it on an open day, or open this one again.",
        "Jumla za siku hazibadiliki. Haya yalikuja baadaye: yaandike kwa siku iliyo wazi, au fungua hii tena.",
    ),
    "news_now": (
        "With it the day would read: ours {ours}, M-PESA's {mpesa}.",
        "Yakihesabiwa: zetu {ours}, za M-PESA {mpesa}.",
    ),
    "news_table": ("What came later, scrolls sideways", "Yaliyokuja baadaye, sogeza kando"),
    "history_title": ("Who decided what", "Nani aliamua nini"),
    "history_table": ("Decisions about this day, scrolls sideways", "Maamuzi kuhusu siku hii, sogeza kando"),
    "col_when": ("When", "Lini"),
    "col_who": ("Who", "Nani"),
    "col_what": ("What", "Nini"),
    "col_note": ("Note", "Maelezo"),
    "decided_explained": ("Explained:{line}", "Alieleza:{line}"),
    "decided_explained_many": ("Explained {count} lines: {kind}", "Alieleza mistari {count}: {kind}"),
    "decided_closed": ("Closed the day", "Alifunga siku"),
    "decided_reopened": ("Opened the day again", "Alifungua siku tena"),
    "decided_in_vain": (
        "The day changed in that moment, so this took no effect",
        "Siku ilibadilika wakati huo, hivyo haikufanyika",
    ),
    "done_explained": ("The explanation is kept.", "Maelezo yamehifadhiwa."),
    "done_explained_some": (
        "The explanation is kept for many lines, and more are left. Keep it once more for those.",
        "Maelezo yamehifadhiwa kwa mistari mingi, na mingine imebaki. Yahifadhi tena kwa hiyo.",
    ),
    "done_closed": ("The day is closed.", "Siku imefungwa."),
    "done_reopened": (
        "The day is open again. It is compared anew within half an hour, or now if you ask.",
        "Siku iko wazi tena. Italinganishwa upya ndani ya nusu saa, au sasa ukiomba.",
    ),
    "refused_note": (
        "Write 1 to {most} characters in one line.",
        "Andika herufi 1 hadi {most} kwa mstari mmoja.",
    ),
    "refused_day_closed": (
        "Nothing was done: the day is closed. Open it again first.",
        "Hakuna kilichofanyika: siku imefungwa. Ifungue tena kwanza.",
    ),
    "refused_line_changed": (
        "Nothing was kept: this line has changed since you saw it. Look at it as it is now.",
        "Hakuna kilichohifadhiwa: mstari huu umebadilika tangu uuone. Utazame ulivyo sasa.",
    ),
    "refused_day_changed": (
        "The day is not closed: it was compared anew and came out otherwise. Look at it as it is now.",
        "Siku haijafungwa: ililinganishwa upya na matokeo ni tofauti. Itazame ilivyo sasa.",
    ),
    "line_late": ("New since the day was closed", "Jipya tangu siku ifungwe"),
    "do_book_on_open_day": ("Book it on an open day", "Iandike kwa siku iliyo wazi"),
}
