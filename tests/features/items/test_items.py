"""Items: adding them, and what becomes of them."""

from __future__ import annotations

import pytest

from tests.world import CHINESE, Actor, Place, World


@pytest.fixture
def item(room: Place, alice: Actor) -> None:
    """WR-1-1 Check the gateway logs, nobody's yet."""
    alice.says("/item add Check the gateway logs", room).hears_nothing()
    room.skips()


def test_adding(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says(
        "/item add Check the gateway logs --owner @Bob --due tomorrow 5pm", room
    ).hears_nothing()
    room.expects(
        "@Alice added WR-1-1 Check the gateway logs",
        "(Action · @Bob · due Tue 24 Nov 2026, 17:00)",
        "[Done] [Blocked…]",
    )
    room.card_says("1 open item, 0 done", "WR-1-1 Check the gateway logs", "@Bob")
    bob.says("/warroom timeline", room).hears("@Alice added WR-1-1 Check the gateway logs")


@pytest.mark.parametrize(
    "said",
    [
        "/事项 加 查网关日志 --负责人 @Bob --截止 明天下午5点 --类型 风险",
        "/事项 添加 查网关日志 类型 风险 --负责人 @Bob --截止 明天下午5点",
        "／事项　新建　--类型：风险　--负责人：@Bob　--截止：明天下午5点　查网关日志",
        "/item add --due 明天下午5点 查网关日志 --owner @bob --kind risk",
        "/item new 查网关日志 —due 2026-11-24 17:00 —owner Bob —kind Risk",
        "/item add “查网关日志” --kind=risk --owner=@Bob --due=明天17点",
    ],
)
def test_ways_to_add(room: Place, chen: Actor, alice: Actor, bob: Actor, said: str) -> None:
    alice.says("/warroom invite @陈工", room).hears("Bringing")
    bob.says("/muster whoami", room).hears("You are Bob")
    chen.says(said, room).hears_nothing()
    room.expects("@陈工 added WR-1-1 查网关日志\n", "(Risk · @Bob · due Tue 24 Nov 2026, 09:00)")


def test_kinds(room: Place, alice: Actor) -> None:
    for kind, name in (
        ("action", "Action"),
        ("blocker", "Blocker"),
        ("风险", "Risk"),
        ("question", "Question"),
    ):
        alice.says(f"/item add Something --kind {kind}", room).hears_nothing()
        room.expects("added", f"({name} · nobody yet)")
    alice.says("/item add Something --kind wish", room).hears(
        "wish is none of action, blocker, risk or question."
    )


@pytest.mark.parametrize("picked", ["2026-11-20T21:37:36Z", "2026-11-21 05:37 +0800"])
def test_a_time_of_a_picker_is_spoken_of_as_any_other(
    world: World, room: Place, picked: str
) -> None:
    """What Slack and Feishu send for it is for machines, and the first not even their time."""
    chen = world.person("陈工", lang="zh", zone="Asia/Shanghai")
    chen.joins(room)
    again = chen.presses("添加事项", room).fills(text="查日志", due=picked)
    assert again.field_error("due") == "2026年11月21日 周六 05:37 已经过去了。"


def test_adding_by_the_button_of_the_card(room: Place, alice: Actor, bob: Actor) -> None:
    said = alice.presses("Add an item", room)
    assert said.value("kind") == "action"
    again = said.fills(text="Check the logs", owner=bob.id, due="yesterday", kind="risk")
    assert again.field_error("due") == "yesterday is in the past."
    assert (again.value("text"), again.value("kind")) == ("Check the logs", "risk")
    again.fills(due="明天").hears_nothing()
    room.expects("@Alice added WR-1-1 Check the logs", "(Risk · @Bob · due Tue 24 Nov 2026, 18:00)")


def test_adding_by_the_bare_command(room: Place, alice: Actor) -> None:
    alice.says("/item", room).fills(text="Check the logs").hears_nothing()
    room.expects("@Alice added WR-1-1 Check the logs")


def test_outside_a_room_the_form_asks_which(room: Place, alice: Actor) -> None:
    said = alice.dms("/事项")
    again = said.fills(text="Check the logs")
    assert "Which war room?" in again.field_error("room")
    assert "WR-1 Payment timeouts" in again.field_error("room")
    again = again.fills(room="seven")
    assert again.field_error("room") == "seven is no key. A key looks like WR-7."
    assert again.value("text") == "Check the logs"
    again.fills(room="wr1").hears("@Alice added WR-1-1")
    room.expects("@Alice added WR-1-1 Check the logs")


def test_a_text_of_many_lines(room: Place, alice: Actor) -> None:
    alice.says(
        "/item add Check the logs:\n- gateway\n- database\n--due tomorrow", room
    ).hears_nothing()
    room.expects("WR-1-1 Check the logs: - gateway - database", "> - gateway\n> - database")


def test_a_long_text_is_whole_once_and_short_in_lists(room: Place, alice: Actor) -> None:
    text = "Check " + "every single log " * 100
    alice.says(f"/item add {text}", room).hears_nothing()
    room.expects("@Alice added WR-1-1", f"> {text.strip()}")
    room.card_lacks(text.strip())
    room.card_says("WR-1-1 Check every single log", "…")
    assert text.strip() not in alice.says("/item list", room).text


def test_numbers_count_in_each_room(
    world: World, room: Place, alice: Actor, general: Place
) -> None:
    alice.says("/warroom open Login loops").hears("WR-2")
    other = world.room("WR-2")
    for place, key in ((room, "WR-1-1"), (other, "WR-2-1"), (room, "WR-1-2")):
        alice.says("/item add Something", place).hears_nothing()
        place.expects("Something", key)
    other.skips()
    general.skips()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/item done 1", "@Bob finished WR-1-1 Check the gateway logs\n"),
        (
            "/item done #1 Logs are clean",
            "@Bob finished WR-1-1 Check the gateway logs: Logs are clean",
        ),
        ("/item close WR-1-1", "@Bob finished"),
        ("/事项 完成 １ 日志没问题", "日志没问题"),
        ("/事项 做完 wr1-1", "@Bob finished"),
        ("done 1", "@Bob finished"),
    ],
)
def test_finishing(room: Place, item: None, bob: Actor, said: str, told: str) -> None:
    text = said if said.startswith("/") else f"@Muster {said}"
    bob.says(text, room).hears_nothing()
    room.expects(told, "done Mon 23 Nov 2026, 01:00", "[Reopen]")
    room.card_says("0 open items, 1 done")
    bob.says("/item done 1", room).hears("WR-1-1 is done already.")


