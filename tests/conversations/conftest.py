"""The real agent with the real actions, for all conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.talking import agent_with_actions

if TYPE_CHECKING:
    from rasa.core.agent import Agent

SECONDS_WITH_TRAINING = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs the model may have to wait for its training."""
    for item in items:
        if "agent" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(SECONDS_WITH_TRAINING))


@pytest.fixture(scope="session")
def agent() -> Agent:
    return agent_with_actions()
