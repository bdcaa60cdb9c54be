"""Who somebody is, their language and zone, the workspace's settings, who administers it."""

from __future__ import annotations

import pytest

from bot.core.effects import PostCard
from bot.core.errors import Permanent
from bot.core.text import Reader
from tests.world import CHINESE, Actor, Place, World


def test_who_am_i(alice: Actor, chen: Actor) -> None:
    alice.dms("/muster whoami").hears(
        "You are Alice",
        "Known here as: alice",
        "Language: English",
        "Time zone: UTC",
        "Your time: Mon 23 Nov 2026, 01:00",
        "Administers this workspace: no",
    )
    words = chen.dms("/集结 我是谁").text
    assert "陈工" in words
    assert "Asia/Shanghai" in words
    assert "2026年11月23日 周一 09:00" in words


def test_the_first_person_administers_the_workspace(olga: Actor, alice: Actor) -> None:
    olga.dms("/muster whoami").hears("Administers this workspace: yes")
    alice.dms("/muster whoami").hears("Administers this workspace: no")


@pytest.mark.parametrize(
    "said", ["/muster language zh", "/集结 语言 中文", "/muster language Chinese"]
)
def test_a_language_of_ones_own(world: World, alice: Actor, said: str) -> None:
    heard = world.words(alice.dms(said).answer, CHINESE)  # type: ignore[arg-type]  # there is one
    assert "English" not in heard
    assert "中文" in heard
    assert "speak" not in heard


def test_back_to_what_the_platform_says(chen: Actor, world: World) -> None:
    answer = chen.dms("/muster language en").answer
    assert answer is not None
    assert "English" in world.words(answer)
    answer = chen.dms("/集结 语言 自动").answer
    assert answer is not None
    assert "中文" in world.words(answer, CHINESE)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("/muster timezone Asia/Shanghai", "Asia/Shanghai"),
        ("/集结 时区 上海", "Asia/Shanghai"),
        ("/muster timezone new york", "America/New_York"),
        ("/muster timezone New_York", "America/New_York"),
        ("/muster timezone BERLIN", "Europe/Berlin"),
        ("/muster timezone utc", "UTC"),
        ("/muster timezone ＵＴＣ", "UTC"),
        ("/muster timezone San Francisco", "America/Los_Angeles"),
    ],
)
def test_a_zone_of_ones_own(alice: Actor, said: str, zone: str) -> None:
    alice.dms(said).hears(f"Your time zone is {zone}.")
    alice.dms("/muster whoami").hears(f"Time zone: {zone}")


def test_a_zone_is_used_for_dates(room: Place, alice: Actor) -> None:
    alice.dms("/muster timezone Asia/Tokyo").hears("Your time zone is Asia/Tokyo.")
    alice.says("/item add Call --due tomorrow 9:00", room).hears_nothing()
    room.expects("due Tue 24 Nov 2026, 00:00")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("/muster timezone Shanghia", "I know no time zone Shanghia. Did you mean Asia/Shanghai?"),
        ("/muster timezone Atlantis", "Did you mean"),
        (
            "/muster timezone xyzzyxyzzy",
            "I know no time zone xyzzyxyzzy. Say for example Asia/Shanghai.",
        ),
        ("/muster timezone ../../etc/passwd", "I know no time zone ../../etc/passwd."),
        ("/muster language klingon", "klingon is none of en, zh or auto."),
        ("/muster settings --language both", "both is none of en or zh."),
        ("/muster settings --lobby there", "there is none of here or off."),
    ],
)
def test_what_there_is_not(olga: Actor, said: str, heard: str) -> None:
    olga.dms(said).hears(heard, f"> {said}")


@pytest.mark.parametrize("said", ["/muster language", "/muster timezone", "/集结 时区"])
def test_bare_ones_ask(alice: Actor, said: str) -> None:
    alice.dms(said).form  # noqa: B018  there is one


def test_settings_can_be_read_by_all_and_changed_by_some(
    olga: Actor, alice: Actor, general: Place
) -> None:
    alice.says("/muster settings").hears(
        "Settings of this workspace",
        "Language, for people who never chose: English",
        "Time zone, likewise: UTC",
        "Language of new rooms: that of whoever opens them",
        "Lobby: none",
    )
    assert "[Change]" not in alice.says("/muster settings").text
    alice.says("/muster settings --lobby here").hears("Only people who administer this workspace")
    olga.says("/集结 设置 --大厅 这里 --语言 中文 --时区 上海 --群语言 双语").hears(
        "Settings saved"
    )
    alice.says("/muster settings").hears(
        "Language, for people who never chose: Chinese",
        "Time zone, likewise: Asia/Shanghai",
        "Language of new rooms: English and Chinese",
        f"Lobby: #{general.id}",
    )
    olga.says("/muster settings --lobby off").hears("Settings saved", "Lobby: none")


def test_settings_by_their_form(olga: Actor, general: Place) -> None:
    said = olga.presses("Change", olga.says("/muster settings"))
    again = said.fills(timezone="Shanghia", lobby="here")
    assert "Did you mean Asia/Shanghai?" in again.field_error("timezone")
    assert again.value("lobby") == "here"
    again.fills(timezone="Shanghai").hears("Settings saved", "Time zone, likewise: Asia/Shanghai")


