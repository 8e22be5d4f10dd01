"""Headers on every answer: nothing from elsewhere, nothing inline, nothing kept on a shared phone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=()"


HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cache-Control": "no-store",  # static files bring their own, everything else may hold talk
    # Django's middlewares add these to most answers, but not to those for a wrong host.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _guard(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.setdefault(name, value)
    return response


def _name_origin(request: HttpRequest) -> None:
    """Say where a form came from when our own `no-referrer` made the browser say "null".

    Django would refuse such a form. Sec-Fetch-Site cannot be set by a page; a browser too old to send it still has to
    bring the form's token, whose cookie is SameSite.
    """
    if request.META.get("HTTP_ORIGIN") == "null" and request.META.get("HTTP_SEC_FETCH_SITE") in (None, "same-origin"):
        with suppress(DisallowedHost):  # refused further in, where the answer still gets its headers
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"


@sync_and_async_middleware
def security_headers(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Add what Django's own security middleware does not know."""
    if iscoroutinefunction(get_response):

        async def guarded(request: HttpRequest) -> HttpResponseBase:
            _name_origin(request)
            return _guard(await get_response(request))

        return guarded

    def guarded_sync(request: HttpRequest) -> HttpResponseBase:
        _name_origin(request)
        return _guard(get_response(request))

    return guarded_sync
