"""The pages of the desk: read only, for those who signed in."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bot.console import desk
from bot.console.erasing import MAY_ERASE, erased
from bot.records.models import Conversation, Tombstone
from bot.records.recruiters import current_list

CONVERSATIONS_A_PAGE = 25
MESSAGES_A_PAGE = 100
LONGEST_SEARCH = 80


@login_required
@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """List the conversations, the most urgent first."""
    page = Paginator(desk.by_urgency(), CONVERSATIONS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "talks": desk.with_seen_numbers(page), "erased": Tombstone.objects.count()}
    return render(request, "console/conversations.html", context)


@login_required
@require_safe
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one conversation: its text when the person agreed, else only how urgent it is."""
    found = desk.by_urgency().filter(pk=pk).first()
    if found is None:
        return erased(request, pk)
    (talk,) = desk.with_seen_numbers([found])
    return render(request, "console/conversation.html", _contents(request, talk))


@require_safe
def news(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close an open page without a reload once the person took the consent back, or the talk is gone.

    Nothing is answered while nothing changed. A page that may show more now, or whose reader signed out, loads anew.
    """
    if not request.user.is_authenticated:
        return _load_anew()
    talk = desk.by_urgency().filter(pk=pk).first()
    if talk is None:
        stone = Tombstone.objects.filter(pk=pk).first()
        return render(request, "console/_gone.html", {"by": stone.by if stone else ""})
    shown, readable = request.GET.get("shown") == "open", desk.is_readable(talk)
    if shown == readable:
        return HttpResponse(status=204)
    if readable:
        return _load_anew()
    desk.with_seen_numbers([talk])
    return render(request, "console/_talk.html", _contents(request, talk))


def _load_anew() -> HttpResponse:
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _contents(request: HttpRequest, talk: Conversation) -> dict[str, object]:
    """Return what the page shows: without consent only how urgent it is."""
    context: dict[str, object] = {
        "conversation": talk,
        "may_erase": request.user.has_perm(MAY_ERASE),
        "same_case": desk.same_case(talk) if talk.linked else (),
    }
    if desk.is_readable(talk):
        pages = Paginator(desk.timeline(talk), MESSAGES_A_PAGE)
        page = pages.get_page(request.GET.get("page") or pages.num_pages)  # the end of the talk is what staff need
        context |= {
            "page": page,
            "bubbles": [desk.Bubble.of(message) for message in page],
            "facts": desk.facts_of(talk),
            "indicators": sorted(talk.indicators.items()),
        }
    return context


@login_required
@require_safe
def recruiters(request: HttpRequest) -> HttpResponse:
    """Show which list of licensed companies is in use, and what it holds for a name."""
    asked = " ".join(request.GET.get("name", "").replace("\0", " ").split())[:LONGEST_SEARCH]  # PostgreSQL takes no NUL
    context = {"list": current_list(), "asked": asked, "companies": desk.listed_companies(asked) if asked else []}
    return render(request, "console/recruiters.html", context)
