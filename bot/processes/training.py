"""`make train`: trains when the model is missing or older than its data, and says what it is doing."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from bot.logs import configure
from bot.processes import models
from bot.processes.models import Model
from bot.processes.surroundings import prepare
from bot.settings import PROJECT

if TYPE_CHECKING:
    from rasa.shared.importers.importer import TrainingDataImporter

log = logging.getLogger("bot.training")  # its own name would be __main__

HEARTBEAT_SECONDS = 10.0
LONGEST_REASON = 500
DRAFT = ".training-"
# Rasa takes it for an environment variable, refuses the whole file, and fails at saying so.
VARIABLE = re.compile(r"\$\{[^}]*\}")


class DataError(ValueError):
    """The training data cannot be used; the message says where and why."""


def _print(line: str) -> None:
    print(line, flush=True)  # also when a program reads it


class Progress:
    """Prints what is being done and for how long, also while one step takes its time."""

    def __init__(self, say: Callable[[str], None] = _print, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._say, self._heartbeat = say, heartbeat
        self._began = time.monotonic()
        self._doing = ""
        self._done = threading.Event()

    @property
    def seconds(self) -> int:
        return int(time.monotonic() - self._began)

    def step(self, doing: str) -> None:
        self._doing = doing
        self.line(doing)

    def line(self, text: str) -> None:
        self._say(f"[{self.seconds:4d} s] {text}")

    @contextmanager
    def running(self) -> Iterator[Progress]:
        thread = threading.Thread(target=self._beat, daemon=True, name="progress")
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()

    def _beat(self) -> None:
        while not self._done.wait(self._heartbeat):
            self.line(f"  still: {self._doing}")


def train(project: Path, progress: Progress, force: bool = False) -> Model:
    """Return a model that fits its data: the one that lies there, or a new one."""
    folder = models.folder(project)
    folder.mkdir(exist_ok=True)
    with _only_one(folder / ".lock", progress):
        model = None if force else models.fitting(project)
        if model is not None:
            progress.line(f"The model fits its data: {model.path(project).relative_to(project)}.")
            return model
        for left_behind in folder.glob(DRAFT + "*"):  # of a training that was killed
            shutil.rmtree(left_behind, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=DRAFT, dir=folder) as draft, progress.running():
            return _train(project, Path(draft), progress, force)


def _train(project: Path, draft: Path, progress: Progress, force: bool) -> Model:
    made_of = models.fingerprint(project)
    progress.step("Reading and checking the training data")
    importer = _importer(project)
    check(importer)
    trained = draft / "model.tar.gz"
    _use_own_cache(project)
    _run_graph(importer, trained, progress, force)
    if models.fingerprint(project) != made_of:
        raise DataError("The data changed during the training: run `make train` again.")
    name = time.strftime("%Y%m%d-%H%M%S") + f"-{made_of[:8]}"
    model = Model(f"{name}.tar.gz", made_of, time.strftime("%Y-%m-%dT%H:%M:%S%z"), progress.seconds)
    os.replace(trained, model.path(project))
    models.keep(project, model)
    progress.line(f"Trained: {model.path(project).relative_to(project)}.")
    return model


def _use_own_cache(project: Path) -> None:
    """Let Rasa reuse what it trained before only while our code and tables are the same."""
    place = os.environ.get("RASA_CACHE_DIRECTORY") or project / ".rasa"
    cache = Path(place) / f"cache-{models.tools_fingerprint(project)[:16]}"
    for outdated in cache.parent.glob("cache-*"):
        if outdated != cache:
            shutil.rmtree(outdated, ignore_errors=True)
    os.environ["RASA_CACHE_DIRECTORY"] = str(cache)


@contextmanager
def _only_one(path: Path, progress: Progress) -> Iterator[None]:
    """Let two trainings come one after the other; the second then finds the work done."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.line("Another training is at work; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _importer(project: Path) -> TrainingDataImporter:
    from rasa.shared.importers.importer import TrainingDataImporter

    data = [project / "data" / "nlu", project / "data" / "rules"]
    for path in (project / "config.yml", project / "domain.yml", *data):
        if not path.exists():
            raise DataError(f"{path.relative_to(project)} is missing.")
    for path in sorted(path for folder in data for path in folder.rglob("*.yml")):
        _refuse_variables(project, path)
    return TrainingDataImporter.load_from_dict(
        {"importers": [{"name": "bot.processes.importer.ReadOnce"}]},
        str(project / "config.yml"),
        str(project / "domain.yml"),
        [str(folder) for folder in data],
    )


