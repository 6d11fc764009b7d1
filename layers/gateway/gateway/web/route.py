"""A route as data: what calls it, with which credential, what it takes and answers. All of them: `routes.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.staff import Right


class Credential(StrEnum):
    """What a caller must show."""

    NONE = "none"
    SECRET_KEY = "secret_key"  # noqa: S105 names a kind of credential
    CLIENT_TOKEN = "client_token"  # noqa: S105 names a kind of credential
    """Or, where a form of the hosted page calls, its form token in `X-Form-Token`."""
    PUBLISHABLE_KEY = "publishable_key"
    """Or, where the page of a payment link calls, the token of its form in `X-Form-Token`."""
    PAGE_CODE = "page_code"
    SESSION = "session"
    """Of a person who signed in to the console; the route says which right it takes."""
    CALLBACK_TAG = "callback_tag"


class Api(StrEnum):
    """Which of the two HTTP APIs of the template."""

    SHOP = "shop"
    CALLBACK = "callback"


class Media(StrEnum):
    """What a route's good answers carry."""

    JSON = "application/json"
    HTML = "text/html"
    SCRIPT = "text/javascript"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter. pattern: a regular expression for the whole value; empty: any text.

    format: of JSON Schema, where that says more than the pattern. form: the pattern in words, for who sent something
    else; a day and a choice of words need none.
    """

    name: str
    meaning: str
    pattern: str = ""
    required: bool = False
    format: str = ""
    form: str = ""


DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

LIMIT = Parameter(
    "limit", "How many at most, 1 to 100; 25 when absent.", "[1-9][0-9]?|100", form="a number of 1 to 100"
)
CURSOR = Parameter("cursor", "next_cursor of the page before.")
LANG = Parameter("lang", "Language of the texts.", "en|sw")
"""What many routes take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row. body, answer: names of models in `requests.py` and `models.py`. statuses: of good answers.

    errors: codes beside those that follow from credential, body and storage. needs_key: an Idempotency-Key is
    required. right: what a person in the console must have.
    """

    method: str
    path: str
    function: str
    credential: Credential
    summary: str
    scope: str | None = None
    body: str | None = None
    answer: str | None = None
    statuses: tuple[int, ...] = (200,)
    errors: tuple[str, ...] = ()
    query: tuple[Parameter, ...] = ()
    needs_key: bool = False
    has_etag: bool = False
    media: Media = Media.JSON
    api: Api = Api.SHOP
    right: Right | None = None
    tag: str = field(default="payments")

    @property
    def key(self) -> str:
        """As API Gateway names it: `GET /v1/payments`."""
        return f"{self.method} {self.path}"

    @property
    def is_browser_route(self) -> bool:
        """Whether it answers to browsers of other origins."""
        return self.path.startswith("/v1/checkout/")

    @property
    def is_of_console(self) -> bool:
        """Whether it is a page for the shop's staff, and no part of the API."""
        return self.path.partition("/")[2].partition("/")[0] == "console"
