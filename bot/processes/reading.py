"""What a trained model reads in a message, as POST /model/parse would tell it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.processes.labelled import Labelled, intent_group
from bot.processes.metrics import Scored
from bot.risk.status import PRESENT

if TYPE_CHECKING:
    from rasa.core.agent import Agent

WARM_UP = ("你好", "中介要收押金", "护照能给他吗")


@dataclass(frozen=True)
class Reading:
    """The labels that a model gives, and how sure it is; `complete` when it tells a chance for every sign."""

    intent: str
    confidence: float
    present: frozenset[str]
    chances: Mapping[str, float]
    complete: bool
    milliseconds: float

    @classmethod
    def of(cls, parsed: Mapping[str, Any], milliseconds: float) -> Reading:
        intent = parsed.get("intent") or {}
        mentions = parsed.get("risk_indicators") or []
        chances = parsed.get("indicator_chances")
        return cls(
            intent=intent_group(intent.get("name")),
            confidence=float(intent.get("confidence") or 0.0),
            present=frozenset(mention["indicator"] for mention in mentions if mention["status"] == PRESENT),
            chances=_chances_of(mentions) if chances is None else {name: float(one) for name, one in chances.items()},
            complete=chances is not None,
            milliseconds=milliseconds,
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Reading:
        """Take back what `record` gave."""
        return cls(
            intent=str(record["intent"]),
            confidence=float(record["confidence"]),
            present=frozenset(map(str, record["given"])),
            chances={str(label): float(chance) for label, chance in record["chances"].items()},
            complete=bool(record["complete"]),
            milliseconds=float(record["milliseconds"]),
        )

    def record(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "given": sorted(self.present),
            "chances": {label: round(chance, 4) for label, chance in sorted(self.chances.items())},
            "complete": self.complete,
            "milliseconds": round(self.milliseconds, 1),
        }


def _chances_of(mentions: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the chance that a sign is present; a denial that the model is sure of is a small chance."""
    chances: dict[str, float] = {}
    for mention in mentions:
        sure = float(mention["confidence"])
        chance = sure if mention["status"] == PRESENT else 1.0 - sure
        chances[mention["indicator"]] = max(chance, chances.get(mention["indicator"], 0.0))
    return chances


def load(model: Path) -> Agent:
    """Load a model for reading alone; what goes wrong is told by the caller, who knows where the model comes from."""
    from rasa.core.agent import Agent

    return Agent.load(model)


async def understand(agent: Agent, texts: Sequence[str], doing: str = "", show: bool = False) -> list[Reading]:
    """Let the model read every text, one after the other, so that the times are those of a quiet server."""
    from tqdm import tqdm

    for text in WARM_UP:
        await agent.parse_message(text)
    readings = []
    for text in tqdm(texts, desc=doing, unit=" messages", disable=not show, leave=False):
        began = time.perf_counter()
        parsed = await agent.parse_message(text)
        readings.append(Reading.of(parsed, (time.perf_counter() - began) * 1000))
    return readings


def scored(messages: Iterable[Labelled], readings: Iterable[Reading]) -> list[Scored]:
    """Lay what was understood beside what the messages mean."""
    return [
        Scored(
            gold_intent=message.intent,
            given_intent=reading.intent,
            present=message.present,
            absent=message.absent,
            hypothetical=message.hypothetical,
            given=reading.present,
            milliseconds=reading.milliseconds,
            confidence=reading.confidence,
            chances=reading.chances,
        )
        for message, reading in zip(messages, readings, strict=True)
    ]
