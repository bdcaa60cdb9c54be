"""What `muster doctor` says of Slack, and what a running Muster says of its connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters.slack.adapter import Slack
from bot.core.events import Finding
from bot.core.i18n import plain
from bot.core.text import Reader
from tests.adapters.slack.stage import MODES, Mode, Stage, stage

pytestmark = pytest.mark.anyio


def words(finding: Finding) -> str:
    advice = f" {plain(finding.advice, Reader())}" if finding.advice else ""
    return f"{'✓' if finding.is_fine else '✗'} {plain(finding.text, Reader())}{advice}"


async def examined(
    on: Stage, rooms: Mapping[str, Mapping[str, str]] | None = None, **config: str
) -> list[str]:
    """What a doctor finds who comes from outside, as `muster doctor` does."""
    visitor = Slack(replace(on.adapter.config, **config), on.muster.clock.now)
    return [words(each) for each in await visitor.examine(rooms or {})]


@pytest.mark.parametrize("mode", MODES)
async def test_all_is_well(mode: Mode, tmp_path: Path) -> None:
    async with stage(tmp_path, mode) as on:
        found = await examined(on)
        way_in = {
            "http": "✓ Slack: reached over HTTP at /slack/events",
            "socket": "✓ Slack: Socket Mode takes the token",
        }
        assert found == [way_in[mode], f"✓ Slack: Muster is in {on.team.name}"]


async def test_a_token_that_opens_no_socket_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path, "socket") as on:
        [said, *_] = await examined(on, app_token="xapp-1-A1-wrong")
        assert said.startswith("✗ Slack: Socket Mode does not take the token: invalid_auth")
        assert "connections:write" in said


async def test_a_room_without_muster_says_how_to_bring_it_back(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei")
        await mei.types("/warroom open Payment timeouts", on.general)
        await on.settled()
        room = await on.room("WR-1")
        rooms = {on.team.id: {room.id: "WR-1"}}
        assert all(line.startswith("✓") for line in await examined(on, rooms))
        await mei.kicks(None, room)
        await on.settled()
        [missing] = [line for line in await examined(on, rooms) if line.startswith("✗")]
        assert "Muster is not in the channel of WR-1" in missing
        assert "/invite @Muster" in missing


async def test_a_running_muster_says_how_long_it_has_been_connected(tmp_path: Path) -> None:
    async with stage(tmp_path, "socket") as on, httpx.AsyncClient() as client:
        told = (await client.get(f"{on.address}/readyz")).json()
        assert told["slack"] == "ok"
        assert 0 <= told["connected_seconds"]["slack"] < 60


async def test_over_http_there_is_no_connection_to_speak_of(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on, httpx.AsyncClient() as client:
        assert "connected_seconds" not in (await client.get(f"{on.address}/readyz")).json()
