"""What people do on the card: on it, help, snooze, hand over, done; from stale copies as well."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.i18n import plain
from bot.core.platform import encode
from bot.features.escalation.tables import Climb
from tests.actors import ENGLISH, buttons_of
from tests.features.escalation.conftest import Group, away
from tests.world import Actor, World

SHANGHAI = "Asia/Shanghai"


@pytest.fixture
def asked(world: World, group: Group) -> Group:
    """WR-1-1 is Bob's, of Monday, 09:00. He was asked on Tuesday, 09:05; Alice is next."""
    group.alice.says("/item add Check the logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.bob.hears("WR-1-1 Check the logs", "Next: @Alice (lead), Wed 25 Nov 2026, 09:10")
    return group


def shown(world: World, actor: Actor) -> str:
    """What their card about WR-1-1 says now."""
    found = [world.words(m, actor.reader) for m in world.messages(actor.direct.id)]
    return next(words for words in found if "WR-1-1" in words)


def test_on_it_holds_reminds_and_runs_out(world: World, asked: Group) -> None:
    asked.bob.dms("/muster home").hears("1 thing waits for you", "WR-1-1 Check the logs")
    asked.bob.presses("On it", asked.bob.direct).hears(
        "You are on it until Wed 25 Nov 2026, 09:05. Before that I remind you."
    )
    assert "@Bob is on it until" in shown(world, asked.bob)
    asked.bob.dms("/muster home").hears("WR-1-1 Check the logs: you are on it until then")
    asked.alice.says("/escalate ack 1", asked.room).hears("@Bob is on it already.")
    world.at("2026-11-24 15:54", SHANGHAI)
    asked.bob.direct.expects_nothing()
    world.at("2026-11-24 15:55", SHANGHAI)
    asked.bob.hears("You said that you are on it. That soon no longer holds.")
    world.at("2026-11-25 09:10", SHANGHAI)
    asked.alice.hears("WR-1-1 Check the logs", "because you lead the room")
    asked.alice.says("/warroom timeline", asked.room).hears(
        "@Bob is on WR-1-1 Check the logs", "goes on: nobody is on it any more"
    )


def test_saying_it_again_holds_for_longer(world: World, asked: Group) -> None:
    asked.bob.presses("On it", asked.bob.direct).hears("until Wed 25 Nov 2026, 09:05")
    world.at("2026-11-24 15:00", SHANGHAI)
    asked.bob.dms("/升级 我来 WR-1-1").hears("until Wed 25 Nov 2026, 15:00")
    world.at("2026-11-25 09:30", SHANGHAI)
    asked.alice.direct.expects_nothing()
    asked.bob.says("/item done 1", asked.room)
    asked.room.skips()
    asked.bob.direct.skips()


def test_snoozes_end_at_a_working_hour_and_are_capped(world: World, asked: Group) -> None:
    form = asked.bob.presses("Snooze…", asked.bob.direct)
    form.fills(until="2026-11-28 12:00", why="The vendor is away").hears(
        "It rests until Mon 30 Nov 2026, 09:00."
    )
    assert "Snoozed until Mon 30 Nov 2026, 09:00" in shown(world, asked.bob)
    asked.alice.says("/warroom timeline", asked.room).hears(
        "@Bob let WR-1-1 Check the logs rest until", "The vendor is away"
    )
    world.at("2026-11-30 09:05", SHANGHAI)
    asked.bob.hears("WR-1-1 Check the logs")
    for _ in range(2):
        asked.bob.dms("/升级 暂缓 WR-1-1 明天上午9点 --原因 等供应商").hears("It rests until")
    asked.bob.dms("/escalate snooze WR-1-1 tomorrow 9am --why Again").hears(
        "It was let rest 3 times already, which is the most."
    )
    asked.alice.direct.expects_nothing()


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:00 is in the past."),
        ("2026-12-30 09:00", "That is too long: it may rest for at most 14 days."),
    ],
)
def test_a_snooze_into_the_past_or_for_too_long(asked: Group, until: str, why: str) -> None:
    form = asked.bob.presses("Snooze…", asked.bob.direct)
    again = form.fills(until=until, why="Waiting")
    assert again.field_error("until") == why
    assert again.value("why") == "Waiting"


