"""What the desk may see, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from bot.knowledge.recruiters import Match
from bot.records import receipts
from bot.records.models import Conversation, Finding, Message, RiskLevel
from bot.records.receipt_codes import masked
from bot.records.recruiters import ask_list
from bot.records.seen_numbers import times_seen_before

MOST_COMPANIES = 10

MOST_URGENT_FIRST: tuple[dict[str, Any], ...] = (
    {"in_danger": True},
    {"risk_level": RiskLevel.CRITICAL},
    {"waiting_for_human": True},
    {"risk_level": RiskLevel.HIGH},
    {"risk_level": RiskLevel.CAUTION},
)


def by_urgency() -> QuerySet[Conversation]:
    """Return all conversations, the most urgent first, then the one that wrote last.

    `linked` says whether a receipt made a talk one case with another.
    """
    urgency = Case(
        *(When(**condition, then=Value(place)) for place, condition in enumerate(MOST_URGENT_FIRST)),
        default=Value(len(MOST_URGENT_FIRST)),
        output_field=IntegerField(),
    )
    linked = Q(continues__isnull=False) | Exists(Conversation.objects.filter(continues=OuterRef("pk")))
    return (
        Conversation.objects.select_related("contact")
        .annotate(urgency=urgency, linked=ExpressionWrapper(linked, output_field=BooleanField()))
        .order_by("urgency", F("last_message_at").desc(nulls_last=True), "id")
    )


def with_seen_numbers(conversations: Iterable[Conversation]) -> list[Conversation]:
    """Set on each conversation in how many other people's grave talks its numbers came up; never which ones."""
    talks = list(conversations)
    seen = times_seen_before(talks)
    for talk in talks:
        talk.number_seen_before = seen[talk.pk]
    return talks


def is_readable(conversation: Conversation) -> bool:
    """Say whether staff may read the talk: only after the person said yes."""
    return conversation.contact.consent is True


def same_case(conversation: Conversation) -> QuerySet[Conversation]:
    """Return the other talks of the same case; whether they can be read, their own consent decides."""
    return by_urgency().filter(pk__in=receipts.same_case(conversation.pk))


def timeline(conversation: Conversation) -> QuerySet[Message]:
    """Return what can be read; what was emptied while nobody had agreed is no bubble."""
    return conversation.messages.filter(emptied_at=None).order_by("number").prefetch_related("findings")


def facts_of(conversation: Conversation) -> list[tuple[str, str]]:
    """Return the facts of the offer as rows of name and value."""
    return [(name, _readable(value)) for name, value in sorted(conversation.facts.items()) if value not in (None, "")]


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name} {_readable(part)}" for name, part in value.items() if part not in (None, ""))
    if isinstance(value, list):
        return "、".join(_readable(part) for part in value)
    return str(value)


@dataclass(frozen=True)
class ListedCompany:
    """A company on the list as the page shows it; `expired` when its certificate had run out today."""

    match: Match
    expired: bool


def listed_companies(name: str) -> list[ListedCompany]:
    """Return what the list in use holds for a name, the likeliest first."""
    today = timezone.localdate()
    return [ListedCompany(match, match.expired(today)) for match in ask_list(name, MOST_COMPANIES).matches]


@dataclass(frozen=True)
class Piece:
    """A stretch of a message, with the findings whose evidence it is."""

    text: str
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> str:
        """Return the status that decides the underline: what is present outweighs what is denied."""
        statuses = {finding.status for finding in self.findings}
        return next((status for status in Finding.Status.values if status in statuses), "")


@dataclass(frozen=True)
class Bubble:
    """One message as the timeline shows it."""

    message: Message
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, message: Message) -> Bubble:
        findings = tuple(message.findings.all())
        return cls(message, tuple(underlined(masked(message.text), findings)), findings)  # a code is nobody's to read


def underlined(text: str, findings: Iterable[Finding]) -> Iterator[Piece]:
    """Cut a text at every edge of an evidence; overlapping evidence shares its pieces."""
    marks = [finding for finding in findings if 0 <= finding.start < finding.end <= len(text)]
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.start, mark.end))})
    for start, end in pairwise(edges):
        yield Piece(text[start:end], tuple(mark for mark in marks if mark.start <= start and end <= mark.end))
