"""What every process counts in its own memory. No label holds anything of a person; a test lists those there may be.

prometheus-client's way of sharing counts between processes is not used: it writes them through a memory map, and on a
full disk that kills the process.
"""

from __future__ import annotations

from datetime import datetime, timezone

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

disable_created_metrics()
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

#: An answer takes a tenth of a second, the page waits 12 seconds, an outage may last for hours.
ANSWER_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 300, 3600)
PAPER_BUCKETS = (0.5, 1, 2, 4, 8, 16, 30, 60, 120)

RECEIVED = Counter(
    "anxing_messages_received", "Messages that were stored.", ["channel", "kind"], registry=REGISTRY
)  # fmt: skip
SETTLED = Counter(
    "anxing_messages_settled", "Messages answered, abandoned, or by their own wish left without a word.",
    ["channel", "state"], registry=REGISTRY,
)  # fmt: skip
ANSWER_SECONDS = Histogram(
    "anxing_answer_seconds", "From storing a message to writing its answer.", ["channel"], buckets=ANSWER_BUCKETS,
    registry=REGISTRY,
)  # fmt: skip
RASA_ERRORS = Counter(
    "anxing_rasa_errors", "Questions to Rasa without a proper answer.", ["error"], registry=REGISTRY
)  # fmt: skip
BUBBLES = Counter(
    "anxing_bubbles", "Bubbles sent, put off, or refused for good.", ["channel", "outcome"], registry=REGISTRY
)  # fmt: skip
PAPERS = Counter(
    "anxing_papers", "Pictures, files and voice notes, by what came of them.", ["kind", "outcome"], registry=REGISTRY
)  # fmt: skip
PAPER_SECONDS = Histogram(
    "anxing_paper_seconds", "Fetching and reading one of them.", ["kind"], buckets=PAPER_BUCKETS, registry=REGISTRY
)  # fmt: skip
LIMITS = Counter("anxing_limits_hit", "What was refused for being too much.", ["limit"], registry=REGISTRY)
ALARM = Gauge("anxing_alarm", "1 while an alarm lasts.", ["alarm"], registry=REGISTRY)
ALARMS = Counter("anxing_alarm_causes", "Failures behind the alarms.", ["alarm"], registry=REGISTRY)
ACTION_ERRORS = Counter("anxing_action_errors", "Turns that an action could not answer.", registry=REGISTRY)
HTTP_ANSWERS = Counter("anxing_http_answers", "Answers of the site.", ["status"], registry=REGISTRY)
UPDATES_AT = Gauge(
    "anxing_telegram_updates_timestamp_seconds", "When Telegram last gave updates, or said there are none.",
    registry=REGISTRY,
)  # fmt: skip


def seconds_since(moment: datetime) -> float:
    """Return the seconds since then; none when the clock was set back."""
    return max((datetime.now(timezone.utc) - moment).total_seconds(), 0.0)
