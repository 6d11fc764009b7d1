"""Routes of reconciliation: compare a day with M-Pesa's list, read what came of it, settle and close it."""

from __future__ import annotations

from gateway.web.route import Credential, Parameter, Route

READ, RUN, CLOSE = "reconciliation:read", "reconciliation:run", "reconciliation:close"
TAG = "reconciliation"

_SHORTCODE = Parameter(
    "shortcode",
    "Paybill, till or store number; the first of the settings when absent.",
    "[0-9]{5,7}",
    form="a number of 5 to 7 digits, like 174379",
)
_MONTH = Parameter(
    "month",
    "A month in Nairobi like 2026-03; where it is absent, the current one.",
    "20[0-9]{2}-(0[1-9]|1[0-2])",
    form="a month like 2026-03",
)
_UNFIT = ("shortcode_unknown", "field_invalid", "unknown_field", "field_missing")

RECONCILIATION_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/reconciliation/runs",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=RUN,
        body="RunRequest",
        answer="ReconciliationDay",
        statuses=(202,),
        errors=("shortcode_unknown", "pull_not_registered", "day_too_big", "day_closed"),
        tag=TAG,
        summary="Compare a day with M-PESA's list now; equal runs change nothing",
    ),
    Route(
        method="GET",
        path="/v1/reconciliation/days",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=READ,
        answer="ReconciliationDayList",
        errors=("shortcode_unknown", "field_invalid", "unknown_field"),
        query=(_MONTH, _SHORTCODE),
        tag=TAG,
        summary="The days of a month up to today, each with how it stands",
    ),
    Route(
        method="GET",
        path="/v1/reconciliation/days/{day}",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=READ,
        answer="ReconciliationDay",
        errors=("shortcode_unknown", "field_invalid", "unknown_field"),
        query=(_SHORTCODE,),
        tag=TAG,
        summary="A compared day with its differences; with .csv behind the day, as a file for a spreadsheet",
    ),
    Route(
        method="POST",
        path="/v1/reconciliation/days/{day}/lines/{n}/resolve",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=CLOSE,
        body="ResolveRequest",
        answer="ReconciliationDay",
        errors=(*_UNFIT, "day_closed", "line_changed", "day_not_ready"),
        query=(_SHORTCODE,),
        tag=TAG,
        summary="Say how a difference is explained; the note stays with the line as long as it reads the same",
    ),
    Route(
        method="POST",
        path="/v1/reconciliation/days/{day}/close",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=CLOSE,
        body="CloseRequest",
        answer="ReconciliationDay",
        errors=(*_UNFIT, "day_not_ready", "day_too_big", "version_conflict"),
        query=(_SHORTCODE,),
        tag=TAG,
        summary="Close a day of which nothing is left to look at: its sums stay, whatever comes later",
    ),
    Route(
        method="POST",
        path="/v1/reconciliation/days/{day}/reopen",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=CLOSE,
        body="ReopenRequest",
        answer="ReconciliationDay",
        errors=(*_UNFIT, "day_not_ready"),
        query=(_SHORTCODE,),
        tag=TAG,
        summary="Open a closed day again, with the reason, which its history keeps",
    ),
    Route(
        method="POST",
        path="/v1/reconciliation/statements",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=RUN,
        answer="Statement",
        statuses=(201,),
        tag=TAG,
        summary="Send a statement: the answer says where to PUT the portal's CSV file",
    ),
    Route(
        method="POST",
        path="/v1/reconciliation/statements/{statement}/read",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=RUN,
        answer="Statement",
        statuses=(200, 202),
        errors=("statement_not_sent", "statement_unreadable", "body_too_large"),
        tag=TAG,
        summary="Take in the statement that was put there; 202: a part of it, repeat. May be repeated at any time",
    ),
    Route(
        method="GET",
        path="/v1/reconciliation/statements/{statement}",
        function="reconciliation",
        credential=Credential.SECRET_KEY,
        scope=READ,
        answer="Statement",
        tag=TAG,
        summary="What became of a statement: rows, refused ones with line and why, the time that it covers",
    ),
)
