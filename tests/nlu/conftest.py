"""The trained model, for all tests of understanding."""

from __future__ import annotations

import pytest

from tests.trained_model import Parser, parser

SECONDS_WITH_TRAINING = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs the model may have to wait for its training."""
    for item in items:
        if "parse" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(SECONDS_WITH_TRAINING))


@pytest.fixture(scope="session")
def parse() -> Parser:
    """Return what parses one message."""
    return parser()
