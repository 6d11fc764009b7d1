"""What the payer reads, in English. Same keys and places as `sw.py`. `**` marks what is bold."""

from __future__ import annotations

from typing import Final

NAME: Final = "English"

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

TEXTS: Final[dict[str, str]] = {
    # Enter phone
    "pay_title": "Pay {amount} to {shop}",
    "pay_brief": "{amount} to {shop}",
    "phone_label": "M-PESA phone number",
    "phone_hint": "For example 0712 345 678. A payment request will open on this phone.",
    "pay_button": "Pay with M-PESA",
    "other_way": "Pay with {way} instead",
    "error_heading": "There is a problem",
    "error_prefix": "Error:",
    "phone_empty": "Enter your M-PESA phone number",
    "phone_length": "Phone number must have 10 digits, like 0712 345 678. You entered {n}.",
    "phone_not_kenyan": "Enter a Kenyan mobile number that starts with 07 or 01",
    "phone_letters": "Phone number can only have digits",
    "too_many_without_time": "Too many requests to this phone. Use another number, or pay with {way}.",
    "earlier_request": (
        "An earlier request may still be open on this phone. Close it and try again at {time}, or pay with {way}."
    ),
    "earlier_request_without_time": (
        "An earlier request may still be open on this phone. Close it and try again in a few minutes, "
        "or pay with {way}."
    ),
    "too_many_from_here": (
        "Too many requests were sent from this network. Nothing was sent now. Try again at {time}, or pay with {way}."
    ),
    # Sending, check phone
    "sending": "Sending the request to {phone}…",
    "check_title": "Check your phone",
    "check_wait": "Wait for the M-PESA message on {phone}",
    "check_compare": "Check that it says {amount} to {org}",
    "check_pin": "Enter your M-PESA PIN and send",
    "pin_safety": "Enter your PIN only in the M-PESA message, never on a website.",
    "same_phone": "On this phone? The message opens over this page. Then come back here.",
    "seconds_left": "About {s} seconds left",
    "no_message": "I did not get the message",
    "no_message_help": (
        "Unlock your phone and check that it has network. Close any open M-PESA menu. "
        "If it never comes, dial *234# to update your SIM card, or pay with {way}."
    ),
    "already_on": "A request is already on {phone}.",
    # Not known
    "waiting_title": "Waiting for M-PESA",
    "waiting": (
        "M-PESA has not answered yet. **If you entered your PIN, do not pay again.** "
        "We are asking M-PESA and this page will change by itself."
    ),
    "unsure": (
        "We are not sure that the request reached your phone. If a message comes, you can pay. "
        "**Otherwise wait until {time} to try again.**"
    ),
    "unresolved_title": "Not known yet",
    "unresolved": (
        "We could not confirm your payment yet. {shop} has been told. "
        "**If you got an M-PESA SMS, keep it and enter its code below.**"
    ),
    "not_charged": "I was not charged",
    "not_charged_help": (
        "First look at your M-PESA messages and your balance. If no money left your account, send a new request."
    ),
    "not_charged_button": "I was not charged. Send a new request",
    "row_sent_to": "Sent to",
    "row_sent_at": "Sent at",
    "row_last_asked": "Last asked",
    "row_asking_again": "Asking again",
    "now": "now",
    "check_again": "Check again",
    "paid_not_seen": "I have paid, but this page does not know",
    "refresh_note": "This page looks again every 10 seconds.",
    "refresh_stop": "Stop looking",
    "refresh_start": "Look again every 10 seconds",
    "offline": "You are offline. Your payment is safe; we will look again when you are back.",
    # I have paid
    "claim_label": "M-PESA code from your SMS",
    "claim_hint": "10 letters and digits, like SGL31QW9XY. You can paste the whole message.",
    "claim_button": "Check this code",
    "claim_sending": "Checking the code…",
    "claim_invalid": "Enter the M-PESA code: the 10 letters and digits at the start of your SMS",
    "claim_checking": "Checking {receipt} with M-PESA. This can take a minute.",
    "claim_not_found": "M-PESA does not know this code yet. Check each letter, or try again in 2 minutes.",
    "claim_to_shop": "Thank you. {shop} will check this payment. Do not pay again before they tell you.",
    "claim_too_many": "You have entered 5 codes. Keep the SMS, call {shop} and read out its code.",
    "claim_leave": "Back to the payment",
    # Paid
    "paid_title": "Paid. Thank you.",
    "row_amount": "Amount",
    "row_to": "To",
    "row_code": "M-PESA code",
    "row_date": "Date",
    "row_reference": "Reference",
    "code_follows": "to follow",
    "back": "Back to {shop}",
    "save_or_print": "Save or print",
    "save_or_print_receipt": "Save or print receipt",
    "share": "Share",
    "share_text": "Paid {amount} to {shop}. M-PESA code {receipt}. Reference {ref}.",
    "part_paid": "We received {received} of {amount}. Pay the remaining {rest}.",
    "last_request": "The last request was not paid.",
    "overpaid": "You paid more than needed. {shop} has been told and will return {extra}.",
    "review_title": "Payment received",
    "review": "Thank you. {shop} will check this payment. You do not need to pay again.",
    "leaving": "You go back to {shop} in {s} seconds.",
    "leaving_stay": "Stay on this page",
    "given_back_title": "Given back",
    "given_back": "You paid {received}. {returned} was sent back to you.",
    "row_given_back": "Given back",
    "receipt_title": "Payment receipt",
    "receipt_note": "This is a record of your payment. It is not a tax invoice.",
    # Failed, closed, M-PESA down
    "failed_title": "You have not paid",
    "failed_note": "The request goes to {phone}.",
    "send_again": "Send request again",
    "send_again_at": "Send request again at {time}",
    "other_number": "Use another number",
    "pay_with": "Pay with {way}",
    "no_more_requests": "No more requests can be sent for this payment. Pay with {way}, or go back to {shop}.",
    "closed": "This payment request is closed. Nothing was taken. Go back to {shop} to start again.",
    "mpesa_down": "M-PESA is not answering right now. Nothing was sent. Try again in a few minutes.",
    # Paybill, Till
    "close_prompt_first": "Close the M-PESA message on your phone first, so that you do not pay twice.",
    "paybill_open": "Open M-PESA, Lipa na M-PESA, Pay Bill.",
    "till_open": "Open M-PESA, Lipa na M-PESA, Buy Goods.",
    "row_business": "Business number",
    "row_account": "Account number",
    "row_till": "Till number",
    "enter_pin": "Enter your PIN.",
    "till_code": "Enter the code from the SMS below.",
    "manual_watch": "This page changes when M-PESA tells us.",
    # Payment links
    "link_for": "For {title}",
    "link_title": "Pay {shop}",
    "link_amount_label": "Amount in shillings",
    "link_amount_hint": "From {least} to {most}",
    "link_amount_empty": "Enter the amount that you want to pay",
    "link_amount_digits": "Amount can only have digits, like 500",
    "link_amount_bounds": "Amount must be from {least} to {most}",
    "link_inactive": "This payment link is closed. Ask {shop} for another one.",
    "link_expired": "This payment link has ended. Ask {shop} for another one.",
    "link_used_up": "This payment link has been paid as often as it may be. Ask {shop} for another one.",
    "link_busy": "Too many payments were begun from here. Nothing was sent. Try again at {time}.",
    # Around the page
    "help_call": "Help: call {shop}",
    "help_online": "Help online",
    "test_mode": "Test: no real money moves here.",
    "problem": "Problem: {title}",
    "not_found": "This page does not exist. Check that you have the whole link, or ask the shop for a new one.",
    "gone": "This page has ended. Your M-PESA message is your proof of payment.",
    "unavailable": (
        "We cannot look right now. Nothing is lost. **If you entered your PIN, do not pay again.** "
        "Look again in a few seconds."
    ),
    "form_refused": "This form cannot be used. Open the payment page again and send it from there.",
}
"""Every sentence and label of the payer's page but the reasons of failures."""

