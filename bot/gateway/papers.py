"""Pictures and files on their way through the gateway: fetched, read, and turned into the text of their message.

Until it is read, `Message.file` is {"files": [{"id", "size"}], "album"}; then {"paper": kind, "cut", "typed",
"trouble"}, `typed` being how many characters of the text were typed and not read, or, when nothing could be read,
{"trouble"} with the response that says why. The bytes are nowhere but in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.gateway.limits import TOO_MUCH, FileLimit
from bot.gateway.plain_text import LONGEST_UNDERSTOOD
from bot.health import counted
from bot.papers import speech
from bot.papers.errors import PaperError
from bot.papers.kinds import PDF, WORD
from bot.papers.limits import LONGEST_SECONDS
from bot.papers.reading import Paper, read_paper
from bot.records.models import Message

log = logging.getLogger(__name__)

#: Reading keeps a core busy.
READ_AT_ONCE = 2
#: So often a file is asked for before the person is asked to send it again.
TRIES = 4
LONGEST_PAUSE = 30.0
#: Telegram's albums hold ten; more files of one message are not read.
MOST_FILES = 10
#: Telegram brings the pictures of an album one by one: so long it waits for one more.
ALBUM_SECONDS = 1.5
#: What to say when a file could not be fetched, or reading it failed in a way nobody foresaw.
NOT_READ = {
    Message.Kind.PHOTO: "utter_input_photo",
    Message.Kind.DOCUMENT: "utter_input_document",
    Message.Kind.VOICE: "utter_input_voice",
}

Fetch = Callable[[Mapping[str, Any]], Awaitable[bytes]]


class FetchLater(Exception):
    """The channel cannot give the file now; `seconds` when it said for how long."""

    def __init__(self, error_class: str, seconds: float | None = None) -> None:
        super().__init__(error_class)
        self.seconds = seconds


class CannotFetch(Exception):
    """The channel will never give this file."""


class Papers:
    """Reads the files of messages, two at a time for everyone together."""

    def __init__(self, fetch: Fetch, first_pause: float = 1.0) -> None:
        self._fetch, self._first_pause, self._limit = fetch, first_pause, FileLimit()
        self._places = asyncio.Semaphore(READ_AT_ONCE)

    async def read(self, messages: Sequence[Message]) -> tuple[str, dict[str, Any]]:
        """Return the words of an album or a single message with those read from it, and what to keep in `file`."""
        words: list[str] = []
        papers: list[Paper] = []
        troubles: list[str] = []
        for message in messages:
            words.append(message.text)
            for file in message.file["files"]:
                if len(papers) + len(troubles) >= MOST_FILES or sum(map(len, words)) > LONGEST_UNDERSTOOD:
                    break  # nothing more would be understood
                began = time.monotonic()
                found = await self._read(message, file)
                counted.PAPER_SECONDS.labels(str(message.kind)).observe(time.monotonic() - began)
                outcome = "read" if isinstance(found, Paper) else found
                counted.PAPERS.labels(str(message.kind), outcome).inc()
                if isinstance(found, Paper):
                    papers.append(found)
                    words.append(found.text)
                else:
                    troubles.append(found)
        return "\n".join(filter(None, words)), _outcome(papers, troubles, messages)

    async def _read(self, message: Message, file: Mapping[str, Any]) -> Paper | str:
        """Return what was read, or the response that says why it was not."""
        kind = Message.Kind(message.kind)
        if not self._limit.allows(message):
            return TOO_MUCH
        try:
            content = await self._fetched(file)
            async with self._places:
                return await (_heard(content) if kind == Message.Kind.VOICE else read_paper(content))
        except PaperError as error:
            log.info("A paper could not be read (%s).", error.code)
            return error.response
        except CannotFetch as error:
            log.warning("A file could not be fetched (%s).", error)
        except Exception as error:
            log.error("Reading a file failed (%s).", type(error).__name__, exc_info=error)
        return NOT_READ.get(kind, "utter_input_document")

    async def _fetched(self, file: Mapping[str, Any]) -> bytes:
        for tried in range(TRIES):
            try:
                return await self._fetch(file)
            except FetchLater as error:
                pause, why = error.seconds or self._first_pause * 2**tried, str(error)
            if tried + 1 < TRIES:
                await asyncio.sleep(min(pause, LONGEST_PAUSE))
        raise CannotFetch(why)


async def _heard(sound: bytes) -> Paper:
    """Return what a plugged-in recogniser made out of a voice note."""
    recognizer = speech.recognizer()
    if recognizer is None:
        raise CannotFetch("no recogniser of speech")
    text = await asyncio.wait_for(asyncio.to_thread(recognizer.recognize, sound), LONGEST_SECONDS)
    if not text.strip():
        raise CannotFetch("no words")
    return Paper(text, "voice")


def _outcome(papers: Sequence[Paper], troubles: Sequence[str], messages: Sequence[Message]) -> dict[str, Any]:
    if not papers:
        return {"trouble": troubles[0]}
    kinds = {paper.kind for paper in papers}
    left_out = sum(len(message.file["files"]) for message in messages) > len(papers) + len(troubles)
    kept: dict[str, Any] = {
        # a document says more about what was sent than a picture beside it
        "paper": next((kind for kind in (PDF, WORD) if kind in kinds), papers[0].kind),
        "cut": left_out or any(paper.truncated for paper in papers),
        "typed": len(messages[0].text),
    }
    return {**kept, "trouble": "utter_paper_some_unread"} if troubles else kept
