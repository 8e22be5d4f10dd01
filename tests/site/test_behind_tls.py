"""The site as it runs behind a proxy with TLS, in a process of its own."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.site.test_process import ended, free_port, migrated, none_left_running, start

__all__ = ["none_left_running"]

HOST = "anxing.example.org"
TLS = {"SITE_BEHIND_TLS": "true", "SITE_ALLOWED_HOSTS": HOST}
pytestmark = pytest.mark.slow


async def checked(var: Path, **environment: str) -> str:
    process = await start("manage.py", "check", "--deploy", "--fail-level", "DEBUG", var=var, **environment)
    said = await ended(process)
    return f"{process.returncode} {said}"


async def test_django_finds_nothing_to_mend(tmp_path: Path) -> None:
    said = await checked(tmp_path, **TLS)
    assert said.startswith("0 ") and "no issues (0 silenced)" in said


async def test_django_would_find_it(tmp_path: Path) -> None:
    said = await checked(tmp_path, **{**TLS, "SITE_BEHIND_TLS": "false"})
    assert said.startswith("1 ") and "security.W" in said


async def test_headers_cookies_and_the_way_to_tls(tmp_path: Path) -> None:
    await migrated(tmp_path)
    port = free_port()
    process = await start("-m", "bot.site", var=tmp_path, SITE_PORT=str(port), **TLS)
    secure = {"Host": HOST, "X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        for _ in range(300):
            try:
                plain = await client.get("/", headers={"Host": HOST})
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        assert plain.status_code == 301 and plain.headers["location"] == f"https://{HOST}/"
        assert "set-cookie" not in plain.headers
        page = await client.get("/", headers=secure)
        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
        desk = await client.get("/desk/sign-in/", headers=secure)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', desk.text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "language": "en", "next": "/desk/"}
        origin = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        cookie = {"Cookie": f"csrftoken={desk.cookies['csrftoken']}"}
        spoken = await client.post("/desk/language/setlang/", data=form, headers={**secure, **origin, **cookie})
        assert spoken.status_code == 302
        for answer, names in ((page, {"visit", "csrftoken"}), (desk, {"csrftoken"}), (spoken, {"django_language"})):
            found = answer.headers.get_list("set-cookie")
            assert names <= {one.partition("=")[0] for one in found}
            for one in found:
                assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(one.split("; ")), one
        for path in ("/nowhere/", "/static/chat/chat.js"):
            assert "strict-transport-security" in (await client.get(path, headers=secure)).headers
    process.send_signal(signal.SIGTERM)
    assert "names only this machine" not in await ended(process)


async def test_a_site_that_only_this_machine_can_name_says_so(tmp_path: Path) -> None:
    await migrated(tmp_path)
    port = free_port()
    process = await start("-m", "bot.site", var=tmp_path, SITE_PORT=str(port), SITE_BEHIND_TLS="true")
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(300):
            try:
                await client.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert "SITE_ALLOWED_HOSTS names only this machine" in await ended(process)
