"""Severity, status, the promised update, notes, the timeline, another title."""

from __future__ import annotations

import pytest

from bot.features.rooms.reading import LINES
from tests.world import CHINESE, Actor, Place, World


@pytest.mark.parametrize(
    "said",
    [
        "/warroom severity 1",
        "/warroom severity WR-1 critical",
        "/warroom severity SEV1",
        "/攻关 级别 1",
        "/攻关 级别 １",
        "/攻关 级别 一级",
        "/warroom severity --severity 1",
    ],
)
def test_severity(room: Place, bob: Actor, said: str) -> None:
    bob.says(said, room).hears_nothing()
    room.expects("@Bob changed the severity from 3 · medium to 1 · critical")
    room.card_says("Severity: 1 · critical")
    bob.says(said, room).hears("The severity is 1 · critical already.")


def test_the_channel_tells_the_severity(world: World, room: Place, bob: Actor) -> None:
    assert world.town.channels.get(room.id).topic == "WR-1 · SEV3 · Payment timeouts"
    bob.says("/warroom severity 1", room).hears_nothing()
    room.skips()
    assert world.town.channels.get(room.id).topic == "WR-1 · SEV1 · Payment timeouts"


def test_a_severity_that_there_is_not(room: Place, bob: Actor) -> None:
    bob.says("/warroom severity 5", room).hears(
        "5 is none of 1, 2, 3 or 4.", "> /warroom severity 5"
    )
    bob.says("/warroom severity 1 2", room).hears("I understood all but 2.", "/warroom severity")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("mitigating", "Mitigating"),
        ("monitoring", "Monitoring"),
        ("investigating", "Investigating"),
        ("观察中", "Monitoring"),
        ("处理中", "Mitigating"),
    ],
)
def test_status(room: Place, bob: Actor, said: str, name: str) -> None:
    bob.says(f"/warroom status {said}", room).hears_nothing()
    room.expects(f"@Bob: {name}")
    room.card_says(f"Status: {name}", "Last update: Mon 23 Nov 2026, 01:00")


def test_a_status_with_words(room: Place, bob: Actor) -> None:
    bob.says("/warroom status mitigating Rolled back to 1.4\nWatching", room).hears_nothing()
    room.expects("@Bob: Mitigating", "> Rolled back to 1.4\n> Watching")
    room.card_says("> Rolled back to 1.4\n> Watching")
    bob.says("/warroom timeline", room).hears("@Bob: Mitigating: Rolled back to 1.4\nWatching")


def test_words_without_a_status_leave_it_as_it_is(room: Place, bob: Actor) -> None:
    bob.says("/warroom status mitigating", room).hears_nothing()
    bob.says("/warroom status Rolled back to 1.4", room).hears_nothing()
    room.expects("@Bob: Mitigating")
    room.expects("@Bob: Mitigating", "> Rolled back to 1.4")
    room.card_says("Status: Mitigating")


def test_a_misspelt_status_is_not_taken_for_words(room: Place, bob: Actor) -> None:
    bob.says("/warroom status mitigatng Rolled back", room).hears(
        "mitigatng is none of investigating, mitigating, monitoring or resolved."
    )


def test_the_next_update_is_reminded_of_when_it_is_due(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/warroom status mitigating Rolled back --next in 2 hours", room).hears_nothing()
    room.expects("Next update by Mon 23 Nov 2026, 03:00")
    room.card_says("Next update by: Mon 23 Nov 2026, 03:00")
    world.advance(hours=1, minutes=59)
    room.expects_nothing()
    world.advance(minutes=1)
    due = room.expects("The promised update is due", "@Alice, what has changed in WR-1")
    room.card_lacks("Next update by")
    world.advance(days=2)
    room.expects_nothing()
    said = bob.presses("Post an update", due)
    assert said.value("status") == "mitigating"
    said.fills(status="monitoring", text="Quiet now", next="3h").hears_nothing()
    room.expects("@Bob: Monitoring", "> Quiet now", "Next update by Wed 25 Nov 2026, 06:00")
    alice.says("/warroom timeline", room).hears("The promised update was due")
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.expects("closed")


def test_a_promise_is_kept_by_the_next_update(world: World, room: Place, bob: Actor) -> None:
    bob.says("/攻关 状态 缓解中 已回滚 --下次更新 两小时后", room).hears_nothing()
    room.expects("Next update by Mon 23 Nov 2026, 03:00")
    bob.says("/warroom status Still watching", room).hears_nothing()
    room.expects("> Still watching")
    room.card_lacks("Next update by")
    world.advance(hours=5)
    room.expects_nothing()


def test_a_promise_moves(world: World, room: Place, bob: Actor) -> None:
    bob.says("/warroom status --next 1h", room).hears_nothing()
    bob.says("/warroom status --next 3h", room).hears_nothing()
    room.skips()
    world.advance(hours=2)
    room.expects_nothing()
    world.advance(hours=1)
    room.expects("The promised update is due")


def test_a_room_without_a_lead_reminds_everybody(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/warroom status --next 1h", room).hears_nothing()
    alice.leaves(room)
    room.skips()
    world.advance(hours=1)
    room.expects("The promised update is due", "everybody, what has changed")


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("yesterday", "yesterday is in the past."),
        ("1799-01-01", "1799-01-01 is too far away"),
        ("soon", "I do not understand soon as a time."),
        ("5", "5 could mean more than one time"),
        ("", "--next needs a value."),
    ],
)
def test_promises_that_are_none(room: Place, bob: Actor, when: str, why: str) -> None:
    said = f"/warroom status mitigating Rolled back --next {when}".strip()
    bob.says(said, room).hears(why, f"> {said}")
    room.card_says("Status: Investigating")


