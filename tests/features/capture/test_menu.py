"""What the menu of a message makes of it: at once, or through a form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.playground.adapter import Shown
from adapters.playground.messages import Where
from adapters.playground.places import Message
from bot.core.effects import Quoted
from bot.core.i18n import plain
from bot.core.plaintext import card_text
from bot.core.platform import Answer, Picked, Say, ShowForm
from tests.actors import Said
from tests.world import Actor, Place

LINK = "https://chat.example/archives/C1/p1"
AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def quoted(message: Message, link: str = "") -> Quoted:
    return Quoted(message.channel, message.id, message.author, message.text or "", AT, link)


def picked(actor: Actor, command: str, message: Message, place: Place, link: str = "") -> str:
    """Choose it; what is answered."""
    answer = actor.sends(Picked(command, quoted(message, link)), place)
    assert isinstance(answer.reply, Say), answer
    return card_text(answer.reply.card, actor.reader)


def form(actor: Actor, command: str, message: Message, place: Place) -> Said:
    """Choose what opens a form."""
    answer: Answer = actor.sends(Picked(command, quoted(message, LINK)), place)
    assert isinstance(answer.reply, ShowForm), answer
    return Said(actor, Where(place.id), Shown(form=answer.reply.form))


@pytest.fixture
def said(room: Place, bob: Actor) -> Message:
    return bob.writes("Check the gateway\nIt times out, says @Alice", room)


def test_a_note_is_made_at_once_with_its_link(room: Place, alice: Actor, said: Message) -> None:
    assert "Noted on the timeline of WR-1." in picked(alice, "warroom note", said, room, LINK)
    shown = alice.says("/warroom timeline", room).text
    assert f"(message ({LINK}))" in shown
    assert "(Sun 22 Nov 2026, 08:30)" in shown
    assert "already" in picked(alice, "warroom note", said, room, LINK)
    assert alice.says("/warroom timeline", room).text.count("Check the gateway") == 1


def test_in_chinese_the_link_is_chinese(
    room: Place, alice: Actor, chen: Actor, said: Message
) -> None:
    picked(alice, "warroom note", said, room, LINK)
    shown = chen.dms("/攻关 时间线 WR-1").text
    assert f"原消息 ({LINK})" in shown


def test_outside_a_room_a_note_has_no_timeline(bob: Actor, alice: Actor, general: Place) -> None:
    written = bob.writes("Lunch?", general)
    assert "Which war room?" in picked(alice, "warroom note", written, general)


def test_an_item_is_made_through_its_form(room: Place, alice: Actor, said: Message) -> None:
    opened = form(alice, "item add", said, room)
    assert opened.value("text") == "Check the gateway\nIt times out, says @Alice"
    opened.fills(owner="alice").hears_nothing()
    room.expects("@Alice added WR-1-1", f"(message ({LINK}))")
    again = form(alice, "item add", said, room).fills()
    again.hears("There is an item of that message already: WR-1-1")
    form(alice, "item add", said, room).fills(text="Something else").hears_nothing()
    room.expects("WR-1-2 Something else")


def test_a_decision_is_made_through_its_form(room: Place, alice: Actor, said: Message) -> None:
    opened = form(alice, "decide", said, room)
    assert opened.value("title") == "Check the gateway"
    assert opened.value("context") == "It times out, says @Alice"
    opened.fills(instead_of="Waiting").hears_nothing()
    room.expects("Decision D-1", "Decided by @Bob, Sun 22 Nov 2026, 08:30", LINK)
    form(alice, "decide", said, room).fills().hears("There is a decision of that message already")
    alice.says("/export decisions", room).hears_nothing()
    assert f"[message]({LINK})" in room.world.file(room.expects("exported"))


def test_a_decision_outside_rooms_is_made_once_too(
    alice: Actor, bob: Actor, general: Place
) -> None:
    written = bob.writes("We deploy on Tuesdays", general)
    form(alice, "decide", written, general).fills().hears("Decision D-1")
    form(bob, "decide", written, general).fills().hears("already: D-1")


def test_other_commands_have_no_menu(room: Place, alice: Actor, said: Message) -> None:
    assert "no longer works" in picked(alice, "warroom close", said, room)
    assert "no longer works" in picked(alice, "capture message read", said, room)


def test_without_words_there_is_nothing_to_note(room: Place, alice: Actor, said: Message) -> None:
    empty = Quoted(room.id, said.id, "bob", "", AT)
    answer = alice.sends(Picked("warroom note", empty), room)
    assert isinstance(answer.reply, Say)
    assert plain(answer.reply.card.title, alice.reader) == "There is no text in that message."
