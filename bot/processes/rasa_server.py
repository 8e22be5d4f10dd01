"""The Rasa process: `python -m bot.processes.rasa_server`.

Rasa's own command line would show the token in the process list, put its logging over ours, listen on every address and
go on without a model or in memory when something is missing. Here all of that ends the start with one sentence.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tarfile
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import TYPE_CHECKING

from bot.logs import configure
from bot.processes import door, models
from bot.processes.models import ModelUnusable
from bot.processes.surroundings import drop_foreign_handlers, export, listen, loopback_port, one_thread, prepare
from bot.settings import PROJECT, Settings, SettingsError

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.core.utils import AvailableEndpoints
    from sanic import Sanic

log = logging.getLogger("bot.rasa")  # its own name would be __main__

REFUSED = 2
SECONDS_TO_FINISH = 3.0
FIRST_WORDS = "你好"
# They swap the model for any file or address that a caller names, or unload it.
CLOSED = {("PUT", "/model"), ("DELETE", "/model"), ("POST", "/model/train")}


def load(model: Path, endpoints: AvailableEndpoints) -> Agent:
    """Return Rasa's agent with this model and our records, or say what is wrong."""
    from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore

    from bot.nlu.story import StoryAgent

    store = TrackerStore.create(endpoints.tracker_store)
    if isinstance(store, InMemoryTrackerStore):  # what Rasa takes when it cannot import ours
        raise ModelUnusable("The records cannot be used: endpoints.yml names a tracker store that cannot be loaded.")
    agent = StoryAgent(tracker_store=store, action_endpoint=endpoints.action)
    try:
        with tarfile.open(model) as archive:
            archive.getnames()  # reads to the end, so that a cut-off file is noticed here
        agent.load_model(model)
    except Exception as error:
        log.error("The model cannot be loaded.", exc_info=error)
        name = f"{model.parent.name}/{model.name}"
        raise ModelUnusable(f"The model {name} is damaged: run `make train FORCE=1`.") from error
    return agent


def create_app(agent: Agent, settings: Settings, endpoints: AvailableEndpoints, credentials: Path) -> Sanic:
    """Return Rasa's server: its API and our REST channel, both behind the token."""
    from rasa.core.run import configure_app, create_http_input_channels
    from sanic.request import Request
    from sanic.response import HTTPResponse
    from sanic.response import json as as_json

    channels = create_http_input_channels(None, str(credentials))
    app = configure_app(channels, auth_token=settings.rasa_token, enable_api=True, endpoints=endpoints)
    app.ctx.agent = agent
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SECONDS_TO_FINISH
    door.close(app, settings.rasa_token)

    @app.on_request
    async def refuse_other_models(request: Request) -> HTTPResponse | None:
        if (request.method, request.path.rstrip("/")) in CLOSED:
            return as_json({"status": "failure", "reason": "The model is chosen with `make train`."}, status=403)
        return None

    @app.before_server_start
    async def speak_first_words(app: Sanic, _loop: AbstractEventLoop) -> None:
        # Dictionaries and vectors load with the first message; nobody has to wait for that.
        await app.ctx.agent.parse_message(FIRST_WORDS)

    return app


def run(project: Path) -> None:
    """Serve until stopped."""
    settings = Settings.from_environment()
    port = loopback_port(settings.rasa_url, "RASA_URL")
    taken = listen("127.0.0.1", port, "RASA_URL")
    model = models.usable(project)
    export(settings)
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints(str(PROJECT / "endpoints.yml"))
    agent = load(model, endpoints)
    app = create_app(agent, settings, endpoints, PROJECT / "credentials.yml")
    drop_foreign_handlers()
    log.info("Rasa opens on port %d with %s.", port, model.name)
    app.run(sock=taken, workers=1, access_log=False, motd=False)


def main() -> int:
    """Run; a wrong setting or model is one sentence and an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prepare()
    one_thread()
    configure()
    try:
        run(arguments.project.absolute())
    except (SettingsError, ModelUnusable) as error:
        print(f"Rasa stops: {error}", file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
