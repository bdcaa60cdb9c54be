"""What happens to a room's channel itself: private, shared, moved, without Muster, archived."""

from __future__ import annotations

import pytest

from bot.core.effects import Archive, PostCard, RedrawCard, UpdateCard
from bot.core.errors import Permanent, Temporary
from bot.core.events import (
    ChannelDeleted,
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


class TestDeleted:
    @pytest.fixture
    def lost(self, world: World, room: Place, alice: Actor, bob: Actor) -> Place:
        alice.brings(bob, room)
        room.skips()
        bob.reports(ChannelDeleted(room.id), room)
        return room

    def test_the_lead_is_told_that_nobody_can_bring_it_back(
        self, lost: Place, alice: Actor, bob: Actor
    ) -> None:
        alice.hears("The channel of WR-1 Payment timeouts was deleted", "It cannot be brought back")
        assert "The channel was deleted" in timeline(alice)
        bob.reports(ChannelDeleted(lost.id), lost)
        alice.direct.expects_nothing()

    def test_nothing_leads_there_any_more(
        self, world: World, lost: Place, alice: Actor, dora: Actor, general: Place
    ) -> None:
        alice.hears("was deleted")
        listed = alice.dms("/warroom list").hears("WR-1", "[Make a new channel]")
        assert "<#" not in listed.text
        assert lost.name not in listed.text
        alice.dms("/warroom join WR-1").hears("its channel was deleted", "[Make a new channel]")
        dora.dms("/warroom join WR-1").hears("its channel was deleted")
        tried = len(world.tried)
        alice.dms("/warroom status WR-1 mitigating Rolled back").hears(
            "Nobody else was told", "[Make a new channel]"
        )
        assert not [
            each for each in world.tried[tried:] if getattr(each.to, "channel", "") == lost.id
        ]
        [shown] = [m for m in world.messages(general.id) if m.only_for is None]
        assert "Its channel was deleted." in world.words(shown)

    def test_a_new_channel_is_made_for_the_same_room_and_its_people(
        self, world: World, lost: Place, alice: Actor, bob: Actor
    ) -> None:
        pressed = alice.presses("Make a new channel", alice.hears("was deleted"))
        pressed.hears("Making a new channel for WR-1 Payment timeouts")

        def look(tx: Tx) -> tuple[str | None, str | None]:
            [found] = tx.all(Room, table_of(Room).select())
            return found.channel, found.failure

        channel, failure = world.read(look)
        assert channel not in {None, lost.id}
        assert failure is None
        new = Place(world, str(channel))
        new.expects("WR-1 Payment timeouts", "[Join]")
        assert {alice.id, bob.id} <= set(world.town.channels.get(new.id).members)
        bob.says("/warroom severity 1", new).hears_nothing()
        new.expects("changed the severity")
        assert "@Alice has a new channel made" in timeline(alice)

    def test_a_closed_room_stays_as_it_is(self, room: Place, alice: Actor) -> None:
        alice.says("/warroom close Fixed", room).hears_nothing()
        room.skips()
        alice.reports(ChannelDeleted(room.id), room)
        alice.direct.expects_nothing()
        alice.dms("/warroom reopen WR-1 It is back").hears("reopened", "[Make a new channel]")


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
