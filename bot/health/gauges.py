"""What the records tell, in numbers alone: true for all processes together, and after a restart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from bot.records.models import Channel, Conversation, Message, Outbox, Quarantine, RiskLevel, Tombstone

CHANNELS = (Channel.TELEGRAM, Channel.WEB)


def read() -> list[GaugeMetricFamily]:
    """Return every gauge; runs off the event loop."""
    now = timezone.now()
    unanswered = Message.objects.filter(state=Message.State.RECEIVED).values_list("conversation__contact__channel")
    pending = Outbox.objects.filter(state=Outbox.State.PENDING, message__conversation__silent=False)
    waiting = Conversation.objects.filter(waiting_for_human=True).aggregate(n=Count("pk"), at=Min("waiting_since"))
    levels = dict(Conversation.objects.values_list("risk_level").annotate(n=Count("pk")).order_by())
    erased = dict(Tombstone.objects.values_list("by").annotate(n=Count("pk")).order_by())
    return [
        *_by_channel("unanswered", "Messages without an answer", unanswered, now),
        *_by_channel("outbox", "Bubbles not sent yet", pending.values_list("channel"), now),
        _plain("anxing_waiting_for_human", "Talks that wait for a person.", waiting["n"]),
        _plain("anxing_waiting_for_human_oldest_seconds", "How long the longest waits.", _age(waiting["at"], now)),
        _labelled("anxing_talks", "Talks that are kept.", "level", {x: levels.get(x, 0) for x in RiskLevel.values}),
        _plain(
            "anxing_talks_in_danger", "Talks of somebody in danger now.",
            Conversation.objects.filter(in_danger=True).count(),
        ),
        _labelled("anxing_erased", "Talks erased, by whom.", "by", {x: erased.get(x, 0) for x in Tombstone.By.values}),
        _plain("anxing_quarantine", "Updates put aside, as nobody could read them.", Quarantine.objects.count()),
        _plain("anxing_disk_free_bytes", "Free where var/ lies.", shutil.disk_usage(settings.ANXING.var).free),
        _plain("anxing_database_bytes", "The SQLite files, or the PostgreSQL database.", _database_bytes()),
    ]  # fmt: skip


def _by_channel(name: str, meaning: str, rows: Any, now: datetime) -> list[GaugeMetricFamily]:
    found = {
        channel: (count, oldest)
        for channel, count, oldest in rows.annotate(n=Count("pk"), at=Min("created_at")).order_by()
    }
    counts = {channel: found.get(channel, (0, None))[0] for channel in CHANNELS}
    ages = {channel: _age(found.get(channel, (0, None))[1], now) for channel in CHANNELS}
    return [
        _labelled(f"anxing_{name}", f"{meaning}.", "channel", counts),
        _labelled(f"anxing_{name}_oldest_seconds", f"{meaning}: the age of the oldest.", "channel", ages),
    ]


def _plain(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _database_bytes() -> float:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return float(cursor.fetchone()[0])
    return sum(_size(f"{connection.settings_dict['NAME']}{end}") for end in ("", "-wal", "-shm"))


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
