"""Runs one of our programs so that it cannot outlive whoever started it: `python -m bot.processes.lifeline MODULE …`.

The starter holds the other end of our standard input. However it ends, also by `kill -9`, the system closes that end,
on Linux and macOS alike; prctl(PR_SET_PDEATHSIG) would do it on Linux only.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

from bot.logs import configure
from bot.processes.surroundings import prepare

SECONDS_TO_STOP = 5.0


def hold(descriptor: int) -> None:
    """Wait until nobody holds the other end of the descriptor, then end this process."""
    while os.read(descriptor, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Start the watch, then become the program."""
    prepare()
    configure()  # from the first line on: an import that fails tells nothing either
    threading.Thread(target=hold, args=(sys.stdin.fileno(),), daemon=True, name="lifeline").start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
