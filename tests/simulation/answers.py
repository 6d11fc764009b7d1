"""What Safaricom's servers answer over HTTP, byte for byte, and what our own client makes of it.

Bodies are those of Safaricom's documents and of dumps that others published.
"""

from __future__ import annotations

import json

from daraja.answers import PushAccepted, QueryAnswer, Token
from daraja.errors import DarajaError
from daraja.refusals import HttpAnswer, judge_push, judge_query, judge_token
from gateway.ports import FreshToken, PushAnswer, QueryReply

HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
PAGE = b"<html><head><title>Request Rejected</title></head><body>Incapsula incident ID: 1-2</body></html>"


def _refusal(status: int, code: str, text: str) -> HttpAnswer:
    told = {"requestId": "16813-15-1", "errorCode": code, "errorMessage": text}
    return HttpAnswer(status, JSON, json.dumps(told).encode())


def _fault(status: int, text: str, code: str) -> HttpAnswer:
    told = {"fault": {"faultstring": text, "detail": {"errorcode": code}}}
    return HttpAnswer(status, JSON, json.dumps(told).encode())


FIREWALL = HttpAnswer(403, HTML, PAGE)
BUSY_PAGE = HttpAnswer(503, HTML, b"<html><body>503 Service Unavailable</body></html>")
SPIKE_ARREST = _fault(
    500,
    "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, periodInMicroseconds=1000000}",
    "policies.ratelimit.SpikeArrestViolation",
)
DEAD_TOKEN = _refusal(404, "404.001.03", "Invalid Access Token")
TOO_MANY = HttpAnswer(429, JSON, b"")
UNHEARD_OF = _refusal(500, "500.001.1001", "[MpesaCB - ]something that nobody has seen yet")
NOT_KNOWN = _refusal(500, "500.001.1001", "The transaction does not Exist")
PROCESSING = _refusal(500, "500.001.1001", "The transaction is being processed")

REFUSALS = (
    _refusal(400, "400.002.02", "Bad Request - Invalid PhoneNumber"),
    _refusal(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"),
    _refusal(500, "500.001.1001", "Merchant does not exist"),
    _refusal(400, "400.002.02", "Bad Request - Invalid Amount"),
)
OAUTH_REFUSALS = (HttpAnswer(400, {}, b""), FIREWALL, HttpAnswer(500, HTML, b"<html>Internal Server Error</html>"))
WRONG_CLASSES = (400, 404, 500, 503)
"""HTTP statuses with which a query's proper answer comes now and then."""


def push_taken(checkout_request_id: str, merchant_request_id: str) -> PushAnswer:
    """Safaricom took the prompt."""
    told = {
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }
    judged = judge_push(HttpAnswer(200, JSON, json.dumps(told).encode()))
    assert isinstance(judged, PushAccepted), judged
    return PushAnswer(judged.checkout_request_id, judged.merchant_request_id or "")


def push_not_taken(answer: HttpAnswer) -> DarajaError:
    """What the client raises for an answer that takes no prompt."""
    judged = judge_push(answer)
    assert isinstance(judged, DarajaError), judged
    return judged


def query_answer(answer: HttpAnswer) -> QueryReply | DarajaError:
    """What the client makes of an answer to a query; an error is to be raised."""
    judged = judge_query(answer)
    if not isinstance(judged, QueryAnswer):
        return judged
    code = judged.code if str(judged.state) == "answered" else None
    return QueryReply(str(judged.state), code, judged.text)


def query_told(checkout_request_id: str, merchant_request_id: str, code: str, status: int = 200) -> HttpAnswer:
    """A query's proper answer: the prompt ended with this code, or 4999."""
    told = {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResultCode": code,
        "ResultDesc": "as documented",
    }
    return HttpAnswer(status, JSON, json.dumps(told).encode())


def token_given(value: str, seconds: int) -> FreshToken:
    """A token, as OAuth hands it out."""
    body = json.dumps({"access_token": value, "expires_in": str(seconds)}).encode()
    judged = judge_token(HttpAnswer(200, JSON, body))
    assert isinstance(judged, Token), judged
    return FreshToken(judged.value, judged.expires_in_s)


def token_refused(answer: HttpAnswer) -> DarajaError:
    """What the client raises when OAuth hands out none."""
    judged = judge_token(answer)
    assert isinstance(judged, DarajaError), judged
    return judged
