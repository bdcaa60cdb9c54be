"""What is forgotten climbs on Slack: a message to each, in working hours; no alarm there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.clock import MovableClock
from tests.adapters.slack.stage import Stage, stage

pytestmark = pytest.mark.anyio
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Thursday 30 April 2026, 15:00 in Shanghai. 1 to 5 May are off, Saturday 9 May is worked.
THURSDAY = datetime(2026, 4, 30, 7, tzinfo=UTC)


async def _at(on: Stage, text: str) -> None:
    """Go on to a local time."""
    to = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    await on.muster.advance(to.astimezone(UTC))
    await on.settled()


def _card(person: Any, key: str) -> Any:
    """What Muster has told somebody about an item."""
    found = [seen for seen in person.sees(person.dm) if key in seen.words]
    return found[-1] if found else None


async def test_it_climbs_on_working_days_only(tmp_path: Path) -> None:
    clock = MovableClock(THURSDAY, frozen=True)
    async with stage(tmp_path, "socket", clock=clock, timezone="Asia/Shanghai") as on:
        mei = on.team.person("Mei", locale="zh-CN", tz="Asia/Shanghai")
        bob = on.team.person("Bob", tz="Asia/Shanghai")
        dora = on.team.person("Dora", tz="Asia/Shanghai")
        await mei.types("/warroom open Payment timeouts @Bob", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await bob.types("/muster manager @Dora", on.general)
        await mei.types("/item add Check the logs --owner @Bob", room)
        await on.settled()
        await _at(on, "2026-05-06 15:04")
        assert _card(bob, "WR-1-1") is None
        await _at(on, "2026-05-06 15:05")
        card = _card(bob, "WR-1-1")
        assert "You are asked because it is yours." in card.words
        await _at(on, "2026-05-07 15:10")
        assert "找你，因为" in _card(mei, "WR-1-1").words
        await _at(on, "2026-05-09 15:14")
        assert _card(dora, "WR-1-1") is None
        await _at(on, "2026-05-09 15:15")
        assert "because its owner reports to you" in _card(dora, "WR-1-1").words
        await bob.presses("Done", card)
        await on.settled()
        for person in (bob, dora):
            assert "done" in _card(person, "WR-1-1").words


async def test_severity_1_is_said_in_the_room_where_there_is_no_alarm(tmp_path: Path) -> None:
    clock = MovableClock(THURSDAY, frozen=True)
    async with stage(tmp_path, "socket", clock=clock, timezone="Asia/Shanghai") as on:
        mei = on.team.person("Mei", tz="Asia/Shanghai")
        bob = on.team.person("Bob", tz="Asia/Shanghai")
        await mei.types("/warroom open Payment timeouts --severity 1 @Bob", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await _at(on, "2026-04-30 22:00")
        await mei.types("/item add Restart it --owner @Bob", room)
        await on.settled()
        await _at(on, "2026-04-30 23:00")
        assert "You are asked because it is yours." in _card(bob, "WR-1-1").words
        said = [seen for seen in mei.sees(room) if "this is urgent" in seen.words]
        assert len(said) == 1
        assert "@Bob" in said[0].words