def test_help_is_asked_of_somebody_by_name(world: World, asked: Group) -> None:
    form = asked.bob.presses("Need help…", asked.bob.direct)
    form.fills(who=asked.chen.id, text="Which host?").hears("I have asked @陈工.")
    asked.chen.hears("WR-1-1 Check the logs", "@Bob 要求升级：Which host?", "因为有人需要你帮忙")
    asked.chen.presses("我来处理", asked.chen.direct).hears("你在处理")
    asked.bob.direct.skips()
    assert "@陈工 is on it until" in shown(world, asked.bob)


def test_help_without_a_name_asks_the_next_one_at_once(world: World, asked: Group) -> None:
    asked.bob.presses("Need help…", asked.bob.direct).fills(text="I am stuck").hears(
        "Next: @Dora (manager)"
    )
    world.advance(minutes=5)
    asked.alice.hears("WR-1-1 Check the logs: @Bob asks for it: I am stuck")


def test_whoever_is_on_leave_is_not_asked_for_help(world: World, asked: Group) -> None:
    world.read(lambda tx: away(tx, "陈工", date(2026, 11, 24), date(2026, 11, 30)))
    form = asked.bob.presses("Need help…", asked.bob.direct)
    again = form.fills(who=asked.chen.id, text="Which host?")
    assert again.field_error("who") == "@陈工 is on leave. Name somebody else."
    assert again.value("text") == "Which host?"


def test_reassigned_it_is_asked_of_the_new_owner(world: World, asked: Group) -> None:
    asked.bob.presses("Reassign…", asked.bob.direct).fills(owner=asked.chen.id)
    asked.room.skips()
    asked.chen.direct.skips()
    assert "moved Tue 24 Nov 2026" in shown(world, asked.bob)
    world.at("2026-11-25 09:10", SHANGHAI)
    asked.chen.hears("WR-1-1 Check the logs", "找你，因为它由你负责")
    asked.bob.direct.skips()
    asked.alice.direct.expects_nothing()


def test_blocked_by_another_item(world: World, asked: Group) -> None:
    """The blocker is linked: its words stand with it, and it is named on the timeline."""
    asked.alice.says("/item add Order the part --owner @陈工", asked.room)
    asked.room.skips()
    form = asked.bob.presses("Blocked…", asked.bob.direct)
    form.fills(reason="WR-1-2")
    asked.room.expects("@Bob said what blocks WR-1-1 Check the logs: WR-1-2 Order the part")
    again = asked.bob.presses("Blocked…", asked.bob.direct).fills(reason="WR-1-1")
    assert again.field_error("reason") == "Nothing blocks itself. Name another item."
    again = again.fills(reason="WR-1-77")
    assert again.field_error("reason") == "There is no item WR-1-77."
    again.fills(reason="503")
    asked.room.expects("@Bob said what blocks WR-1-1 Check the logs: 503")
    asked.alice.says("/item done 2", asked.room)
    asked.bob.says("/item block 1 WR-1-2", asked.room).hears("WR-1-2 is done already.")
    asked.room.expects("@Alice finished WR-1-2 Order the part")
    asked.room.skips()
    asked.chen.direct.skips()
    asked.bob.direct.skips()


def test_a_card_that_was_answered_elsewhere_is_safe_to_press(world: World, asked: Group) -> None:
    """Its buttons still say what they meant; each says that it is over, and nothing changes."""
    copy = world.messages(asked.bob.direct.id)[-1]
    on_it = next(each for each in buttons_of(copy.card) if plain(each.label, ENGLISH) == "On it")
    asked.bob.says("/item done 1 Clean", asked.room)
    asked.room.skips()
    assert shown(world, asked.bob).startswith("WR-1-1 Check the logs: done")
    asked.bob.direct.skips()
    before = world.read(lambda tx: tx.get(Climb, 1))
    pressed = world.run(world.playground.press(asked.bob.id, copy.id, encode(on_it)))
    assert pressed.answer is not None
    assert "WR-1-1 is done already." in world.words(pressed.answer)
    world.mark(pressed.answer)
    asked.bob.dms("/escalate snooze WR-1-1 tomorrow 9am --why x").hears("is done already")
    asked.bob.dms("/escalate help WR-1-1").hears("is done already")
    asked.alice.says("/escalate 1", asked.room).hears("WR-1-1 is closed")
    assert world.read(lambda tx: tx.get(Climb, 1)) == before


