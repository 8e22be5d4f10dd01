"""Plays a talk through the real model and the real actions; only the wire between the two is left out."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.trained_model import model_file

if TYPE_CHECKING:
    from rasa.core.agent import Agent


@dataclass
class Reply:
    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Played:
    """`turns`: the bubbles of each turn; `slots`: what the dialogue remembers at the end."""

    turns: list[list[Reply]]
    slots: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        return [reply.text for turn in self.turns for reply in turn]


def agent_with_actions(tracker_store: Any = None) -> Agent:
    """Return the trained agent whose calls to the action server run rasa-sdk's executor right here, JSON and all."""
    from rasa.utils.endpoints import EndpointConfig
    from rasa_sdk.executor import ActionExecutor

    from bot.nlu.story import StoryAgent

    executor = ActionExecutor()
    executor.register_package("actions")

    class Here(EndpointConfig):
        async def request(self, *_: Any, **request: Any) -> Any:
            answer = await executor.run(json.loads(json.dumps(request["json"])))
            return json.loads(json.dumps(answer))

    agent = StoryAgent(action_endpoint=Here("http://127.0.0.1"), tracker_store=tracker_store)
    agent.load_model(str(model_file()))
    return agent


async def say(agent: Agent, sender: str, text: str, message_id: str | None = None) -> list[Reply]:
    """Say one thing as the REST channel passes it on, and return the bubbles."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from bot.gateway.plain_text import LONGEST_UNDERSTOOD, harmless

    channel = CollectingOutputChannel()
    spoken = harmless(text)[:LONGEST_UNDERSTOOD]
    metadata = {"message_id": message_id} if message_id else None
    await agent.handle_message(UserMessage(spoken, channel, sender, input_channel="rest", metadata=metadata))
    spoken = [message for message in channel.messages if "custom" not in message]  # a picture belongs to its text
    return [Reply(message.get("text", ""), message.get("buttons", [])) for message in spoken]


async def play(agent: Agent, turns: list[str]) -> Played:
    """Play a whole talk with a new sender."""
    sender = uuid.uuid4().hex
    replies = [await say(agent, sender, text) for text in turns]
    tracker = await agent.tracker_store.retrieve(sender)
    return Played(replies, tracker.current_slot_values() if tracker else {})
