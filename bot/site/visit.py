"""Who is at the page: a random name in a signed cookie, without an account and without a row of ours.

A session of Django's would lie in clear in the database, where a thief of it could take over every open talk; and it
would end or begin anew when a member of staff signs in or out in the same browser.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "visit"
#: A phone may be in other hands tomorrow: a talk nobody wrote in for a day is not shown any more.
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Visit:
    """The talk that this browser may see."""

    address: str = field(repr=False)
    known: bool  # the browser brought it

    @classmethod
    def of(cls, request: HttpRequest) -> Visit:
        address = request.get_signed_cookie(COOKIE, default="", salt=__name__, max_age=KEPT_SECONDS)
        return cls(address, True) if address else cls(secrets.token_urlsafe(24), False)

    def tag(self, cleared_through: int) -> str:
        """Return a mark by which an open page sees that it shows another talk or a cleared one; it opens nothing."""
        told = f"{self.address}:{cleared_through}"
        return salted_hmac("bot.site.visit.tag", told, algorithm="sha256").hexdigest()[:16]

    def remember(self, response: HttpResponse) -> None:
        response.set_signed_cookie(
            COOKIE, self.address, salt=__name__, max_age=KEPT_SECONDS, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip


def forget(response: HttpResponse) -> None:
    """Take from the browser whatever says that it was here."""
    for name in (COOKIE, settings.CSRF_COOKIE_NAME):
        response.delete_cookie(name, samesite="Lax")
