"""Draws the pictures of an answer: a stand-in with plain shapes until the real drawing is there."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

KINDS = ("debt", "verdict")


def draw(spec: Mapping[str, Any]) -> bytes:
    """Return the picture as PNG; KeyError or ValueError when the spec is not one of KINDS."""
    if spec["kind"] not in KINDS:
        raise ValueError("no such picture")
    image = Image.new("RGB", (1080, 720), "white")
    ImageDraw.Draw(image).rectangle((40, 40, 1040, 680), outline="black", width=6)
    content = BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def alt_text(spec: Mapping[str, Any]) -> str:
    """Return in words what the picture shows."""
    return str(spec.get("title", ""))
