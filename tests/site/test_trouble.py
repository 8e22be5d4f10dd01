"""A form that cannot be read makes a page of trouble, never a 500; also where there is no page."""

from __future__ import annotations

import pytest

from tests.site.helpers import Browser, Site

pytestmark = pytest.mark.django_db(transaction=True)

FORMS: dict[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", b"x"),
    "a boundary that is none": ("multipart/form-data; boundary=\xff", b"--x--"),
    "cut off": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="text"\r\n'),
    "broken base64": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: base64\r\n\r\n!'
        b"\r\n--x--\r\n",
    ),
    "too many fields": ("application/x-www-form-urlencoded", b"a=1&" * 2000),
    "too much": ("application/x-www-form-urlencoded", b"a=" + b"x" * 1_100_000),
    "an encoding that nobody knows": ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/send/", "/nowhere/", "/picture/x/", "/desk/sign-in/", "/desk/talk/x/"])
async def test_a_form_that_cannot_be_read(site: Site, browser: Browser, path: str, form: str) -> None:
    await browser.open()  # with its cookie Django looks into the form
    kind, body = FORMS[form]
    answer = await browser.post(path, content=body, headers=[(b"Content-Type", kind.encode("latin-1"))])
    assert 400 <= answer.status_code < 500
