"""Somebody's own page: drawn when they open it, kept up to date, shown anywhere."""

from __future__ import annotations

from bot.core.effects import PublishHome
from bot.core.events import HomeOpened
from bot.core.plaintext import card_text
from tests.world import Actor, Place, World


def pages(world: World, actor: Actor) -> list[str]:
    """What was drawn on their page, in order, as they read it."""
    found = [each for each in world.tried if isinstance(each, PublishHome)]
    return [card_text(each.card, each.reader) for each in found if each.to.user == actor.id]


def test_a_page_has_rooms_items_and_what_comes_next(room: Place, alice: Actor) -> None:
    alice.says("/item add Check logs --owner @Alice --due 3h", room).hears_nothing()
    alice.says("/item add Ask the vendor --owner @Alice", room).hears_nothing()
    alice.says("/warroom status --next 2h", room).hears_nothing()
    room.skips()
    words = alice.dms("/muster home").text
    for text in (
        "1 war room of yours",
        "next update by Mon 23 Nov 2026, 03:00",
        "[Post an update]",
        "[Open a war room]",
        "2 items of yours",
        "WR-1-1 Check logs",
        "[Done] [Blocked…]",
        "[Help]",
    ):
        assert text in words, text
    after = words.partition("What comes next")[2]
    assert after.index("the promised update") < after.index("WR-1-1 Check logs is due")
    assert words.index("Check logs") < words.index("Ask the vendor")


def test_an_empty_page_says_so(dora: Actor, chen: Actor) -> None:
    dora.dms("/muster home").hears("You are in no open war room.", "Nothing is yours to do.")
    for said in ("我的", "/集结 我的"):
        words = chen.dms(said).text
        assert "war room" not in words
        assert "攻关群" in words


def test_its_buttons_work(room: Place, alice: Actor) -> None:
    alice.says("/item add Check logs --owner @Alice", room).hears_nothing()
    room.skips()
    home = alice.dms("/muster home")
    alice.presses("Done", home).hears("@Alice finished WR-1-1")
    room.expects("@Alice finished WR-1-1")
    alice.presses("Add an item", home).fills(text="More").hears("@Alice added WR-1-2")
    room.expects("WR-1-2 More")
    alice.presses("Help", home).hears("What I can do")
    alice.presses("Open a war room", home).fills(title="Next").hears("Opening WR-2 Next")
    room.world.room("WR-2").skips()


def test_it_is_drawn_when_it_is_opened_in_their_language(
    world: World, room: Place, alice: Actor, chen: Actor
) -> None:
    chen.reports(HomeOpened())
    [page] = pages(world, chen)
    assert "Yours" not in page
    assert "攻关群" in page
    assert pages(world, alice) == []


def test_it_is_kept_up_to_date_for_a_week(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    for actor in (alice, bob):
        actor.reports(HomeOpened())
    bob.says("/item add Check logs --owner @Alice", room).hears_nothing()
    assert "WR-1-1 Check logs" in pages(world, alice)[-1]
    bob.says("/item assign 1 @Bob", room).hears_nothing()
    assert "WR-1-1" not in pages(world, alice)[-1]
    assert "WR-1-1 Check logs" in pages(world, bob)[-1]
    drawn = len(pages(world, bob))
    world.advance(days=8)
    bob.says("/item done 1", room).hears_nothing()
    assert len(pages(world, bob)) == drawn
    room.skips()


def test_a_room_that_is_not_theirs_is_not_on_it(
    vault: Place, alice: Actor, bob: Actor, dora: Actor
) -> None:
    bob.says("/item add Rotate the key --owner @Bob", vault).hears_nothing()
    vault.skips()
    bob.dms("/muster home").hears("Secret leak", "Rotate the key")
    bob.leaves(vault)
    for actor in (bob, dora):
        words = actor.dms("/muster home").text
        assert "Secret" not in words
        assert "Rotate" not in words