def test_finishing_by_button(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/item add Check the logs", room).hears_nothing()
    told = room.expects("@Alice added WR-1-1")
    bob.presses("Done", told).hears_nothing()
    finished = room.expects("@Bob finished WR-1-1")
    bob.presses("Done", told).hears("WR-1-1 is done already.")
    bob.presses("Reopen", finished).hears_nothing()
    room.expects("@Bob reopened WR-1-1")
    alice.presses("Done", room).hears_nothing()
    room.expects("@Alice finished WR-1-1")


def test_reopening(room: Place, item: None, bob: Actor) -> None:
    bob.says("/item reopen 1", room).hears("WR-1-1 is open already.")
    bob.says("/item done 1", room).hears_nothing()
    bob.says("/事项 重开 1 It was not", room).hears_nothing()
    room.expects("finished")
    room.expects("@Bob reopened WR-1-1 Check the gateway logs: It was not", "[Done]")
    room.card_says("1 open item, 0 done")


@pytest.mark.parametrize(
    "said", ["/item assign 1 @Bob", "/事项 指派 WR-1-1 @Bob", "/item assign --owner @Bob 1"]
)
def test_assigning(room: Place, item: None, alice: Actor, bob: Actor, said: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects("@Alice gave WR-1-1 Check the gateway logs to @Bob")
    room.card_says("(Action · @Bob)")
    alice.says(said, room).hears("@Bob has it already.")


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("/item due 1 friday 5pm", "Fri 27 Nov 2026, 17:00"),
        ("/事项 截止 1 下周三", "Wed 2 Dec 2026, 18:00"),
        ("/item due WR-1-1 --due 3d", "Thu 26 Nov 2026, 18:00"),
    ],
)
def test_due(room: Place, item: None, alice: Actor, said: str, due: str) -> None:
    alice.says(said, room).hears_nothing()
    room.expects(f"@Alice set WR-1-1 Check the gateway logs due {due}")
    room.card_says(f"due {due}")


def test_a_date_is_in_the_zone_of_who_says_it(
    room: Place, item: None, chen: Actor, alice: Actor
) -> None:
    alice.says("/warroom invite @陈工", room).hears("Bringing")
    chen.says("/item due 1 tomorrow 9:00", room).hears_nothing()
    room.expects("due Tue 24 Nov 2026, 01:00")


def test_overdue(world: World, room: Place, item: None, alice: Actor) -> None:
    alice.says("/item due 1 in 2 hours", room).hears_nothing()
    room.expects("due Mon 23 Nov 2026, 03:00")
    world.advance(hours=2)
    alice.says("/item list", room).hears("overdue since Mon 23 Nov 2026, 03:00")


def test_blocking(room: Place, item: None, bob: Actor) -> None:
    bob.says("/item block 1 Waiting for the vendor", room).hears_nothing()
    room.expects("@Bob said what blocks WR-1-1", "blocked: Waiting for the vendor")
    bob.says("/事项 卡住 1 Still waiting", room).hears_nothing()
    room.expects("blocked: Still waiting")
    bob.says("/item reopen 1", room).hears_nothing()
    room.expects("@Bob reopened")
    room.card_lacks("blocked")