FAILURES: Final[dict[str, str]] = {
    "insufficient_funds": "There is not enough money in this M-PESA account. Top up, or use another number.",
    "below_minimum": "This amount is below what M-PESA allows.",
    "above_maximum": "This amount is more than M-PESA allows in one payment.",
    "limit_reached": "This M-PESA account has reached its limit. Use another number, or pay tomorrow.",
    "shop_account_full": "{shop} cannot receive M-PESA right now. They have been told. Nothing was taken.",
    "same_payment_too_soon": ("M-PESA does not take the same amount twice within 2 minutes. Wait, then try again."),
    "system_busy": "M-PESA is busy. Try again in a minute.",
    "phone_busy": "Another M-PESA message is open on this phone. Close it, wait 2 minutes and try again.",
    "too_many_prompts": "Too many requests to this phone. Try again at {time}, or pay with {way}.",
    "prompt_expired": "The request ran out of time. You can send it again.",
    "prompt_not_sent": ("M-PESA could not send the message to your phone. Try again in a minute, or pay with {way}."),
    "cancelled_or_timed_out": "The request was cancelled or ran out of time. You have not paid.",
    "no_answer": (
        "We could not reach your phone, or there was no answer in time. "
        "Check that it is on, has network and is a Safaricom line."
    ),
    "wrong_pin": "The M-PESA PIN was not correct. Try again with care: M-PESA locks after 3 wrong PINs.",
    "shop_setup": "{shop} cannot take M-PESA right now. They have been told. Nothing was taken.",
    "account_not_active": ("This M-PESA account cannot pay right now. Use another number, or call Safaricom on 100."),
    "pin_locked": "The M-PESA PIN is locked. Call Safaricom on 100, or use another number.",
    "phone_not_on_mpesa": "This number is not on M-PESA. Check it, or use another number.",
    "mpesa_unavailable": TEXTS["mpesa_down"],
    "mpesa_declined": "M-PESA did not accept the payment. Try again, or pay with {way}.",
    "not_paid": "M-PESA's records show no payment for this request. You can send it again.",
}
"""One sentence for each failure code of `domain/reasons.py`."""
