"""Says how a recruiter is checked, and what a list of licensed companies can and cannot say about a name.

A name on the list is never called safe, as names are copied; a name that is not on it is never called a fraud, as
lists grow old and people leave out half of a name. The date of the list is always said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.knowledge.recruiter_checks import RecruiterCheck
from bot.knowledge.recruiters import ASKED, REVOKED, SAME, SUSPENDED, UNAVAILABLE, VALID, Found, Match
from bot.replies.composer import Bubble
from bot.replies.texts import Texts

_LONGEST_NAME = 30
_MOST_CERTIFICATES = 2
_NUMBER = re.compile(r"[0-9０-９]{5,}")


class RecruiterReplies:
    """Every answer about checking a recruiter."""

    def __init__(self, texts: Texts, checks: Sequence[RecruiterCheck]) -> None:
        self._say = texts.say
        self._checks = tuple(checks)

    def check(self, found: Sequence[Found], today: date) -> list[Bubble]:
        """What the list says of each company that was named; how to check where none was, or where it says nothing."""
        if not found:
            return self.how_to_check()
        bubbles = [self.about(one, today) for one in found]
        if any(not one.matches for one in found):
            bubbles.append(self.places())
        return bubbles

    def how_to_check(self) -> list[Bubble]:
        """Step by step, and where."""
        return [Bubble(self._say("utter_recruiter_check")), self.places()]

    def places(self) -> Bubble:
        lines = [
            self._say("utter_recruiter_place_to_call", name=one.name, what=one.what, number=one.number)
            if one.number
            else self._say("utter_recruiter_place", name=one.name, what=one.what)
            for one in self._checks
        ]
        return Bubble(self._say("utter_recruiter_places", places="\n".join(lines)))

    def about(self, found: Found, today: date) -> Bubble:
        """What the list says about one name."""
        name = _shown(found.name)
        if found.state != ASKED or found.as_of is None:
            missing = "unavailable" if found.state == UNAVAILABLE else "no_list"
            return Bubble(self._say(f"utter_recruiter_{missing}", name=name))
        as_of = self._date(found.as_of)
        if not found.matches:
            return Bubble(self._say("utter_recruiter_not_listed", name=name, date=as_of))
        if found.kind == SAME:
            return Bubble(self._listed(found, as_of, today))
        candidates = "\n".join(self._candidate(match) for match in found.matches)
        return Bubble(self._say(f"utter_recruiter_{found.kind}", name=name, date=as_of, candidates=candidates))

    def _listed(self, found: Found, as_of: str, today: date) -> str:
        lines = [line for match in found.matches[:_MOST_CERTIFICATES] for line in self._certificate(match, today)]
        name = _shown(found.matches[0].name)
        return self._say("utter_recruiter_listed", name=name, date=as_of, certificates="\n".join(lines))

    def _certificate(self, match: Match, today: date) -> list[str]:
        if match.certificate_number:
            lines = [self._say("utter_recruiter_certificate", number=match.certificate_number)]
        else:
            lines = [self._say("utter_recruiter_certificate_unknown")]
        if match.status in (SUSPENDED, REVOKED):
            lines.append(self._say(f"utter_recruiter_{match.status}"))
        elif match.valid_until is not None:
            name = "utter_recruiter_expired" if match.expired(today) else "utter_recruiter_valid_until"
            lines.append(self._say(name, date=self._date(match.valid_until)))
        return lines

    def _candidate(self, match: Match) -> str:
        kind = "utter_recruiter_candidate" if match.status == VALID else f"utter_recruiter_candidate_{match.status}"
        return self._say(kind, name=_shown(match.name))

    def _date(self, day: date) -> str:
        return self._say("utter_recruiter_date", year=day.year, month=day.month, day=day.day)


def _shown(name: str) -> str:
    """A name as it may be said back: not long, and without anything that could be a number of somebody."""
    name = _NUMBER.sub("…", " ".join(name.split()))
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
