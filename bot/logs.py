"""One safe log for every process: our own lines say what happened, foreign lines only say where.

Rasa, sanic, telegram, httpx and Django print messages, addresses and tokens. The words are taken away where a record is
made, not where it is printed, so no handler that a library adds later can show them.
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import sys
import threading
import time
import traceback
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

from bot import request_ids

OWN_LOGGERS = ("bot", "actions")
WITHHELD = "(message withheld)"
# The constant names of structlog events, such as rest.message.received
EVENT_NAME = re.compile(r"[a-z_]{1,30}(\.[a-z_]{1,30}){1,5}")
ERRORS_IN_CHAIN = 5
#: `json` for one JSON object a line; anything else is the form for people to read.
FORMAT_SETTING = "ANXING_LOG_FORMAT"
#: The module that a process runs -> the name by which the supervisor and the metrics know it.
PROCESSES = {
    "bot.site": "web",
    "bot.gateway": "telegram",
    "actions.server": "actions",
    "bot.processes.rasa_server": "rasa",
}
TELEMETRY_OFF = {"RASA_TELEMETRY_ENABLED": "false", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

_make_record = logging.LogRecord
_configured = False


def configure(settings: dict[str, Any] | None = None) -> None:
    """Make this process log safely; Django calls it with its LOGGING, which has nothing to add."""
    global _configured
    os.environ.update(TELEMETRY_OFF)
    if _configured:
        return
    _configured = True
    _leave_no_core()
    logging.setLogRecordFactory(safe_record)
    logging.raiseExceptions = False  # else a failing handler prints the arguments of its record
    _take_over_handlers()
    _take_over_structlog()
    logging.captureWarnings(True)  # Rasa warns with the line it could not parse
    warnings.simplefilter("ignore", DeprecationWarning)
    sys.excepthook = _log_crash
    threading.excepthook = lambda crash: _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def is_own(logger_name: str) -> bool:
    """Say whether a logger is ours, so that what it prints was written with care."""
    return logger_name.partition(".")[0] in OWN_LOGGERS


def safe_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    """Make a record without anything a person wrote: no foreign message, no text of an exception."""
    record = _make_record(*arguments, **named)
    if not is_own(record.name):
        record.msg, record.args = WITHHELD, ()
    if record.exc_info and record.exc_info[1] is not None:
        record.errors = describe(record.exc_info[1])
    record.exc_info = record.exc_text = record.stack_info = None
    record.request_id = request_ids.current()
    return record


def describe(error: BaseException) -> str:
    """Return the classes of an exception and its causes, each with the place it came from."""
    chain: list[str] = []
    current: BaseException | None = error
    while current is not None and len(chain) < ERRORS_IN_CHAIN:
        frames = traceback.extract_tb(current.__traceback__)
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        chain.append(type(current).__name__ + place)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return " <- ".join(chain)


class SafeFormatter(logging.Formatter):
    """Prints one line a record."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        parts = [self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), record.levelname, record.name]
        if is_own(record.name):
            parts.append(_one_line(record.getMessage()))
        else:
            parts.append(f"{record.filename}:{record.lineno}")
            parts.append(getattr(record, "event_name", ""))
        parts.append(getattr(record, "errors", ""))
        request_id = getattr(record, "request_id", "")
        parts.append(f"[{request_id}]" if request_id else "")
        return " ".join(part for part in parts if part)


class JsonFormatter(logging.Formatter):
    """Prints one JSON object a line, with the same words as SafeFormatter and no others."""

    def format(self, record: logging.LogRecord) -> str:
        own = is_own(record.name)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.created * 1000) % 1000:03d}Z",
            "level": record.levelname,
            "process": process_name(),
            "logger": record.name,
            "message": _one_line(record.getMessage()) if own else "",
            "place": "" if own else f"{record.filename}:{record.lineno}",
            "event": "" if own else getattr(record, "event_name", ""),
            "errors": getattr(record, "errors", ""),
            "request_id": getattr(record, "request_id", ""),
        }
        return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


class _Worthwhile(logging.Filter):
    """Lets foreign records through from WARNING on: below it they are traffic, and say nothing without their words."""

    def filter(self, record: logging.LogRecord) -> bool:
        return is_own(record.name) or record.levelno >= logging.WARNING


def _leave_no_core() -> None:
    """A core dump is the memory of a crashed process, with what people wrote and the keys, in a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def is_json() -> bool:
    """Whether the operator wants JSON lines."""
    return os.environ.get(FORMAT_SETTING, "").strip().lower() == "json"


def process_name() -> str:
    """Return which of our programs this is."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    module = (spec.name if spec else Path(sys.argv[0]).stem).removesuffix(".__main__")
    return PROCESSES.get(module, module)


def passed_on(process: str, line: str) -> str:
    """Return a line that a process printed as a JSON line, which most of them are already."""
    if line.startswith('{"time": '):
        return line
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    fields = {"time": moment, "level": "INFO", "process": process, "message": _one_line(line)}
    return json.dumps(fields, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _take_over_handlers() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if is_json() else SafeFormatter())
    handler.addFilter(_Worthwhile())
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)


def _take_over_structlog() -> None:
    try:
        import structlog
    except ImportError:  # the gateway and the site also run without Rasa
        return
    structlog.configure(
        processors=[_without_words],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )


def _without_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Keep the constant name of a structlog event and its exception, drop every value."""
    name = str(event.get("event", ""))
    extra = {"event_name": name} if EVENT_NAME.fullmatch(name) else {}
    return (WITHHELD,), {"extra": extra, "exc_info": event.get("exc_info")}


def _log_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    # A record of our own, so that it is printed; describe() has taken the words away.
    logging.getLogger("bot.crash").critical("stopped by %s", describe(error) if error else kind.__name__)
