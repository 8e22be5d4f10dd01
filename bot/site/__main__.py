"""The web site: `python -m bot.site` serves it and answers what is written there, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import warnings
from collections.abc import Iterator

import django
import uvicorn

from bot import logs
from bot.language.lexicon import LexiconError
from bot.settings import Settings, SettingsError
from bot.tables import KnowledgeError

log = logging.getLogger("bot.site")

REFUSED = 2
#: How long answers in progress may take when the site is to stop; what is stored is answered by the next process.
LAST_SECONDS = 3


class SiteError(Exception):
    """The site cannot start; the message is one sentence for the person who starts it."""


class Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn would send them on when it is done, before the answerer has stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> int:
    """Run until stopped; a wrong setting or table or a busy port is one sentence and an exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
    logs.configure()
    # WhiteNoise hands files over in a way that Django warns of once; they are few and small.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")
    try:
        settings = Settings.from_environment()
        django.setup()
        _check_records()
        with listen(settings.site_host, settings.site_port) as listener:
            asyncio.run(_run(settings, listener))
    except (SettingsError, SiteError, KnowledgeError, LexiconError) as error:
        print(f"The site stops: {error}", file=sys.stderr)
        return REFUSED
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Open the port before anything else starts, so that a busy one is told in one sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SiteError(
            f"nothing can listen on {host} port {port} ({error.strerror}); stop what uses it, or set SITE_HOST or"
            " SITE_PORT to another."
        ) from error


def _check_records() -> None:
    from django.db import DatabaseError, connection

    from bot.records.models import Contact

    try:
        Contact.objects.exists()
    except DatabaseError as error:
        raise SiteError("the records cannot be read; run `python manage.py migrate` first.") from error
    finally:
        connection.close()


async def _run(settings: Settings, listener: socket.socket) -> None:
    from bot.gateway import web
    from bot.gateway.web import WebAnswerer
    from bot.site.asgi import application
    from bot.site.talk import voice

    server = make_server(application)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, server)
    answerer = WebAnswerer(settings, voice())
    web.use(answerer)
    if settings.behind_tls and not settings.is_reachable:
        log.warning("SITE_ALLOWED_HOSTS names only this machine: visitors of the proxy with TLS may be refused.")
    log.info("The chat page is at http://%s:%d/", *listener.getsockname()[:2])
    try:
        await server.serve(sockets=[listener])
    finally:
        await answerer.stop()
    log.info("The site has stopped.")


def make_server(application: object) -> Server:
    """Return the server: one process, as the answers of a talk have to stay in order, and a log without addresses."""
    return Server(
        uvicorn.Config(
            application,  # type: ignore[arg-type]  # Django's is an ASGI application without saying so
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=LAST_SECONDS,
        )
    )


def _stop(server: Server) -> None:
    server.force_exit = server.should_exit  # asked twice: at once
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
