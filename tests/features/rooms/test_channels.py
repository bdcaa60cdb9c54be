"""What happens to a room's channel itself: private, shared, moved, without Muster, archived."""

from __future__ import annotations

import pytest

from bot.core.effects import Archive, PostCard, RedrawCard, UpdateCard
from bot.core.errors import Permanent, Temporary
from bot.core.events import (
    ChannelMadePrivate,
    ChannelMoved,
    ChannelShared,
    MusterRemoved,
    WorkspaceLeft,
)
from bot.features.rooms.tables import Room
from storage.rows import table_of
from storage.tables import LiveCard
from storage.tx import Tx
from tests.world import Actor, Place, World


def timeline(actor: Actor) -> str:
    return actor.dms("/warroom timeline WR-1").text


class TestPrivate:
    def test_outside_nothing_of_it_is_shown_any_more(
        self, world: World, room: Place, alice: Actor, dora: Actor, general: Place
    ) -> None:
        alice.reports(ChannelMadePrivate(room.id), room)
        [shown] = [m for m in world.messages(general.id) if m.only_for is None]
        assert world.words(shown) == "This war room is private now"
        dora.dms("/warroom list all").hears("No war rooms to show")
        dora.dms("/warroom join WR-1").hears("There is no war room WR-1.")
        assert "The channel is private now, and so is the room" in timeline(alice)
        alice.reports(ChannelMadePrivate(room.id), room)
        assert timeline(alice).count("private now") == 1


class TestShared:
    def test_the_card_warns_for_as_long_as_others_read_along(
        self, room: Place, alice: Actor
    ) -> None:
        alice.reports(ChannelShared(room.id, shared=True), room)
        room.expects("People of another organisation read along in the channel now")
        room.card_says("Careful: people of another organisation read along here.")
        alice.reports(ChannelShared(room.id, shared=True), room)
        alice.reports(ChannelShared(room.id, shared=False), room)
        room.card_lacks("Careful")
        assert "Only this organisation reads along" in timeline(alice)


class TestMoved:
    def test_all_that_leads_there_leads_to_the_new_address(
        self, world: World, room: Place, alice: Actor, bob: Actor
    ) -> None:
        world.fails(PostCard, Temporary(retry_after=60))
        world.fails(UpdateCard, Temporary(retry_after=60))
        bob.says("/warroom severity 1", room).hears_nothing()
        # The town gives no channel another id, so the story goes on in one that is there.
        new = Place(world, world.run(world.playground.create_channel(alice.id, "moved")).id)
        alice.brings(bob, new)
        alice.reports(ChannelMoved(room.id, new.id))
        world.meant_errors.add("effect.failed")

        def look(tx: Tx) -> tuple[str | None, set[str]]:
            found = tx.all(Room, table_of(Room).select())
            cards = tx.all(LiveCard, table_of(LiveCard).select())
            return found[0].channel, {card.channel for card in cards if "room:" in card.live}

        assert world.read(look) == (new.id, {new.id})
        world.advance(minutes=2)
        new.expects("@Bob changed the severity")
        bob.says("/warroom note Here now", new).hears("Noted on the timeline of WR-1")
        assert "The platform gave the channel another address" in timeline(alice)

    def test_the_lobby_moves_along(self, world: World, olga: Actor, general: Place) -> None:
        olga.says("/muster settings --lobby here", general).hears("Settings saved")
        olga.reports(ChannelMoved(general.id, "C-new"))
        assert "C-new" in olga.dms("/muster settings").text


