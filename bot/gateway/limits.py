"""How much one chat, and all chats together, may bring; docs/limits.md shows the same figures to everybody.

Nothing is lost by a limit: what is too much is stored as ever, and only Rasa is spared it. What speaks of danger has no
limit.
"""

from __future__ import annotations

from uuid import UUID

from bot.health import counted
from bot.limiting import MovingWindow
from bot.records.models import Channel, Message

MINUTE, HOUR = 60.0, 3600.0
#: Messages of one chat or web visit that are answered one by one.
MESSAGES_A_MINUTE = {Channel.TELEGRAM: 30, Channel.WEB: 20}
#: So often one chat hears that it is too quick.
LINES_A_MINUTE = 1
#: Pictures, pages and files that are read: each keeps a core busy for two to ten seconds.
FILES_AN_HOUR = 30
FILES_AN_HOUR_FOR_ALL = 600
#: People who write on the web page for the first time, all together: no addresses are kept to tell them apart.
NEW_VISITS_A_MINUTE = 120

#: The response to what is too much.
TOO_MUCH = "utter_limit_messages"


class MessageLimit:
    """Knows which messages are too many, and to which of them that is said."""

    def __init__(self, channel: str) -> None:
        self._messages = MovingWindow(MESSAGES_A_MINUTE[Channel(channel)], MINUTE)
        self._lines = MovingWindow(LINES_A_MINUTE, MINUTE)
        self._surplus: dict[UUID, dict[UUID, bool]] = {}  # conversation -> message -> whether it is told

    def count(self, message: Message, danger: bool) -> None:
        """Count a message that came in; one that speaks of danger is never too many."""
        talk = message.conversation_id
        if not self._messages.take(talk) and not danger:
            counted.LIMITS.labels("messages").inc()
            self._surplus.setdefault(talk, {})[message.pk] = self._lines.take(talk)

    def surplus(self, message: Message) -> bool | None:
        """Return None when the message is not too many, else whether that is to be said to it."""
        return self._surplus.get(message.conversation_id, {}).get(message.pk)

    def settled(self, message: Message) -> None:
        """Forget a message that needs no answer any more."""
        surplus = self._surplus.get(message.conversation_id, {})
        surplus.pop(message.pk, None)
        if not surplus:
            self._surplus.pop(message.conversation_id, None)

    def forget(self, conversation_id: UUID) -> None:
        """Forget a conversation that is erased."""
        for window in (self._messages, self._lines):
            window.forget(conversation_id)
        self._surplus.pop(conversation_id, None)


class FileLimit:
    """Knows whether one more picture or file may be read."""

    def __init__(self) -> None:
        self._of_chat = MovingWindow(FILES_AN_HOUR, HOUR)
        self._of_all = MovingWindow(FILES_AN_HOUR_FOR_ALL, HOUR)

    def allows(self, message: Message) -> bool:
        """Count one file of the message; somebody in danger does not wait for what others send."""
        allowed = self._of_chat.take(message.conversation_id)
        allowed = allowed and (self._of_all.take(None) or message.conversation.in_danger)
        if not allowed:
            counted.LIMITS.labels("files").inc()
        return allowed
