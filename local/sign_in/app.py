"""`/sign-in` of the outside world: discovery, "Who are you?", tokens, signing out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from local.daraja_simulator.pages.site import page, site_of, templates_in
from local.sign_in.codes import Asked, Codes, Refused
from local.sign_in.people import PEOPLE, person_of

if TYPE_CHECKING:
    from local.addresses import Addresses

CLIENT_ID = "gateway-console"
TEMPLATES = templates_in(Path(__file__).parent / "templates")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class _Issuer(NamedTuple):
    address: str
    redirect_uri: str
    codes: Codes


ISSUER: web.AppKey[_Issuer] = web.AppKey("sign_in", _Issuer)


def add_routes(app: web.Application, addresses: Addresses, now_s: Callable[[], float]) -> None:
    """Add `/sign-in` and what lies under it. The one client is the gateway's console."""
    issuer = addresses.outside + "/sign-in"
    site_of(app).form_targets.append(addresses.gateway)
    app[ISSUER] = _Issuer(issuer, addresses.gateway + "/console/signed-in", Codes(issuer, now_s))
    app.router.add_get("/sign-in/.well-known/openid-configuration", show_discovery)
    app.router.add_get("/sign-in/authorize", ask_who)
    app.router.add_post("/sign-in/authorize", send_back)
    app.router.add_post("/sign-in/token", give_token)
    app.router.add_get("/sign-in/end", end_session)


async def show_discovery(request: web.Request) -> web.Response:
    """What clients read first (OpenID Connect Discovery 1.0, section 3)."""
    address = request.app[ISSUER].address
    return web.json_response(
        {
            "issuer": address,
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "end_session_endpoint": f"{address}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }
    )


async def ask_who(request: web.Request) -> web.Response:
    """The page "Who are you?". It asks each time, so every sign-in is a fresh one."""
    problem = _problem(request.query, request.app[ISSUER])
    if problem:
        return _refused(request, problem)
    values = {"people": PEOPLE, "asked": list(request.query.items())}
    return page(request, TEMPLATES.get_template("who.html"), values)


async def send_back(request: web.Request) -> web.StreamResponse:
    """Back to the console with a code for the person that was chosen."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    problem = _problem(form, request.app[ISSUER])
    person = person_of(form.get("person", ""))
    if problem or person is None:
        return _refused(request, problem or "Nobody has this account.")
    asked = Asked(*(form[name] for name in Asked._fields))
    back = {"code": request.app[ISSUER].codes.give(asked, person), "state": asked.state}
    raise web.HTTPSeeOther(f"{asked.redirect_uri}?{urlencode(back)}")


async def give_token(request: web.Request) -> web.Response:
    """The ID token for a code (RFC 6749, sections 4.1.3 and 5.2)."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    if form.get("grant_type") != "authorization_code":
        return _oauth_error("unsupported_grant_type", "Only codes are taken.")
    if form.get("client_id") != CLIENT_ID:
        return _oauth_error("invalid_client", "This client is not known.", status=HTTPStatus.UNAUTHORIZED)
    try:
        id_token = request.app[ISSUER].codes.id_token(form)
    except Refused as refused:
        return _oauth_error("invalid_grant", str(refused))
    answer = {"token_type": "Bearer", "expires_in": 3600, "access_token": "opens-nothing", "id_token": id_token}
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


async def end_session(request: web.Request) -> web.Response:
    """Nobody is remembered here, so there is nobody to forget."""
    return page(request, TEMPLATES.get_template("signed_out.html"), {"console": request.app[ISSUER].redirect_uri})


def _problem(given: Mapping[str, str], issuer: _Issuer) -> str:
    """What is wrong with a request; empty: nothing. Nobody is sent to an address that is not the client's own."""
    wanted = {"client_id": CLIENT_ID, "redirect_uri": issuer.redirect_uri, "response_type": "code"}
    for name, value in {**wanted, "code_challenge_method": "S256"}.items():
        if given.get(name) != value:
            return f"{name} must be {value}."
    if "openid" not in given.get("scope", "").split():
        return "scope must have openid in it."
    if not _CHALLENGE.fullmatch(given.get("code_challenge", "")):
        return "code_challenge must be 43 characters of base64url."
    missing = [name for name in ("state", "nonce") if not given.get(name)]
    return f"{missing[0]} is missing." if missing else ""


def _refused(request: web.Request, problem: str) -> web.Response:
    template = TEMPLATES.get_template("refused.html")
    return page(request, template, {"problem": problem}, status=HTTPStatus.BAD_REQUEST)


def _oauth_error(error: str, description: str, *, status: int = HTTPStatus.BAD_REQUEST) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
