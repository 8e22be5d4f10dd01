"""A message read together with the story before it: Rasa reads each message alone, people tell in pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.indicators import INDICATOR_CHANCES

#: Output beside `indicator_chances`: the same for the story so far with this message at its end.
STORY_CHANCES = "story_chances"
#: The slot and its entry in which the actions keep the words of the story.
TOLD, STORY = "told", "story"


class StoryProcessor(MessageProcessor):
    """Reads the story as well, where there is one: 男的拿一半 says little, after 假结婚八万块 it says much."""

    def __init__(self, processor: MessageProcessor) -> None:
        self.__dict__.update(processor.__dict__)  # with the model that it has loaded

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        parsed = await super().parse_message(message, tracker, only_output_properties)
        told = tracker.get_slot(TOLD) if tracker else None
        story = (told or {}).get(STORY)
        if story and message.text:
            whole = UserMessage(f"{story}，{message.text}", sender_id=message.sender_id)
            read = await super().parse_message(whole, None, only_output_properties)
            parsed[STORY_CHANCES] = read.get(INDICATOR_CHANCES) or {}
        return parsed


class StoryAgent(Agent):
    """Rasa's agent with a processor that reads stories."""

    processor: MessageProcessor

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        super().load_model(model_path, fingerprint)
        self.processor = StoryProcessor(self.processor)
