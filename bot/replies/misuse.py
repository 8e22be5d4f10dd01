"""The steady short answer to hostile use."""

from __future__ import annotations

from bot.replies.composer import Bubble
from bot.replies.texts import Texts


def refusal(texts: Texts, kind: str, in_english: bool = False) -> Bubble:
    """Return the answer to a kind that bot.language.misuse.misuse_of gave; nothing of the message is in it."""
    if in_english:
        return Bubble(f"{texts.say('utter_english_refusal')}\n{texts.say('utter_english_chinese')}")
    return Bubble(texts.say(f"utter_misuse_{kind}"))
