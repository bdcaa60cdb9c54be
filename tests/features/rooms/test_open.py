"""Opening a war room, when all goes well."""

from __future__ import annotations

import pytest

from bot.core.effects import CreateChannel, Invite, Pin, PostCard
from tests.world import CHINESE, Actor, Place, World


def test_a_title_is_enough(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom open Payment timeouts").hears(
        "Opening WR-1 Payment timeouts", "brought into its channel"
    )
    room = world.room("WR-1")
    assert room.name == "wr-1-payment-timeouts"
    assert room.members == {alice.id}
    room.expects("WR-1 Payment timeouts", "3 · medium", "Investigating", "Lead: @Alice")
    room.card_says("People: 1", "[Join]")
    general.expects("War room WR-1 Payment timeouts", "#wr-1-payment-timeouts", "[Join]")


def test_everything_can_be_said_at_once(
    world: World, alice: Actor, bob: Actor, dora: Actor, general: Place
) -> None:
    alice.says(
        "/warroom open Payment timeouts --severity 1 --lead @Bob --goal p99 below 300 ms @Dora"
    ).hears("Opening WR-1")
    room = world.room("WR-1")
    room.expects("Goal: p99 below 300 ms\n", "1 · critical", "Lead: @Bob")
    assert room.members == {alice.id, bob.id, dora.id}
    general.expects("Lead: @Bob", "1 · critical")


def test_options_may_stand_anywhere(
    world: World, alice: Actor, bob: Actor, dora: Actor, general: Place
) -> None:
    alice.says("/warroom open --severity high --lead @Bob Payment timeouts @Dora").hears(
        "Opening WR-1 Payment timeouts"
    )
    room = world.room("WR-1")
    room.expects("WR-1 Payment timeouts", "2 · high", "Lead: @Bob")
    assert room.members == {alice.id, bob.id, dora.id}
    general.skips()


@pytest.mark.parametrize(
    "said",
    [
        "/攻关 开 支付超时 级别1 @Bob",
        "/攻关 开 支付超时 @Bob 级别1",
        "/攻关 开 支付超时 级别：１ @Bob",
        "／攻关　开　支付超时　--级别 1 @Bob",
        "/攻关 开 支付超时@Bob --严重级别 一级",
        "/攻关 新建 --级别 严重 支付超时 @Bob",
        "/攻关 开 支付超时 ——级别 1 --成员 @Bob",
        "@集结 开 支付超时 级别1 @Bob",
        "/warroom open 支付超时 —severity 1 @Bob",
        "/WARROOM Open 支付超时 --Severity=1 @bob",
        "/warroom new “支付超时” --severity: critical @Bob",
    ],
)
def test_ways_to_say_it(world: World, chen: Actor, bob: Actor, general: Place, said: str) -> None:
    assert "WR-1 支付超时\n" in chen.says(said).text
    room = world.room("WR-1")
    room.expects("WR-1 支付超时\n", "Severity: 1 · critical")
    assert room.members == {chen.id, bob.id}
    assert room.name == "wr-1-zhi-fu-chao-shi"
    general.skips()


def test_a_room_speaks_the_language_of_who_opens_it(
    world: World, chen: Actor, general: Place
) -> None:
    chen.says("/攻关 开 支付超时").hears("WR-1 支付超时")
    room = world.room("WR-1")
    room.expects("级别", reader=CHINESE)
    cards = [effect for effect in world.tried if isinstance(effect, PostCard)]
    assert {effect.reader.lang for effect in cards} == {"zh"}
    general.skips()


