"""Closing a room, what a closed one refuses, and opening it again."""

from __future__ import annotations

import pytest

from tests.world import Actor, Place, World


def test_closing(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/warroom close Pool enlarged,\nalert added", room).hears_nothing()
    room.expects("@Alice closed WR-1 Payment timeouts", "> Pool enlarged,\n> alert added")
    room.card_says(
        "WR-1 Payment timeouts is closed",
        "Status: Closed",
        "Closed on: Mon 23 Nov 2026, 01:00",
        "How it was resolved:",
        "> Pool enlarged,\n> alert added",
        "[Timeline]",
    )
    room.card_lacks("[Join]", "[Close]")
    bob.says("/warroom timeline", room).hears(
        "@Alice closed WR-1 Payment timeouts: Pool enlarged,\nalert added"
    )


@pytest.mark.parametrize(
    "said", ["/攻关 关 修好了", "/攻关 关闭 WR-1 修好了", "/warroom close --room WR-1 修好了"]
)
def test_ways_to_close(room: Place, alice: Actor, said: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects("@Alice closed WR-1", "> 修好了")


def test_a_resolution_is_required(room: Place, alice: Actor) -> None:
    said = alice.says("/warroom close", room)
    again = said.fills(resolution="   ")
    assert again.field_error("resolution") == "Still needed: How was it resolved?"
    again.fills(resolution="Fixed").hears_nothing()
    room.expects("@Alice closed WR-1", "> Fixed")


def test_closing_by_the_button(room: Place, alice: Actor) -> None:
    said = alice.presses("Close", room)
    assert said.form.kept == {"room": "WR-1"}
    said.fills(resolution="Fixed").hears_nothing()
    room.expects("@Alice closed WR-1", "> Fixed")


def test_it_asks_when_work_is_open(room: Place, alice: Actor, bob: Actor) -> None:
    for text in ("Check the logs", "Call the vendor", "Write it down"):
        bob.says(f"/item add {text}", room).hears_nothing()
    bob.says("/item done 1", room).hears_nothing()
    room.skips()
    said = alice.says("/warroom close Pool enlarged", room).hears(
        "WR-1 Payment timeouts still has open work",
        "WR-1-2 Call the vendor",
        "WR-1-3 Write it down",
        "> Pool enlarged",
        "[Close anyway]",
    )
    assert "Check the logs" not in said.text
    room.expects_nothing()
    room.card_says("Status: Investigating")
    closed = alice.presses("Close anyway", said).hears("@Alice closed WR-1", "> Pool enlarged")
    assert said.answer is not None
    assert closed.answer is not None
    assert closed.answer.id == said.answer.id, "it stands in place of the question"
    assert "[Close anyway]" not in closed.text
    room.expects("@Alice closed WR-1", "> Pool enlarged")
    room.card_says("2 open items, 1 done")


def test_a_question_of_an_earlier_closing_closes_nothing(
    room: Place, alice: Actor, bob: Actor
) -> None:
    bob.says("/item add Check the logs", room).hears_nothing()
    first, second, third = (alice.says(f"/warroom close {n}", room) for n in ("a", "b", "c"))
    alice.presses("Close anyway", first).hears("@Alice closed WR-1", "> a")
    room.skips()
    late = alice.presses("Close anyway", second).hears("WR-1 Payment timeouts is closed already")
    assert "[Close anyway]" not in late.text
    alice.says("/warroom reopen It is back", room).hears_nothing()
    room.skips()
    alice.presses("Close anyway", third).hears(
        "WR-1 Payment timeouts was reopened since: this question no longer holds",
        "To close it again, use /warroom close WR-1 …",
    )
    room.expects_nothing()
    room.card_says("Status: Investigating")
    again = alice.says("/warroom close d", room).hears("still has open work")
    alice.presses("Close anyway", again).hears("@Alice closed WR-1", "> d")
    room.expects("@Alice closed WR-1", "> d")


@pytest.mark.parametrize("said", ["/warroom close --anyway Fixed", "/攻关 关闭 修好了 --强制"])
def test_it_does_not_ask_when_told_so(room: Place, alice: Actor, said: str) -> None:
    alice.says("/item add Check the logs", room).hears_nothing()
    alice.says(said, room).hears_nothing()
    room.expects("@Alice added")
    room.expects("@Alice closed WR-1")


def test_a_blocked_item_is_open_work(room: Place, alice: Actor) -> None:
    alice.says("/item add Check the logs", room).hears_nothing()
    alice.says("/item block 1 No access", room).hears_nothing()
    room.skips()
    alice.says("/warroom close Fixed", room).hears("still has open work", "WR-1-1")


@pytest.mark.parametrize(
    "said",
    [
        "/warroom join",
        "/warroom invite @Dora",
        "/warroom lead @Bob",
        "/warroom severity 1",
        "/warroom status mitigating",
        "/warroom goal Latency",
        "/warroom reading 3",
        "/warroom rename Other",
        "/warroom handover @Bob",
        "/warroom note Hello",
        "/warroom close Again",
        "/warroom retry",
        "/item add Late",
        "/item done 1",
        "/item due 1 tomorrow",
        "/item assign 1 @Bob",
        "/item block 1 Nobody",
        "/item reopen 1",
        "/decide Too late",
    ],
)
def test_a_closed_room_refuses_with_a_way_out(
    world: World, room: Place, alice: Actor, bob: Actor, dora: Actor, said: str
) -> None:
    alice.says("/item add Early", room).hears_nothing()
    alice.says("/warroom close --anyway Fixed", room).hears_nothing()
    room.skips()
    before = world.rows()
    alice.says(said, room).hears(
        "WR-1 is closed. Reopen it first: /warroom reopen WR-1 …", f"> {said}"
    )
    after = world.rows()
    assert {name for name in after if after[name] != before[name]} <= {"person"}


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("/warroom timeline", "Timeline of WR-1"),
        ("/item list all", "WR-1-1 Early"),
        ("/decisions", "D-1 Roll back"),
        ("/warroom leave", "You have left WR-1"),
        ("/warroom list closed", "WR-1 Payment timeouts"),
    ],
)
def test_a_closed_room_can_be_read_and_left(
    room: Place, alice: Actor, said: str, heard: str
) -> None:
    alice.says("/item add Early", room).hears_nothing()
    alice.says("/decide Roll back", room).hears_nothing()
    alice.says("/warroom close --anyway Fixed", room).hears_nothing()
    room.skips()
    alice.says(said, room).hears(heard)