class TestWithoutMuster:
    def test_the_lead_is_told_how_to_bring_it_back(
        self, world: World, room: Place, alice: Actor, bob: Actor
    ) -> None:
        bob.reports(MusterRemoved(room.id, gone=True), room)
        alice.hears("I was taken out of the channel of WR-1", "Invite me into the channel again")
        tried = len(world.tried)
        alice.dms("/warroom severity WR-1 1").hears("@Alice changed the severity")
        alice.dms("/warroom invite WR-1 @Olga").hears("I am not in the channel of WR-1.")
        assert not [
            each for each in world.tried[tried:] if getattr(each.to, "channel", "") == room.id
        ]
        bob.reports(MusterRemoved(room.id, gone=False), room)
        room.expects("Muster is back in the channel")
        room.card_says("1 · critical")

    def test_a_card_that_is_lost_is_posted_anew(
        self, world: World, room: Place, alice: Actor, bob: Actor
    ) -> None:
        bob.reports(MusterRemoved(room.id, gone=True), room)
        alice.hears("I was taken out")

        def lose(tx: Tx) -> None:
            tx.execute(table_of(LiveCard).delete().where(table_of(LiveCard).c.live == "room:1"))

        world.read(lose)
        bob.reports(MusterRemoved(room.id, gone=False), room)
        room.expects("Muster is back in the channel")
        room.expects("WR-1 Payment timeouts", "[Join]")
        bob.says("/warroom severity 1", room).hears_nothing()
        room.expects("severity")
        pinned = world.town.messages.pinned(room.id)
        assert "1 · critical" in world.words(pinned[-1])


class TestArchiving:
    @pytest.fixture
    def closed(self, world: World, olga: Actor, room: Place, alice: Actor) -> Place:
        olga.dms("/集结 设置 --归档 是").hears("Settings saved", "is closed: yes")
        alice.says("/decide Roll back", room).hears_nothing()
        room.skips()
        alice.says("/warroom close Fixed", room).hears_nothing()
        room.expects("@Alice closed WR-1")
        room.expects("The decisions of WR-1 Payment timeouts", "decisions-WR-1.md")
        return room

    def test_closing_archives_after_all_that_is_said(
        self, world: World, closed: Place, alice: Actor
    ) -> None:
        assert not world.town.channels.get(closed.id).archived
        world.advance(minutes=3)
        assert world.town.channels.get(closed.id).archived
        assert "The channel was archived" in timeline(alice)
        alice.dms("/warroom reopen WR-1 It is back").hears(
            "reopened", "Somebody has to bring it back by hand"
        )
        alice.archives(closed, back=True)
        closed.expects("The channel is back")

    def test_who_thinks_again_keeps_the_channel(
        self, world: World, closed: Place, alice: Actor
    ) -> None:
        alice.says("/warroom reopen It is back", closed).hears_nothing()
        closed.expects("reopened")
        world.advance(minutes=10)
        assert not world.town.channels.get(closed.id).archived

    def test_what_cannot_be_archived_is_said(self, world: World, closed: Place) -> None:
        world.fails(Archive, Permanent("not_allowed"))
        world.advance(minutes=3)
        closed.expects("could not be archived: the platform does not allow it")

    def test_without_the_setting_it_stays(self, world: World, room: Place, alice: Actor) -> None:
        alice.says("/warroom close Fixed", room).hears_nothing()
        room.expects("@Alice closed WR-1")
        world.advance(hours=1)
        assert not world.town.channels.get(room.id).archived


class TestWorkspaceLeft:
    def test_everything_waits_until_muster_is_back(
        self, world: World, room: Place, olga: Actor, alice: Actor
    ) -> None:
        alice.says("/warroom status --next 1h", room).hears_nothing()
        room.skips()
        olga.reports(WorkspaceLeft(gone=True))
        # Once at first, then every hour, and not given up after a day.
        world.fails(PostCard, Permanent("account_inactive"), *[Temporary()] * 30)
        alice.dms("/warroom severity WR-1 1").hears("changed the severity")
        world.advance(hours=30)
        room.expects_nothing()
        olga.reports(WorkspaceLeft(gone=False))
        room.expects("@Alice changed the severity")
        room.expects("The promised update is due")
        assert any(isinstance(each, UpdateCard) for each in world.tried)
        assert not any(isinstance(each, RedrawCard) for each in world.tried)
