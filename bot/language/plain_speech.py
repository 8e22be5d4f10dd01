"""Cantonese and dialect written with the characters of Mandarin, one for one, for whatever learns from examples.

Two of a hundred messages that are learnt from are in Cantonese: too few to learn each sign anew in it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

PLAIN_SPEECH_FILE = Path("data/dictionary/plain_speech.yml")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    rows: dict[str, str] = yaml.safe_load(PLAIN_SPEECH_FILE.read_text(encoding="utf-8"))
    if not all(len(usual) == 1 for usual in rows):
        raise ValueError(f"{PLAIN_SPEECH_FILE}: one character stands for others, so that offsets hold")
    return {ord(other): usual for usual, others in rows.items() for other in others}


def in_plain_speech(text: str) -> str:
    """Return a normalised text of the same length."""
    return text.translate(_table())
