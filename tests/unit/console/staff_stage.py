"""A gateway with staff in memory, and browsers that sign in through the very pages: cookies, forms, the issuer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from gateway.domain.staff import Member, Role
from tests.memory_staff import CLIENT_ID, ISSUER
from tests.memory_store import START_MS
from tests.unit.web.shop import ENVIRONMENT, HOST, Answered, Gateway, HandlerWorld

SHOP = "shop"
PEOPLE = {
    "wanjiku": Role.CASHIER,
    "otieno": Role.ACCOUNTANT,
    "achieng": Role.ACCOUNTANT,
    "kiprono": Role.OPERATOR,
    "njeri": Role.ADMIN,
    "mutua": Role.ADMIN,
}
OF_ROLE = {Role.CASHIER: "wanjiku", Role.ACCOUNTANT: "otieno", Role.OPERATOR: "kiprono", Role.ADMIN: "njeri"}
ORIGIN = f"http://{HOST}"
CONSOLE_ENVIRONMENT = {**ENVIRONMENT, "OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": CLIENT_ID, "CHECKS_QUEUE_URL": "checks"}


def email_of(name: str) -> str:
    """The person's address."""
    return f"{name}@shop.example"


def member(name: str, *roles: Role, owner: str = SHOP, **changes: Any) -> Member:
    """Somebody who was invited and has not signed in."""
    values: dict[str, Any] = {
        "owner": owner,
        "email": email_of(name),
        "name": name.capitalize(),
        "roles": frozenset(roles),
        "added_by": "command",
        "added_at_ms": START_MS,
    }
    return Member(**(values | changes))


def claims_of(name: str, nonce: str, now_ms: int, /, **changes: Any) -> dict[str, Any]:
    """What the issuer says of a person who signed in this moment."""
    now_s = now_ms // 1000
    claims = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": f"subject-{name}",
        "iat": now_s,
        "exp": now_s + 3600,
        "auth_time": now_s,
        "nonce": nonce,
        "email": email_of(name),
        "email_verified": True,
        "name": name.capitalize(),
    }
    return {key: value for key, value in (claims | changes).items() if value is not None}


@dataclass
class Console:
    """The shop's console. The staff of PEOPLE is invited."""

    gateway: Gateway = field(default_factory=lambda: Gateway(environment=dict(CONSOLE_ENVIRONMENT)))
    codes: int = 0

    def __post_init__(self) -> None:
        """Invite everybody."""
        for name, role in PEOPLE.items():
            self.invite(member(name, role))

    @property
    def world(self) -> HandlerWorld:
        """The world behind the pages."""
        return self.gateway.world

    @property
    def now_ms(self) -> int:
        """The clock."""
        return self.world.ambient.at_ms

    def later(self, minutes: float) -> None:
        """The clock goes on."""
        self.world.ambient.at_ms += round(minutes * 60_000)

    def invite(self, one: Member) -> None:
        """Put a member there."""
        self.world.staff.members[one.owner, one.email] = one

    def browser(self, name: str | None = None) -> Browser:
        """A fresh browser; signed in as this person."""
        browser = Browser(self)
        if name is not None:
            assert browser.sign_in(name).status == 303
        return browser


@dataclass
class Browser:
    """Keeps cookies as a browser does, and sends the forms of pages."""

    console: Console
    cookies: dict[str, str] = field(default_factory=dict)
    at: Answered | None = None

    def get(self, path: str, **headers: str) -> Answered:
        """Open a page; redirects are not followed."""
        return self._called("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answered:
        """Send a form as it stands, with our origin and no token but a given one."""
        body = urlencode(fields or {}).encode()
        return self._called("POST", path, body, {"origin": ORIGIN, **headers})

    def send(self, path: str, **fields: str) -> Answered:
        """Send a form of a page of this sign-in."""
        return self.post(path, {"token": self.token(), **fields})

    def upload(self, path: str, content: bytes) -> Answered:
        """Send a form with a file in it, of a page of this sign-in, as browsers do."""
        boundary = "----WebKitFormBoundaryxYz"
        part = f"--{boundary}\r\nContent-Disposition: form-data; name="
        token = f'{part}"token"\r\n\r\n{self.token()}\r\n'
        head = f'{part}"file"; filename="statement.csv"\r\nContent-Type: text/csv\r\n\r\n'
        body = token.encode() + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
        return self._called("POST", path, body, {"origin": ORIGIN, **kind})

    def token(self) -> str:
        """The token that the forms of this sign-in carry."""
        return str(hidden(self.get("/console"))["token"])

    def start_sign_in(self, query: str = "") -> dict[str, str]:
        """Leave for the issuer; what the address there asks for."""
        left = self.get(f"/console/sign-in{query}")
        return {name: values[0] for name, values in parse_qs(urlsplit(left.headers["Location"]).query).items()}

    def come_back(self, name: str, asked: dict[str, str], /, *, state: str | None = None, **changes: Any) -> Answered:
        """The issuer sends the browser back as this person. changes: of the claims; None leaves one out."""
        self.console.codes += 1
        code = f"code-{self.console.codes}"
        issuer = self.console.world.identity
        issuer.claims[code] = claims_of(name, asked["nonce"], self.console.now_ms, **changes)
        issuer.challenges[code] = asked["code_challenge"]
        return self.back(code, asked["state"] if state is None else state)

    def back(self, code: str, state: str) -> Answered:
        """Open the address that the issuer sends people back to."""
        return self.get(f"/console/signed-in?{urlencode({'code': code, 'state': state})}")

    def sign_in(self, name: str, query: str = "", /, **changes: Any) -> Answered:
        """The whole way."""
        return self.come_back(name, self.start_sign_in(query), **changes)

    def _called(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answered:
        sent = {
            "host": HOST,
            "x-forwarded-proto": "http",
            **{key.replace("_", "-"): one for key, one in headers.items()},
        }
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.console.gateway.call(method, path, body, secret=None, headers=sent)
        for line in answer.cookies:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            self.cookies = {key: one for key, one in self.cookies.items() if key != name} | (
                {name: value} if value else {}
            )
        self.at = answer
        return answer


def hidden(answer: Answered) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.body)
    return {name: unescape(value) for name, value in found}


def words(answer: Answered) -> str:
    """What a person reads of a page."""
    body = re.sub(r"<(style|script)>.*?</\1>", " ", answer.body, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\N{NO-BREAK SPACE}", " ").split())
