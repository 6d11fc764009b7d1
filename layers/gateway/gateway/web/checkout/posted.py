"""What forms of the payer's page post, and whether a page of ours sent it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from gateway.settings import SettingMissing, Settings
from gateway.web.http import Request

FORM_BYTES_MAX = 4096
FIELDS_MAX = 10


def form_fields(body: bytes) -> dict[str, str]:
    """The form's fields; none where it is no form of ours."""
    if len(body) > FORM_BYTES_MAX:
        return {}
    try:
        values = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    return {name: found[0] for name, found in values.items()}


def came_from_a_page(request: Request, hosts: Collection[str | None]) -> bool:
    """Whether a browser sent this from a page of ours. The form's token is what proves it; this is the second lock.

    Our pages send no referrer, and with it browsers write `null` as Origin even to ourselves; then Sec-Fetch-Site
    tells.
    """
    origin = request.header("origin")
    if origin is None or origin == "null":
        return request.header("sec-fetch-site") in (None, "none", "same-origin")
    return urlsplit(origin).netloc in hosts


def our_hosts(request: Request, settings: Settings) -> tuple[str | None, str | None]:
    """Names under which browsers know our pages: as called, and as the settings say."""
    return request.header("host"), _public_host(settings)


def _public_host(settings: Settings) -> str | None:
    """The host of our public address, which a distribution in front of the API does not hand on."""
    try:
        return urlsplit(settings.text("SHOP_BASE_URL")).netloc
    except SettingMissing:
        return None
