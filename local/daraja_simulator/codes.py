"""Safaricom's codes and texts, written from Safaricom's documents and from what others saw on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STK_RESULT_TEXTS: Mapping[str, str] = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "17": "Rule limited.",
    "26": "System busy / traffic blocking",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
    "1019": "Transaction has expired.",
    "1025": "An error occurred while sending a push request.",
    "1032": "Request cancelled by user.",
    "1036": "SMSC ACK timeout.",
    "1037": "DS timeout user cannot be reached.",
    "2001": "The initiator information is invalid.",
    "2006": "Declined due to account rule: The account status does not allow this transaction.",
    "2028": "The request is not permitted according to product assignment.",
    "4999": "The transaction is still under processing",
    "8006": "The security credential is locked.",
    "9999": "Error while sending push",
    "SFC_IC0003": "The operator does not exist.",
}

UNLISTED_RESULT_TEXT = "The transaction could not be completed."
UNLISTED_RESULT_CODE = "7777"
"""What the fault `unknown_code` says: on no list."""

INVALID_TOKEN = "Invalid Access Token"  # noqa: S105 (a text, not a secret)
"""Text of 404.001.03 (STK) and 400.003.01 (C2B)."""

FORBIDDEN_URL_WORDS = ("m-pesa", "mpesa", "safaricom", "exec", "exe", "cmd", "sql", "query")
"""No registered C2B URL may contain them, in any case."""

PLACEHOLDER_HOSTS = frozenset({"example.com", "www.example.com", "yourdomain.com", "mydomain.com"})
"""Hosts of copied samples, refused as CallBackURL."""

VALIDATION_REJECTIONS: Mapping[str, str] = {
    "C2B00011": "Invalid MSISDN",
    "C2B00012": "Invalid Account Number",
    "C2B00013": "Invalid Amount",
    "C2B00014": "Invalid KYC Details",
    "C2B00015": "Invalid Shortcode",
    "C2B00016": "Other Error",
}


def result_text(code: str) -> str:
    """Safaricom's text for an STK result, or a plain one for a code on no list."""
    return STK_RESULT_TEXTS.get(code, UNLISTED_RESULT_TEXT)


COMMAND_RESULT_TEXTS: Mapping[str, str] = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "5": "Declined due to limit rule: less than the minimum balance.",
    "6": "Unresolved primary party.",
    "7": "Unresolved receiver party.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "11": "The DebitParty is in an invalid state.",
    "15": "Duplicate Detected.",
    "17": "System internal error.",
    "18": "Initiator credential check failed.",
    "20": "Unresolved initiator.",
    "21": "Initiator to primary party permission failure.",
    "22": "Initiator is not in active state.",
    "25": "The format of parameter null is invalid.",
    "26": "System busy. The service request is rejected.",
    "2001": "The initiator information is invalid.",
    "2006": "Declined due to account rule: The account status does not allow this transaction.",
    "2028": "The request is not permitted according to product assignment.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    "8006": "The security credential is locked.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
    "SFC_IC0003": "The operator does not exist.",
    "TP40153": "The operator has no permission.",
}
"""Of payouts, reversals, status and balance."""


def command_result_text(code: str) -> str:
    """Safaricom's text for the result of an initiator's command, or a plain one for a code on no list."""
    return COMMAND_RESULT_TEXTS.get(code, UNLISTED_RESULT_TEXT)


USSD_PUSH_TEXTS: Mapping[str, str] = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "4001": "User cancelled transaction",
    "4102": "Merchant KYC Fail",
    "4104": "Missing Nominated Number",
    "4201": "USSD Network Error",
    "4203": "USSD Exception Error",
}
STANDING_ORDER_TEXTS: Mapping[str, str] = {
    "1050": "The customer already has a standing order with the same name.",
    "1051": "Bad request. The request has an invalid field.",
}


def ussd_push_text(code: str) -> str:
    """Safaricom's text of B2B Express."""
    return USSD_PUSH_TEXTS.get(code, UNLISTED_RESULT_TEXT)
