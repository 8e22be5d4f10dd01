"""Everything real but Telegram's servers: model, Rasa, actions, gateway; Rasa dies in the middle and comes back."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import PROJECT
from tests.gateway.bot_api import BotApi
from tests.gateway.helpers import AGAIN, LATE, OUTAGE, until
from tests.gateway.stack import ACTIONS, GATEWAY, RASA, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # most of it for a training, when the model is old

CHAT = 777_123_456
OFFER = "王哥介绍我去柬埔寨做客服，月薪三万包机票，要先交八千押金，护照他保管"
EMERGENCY = "救命，我在柬埔寨被锁在房间里出不去"
IN_THE_OUTAGE = ("他们说明天把我转到别的园区", "手机快没电了")
#: What must lie nowhere in clear.
SAID = ("王哥", "押金", "柬埔寨", "救命", "园区", "没电", "小梅", str(CHAT))


@pytest.fixture(scope="session")
async def model() -> None:
    """Train unless the newest model fits its data; Rasa takes no other."""
    environment = {name: value for name, value in os.environ.items() if name != "RASA_CACHE_DIRECTORY"}
    training = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.processes.training", cwd=PROJECT, env=environment
    )
    assert await training.wait() == 0


@pytest.fixture
async def stack(model: None, tmp_path: Path, api: BotApi) -> AsyncIterator[Stack]:
    made = Stack(tmp_path / "var", api)
    await made.migrate()
    try:
        await made.start(ACTIONS, RASA, GATEWAY)
        await asyncio.wait_for(made.rasa_answers(), 90)
        yield made
    finally:
        await made.stop()


async def test_an_offer_an_emergency_an_outage_and_erasing(stack: Stack, api: BotApi) -> None:
    person = api.person(CHAT)
    read = 0

    async def answer(bubbles: int = 1, seconds: float = 30) -> list[str]:
        """Return the new bubbles: at least so many, and what follows them soon."""
        nonlocal read
        await until(lambda: len(person.chat) >= read + bubbles, seconds)
        await asyncio.sleep(3)
        new, read = person.texts[read:], len(person.chat)
        return new

    person.says("/start")
    greeting = await answer()
    assert len(greeting) == 1 and "安行" in greeting[0]

    person.presses("同意")
    assert "热线人员可以看" in (await answer())[0]

    person.says(OFFER)
    verdict = "\n".join(await answer(2))
    assert "别交钱" in verdict and "护照他保管" in verdict, "what to do, and the person's own words"
    assert "110" in verdict

    person.says(EMERGENCY)
    emergency = await answer()
    assert "117" in emergency[0] and "+86-10-12308" in emergency[0]

    await stack.kill(RASA)
    for text in IN_THE_OUTAGE:
        person.says(text)
    told = await answer(2)
    assert len(told) == 2 and told[0].startswith(OUTAGE) and told[1].startswith(AGAIN)
    assert all("117" in text and "+86-10-12308" in text for text in told), "where the person is was known already"
    await stack.start(RASA)
    late = await answer(2, 60)
    assert late[0].startswith(LATE)
    assert sum(text.startswith(LATE) for text in late) == 2, "each answered once"

    rows = await stack.records(
        "{'talk': list(m.Conversation.objects.values('risk_level', 'in_danger', 'destination_country')),"
        " 'said': list(m.Message.objects.filter(direction='in').order_by('number').values_list('state', flat=True)),"
        " 'words': [x.text for x in m.Message.objects.filter(direction='in').order_by('number')],"
        " 'told': m.Message.objects.exclude(outage_told_at=None).count(),"
        " 'signs': sorted(set(m.Finding.objects.filter(message__number__lt=10).values_list('indicator', flat=True))),"
        " 'unsent': m.Outbox.objects.exclude(state='sent').count(),"
        " 'consent': m.Contact.objects.get().consent, 'address': m.Contact.objects.get().address}"
    )
    assert rows["talk"] == [{"risk_level": "critical", "in_danger": True, "destination_country": "KH"}]
    assert rows["words"] == ["", "同意热线人员看聊天", OFFER, EMERGENCY, *IN_THE_OUTAGE], "kept since the yes"
    assert set(rows["said"]) == {"answered"} and rows["told"] == 2 and rows["unsent"] == 0
    assert {"recruitment_fee", "document_retention"} <= set(rows["signs"])
    assert rows["consent"] is True and rows["address"] == str(CHAT)
    stored = stack.stored_bytes()
    assert b"telegram" in stored
    assert [word for word in SAID if word.encode() in stored] == []

    person.says("删除")
    assert "全部删掉吗" in (await answer())[0]
    person.presses("确认删除")
    assert "全删掉" in (await answer())[0]
    left = await stack.records(
        "{name: getattr(m, name).objects.count() for name in"
        " ('Contact', 'Conversation', 'Message', 'Outbox', 'Finding', 'DialogueState', 'Quarantine')}"
    )
    assert {name for name, count in left.items() if count} == {"DialogueState"} and left["DialogueState"] == 1, "canary"

    await stack.stop()
    assert "Rasa gives no answers" in stack.log and "Rasa answers again" in stack.log
    secrets = (*SAID, api.token.partition(":")[2], stack.settings.rasa_token, stack.settings.action_token)
    assert [word for word in secrets if word in stack.log] == []
