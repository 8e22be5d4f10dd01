"""Every target by its name."""

from __future__ import annotations

from tests.fuzz import files, wires, words
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {one.name: one for one in (*words.TARGETS, *files.TARGETS, *wires.TARGETS)}
