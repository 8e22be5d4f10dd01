"""Erasing by staff, and what is shown of a talk that is gone."""

from __future__ import annotations

import logging
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bot.console import desk
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Tombstone

log = logging.getLogger(__name__)

MAY_ERASE = "records.delete_contact"
GONE = 410


@login_required
@permission_required(MAY_ERASE, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask once, then erase everything about the person of a talk; nothing of it has to be readable for that."""
    talk = desk.by_urgency().filter(pk=pk).first()
    if talk is None:
        return erased(request, pk)
    if request.method != "POST":
        return render(request, "console/erase.html", {"conversation": talk})
    if _erase(talk.contact):
        messages.success(request, _("这个人的全部记录已经删除。"))
        return HttpResponseRedirect(reverse("console:conversations"))
    messages.error(request, _("现在删不了，数据库正忙。请再试一次。"))
    return HttpResponseRedirect(reverse("console:erase", args=[pk]))


def erased(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say who erased a talk, and nothing else of it; Http404 when there never was one."""
    stone = Tombstone.objects.filter(pk=pk).first()
    if stone is None:
        raise Http404
    return render(request, "console/erased.html", {"by": stone.by}, status=GONE)


def _erase(contact: Contact) -> bool:
    try:
        erase_contact(contact, Tombstone.By.STAFF)
    except DatabaseError as error:
        log.error("A person could not be erased by staff (%s).", type(error).__name__)
        return False
    return True  # also when somebody else was quicker
