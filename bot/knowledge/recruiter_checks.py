"""Where a recruiter can be checked (recruiter_checks.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.hotlines import check_sources, read_china_hotlines
from bot.tables import load_entries

_SHOWN = ("high", "medium")


@dataclass(frozen=True)
class RecruiterCheck:
    """`number` is that of a confirmed hotline, None where there is nothing to call."""

    id: str
    name: str
    what: str
    number: str | None


def load_recruiter_checks(folder: Path) -> tuple[RecruiterCheck, ...]:
    """Return the places in the order of the table; those of low confidence are left out."""
    hotlines = read_china_hotlines(folder / "hotlines.yml")
    checks: list[RecruiterCheck] = []
    known: set[str] = set()
    for entry in load_entries(folder / "recruiter_checks.yml"):
        entry.check_fields(["id", "name_zh", "hotline", "what_zh", "as_of", "confidence", "sources"])
        check_sources(entry)
        entry.text("as_of")
        name, hotline = entry.text("id"), entry.optional_text("hotline")
        if name in known:
            entry.refuse(f"{name} is given twice", "id")
        known.add(name)
        number: str | None = None
        if hotline is not None:
            entry.check_choice(hotline, hotlines, "hotline")
            number = hotlines[hotline].number
            if not hotlines[hotline].confirmed or not number:
                entry.refuse(f"hotline {hotline} is not confirmed", "hotline")
        if entry.choice("confidence", (*_SHOWN, "low")) in _SHOWN:
            checks.append(RecruiterCheck(name, entry.text("name_zh"), entry.text("what_zh"), number))
    return tuple(checks)
