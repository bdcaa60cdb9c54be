"""Who is who: strangers to a private room, guests, people of other companies, bots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from bot.core.sources import Source
from bot.features.decisions.tables import Decision
from bot.features.items.tables import Item
from bot.features.rooms.tables import Room
from storage.rows import table_of
from storage.tables import Entry
from tests.adapters.slack.stage import MODES, Mode, Stage, stage
from tests.fakes.slack import Channel, Person

pytestmark = pytest.mark.anyio
#: What the shortcuts of a message make.
MADE: dict[str, type[SQLModel]] = {
    "Make an item": Item,
    "Record a decision": Decision,
    "Add to timeline": Entry,
}


async def rooms(on: Stage) -> int:
    query = select(func.count()).select_from(table_of(Room))
    counted: int | None = await on.muster.db.read(lambda conn: conn.execute(query).scalar())
    return counted or 0


def words_of(*shown: Any) -> str:
    return "\n".join(one.words for one in shown if one is not None)


async def test_a_stranger_learns_nothing_of_a_private_room(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        eve = on.team.person("Eve", locale="en-US")
        on.slack.limits.on = False
        await mei.types("/warroom open Layoffs --private", on.general)
        await on.settled()
        room = await on.room("WR-1")
        assert room.kind == "group"
        await mei.types("/item add Tell the press --owner @Eve", room)
        await mei.types("/decide Sell the Berlin office", room)
        await on.settled()
        secrets = ("Layoffs", "press", "Berlin", room.name)
        for line in (
            "/warroom list",
            "/warroom list --scope all",
            "/warroom find Layoffs",
            "/warroom find Berlin",
            "/warroom join WR-1",
            "/warroom timeline WR-1",
            "/warroom note WR-1 I am here",
            "/warroom close WR-1 done",
            "/item list WR-1",
            "/item done WR-1-1",
            "/decisions WR-1",
            "/decisions",
            "/export decisions WR-1",
            "/export decisions",
        ):
            asked = await eve.types(line, on.general)
            assert (asked.status, asked.error) == (200, ""), line
            await on.settled()
            told = words_of(*asked.all_said, eve.modal)
            assert not [word for word in secrets if word in told.replace(line, "")], line
        await eve.opens_home()
        await on.settled()
        # What she was given is hers to know; the room, its name and the rest are not.
        assert not [word for word in ("Layoffs", "Berlin", room.name) if word in eve.home.words]
        assert not [word for word in secrets[2:] if word in words_of(*eve.sees())]
        assert eve.id not in room.members
        seen = words_of(*eve.sees(on.general))
        assert "Layoffs" not in seen.replace("/warroom find Layoffs", "").replace("“Layoffs”", "")


async def test_a_room_that_becomes_private_is_silent_from_then_on(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei, eve = on.team.person("Mei", locale="en-US"), on.team.person("Eve", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await mei.converts_to_private(room)
        await on.settled()
        await mei.types("/warroom rename Secret trouble", room)
        await on.settled()
        asked = await eve.types("/warroom list", on.general)
        assert "rouble" not in (await asked.hears()).words
        assert "Secret" not in words_of(*eve.sees(on.general))


@pytest.mark.parametrize(
    "about",
    [{"is_restricted": True}, {"is_restricted": True, "is_ultra_restricted": True},
     {"is_stranger": True}],
    ids=["guest", "guest of one channel", "of another company"],
)  # fmt: skip
async def test_guests_and_people_of_other_companies_take_part(
    about: dict[str, bool], tmp_path: Path
) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        gus = on.team.person("Gus", locale="en-US", **about)
        if about.get("is_stranger"):
            await mei.shares(room)
        await mei.invites(gus, room)
        await on.settled()
        asked = await gus.types("/item add Look at our side --owner @Gus", room)
        assert (asked.status, asked.error) == (200, "")
        await on.settled()
        assert any("Look at our side" in seen.words for seen in mei.sees(room))
        await gus.opens_home()
        await on.settled()
        assert "Look at our side" in gus.home.words
        refused = await gus.types("/muster doctor", room)
        await refused.hears("administer")


@pytest.mark.parametrize(
    "about",
    [{"is_restricted": True}, {"is_stranger": True}, {"team": "T0SUPPLIER"}],
    ids=["guest", "stranger", "of another company"],
)
async def test_guests_and_people_of_other_companies_know_of_their_own_rooms_only(
    about: dict[str, Any], tmp_path: Path
) -> None:
    async with stage(tmp_path, "http") as on:
        on.slack.limits.on = False
        mei = on.team.person("Mei", locale="en-US")
        for line in ("/warroom open Layoffs", "/warroom open Shared trouble"):
            await mei.types(line, on.general)
            await on.settled()
        theirs = await on.room("WR-2")
        await mei.types("/decide Sell the Berlin office --room WR-1", on.general)
        await mei.types("/decide Freeze hiring", mei.dm)
        await on.settled()
        team = about.pop("team", None)
        gus = on.team.person("Gus", locale="en-US", **about)
        gus.user.team = team or gus.user.team
        await mei.shares(theirs)
        await mei.invites(gus, theirs)
        await on.settled()
        before = await rooms(on)
        for line in (
            "/warroom list",
            "/warroom find Layoffs",
            "/warroom join WR-1",
            "/warroom open Ours",
            "/decisions --everywhere",
            "/decisions show D-1",
            "/muster settings",
            "/decisions digest",
            "/decide Something outside",
        ):
            asked = await gus.types(line, theirs if "WR" not in line else gus.dm)
            await on.settled()
            told = words_of(*asked.all_said, gus.modal).replace(line, "")
            assert not [
                w
                for w in ("Layoffs", "Berlin", "Freeze", "WR-1")
                if w in told.replace("no war room WR-1", "")
            ], line
        assert await rooms(on) == before
        assert gus.id not in (await on.room("WR-1")).members
        asked = await gus.types("/warroom list", theirs)
        assert "Shared trouble" in (await asked.hears()).words
        await gus.opens_home()
        await on.settled()
        assert "Shared trouble" in gus.home.words
        assert "Open a war room" not in gus.home.words


async def test_a_guest_whom_others_name_is_known_for_one_before_they_say_a_word(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        on.team.person("Gus", locale="en-US", is_restricted=True)
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await mei.types("/warroom note Ask @Gus", room)
        await mei.types("/decide Call them --makers @Gus", room)
        await on.settled()
        asked = await mei.types("/item add Look at our side --owner @Gus", room)
        assert "is not in WR-1" in (await asked.hears()).words


async def test_a_guest_who_becomes_a_full_member_is_one(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        gus = on.team.person("Gus", locale="en-US", is_restricted=True)
        assert "Trouble" not in (await (await gus.types("/warroom list", gus.dm)).hears()).words
        await gus.changes(is_restricted=False)
        await on.settled()
        assert "Trouble" in (await (await gus.types("/warroom list", gus.dm)).hears()).words


@pytest.mark.parametrize("mode", MODES)
async def test_bots_are_not_answered(mode: Mode, tmp_path: Path) -> None:
    """Else two of them talk to each other for ever."""
    async with stage(tmp_path, mode) as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        robot = on.team.person("Robot", is_bot=True)
        said: dict[str, Any] = {
            "type": "app_mention",
            "channel": on.general.id,
            "user": robot.id,
            "text": f"<@{on.team.bot.id}> open More trouble",
        }
        spoken = [
            said | {"bot_id": "B00000001"},
            said | {"bot_id": "B00000001", "subtype": "bot_message", "username": "Workflow"},
            said | {"type": "message", "channel": mei.dm.id, "channel_type": "im",
                    "bot_id": "B00000001"},
            {key: each for key, each in said.items() if key != "user"},
        ]  # fmt: skip
        before = len(on.slack.called("chat.postMessage"))
        for n, event in enumerate(spoken):
            where = mei.dm if event["channel"] == mei.dm.id else on.general
            event |= {"ts": f"1795400000.00000{n}"}
            delivery = on.slack.events.tell(on.team, event, where)
            assert delivery is not None
            await delivery.done.wait()
            assert delivery.attempts[-1].is_good
        await on.settled()
        assert await rooms(on) == 1
        assert len(on.slack.called("chat.postMessage")) == before


@pytest.mark.parametrize("mode", MODES)
async def test_an_edited_mention_is_not_obeyed_again(mode: Mode, tmp_path: Path) -> None:
    async with stage(tmp_path, mode) as on:
        mei = on.team.person("Mei", locale="en-US")
        said = await mei.writes("@Muster open Truoble", on.general)
        await on.settled()
        await mei.edits(said, "@Muster open Trouble")
        # Slack tells of the mention in the edited message as of any other.
        mention = {
            "type": "app_mention",
            "channel": on.general.id,
            "user": mei.id,
            "text": said.text,
            "ts": said.ts,
            "edited": {"user": mei.id, "ts": on.slack.ts()},
        }
        delivery = on.slack.events.tell(on.team, mention, on.general)
        assert delivery is not None
        await delivery.done.wait()
        await on.settled()
        assert await rooms(on) == 1


async def test_several_people_and_groups_in_one_sentence(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei, bob, eve, dan = (
            on.team.person(name, locale="en-US") for name in ("Mei", "Bob", "Eve", "Dan 陈")
        )
        on.team.group("oncall", [dan])
        await mei.writes("Hey @Muster open Pool exhausted @Bob and @Eve @oncall", on.general)
        await on.settled()
        if await rooms(on) == 0:
            # It is not at the beginning: then it is asked what was meant, and nothing is done.
            assert any(seen.by == "Muster" for seen in mei.sees(on.general))
        await mei.writes("@Muster open Pool exhausted @Bob @Eve @oncall", on.general)
        await on.settled()
        room = next(c for c in on.team.channels.values() if c.name.startswith("wr-"))
        assert {mei.id, bob.id, eve.id, dan.id} <= set(room.members)


async def test_a_thread_of_the_direct_conversation_is_answered_there(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        first = await mei.writes("/warroom list", mei.dm)
        await on.settled()
        await mei.writes("/muster whoami", mei.dm, thread=first)
        await on.settled()
        replies = [one for one in mei.sees(mei.dm, thread=first) if one.by == "Muster"]
        assert any("Mei" in one.words for one in replies)


async def test_a_shortcut_names_the_people_in_the_message(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei, bob = on.team.person("Mei", locale="en-US"), on.team.person("Bob Smith")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        said = await mei.writes("@Bob Smith looks at the pool, asks @Muster", room)
        await mei.shortcut("Add to timeline", said)
        await on.settled()
        shown = await mei.types("/warroom timeline", room)
        told = (await shown.hears("looks at the pool")).words
        assert bob.id not in told
        assert on.team.bot.id not in told
        assert "Bob Smith" in told


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shortcut", list(MADE))
async def test_what_a_shortcut_makes_has_the_link_of_its_message(
    mode: Mode, shortcut: str, tmp_path: Path
) -> None:
    async with stage(tmp_path, mode) as on:
        mei, room = await in_a_room(on)
        first = await mei.writes("What do we know?", room)
        said = await mei.writes("The pool was too small", room, thread=first)
        slow = on.slack.faults.lag(0.7, "chat.getPermalink")
        result = await mei.shortcut(shortcut, said)
        assert (result.status, result.error) == (200, "")
        assert on.slack.deliveries.log[-1].attempts[0].seconds < 0.5, "it waited for Slack"
        if shortcut != "Add to timeline":
            modal = await on.slack.until(lambda: mei.modal)
            assert "The pool was too small" in str(modal.values)
            assert not (await mei.submits()).refused
        await on.settled()
        assert slow.hits
        query = select(table_of(MADE[shortcut]).c.source)
        sources = await on.muster.db.read(lambda conn: list(conn.execute(query).scalars()))
        [source] = filter(None, sources)
        link = Source.parse(source).link
        assert f"/archives/{room.id}/p{said.ts.replace('.', '')}" in link


@pytest.mark.parametrize("trouble", ["refused", "hangs"])
async def test_a_shortcut_goes_without_a_link_that_cannot_be_had(
    trouble: str, tmp_path: Path
) -> None:
    async with stage(tmp_path, "http") as on:
        mei, room = await in_a_room(on)
        said = await mei.writes("The pool was too small", room)
        fault = (
            on.slack.faults.hangs("chat.getPermalink")
            if trouble == "hangs"
            else on.slack.faults.fails("chat.getPermalink", "channel_not_found", times=None)
        )
        began = on.slack.clock.now()
        assert not (await mei.shortcut("Make an item", said)).error
        await on.slack.until(lambda: mei.modal)
        assert on.slack.clock.now() - began < 2.5
        fault.lift()
        await mei.submits()
        await on.settled()
        assert any("The pool was too small" in one.words for one in mei.sees(room) if one.is_pinned)


async def in_a_room(on: Stage) -> tuple[Person, Channel]:
    mei = on.team.person("Mei", locale="en-US")
    await mei.types("/warroom open Trouble", on.general)
    await on.settled()
    return mei, await on.room("WR-1")


async def test_an_emoji_in_a_channel_of_no_room_is_left_alone(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        lair = on.team.channel("lair", private=True, members=[mei])
        said = await mei.writes("Nobody's business", lair)
        await mei.reacts("pushpin", said)
        await mei.reacts("scales", said)
        await on.settled()
        assert [one for one in mei.sees(lair) if one.by == "Muster"] == []


async def test_the_buttons_of_the_home_tab(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await mei.types("/item add Look at the logs --owner @Mei", room)
        await on.settled()
        await mei.opens_home()
        await on.settled()
        pressed = set()
        for label in list(mei.home.buttons):
            if label in mei.home.buttons and label != "Done":
                result = await mei.presses(label, mei.home)
                assert (result.status, result.error) == (200, ""), label
                await on.settled()
                pressed.add(label)
                while mei.modal:
                    await mei.closes_modal()
        assert pressed
        await mei.presses("Done", mei.home)
        await on.settled()
        assert "Look at the logs" not in mei.home.words
