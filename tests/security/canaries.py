"""Values that must be found nowhere, and a finder that knows the forms in which they hide."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:[\s\u00a0\u2009\u202f\-\u2010-\u2015.()+_]|\\u00a0)+(?=[0-9])")
_OTHER_DIGITS = str.maketrans({chr(start + digit): str(digit) for start in (0x660, 0x6F0) for digit in range(10)})
_NATIONAL_SIZE = 9
_KEPT_OF_BASE64 = 2
"""Characters at either end of an encoded text that depend on what stands beside it."""


@dataclass(frozen=True)
class Canaries:
    """phones: as 2547…. texts: by what they are. bytes_: keys of ours, by what they are."""

    phones: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict)

    def found_in(self, text: str) -> list[str]:
        """What of it stands in the text, in whatever form: `phone 254711987654 (base64)`."""
        plain = unquote(text)
        plain = plain if plain.isascii() else plain.translate(_OTHER_DIGITS)
        joined = _BETWEEN_DIGITS.sub("", plain)
        found = [f"phone {phone}" for phone in self.phones if phone[-_NATIONAL_SIZE:] in joined]
        both = text if plain == text else f"{text}\0{plain}"
        return found + [what for what, form in self._forms if form in both]

    @property
    def _forms(self) -> list[tuple[str, str]]:
        forms = self.__dict__.get("made")
        if forms is None:
            forms = [*_forms_of_phones(self.phones), *_forms_of_texts(self.texts), *_forms_of_keys(self.keys)]
            self.__dict__["made"] = forms
        return list(forms)


def written(phone: str) -> tuple[str, ...]:
    """The usual ways to write a number."""
    national = phone[-_NATIONAL_SIZE:]
    return phone, f"+{phone}", f"0{national}", national


def _forms_of_phones(phones: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Encoded, and as plain hashes: there are so few numbers that a hash without a key is the number."""
    for phone in phones:
        for one in written(phone):
            yield from _encoded(f"phone {phone}", one.encode())
            for name in ("md5", "sha1", "sha256"):
                digest = hashlib.new(name, one.encode()).digest()
                yield f"phone {phone} ({name})", digest.hex()
                yield f"phone {phone} ({name}, base64)", base64.b64encode(digest).decode().rstrip("=")


def _forms_of_texts(texts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for what, text in texts.items():
        yield what, text
        yield f"{what} (percent-encoded)", quote(text, safe="")
        yield f"{what} (JSON)", json.dumps(text)[1:-1]
        yield from _encoded(what, text.encode())


def _forms_of_keys(keys: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    for what, key in keys.items():
        yield what, key.decode("latin-1")
        yield f"{what} (hex)", key.hex()
        yield from _encoded(what, key)


def _encoded(what: str, raw: bytes) -> Iterable[tuple[str, str]]:
    """Base64 wherever the value begins in the text around it; hexadecimal."""
    yield f"{what} (hex)", raw.hex()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * before + raw).decode().rstrip("=")
            kept = encoded[-(-before * 4 // 3) :]
            kept = kept[: len(kept) - (len(kept) and _KEPT_OF_BASE64 - 1)]
            yield f"{what} (base64)", kept[1:] if before else kept
