"""The chat page: plain forms, pages and redirects; chat.js and htmx only make it quicker."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bot.gateway import web
from bot.gateway.papers import MOST_FILES
from bot.gateway.web import Shown
from bot.records.models import Contact
from bot.replies import pictures
from bot.site.crowd import is_too_crowded
from bot.site.talk import Said, say
from bot.site.visit import Visit, forget

log = logging.getLogger(__name__)

#: Of a bubble; more digits than a database column holds are no number of one.
LARGEST_NUMBER = 10**9
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """What this browser may see of a talk."""

    visit: Visit
    contact: Contact | None
    cleared_through: int  # the number up to which nothing is shown any more

    @classmethod
    async def by(cls, request: HttpRequest) -> Seen:
        return await cls.of(Visit.of(request))

    @classmethod
    async def of(cls, visit: Visit) -> Seen:
        contact = await web.contact_for_session(visit.address) if visit.known else None
        return cls(visit, contact, await web.cleared_through(contact) if contact else 0)

    @property
    def tag(self) -> str:
        return self.visit.tag(self.cleared_through)


@require_safe
async def page(request: HttpRequest) -> HttpResponse:
    """The whole talk, with the greeting on top; from a clearing of the screen on, only what came after it."""
    seen = await Seen.by(request)
    bubbles = [] if seen.cleared_through else [web.welcome()]
    if seen.contact:
        bubbles += await web.messages_to_show(seen.contact)
    response = _render(request, "chat/chat.html", seen, bubbles)
    if not seen.visit.known:
        seen.visit.remember(response)
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
    if await is_too_crowded(visit.address, text):
        return busy(request)
    said = await say(visit.address, text, form=form, pressed=word is not None, files=files)
    response = await _after_saying(request, visit, said)
    if said.erased:
        forget(response)
    else:
        visit.remember(response)
    return response


async def _after_saying(request: HttpRequest, visit: Visit, said: Said) -> HttpResponse:
    if not _in_place(request):
        return HttpResponseRedirect(reverse("chat:erased") if said.erased else reverse("chat:page") + "#end")
    if said.erased:
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:erased"})
    if said.cleared:
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:cleared"})
    seen = await Seen.of(dataclasses.replace(visit, known=True))
    if request.POST.get("visit") != seen.tag:
        return _start_afresh()
    return _render(request, "chat/_bubbles.html", seen, said.messages)


@require_safe
async def news(request: HttpRequest) -> HttpResponse:
    """What came since the page was last brought up to date."""
    if not _in_place(request):
        return HttpResponseRedirect(reverse("chat:page"))
    seen = await Seen.by(request)
    after = _number(request.GET.get("after", ""))
    if request.GET.get("visit") != seen.tag or (after and seen.contact is None):
        return _start_afresh()
    bubbles = await web.messages_to_show(seen.contact, after) if seen.contact else []
    return _render(request, "chat/_bubbles.html", seen, bubbles) if bubbles else HttpResponse(status=204)


@require_safe
async def leave(request: HttpRequest) -> HttpResponse:
    """Lead away, and show nothing of the talk to whoever comes back here by the history or the back button.

    A link has to do it, as it must work without a script and a form may not lead off the site. Nothing is lost by it
    that a stranger's link could want: the person goes on with the same talk, from an empty page.
    """
    seen = await Seen.by(request)
    if seen.contact:
        await web.clear_screen(seen.contact)
    response = HttpResponseRedirect(settings.QUICK_EXIT_URL)
    if seen.visit.known:
        seen.visit.remember(response)  # a browser lets go of pages that it kept alive when their cookies change
    return response


@require_safe
async def picture(request: HttpRequest, number: int) -> HttpResponse:
    """The picture of a bubble, drawn anew each time: nothing of it is kept."""
    seen = await Seen.by(request)
    spec = await web.picture(seen.contact, number) if seen.contact and number < LARGEST_NUMBER else None
    if spec is None:
        raise Http404
    try:
        content = await asyncio.to_thread(pictures.draw, spec)
    except Exception as error:
        log.error("A picture cannot be drawn (%s).", type(error).__name__)
        raise Http404 from None
    return HttpResponse(content, content_type="image/png")


@require_safe
async def erased(request: HttpRequest) -> HttpResponse:
    """The page after erasing: it knows nothing of anybody."""
    return _say_language(render(request, "chat/erased.html"))


@require_safe
async def too_large(request: HttpRequest) -> HttpResponse:
    """What UploadLimit shows instead of taking too large a form."""
    return _say_language(render(request, "413.html", status=413))


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: a form without or with an old token is not sent, but nothing that was typed is lost."""
    if _in_place(request):
        token = json.dumps({"chat:token": {"token": get_token(request)}})
        return HttpResponse(status=403, headers={"HX-Trigger": token})
    return _not_sent(request, "chat/expired.html", 403)


def busy(request: HttpRequest) -> HttpResponse:
    """Too many people begin to write at this moment; what was typed stays, and the numbers stand beside it."""
    response = HttpResponse(status=429) if _in_place(request) else _not_sent(request, "chat/busy.html", 429)
    response["Retry-After"] = "60"
    return response


def _not_sent(request: HttpRequest, template: str, status: int) -> HttpResponse:
    typed = request.POST.get("text", "")
    chosen = bool(request.FILES.getlist("files"))  # a browser does not let a page choose them again
    context = {"typed": typed, "chosen": chosen, "form": secrets.token_hex(16)}
    return _say_language(render(request, template, context, status=status))


def _in_place(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _files(request: HttpRequest) -> list[bytes]:
    """Return what was attached; one more than is read shows that there were more."""
    sent = [file.read() for file in request.FILES.getlist("files")[: MOST_FILES + 1]]
    return [content for content in sent if content]


def _start_afresh() -> HttpResponse:
    """The page shows a talk that is not this visit's: erased or begun anew in another tab, or too old."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _render(request: HttpRequest, template: str, seen: Seen, bubbles: tuple[Shown, ...] | list[Shown]) -> HttpResponse:
    form, largest = secrets.token_hex(16), settings.LARGEST_UPLOAD
    context = {"bubbles": [web.shown_now(one) for one in bubbles], "visit": seen.tag, "form": form, "largest": largest}
    return _say_language(render(request, template, context))


def _say_language(response: HttpResponse) -> HttpResponse:
    response["Content-Language"] = "zh-Hans"  # whatever language the browser asks for
    return response


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
