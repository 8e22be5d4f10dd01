"""The steady short answer to hostile use."""

from __future__ import annotations

from bot.replies.composer import Bubble
from bot.replies.texts import Texts


def refusal(texts: Texts, kind: str) -> Bubble:
    """Return the answer to a kind that bot.language.misuse.misuse_of gave; nothing of the message is in it."""
    return Bubble(texts.say(f"utter_misuse_{kind}"))
