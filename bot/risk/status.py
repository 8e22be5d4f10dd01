"""Whether a sign was told as a fact, denied or imagined, and what a new message changes about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PRESENT, ABSENT, HYPOTHETICAL = "present", "absent", "hypothetical"
STATUSES = (PRESENT, ABSENT, HYPOTHETICAL)  # within one message the first of these wins


@dataclass(frozen=True)
class Mention:
    """One sign in one message; `start` and `end` are offsets of the evidence in what the person wrote."""

    indicator: str
    status: str
    confidence: float
    evidence: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"{self.status!r} is no status; one of {', '.join(STATUSES)}")


def merge(before: Mapping[str, str], mentions: Iterable[Mention]) -> dict[str, str]:
    """Return what is known after one more message, given all its mentions together.

    A denial takes back what an earlier message said; a worry takes back nothing, neither a fact nor a denial.
    """
    said: dict[str, str] = {}
    for mention in mentions:
        known = said.get(mention.indicator, HYPOTHETICAL)
        said[mention.indicator] = min(known, mention.status, key=STATUSES.index)
    after = dict(before)
    for indicator, status in said.items():
        if status != HYPOTHETICAL or indicator not in before:
            after[indicator] = status
    return after
