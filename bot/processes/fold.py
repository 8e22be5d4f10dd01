"""One fold of a cross-validation, in a process and a project folder of its own; started by cross_validation only.

It trains with the messages that were left in data/nlu and reads those that were taken out.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from bot.logs import configure
from bot.processes.reading import load, understand
from bot.processes.surroundings import prepare
from bot.processes.training import Progress, stop, train

log = logging.getLogger("bot.fold")  # its own name would be __main__

HELD_OUT_FILE = "held_out.json"
READINGS_FILE = "readings.json"


def main() -> int:
    """Work in the current folder; 0 when the readings lie there."""
    prepare()
    configure()
    signal.signal(signal.SIGTERM, stop)
    project, progress = Path.cwd(), Progress()
    try:
        model = train(project, progress, force=True).path(project)
        progress.line("Reading the held-out messages")
        texts = json.loads((project / HELD_OUT_FILE).read_text(encoding="utf-8"))
        readings = asyncio.run(understand(load(model), texts))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        log.error("The fold failed.", exc_info=error)  # the log leaves out what it says, as it may quote a message
        return 1
    (project / READINGS_FILE).write_text(json.dumps([reading.record() for reading in readings]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
