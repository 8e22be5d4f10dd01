"""The training messages as they lie in data/nlu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from bot.settings import PROJECT


@dataclass(frozen=True)
class TrainingMessage:
    file: str
    intent: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def indicators(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.metadata.get("indicators") or {}
        return found


@lru_cache(maxsize=1)
def training_messages() -> tuple[TrainingMessage, ...]:
    messages = []
    for path in sorted((PROJECT / "data/nlu").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for row in group["examples"]:
                lines = [line.removeprefix("- ") for line in row["text"].strip().splitlines()]
                messages += [
                    TrainingMessage(path.name, group["intent"], line, row.get("metadata") or {}) for line in lines
                ]
    return tuple(messages)
