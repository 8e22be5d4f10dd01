"""Everything is counted, in one text for all processes, and no label could be personal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.gateway.conversation import NOTES
from bot.gateway.limits import TOO_MUCH
from bot.gateway.papers import NOT_READ
from bot.health import counted
from bot.health.asking import Processes
from bot.health.gathering import Gathering
from bot.papers.errors import BY_CODE
from bot.records.models import Channel, Contact, Message, RiskLevel, Tombstone
from tests.gateway.bot_api import BotApi
from tests.gateway.conftest import api, gateways, rasa, settings, voice  # noqa: F401
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, in_records, until
from tests.health.conftest import Others

pytestmark = pytest.mark.django_db(transaction=True)

#: Every label and what it may say. A new one has to be thought about here: none may tell one person from another.
ALLOWED: dict[str, set[str]] = {
    "process": {"web", "telegram", "rasa", "actions"},
    "channel": set(Channel.values),
    "kind": set(Message.Kind.values),
    "state": {*Message.State.values, "silence"},
    "outcome": {
        "sent", "put_off", "refused", "read", *NOT_READ.values(), *NOTES.values(),
        *(error.response for error in BY_CODE.values()),
        TOO_MUCH,
    },
    "limit": {"upload", "messages", "files", "new visits", "signing in", "receipts"},
    "alarm": {"records", "rasa"},
    "level": set(RiskLevel.values),
    "by": set(Tombstone.By.values),
    "status": {"1xx", "2xx", "3xx", "4xx", "5xx"},
    "le": {"+Inf", *(str(float(edge)) for edge in (*counted.ANSWER_BUCKETS, *counted.PAPER_BUCKETS))},
}  # fmt: skip
#: The class of an error, or one of the few sentences of bot.gateway.rasa_client.
ERROR = re.compile(r"[A-Za-z]{3,40}|too slow|too large|empty answer")


def value(name: str, **labels: str) -> float:
    return counted.REGISTRY.get_sample_value(name, labels) or 0.0


async def text(processes: Processes) -> str:
    return (await Gathering(processes).text()).decode()


def check_labels(found: str) -> int:
    number = 0
    for family in text_string_to_metric_families(found):
        for sample in family.samples:
            for label, said in sample.labels.items():
                number += 1
                if label == "error":
                    assert ERROR.fullmatch(said), (sample.name, said)
                else:
                    assert said in ALLOWED[label], (sample.name, label, said)
    return number


async def test_a_day_of_the_gateway_is_counted_without_a_personal_label(
    gateways: Gateways, api: BotApi, rasa: FakeRasa, processes: Processes  # noqa: F811
) -> None:  # fmt: skip
    before = {
        name: value(name, **labels)
        for name, labels in (
            ("anxing_messages_received_total", {"channel": "telegram", "kind": "text"}),
            ("anxing_messages_settled_total", {"channel": "telegram", "state": "answered"}),
            ("anxing_answer_seconds_count", {"channel": "telegram"}),
            ("anxing_rasa_errors_total", {"error": "empty answer"}),
            ("anxing_bubbles_total", {"channel": "telegram", "outcome": "sent"}),
        )
    }
    gateways.start()
    person = api.person(777001777)
    person.says("我的护照被王老板扣了")
    await until(lambda: any("回：" in said for said in person.texts))
    rasa.mode = "empty"
    person.says("救我")
    await until(lambda: value("anxing_rasa_errors_total", error="empty answer") > before["anxing_rasa_errors_total"])
    await until(lambda: value("anxing_alarm", alarm="rasa") == 1.0)
    found = await text(processes)
    assert check_labels(found) > 50
    for secret in ("777001777", "护照", "王老板", "救我", "777"):
        assert secret not in found
    samples = _samples(found)
    assert samples["anxing_unanswered", "channel", "telegram"] == 1.0
    assert samples["anxing_unanswered_oldest_seconds", "channel", "telegram"] > 0.0
    rasa.mode = "ok"
    await until(lambda: any(said.endswith("回：救我") for said in person.texts))
    await until(lambda: value("anxing_alarm", alarm="rasa") == 0.0)
    assert _samples(await text(processes))["anxing_unanswered", "channel", "telegram"] == 0.0
    after = {
        "anxing_messages_received_total": {"channel": "telegram", "kind": "text"},
        "anxing_messages_settled_total": {"channel": "telegram", "state": "answered"},
        "anxing_answer_seconds_count": {"channel": "telegram"},
    }
    for name, labels in after.items():
        assert value(name, **labels) - before[name] == 2.0, name
    assert value("anxing_bubbles_total", channel="telegram", outcome="sent") > before["anxing_bubbles_total"] + 2


def _samples(found: str) -> dict[Any, float]:
    return {
        (sample.name, *(part for label in sorted(sample.labels.items()) for part in label)): sample.value
        for family in text_string_to_metric_families(found)
        for sample in family.samples
    }


async def test_each_process_is_told_apart_and_one_that_is_gone_is_seen(processes: Processes, others: Others) -> None:
    samples = _samples(await text(processes))
    assert samples["anxing_alarm", "alarm", "records", "process", "rasa"] == 1.0
    assert samples["anxing_process_up", "process", "rasa"] == 1.0
    assert samples["process_resident_memory_bytes", "process", "web"] > 1e6
    others.metrics = "no metrics at all {"
    assert _samples(await text(processes))["anxing_process_up", "process", "rasa"] == 0.0
    await others.runner.cleanup()
    found = _samples(await text(processes))
    assert (found["anxing_process_up", "process", "rasa"], found["anxing_process_up", "process", "web"]) == (0.0, 1.0)
    assert found["anxing_records_readable",] == 1.0


async def test_the_records_are_numbers_only(processes: Processes) -> None:
    def fill() -> None:
        contact = Contact.objects.reach("telegram", "1", "777001777")
        talk = contact.conversations.create(
            risk_level="critical", in_danger=True, waiting_for_human=True, destination_country="MM",
            waiting_since=contact.created_at,
        )  # fmt: skip
        Message.objects.add(talk, direction="in", author="person", text="护照", state="received")
        Tombstone.objects.create(by="person", on=contact.created_at.date())

    await in_records(fill)
    found = await text(processes)
    samples = _samples(found)
    assert samples["anxing_waiting_for_human",] == 1.0
    assert samples["anxing_waiting_for_human_oldest_seconds",] >= 0.0
    assert samples["anxing_talks", "level", "critical"] == 1.0
    assert samples["anxing_talks_in_danger",] == 1.0
    assert samples["anxing_erased", "by", "person"] == 1.0
    assert samples["anxing_unanswered", "channel", "telegram"] == 1.0
    assert samples["anxing_disk_free_bytes",] > 0 and samples["anxing_database_bytes",] > 0
    check_labels(found)
    for secret in ("777001777", "护照", "MM"):
        assert secret not in found


def test_every_label_there_is_was_thought_about() -> None:
    """Also of what did not happen in any test."""
    labels = {name for metric in vars(counted).values() for name in getattr(metric, "_labelnames", ())}
    assert labels <= {*ALLOWED, "error"}
