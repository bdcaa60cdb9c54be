"""A problem from its first word to its end, by the people who have it: in Slack, both ways in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.slack.stage import MODES, Mode, stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", MODES)
async def test_the_walk(  # noqa: PLR0915  one story, from its beginning to its end
    mode: Mode, tmp_path: Path
) -> None:
    async with stage(tmp_path, mode) as on:
        mei = on.team.person("Mei", locale="en-US", tz="Asia/Shanghai")
        bob = on.team.person("Bob", locale="en-GB", tz="Europe/London")
        chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
        general = on.general

        # Open, by the modal of the bare command.
        said = await mei.types("/warroom", general)
        assert said.status == 200, said
        modal = await on.slack.until(lambda: mei.modal)
        assert "Open a war room" in modal.title
        await mei.fills(
            {
                "What is the problem?": "Payment timeouts",
                "Severity": "1 · critical",
                "People": [chen],
            }
        )
        done = await mei.submits()
        assert not done.refused, done.refused
        await on.settled()
        room = await on.room("WR-1")
        assert room.name == "wr-1-payment-timeouts"
        assert {mei.id, chen.id} <= set(room.members)
        [summary] = [seen for seen in mei.sees(room) if seen.is_pinned]
        assert "Payment timeouts" in summary.words

        # Join, by the button of the announcement.
        [announced] = [seen for seen in bob.sees(general) if "WR-1" in seen.words]
        await bob.presses("Join", announced)
        await on.settled()
        assert bob.id in room.members

        # An item, by the shortcut on a message.
        written = await chen.writes("网关日志里全是超时，先查 1.5", room)
        await chen.shortcut("Make an item", written)
        modal = await on.slack.until(lambda: chen.modal)
        assert "网关日志里全是超时" in str(modal.values)
        done = await chen.submits()
        assert not done.refused, done.refused
        await on.settled()
        assert any("WR-1-1" in seen.words for seen in bob.sees(room))

        # A decision, by emoji.
        words = await bob.writes("We roll back to 1.4\nThe node on 1.4 is fine", room)
        await bob.reacts("scales", words)
        await on.settled()
        assert any("D-1" in seen.words and "roll back" in seen.words for seen in mei.sees(room))

        # Where it stands.
        await mei.types("/warroom status mitigating Rolled back --next in 2 hours", room)
        await on.settled()
        [summary] = [seen for seen in mei.sees(room) if seen.is_pinned]
        assert "Mitigating" in summary.words
        assert "Rolled back" in summary.words

        # The decisions as a file.
        await mei.types("/export decisions --format csv", room)
        await on.settled()
        files = [file for seen in mei.sees(room) for file in seen.files.items()]
        assert any(name.endswith(".csv") and b"roll back" in content for name, content in files)

        # Done, and closed.
        await chen.types("/item done 1", room)
        await on.settled()
        await mei.types("/warroom close The pool was too small", room)
        await on.settled()
        [summary] = [seen for seen in mei.sees(room) if seen.is_pinned]
        assert "closed" in summary.words.lower()
        assert on.slack.limits.early == []
