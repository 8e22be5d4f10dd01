"""Every word that is said to a person, from the `responses:` of domain.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml


class Texts:
    """Says a response by its name, with its values filled in."""

    def __init__(self, responses: Mapping[str, str]) -> None:
        self._responses = dict(responses)

    @classmethod
    def load(cls, path: Path) -> Texts:
        found = (yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}).get("responses") or {}
        return cls({name: variations[0]["text"] for name, variations in found.items() if variations[0].get("text")})

    def say(self, name: str, /, **values: object) -> str:
        """Return the text; KeyError when there is no such response or a value is missing."""
        return self._responses[name].format_map(values)
