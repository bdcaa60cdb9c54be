"""A proposal with three approvers, one objection and a supersede: in Slack, both ways in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.slack.stage import MODES, Mode, Stage, stage

pytestmark = pytest.mark.anyio


def one(person: Any, place: Any, words: str) -> Any:
    """The newest message that says that, as somebody sees it."""
    return [seen for seen in person.sees(place) if words in seen.words][-1]


@pytest.mark.parametrize("mode", MODES)
async def test_the_proposal_story(mode: Mode, tmp_path: Path) -> None:
    async with stage(tmp_path, mode) as on:
        mei = on.team.person("Mei", locale="en-US", tz="Asia/Shanghai")
        bob = on.team.person("Bob", locale="en-GB", tz="Europe/London")
        chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
        await mei.types(f"/warroom open Payment timeouts <@{bob.id}> <@{chen.id}>", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await mei.types("/decide Stay on 1.5", room)
        await on.settled()
        await proposed(on, mei, room, (mei, bob, chen))

        card = one(bob, room, "Proposal D-2")
        await bob.presses("Agree", card)
        await on.settled()
        await chen.types("/decide object D-2 还没人测过", room)
        await on.settled()
        objected = one(mei, room, "还没人测过")
        await mei.presses("Answer…", objected)
        await on.slack.until(lambda: mei.modal)
        await mei.fills({"What do you answer?": "Tested on Monday"})
        done = await mei.submits()
        assert not done.refused, done.refused
        await on.settled()
        assert "Tested on Monday" in one(chen, room, "Tested on Monday").words
        for person in (mei, chen):
            await person.types("/decide agree D-2", room)
            await on.settled()
        assert "D-2 Roll back to 1.4" in one(bob, room, "is accepted").words
        assert "(accepted)" in one(bob, room, "Who must agree").words, "the card is kept up to date"
        await bob.types("/decide show D-1", room)
        await on.settled()
        assert "superseded by" in one(bob, room, "D-2 stands in its place").words
        await bob.types("/decide supersede D-2 Go on to 1.6 --why It is ready", room)
        await on.settled()
        assert "D-3 Go on to 1.6" in one(mei, room, "in the place of").words
        assert on.slack.limits.early == []


async def proposed(on: Stage, mei: Any, room: Any, approvers: tuple[Any, ...]) -> None:
    """By the modal of the command, in which approvers are picked."""
    await mei.types("/decide propose", room)
    modal = await on.slack.until(lambda: mei.modal)
    assert "Propose a decision" in modal.title
    await mei.fills(
        {
            "What was decided?": "Roll back to 1.4",
            "Approvers": list(approvers),
            "In place of which decision?": "D-1",
        }
    )
    done = await mei.submits()
    assert not done.refused, done.refused
    await on.settled()
