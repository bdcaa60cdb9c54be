"""The same card in each reader's language and zone; a room that speaks both."""

from __future__ import annotations

import pytest

from adapters.playground import render
from bot.core.effects import DirectMessage, PostCard
from bot.core.text import Reader
from tests.world import CHINESE, ENGLISH, Actor, Place, World


def test_one_card_read_in_two_languages_and_zones(
    world: World, room: Place, alice: Actor, chen: Actor
) -> None:
    alice.says("/item add Check the logs --due tomorrow 5pm", room).hears_nothing()
    told = room.expects("@Alice added WR-1-1 Check the logs", "due Tue 24 Nov 2026, 17:00")
    words = world.words(told, chen.reader)
    assert "WR-1-1 Check the logs" in words
    assert "2026年11月25日 周三 01:00" in words, (
        "Tuesday evening in London is Wednesday in Shanghai"
    )
    assert "added" not in words
    room.card_says("Severity", reader=ENGLISH)
    room.card_says("级别", reader=CHINESE)


def test_each_viewer_of_the_playground_gets_their_own(
    room: Place, alice: Actor, chen: Actor
) -> None:
    card = room.pinned.card
    assert card is not None
    english, chinese = (str(render.card(card, reader)) for reader in (alice.reader, chen.reader))
    assert "Severity" in english
    assert "Severity" not in chinese
    assert "级别" in chinese


def test_a_room_that_speaks_both(world: World, alice: Actor, general: Place) -> None:
    alice.says("/攻关 开 支付超时 --语言 双语").hears("Opening WR-1")
    room = world.room("WR-1")
    both = Reader("both", "UTC")
    room.expects("Severity: 3 · medium / ", "Join / ", reader=both)
    alice.says("/warroom severity 1", room).hears_nothing()
    told = world.words(room.expects("changed the severity"), both)
    english, _, chinese = told.partition(" / ")
    assert english.startswith("@Alice changed the severity from 3 · medium to 1 · critical")
    assert "@Alice" in chinese
    assert "changed" not in chinese
    posted = [
        each for each in world.tried if isinstance(each, PostCard) and each.to.channel == room.id
    ]
    assert {each.reader.lang for each in posted} == {"both"}
    general.skips()


def test_an_export_of_a_room_that_speaks_both(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom open Payments --language both").hears("Opening")
    room = world.room("WR-1")
    alice.says("/decide Roll back --why Errors", room).hears_nothing()
    room.skips()
    general.skips()
    alice.says("/export decisions", room).hears_nothing()
    content = world.file(room.expects("exported"))
    assert "# Decisions / " in content
    assert "**Why / " in content


def test_a_direct_message_is_in_the_language_of_its_reader(
    world: World, room: Place, alice: Actor, chen: Actor
) -> None:
    alice.says("/warroom lead @陈工", room).hears_nothing()
    room.skips()
    chen.archives(room)
    [told] = [each for each in world.tried if isinstance(each, DirectMessage)]
    assert told.reader == Reader("zh", "Asia/Shanghai")
    chen.direct.skips()


def test_an_answer_is_in_the_language_of_who_asks_wherever(
    room: Place, chen: Actor, alice: Actor
) -> None:
    for place in (room, None):
        english = alice.says("/warroom severity WR-1 9", place).text
        assert english.startswith("9 is none of")
    alice.says("/warroom invite @陈工", room).hears("Bringing")
    chinese = chen.says("/warroom severity 9", room).text
    assert "none" not in chinese
    assert "1" in chinese


@pytest.mark.parametrize(
    "said",
    [
        "/warroom",
        "/warroom status",
        "/item",
        "/decide",
        "/warroom close",
        "/muster language",
    ],
)
def test_a_form_in_chinese(room: Place, alice: Actor, chen: Actor, said: str) -> None:
    alice.says("/warroom lead @陈工", room).hears_nothing()
    room.skips()
    form = chen.says(said, room).form
    english, chinese = (str(render.form(form, reader)) for reader in (ENGLISH, CHINESE))
    for message in (form.title, form.submit, *(each.label for each in form.fields)):
        assert message.id in english
        assert message.id not in chinese
