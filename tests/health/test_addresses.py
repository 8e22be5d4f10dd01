"""Who may ask what, on the site as it is served."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.settings import Settings
from tests.site.conftest import browser, rasa, site  # noqa: F401
from tests.site.helpers import Browser, Site

pytestmark = pytest.mark.django_db(transaction=True)


def token() -> dict[str, str]:
    return {"Authorization": f"Bearer {Settings.from_environment().metrics_token}"}


async def test_healthz_is_ok_whatever_host_is_named(site: Site, browser: Browser) -> None:  # noqa: F811
    for host in ("localhost", "10.0.0.7:8000", "a stranger"):
        answer = await browser.get("/healthz", headers={"Host": host})
        assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


async def test_readyz_says_which_part_is_missing_and_nothing_more(site: Site, browser: Browser) -> None:  # noqa: F811
    answer = await browser.get("/readyz")
    assert answer.status_code == 503  # no action server listens here
    found = json.loads(answer.text)
    assert found["ready"] is False
    assert {"model", "dialogue_records", "actions", "database", "disk"} == set(found["checks"])
    assert all(set(check) == {"ok", "ms"} for check in found["checks"].values())
    assert found["checks"]["database"]["ok"] is True
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}, {"X-Forwarded-For": "127.0.0.1"}],
)
async def test_metrics_are_not_there_without_the_token(
    site: Site, browser: Browser, headers: dict[str, str]  # noqa: F811
) -> None:  # fmt: skip
    """Also for this very machine: behind a reverse proxy everybody seems to come from it."""
    answer = await browser.get("/metrics", headers=headers)
    assert answer.status_code == 404
    assert "anxing_" not in answer.text


async def test_metrics_with_the_token(site: Site, browser: Browser) -> None:  # noqa: F811
    answer = await browser.get("/metrics", headers=token())
    assert answer.status_code == 200
    assert 'anxing_process_up{process="web"} 1.0' in answer.text
    assert (await browser.head("/metrics", headers=token())).text == ""


async def test_every_page_has_a_name_and_no_two_have_the_same(site: Site, browser: Browser) -> None:  # noqa: F811
    answers: list[Any] = [await browser.get(path) for path in ("/", "/", "/nowhere/", "/desk/sign-in/")]
    answers.append(await browser.get("/", headers={"X-Request-ID": "000000000000", "Host": "evil.example"}))
    names = {answer.headers["x-request-id"] for answer in answers}
    assert len(names) == 5 and "000000000000" not in names
    assert all(len(name) == 12 for name in names)
