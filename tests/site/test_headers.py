"""What stands on every answer: nothing from elsewhere, nothing inline, nothing kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.http import HttpRequest
from django.urls import path

from bot.settings import PROJECT
from bot.site import urls
from tests.site.helpers import HTMX, Browser, Site

TEMPLATES = sorted((PROJECT / "bot").rglob("*.html"))
STATICS = [path for path in sorted((PROJECT / "bot").rglob("static/**/*")) if path.suffix in (".js", ".css", ".svg")]
#: Code inside a page, or a way to another site; `https?://` in a template is one, too.
INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)|<iframe|<object|<embed|<base", re.I
)
ELSEWHERE = re.compile(r"(?:src|href|action|content|url\(|@import)\s*[=(]?\s*[\"']?\s*(?:https?:)?//", re.I)


def crash(_: HttpRequest) -> None:
    raise RuntimeError("a page that fails")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    from django.urls import clear_url_caches

    settings.DEBUG = False
    monkeypatch.setattr(urls, "urlpatterns", [path("fails/", crash), *urls.urlpatterns])
    clear_url_caches()


def check(answer: httpx.Response, kept: bool = False) -> None:
    headers, where = answer.headers, f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
    assert headers["referrer-policy"] == "no-referrer", where
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["x-frame-options"] == "DENY", where
    assert headers["cross-origin-opener-policy"] == "same-origin", where
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", where
    assert set(policy.values()) <= {"'self'", "'none'"}, "no inline, no eval, no other host"
    assert ("no-store" in headers["cache-control"]) is not kept, where
    assert "server" not in headers and "x-powered-by" not in headers


async def test_every_answer_is_guarded(site: Site, browser: Browser, failing: None) -> None:
    browser.follow_redirects = False
    check(await browser.open())
    said = await browser.submit(text="你好")
    assert said.status_code == 302
    check(said)
    check(await browser.open())
    check(await browser.in_place("工资", form="2"))
    check(await browser.news(0))
    answers = [
        (404, await browser.get("/nowhere/")),
        (404, await browser.get("/picture/1/")),
        (404, await browser.get("/static/nothing.css")),
        (404, await browser.get("/static/../settings.py")),
        (405, await browser.get("/desk/sign-out/")),
        (403, await browser.post("/send/", data={"text": "x"}, headers={"Cookie": ""})),
        (403, await browser.post("/send/", data={"text": "x"}, headers={**HTMX, "Cookie": ""})),
        (413, await browser.post("/send/", content=b"x" * 22_000_000)),
        (400, await browser.get("/", headers={"Host": "evil.example"})),
        (400, await browser.get("/", headers={"Host": "evil.example", "Origin": "null"})),
        (500, await browser.get("/fails/")),
        (302, await browser.get("/leave/")),
        (302, await browser.get("/desk/")),
        (200, await browser.get("/desk/sign-in/")),
        (200, await browser.get("/erased/")),
    ]
    for status, answer in answers:
        assert (answer.status_code, str(answer.request.url.path)) == (status, str(answer.request.url.path))
        check(answer)


async def test_static_files_are_guarded_and_kept_a_while(browser: Browser) -> None:
    for file in STATICS:
        answer = await browser.get(f"/static/{file.parent.name}/{file.name}")
        assert answer.status_code == 200
        check(answer, kept=True)


async def test_the_cookies(site: Site, browser: Browser) -> None:
    await browser.say("你好")
    page = await browser.get("/desk/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    data = {"language": "en", "next": "/desk/", "csrfmiddlewaretoken": token[1]}
    spoken = await browser.post("/desk/language/setlang/", data=data, follow_redirects=False)
    first = await browser.get("/", headers={"Cookie": ""})
    found = [*spoken.headers.get_list("set-cookie"), *first.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in found} == {"django_language", "visit", "csrftoken"}
    for cookie in found:
        assert "httponly" in cookie.lower() and "samesite=lax" in cookie.lower(), cookie


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_code_or_leads_elsewhere(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not INLINE.search(source)
    assert not ELSEWHERE.search(source)


@pytest.mark.parametrize("file", [path for path in STATICS if path.name != "htmx.min.js"], ids=lambda path: path.name)
def test_no_file_leads_elsewhere_or_makes_code(file: Path) -> None:
    source = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search(r"https?://|@import|\beval\(|new Function|innerHTML|document\.write", source)


async def test_htmx_makes_no_code_and_asks_nobody_else(browser: Browser) -> None:
    page = (await browser.open()).text
    for wish in ('"allowEval":false', '"allowScriptTags":false', '"selfRequestsOnly":true', '"historyEnabled":false'):
        assert wish in page


@pytest.mark.parametrize(
    "page",
    ["<p style='x'>", "<a onclick=x>", "<script>1</script>", '<script type="a">', "<style>", '<a href="javascript:x">'],
)
def test_the_search_for_code_finds_it(page: str) -> None:
    assert INLINE.search(page)


@pytest.mark.parametrize("page", ['<img src="//x.example/">', "<a href='https://x.example'>", "@import 'http://x'"])
def test_the_search_for_other_sites_finds_them(page: str) -> None:
    assert ELSEWHERE.search(page)