def test_a_bare_command_opens_the_form(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    said = alice.says("/warroom")
    assert [each.name for each in said.form.fields] == [
        "title",
        "severity",
        "goal",
        "lead",
        "people",
        "private",
    ]
    assert said.value("severity") == "3", "what counts when nothing is said is chosen already"
    said.fills(
        title="Payment timeouts", severity="2", goal="No errors", people=(bob.id,), lead=bob.id
    ).hears("Opening WR-1")
    room = world.room("WR-1")
    room.expects("WR-1 Payment timeouts", "2 · high", "Goal: No errors", "Lead: @Bob")
    assert room.members == {alice.id, bob.id}, "Bob was never heard of before"
    general.skips()


@pytest.mark.parametrize("said", ["/warroom", "/warroom open", "/攻关", "／攻关 开", "open"])
def test_ways_to_the_form(alice: Actor, said: str) -> None:
    assert alice.dms(said).form.command == "warroom open"


def test_a_half_said_command_opens_the_form_half_filled(alice: Actor, bob: Actor) -> None:
    said = alice.says("/warroom open --severity 1 --lead @Bob")
    assert said.value("severity") == "1"
    assert said.value("lead") == bob.id
    assert said.value("title") == ""


def test_a_form_without_a_title_comes_back_with_its_values(alice: Actor, bob: Actor) -> None:
    again = alice.says("/warroom").fills(title="  ", severity="1", people=(bob.id,))
    assert again.field_error("title") == "Still needed: What is the problem?"
    assert again.value("severity") == "1"
    assert again.value("people") == (bob.id,)


def test_it_can_be_opened_in_the_direct_conversation(
    world: World, alice: Actor, general: Place
) -> None:
    alice.dms("open Payment timeouts").hears("Opening WR-1")
    world.room("WR-1").expects("WR-1 Payment timeouts")
    general.expects_nothing()
    alice.direct.expects_nothing()


def test_its_place_in_the_lobby_and_where_it_was_opened(
    world: World, olga: Actor, alice: Actor, general: Place
) -> None:
    lobby = Place(world, world.run(world.playground.create_channel(olga.id, "lobby")).id)
    olga.says("/muster settings --lobby here", lobby).hears("Settings saved")
    alice.says("/warroom open Payment timeouts").hears("Opening")
    general.expects("War room WR-1 Payment timeouts", "[Join]")
    lobby.expects("War room WR-1 Payment timeouts", "[Join]")
    olga.says("/warroom open In the lobby itself", lobby).hears("Opening")
    lobby.expects("War room WR-2")
    lobby.expects_nothing()
    general.expects_nothing()
    world.room("WR-1").skips()
    world.room("WR-2").skips()


def test_the_announcement_follows_the_room(room: Place, alice: Actor, general: Place) -> None:
    [announcement] = [m for m in room.world.messages(general.id) if m.only_for is None]
    alice.says("/warroom severity 1", room).hears_nothing()
    room.expects("@Alice changed the severity")
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.expects("@Alice closed WR-1")
    now = room.world.words(room.world.town.messages.get(announcement.id))
    assert "1 · critical" in now
    assert "Status: Closed" in now
    assert "[Join]" not in now


def test_the_chain_is_in_order_and_each_step_done_once(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    alice.says("/warroom open Payment timeouts @Bob").hears("Opening")
    kinds = [type(effect) for effect in world.tried]
    order = [kind for kind in kinds if kind in {CreateChannel, Invite, Pin}]
    assert order == [CreateChannel, Invite, Pin]
    assert kinds.count(PostCard) == 2, "the announcement and the summary"
    general.skips()
    world.room("WR-1").skips()


def test_numbers_are_never_given_twice(world: World, alice: Actor, general: Place) -> None:
    for number in (1, 2, 3):
        alice.says(f"/warroom open Problem {number}").hears(f"WR-{number} Problem {number}")
        world.room(f"WR-{number}").skips()
    general.skips()


def test_a_refused_opening_takes_no_number(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom open Payment timeouts --severity 9").hears("9 is none of 1, 2, 3 or 4")
    alice.says("/warroom open Payment timeouts").hears("WR-1")
    world.room("WR-1").skips()
    general.skips()


def test_a_title_is_one_line(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom open Payment\n  timeouts\n--severity 1").hears(
        "Opening WR-1 Payment timeouts"
    )
    world.room("WR-1").expects("WR-1 Payment timeouts\n", "1 · critical")
    general.skips()


@pytest.mark.parametrize(
    "title",
    [
        "Deploy with --no-cache fails",
        'Error "no --lead given" at start',
        "Latency — worse since 5pm",
        "2 > 1 & <b>bold</b> *text* _here_ `code`",
        "支付——网关超时",
    ],
)
def test_titles_are_kept_as_they_were_typed(
    world: World, alice: Actor, general: Place, title: str
) -> None:
    alice.says(f"/warroom open {title}").hears(f"Opening WR-1 {title}")
    world.room("WR-1").expects(f"WR-1 {title}\n")
    general.skips()


def test_quotes_keep_options_and_people_in_the_title(
    world: World, alice: Actor, bob: Actor, general: Place
) -> None:
    alice.says('/warroom open "Who sets --severity and @Bob" --severity 2').hears(
        "WR-1 Who sets --severity and @Bob"
    )
    room = world.room("WR-1")
    room.expects("2 · high")
    assert room.members == {alice.id}
    general.skips()


def test_the_opening_is_on_the_timeline(room: Place, alice: Actor) -> None:
    alice.says("/warroom timeline", room).hears(
        "Timeline of WR-1 Payment timeouts", "@Alice opened WR-1 Payment timeouts"
    )


def test_a_flag_may_be_spelt_out(world: World, alice: Actor, general: Place) -> None:
    alice.says("/warroom open --private=no Payment timeouts").hears("WR-1 Payment timeouts")
    world.room("WR-1").skips()
    general.expects("War room WR-1")
    alice.says("/warroom open --private=yes Payment timeouts").hears("WR-2 Payment timeouts")
    world.room("WR-2").skips()
    general.expects_nothing()