def test_blocking_by_button(room: Place, alice: Actor, bob: Actor) -> None:
    alice.says("/item add Check the logs", room).hears_nothing()
    told = room.expects("@Alice added WR-1-1")
    said = bob.presses("Blocked…", told)
    assert said.form.command == "item block"
    assert said.form.kept == {"item": "WR-1-1"}
    again = said.fills(reason=" ")
    assert again.field_error("reason") == "Still needed: What is in the way?"
    again.fills(reason="No access").hears_nothing()
    room.expects("@Bob said what blocks WR-1-1 Check the logs: No access")


@pytest.mark.parametrize("said", ["/item block 1 Late", "/item due 1 tomorrow"])
def test_what_is_done_is_neither_blocked_nor_due(
    room: Place, item: None, alice: Actor, said: str
) -> None:
    alice.says("/item done 1", room).hears_nothing()
    room.skips()
    alice.says(said, room).hears("WR-1-1 is done already.")


def test_another_rooms_key_works_from_anywhere(
    world: World, room: Place, item: None, alice: Actor, bob: Actor, dora: Actor, general: Place
) -> None:
    alice.says("/warroom open Login loops").hears("WR-2")
    other = world.room("WR-2")
    other.skips()
    general.skips()
    alice.says("/item done WR-1-1", other).hears("@Alice finished WR-1-1")
    room.expects("@Alice finished WR-1-1")
    other.expects_nothing()
    bob.says("/item reopen WR-1-1").hears("@Bob reopened WR-1-1")
    room.expects("@Bob reopened WR-1-1")
    bob.dms("/item add WR-2 Mine too").hears("Only members of WR-2 can do that.")
    dora.dms("/item done WR-1-1").hears(
        "Only members of WR-1 can do that. Join it first: /warroom join WR-1"
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("/item done 7", "There is no item WR-1-7."),
        ("/item done 0", "There is no item WR-1-0."),
        ("/item done WR-9-1", "There is no war room WR-9."),
        ("/item done first", "first is no key. A key looks like WR-7-3."),
        ("/item done 9999999999", "9999999999 is no key."),
        ("/item done WR-1", "WR-1 is no key."),
        ("/item assign @Bob 1", "@Bob is no key. A key looks like WR-7-3."),
        ("/item due 1 @Bob", "I do not understand @Bob as a time."),
        ("/item assign 1 @Bob @Alice", "I understood all but @Alice."),
        ("/item assign 1 @nobody", "I do not know anybody called nobody here."),
        ("/item assign 1 @Bob and more", "I understood all but and more."),
        ("/item due 1 yesterday", "yesterday is in the past."),
        ("/item due 1 someday", "I do not understand someday as a time."),
        ("/item add Late --due 1799-01-01", "too far away"),
    ],
)
def test_what_cannot_be_done(
    world: World, room: Place, item: None, alice: Actor, bob: Actor, said: str, why: str
) -> None:
    bob.says("/muster whoami", room).hears("Bob")
    before = world.rows()
    alice.says(said, room).hears(why, f"> {said}")
    assert world.rows() == before


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("/item done", "item"),
        ("/item block 1", "reason"),
        ("/item assign 1", "owner"),
        ("/item due", "due"),
    ],
)
def test_half_a_command_opens_its_form(
    room: Place, item: None, alice: Actor, said: str, asked: str
) -> None:
    assert asked in {each.name for each in alice.says(said, room).form.fields}


def test_a_short_key_outside_a_room_asks_which(room: Place, item: None, alice: Actor) -> None:
    alice.dms("/item done 1").hears("Which war room?", "WR-1 Payment timeouts")


def test_the_card_shows_the_soonest_and_counts_the_rest(room: Place, alice: Actor) -> None:
    for number in range(1, 8):
        alice.says(f"/item add Item {number} --due {10 - number} days", room).hears_nothing()
    alice.says("/item add Whenever", room).hears_nothing()
    room.skips()
    room.card_says("8 open items, 0 done", "Item 7", "Item 3", "… and 3 more")
    room.card_lacks("Item 1 ", "Item 2 ", "Whenever")
    assert room.card.index("Item 7") < room.card.index("Item 6")


def test_changes_that_come_together_redraw_the_card_once(
    world: World, room: Place, alice: Actor
) -> None:
    from bot.core.effects import UpdateCard

    alice.says("/item add Check the logs", room).hears_nothing()
    room.skips()
    before = len([each for each in world.tried if isinstance(each, UpdateCard)])
    alice.says("/warroom note Nothing that the card shows", room).hears("Noted")
    after = len([each for each in world.tried if isinstance(each, UpdateCard)])
    assert after == before, "a card that looks the same is left alone"


def test_a_card_in_chinese(room: Place, alice: Actor, item: None) -> None:
    alice.says("/item block 1 Waiting", room).hears_nothing()
    told = room.expects("@Alice said what blocks WR-1-1")
    words = room.world.words(told, CHINESE)
    assert "Waiting" in words
    assert "WR-1-1" in words
    assert "blocks" not in words
    assert "nobody" not in words
