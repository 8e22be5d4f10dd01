"""How many people may begin to write at the same time. No addresses are kept, so it is one limit for all of them."""

from __future__ import annotations

from bot.gateway import web
from bot.gateway.limits import MINUTE, NEW_VISITS_A_MINUTE
from bot.health import counted
from bot.limiting import MovingWindow
from bot.site.talk import voice

_begun = MovingWindow(NEW_VISITS_A_MINUTE, MINUTE)


async def is_too_crowded(address: str, text: str) -> bool:
    """Count somebody who has never written; who has, or speaks of danger, is always let in."""
    if await web.contact_for_session(address) is not None:
        return False
    crowded = not _begun.take(None) and not voice().hears_danger(text)
    if crowded:
        counted.LIMITS.labels("new visits").inc()
    return crowded
