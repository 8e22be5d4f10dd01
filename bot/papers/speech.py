"""Where a recogniser of speech can be plugged in. None is built in: a voice note gets a kind answer.

from bot.papers import speech
speech.plug_in(MyRecogniser())      # before the gateway starts; it has to work on this machine alone

From then on voice notes are fetched, recognised, and answered like typed text.
"""

from __future__ import annotations

from typing import Protocol


class SpeechRecognizer(Protocol):
    """Turns a voice note into words."""

    def recognize(self, sound: bytes) -> str:
        """Return what was said, "" when nothing can be made out. Called in a thread; Telegram sends Ogg with Opus."""


_plugged_in: list[SpeechRecognizer] = []


def plug_in(recognizer: SpeechRecognizer | None) -> None:
    """Use this recogniser from now on; None takes it out again."""
    _plugged_in[:] = [recognizer] if recognizer is not None else []


def recognizer() -> SpeechRecognizer | None:
    """Return what was plugged in."""
    return _plugged_in[0] if _plugged_in else None
