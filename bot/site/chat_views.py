"""The chat page: plain forms, pages and redirects; chat.js and htmx only make it quicker."""

from __future__ import annotations

import json
import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bot.gateway import web
from bot.gateway.papers import MOST_FILES
from bot.gateway.web import Shown
from bot.site.talk import Said, say
from bot.site.visit import Visit, forget

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@require_safe
async def page(request: HttpRequest) -> HttpResponse:
    """The whole talk, with the greeting on top."""
    visit = Visit.of(request)
    contact = await web.contact_for_session(visit.address) if visit.known else None
    bubbles = [web.welcome(), *(await web.messages_to_show(contact) if contact else ())]
    response = _render(request, "chat/chat.html", visit, bubbles)
    if not visit.known:
        visit.remember(response)
    return response


async def send(request: HttpRequest) -> HttpResponse:
    """Take what was typed or pressed."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("chat:page"))  # the address was opened by hand
    visit = Visit.of(request)
    word = request.POST.get("word")
    text = request.POST.get("text", "") if word is None else word
    form = request.POST.get("form", "")[:64]
    files = _files(request) if word is None else []
    said = await say(visit.address, text, form=form, pressed=word is not None, files=files)
    response = _after_saying(request, visit, said)
    if said.erased:
        forget(response)
    else:
        visit.remember(response)
    return response


def _after_saying(request: HttpRequest, visit: Visit, said: Said) -> HttpResponse:
    if not _in_place(request):
        return HttpResponseRedirect(reverse("chat:erased") if said.erased else reverse("chat:page") + "#end")
    if said.erased:
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:erased"})
    if request.POST.get("visit") != visit.tag:
        return _start_afresh()
    return _render(request, "chat/_bubbles.html", visit, said.messages)


@require_safe
async def news(request: HttpRequest) -> HttpResponse:
    """What came since the page was last brought up to date."""
    if not _in_place(request):
        return HttpResponseRedirect(reverse("chat:page"))
    visit = Visit.of(request)
    after = _number(request.GET.get("after", ""))
    contact = await web.contact_for_session(visit.address) if visit.known else None
    if request.GET.get("visit") != visit.tag or (after and contact is None):
        return _start_afresh()
    bubbles = await web.messages_to_show(contact, after) if contact else []
    return _render(request, "chat/_bubbles.html", visit, bubbles) if bubbles else HttpResponse(status=204)


@require_safe
async def erased(request: HttpRequest) -> HttpResponse:
    """The page after erasing: it knows nothing of anybody."""
    return _say_language(render(request, "chat/erased.html", {"exit_url": _exit_url()}))


@require_safe
async def too_large(request: HttpRequest) -> HttpResponse:
    """What UploadLimit shows instead of taking too large a form."""
    return _say_language(render(request, "413.html", {"exit_url": _exit_url()}, status=413))


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: a form without or with an old token is not sent, but nothing that was typed is lost."""
    if _in_place(request):
        token = json.dumps({"chat:token": {"token": get_token(request)}})
        return HttpResponse(status=403, headers={"HX-Trigger": token})
    typed = request.POST.get("text", "")
    chosen = bool(request.FILES.getlist("files"))  # a browser does not let a page choose them again
    context = {"typed": typed, "chosen": chosen, "form": secrets.token_hex(16), "exit_url": _exit_url()}
    return _say_language(render(request, "chat/expired.html", context, status=403))


def _in_place(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _files(request: HttpRequest) -> list[bytes]:
    """Return what was attached; one more than is read shows that there were more."""
    sent = [file.read() for file in request.FILES.getlist("files")[: MOST_FILES + 1]]
    return [content for content in sent if content]


def _start_afresh() -> HttpResponse:
    """The page shows a talk that is not this visit's: erased or begun anew in another tab, or too old."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _render(
    request: HttpRequest, template: str, visit: Visit, bubbles: tuple[Shown, ...] | list[Shown]
) -> HttpResponse:
    context = {
        "bubbles": bubbles, "visit": visit.tag, "form": secrets.token_hex(16), "exit_url": _exit_url(),
        "largest": settings.LARGEST_UPLOAD,
    }  # fmt: skip
    return _say_language(render(request, template, context))


def _say_language(response: HttpResponse) -> HttpResponse:
    response["Content-Language"] = "zh-Hans"  # whatever language the browser asks for
    return response


def _exit_url() -> str:
    return str(settings.QUICK_EXIT_URL)


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
