"""An emoji on a message makes something of it; taking the emoji back undoes that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.playground.places import Message
from bot.core.effects import ReadMessage
from bot.core.errors import Permanent, Temporary
from bot.core.events import ChannelMoved, Reacted
from bot.core.platform import Happened
from bot.features.capture.tables import Capture, State
from storage.rows import table_of
from storage.tx import Tx
from tests.world import START, Actor, Place, World

SAID = "We roll back to 1.4\nErrors began with 1.5"


@pytest.fixture
def said(room: Place, bob: Actor) -> Message:
    """Something that Bob wrote, an hour ago."""
    written = bob.writes(SAID, room)
    room.world.advance(hours=1)
    return written


def states(world: World) -> list[str]:
    """How far the captures have come, the oldest first."""

    def look(tx: Tx) -> list[str]:
        rows = tx.all(Capture, table_of(Capture).select().order_by(table_of(Capture).c.id))
        return [row.state for row in rows]

    found: list[str] = world.read(look)
    return found


def timeline(actor: Actor, room: Place) -> str:
    return actor.says("/warroom timeline", room).text


class TestNotes:
    def test_a_pin_puts_the_message_on_the_timeline_at_its_time(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("pushpin", said)
        alice.is_told("Noted on the timeline of WR-1.", place=room)
        assert "• @Bob: We roll back to 1.4\nErrors began with 1.5 (Mon 23 Nov 2026, 01:00)" in (
            timeline(alice, room)
        )

    def test_in_chinese(self, room: Place, alice: Actor, chen: Actor, said: Message) -> None:
        alice.brings(chen, room)
        chen.reacts("pushpin", said)
        chen.is_told("WR-1", "时间线", place=room)

    def test_taking_the_pin_back_takes_the_note_off(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("pushpin", said)
        alice.is_told("Noted", place=room)
        alice.reacts("pushpin", said, back=True)
        shown = timeline(alice, room)
        assert "We roll back" not in shown
        assert "@Alice took a note off the timeline" in shown
        alice.reacts("pushpin", said)
        alice.is_told("Noted", place=room)
        assert timeline(alice, room).count("We roll back") == 1

    def test_several_pins_make_one_note_and_the_last_takes_it_off(
        self, room: Place, alice: Actor, bob: Actor, said: Message
    ) -> None:
        alice.reacts("pushpin", said)
        alice.is_told("Noted", place=room)
        bob.reacts("pushpin", said)
        bob.is_told("That is on the timeline of WR-1 already.", place=room)
        alice.reacts("pushpin", said, back=True)
        assert timeline(alice, room).count("We roll back") == 1
        bob.reacts("pushpin", said, back=True)
        assert "We roll back" not in timeline(alice, room)

    def test_a_stranger_s_pin_is_refused_and_holds_nothing(
        self, world: World, room: Place, alice: Actor, dora: Actor, said: Message
    ) -> None:
        world.town.channels.invite(room.id, [dora.id])  # while Muster was not looking
        alice.reacts("pushpin", said)
        alice.is_told("Noted", place=room)
        dora.reacts("pushpin", said)
        dora.is_told("Only members of WR-1 can do that.", place=room)
        assert states(world) == [State.MADE, State.REFUSED]
        alice.reacts("pushpin", said, back=True)
        assert "We roll back" not in timeline(alice, room)
        dora.dms("/warroom join WR-1").hears("You are in WR-1")
        dora.reacts("pushpin", said, back=True)
        dora.reacts("pushpin", said)
        dora.is_told("Noted", place=room)

    def test_what_was_asked_for_in_words_as_well_stays(
        self, room: Place, alice: Actor, bob: Actor, said: Message
    ) -> None:
        from tests.features.capture.test_menu import picked

        alice.reacts("pushpin", said)
        alice.is_told("Noted", place=room)
        picked(bob, "warroom note", said, room)
        alice.reacts("pushpin", said, back=True)
        assert "We roll back" in timeline(alice, room)


class TestItems:
    def test_a_memo_makes_an_item_that_remembers_its_message(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("memo", said)
        room.expects("@Alice added WR-1-1 We roll back to 1.4", "Said by @Bob, Mon 23 Nov 2026")
        room.card_says("1 open item")

    def test_nobody_has_touched_it_so_it_goes(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("memo", said)
        message = room.expects("@Alice added WR-1-1")
        alice.reacts("memo", said, back=True)
        room.expects("@Alice took WR-1-1 We roll back to 1.4")
        room.card_lacks("open item")
        alice.presses("Done", message).hears("WR-1-1 was taken back.")
        alice.says("/item list all", room).hears("No items to show")
        alice.says("/item add Another", room).hears_nothing()
        room.expects("WR-1-2 Another")

    def test_somebody_has_gone_on_with_it_so_it_stays(
        self, room: Place, alice: Actor, bob: Actor, said: Message
    ) -> None:
        alice.reacts("memo", said)
        room.skips()
        bob.says("/item assign 1 @Bob", room).hears_nothing()
        room.skips()
        alice.reacts("memo", said, back=True)
        alice.hears("WR-1-1 We roll back to 1.4", "stays", "somebody has gone on with the item")
        room.card_says("1 open item")


class TestDecisions:
    @pytest.mark.parametrize("emoji", ["scales", "hammer"])
    def test_scales_record_what_was_decided_then(
        self, room: Place, alice: Actor, said: Message, emoji: str
    ) -> None:
        alice.reacts(emoji, said)
        room.expects(
            "Decision D-1 We roll back to 1.4",
            "Errors began with 1.5",
            "Decided by @Bob, Mon 23 Nov 2026, 01:00",
        )
        room.card_says("1 decision")
        assert "@Alice recorded what @Bob decided" in timeline(alice, room)

    def test_and_taken_back_it_is_in_no_list_and_no_file(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("scales", said)
        room.skips()
        alice.reacts("scales", said, back=True)
        room.expects("@Alice took the decision D-1 We roll back to 1.4")
        room.card_lacks("1 decision")
        alice.says("/decisions", room).hears("No decisions to show")
        alice.says("/export decisions", room).hears_nothing()
        assert "No decisions yet." in room.world.file(room.expects("exported"))

    def test_two_emoji_for_the_same_hold_it_together(
        self, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("scales", said)
        room.skips()
        alice.reacts("hammer", said)
        alice.is_told("There is a decision of that message already: D-1", place=room)
        alice.reacts("scales", said, back=True)
        room.card_says("1 decision")
        alice.reacts("hammer", said, back=True)
        room.expects("took the decision D-1")


class TestElsewhere:
    def test_other_emoji_mean_nothing(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        tried = len(world.tried)
        alice.reacts("tada", said)
        alice.reacts("tada", said, back=True)
        assert world.tried[tried:] == []
        assert states(world) == []

    def test_outside_rooms_nothing_is_read(
        self, world: World, room: Place, alice: Actor, bob: Actor, general: Place
    ) -> None:
        written = bob.writes("Lunch?", general)
        tried = len(world.tried)
        alice.reacts("pushpin", written)
        assert world.tried[tried:] == []
        assert states(world) == []

    def test_where_only_the_message_is_named_it_is_read_first(
        self, world: World, room: Place, alice: Actor, bob: Actor, general: Place, said: Message
    ) -> None:
        alice.reports(Reacted("", said.id, "pushpin", removed=False))
        alice.is_told("Noted on the timeline", place=room)
        lunch = bob.writes("Lunch?", general)
        alice.reports(Reacted("", lunch.id, "pushpin", removed=False))
        assert states(world) == [State.MADE, State.REFUSED]
        alice.reports(Reacted("", said.id, "pushpin", removed=True))
        assert "We roll back" not in timeline(alice, room)

    def test_a_message_without_words_says_so(
        self, world: World, room: Place, alice: Actor, bob: Actor
    ) -> None:
        written = bob.writes("Gone in a moment", room)
        with world.town._store.changing():
            sql = "UPDATE messages SET text = '' WHERE id = ?"
            world.town._store.execute(sql, int(written.id))
        alice.reacts("pushpin", written)
        alice.is_told("There is no text in that message.", place=room)
        assert states(world) == [State.REFUSED]

    def test_a_message_that_cannot_be_read_says_so(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        world.fails(ReadMessage, Permanent("message_not_found"), Permanent("message_not_found"))
        alice.reacts("pushpin", said)
        alice.is_told("I could not read the message", place=room)
        alice.reports(Reacted("", said.id, "pushpin", removed=False))
        alice.hears("I could not read the message")


class TestOrder:
    def test_taken_back_before_it_was_read_it_makes_nothing(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        world.fails(ReadMessage, Temporary(retry_after=60))
        alice.reacts("pushpin", said)
        alice.reacts("pushpin", said, back=True)
        world.advance(minutes=2)
        assert "We roll back" not in timeline(alice, room)
        assert states(world) == [State.WITHDRAWN]

    def test_put_on_again_before_it_was_read_it_makes_one(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        world.fails(ReadMessage, Temporary(retry_after=60))
        alice.reacts("pushpin", said)
        alice.reacts("pushpin", said, back=True)
        alice.reacts("pushpin", said)
        world.advance(minutes=2)
        alice.is_told("Noted", place=room)
        assert timeline(alice, room).count("We roll back") == 1

    def test_what_comes_twice_happens_once(self, room: Place, alice: Actor, said: Message) -> None:
        event = Happened(Reacted(room.id, said.id, "pushpin", removed=False, at=START))
        for delivery in ("d1", "d1", "d2"):
            alice.sends(event, room, delivery=delivery)
        alice.is_told("Noted", place=room)
        assert timeline(alice, room).count("We roll back") == 1

    def test_what_comes_in_the_wrong_order_is_understood(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        put = Reacted(room.id, said.id, "pushpin", removed=False, at=START)
        back = Reacted(room.id, said.id, "pushpin", removed=True, at=START + timedelta(seconds=5))
        later = Reacted(room.id, said.id, "pushpin", removed=False, at=START + timedelta(minutes=1))
        alice.reports(back, room)
        alice.reports(put, room)
        assert states(world) == [State.WITHDRAWN]
        alice.reports(later, room)
        alice.is_told("Noted", place=room)
        alice.reports(back, room)
        assert states(world) == [State.MADE]

    def test_a_channel_with_another_id_keeps_its_captures(
        self, world: World, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.reacts("memo", said)
        room.skips()
        alice.reports(ChannelMoved(room.id, "C-new"))
        rows = world.rows()
        assert [row[2] for row in rows["capture"]] == ["C-new"]
        assert f"C-new/{said.id}" in rows["item"][0]
        world.muster.worker._platforms = ()  # nothing is delivered to where nobody is


class TestChoosing:
    def test_a_workspace_chooses_more(
        self, world: World, olga: Actor, room: Place, alice: Actor, said: Message
    ) -> None:
        alice.dms("/muster emoji decision :rocket:").hears("Only people who administer")
        olga.dms("/muster emoji decision :rocket:").hears(":rocket: now makes this", "Decision")
        olga.dms("/muster emoji").hears("Decision (:hammer:, :rocket: or :scales:)")
        olga.dms("/muster emoji decision :rocket:").hears(":rocket: does that already.")
        alice.reacts("rocket", said)
        room.expects("Decision D-1 We roll back to 1.4")
        olga.dms("/集结 表情 决策 :rocket: --取消").hears(":rocket: now stands for nothing.")
        olga.dms("/muster emoji decision :rocket: --off").hears("was not chosen for that")
        alice.reacts("rocket", said, back=True)
        room.expects("took the decision D-1")

    @pytest.mark.parametrize("said", ["/muster emoji decision two words", "/muster emoji note :::"])
    def test_what_is_no_emoji_is_refused(self, olga: Actor, said: str) -> None:
        olga.dms(said).hears("Say the emoji by its name")