def test_the_direct_conversation_is_no_lobby(olga: Actor) -> None:
    olga.dms("/muster settings --lobby here").hears(
        "Say that in the channel that is to be the lobby."
    )


def test_the_language_of_new_rooms(world: World, olga: Actor, alice: Actor) -> None:
    olga.dms("/muster settings --room-language both").hears("Settings saved")
    alice.dms("/warroom open Payments").hears("Opening")
    world.room("WR-1").expects(
        "Severity: 3 · medium / ", "Join / ", reader=Reader("both", "Asia/Shanghai")
    )
    readers = {each.reader.lang for each in world.tried if isinstance(each, PostCard)}
    assert readers == {"both"}
    alice.dms("/warroom open Logins --language zh").hears("Opening")
    world.room("WR-2").skips()
    assert [each for each in world.tried if isinstance(each, PostCard)][-1].reader.lang == "zh"


def test_the_workspaces_language_is_for_who_never_chose(world: World, olga: Actor) -> None:
    """The playground always says what people speak; other platforms may not."""
    from bot.core.effects import Address
    from bot.core.platform import Incoming, Sender, Typed

    olga.dms("/muster settings --language zh --timezone Asia/Shanghai").hears("Settings saved")
    place = Address("playground", "playground", "C1")
    for user, lang, expected in (("U1", None, "zh"), ("U2", "en", "en")):
        sender = Sender(user, lang=lang)  # type: ignore[arg-type]  # from a table
        incoming = Incoming("playground", "playground", user, sender, Typed("/help"), place)
        answer = world.run(world.muster.door.handle(incoming))
        assert answer.reader == Reader(expected, "Asia/Shanghai")  # type: ignore[arg-type]  # likewise


def test_administrators(olga: Actor, alice: Actor, bob: Actor) -> None:
    alice.dms("/muster admin @Alice").hears(
        "Only people who administer this workspace can do that."
    )
    alice.dms("/muster admin").hears("Only people who administer this workspace can do that.")
    olga.dms("/muster admin @Alice").hears("@Alice now administers this workspace.")
    olga.dms("/muster admin @Alice").hears("@Alice administers this workspace already.")
    alice.dms("/集结 管理员 @Bob").hears("@Bob now administers this workspace.")
    bob.dms("/muster admin @Alice --off").hears("@Alice no longer administers this workspace.")
    bob.dms("/muster admin @Alice --取消").hears("@Alice does not administer this workspace.")
    bob.dms("/muster admin --off @Bob").hears("Somebody else has to take that from you.")
    alice.dms("/muster doctor").hears("Only people who administer this workspace can do that.")


def test_somebody_always_administers(olga: Actor) -> None:
    olga.dms("/muster admin @Olga --off").hears("Somebody else has to take that from you.")


def test_by_the_form(olga: Actor, bob: Actor) -> None:
    olga.dms("/muster admin").fills(person=bob.id).hears("@Bob now administers this workspace.")


def test_a_doctor_who_finds_nothing(olga: Actor) -> None:
    olga.dms("/muster doctor").hears(
        "All is well", "✓ The database (SQLite) answers", "✓ 0 effects failed for good"
    )


def test_a_doctor_who_finds_something(world: World, room: Place, olga: Actor, alice: Actor) -> None:
    world.meant_errors.add("effect.failed")
    world.fails(PostCard, Permanent("msg_too_long"))
    alice.says("/warroom status Lost", room).hears_nothing()
    words = (
        olga.dms("/集结 体检")
        .hears(
            "Something needs care",
            "✗ 1 effect failed for good (See which, and try again: /muster outbox",
        )
        .text
    )
    assert words.index("✗") < words.index("✓"), "what needs care comes first"


def test_a_taken_name_is_nothing_for_the_doctor(world: World, olga: Actor, alice: Actor) -> None:
    """It was dealt with: the next name was tried."""
    from bot.core.effects import CreateChannel

    world.fails(CreateChannel, Permanent("name_taken"))
    alice.dms("/warroom open Payments").hears("Opening")
    world.room("WR-1").expects("WR-1 Payments")
    olga.dms("/muster doctor").hears("All is well")


@pytest.mark.parametrize("said", ["hi", "Hello!", "hey", "are you there?"])
def test_who_says_hello_is_shown_where_to_begin(alice: Actor, said: str) -> None:
    greeted = alice.dms(said).hears("Hello!", "[Open a war room]", "[What I can do]")
    assert "do not know" not in greeted.text
    assert alice.presses("Open a war room", greeted).form.command == "warroom open"


@pytest.mark.parametrize("said", ["你好", "您好！", "在吗？", "你好，在吗", "哈喽～", "早上好"])
def test_a_greeting_in_chinese(world: World, chen: Actor, general: Place, said: str) -> None:
    answer = chen.dms(said).answer
    assert answer is not None
    words = world.words(answer, CHINESE)
    assert "你好！" in words
    assert "不认识" not in words
    chen.says(said, general).hears_nothing()


def test_words_that_nobody_knows_name_people_as_people_do(alice: Actor, bob: Actor) -> None:
    said = alice.dms(f"itm ad foo --ownr <@{bob.id}>")
    assert "@Bob" in said.text
    assert f"@{bob.id}" not in said.text
