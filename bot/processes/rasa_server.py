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
from typing import TYPE_CHECKING, Any

from bot import request_ids
from bot.health import sanic_routes
from bot.logs import configure
from bot.processes import door, models
from bot.processes.models import ModelUnusable
from bot.processes.surroundings import drop_foreign_handlers, export, listen, loopback_port, one_thread, prepare
from bot.settings import PROJECT, Settings, SettingsError

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig
    from sanic import Sanic

    from bot.records.tracker_store import RecordsTrackerStore

log = logging.getLogger("bot.rasa")  # its own name would be __main__

REFUSED = 2
SECONDS_TO_FINISH = 3.0
FIRST_WORDS = "你好"
STORE = "bot.records.tracker_store.RecordsTrackerStore"
# They swap the model for any file or address that a caller names, or unload it.
CLOSED = {("PUT", "/model"), ("DELETE", "/model"), ("POST", "/model/train")}


def load(model: Path, endpoints: AvailableEndpoints) -> Agent:
    """Return Rasa's agent with this model and our records, or say what is wrong."""
    from bot.nlu.story import StoryAgent

    agent = StoryAgent(tracker_store=records_store(endpoints), action_endpoint=_named_calls(endpoints.action))
    try:
        with tarfile.open(model) as archive:
            archive.getnames()  # reads to the end, so that a cut-off file is noticed here
        agent.load_model(model)
    except Exception as error:
        log.error("The model cannot be loaded.", exc_info=error)
        name = f"{model.parent.name}/{model.name}"
        raise ModelUnusable(f"The model {name} is damaged: run `make train FORCE=1`.") from error
    return agent


def records_store(endpoints: AvailableEndpoints) -> RecordsTrackerStore:
    """Return our tracker store: Rasa would take one in memory where it cannot import ours, and any that is named."""
    from rasa.core.tracker_store import TrackerStore

    from bot.records.tracker_store import RecordsTrackerStore

    try:
        store = TrackerStore.create(endpoints.tracker_store)
    except Exception as error:
        log.error("The tracker store cannot be made.", exc_info=error)
        raise ModelUnusable("The records cannot be used: the tracker store of endpoints.yml cannot be made.") from error
    if not isinstance(store, RecordsTrackerStore):
        raise ModelUnusable(f"The records cannot be used: endpoints.yml must name {STORE} as its tracker store.")
    return store


def _named_calls(endpoint: EndpointConfig | None) -> EndpointConfig | None:
    """Return the same endpoint; its calls carry the name that the message has in the log."""
    from rasa.utils.endpoints import EndpointConfig

    class NamedCalls(EndpointConfig):
        async def request(self, *arguments: Any, **named: Any) -> Any:
            headers = {**named.pop("headers", {}), request_ids.HEADER: request_ids.current()}
            return await super().request(*arguments, headers=headers, **named)

    if endpoint is not None:
        endpoint.__class__ = NamedCalls  # whatever else endpoints.yml says of it stays
    return endpoint


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

    sanic_routes.add(app, settings.rasa_token)

    @app.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        if not sanic_routes.has_token(request, settings.rasa_token):
            return as_json({"status": "failure", "reason": "The token is missing or wrong."}, status=401)
        agent: Agent = app.ctx.agent
        return as_json({"model": agent.is_ready() and agent.model_id, "records": await records_are_used(agent)})

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


async def records_are_used(agent: Agent) -> bool:
    """Whether dialogues are kept; after a failure by trying, as otherwise the next person would have to."""
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)  # inside Rasa's fail-safe one
    works: bool = await store.works()
    return works


def _check_records(store: RecordsTrackerStore) -> None:
    import asyncio

    if not asyncio.run(store.works(try_it=True)):
        raise ModelUnusable("The records cannot be read or written: run `python manage.py migrate` first.")


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
    _check_records(agent.tracker_store._tracker_store)
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
