"""Which names of a list somebody may mean: the same, a short form of it, or one that only looks or sounds like it.

Whoever cheats takes a name that is one character away from a good one (寰太 for 环太). So a name that is not the same
in every character, legal form apart, is never taken for the same, however high its score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Levenshtein

from bot.language.company_names import NameParts, name_parts

SAME, SHORT, SIMILAR = "same", "short", "similar"
#: Looked at closely, of those that share most characters or sounds; more would only cost time.
_CLOSER_LOOK = 60
_LEAST_SHORT = 3
#: Scores (0 to 100) that order names of one kind; chosen on tests/cases/company_likeness.yml.
_SCORE_SAME, _SCORE_SHORT, _SCORE_ONE_CHARACTER, _SCORE_CORE, _SCORE_SOUND = 100.0, 90.0, 88.0, 84.0, 82.0
_PLACES_DIFFER = 8.0
#: Cores of three characters and more: at least two thirds the same. Of two: a place in common and nearly one sound.
_LEAST_ALIKE, _LEAST_ALIKE_SOUND = 0.66, 70.0
LEAST_SCORE = 70.0


@dataclass(frozen=True)
class Likeness:
    """`position` is that of the name in the list, `kind` SAME, SHORT or SIMILAR, `score` at most 100."""

    position: int
    kind: str
    score: float


class CompanyIndex:
    """The names of one list, taken apart once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parts = [name_parts(name) for name in names]
        self._stems = [parts.stem for parts in self._parts]
        self._cores = [parts.core for parts in self._parts]
        self._sounds = [_sound(parts.core) for parts in self._parts]

    def find(self, name: str, most: int = 3) -> list[Likeness]:
        """Return the likeliest names, the best first; where the very name is there, only that."""
        asked = name_parts(name)
        if len(asked.stem) < 2:
            return []
        sound = _sound(asked.core)
        near = set(self._nearest(asked.core, self._cores, fuzz.partial_ratio))
        near.update(self._nearest(asked.stem, self._stems, fuzz.ratio))
        near.update(self._nearest(sound, self._sounds, fuzz.ratio))
        near.update(position for position, parts in enumerate(self._parts) if parts.plain == asked.plain)
        judged = [self._judge(asked, sound, position) for position in near]
        found = sorted((one for one in judged if one), key=lambda one: (-one.score, one.position))
        for kind in (SAME, SHORT):
            of_kind = [one for one in found if one.kind == kind]
            if of_kind:
                return of_kind[:most]
        return found[:most]

    @staticmethod
    def _nearest(asked: str, among: list[str], scorer: Any) -> list[int]:
        best = process.extract(asked, among, scorer=scorer, limit=_CLOSER_LOOK, score_cutoff=50)
        return [position for _, _, position in best]

    def _judge(self, asked: NameParts, sound: str, position: int) -> Likeness | None:
        listed = self._parts[position]
        if asked.plain == listed.plain:
            return Likeness(position, SAME, _SCORE_SAME)
        if _is_short_for(asked, listed):
            length = len(asked.stem) / len(listed.stem)
            return Likeness(position, SHORT, _SCORE_SHORT + 9.0 * min(1.0, length))
        score = _likeness(asked, listed, sound, self._sounds[position])
        return Likeness(position, SIMILAR, score) if score >= LEAST_SCORE else None


def _is_short_for(asked: NameParts, listed: NameParts) -> bool:
    """Say whether a name without its legal form leaves characters of a listed one out, and adds or changes none."""
    if asked.has_legal_form or len(asked.stem) < _LEAST_SHORT:
        return False
    core_kept = asked.core == listed.core or (asked.core == asked.stem and listed.core == listed.stem)
    return core_kept and _in_order(asked.stem, listed.plain)


def _in_order(some: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in some)


def _likeness(asked: NameParts, listed: NameParts, sound: str, listed_sound: str) -> float:
    """Return how much alike two different names are; 0 where nobody would take one for the other."""
    apart = bool(asked.places and listed.places and not _share_a_place(asked, listed))
    if len(asked.stem) > _LEAST_SHORT and OSA.distance(asked.stem, listed.stem, score_cutoff=1) <= 1:
        return _SCORE_ONE_CHARACTER
    generic = asked.core == asked.stem or listed.core == listed.stem
    score = 0.0
    if asked.core == listed.core:
        score = _SCORE_CORE
    elif sound == listed_sound and not generic:
        score = _SCORE_SOUND
    elif not generic and not apart:
        score = _core_likeness(asked, listed, sound, listed_sound)
    return score - (_PLACES_DIFFER if apart else 0.0)


def _core_likeness(asked: NameParts, listed: NameParts, sound: str, listed_sound: str) -> float:
    alike = Levenshtein.normalized_similarity(asked.core, listed.core)
    if min(len(asked.core), len(listed.core)) > 2:
        return 100.0 * alike + 10.0 if alike >= _LEAST_ALIKE else 0.0
    sounds = fuzz.ratio(sound, listed_sound)
    near = _share_a_place(asked, listed) and len(asked.core) == len(listed.core) and alike > 0
    return sounds if near and sounds >= _LEAST_ALIKE_SOUND else 0.0


def _share_a_place(asked: NameParts, listed: NameParts) -> bool:
    return bool(asked.places & listed.places or asked.provinces & listed.provinces)


def _sound(core: str) -> str:
    return "".join(lazy_pinyin(core))
