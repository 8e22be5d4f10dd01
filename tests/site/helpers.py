"""A browser without JavaScript, as far as the tests need one."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from bot.gateway.web import WebAnswerer


@dataclass
class Bubble:
    kind: str
    number: int
    text: str = ""
    buttons: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Reads the bubbles and hidden fields of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bubbles: list[Bubble] = []
        self.fields: dict[str, str] = {}
        self.inside_words = self._inside_template = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        classes = found.get("class", "").split()
        self._inside_template = self._inside_template or tag == "template"
        if self._inside_template:
            return
        if tag == "div" and "bubble" in classes:
            self.bubbles.append(Bubble(classes[1], int(found["data-number"])))
        elif tag == "p" and "words" in classes:
            self.inside_words = bool(self.bubbles)
        elif tag == "a" and self.inside_words:
            self.bubbles[-1].links.append(found["href"])
        elif tag == "button" and found.get("form") == "say":
            self.bubbles[-1].buttons.append(found["value"])
        elif tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.inside_words = False
        elif tag == "template":
            self._inside_template = False

    def handle_data(self, data: str) -> None:
        if self.inside_words:
            self.bubbles[-1].text += data


def parsed(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    return page


class Browser(httpx.AsyncClient):
    """Opens the page, fills its form and follows where it leads."""

    def __init__(self, base: str) -> None:
        super().__init__(base_url=base, timeout=30, trust_env=False, follow_redirects=True)
        self.page = _Page()
        self.shown: httpx.Response | None = None

    async def open(self, path: str = "/") -> httpx.Response:
        return self._show(await self.get(path))

    async def say(self, text: str, **changes: Any) -> httpx.Response:
        return await self.submit(text=text, **changes)

    async def press(self, word: str) -> httpx.Response:
        return await self.submit(text="", word=word)

    async def submit(self, **fields: str) -> httpx.Response:
        return self._show(await self.post("/send/", data={**self.page.fields, **fields}))

    async def in_place(self, text: str, **changes: Any) -> httpx.Response:
        """Say something as htmx does."""
        return await self.post("/send/", data={**self.page.fields, "text": text, **changes}, headers=HTMX)

    async def news(self, after: int | str, visit: str | None = None) -> httpx.Response:
        query = {"after": str(after), "visit": self.page.fields.get("visit", "") if visit is None else visit}
        return await self.get("/news/", params=query, headers=HTMX)

    def _show(self, response: httpx.Response) -> httpx.Response:
        self.shown = response
        self.page = parsed(response.text)
        return response

    @property
    def texts(self) -> list[str]:
        return [bubble.text for bubble in self.page.bubbles]


HTMX = {"HX-Request": "true"}


@dataclass
class Site:
    base: str
    answerer: WebAnswerer
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.base))
        return self.browsers[-1]


def visible_text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))
