"""The metrics of every process in one text: the site asks the others, as it alone has an address of its own.

Each sample of a process gets the label `process`, so counters stay what they are: those of one process, from its start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bot.health import gauges
from bot.health.asking import LONGEST_WAIT, Processes
from bot.health.counted import REGISTRY
from bot.records.threads import with_own_connection

OWN = "web"


class Gathering:
    """Asks the other processes for what they counted."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def text(self) -> bytes:
        """Return everything in Prometheus's text format; who does not answer is down, and nothing else is missing."""
        asked = {"rasa": self._processes.rasa("/metrics"), "actions": self._processes.actions("/metrics")}
        if self._processes.has_telegram:
            asked["telegram"] = self._processes.telegram("/metrics")
        others = asyncio.gather(*(_families(answer) for answer in asked.values()))
        records, found = await asyncio.gather(_of_the_records(), others)
        of_processes = {OWN: _parsed(generate_latest(REGISTRY).decode()), **dict(zip(asked, found, strict=True))}
        return generate_latest(_registry([*records, *_joined(of_processes)]))


async def _families(answer: Coroutine[Any, Any, httpx.Response]) -> list[Metric] | None:
    """Return what a process counted; None when it does not say so."""
    try:
        response = await asyncio.wait_for(answer, LONGEST_WAIT)
        return _parsed(response.raise_for_status().text)
    except (httpx.HTTPError, asyncio.TimeoutError, ValueError):
        return None


def _parsed(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))


async def _of_the_records() -> Sequence[Metric]:
    up = GaugeMetricFamily("anxing_records_readable", "1 when the numbers of the records are of this moment.")
    try:
        found = await asyncio.wait_for(asyncio.to_thread(with_own_connection, gauges.read), LONGEST_WAIT)
    except Exception:  # readiness says what is wrong; the numbers of the processes are there all the same
        found = []
    up.add_metric([], float(bool(found)))
    return [up, *found]


def _joined(of_processes: Mapping[str, Iterable[Metric] | None]) -> list[Metric]:
    """Return one family a name, its samples told apart by their process."""
    up = GaugeMetricFamily("anxing_process_up", "1 when the process answers.", labels=["process"])
    joined: dict[str, Metric] = {}
    for process, families in of_processes.items():
        up.add_metric([process], float(families is not None))
        for family in families or ():
            one = joined.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            one.samples += [sample._replace(labels={"process": process, **sample.labels}) for sample in family.samples]
    return [up, *joined.values()]


class _Collected(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _registry(families: Sequence[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    return registry