def test_pressing_twice_is_pressing_once(world: World, asked: Group) -> None:
    copy = world.messages(asked.bob.direct.id)[-1]
    on_it = next(each for each in buttons_of(copy.card) if plain(each.label, ENGLISH) == "On it")
    for _ in range(2):
        pressed = world.run(world.playground.press(asked.bob.id, copy.id, encode(on_it)))
        assert pressed.answer is not None
        assert "You are on it until Wed 25 Nov 2026, 09:05" in world.words(
            pressed.answer, asked.bob.reader
        )
        world.mark(pressed.answer)
    asked.bob.says("/item done 1", asked.room)
    asked.room.skips()


def test_somebody_else_s_button(world: World, asked: Group) -> None:
    """Only members and those who were asked are on it; only those whom it concerns snooze it."""
    eve = world.person("Eve", zone=SHANGHAI)
    eve.dms("/escalate ack WR-1-1").hears("Only members of WR-1 and those who were asked")
    eve.dms("/escalate snooze WR-1-1 tomorrow 9am --why No").hears("Only its owner, the lead and")
    eve.dms("/escalate help WR-1-1").hears("Only its owner, the lead and")
    eve.dms("/escalate WR-1-1").hears("Only members of WR-1")
    eve.dms("/escalate why WR-1-1").hears("It climbs: has not moved since")


def test_what_is_not_there_or_does_not_climb(world: World, asked: Group) -> None:
    asked.alice.says("/escalate ack 7", asked.room).hears("There is no item WR-1-7.")
    asked.alice.says("/escalate why 7", asked.room).hears("There is no item WR-1-7.")
    asked.alice.says("/item add Something new", asked.room)
    asked.room.skips()
    asked.alice.says("/escalate ack 2", asked.room).hears("WR-1-2 is not climbing.")
    asked.alice.dms("/escalate ack").hears("Say which item it is about.")


def test_the_steps_so_far_are_told_in_both_languages(world: World, asked: Group) -> None:
    world.read(lambda tx: away(tx, "Alice", date(2026, 11, 25), date(2026, 11, 26)))
    world.at("2026-11-25 09:15", SHANGHAI)
    asked.dora.hears("@Alice (lead) passed over: on leave, back on Fri 27 Nov 2026")
    asked.bob.says("/escalate why 1", asked.room).hears(
        "It climbs: has not moved since Mon 23 Nov 2026, 09:00.",
        "@Bob (owner), sent at Tue 24 Nov 2026, 09:05",
        "@Alice (lead) passed over: on leave",
        "@Dora (manager), sent at",
    )
    asked.chen.says("/升级 为什么 1", asked.room).hears("它在升级：", "跳过 @Alice（组长）")


def test_a_private_room_stays_private(world: World, group: Group) -> None:
    """Who is not in the room learns nothing: neither by a step nor by asking."""
    group.alice.says("/warroom open Layoffs @Bob --private")
    world.channel("general").skips()
    group.alice.direct.skips()
    group.bob.direct.skips()
    secret = world.room("WR-2")
    secret.skips()
    group.alice.says("/item add Call the lawyer --owner @Bob", secret)
    secret.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.bob.hears("WR-2-1 Call the lawyer", "Next: @Alice (lead)")
    world.at("2026-11-25 09:10", SHANGHAI)
    group.alice.hears("WR-2-1 Call the lawyer")
    group.dora.dms("/escalate why WR-2-1").hears("There is no")
    group.dora.dms("/escalate ack WR-2-1").hears("There is no")
    assert "Call the lawyer" not in group.dora.dms("/escalate preview 14d").text
    assert "Call the lawyer" in group.alice.dms("/escalate preview 14d").text
    world.at("2026-11-30 18:00", SHANGHAI)
    group.dora.direct.expects_nothing()
    group.bob.direct.skips()
    group.alice.direct.skips()
    secret.skips()
