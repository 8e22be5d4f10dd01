"""A new name for every request, told in the answer, so that a page that failed can be found in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from bot import request_ids
from bot.health import counted


def _counted(response: HttpResponseBase, request_id: str) -> HttpResponseBase:
    response[request_ids.HEADER] = request_id
    counted.HTTP_ANSWERS.labels(f"{response.status_code // 100}xx").inc()
    return response


@sync_and_async_middleware
def name_request(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Name the request; what a stranger calls it counts for nothing."""
    if iscoroutinefunction(get_response):

        async def named(request: HttpRequest) -> HttpResponseBase:
            with request_ids.named(request_ids.new()):
                return _counted(await get_response(request), request_ids.current())

        return named

    def named_sync(request: HttpRequest) -> HttpResponseBase:
        with request_ids.named(request_ids.new()):
            return _counted(get_response(request), request_ids.current())

    return named_sync
