"""Pages as people with different screens, languages and eyes have them before them, and what is wrong with them then.

A look keeps one page for all that is seen in it: a new profile of a browser costs more than what is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RULES = """async () => (await axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a",
"wcag21aa", "wcag22aa", "best-practice"]})).violations.map(one => one.id + ": " +
one.nodes.map(node => node.html.slice(0, 120)).join(" | "))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults_of(page: Page) -> list[str]:
    """What axe finds on the page of a look that is open, and by how much it scrolls sideways."""
    found: list[str] = page.evaluate(RULES)
    wider = page.evaluate(WIDER)
    return found + [f"scrolls by {wider}"] * (wider > 0)


@dataclass
class Looks:
    """Open pages of a browser, by look."""

    browser: Browser
    pages: dict[tuple[object, ...], Page] = field(default_factory=dict)

    def page(self, scheme: Any, width: int, language: str = "en-KE", **more: Any) -> Page:
        """The page of this look, the same one each time, without the cookies of who looked before.

        scheme: light or dark. width: in pixels. more: further options of a browser's context.
        """
        key = (scheme, width, language, *sorted(more.items()))
        if key not in self.pages:
            context = self.browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 760}, locale=language, **more
            )
            context.add_init_script(AXE)  # given to the browser once: it is half a megabyte
            self.pages[key] = context.new_page()
        self.pages[key].context.clear_cookies()
        return self.pages[key]

    def close(self) -> None:
        """All of them."""
        for page in self.pages.values():
            page.context.close()


@contextmanager
def complaints(page: Page) -> Iterator[list[str]]:
    """What the page complains of meanwhile: its own policy broken, an error that nobody caught."""
    heard: list[str] = []

    def hear_line(line: Any) -> None:
        heard.extend([line.text] * ("Policy" in line.text))

    def hear_error(error: Any) -> None:
        heard.append(str(error))

    page.on("console", hear_line)
    page.on("pageerror", hear_error)
    yield heard
    page.remove_listener("console", hear_line)
    page.remove_listener("pageerror", hear_error)
