"""Every word that is said to a person, from the `responses:` of domain.yml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter

from bot.tables import Entry, load


class Texts:
    """Says a response by its name, with its values filled in."""

    def __init__(self, responses: Mapping[str, str]) -> None:
        self._responses = dict(responses)

    @classmethod
    def load(cls, path: Path, needed: Iterable[str] = ()) -> Texts:
        """Read the first text of every response; KnowledgeError names the line of what is wrong or `needed`."""
        document = load(Path(path))
        responses = document.get("responses") if isinstance(document, Entry) else None
        if responses is None:
            return cls({})
        if not isinstance(responses, Entry):
            document.refuse("responses must be a table of fields", "responses")
        for name in needed:
            if name not in responses:
                responses.refuse(f"missing response {name!r}")
        return cls(dict(_texts(responses)))

    def say(self, name: str, /, **values: object) -> str:
        """Return the text; KeyError when there is no such response or a value is missing."""
        return self._responses[name].format_map(values)


def _texts(responses: Entry) -> Iterator[tuple[str, str]]:
    for name in responses:
        first = next(iter(responses.entries(name)), None)
        if first is None:
            responses.refuse(f"{name} has no variation", name)
        text = first.optional_text("text")
        if text:
            try:
                list(Formatter().parse(text))
            except ValueError as error:
                first.refuse(f"{name} cannot be filled in: {error}", "text", error)
            yield name, text
