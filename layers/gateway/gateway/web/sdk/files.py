"""The files under `/sdk/`: made ready once per process, compressed, and named by version.

`/sdk/1/…` is the newest of the first line, kept by browsers for minutes. `/sdk/1.0.0/…` never changes, so it is kept
for ever and can be pinned by its hash. The style is not pinned: it belongs to the screens that the gateway sends.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from gateway.web.checkout import assets
from gateway.web.errors import ApiError
from gateway.web.http import Answer
from gateway.web.serving import Scene

VERSION: Final = "1.0.0"
"""Of the two scripts. Their bytes decide: the hashes that `integrity.json` records of a version never change.

To change a script: put what `/sdk/1/` serves of it now under `older/<version>/`, raise this, record the new hashes.
"""

LINE: Final = VERSION.partition(".")[0]
SCRIPT: Final = "mpesa-checkout.js"
CLIENT: Final = "client.js"
STYLE: Final = "mpesa-checkout.css"

FOR_MINUTES: Final = "public, max-age=300, stale-while-revalidate=86400"
FOR_EVER: Final = "public, max-age=31536000, immutable"

_HERE: Final = Path(__file__).parent
_IMPORT: Final = 'import { watchPayment } from "./client.js";'
_MEDIA: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent. integrity: for the attribute of that name."""

    text: str
    packed: bytes
    integrity: str
    media: str

    @property
    def etag(self) -> str:
        """Its content's name."""
        return f'"{self.integrity[7:23]}"'


def get_file(scene: Scene) -> Answer:
    """`GET /sdk/{version}/{file}`. Any origin may read it: it holds no secret, and modules are fetched with CORS."""
    version, name = (scene.request.path_parameters.get(part, "") for part in ("version", "file"))
    found = file_of(version, name)
    if found is None:
        raise ApiError("not_found", f"There is no such file; try /sdk/{LINE}/{SCRIPT}.")
    headers = {
        "Content-Type": found.media,
        "Cache-Control": FOR_MINUTES if version == LINE else FOR_EVER,
        "ETag": found.etag,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    if scene.request.header("if-none-match") == found.etag:
        return Answer(status=304, headers=headers)
    if "gzip" not in (scene.request.header("accept-encoding") or ""):
        return Answer(status=200, body=found.text, headers=headers)
    return Answer(status=200, body=found.packed, headers={**headers, "Content-Encoding": "gzip"})


def file_of(version: str, name: str) -> File | None:
    """The file of a version: the newest of the line, this one, or an older one that somebody may have pinned."""
    if version == LINE or (version == VERSION and name != STYLE):
        return file_named(name)
    return _older(version, name) if name in recorded().get(version, {}) else None


@cache
def recorded() -> dict[str, dict[str, str]]:
    """Version → file → hash, of all that were ever served."""
    known: dict[str, dict[str, str]] = json.loads(_read("integrity.json"))
    return known


@cache
def _older(version: str, name: str) -> File:
    return _made(_read(f"older/{version}/{name}"), name)


@cache
def file_named(name: str) -> File | None:
    """The file with this name; None: there is none."""
    maker = {SCRIPT: component, CLIENT: client, STYLE: style}.get(name)
    if maker is None:
        return None
    return _made(maker(), name)


def _made(text: str, name: str) -> File:
    content = text.encode()
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
    return File(text, gzip.compress(content, mtime=0), integrity, _MEDIA[Path(name).suffix])


def client() -> str:
    """The client without a face."""
    return _bare("client.js")


def component() -> str:
    """The component with its client inside, so that one address and one hash are all of it."""
    inner = client().replace("export function", "function")
    return _bare(SCRIPT).replace(_IMPORT, inner)


def style() -> str:
    """The page's own style, made to live inside a shop's page, and what only the component needs.

    Colours and sizes hang on the panel and not on the document; six variables of the shop's reach in.
    """
    source = assets.written_style() + _read("component.css")
    sizes = {**assets.SIZES, "sans": f"var(--mpesa-font,{assets.SIZES['sans']})", "r2": "var(--mpesa-radius,8px)"}
    source = _USE.sub(lambda use: sizes.get(use[1], use[0]), source)
    source = re.sub(r"@media print\{.*?\n\}", "", source, flags=re.DOTALL)
    source = re.sub(r"@media \(prefers-color-scheme:dark\)\{:root(\{.*?\})\}", r".dark\1", source, flags=re.DOTALL)
    source = re.sub(r"^html\{[^}]*\}$", "", source, flags=re.MULTILINE)
    source = source.replace(":root{", ".panel{").replace("body{margin:0;", ".panel{")
    source = re.sub(r"\bh1\b", ".h1", source)
    source = re.sub(r"(?<!--rem:)(?<![\d.])([\d.]+)rem\b", lambda size: f"calc({size[1]} * var(--rem))", source)
    source = "".join(line.strip() for line in source.splitlines())
    source = _PRESSED.sub(r"--action-press:var(--mpesa-action,\1)", source)
    return _OFFERED.sub(lambda found: f"--{found[1]}:var(--mpesa-{found[1]},{found[2]})", source)


_USE: Final = re.compile(r"var\(--([a-z0-9-]+)\)")
_PRESSED: Final = re.compile(r"--action-press:(#[0-9a-f]{3,6})")
"""A button of the shop's colour keeps it when it is pressed; it is darkened in `component.css`."""

_OFFERED: Final = re.compile(r"--(action|on-action|text|surface):(#[0-9a-f]{3,6})")
"""Colours that a shop may choose. Those of the plates are ours: they tell, and do not decorate."""


def _bare(name: str) -> str:
    """The script without comments and indentation."""
    lines = (line.strip() for line in _read(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
