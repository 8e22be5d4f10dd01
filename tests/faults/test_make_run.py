"""kill -9 of each program under `make run`: it comes back by itself, and everybody is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.make_run import RealBurst, make_run
from tests.gateway.bot_api import BotApi
from tests.gateway.helpers import OUTAGE, until
from tests.gateway.stack import ACTIONS, GATEWAY, RASA, WEB

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # most of it for a training, when the model is old


async def test_each_program_is_killed_in_the_middle_of_a_burst(tmp_path: Path, api: BotApi) -> None:
    async with make_run(tmp_path / "var", api) as running:
        burst = RealBurst(running, api, seed=5, chats=50, each=10, of_web=5)
        burst.begin()
        await burst.kill((ACTIONS, GATEWAY, WEB, RASA), (1.0, 3.0))
        asker = api.person(501)  # while Rasa is away
        asker.says("他们把我锁在柬埔寨的宿舍里")
        await until(lambda: asker.chat, 60)
        assert asker.texts[0].startswith(OUTAGE) and "117" in asker.texts[0]
        await running.until_said("rasa is ready", times=2)
        await burst.kill((ACTIONS,), (0.5, 1.5))
        outcome = await burst.end()
        print(outcome)
        for name in ("rasa", "actions", "web", "telegram"):
            assert f"{name} was killed by SIGKILL; it is started again in" in running.output
        assert running.process.returncode is None
    assert (outcome.messages, outcome.chats) == (501, 51)
    assert (outcome.answered, outcome.given_up, outcome.wrong_order, outcome.unsent) == (501, 0, 0, 0)
    assert outcome.repeated <= len(outcome.kills)
    assert "Everything has stopped." in running.output
