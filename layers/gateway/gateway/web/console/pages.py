"""All pages of the console by their route, each behind its guard."""

from __future__ import annotations

from gateway.web.console import acts, deciding, exports, payout_files, payouts, refunding, staff, unmatched
from gateway.web.console.finding import search
from gateway.web.console.guard import Page, Shown, guarded
from gateway.web.console.home import home, nothing_there
from gateway.web.console.payments import payment_page
from gateway.web.console.prompt_form import confirm_prompt, prompt_form
from gateway.web.console.signing import OPEN_PAGES
from gateway.web.console.today import payments, today

_PAGES: dict[str, Page] = {
    "GET /console": home,
    "POST /console/search": search,
    "GET /console/prompt": prompt_form,
    "POST /console/prompt/confirm": confirm_prompt,
    "GET /console/today": today,
    "GET /console/payments": payments,
    "GET /console/payments/{payment}": payment_page,
    "POST /console/payments/{payment}/check": acts.check,
    "POST /console/payments/{payment}/notes": acts.add_note,
    "POST /console/payments/{payment}/cancel": acts.cancel_payment,
    "POST /console/payments/{payment}/phone": acts.show_phone,
    "GET /console/payments/{payment}/refund": refunding.refund_form,
    "POST /console/payments/{payment}/refund": refunding.ask_refund,
    "GET /console/unmatched": unmatched.unmatched,
    "GET /console/unmatched/{receipt}": unmatched.money_page,
    "POST /console/unmatched/{receipt}/assign": unmatched.assign_money,
    "POST /console/unmatched/{receipt}/ignore": unmatched.ignore_money,
    "POST /console/unmatched/{receipt}/unignore": unmatched.unignore_money,
    "GET /console/exports": exports.exports,
    "GET /console/exports/payments.csv": exports.payments_file,
    "GET /console/staff": staff.staff,
    "POST /console/staff": staff.save_member,
    "POST /console/staff/agree": staff.agree,
    "POST /console/staff/remove": staff.remove,
    "GET /console/{proxy+}": nothing_there,
    "GET /console/payouts": payouts.payouts,
    "GET /console/payouts/new": deciding.new_payout,
    "POST /console/payouts/confirm": deciding.confirm_payout,
    "POST /console/payouts": deciding.ask_payout,
    "GET /console/payouts/files/{file}": payout_files.file_page,
    "POST /console/payouts/files/{file}/approve": payout_files.approve_file,
    "POST /console/payouts/files/{file}/reject": payout_files.reject_file,
    "GET /console/payouts/{payout}": payouts.payout_page,
    "POST /console/payouts/{payout}/approve": deciding.approve_payout,
    "POST /console/payouts/{payout}/reject": deciding.reject_payout,
    "POST /console/payouts/{payout}/phone": payouts.show_recipient,
}

PAGES: dict[str, Shown] = guarded(_PAGES, OPEN_PAGES)
