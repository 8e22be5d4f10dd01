"""endpoints.yml and credentials.yml: our store, our channel, a token at every door, nothing beyond this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

TOKEN = "a-token-of-the-test"


def read(project: Path, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((project / name).read_text(encoding="utf-8"))
    return found


def test_only_our_channel_is_open(project: Path) -> None:
    assert read(project, "credentials.yml") == {"bot.gateway.rest_channel.RestChannel": {"token": "${RASA_TOKEN}"}}


def test_the_endpoints_are_ours(project: Path) -> None:
    assert read(project, "endpoints.yml") == {
        "action_endpoint": {"url": "${ACTION_URL}/webhook", "token": "${ACTION_TOKEN}"},
        "tracker_store": {"type": "bot.records.tracker_store.RecordsTrackerStore"},
    }


def test_rasa_reads_them_as_meant(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION_URL", "http://127.0.0.1:5055")
    monkeypatch.setenv("ACTION_TOKEN", TOKEN)
    monkeypatch.setenv("RASA_TOKEN", TOKEN)
    from rasa.core.run import create_http_input_channels
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints

    from bot.gateway.rest_channel import RestChannel
    from bot.records.tracker_store import RecordsTrackerStore

    endpoints = AvailableEndpoints.read_endpoints(str(project / "endpoints.yml"))
    assert endpoints.action.url == "http://127.0.0.1:5055/webhook"
    assert endpoints.action.combine_parameters() == {"token": TOKEN}
    assert isinstance(TrackerStore.create(endpoints.tracker_store), RecordsTrackerStore)
    (channel,) = create_http_input_channels(None, str(project / "credentials.yml"))
    assert isinstance(channel, RestChannel)
    assert channel._token == TOKEN.encode()


def test_no_file_of_ours_lets_a_program_listen_everywhere(project: Path) -> None:
    for name in ("Makefile", "endpoints.yml", "credentials.yml", "bot/processes/rasa_server.py", "actions/server.py"):
        assert "0.0.0.0" not in (project / name).read_text(encoding="utf-8")
