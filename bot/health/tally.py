"""What the conversations count, a line each there, and the names of messages in the log."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from bot import request_ids
from bot.health import counted
from bot.records.models import Message

#: So many messages keep their name in the log; an older one that is still unanswered gets a new one.
NAMES_KEPT = 10_000


class RequestNames:
    """Which name in the log belongs to which message: in memory alone, so that a log never leads to a stored row."""

    def __init__(self) -> None:
        self._names: OrderedDict[UUID, str] = OrderedDict()

    def keep(self, message_id: UUID, name: str) -> None:
        self._names[message_id] = name
        while len(self._names) > NAMES_KEPT:
            self._names.popitem(last=False)

    def of(self, message_id: UUID) -> str:
        """Return the name of the message; a new one after a restart."""
        if message_id not in self._names:
            self.keep(message_id, request_ids.new())
        return self._names[message_id]


def received(channel: str, message: Message) -> None:
    counted.RECEIVED.labels(channel, str(message.kind)).inc()
    if message.state == Message.State.ANSWERED:  # by saying nothing, as the person wishes
        counted.SETTLED.labels(channel, "silence").inc()


def settled(channel: str, message: Message, state: str) -> None:
    counted.SETTLED.labels(channel, state).inc()
    if state == Message.State.ANSWERED:
        counted.ANSWER_SECONDS.labels(channel).observe(counted.seconds_since(message.created_at))
