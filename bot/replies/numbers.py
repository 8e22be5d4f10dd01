"""Chooses the few numbers that fit on a screen."""

from __future__ import annotations

from collections.abc import Iterable

from bot.knowledge.hotlines import Hotline, Hotlines

MOST_NUMBERS = 3
#: For whoever finds 12308 busy; the embassy's own line helps more.
_BACKUP_LINE = "mfa_12308_backup"


def first_of_each(
    hotlines: Hotlines, needs: Iterable[str], country: str | None, province: str | None = None
) -> list[Hotline]:
    """Return one number for every need, another for a need that is named again; at most three, at least one."""
    found: list[Hotline] = []
    for need in needs:
        taken = {None, *(one.number for one in found)}
        fitting = hotlines.for_need(need, country, province)
        found += [one for one in fitting if one.number not in taken and one.id != _BACKUP_LINE][:1]
    if not found:  # nobody is left without a number
        found = hotlines.emergency(country, province)
    return found[:MOST_NUMBERS]


def each_number_once(hotlines: Iterable[Hotline]) -> list[Hotline]:
    """Return every number once, under the name it came with first."""
    once: dict[str | None, Hotline] = {}
    for hotline in hotlines:
        once.setdefault(hotline.number, hotline)
    return list(once.values())