@pytest.mark.parametrize(
    "said",
    ["/warroom reopen The timeouts are back", "/攻关 重开 又挂了", "/攻关 重新打开 WR-1 又超时"],
)
def test_reopening(room: Place, alice: Actor, bob: Actor, said: str) -> None:
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.skips()
    bob.says(said, room).hears_nothing()
    room.expects("@Bob reopened WR-1 Payment timeouts: ")
    room.card_says("WR-1 Payment timeouts\n", "Status: Investigating", "[Join]", "[Close]")
    room.card_lacks("Closed", "How it was resolved")
    bob.says(said, room).hears("WR-1 is not closed.")


def test_reopening_needs_a_reason(room: Place, alice: Actor) -> None:
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.skips()
    said = alice.says("/warroom reopen", room)
    again = said.fills(reason="x")
    assert again.field_error("reason") == "Please say why in a few words."
    again.fills(reason="It is back").hears_nothing()
    room.expects("@Alice reopened WR-1 Payment timeouts: It is back")


def test_closing_forgets_the_promise(world: World, room: Place, alice: Actor) -> None:
    alice.says("/warroom status --next 1h", room).hears_nothing()
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.skips()
    world.advance(hours=3)
    room.expects_nothing()


def test_an_old_button_of_an_open_room(
    room: Place, alice: Actor, bob: Actor, general: Place
) -> None:
    """The card is redrawn without it, but a press may have been on its way."""
    [announcement] = [m for m in room.world.messages(general.id) if m.only_for is None]
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.skips()
    payload = {"do": "warroom join", "v": 1, "with": {"room": {"number": 1}}}
    shown = room.world.run(room.world.playground.press(bob.id, announcement.id, payload))
    assert shown.answer is not None
    room.world.mark(shown.answer)
    assert "WR-1 is closed." in room.world.words(shown.answer)
