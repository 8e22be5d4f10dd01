"""The list of licensed companies: replaced as a whole, searched by name.

Also for programs that are no Django ones: importing this makes Django ready.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
if not apps.ready:
    django.setup()

from django.db import transaction

from bot.knowledge.recruiters import ASKED, NO_LIST, UNAVAILABLE, Found, Match
from bot.language.company_likeness import CompanyIndex
from bot.language.company_names import LONGEST_NAME, find_company_names
from bot.records.models import LicensedRecruiter, RecruiterList
from bot.records.recruiter_csv import ListedRecruiter
from bot.records.threads import with_own_connection

logger = logging.getLogger(__name__)

_WRITTEN_AT_ONCE = 500
_Row = tuple[str, str, str, date | None, str]


class _LoadedList:
    """One list as it was imported; it never changes, so it is read once."""

    def __init__(self, key: UUID, rows: list[_Row]) -> None:
        self.key, self.rows = key, rows
        self.index = CompanyIndex(name for name, *_ in rows)


_loaded: _LoadedList | None = None


def current_list() -> RecruiterList | None:
    """Return the list in use, if staff imported one."""
    return RecruiterList.objects.order_by("-imported_at").first()


def replace_list(
    recruiters: Sequence[ListedRecruiter],
    content: bytes,
    as_of: date,
    source: str,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> RecruiterList:
    """Put a list in the place of the one in use, wholly or not at all; `tell` hears how many of all are written."""
    with transaction.atomic():
        RecruiterList.objects.all().delete()
        listing = RecruiterList.objects.create(
            as_of=as_of, source=source, rows=len(recruiters), sha256=hashlib.sha256(content).hexdigest()
        )
        for start in range(0, len(recruiters), _WRITTEN_AT_ONCE):
            part = recruiters[start : start + _WRITTEN_AT_ONCE]
            LicensedRecruiter.objects.bulk_create([_row(listing, one) for one in part])
            tell(start + len(part), len(recruiters))
    return listing


def _row(listing: RecruiterList, one: ListedRecruiter) -> LicensedRecruiter:
    return LicensedRecruiter(
        listing=listing,
        name=one.name,
        certificate_number=one.certificate_number,
        province=one.province,
        valid_until=one.valid_until,
        status=one.status,
    )


def find_recruiters(name: str, most: int = 3) -> list[Match]:
    """Return the companies on the list that a name may mean, the likeliest first; [] also where there is no list."""
    return list(ask_list(name, most).matches)


def ask_list(name: str, most: int = 3) -> Found:
    """Say what the list in use holds for a name."""
    name = name.strip()[: 2 * LONGEST_NAME]
    listing = current_list()
    if listing is None:
        return Found(name, NO_LIST)
    loaded = _load(listing)
    if len(loaded.rows) != listing.rows:  # it was replaced just between the two queries
        listing = current_list() or listing
        loaded = _load(listing)
    matches = tuple(
        Match(*loaded.rows[one.position], kind=one.kind, score=one.score, list_date=listing.as_of)
        for one in loaded.index.find(name, most)
    )
    return Found(name, ASKED, matches, listing.as_of)


def _load(listing: RecruiterList) -> _LoadedList:
    """Return the list from memory; two threads that both read it anew do no harm."""
    global _loaded
    loaded = _loaded
    if loaded is None or loaded.key != listing.pk:
        columns = ("name", "certificate_number", "province", "valid_until", "status")
        rows = list(LicensedRecruiter.objects.filter(listing=listing).values_list(*columns))
        loaded = _LoadedList(listing.pk, rows)
        if len(rows) == listing.rows:
            _loaded = loaded
    return loaded


async def search_recruiters(name: str, most: int = 3) -> Found:
    """Ask the list without holding up the event loop; a database that fails is an answer, not an error."""
    try:
        return await asyncio.to_thread(with_own_connection, ask_list, name, most)
    except Exception as error:  # whatever fails, a person waits for an answer
        logger.error("The list of licensed companies cannot be asked (%s).", type(error).__name__)
        return Found(name, UNAVAILABLE)


async def search_companies_of(text: str, asked: bool = False, most: int = 2) -> list[Found]:
    """Ask the list for the companies that a normalised message names, the first ones of them.

    What may be no company at all (青岛环太, without a word that says so) is only answered when the list knows it, or
    when the message was `asked` about a recruiter.
    """
    found = []
    for one in await asyncio.to_thread(find_company_names, text):  # a whole advert takes a moment
        answer = await search_recruiters(one.name)
        if one.sure or asked or answer.matches:
            found.append(answer)
        if len(found) == most:
            break
    return found
