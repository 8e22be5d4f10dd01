"""The one trained model of a test run: what lies in models/ when it fits the data, else trained once."""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.processes.surroundings import prepare
from bot.settings import PROJECT

if TYPE_CHECKING:
    from rasa.core.agent import Agent

#: `TEST_MODEL=models/x.tar.gz pytest` runs with a model that does not fit, while somebody works on the data.
NAMED = os.environ.get("TEST_MODEL", "")


@lru_cache(maxsize=1)
def model_file() -> Path:
    """Return a model that fits, trained first where there is none."""
    prepare()
    if NAMED:
        return PROJECT / NAMED
    from bot.processes.training import Progress, train

    return train(PROJECT, Progress()).path(PROJECT)


def load_agent() -> Agent:
    """Return a new agent with the model, without actions and with a memory of its own."""
    from rasa.core.agent import Agent

    return Agent.load(str(model_file()))


class Parser:
    """Parses as `POST /model/parse` does."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def __call__(self, text: str) -> dict[str, Any]:
        return asyncio.run(self.agent.parse_message(text))


@lru_cache(maxsize=1)
def parser() -> Parser:
    return Parser(load_agent())
