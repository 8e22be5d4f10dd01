"""Headers on every answer: nothing from elsewhere, nothing inline, nothing kept on a shared phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
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


def _guard(response: HttpResponseBase) -> HttpResponseBase:
    response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    response.setdefault("Cache-Control", "no-store")  # static files bring their own, everything else may hold talk
    return response


def _name_origin(request: HttpRequest) -> None:
    """Say where a form came from when our own `no-referrer` made the browser say "null".

    Django would refuse such a form. Sec-Fetch-Site cannot be set by a page; a browser too old to send it still has to
    bring the form's token, whose cookie is SameSite.
    """
    if request.META.get("HTTP_ORIGIN") == "null" and request.META.get("HTTP_SEC_FETCH_SITE") in (None, "same-origin"):
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
