"""Our own pages about the API: routes and errors, from the same tables as the OpenAPI. No script, nothing external."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from gateway.web.errors import ERRORS, ErrorKind
from gateway.web.routes import ROUTES, Api, Credential, Route
from gateway.web.wording_of_health import RUNBOOK

STYLE = """
:root{color-scheme:light dark;--bg:#f5f3ee;--surface:#fff;--text:#1a1c20;--text-2:#57554d;--line:#dedad1;
--action:#1f3a93}
@media (prefers-color-scheme:dark){:root{--bg:#131419;--surface:#1c1e25;--text:#f3f1ea;--text-2:#b9b5aa;--line:#363944;
--action:#a9bcff}}
body{margin:0;background:var(--bg);color:var(--text);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:72rem;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.5rem}h2{font-size:1.0625rem;margin:32px 0 8px}
a{color:var(--action)}p{max-width:44rem}
.wide{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}th{color:var(--text-2);font-weight:600}
code{font-family:ui-monospace,"SF Mono","Roboto Mono",Consolas,monospace;font-size:.8125rem;white-space:nowrap}
tr:target{outline:2px solid var(--action);outline-offset:-2px}
"""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}
"""What each of these pages carries. There is no script on them, so inline style harms nobody."""

_CREDENTIALS = {
    Credential.NONE: "none",
    Credential.SECRET_KEY: "secret key",
    Credential.CLIENT_TOKEN: "client token",
    Credential.PUBLISHABLE_KEY: "publishable key",
    Credential.PAGE_CODE: "code in the address",
}

_RUNBOOK = tuple((name, sign[0], remedy[0]) for name, (sign, remedy) in RUNBOOK.items())


def page(name: str) -> str | None:
    """A page as HTML by its name; empty: the first one. None: there is no such page."""
    maker = _PAGES.get(name)
    return maker() if maker else None


def _routes_page() -> str:
    tables = [
        f"<h2>{escape(tag.capitalize())}</h2>{_table(('Route', 'Credential', 'Scope', 'What it does'), rows)}"
        for tag, rows in _rows_by_tag().items()
    ]
    text = (
        "<p>JSON, UTF-8, whole shillings, times in UTC. The same as data: "
        '<a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). Every <a href="/docs/errors">error</a> has a code '
        "that never changes. 2xx: stored, look at <code>status</code>. 4xx: nothing was stored or sent. 5xx or no "
        "answer: repeat the same request with the same key.</p>"
    )
    return _html("API of the M-Pesa payment gateway", text + "".join(tables))


def _rows_by_tag() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for route in ROUTES:
        if route.api is Api.SHOP and not route.is_of_console:
            rows.setdefault(route.tag, []).append(_route_row(route))
    return rows


def _route_row(route: Route) -> str:
    scope = f"<code>{escape(route.scope)}</code>" if route.scope else ""
    cells = (f"<code>{escape(route.key)}</code>", _CREDENTIALS[route.credential], scope, escape(route.summary) + ".")
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _errors_page() -> str:
    rows = [_error_row(kind) for kind in sorted(ERRORS.values(), key=lambda kind: (kind.status, kind.code))]
    text = (
        "<p>Errors are <code>application/problem+json</code> (RFC 9457). <code>detail</code> says what is wrong, "
        "<code>param</code> where, <code>errors</code> all of it. <code>retryable</code>: the same request may succeed "
        "later.</p>"
    )
    return _html("Errors", text + _table(("Code", "Status", "Means", "Do"), rows))


def _error_row(kind: ErrorKind) -> str:
    cells = (f"<code>{kind.code}</code>", str(kind.status), escape(kind.title) + ".", escape(kind.remedy))
    return f'<tr id="{kind.code}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _health_page() -> str:
    rows = [
        f'<tr id="{name}"><td><code>{name}</code></td><td>{escape(sign)}.</td><td>{escape(remedy)}</td></tr>'
        for name, sign, remedy in _RUNBOOK
    ]
    return _html("Health", _table(("Part", "Sign", "Do"), rows))


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style>'
        f'<main><p><a href="/docs">API</a> · <a href="/docs/errors">Errors</a> · <a href="/docs/health">Health</a></p>'
        f"<h1>{escape(title)}</h1>{body}</main></html>"
    )


_PAGES: dict[str, Callable[[], str]] = {"": _routes_page, "errors": _errors_page, "health": _health_page}
