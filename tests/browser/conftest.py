"""A real browser at the width of a phone. Without any browser the tests are skipped; with CI=true they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from tests.site.conftest import rasa, site
from tests.site.helpers import Site

__all__ = ["rasa", "site"]

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}
VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP violated: " + event.violatedDirective + " " + event.blockedURI);
});"""


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    found = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else shutil.which("chromium")
    async with async_playwright() as playwright:
        try:
            # Its back button keeps pages alive, as a real one does: what is erased must not come back that way either.
            browser = await playwright.chromium.launch(
                executable_path=found, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
            )
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no browser to test with: {str(error).splitlines()[0]}")
        yield browser
        await browser.close()


@dataclass
class Phone:
    """A page at phone width and everything that must not have happened on it."""

    page: Page
    context: BrowserContext
    base: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # parts of errors that a test brings about

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.base + path)

    async def say(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.click("#send")

    async def press(self, word: str) -> None:
        await self.page.locator(f'button[name=word][value="{word}"]').last.click()

    async def bubbles(self) -> list[str]:
        return await self.page.locator("#log .words").all_inner_texts()

    async def until(self, text: str, count: int = 1) -> None:
        """Wait for the bubble with this text."""
        await self.page.wait_for_function(
            """([text, count]) => Array.from(document.querySelectorAll("#log [data-number] .words"))
                 .filter((words) => words.textContent === text).length === count""",
            arg=[text, count], timeout=10_000,
        )  # fmt: skip

    async def sideways(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def check(self) -> None:
        left = [error for error in self.errors if not any(part in error for part in self.expected)]
        assert left == [] and self.strangers == []


Phones = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def phones(chromium: Browser, site: Site) -> AsyncIterator[Phones]:
    made: list[Phone] = []

    async def make(scripts: bool = True, **choices: Any) -> Phone:
        options = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "zh-CN", **choices}
        context = await chromium.new_context(java_script_enabled=scripts, **options)
        page = await context.new_page()
        phone = Phone(page, context, site.base)
        if scripts:
            await page.add_init_script(VIOLATIONS)
        page.on("console", lambda said: phone.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: phone.errors.append(str(error)))
        here = urlsplit(site.base).netloc
        page.on(
            "request", lambda asked: phone.strangers.append(asked.url) if urlsplit(asked.url).netloc != here else None
        )
        made.append(phone)
        return phone

    yield make
    for phone in made:
        await phone.context.close()
    for phone in made:
        phone.check()


@pytest.fixture
async def phone(phones: Phones) -> Phone:
    made = await phones()
    await made.open()
    return made
