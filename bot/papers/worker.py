"""The reading process: `python -m bot.papers.worker` takes the bytes of one file and gives JSON.

A file from a stranger is opened here and nowhere else: without keys or tokens in its environment, with little memory
and time, unable to write a byte to any disk. One process a file: what a file does to it ends with it. Loading the
models takes half a second, which a picture that takes one to four seconds can bear.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.papers import kinds
from bot.papers.allowance import Allowance
from bot.papers.errors import NoWords, PaperError
from bot.papers.limits import (
    LONGEST_SECONDS,
    LONGEST_TEXT,
    MOST_MEMORY,
    MOST_PROCESSOR_SECONDS,
)

if TYPE_CHECKING:
    from PIL import Image

    from bot.papers.pictures import PictureReader


def main() -> None:
    """Read one file from the standard input and write what came of it."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what a library prints is no answer
    os.environ.update(RASA_TELEMETRY_ENABLED="false", DO_NOT_TRACK="1")  # as in every program of ours
    content = sys.stdin.buffer.read()
    _bind()
    answer.write(json.dumps(_read(content)))
    answer.flush()
    os._exit(0)  # thread pools of libraries need no farewell


def _bind() -> None:
    """Take from this process what a hostile file could misuse."""
    signal.alarm(int(LONGEST_SECONDS) + 5)  # also when nobody is left to kill it
    os.nice(5)  # whoever is in danger goes first
    limits = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: MOST_PROCESSOR_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit on memory
            resource.setrlimit(limit, (most, most))


def _read(content: bytes) -> dict[str, Any]:
    """Return {text, kind, pages, truncated}, or {trouble, about} with the code of a PaperError."""
    try:
        kind = kinds.kind_of(content)
        text, pages, truncated = _text_of(kind, content, Allowance())
        text = tidied(text)
        if not any(unicodedata.category(character)[0] in "LN" for character in text):
            raise NoWords(kind)
        return {"text": text[:LONGEST_TEXT], "kind": kind, "pages": pages, "truncated": truncated}
    except PaperError as error:
        return {"trouble": error.code, "about": str(error)}
    except MemoryError:
        return {"trouble": "too_large", "about": "memory"}
    except Exception as error:  # whatever a library makes of a broken file
        return {"trouble": "unreadable", "about": type(error).__name__}


def _text_of(kind: str, content: bytes, allowance: Allowance) -> tuple[str, int, bool]:
    from bot.papers import documents

    if kind == kinds.PDF:
        return documents.read_pdf(content, _look, allowance)
    if kind == kinds.WORD:
        return documents.read_word(content, _look, allowance)
    if kind == kinds.TEXT:
        return documents.read_plain(content)
    from bot.papers.pictures import opened

    text, truncated = _look(opened(content), allowance)
    return text, 1, truncated


def _look(picture: Image.Image, allowance: Allowance) -> tuple[str, bool]:
    return _reader().read(picture, allowance)


@lru_cache(maxsize=1)
def _reader() -> PictureReader:
    from bot.papers.pictures import PictureReader

    return PictureReader()


def tidied(text: str) -> str:
    """Return the lines without blanks around them, empty lines and signs that show nothing."""
    kept = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n"):
        visible = "".join(c for c in line if c == "\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
        if visible.strip():
            kept.append(visible.strip())
    return "\n".join(kept)


if __name__ == "__main__":
    main()