def _refuse_variables(project: Path, path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if VARIABLE.search(line):
            raise DataError(f"{path.relative_to(project)}:{number}: Rasa cannot read ${{…}} in training data.")


def check(importer: TrainingDataImporter) -> None:
    """Do what `rasa data validate` does; what is wrong goes into the error."""
    from rasa.shared.exceptions import RasaException
    from rasa.validator import Validator

    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always", UserWarning)
        try:
            validator = Validator.from_importer(importer)
            fine = [
                not importer.get_domain().is_empty(),
                validator.verify_domain_validity(),
                validator.verify_actions_in_stories_rules(),
                validator.verify_forms_in_stories_rules(),
                validator.verify_form_slots(),
                validator.verify_slot_mappings(),
                validator.verify_intents(ignore_warnings=False),
                validator.verify_example_repetition_in_intents(ignore_warnings=False),
            ]
        except RasaException as error:
            raise DataError(str(error)) from error
    complaints = [str(warning.message) for warning in noticed if warning.category is UserWarning]
    if not all(fine):
        raise DataError("The training data is not in order:\n" + "\n".join(f"- {text}" for text in complaints))


def _run_graph(importer: TrainingDataImporter, trained: Path, progress: Progress, force: bool) -> None:
    """Train as rasa.model_training does, with one more listener: Rasa gives no other way to see how far it is."""
    import rasa.engine.validation
    from rasa.engine.caching import LocalTrainingCache
    from rasa.engine.graph import ExecutionContext, GraphNodeHook, GraphSchema
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.storage import ModelStorage
    from rasa.engine.training.components import PrecomputedValueProvider
    from rasa.engine.training.graph_trainer import GraphTrainer
    from rasa.shared.data import TrainingType

    class Announcer(GraphNodeHook):
        def __init__(self, schema: GraphSchema) -> None:
            self._schema = schema

        def on_before_node(
            self,
            node_name: str,
            execution_context: ExecutionContext,
            config: dict[str, Any],
            received_inputs: dict[str, Any],
        ) -> dict[str, Any]:
            node = self._schema.nodes[node_name]
            if node.uses is not PrecomputedValueProvider:
                progress.step(_words_for(node_name, node.uses.__name__))
            return {}

        def on_after_node(
            self,
            node_name: str,
            execution_context: ExecutionContext,
            config: dict[str, Any],
            output: Any,
            input_hook_data: dict[str, Any],
        ) -> None:
            pass

    class AnnouncedRunner(DaskGraphRunner):
        @classmethod
        def create(
            cls,
            graph_schema: GraphSchema,
            model_storage: ModelStorage,
            execution_context: ExecutionContext,
            hooks: list[GraphNodeHook] | None = None,
        ) -> DaskGraphRunner:
            # Without hooks it is the run that only compares fingerprints.
            more = [*hooks, Announcer(graph_schema)] if hooks else hooks
            return cls(graph_schema, model_storage, execution_context, more)

    recipe = Recipe.recipe_for_name(importer.get_config().get("recipe"))
    config, _missing, _configured = recipe.auto_configure(
        importer.get_config_file_for_auto_config(), importer.get_config(), TrainingType.BOTH
    )
    configuration = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.BOTH, is_finetuning=False)
    rasa.engine.validation.validate(configuration)
    with tempfile.TemporaryDirectory(prefix="parts-", dir=trained.parent) as parts:
        trainer = GraphTrainer(LocalModelStorage(Path(parts)), LocalTrainingCache(), AnnouncedRunner)
        trainer.train(configuration, importer, trained, force_retraining=force)


def _words_for(node: str, component: str) -> str:
    return f"Training {component}" if node.startswith("train_") else f"Working through the data: {component}"


def stop(_number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM end a process as Ctrl-C does, so that it cleans up."""
    raise KeyboardInterrupt


def main() -> int:
    """Train; 0 when a fitting model lies in models/, 1 with a message when not, 130 when cancelled."""
    parser = argparse.ArgumentParser(prog="make train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train although the model fits its data")
    parser.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prepare()
    configure()
    signal.signal(signal.SIGTERM, stop)
    try:
        train(arguments.project.absolute(), Progress(), arguments.force)
    except DataError as error:
        print(f"The training stops: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("The training was cancelled; the old model stays.", file=sys.stderr)
        return 130
    except Exception as error:
        # It is about files that lie on this machine, and Rasa's own errors name file and line.
        log.error("The training failed.", exc_info=error)
        print(f"The training stops: {type(error).__name__}: {str(error)[:LONGEST_REASON]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
