"""Whom to call, what the law says, what is known of a country: data/knowledge, read once, never changed."""

from __future__ import annotations

from bot.tables import KnowledgeError

__all__ = ["KnowledgeError"]