def test_a_bare_status_opens_the_form(room: Place, bob: Actor) -> None:
    said = bob.says("/warroom status", room)
    assert said.form.command == "warroom status"
    again = said.fills(text="", next="")
    assert again.field_error("text") == "Say what has changed, or give another status."
    again = again.fills(text="Rolled back", next="yesterday")
    assert again.field_error("next") == "yesterday is in the past."
    assert again.value("text") == "Rolled back"
    again.fills(next="").hears_nothing()
    room.expects("@Bob: Investigating", "> Rolled back")


def test_resolved_offers_to_close(room: Place, alice: Actor) -> None:
    alice.says("/攻关 状态 已解决 连接池扩容", room).hears_nothing()
    told = room.expects("@Alice: Resolved", "> 连接池扩容", "[Close the room]")
    said = alice.presses("Close the room", told)
    assert said.value("resolution") == "连接池扩容"
    said.fills().hears_nothing()
    room.expects("@Alice closed WR-1", "> 连接池扩容")


def test_from_elsewhere_the_answer_is_what_the_room_is_told(room: Place, bob: Actor) -> None:
    bob.says("/warroom status WR-1 monitoring Quiet").hears("@Bob: Monitoring", "> Quiet")
    room.expects("@Bob: Monitoring", "> Quiet")


@pytest.mark.parametrize(
    "said", ["/warroom rename Payments in\nthe EU", "/攻关 改名 WR-1 Payments in the EU"]
)
def test_another_title(world: World, room: Place, alice: Actor, general: Place, said: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects("@Alice renamed the room from Payment timeouts to Payments in the EU")
    room.card_says("WR-1 Payments in the EU\n")
    channel = world.town.channels.get(room.id)
    assert channel.title == "WR-1 Payments in the EU"
    assert channel.topic == "WR-1 · SEV3 · Payments in the EU"
    alice.says("/warroom rename Payments in the EU", room).hears("It is called that already.")


@pytest.mark.parametrize(
    "said", ["/warroom note", "/攻关 记", "/攻关 备注 WR-1", "/warroom note --room WR-1"]
)
def test_a_note_keeps_its_lines(room: Place, bob: Actor, said: str) -> None:
    bob.says(f"{said} The gateway:\n  restarted at 14:05\n\nfine since", room).hears(
        "Noted on the timeline of WR-1."
    )
    bob.says("/warroom timeline", room).hears(
        "@Bob: The gateway:\n  restarted at 14:05\n\nfine since"
    )
    room.expects_nothing()


def test_the_timeline_comes_in_pages(world: World, room: Place, bob: Actor, dora: Actor) -> None:
    for number in range(LINES + 3):
        bob.says(f"/warroom note Note {number:02}.", room).hears("Noted")
        world.advance(minutes=1)
    first = dora.dms("/warroom timeline WR-1").hears(
        "Timeline of WR-1", "Note 14.", "Note 03.", "[Older]"
    )
    assert "Note 02." not in first.text
    assert first.text.index("Note 14.") < first.text.index("Note 13.")
    second = dora.presses("Older", first).hears("Note 02.", "Note 00.", "@Alice opened WR-1")
    assert "[Older]" not in second.text
    assert "Note 03." not in second.text


def test_a_timeline_of_one_page(room: Place, bob: Actor) -> None:
    assert "[Older]" not in bob.says("/攻关 时间线", room).text


def test_the_same_timeline_in_chinese(room: Place, alice: Actor, chen: Actor) -> None:
    alice.says("/warroom severity 1", room).hears_nothing()
    room.expects("@Alice changed the severity")
    room.expects_nothing()
    said = chen.dms("/攻关 时间线 WR-1").text
    assert "Alice" in said
    assert "changed" not in said
    assert "Timeline" not in said
    assert CHINESE.lang == "zh"
