"""What could not be delivered: administrators are told once, look, try again, give up."""

from __future__ import annotations

import pytest

from bot.core.effects import DirectMessage, Effect, PostCard
from bot.core.errors import Permanent
from storage import letters
from tests.world import Actor, Place, World


@pytest.fixture(autouse=True)
def _it_will_fail(world: World) -> None:
    world.meant_errors.add("effect.failed")


def lose(world: World, who: Actor, room: Place, *said: str) -> None:
    """What they say does not arrive in the room."""
    for text in said:
        world.fails(PostCard, Permanent("msg_too_long"))
        who.says(f"/warroom status {text}", room).hears_nothing()


def posted(world: World, text: str) -> list[Effect]:
    return [each for each in world.tried if isinstance(each, PostCard) and text in str(each.card)]


def test_it_is_seen_and_tried_again(
    world: World, room: Place, olga: Actor, alice: Actor, bob: Actor
) -> None:
    lose(world, alice, room, "Lost words")
    seen = olga.dms("/muster outbox").hears(
        "Could not be delivered", "Message", "WR-1", "failed", "after 1 try: msg_too_long"
    )
    assert "Lost words" not in seen.text, "what it says is nobody's business"
    olga.presses("Retry", seen).hears("is tried again")
    room.expects("Lost words")
    assert len(posted(world, "Lost words")) == 2
    olga.dms("/muster outbox").hears("Nothing has failed")


def test_it_is_given_up(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    lose(world, alice, room, "Lost words")
    shown = olga.dms("/集结 发件箱")
    olga.presses("Give up", shown).hears("is given up")
    olga.dms("/muster outbox").hears("Nothing has failed")
    olga.dms("/muster doctor").hears("All is well")
    assert len(posted(world, "Lost words")) == 1, "and it is not tried again"


def test_all_are_tried_again_in_their_order(
    world: World, room: Place, olga: Actor, alice: Actor
) -> None:
    lose(world, alice, room, "First", "Second", "Third")
    olga.presses("Retry all", olga.dms("/muster outbox")).hears("3 effects are tried again.")
    for text in ("First", "Second", "Third"):
        room.expects(text)
    order = [str(each.card) for each in world.tried[-3:] if isinstance(each, PostCard)]
    assert [
        next(text for text in ("First", "Second", "Third") if text in card) for card in order
    ] == ["First", "Second", "Third"]
    olga.dms("/muster outbox retry --all").hears("Nothing has failed.")


def test_it_can_fail_again(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    lose(world, alice, room, "Lost words")
    world.fails(PostCard, Permanent("restricted_action"))
    olga.presses("Retry", olga.dms("/muster outbox")).hears("is tried again")
    olga.dms("/muster outbox").hears("after 2 tries: restricted_action")


def test_others_may_not(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    lose(world, alice, room, "Lost words")
    number = world.read(lambda tx: letters.listed(tx.conn, "failed", count=1))[0].id
    for said in ("outbox", f"outbox retry {number}", "outbox retry --all", f"outbox drop {number}"):
        alice.dms(f"/muster {said}").hears("Only people who administer this workspace")
    olga.dms("/muster outbox").hears(f"{number} · Message")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("retry", "Say which: /muster outbox has their numbers."),
        ("retry 999", "Nothing that failed has the number 999"),
        ("retry 1.5", "Nothing that failed has the number 1.5"),
        ("drop -1", "Nothing that failed has the number -1"),
        ("drop 12345678", "Nothing that failed has the number 12345678"),
        ("drop 1e30", "1e30 is not a number."),
        ("drop first", "first"),
    ],
)
def test_numbers_that_are_none(
    world: World, room: Place, olga: Actor, alice: Actor, said: str, answer: str
) -> None:
    lose(world, alice, room, "Lost words")
    olga.dms(f"/muster outbox {said}").hears(answer)
    olga.dms("/muster outbox").hears("Could not be delivered")


def test_what_is_done_has_no_number(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    """Else a number from anywhere would post something again that is there already."""
    alice.says("/warroom status Arrived", room).hears_nothing()
    room.expects("Arrived")
    last = world.rows()["outbox"][-1][0]
    olga.dms(f"/muster outbox retry {last}").hears(f"Nothing that failed has the number {last}")


def test_a_private_room_is_not_named(world: World, olga: Actor, alice: Actor) -> None:
    alice.dms("/warroom open Layoffs --private").hears("Opening")
    private = world.room("WR-1")
    private.skips()
    lose(world, alice, private, "Lost words")
    seen = olga.dms("/muster outbox").hears("a private war room").text
    assert "WR-1" not in seen
    assert "Layoffs" not in seen


def test_pages(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    lose(world, alice, room, *(f"Lost {number}" for number in range(10)))
    first = olga.dms("/muster outbox")
    assert first.text.count("msg_too_long") == 8
    second = olga.presses("More", first)
    assert second.text.count("msg_too_long") == 2
    assert "Retry all" not in second.text


# Being told.


def test_administrators_are_told_once(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    lose(world, alice, room, "First", "Second")
    olga.direct.expects_nothing()
    world.advance(minutes=1)
    told = olga.hears("2 effects failed for good", "/muster outbox")
    assert "First" not in world.words(told)
    alice.direct.expects_nothing()
    lose(world, alice, room, "Third")
    world.advance(minutes=50)
    olga.direct.expects_nothing()
    world.advance(minutes=20)
    olga.hears("1 effect failed for good")
    world.advance(hours=5)
    olga.direct.expects_nothing()
    lose(world, alice, room, "Fourth")
    world.advance(minutes=2)
    olga.presses("Show", olga.hears("1 effect failed for good")).hears("Could not be delivered")


def test_what_was_seen_to_meanwhile_is_not_told(
    world: World, room: Place, olga: Actor, alice: Actor
) -> None:
    lose(world, alice, room, "First")
    olga.dms("/muster outbox retry --all").hears("1 effect is tried again.")
    room.expects("First")
    world.advance(hours=3)
    olga.direct.expects_nothing()


def test_the_ops_channel_is_told_where_there_is_one(
    world: World, room: Place, olga: Actor, alice: Actor
) -> None:
    general = world.channel("general")
    olga.says("/escalate ops here", general).hears("Every ladder ends in this channel now.")
    lose(world, alice, room, "First")
    world.advance(minutes=1)
    general.expects("1 effect failed for good")
    olga.direct.expects_nothing()


def test_that_nobody_could_be_told_is_not_told(
    world: World, room: Place, olga: Actor, alice: Actor
) -> None:
    lose(world, alice, room, "First")
    world.fails(DirectMessage, Permanent("messages_tab_disabled"))
    world.advance(hours=10)
    olga.direct.expects_nothing()
    assert world.read(lambda tx: letters.count(tx.conn, "failed", tx.home)) == 1
