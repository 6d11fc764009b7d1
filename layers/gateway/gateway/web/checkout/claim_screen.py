"""«I have paid, but this page does not know»: the screen for an M-PESA code, and the way to it."""

from __future__ import annotations

from gateway.domain.claims import ClaimState
from gateway.web.checkout.forms import claim_form, problem_summary
from gateway.web.checkout.markup import Html, code, html, joined
from gateway.web.checkout.parts import back, brief, look_again, plate, title
from gateway.web.checkout.visit import CLAIM, NUMBER, Visit


def claim_screen(visit: Visit) -> Html:
    """The form, or what became of the code that was entered last."""
    told = visit.claim_state if not visit.claim_problem else None
    if told is ClaimState.CHECKING:
        return joined((brief(visit), _told(visit, "doubt", "claim_checking"), look_again(visit), _leave(visit)))
    if told is ClaimState.TO_SHOP:
        return joined(
            (brief(visit), _told(visit, "person", "claim_to_shop"), _code_row(visit), back(visit), _leave(visit))
        )
    head = (
        _told(visit, "doubt", "claim_not_found") if told is ClaimState.NOT_FOUND else title(visit.say("paid_not_seen"))
    )
    return joined((brief(visit), problem_summary(visit), head, claim_form(visit), _leave(visit)))


def claim_heading(visit: Visit) -> str:
    """For the title of the page."""
    told = visit.claim_state
    if told is None or visit.claim_problem:
        return visit.plain("paid_not_seen")
    return visit.plain(_KEYS[told], receipt=_receipt(visit)).partition(". ")[0]


def claim_link(visit: Visit) -> Html:
    """From other screens to this one."""
    return html('<a class="other" href="{u}">{t}</a>', u=visit.address(way=CLAIM), t=visit.say("paid_not_seen"))


_KEYS = {
    ClaimState.CHECKING: "claim_checking",
    ClaimState.TO_SHOP: "claim_to_shop",
    ClaimState.NOT_FOUND: "claim_not_found",
    ClaimState.ATTACHED: "paid_title",
}


def _receipt(visit: Visit) -> str:
    return visit.view.claim[0].receipt if visit.view.claim else ""


def _told(visit: Visit, kind: str, key: str) -> Html:
    first, rest = visit.headline(key, receipt=html('<span class="code">{c}</span>', c=_receipt(visit)))
    return plate(kind, first, rest)


def _code_row(visit: Visit) -> Html:
    return html(
        '<dl class="rows sheet"><div class="wide"><dt>{label}</dt><dd>{code}</dd></div></dl>',
        label=visit.say("row_code"),
        code=code(_receipt(visit)),
    )


def _leave(visit: Visit) -> Html:
    """Back to what else can be done. Where the shop has the word now, the page's own address leads here again."""
    way = NUMBER if visit.claim_state in (ClaimState.TO_SHOP, ClaimState.CHECKING) else None
    return html('<a class="other" href="{u}">{t}</a>', u=visit.address(way=way), t=visit.say("claim_leave"))
