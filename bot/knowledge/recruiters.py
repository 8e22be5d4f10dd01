"""What a list of licensed companies says about a name; where the list comes from is not known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: How a listed name fits the one asked for: the very name, a name it may be short for, or only a similar one.
SAME, SHORT, SIMILAR = "same", "short", "similar"
VALID, SUSPENDED, REVOKED = "valid", "suspended", "revoked"
#: Whether the list could be asked.
ASKED, NO_LIST, UNAVAILABLE = "asked", "no_list", "unavailable"


@dataclass(frozen=True)
class Match:
    """A company on the list of `list_date`; `kind` SAME, SHORT or SIMILAR, `score` at most 100."""

    name: str
    certificate_number: str
    province: str
    valid_until: date | None
    status: str
    kind: str
    score: float
    list_date: date

    def expired(self, today: date) -> bool:
        return self.valid_until is not None and self.valid_until < today


@dataclass(frozen=True)
class Found:
    """The answer to one name: `state` ASKED, NO_LIST or UNAVAILABLE; `as_of` is the date of the list, if asked.

    All matches are of one kind. None at all proves nothing, and the same name proves nothing either.
    """

    name: str
    state: str
    matches: tuple[Match, ...] = ()
    as_of: date | None = None

    @property
    def kind(self) -> str | None:
        return self.matches[0].kind if self.matches else None
