"""What has to be in the environment before a library is imported, and where a process may listen."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from urllib.parse import urlsplit

from bot.logs import TELEMETRY_OFF
from bot.settings import Settings, SettingsError

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL": "WARNING",  # Rasa's, which draws its progress bars below it
}
ONE_EVENT_LOOP = {"SANIC_WORKERS": "1"}


def prepare() -> None:
    """Switch telemetry off and foreign chatter down; to be called before any import of Rasa or TensorFlow."""
    os.environ.update(TELEMETRY_OFF)
    os.environ.update(ONE_EVENT_LOOP)
    os.environ.update(QUIET)
    # bot.logs takes the words out of a warning, and without them it helps nobody.
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


def one_thread() -> None:
    """Let the products and trees of one message be worked on by one thread; to be called before any import of NumPy.

    They are small: a second thread gains two milliseconds, and where another program is busy the two wait for each
    other at every one of a hundred trees. A message then took 1.6 s in place of 0.02 s.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def drop_foreign_handlers() -> None:
    """Leave only our own handler, once the libraries have been imported and have added theirs."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.root.setLevel(logging.INFO)


def export(settings: Settings) -> None:
    """Put into this process's environment what endpoints.yml and credentials.yml name."""
    os.environ["RASA_TOKEN"] = settings.rasa_token
    os.environ["ACTION_TOKEN"] = settings.action_token
    os.environ["ACTION_URL"] = settings.action_url


def loopback_port(url: str, setting: str) -> int:
    """Return the port of a service that we start ourselves; it has to be on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK_NAMES or not parts.port:
        raise SettingsError(f"{setting} must be http://127.0.0.1 with a port, as this program starts what it names.")
    return parts.port


def listen(host: str, port: int, setting: str) -> socket.socket:
    """Take a port without answering on it yet; when it cannot be had, say who to ask."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise SettingsError(_why_not(error, host, port, setting)) from error
    return taken


def _why_not(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        find = f"lsof -nP -iTCP:{port} -sTCP:LISTEN" if sys.platform == "darwin" else f"ss -ltnp 'sport = :{port}'"
        return f"Port {port} is in use by another program: find it with `{find}`, or choose another with {setting}."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user: choose one above 1023 with {setting}."
    return f"{host}:{port} cannot be opened ({error.strerror}): choose another address with {setting}."
